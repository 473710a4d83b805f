// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of the famfs extent library: maps in a structure of fixed size.
 */
#include <linux/string.h>
#include "famfs_kunit.h"

static const struct famfs_ioc_map two_extents = {
	.extent_type = SIMPLE_DAX_EXTENT,
	.file_type = FAMFS_LOG,
	.file_size = 2 * UNIT - 5,
	.ext_list_count = 2,
	.ext_list = { { 3 * UNIT, UNIT }, { UNIT, UNIT } },
};

static int request_of(const struct famfs_ioc_map *arg,
		      struct famfs_map_request *req,
		      struct famfs_ioc_simple_extent *list)
{
	memset(req, 0xa5, sizeof(*req));
	memset(list, 0xa5, array_size(FAMFS_MAX_EXTENTS, sizeof(*list)));
	return famfs_request_v1(arg, req, list);
}

static void a_structure_makes_this_request(struct kunit *test)
{
	struct famfs_ioc_simple_extent list[FAMFS_MAX_EXTENTS];
	struct famfs_map_request req;
	u32 i;

	KUNIT_ASSERT_EQ(test, request_of(&two_extents, &req, list), 0);
	KUNIT_EXPECT_EQ(test, req.file_size, 2 * UNIT - 5);
	KUNIT_EXPECT_EQ(test, req.file_type, FAMFS_LOG);
	KUNIT_EXPECT_EQ(test, req.ext_type, FAMFS_IOC_EXT_SIMPLE);
	KUNIT_ASSERT_EQ(test, req.nr_extents, 2);
	KUNIT_ASSERT_PTR_EQ(test, req.simple, &list[0]);
	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_EQ(test, list[i].devindex, 0);
		KUNIT_EXPECT_EQ(test, list[i].offset,
				two_extents.ext_list[i].offset);
		KUNIT_EXPECT_EQ(test, list[i].len, two_extents.ext_list[i].len);
	}
}

static void a_structure_without_extents_makes_a_request(struct kunit *test)
{
	struct famfs_ioc_map arg = two_extents;
	struct famfs_ioc_simple_extent list[FAMFS_MAX_EXTENTS];
	struct famfs_map_request req;

	arg.ext_list_count = 0;
	KUNIT_EXPECT_EQ(test, request_of(&arg, &req, list), 0);
	KUNIT_EXPECT_EQ(test, req.nr_extents, 0);
}

static void other_types_make_no_request(struct kunit *test)
{
	struct famfs_ioc_map arg = two_extents;
	struct famfs_ioc_simple_extent list[FAMFS_MAX_EXTENTS];
	struct famfs_map_request req;

	arg.extent_type = INTERLEAVED_EXTENT;
	KUNIT_EXPECT_EQ(test, request_of(&arg, &req, list), -EINVAL);
	arg.extent_type = INVALID_EXTENT_TYPE;
	KUNIT_EXPECT_EQ(test, request_of(&arg, &req, list), -EINVAL);
}

/* Also by counts whose lower half is one that fits. */
static void more_than_fits_makes_no_request(struct kunit *test)
{
	struct famfs_ioc_map arg = two_extents;
	struct famfs_ioc_simple_extent list[FAMFS_MAX_EXTENTS];
	struct famfs_map_request req;

	arg.ext_list_count = FAMFS_MAX_EXTENTS + 1;
	KUNIT_EXPECT_EQ(test, request_of(&arg, &req, list), -E2BIG);
	arg.ext_list_count = (1ULL << 32) + 1;
	KUNIT_EXPECT_EQ(test, request_of(&arg, &req, list), -E2BIG);
}

/* Every byte of it goes to user space. */
static void a_map_is_told_as_it_was_asked_for(struct kunit *test)
{
	struct famfs_ioc_simple_extent list[FAMFS_MAX_EXTENTS];
	struct famfs_map_request req;
	struct famfs_ioc_map arg;
	struct famfs_map *map;

	KUNIT_ASSERT_EQ(test, request_of(&two_extents, &req, list), 0);
	map = famfs_kunit_own(test, famfs_map_build(&req));
	memset(&arg, 0xa5, sizeof(arg));
	KUNIT_ASSERT_EQ(test, famfs_map_v1(map, &arg), 0);
	KUNIT_EXPECT_MEMEQ(test, &arg, &two_extents, sizeof(arg));
}

static void what_is_not_told_is_zero(struct kunit *test)
{
	static const struct famfs_range one = { 0, UNIT, 5 };
	const struct famfs_ioc_map told = {
		.file_size = 5,
		.ext_list_count = 1,
		.ext_list = { { UNIT, 5 } },
	};
	struct famfs_ioc_map arg;

	memset(&arg, 0xa5, sizeof(arg));
	KUNIT_ASSERT_EQ(test, famfs_map_v1(famfs_kunit_map(test, &one, 1), &arg),
			0);
	KUNIT_EXPECT_MEMEQ(test, &arg, &told, sizeof(arg));
}

static void a_third_extent_does_not_fit(struct kunit *test)
{
	static const struct famfs_range three[] = {
		{ 0, UNIT, UNIT }, { 0, 3 * UNIT, UNIT }, { 0, 5 * UNIT, UNIT },
	};
	struct famfs_ioc_map arg;

	KUNIT_EXPECT_EQ(test,
			famfs_map_v1(famfs_kunit_map(test, three, 3), &arg),
			-EOVERFLOW);
}

static void another_device_does_not_fit(struct kunit *test)
{
	static const struct famfs_range two[] = {
		{ 0, UNIT, UNIT }, { 1, UNIT, UNIT },
	};
	struct famfs_ioc_map arg;

	KUNIT_EXPECT_EQ(test, famfs_map_v1(famfs_kunit_map(test, two, 2), &arg),
			-EOVERFLOW);
}

static void of_strips_the_type_is_told(struct kunit *test)
{
	struct famfs_ioc_interleaved_ext *ext = famfs_kunit_interleaved(test, 1);
	const struct famfs_map_request req = {
		.file_size = 7,
		.file_type = FAMFS_SUPERBLOCK,
		.ext_type = FAMFS_IOC_EXT_INTERLEAVE,
		.nr_extents = 1,
		.interleaved = ext,
	};
	const struct famfs_ioc_map told = {
		.extent_type = INTERLEAVED_EXTENT,
		.file_type = FAMFS_SUPERBLOCK,
		.file_size = 7,
	};
	struct famfs_ioc_map arg;
	struct famfs_map *map;

	ext->ie_nstrips = 1;
	ext->ie_chunk_size = UNIT;
	ext->ie_nbytes = UNIT;
	ext->ie_strips = famfs_kunit_extents(test, 1);
	ext->ie_strips[0] = (struct famfs_ioc_simple_extent) { 1, UNIT, UNIT };
	map = famfs_kunit_own(test, famfs_map_build(&req));
	memset(&arg, 0xa5, sizeof(arg));
	KUNIT_ASSERT_EQ(test, famfs_map_v1(map, &arg), 0);
	KUNIT_EXPECT_MEMEQ(test, &arg, &told, sizeof(arg));
}

static struct kunit_case uapi_cases[] = {
	KUNIT_CASE(a_structure_makes_this_request),
	KUNIT_CASE(a_structure_without_extents_makes_a_request),
	KUNIT_CASE(other_types_make_no_request),
	KUNIT_CASE(more_than_fits_makes_no_request),
	KUNIT_CASE(a_map_is_told_as_it_was_asked_for),
	KUNIT_CASE(what_is_not_told_is_zero),
	KUNIT_CASE(a_third_extent_does_not_fit),
	KUNIT_CASE(another_device_does_not_fit),
	KUNIT_CASE(of_strips_the_type_is_told),
	{}
};

static struct kunit_suite uapi_suite = {
	.name = "famfs_uapi",
	.test_cases = uapi_cases,
};

kunit_test_suite(uapi_suite);
