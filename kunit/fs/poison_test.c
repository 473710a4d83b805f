// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of famfs: which pages are bad, where the driver does not remember them.
 */
#include <linux/iomap.h>
#include <linux/mm.h>
#include "fixture.h"

/* The bad page: the third one of the first device. */
#define BAD 8192

static struct famfs_device *device_of(struct kunit *test)
{
	struct fixture *fixture = test->priv;

	return &fixture->devices->device[0];
}

static struct famfs_device *device_with_bad_page(struct kunit *test)
{
	struct famfs_device *device = device_of(test);

	fixture_forgets(test, 0);
	famfs_poison_add(device, BAD, 1);
	return device;
}

static bool is_bad(struct famfs_device *device, u64 addr)
{
	return famfs_poison_limit(device, addr, 1, IOMAP_FAULT) == -EHWPOISON;
}

static void all_of_a_new_device_is_good(struct kunit *test)
{
	struct famfs_device *device = device_of(test);

	fixture_forgets(test, 0);
	KUNIT_EXPECT_EQ(test, famfs_poison_limit(device, 0, 4 * UNIT, 0),
			4 * UNIT);
}

static void a_byte_that_failed_makes_its_page_bad(struct kunit *test)
{
	struct famfs_device *device = device_with_bad_page(test);

	KUNIT_EXPECT_FALSE(test, is_bad(device, BAD - 1));
	KUNIT_EXPECT_TRUE(test, is_bad(device, BAD));
	KUNIT_EXPECT_TRUE(test, is_bad(device, BAD + 4095));
	KUNIT_EXPECT_FALSE(test, is_bad(device, BAD + 4096));
}

static void access_ends_before_a_bad_page(struct kunit *test)
{
	struct famfs_device *device = device_with_bad_page(test);

	KUNIT_EXPECT_EQ(test, famfs_poison_limit(device, 100, UNIT, 0),
			BAD - 100);
	KUNIT_EXPECT_EQ(test, famfs_poison_limit(device, BAD, UNIT, 0), -EIO);
	KUNIT_EXPECT_EQ(test, famfs_poison_limit(device, BAD + 4096, UNIT, 0),
			UNIT);
}

static void a_bad_page_can_be_written_as_a_whole_alone(struct kunit *test)
{
	struct famfs_device *device = device_with_bad_page(test);

	KUNIT_EXPECT_EQ(test, famfs_poison_limit(device, BAD, 4095, IOMAP_WRITE),
			-EIO);
	KUNIT_EXPECT_EQ(test, famfs_poison_limit(device, BAD + 1, 8192,
						 IOMAP_WRITE), -EIO);
	KUNIT_EXPECT_EQ(test, famfs_poison_limit(device, BAD, UNIT, IOMAP_WRITE),
			4096);
	KUNIT_EXPECT_TRUE(test, is_bad(device, BAD));
}

static void a_page_that_was_written_is_good(struct kunit *test)
{
	struct famfs_device *device = device_with_bad_page(test);

	famfs_poison_written(device, BAD, 4096);
	KUNIT_EXPECT_FALSE(test, is_bad(device, BAD));
}

/* It may have failed while the rest of it was being written. */
static void a_page_that_was_written_in_part_stays_bad(struct kunit *test)
{
	struct famfs_device *device = device_with_bad_page(test);

	famfs_poison_written(device, BAD, 4095);
	famfs_poison_written(device, BAD + 1, 4095);
	famfs_poison_written(device, BAD + 1, 4096);
	famfs_poison_written(device, BAD - 1, 4096);
	KUNIT_EXPECT_TRUE(test, is_bad(device, BAD));
	famfs_poison_written(device, BAD - 1, 4098);
	KUNIT_EXPECT_FALSE(test, is_bad(device, BAD));
}

static void pages_beside_what_was_written_stay_bad(struct kunit *test)
{
	struct famfs_device *device = device_of(test);

	fixture_forgets(test, 0);
	famfs_poison_add(device, BAD - 4096, 3 * 4096);
	famfs_poison_written(device, BAD, 4096);
	KUNIT_EXPECT_TRUE(test, is_bad(device, BAD - 4096));
	KUNIT_EXPECT_FALSE(test, is_bad(device, BAD));
	KUNIT_EXPECT_TRUE(test, is_bad(device, BAD + 4096));
}

static void pages_are_those_of_the_dax_device(struct kunit *test)
{
	struct famfs_device *device = device_with_bad_page(test);

	device->start = BAD;	/* as a partition */
	KUNIT_EXPECT_TRUE(test, is_bad(device, 0));
	famfs_poison_add(device, 4096, 4096);
	device->start = 0;
	KUNIT_EXPECT_TRUE(test, is_bad(device, BAD + 4096));
}

static void the_next_mount_knows_what_is_bad(struct kunit *test)
{
	struct famfs_device *device = device_with_bad_page(test);

	famfs_poison_exit(device);
	fixture_forgets(test, 0);
	KUNIT_EXPECT_TRUE(test, is_bad(device, BAD));
}

static struct kunit_case poison_cases[] = {
	KUNIT_CASE(all_of_a_new_device_is_good),
	KUNIT_CASE(a_byte_that_failed_makes_its_page_bad),
	KUNIT_CASE(access_ends_before_a_bad_page),
	KUNIT_CASE(a_bad_page_can_be_written_as_a_whole_alone),
	KUNIT_CASE(a_page_that_was_written_is_good),
	KUNIT_CASE(a_page_that_was_written_in_part_stays_bad),
	KUNIT_CASE(pages_beside_what_was_written_stay_bad),
	KUNIT_CASE(pages_are_those_of_the_dax_device),
	KUNIT_CASE(the_next_mount_knows_what_is_bad),
	{}
};

static struct kunit_suite poison_suite = {
	.name = "famfs_poison",
	.init = fixture_init,
	.test_cases = poison_cases,
};

kunit_test_suite(poison_suite);
