// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of famfs: what the ioctls read from user space and write to it.
 * Every structure ends where the address space has a hole.
 */
#include <linux/cred.h>
#include <linux/mm.h>
#include <linux/uaccess.h>
#include "fixture.h"

static const struct famfs_ioc_map two_extents = {
	.extent_type = SIMPLE_DAX_EXTENT,
	.file_type = FAMFS_REG,
	.file_size = 2 * UNIT - 5,
	.ext_list_count = 2,
	.ext_list = { { 3 * UNIT, UNIT }, { UNIT, UNIT } },
};

static const struct famfs_ioc_simple_extent three_ranges[] = {
	{ 1, 3 * UNIT, UNIT }, { 0, UNIT, UNIT }, { 1, UNIT, UNIT },
};

static long ioctl(struct kunit *test, unsigned int cmd, unsigned long arg)
{
	struct fixture *fixture = test->priv;

	return fixture->file->f_op->unlocked_ioctl(fixture->file, cmd, arg);
}

static const struct famfs_map *map_of_file(struct kunit *test)
{
	struct fixture *fixture = test->priv;

	return famfs_inode_map(file_inode(fixture->file));
}

static unsigned long to_user(struct kunit *test, const void *from, size_t size)
{
	unsigned long addr = fixture_user(test, size);

	KUNIT_ASSERT_EQ(test, copy_to_user((void __user *)addr, from, size), 0);
	return addr;
}

static void from_user(struct kunit *test, void *to, unsigned long addr,
		      size_t size)
{
	KUNIT_ASSERT_EQ(test,
			copy_from_user(to, (const void __user *)addr, size), 0);
}

static long map_create(struct kunit *test, const struct famfs_ioc_map *arg)
{
	return ioctl(test, FAMFSIOC_MAP_CREATE,
		     to_user(test, arg, sizeof(*arg)));
}

static long map_create_v2(struct kunit *test, const struct famfs_ioc_fmap *arg)
{
	return ioctl(test, FAMFSIOC_MAP_CREATE_V2,
		     to_user(test, arg, sizeof(*arg)));
}

static void expect_segment(struct kunit *test, u32 index, u32 dev, u64 addr,
			   u64 length)
{
	struct famfs_range range;

	KUNIT_ASSERT_TRUE(test,
			  famfs_map_segment(map_of_file(test), index, &range));
	KUNIT_EXPECT_EQ(test, range.dev, dev);
	KUNIT_EXPECT_EQ(test, range.addr, addr);
	KUNIT_EXPECT_EQ(test, range.length, length);
}

/* A refused request leaves the file as it was. */
static void expect_no_map(struct kunit *test)
{
	struct fixture *fixture = test->priv;

	KUNIT_EXPECT_NULL(test, map_of_file(test));
	KUNIT_EXPECT_EQ(test, i_size_read(file_inode(fixture->file)), 0);
	KUNIT_EXPECT_EQ(test, atomic64_read(&fixture->devices->used), 0);
}

static void nop_says_that_it_is_famfs(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, ioctl(test, FAMFSIOC_NOP, 0), 0);
}

static void unknown_calls_are_not_for_famfs(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, ioctl(test, _IO(FAMFSIOC_MAGIC, 0x56), 0),
			-ENOTTY);
	KUNIT_EXPECT_EQ(test, ioctl(test, _IO(FAMFSIOC_MAGIC, 0x50), 0),
			-ENOTTY);
}

static void map_create_takes_what_is_there(struct kunit *test)
{
	struct fixture *fixture = test->priv;

	KUNIT_EXPECT_EQ(test, map_create(test, &two_extents), 0);
	KUNIT_ASSERT_NOT_NULL(test, map_of_file(test));
	KUNIT_EXPECT_EQ(test, map_of_file(test)->nr_segments, 2);
	KUNIT_EXPECT_EQ(test, map_of_file(test)->file_type, FAMFS_REG);
	expect_segment(test, 0, 0, 3 * UNIT, UNIT);
	expect_segment(test, 1, 0, UNIT, UNIT);
	KUNIT_EXPECT_EQ(test, i_size_read(file_inode(fixture->file)),
			2 * UNIT - 5);
	KUNIT_EXPECT_EQ(test, map_create(test, &two_extents), -EEXIST);
}

static void map_create_ignores_extents_that_do_not_count(struct kunit *test)
{
	struct famfs_ioc_map arg = two_extents;

	arg.ext_list_count = 1;
	arg.file_size = UNIT;
	arg.ext_list[1].offset = 1;
	KUNIT_EXPECT_EQ(test, map_create(test, &arg), 0);
	KUNIT_EXPECT_EQ(test, map_of_file(test)->nr_segments, 1);
}

static void map_create_of_unreadable_memory_is_refused(struct kunit *test)
{
	unsigned long addr = to_user(test, &two_extents, sizeof(two_extents));

	KUNIT_EXPECT_EQ(test, ioctl(test, FAMFSIOC_MAP_CREATE, addr + 1),
			-EFAULT);
	KUNIT_EXPECT_EQ(test, ioctl(test, FAMFSIOC_MAP_CREATE, 0), -EFAULT);
	KUNIT_EXPECT_EQ(test,
			ioctl(test, FAMFSIOC_MAP_CREATE,
			      (unsigned long)&two_extents), -EFAULT);
	expect_no_map(test);
}

static void map_create_has_room_for_two_extents(struct kunit *test)
{
	struct famfs_ioc_map arg = two_extents;

	arg.ext_list_count = FAMFS_MAX_EXTENTS + 1;
	KUNIT_EXPECT_EQ(test, map_create(test, &arg), -E2BIG);
	arg.ext_list_count = U64_MAX;
	KUNIT_EXPECT_EQ(test, map_create(test, &arg), -E2BIG);
	/* What is cut off above 32 bits would be a list of two. */
	arg.ext_list_count = BIT_ULL(32) + 2;
	KUNIT_EXPECT_EQ(test, map_create(test, &arg), -E2BIG);
	expect_no_map(test);
}

static void map_create_knows_its_types(struct kunit *test)
{
	struct famfs_ioc_map arg = two_extents;

	arg.extent_type = INTERLEAVED_EXTENT;
	KUNIT_EXPECT_EQ(test, map_create(test, &arg), -EINVAL);
	arg = two_extents;
	arg.file_type = FAMFS_LOG + 1;
	KUNIT_EXPECT_EQ(test, map_create(test, &arg), -EINVAL);
	expect_no_map(test);
}

static void a_map_takes_a_capability(struct kunit *test)
{
	struct famfs_ioc_fmap v2 = { .fioc_ext_type = 99 };
	const struct cred *old;
	struct cred *weak = prepare_creds();
	long first, second, third;

	KUNIT_ASSERT_NOT_NULL(test, weak);
	cap_lower(weak->cap_effective, CAP_SYS_ADMIN);
	old = override_creds(weak);
	first = map_create(test, &two_extents);
	second = ioctl(test, FAMFSIOC_MAP_CREATE, 0);
	third = map_create_v2(test, &v2);
	revert_creds(old);
	put_cred(weak);
	KUNIT_EXPECT_EQ(test, first, -EPERM);
	KUNIT_EXPECT_EQ_MSG(test, second, -EPERM, "before it looks");
	KUNIT_EXPECT_EQ_MSG(test, third, -EPERM, "whatever is asked for");
	expect_no_map(test);
}

/* A request for the ranges, which end where there is a hole. */
static struct famfs_ioc_fmap simple_request(struct kunit *test)
{
	return (struct famfs_ioc_fmap) {
		.fioc_file_size = 3 * UNIT - 1,
		.fioc_file_type = FAMFS_REG,
		.fioc_ext_type = FAMFS_IOC_EXT_SIMPLE,
		.fioc_nextents = 3,
		.kse = (void *)to_user(test, three_ranges,
				       sizeof(three_ranges)),
	};
}

static void map_create_v2_takes_a_list(struct kunit *test)
{
	struct famfs_ioc_fmap arg = simple_request(test);

	KUNIT_EXPECT_EQ(test, map_create_v2(test, &arg), 0);
	KUNIT_ASSERT_NOT_NULL(test, map_of_file(test));
	KUNIT_EXPECT_EQ(test, map_of_file(test)->nr_segments, 3);
	KUNIT_EXPECT_EQ(test, map_of_file(test)->size, 3 * UNIT - 1);
	expect_segment(test, 0, 1, 3 * UNIT, UNIT);
	expect_segment(test, 1, 0, UNIT, UNIT);
	expect_segment(test, 2, 1, UNIT, UNIT);
}

static void map_create_v2_reads_no_more_than_the_list(struct kunit *test)
{
	struct famfs_ioc_fmap arg = simple_request(test);

	arg.fioc_nextents = 4;
	KUNIT_EXPECT_EQ(test, map_create_v2(test, &arg), -EFAULT);
	arg.kse = NULL;
	KUNIT_EXPECT_EQ(test, map_create_v2(test, &arg), -EFAULT);
	arg.kse = (void *)three_ranges;
	arg.fioc_nextents = 3;
	KUNIT_EXPECT_EQ(test, map_create_v2(test, &arg), -EFAULT);
	expect_no_map(test);
}

static void map_create_v2_limits_the_list(struct kunit *test)
{
	struct famfs_ioc_fmap arg = simple_request(test);

	arg.fioc_nextents = FAMFS_MAP_MAX_EXTENTS + 1;
	KUNIT_EXPECT_EQ(test, map_create_v2(test, &arg), -E2BIG);
	arg.fioc_nextents = U32_MAX;
	KUNIT_EXPECT_EQ(test, map_create_v2(test, &arg), -E2BIG);
	arg.fioc_nextents = 0;
	KUNIT_EXPECT_EQ(test, map_create_v2(test, &arg), -EINVAL);
	expect_no_map(test);
}

static void map_create_v2_knows_its_types(struct kunit *test)
{
	struct famfs_ioc_fmap arg = simple_request(test);

	arg.fioc_ext_type = FAMFS_IOC_EXT_INTERLEAVE + 1;
	KUNIT_EXPECT_EQ(test, map_create_v2(test, &arg), -EINVAL);
	arg = simple_request(test);
	arg.fioc_file_type = FAMFS_LOG + 1;
	KUNIT_EXPECT_EQ(test, map_create_v2(test, &arg), -EINVAL);
	expect_no_map(test);
}

/* One extent whose strips are the ranges. */
static struct famfs_ioc_interleaved_ext striped_extent(struct kunit *test)
{
	return (struct famfs_ioc_interleaved_ext) {
		.ie_nstrips = 3,
		.ie_chunk_size = UNIT,
		.ie_nbytes = 3 * UNIT,
		.ie_strips = (void *)to_user(test, three_ranges,
					     sizeof(three_ranges)),
	};
}

static long create_striped(struct kunit *test, u32 niext,
			   const struct famfs_ioc_interleaved_ext *ext)
{
	struct famfs_ioc_fmap arg = {
		.fioc_file_size = 3 * UNIT,
		.fioc_ext_type = FAMFS_IOC_EXT_INTERLEAVE,
		.fioc_niext = niext,
		.kie = (void *)to_user(test, ext, sizeof(*ext)),
	};

	return map_create_v2(test, &arg);
}

static void map_create_v2_takes_strips(struct kunit *test)
{
	struct famfs_ioc_interleaved_ext ext = striped_extent(test);
	struct famfs_range range;
	u32 i;

	KUNIT_EXPECT_EQ(test, create_striped(test, 1, &ext), 0);
	KUNIT_ASSERT_NOT_NULL(test, map_of_file(test));
	KUNIT_EXPECT_EQ(test, map_of_file(test)->nr_strips, 3);
	for (i = 0; i < 3; i++) {
		famfs_map_strip(map_of_file(test), 0, i, &range);
		KUNIT_EXPECT_EQ(test, range.dev, three_ranges[i].devindex);
		KUNIT_EXPECT_EQ(test, range.addr, three_ranges[i].offset);
	}
}

static void map_create_v2_limits_the_strips(struct kunit *test)
{
	struct famfs_ioc_interleaved_ext ext = striped_extent(test);

	ext.ie_nstrips = FAMFS_MAX_STRIPS + 1;
	KUNIT_EXPECT_EQ(test, create_striped(test, 1, &ext), -EINVAL);
	ext.ie_nstrips = U64_MAX;
	KUNIT_EXPECT_EQ(test, create_striped(test, 1, &ext), -EINVAL);
	ext.ie_nstrips = BIT_ULL(32) + 3;
	KUNIT_EXPECT_EQ(test, create_striped(test, 1, &ext), -EINVAL);
	ext = striped_extent(test);
	KUNIT_EXPECT_EQ(test,
			create_striped(test, FAMFS_IOC_MAX_INTERLEAVED_EXTENTS +
				       1, &ext), -E2BIG);
	expect_no_map(test);
}

static void map_create_v2_reads_no_more_than_the_strips(struct kunit *test)
{
	struct famfs_ioc_interleaved_ext ext = striped_extent(test);

	KUNIT_EXPECT_EQ(test, create_striped(test, 2, &ext), -EFAULT);
	ext.ie_nstrips = 4;
	KUNIT_EXPECT_EQ(test, create_striped(test, 1, &ext), -EFAULT);
	ext.ie_nstrips = 3;
	ext.ie_strips = (void *)three_ranges;
	KUNIT_EXPECT_EQ(test, create_striped(test, 1, &ext), -EFAULT);
	expect_no_map(test);
}

static void map_get_gives_what_was_set(struct kunit *test)
{
	unsigned long addr = fixture_user(test, sizeof(struct famfs_ioc_map));
	struct famfs_ioc_map arg = two_extents;

	KUNIT_EXPECT_EQ(test, ioctl(test, FAMFSIOC_MAP_GET, addr), -EINVAL);
	KUNIT_EXPECT_EQ(test, map_create(test, &two_extents), 0);
	memset(&arg, 0xa5, sizeof(arg));
	KUNIT_EXPECT_EQ(test, ioctl(test, FAMFSIOC_MAP_GET, addr), 0);
	from_user(test, &arg, addr, sizeof(arg));
	KUNIT_EXPECT_MEMEQ(test, &arg, &two_extents, sizeof(arg));
	KUNIT_EXPECT_EQ(test, ioctl(test, FAMFSIOC_MAP_GET, addr + 1), -EFAULT);
}

static void map_get_tells_that_an_interleaved_map_is_there(struct kunit *test)
{
	unsigned long addr = fixture_user(test, sizeof(struct famfs_ioc_map));
	struct famfs_ioc_interleaved_ext ext = striped_extent(test);
	struct famfs_ioc_map arg, wanted = {
		.extent_type = INTERLEAVED_EXTENT,
		.file_size = ext.ie_nbytes,
	};

	KUNIT_EXPECT_EQ(test, create_striped(test, 1, &ext), 0);
	memset(&arg, 0xa5, sizeof(arg));
	KUNIT_EXPECT_EQ(test, ioctl(test, FAMFSIOC_MAP_GET, addr), 0);
	from_user(test, &arg, addr, sizeof(arg));
	KUNIT_EXPECT_MEMEQ(test, &arg, &wanted, sizeof(arg));
	KUNIT_EXPECT_EQ(test, ioctl(test, FAMFSIOC_MAP_GETEXT, addr),
			-EOVERFLOW);
}

static void map_getext_needs_room_for_the_extents(struct kunit *test)
{
	struct famfs_extent list[2];
	unsigned long addr = fixture_user(test, sizeof(list));

	KUNIT_EXPECT_EQ(test, ioctl(test, FAMFSIOC_MAP_GETEXT, addr), -EINVAL);
	KUNIT_EXPECT_EQ(test, map_create(test, &two_extents), 0);
	KUNIT_EXPECT_EQ(test, ioctl(test, FAMFSIOC_MAP_GETEXT, addr), 0);
	from_user(test, list, addr, sizeof(list));
	KUNIT_EXPECT_MEMEQ(test, list, two_extents.ext_list, sizeof(list));
	KUNIT_EXPECT_EQ(test, ioctl(test, FAMFSIOC_MAP_GETEXT, addr + 1),
			-EFAULT);
}

static void what_does_not_fit_is_not_given(struct kunit *test)
{
	struct famfs_ioc_fmap arg = simple_request(test);
	unsigned long addr = fixture_user(test, PAGE_SIZE);

	KUNIT_EXPECT_EQ(test, map_create_v2(test, &arg), 0);
	KUNIT_EXPECT_EQ(test, ioctl(test, FAMFSIOC_MAP_GET, addr), -EOVERFLOW);
	KUNIT_EXPECT_EQ(test, ioctl(test, FAMFSIOC_MAP_GETEXT, addr),
			-EOVERFLOW);
	KUNIT_EXPECT_EQ(test, ioctl(test, FAMFSIOC_MAP_GET_V2, addr),
			-EOVERFLOW);
}

static void map_get_v2_gives_strips_and_nothing_else(struct kunit *test)
{
	struct famfs_ioc_interleaved_ext ext = striped_extent(test);
	struct famfs_ioc_get_fmap arg;
	unsigned long addr = fixture_user(test, sizeof(arg));
	size_t used = offsetof(struct famfs_ioc_get_fmap, ks.kie_strips[3]);

	KUNIT_EXPECT_EQ(test, create_striped(test, 1, &ext), 0);
	KUNIT_EXPECT_EQ(test, ioctl(test, FAMFSIOC_MAP_GET_V2, addr), 0);
	from_user(test, &arg, addr, sizeof(arg));
	KUNIT_EXPECT_EQ(test, arg.iocmap.fioc_file_size, 3 * UNIT);
	KUNIT_EXPECT_EQ(test, arg.iocmap.fioc_ext_type,
			FAMFS_IOC_EXT_INTERLEAVE);
	KUNIT_EXPECT_EQ(test, arg.iocmap.fioc_niext, 1);
	KUNIT_EXPECT_NULL_MSG(test, arg.iocmap.kie, "an address of the kernel");
	KUNIT_EXPECT_NULL(test, arg.ks.ikie.ie_strips);
	KUNIT_EXPECT_EQ(test, arg.ks.ikie.ie_nstrips, 3);
	KUNIT_EXPECT_MEMEQ(test, arg.ks.kie_strips, three_ranges,
			   sizeof(three_ranges));
	KUNIT_EXPECT_NULL(test, memchr_inv((char *)&arg + used, 0,
					   sizeof(arg) - used));
	KUNIT_EXPECT_EQ(test, ioctl(test, FAMFSIOC_MAP_GET_V2, addr + 1),
			-EFAULT);
}

static void calls_with_pointers_are_not_for_32_bits(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	struct file *file = fixture->file;
	struct famfs_ioc_fmap arg = simple_request(test);
	unsigned long addr = to_user(test, &arg, sizeof(arg));

	KUNIT_EXPECT_EQ(test, file->f_op->compat_ioctl(file, FAMFSIOC_NOP, 0),
			0);
	KUNIT_EXPECT_EQ(test,
			file->f_op->compat_ioctl(file, FAMFSIOC_MAP_CREATE_V2,
						 addr), -ENOTTY);
	KUNIT_EXPECT_EQ(test,
			file->f_op->compat_ioctl(file, FAMFSIOC_MAP_GET_V2,
						 addr), -ENOTTY);
	expect_no_map(test);
}

static struct kunit_case ioctl_cases[] = {
	KUNIT_CASE(nop_says_that_it_is_famfs),
	KUNIT_CASE(unknown_calls_are_not_for_famfs),
	KUNIT_CASE(map_create_takes_what_is_there),
	KUNIT_CASE(map_create_ignores_extents_that_do_not_count),
	KUNIT_CASE(map_create_of_unreadable_memory_is_refused),
	KUNIT_CASE(map_create_has_room_for_two_extents),
	KUNIT_CASE(map_create_knows_its_types),
	KUNIT_CASE(a_map_takes_a_capability),
	KUNIT_CASE(map_create_v2_takes_a_list),
	KUNIT_CASE(map_create_v2_reads_no_more_than_the_list),
	KUNIT_CASE(map_create_v2_limits_the_list),
	KUNIT_CASE(map_create_v2_knows_its_types),
	KUNIT_CASE(map_create_v2_takes_strips),
	KUNIT_CASE(map_create_v2_limits_the_strips),
	KUNIT_CASE(map_create_v2_reads_no_more_than_the_strips),
	KUNIT_CASE(map_get_gives_what_was_set),
	KUNIT_CASE(map_get_tells_that_an_interleaved_map_is_there),
	KUNIT_CASE(map_getext_needs_room_for_the_extents),
	KUNIT_CASE(what_does_not_fit_is_not_given),
	KUNIT_CASE(map_get_v2_gives_strips_and_nothing_else),
	KUNIT_CASE(calls_with_pointers_are_not_for_32_bits),
	{}
};

static struct kunit_suite ioctl_suite = {
	.name = "famfs_ioctl",
	.init = fixture_init,
	.test_cases = ioctl_cases,
};

kunit_test_suite(ioctl_suite);
