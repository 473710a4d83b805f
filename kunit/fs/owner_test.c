// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of famfs: which file owns which range of which memory device.
 */
#include <kunit/resource.h>
#include "fixture.h"

static const struct famfs_range first_two = { 0, 0, 2 * UNIT };
static const struct famfs_range third = { 0, 2 * UNIT, UNIT };

static struct famfs_device_set *devices(struct kunit *test)
{
	struct fixture *fixture = test->priv;

	return fixture->devices;
}

static struct famfs_map *make_map(struct kunit *test,
				  const struct famfs_range *list, u32 nr)
{
	struct famfs_map *map = famfs_map_alloc(nr);
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, map);
	for (i = 0; i < nr; i++)
		KUNIT_ASSERT_EQ(test,
				famfs_map_append(map, list[i].dev, list[i].addr,
						 list[i].length), 0);
	return map;
}

/* A new file tries to become the owner of some ranges; it goes when it fails. */
static int claim(struct kunit *test, const struct famfs_range *list, u32 nr,
		 struct inode **inode)
{
	struct famfs_map *map = make_map(test, list, nr);
	struct inode *new = fixture_inode(test);
	int err;

	inode_lock(new);
	err = famfs_owner_claim(new, map);
	inode_unlock(new);
	if (err)
		famfs_map_free(map);
	else if (inode)
		*inode = new;
	return err;
}

static void expect_used(struct kunit *test, u64 bytes)
{
	KUNIT_EXPECT_EQ(test, atomic64_read(&devices(test)->used), bytes);
}

/* Of the files that own a part of a range of device 0, one is @inode; their number. */
static int nr_owners(struct kunit *test, u64 addr, u64 end,
		     const struct inode *inode)
{
	struct famfs_device_set *set = devices(test);
	struct inode *found = NULL;
	bool seen = false;
	int nr = 0;

	mutex_lock(&set->failure_lock);
	while ((found = famfs_owner_next(&set->device[0], addr, end - addr,
					 found, NULL))) {
		seen |= found == inode;
		nr++;
	}
	mutex_unlock(&set->failure_lock);
	KUNIT_EXPECT_EQ(test, seen, !!inode);
	return nr;
}

static void what_is_claimed_is_used(struct kunit *test)
{
	const struct famfs_range list[] = {
		{ 0, 0, 2 * UNIT }, { 1, UNIT, UNIT }, { 0, 3 * UNIT, 4096 },
	};

	expect_used(test, 0);
	KUNIT_EXPECT_EQ(test, claim(test, list, 3, NULL), 0);
	expect_used(test, 3 * UNIT + 4096);
}

static void no_unit_has_two_owners(struct kunit *test)
{
	const struct famfs_range inside = { 0, UNIT, UNIT };
	const struct famfs_range across = { 0, UNIT, 2 * UNIT };

	KUNIT_EXPECT_EQ(test, claim(test, &first_two, 1, NULL), 0);
	KUNIT_EXPECT_EQ(test, claim(test, &first_two, 1, NULL), -EBUSY);
	KUNIT_EXPECT_EQ(test, claim(test, &inside, 1, NULL), -EBUSY);
	KUNIT_EXPECT_EQ(test, claim(test, &across, 1, NULL), -EBUSY);
	expect_used(test, 2 * UNIT);
}

static void the_units_beside_are_free(struct kunit *test)
{
	const struct famfs_range middle = { 0, UNIT, UNIT };
	const struct famfs_range before = { 0, 0, UNIT };

	KUNIT_EXPECT_EQ(test, claim(test, &middle, 1, NULL), 0);
	KUNIT_EXPECT_EQ(test, claim(test, &before, 1, NULL), 0);
	KUNIT_EXPECT_EQ(test, claim(test, &third, 1, NULL), 0);
}

static void the_same_unit_of_another_device_is_free(struct kunit *test)
{
	const struct famfs_range other = { 1, 0, 2 * UNIT };

	KUNIT_EXPECT_EQ(test, claim(test, &first_two, 1, NULL), 0);
	KUNIT_EXPECT_EQ(test, claim(test, &other, 1, NULL), 0);
	KUNIT_EXPECT_EQ(test, claim(test, &other, 1, NULL), -EBUSY);
}

static void a_byte_of_a_unit_takes_it(struct kunit *test)
{
	const struct famfs_range byte = { 0, UNIT, 1 };
	const struct famfs_range rest = { 0, UNIT + 4096, UNIT - 4096 };

	KUNIT_EXPECT_EQ(test, claim(test, &byte, 1, NULL), 0);
	KUNIT_EXPECT_EQ(test, claim(test, &rest, 1, NULL), -EBUSY);
	KUNIT_EXPECT_EQ(test, claim(test, &third, 1, NULL), 0);
}

static void a_refused_claim_leaves_nothing(struct kunit *test)
{
	const struct famfs_range taken = { 0, 3 * UNIT, UNIT };
	const struct famfs_range list[] = {
		first_two, { 1, 0, UNIT }, taken,
	};

	KUNIT_EXPECT_EQ(test, claim(test, &taken, 1, NULL), 0);
	KUNIT_EXPECT_EQ(test, claim(test, list, 3, NULL), -EBUSY);
	expect_used(test, UNIT);
	KUNIT_EXPECT_EQ(test, claim(test, list, 2, NULL), 0);
	expect_used(test, 4 * UNIT);
}

static void what_is_released_is_free(struct kunit *test)
{
	const struct famfs_range list[] = { first_two, { 1, UNIT, UNIT } };
	struct inode *inode;

	KUNIT_EXPECT_EQ(test, claim(test, list, 2, &inode), 0);
	fixture_put_inode(test, inode);
	expect_used(test, 0);
	KUNIT_EXPECT_FALSE(test, famfs_owner_any(&devices(test)->device[0], 0,
						 4 * UNIT));
	KUNIT_EXPECT_EQ(test, claim(test, list, 2, NULL), 0);
}

static void a_file_is_found_once(struct kunit *test)
{
	const struct famfs_range two[] = { { 0, 3 * UNIT, UNIT }, { 0, 0, UNIT } };
	const struct famfs_range one = { 0, UNIT, UNIT };
	const struct famfs_range other = { 1, 0, 4 * UNIT };
	struct inode *a, *b;

	KUNIT_EXPECT_EQ(test, claim(test, two, 2, &a), 0);
	KUNIT_EXPECT_EQ(test, claim(test, &one, 1, &b), 0);
	KUNIT_EXPECT_EQ(test, claim(test, &other, 1, NULL), 0);
	KUNIT_EXPECT_EQ(test, nr_owners(test, 0, 4 * UNIT, a), 2);
	KUNIT_EXPECT_EQ(test, nr_owners(test, 0, 4 * UNIT, b), 2);
	KUNIT_EXPECT_EQ(test, nr_owners(test, 0, UNIT, a), 1);
	KUNIT_EXPECT_EQ(test, nr_owners(test, UNIT, 2 * UNIT, b), 1);
}

static void owners_are_found_inside_the_range_alone(struct kunit *test)
{
	struct famfs_device *device = &devices(test)->device[0];
	struct inode *a;

	KUNIT_EXPECT_EQ(test, claim(test, &third, 1, &a), 0);
	KUNIT_EXPECT_EQ(test, nr_owners(test, 0, 2 * UNIT, NULL), 0);
	KUNIT_EXPECT_EQ(test, nr_owners(test, 0, 2 * UNIT + 1, a), 1);
	KUNIT_EXPECT_EQ(test, nr_owners(test, 3 * UNIT - 1, 4 * UNIT, a), 1);
	KUNIT_EXPECT_EQ(test, nr_owners(test, 3 * UNIT, 4 * UNIT, NULL), 0);
	KUNIT_EXPECT_FALSE(test, famfs_owner_any(device, 0, 2 * UNIT));
	KUNIT_EXPECT_TRUE(test, famfs_owner_any(device, 0, 2 * UNIT + 1));
	KUNIT_EXPECT_TRUE(test, famfs_owner_any(device, 3 * UNIT - 1, UNIT));
	KUNIT_EXPECT_FALSE(test, famfs_owner_any(device, 3 * UNIT, UNIT));
}

/* It may tell of a failure when its mount has just begun. */
static void a_device_that_is_not_started_is_nobodys(struct kunit *test)
{
	struct famfs_device device = { .set = devices(test) };

	mt_init(&device.lingering);
	KUNIT_EXPECT_FALSE(test, famfs_owner_any(&device, 0, UNIT));
}

static void lingering_units_are_taken_by_nobody(struct kunit *test)
{
	struct famfs_device *device = &devices(test)->device[0];
	struct inode *inode, *next;

	KUNIT_EXPECT_EQ(test, claim(test, &first_two, 1, &inode), 0);
	KUNIT_EXPECT_EQ(test, claim(test, &third, 1, &next), 0);
	famfs_owner_linger(device, UNIT, UNIT);
	fixture_put_inode(test, inode);
	KUNIT_EXPECT_EQ(test, claim(test, &first_two, 1, NULL), -EBUSY);
	expect_used(test, 2 * UNIT);
	KUNIT_EXPECT_EQ(test, nr_owners(test, 0, 4 * UNIT, next), 1);
	KUNIT_EXPECT_TRUE(test, famfs_owner_any(device, UNIT, UNIT));
	famfs_owner_release_unit(device, UNIT, UNIT);
	expect_used(test, UNIT);
	KUNIT_EXPECT_FALSE(test, famfs_owner_any(device, UNIT, UNIT));
	KUNIT_EXPECT_EQ(test, claim(test, &first_two, 1, NULL), 0);
}

static void what_does_not_linger_is_free(struct kunit *test)
{
	const struct famfs_range first = { 0, 0, UNIT };
	struct famfs_device *device = &devices(test)->device[0];
	struct inode *inode;

	KUNIT_EXPECT_EQ(test, claim(test, &first_two, 1, &inode), 0);
	famfs_owner_linger(device, UNIT, UNIT);
	fixture_put_inode(test, inode);
	KUNIT_EXPECT_EQ(test, claim(test, &first, 1, NULL), 0);
	expect_used(test, 2 * UNIT);
	famfs_owner_release_unit(device, UNIT, UNIT);
}

/* The last use of a page may end before its file is gone. */
static void a_unit_is_its_files_as_long_as_that_is_there(struct kunit *test)
{
	struct famfs_device *device = &devices(test)->device[0];
	struct inode *inode;

	KUNIT_EXPECT_EQ(test, claim(test, &first_two, 1, &inode), 0);
	famfs_owner_linger(device, UNIT, UNIT);
	famfs_owner_release_unit(device, UNIT, UNIT);
	KUNIT_EXPECT_EQ(test, claim(test, &first_two, 1, NULL), -EBUSY);
	fixture_put_inode(test, inode);
	KUNIT_EXPECT_EQ(test, claim(test, &first_two, 1, NULL), 0);
}

static void who_asks_is_told_of_lingering_units(struct kunit *test)
{
	struct famfs_device_set *set = devices(test);
	struct inode *inode;
	bool going = false;

	KUNIT_EXPECT_EQ(test, claim(test, &first_two, 1, &inode), 0);
	famfs_owner_linger(&set->device[0], UNIT, UNIT);
	fixture_put_inode(test, inode);
	mutex_lock(&set->failure_lock);
	KUNIT_EXPECT_NULL(test, famfs_owner_next(&set->device[0], 0, UNIT,
						 NULL, &going));
	KUNIT_EXPECT_FALSE(test, going);
	KUNIT_EXPECT_NULL(test, famfs_owner_next(&set->device[0], 0, 4 * UNIT,
						 NULL, &going));
	mutex_unlock(&set->failure_lock);
	KUNIT_EXPECT_TRUE(test, going);
	famfs_owner_release_unit(&set->device[0], UNIT, UNIT);
}

static void a_release_is_told(struct kunit *test)
{
	struct famfs_device_set *set = devices(test);
	int before = atomic_read(&set->releases);
	struct inode *inode;

	KUNIT_EXPECT_EQ(test, claim(test, &first_two, 1, &inode), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&set->releases), before);
	fixture_put_inode(test, inode);
	KUNIT_EXPECT_NE(test, atomic_read(&set->releases), before);
}

static void umount_leaves_no_owner_to_find(struct kunit *test)
{
	struct inode *a;

	KUNIT_EXPECT_EQ(test, claim(test, &first_two, 1, &a), 0);
	KUNIT_EXPECT_EQ(test, nr_owners(test, 0, 4 * UNIT, a), 1);
	famfs_failure_unmount(devices(test));
	KUNIT_EXPECT_EQ(test, nr_owners(test, 0, 4 * UNIT, NULL), 0);
}

static struct kunit_case owner_cases[] = {
	KUNIT_CASE(what_is_claimed_is_used),
	KUNIT_CASE(no_unit_has_two_owners),
	KUNIT_CASE(the_units_beside_are_free),
	KUNIT_CASE(the_same_unit_of_another_device_is_free),
	KUNIT_CASE(a_byte_of_a_unit_takes_it),
	KUNIT_CASE(a_refused_claim_leaves_nothing),
	KUNIT_CASE(what_is_released_is_free),
	KUNIT_CASE(a_file_is_found_once),
	KUNIT_CASE(owners_are_found_inside_the_range_alone),
	KUNIT_CASE(a_device_that_is_not_started_is_nobodys),
	KUNIT_CASE(lingering_units_are_taken_by_nobody),
	KUNIT_CASE(what_does_not_linger_is_free),
	KUNIT_CASE(a_unit_is_its_files_as_long_as_that_is_there),
	KUNIT_CASE(who_asks_is_told_of_lingering_units),
	KUNIT_CASE(a_release_is_told),
	KUNIT_CASE(umount_leaves_no_owner_to_find),
	{}
};

static struct kunit_suite owner_suite = {
	.name = "famfs_owner",
	.init = fixture_init,
	.test_cases = owner_cases,
};

kunit_test_suite(owner_suite);
