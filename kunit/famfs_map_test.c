// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of the famfs extent library: allocating, appending, merging and
 * building maps.
 */
#include <linux/limits.h>
#include <linux/string.h>
#include "famfs_kunit.h"

static void a_map_without_room_is_not_allocated(struct kunit *test)
{
	KUNIT_EXPECT_NULL(test, famfs_map_alloc(0));
}

static void a_new_map_is_empty(struct kunit *test)
{
	struct famfs_map *map = famfs_kunit_own(test, famfs_map_alloc(1));

	KUNIT_EXPECT_EQ(test, map->max_segments, 1);
	KUNIT_EXPECT_EQ(test, map->nr_segments, 0);
	KUNIT_EXPECT_EQ(test, map->length, 0);
	KUNIT_EXPECT_EQ(test, map->size, 0);
	KUNIT_EXPECT_EQ(test, map->file_type, FAMFS_REG);
}

/* KASAN sees it if the last segment lies outside the allocation. */
static void the_largest_map_has_room_for_its_last_segment(struct kunit *test)
{
	struct famfs_map *map;
	struct famfs_range last;
	u32 i;

	map = famfs_kunit_own(test, famfs_map_alloc(FAMFS_MAP_MAX_EXTENTS));
	for (i = 0; i < FAMFS_MAP_MAX_EXTENTS; i++)
		KUNIT_ASSERT_EQ(test, famfs_map_append(map, 0, 2 * i, 1), 0);
	KUNIT_EXPECT_EQ(test, map->nr_segments, FAMFS_MAP_MAX_EXTENTS);
	famfs_map_segment(map, FAMFS_MAP_MAX_EXTENTS - 1, &last);
	KUNIT_EXPECT_EQ(test, last.addr, 2 * (FAMFS_MAP_MAX_EXTENTS - 1));
	KUNIT_EXPECT_EQ(test, famfs_map_append(map, 0, 2 * i, 1), -ENOSPC);
}

static void one_segment_above_the_largest_map_is_not_allocated(struct kunit *test)
{
	KUNIT_EXPECT_NULL(test, famfs_map_alloc(FAMFS_MAP_MAX_EXTENTS + 1));
}

static void a_count_of_U32_MAX_is_not_allocated(struct kunit *test)
{
	KUNIT_EXPECT_NULL(test, famfs_map_alloc(U32_MAX));
}

/* One range appended to a map that has one already. */
struct append_case {
	const char *name;
	struct famfs_range first;
	struct famfs_range range;
	int err;
	u32 room;
	u32 nr_segments;
};

static const struct append_case append_cases[] = {
	{
		.name = "a range of 1 byte is appended",
		.first = { 0, UNIT, UNIT }, .range = { 0, 0, 1 },
		.room = 2, .nr_segments = 2,
	}, {
		.name = "a range of 0 bytes is refused",
		.first = { 0, UNIT, UNIT }, .range = { 0, 2 * UNIT, 0 },
		.room = 2, .nr_segments = 1, .err = -EINVAL,
	}, {
		.name = "a range may end one byte below 2^64",
		.first = { 0, UNIT, UNIT }, .range = { 0, -UNIT, UNIT - 1 },
		.room = 2, .nr_segments = 2,
	}, {
		.name = "a range that ends at 2^64 is refused",
		.first = { 0, UNIT, UNIT }, .range = { 0, -UNIT, UNIT },
		.room = 2, .nr_segments = 1, .err = -EINVAL,
	}, {
		.name = "a range that wraps around is refused",
		.first = { 0, UNIT, UNIT }, .range = { 0, U64_MAX, U64_MAX },
		.room = 2, .nr_segments = 1, .err = -EINVAL,
	}, {
		.name = "a map may be U64_MAX bytes long",
		.first = { 0, 0, U64_MAX - 1 }, .range = { 1, 0, 1 },
		.room = 2, .nr_segments = 2,
	}, {
		.name = "a map of 2^64 bytes is refused",
		.first = { 0, 0, U64_MAX }, .range = { 1, 0, 1 },
		.room = 2, .nr_segments = 1, .err = -EOVERFLOW,
	}, {
		.name = "a full map takes no other segment",
		.first = { 0, UNIT, UNIT }, .range = { 0, 3 * UNIT, UNIT },
		.room = 1, .nr_segments = 1, .err = -ENOSPC,
	}, {
		.name = "a full map takes a range that needs no room",
		.first = { 0, UNIT, UNIT }, .range = { 0, 2 * UNIT, UNIT },
		.room = 1, .nr_segments = 1,
	}, {
		.name = "a range that continues the last one is merged",
		.first = { 0, UNIT, UNIT }, .range = { 0, 2 * UNIT, UNIT },
		.room = 2, .nr_segments = 1,
	}, {
		.name = "a range of 1 byte that continues is merged",
		.first = { 0, 7, 1 }, .range = { 0, 8, 1 },
		.room = 2, .nr_segments = 1,
	}, {
		.name = "a range one byte after the last one is not merged",
		.first = { 0, UNIT, UNIT }, .range = { 0, 2 * UNIT + 1, UNIT },
		.room = 2, .nr_segments = 2,
	}, {
		.name = "a range one byte into the last one is not merged",
		.first = { 0, UNIT, UNIT }, .range = { 0, 2 * UNIT - 1, UNIT },
		.room = 2, .nr_segments = 2,
	}, {
		.name = "the same range again is not merged",
		.first = { 0, UNIT, UNIT }, .range = { 0, UNIT, UNIT },
		.room = 2, .nr_segments = 2,
	}, {
		.name = "a range right before the last one is not merged",
		.first = { 0, 2 * UNIT, UNIT }, .range = { 0, UNIT, UNIT },
		.room = 2, .nr_segments = 2,
	}, {
		.name = "a range that continues on another device is not merged",
		.first = { 0, UNIT, UNIT }, .range = { 1, 2 * UNIT, UNIT },
		.room = 2, .nr_segments = 2,
	}, {
		.name = "ranges are merged up to the top of 64 bits",
		.first = { 0, -2 * UNIT, UNIT }, .range = { 0, -UNIT, UNIT - 1 },
		.room = 2, .nr_segments = 1,
	},
};

KUNIT_ARRAY_PARAM_DESC(append, append_cases, name);

static void a_second_range_is_appended_so(struct kunit *test)
{
	const struct append_case *c = test->param_value;
	struct famfs_map *map = famfs_kunit_own(test, famfs_map_alloc(c->room));
	u64 length = c->first.length + (c->err ? 0 : c->range.length);

	KUNIT_ASSERT_EQ(test,
			famfs_map_append(map, c->first.dev, c->first.addr,
					 c->first.length),
			0);
	KUNIT_EXPECT_EQ(test,
			famfs_map_append(map, c->range.dev, c->range.addr,
					 c->range.length),
			c->err);
	KUNIT_EXPECT_EQ(test, map->nr_segments, c->nr_segments);
	KUNIT_EXPECT_EQ(test, map->length, length);
	KUNIT_EXPECT_EQ(test, map->size, length);
}

static void only_the_last_segment_is_merged_with(struct kunit *test)
{
	static const struct famfs_range list[] = {
		{ 0, UNIT, UNIT }, { 0, 9 * UNIT, UNIT }, { 0, 2 * UNIT, UNIT },
	};
	struct famfs_map *map = famfs_kunit_map(test, list, 3);

	KUNIT_EXPECT_EQ(test, map->nr_segments, 3);
}

static void a_refused_range_leaves_the_segments_as_they_were(struct kunit *test)
{
	static const struct famfs_range list[] = {
		{ 0, UNIT, UNIT }, { 1, 9 * UNIT, UNIT },
	};
	struct famfs_map *map = famfs_kunit_map(test, list, 2);
	struct famfs_segment before[2];

	memcpy(before, map->seg, sizeof(before));
	KUNIT_EXPECT_EQ(test, famfs_map_append(map, 0, UNIT, UNIT), -ENOSPC);
	KUNIT_EXPECT_EQ(test, famfs_map_append(map, 1, 10 * UNIT, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, famfs_map_append(map, 1, 0, U64_MAX),
			-EOVERFLOW);
	KUNIT_EXPECT_MEMEQ(test, map->seg, before, sizeof(before));
}

#define BUILD_MAX 4

/* Extents as a request lists them, and the segments that they make. */
struct build_case {
	const char *name;
	u32 nr_extents;
	struct famfs_ioc_simple_extent list[BUILD_MAX];
	u32 nr_segments;
	struct famfs_segment seg[BUILD_MAX];	/* start, addr, device */
};

static const struct build_case build_cases[] = {
	{
		.name = "one extent is one segment",
		.nr_extents = 1, .list = { { 0, UNIT, UNIT } },
		.nr_segments = 1, .seg = { { 0, UNIT, 0 } },
	}, {
		.name = "extents with a gap stay apart",
		.nr_extents = 2,
		.list = { { 0, UNIT, UNIT }, { 0, 3 * UNIT, UNIT } },
		.nr_segments = 2, .seg = { { 0, UNIT, 0 }, { UNIT, 3 * UNIT, 0 } },
	}, {
		.name = "extents in falling order stay apart",
		.nr_extents = 2,
		.list = { { 0, 2 * UNIT, UNIT }, { 0, UNIT, UNIT } },
		.nr_segments = 2, .seg = { { 0, 2 * UNIT, 0 }, { UNIT, UNIT, 0 } },
	}, {
		.name = "neighbours on two devices stay apart",
		.nr_extents = 2,
		.list = { { 0, UNIT, UNIT }, { 1, 2 * UNIT, UNIT } },
		.nr_segments = 2, .seg = { { 0, UNIT, 0 }, { UNIT, 2 * UNIT, 1 } },
	}, {
		.name = "four contiguous extents are one segment",
		.nr_extents = 4,
		.list = { { 1, UNIT, UNIT }, { 1, 2 * UNIT, 2 * UNIT },
			  { 1, 4 * UNIT, UNIT }, { 1, 5 * UNIT, 1 } },
		.nr_segments = 1, .seg = { { 0, UNIT, 1 } },
	}, {
		.name = "contiguous extents at the start are merged",
		.nr_extents = 3,
		.list = { { 0, UNIT, UNIT }, { 0, 2 * UNIT, UNIT },
			  { 0, 7 * UNIT, UNIT } },
		.nr_segments = 2,
		.seg = { { 0, UNIT, 0 }, { 2 * UNIT, 7 * UNIT, 0 } },
	}, {
		.name = "contiguous extents at the end are merged",
		.nr_extents = 3,
		.list = { { 0, 7 * UNIT, UNIT }, { 0, UNIT, UNIT },
			  { 0, 2 * UNIT, UNIT } },
		.nr_segments = 2,
		.seg = { { 0, 7 * UNIT, 0 }, { UNIT, UNIT, 0 } },
	}, {
		.name = "two contiguous pairs are two segments",
		.nr_extents = 4,
		.list = { { 0, UNIT, UNIT }, { 0, 2 * UNIT, UNIT },
			  { 1, 3 * UNIT, UNIT }, { 1, 4 * UNIT, 100 } },
		.nr_segments = 2,
		.seg = { { 0, UNIT, 0 }, { 2 * UNIT, 3 * UNIT, 1 } },
	},
};

KUNIT_ARRAY_PARAM_DESC(build, build_cases, name);

static void extents_are_built_into_these_segments(struct kunit *test)
{
	const struct build_case *c = test->param_value;
	struct famfs_map_request req = {
		.file_size = 1,
		.file_type = FAMFS_LOG,
		.nr_extents = c->nr_extents,
		.simple = c->list,
	};
	struct famfs_map *map = famfs_kunit_own(test, famfs_map_build(&req));
	u64 length = 0;
	u32 i;

	for (i = 0; i < c->nr_extents; i++)
		length += c->list[i].len;
	KUNIT_EXPECT_EQ(test, map->length, length);
	KUNIT_EXPECT_EQ(test, map->size, 1);
	KUNIT_EXPECT_EQ(test, map->file_type, FAMFS_LOG);
	KUNIT_EXPECT_EQ(test, map->max_segments, c->nr_segments);
	KUNIT_ASSERT_EQ(test, map->nr_segments, c->nr_segments);
	KUNIT_EXPECT_MEMEQ(test, map->seg, c->seg,
			   array_size(c->nr_segments, sizeof(*map->seg)));
}

static void the_most_contiguous_extents_are_one_segment(struct kunit *test)
{
	const u32 nr = FAMFS_MAP_MAX_EXTENTS;
	struct famfs_ioc_simple_extent *list = famfs_kunit_extents(test, nr);
	struct famfs_map_request req = {
		.file_size = nr * UNIT,
		.nr_extents = nr,
		.simple = list,
	};
	struct famfs_map *map;
	u32 i;

	for (i = 0; i < nr; i++) {
		list[i].offset = (i + 1) * UNIT;
		list[i].len = UNIT;
	}
	map = famfs_kunit_own(test, famfs_map_build(&req));
	KUNIT_EXPECT_EQ(test, map->nr_segments, 1);
	KUNIT_EXPECT_EQ(test, map->max_segments, 1);
	KUNIT_EXPECT_EQ(test, map->length, nr * UNIT);
}

static void a_segment_ends_where_the_next_one_starts(struct kunit *test)
{
	static const struct famfs_range list[] = {
		{ 0, 4 * UNIT, 2 * UNIT }, { 3, UNIT, UNIT }, { 0, 9 * UNIT, 5 },
	};
	struct famfs_map *map = famfs_kunit_map(test, list, 3);
	struct famfs_range found;
	u32 i;

	for (i = 0; i < 3; i++) {
		famfs_map_segment(map, i, &found);
		famfs_kunit_expect_range(test, "segment", &found, &list[i]);
	}
}

static struct kunit_case map_cases[] = {
	KUNIT_CASE(a_map_without_room_is_not_allocated),
	KUNIT_CASE(a_new_map_is_empty),
	KUNIT_CASE(the_largest_map_has_room_for_its_last_segment),
	KUNIT_CASE(one_segment_above_the_largest_map_is_not_allocated),
	KUNIT_CASE(a_count_of_U32_MAX_is_not_allocated),
	KUNIT_CASE_PARAM(a_second_range_is_appended_so, append_gen_params),
	KUNIT_CASE(only_the_last_segment_is_merged_with),
	KUNIT_CASE(a_refused_range_leaves_the_segments_as_they_were),
	KUNIT_CASE_PARAM(extents_are_built_into_these_segments,
			 build_gen_params),
	KUNIT_CASE(the_most_contiguous_extents_are_one_segment),
	KUNIT_CASE(a_segment_ends_where_the_next_one_starts),
	{}
};

static struct kunit_suite map_suite = {
	.name = "famfs_map",
	.test_cases = map_cases,
};

kunit_test_suite(map_suite);
