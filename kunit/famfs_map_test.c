// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of the famfs extent library: allocating, appending, merging and
 * building maps.
 */
#include <linux/kernel.h>
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

	KUNIT_EXPECT_EQ(test, map->nr_entries, 1);
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
	KUNIT_ASSERT_TRUE(test,
			  famfs_map_segment(map, FAMFS_MAP_MAX_EXTENTS - 1,
					    &last));
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
	KUNIT_EXPECT_EQ(test, map->nr_entries, c->nr_segments);
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
	KUNIT_EXPECT_EQ(test, map->nr_entries, 1);
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
		KUNIT_EXPECT_TRUE(test, famfs_map_segment(map, i, &found));
		famfs_kunit_expect_range(test, "segment", &found, &list[i]);
	}
}

static void a_linear_segment_is_not_interleaved(struct kunit *test)
{
	static const struct famfs_range list[] = {
		{ 0, UNIT, UNIT }, { 1, UNIT, UNIT },
	};
	struct famfs_map *map = famfs_kunit_map(test, list, 2);
	struct famfs_ioc_interleaved_ext ext;
	struct famfs_range found;

	KUNIT_EXPECT_TRUE(test, famfs_map_segment(map, 0, &found));
	KUNIT_EXPECT_FALSE(test, famfs_map_interleaved(map, 0, &ext));
	KUNIT_EXPECT_TRUE(test, famfs_map_segment(map, 1, &found));
	KUNIT_EXPECT_FALSE(test, famfs_map_interleaved(map, 1, &ext));
}

static void expect_next(struct kunit *test, const struct famfs_map *map,
			u32 *entry, const struct famfs_range *expected)
{
	struct famfs_range found = {};

	KUNIT_ASSERT_TRUE(test, famfs_map_next_range(map, entry, &found));
	famfs_kunit_expect_range(test, "next range", &found, expected);
}

static void expect_no_more(struct kunit *test, const struct famfs_map *map,
			   u32 *entry)
{
	struct famfs_range found;

	KUNIT_EXPECT_FALSE(test, famfs_map_next_range(map, entry, &found));
	KUNIT_EXPECT_FALSE(test, famfs_map_next_range(map, entry, &found));
}

static void the_ranges_of_a_linear_map_are_its_segments(struct kunit *test)
{
	static const struct famfs_range list[] = {
		{ 0, 4 * UNIT, 2 * UNIT }, { 3, UNIT, UNIT }, { 0, 9 * UNIT, 5 },
	};
	struct famfs_map *map = famfs_kunit_own(test, famfs_map_alloc(4));
	u32 i, entry = 0;

	for (i = 0; i < 3; i++)
		KUNIT_ASSERT_EQ(test,
				famfs_map_append(map, list[i].dev, list[i].addr,
						 list[i].length),
				0);
	for (i = 0; i < 3; i++)
		expect_next(test, map, &entry, &list[i]);
	expect_no_more(test, map, &entry);
}

static void an_empty_map_takes_no_range(struct kunit *test)
{
	struct famfs_map *map = famfs_kunit_own(test, famfs_map_alloc(1));
	u32 entry = 0;

	expect_no_more(test, map, &entry);
}

/* Three extents of different shapes, the last one with a partial stripe. */
static struct famfs_ioc_simple_extent first_strips[] = {
	{ 0, 8 * UNIT, 2 * UNIT }, { 1, 3 * UNIT, UNIT },
};

static struct famfs_ioc_simple_extent second_strips[] = {
	{ 1, 16 * UNIT, 5 * UNIT },
};

static struct famfs_ioc_simple_extent third_strips[] = {
	{ 2, 4 * UNIT, 8 * UNIT }, { 0, 32 * UNIT, 4 * UNIT },
	{ 2, 16 * UNIT, 100 },
};

static const struct famfs_ioc_interleaved_ext shapes[] = {
	{ 2, UNIT, 3 * UNIT, first_strips },
	{ 1, 2 * UNIT, 5 * UNIT, second_strips },
	{ 3, 4 * UNIT, 9 * UNIT + 7, third_strips },
};

static const struct famfs_map_request shapes_request = {
	.file_size = 17 * UNIT + 1,
	.file_type = FAMFS_LOG,
	.ext_type = FAMFS_IOC_EXT_INTERLEAVE,
	.nr_extents = ARRAY_SIZE(shapes),
	.interleaved = shapes,
};

static struct famfs_range range_of(const struct famfs_ioc_simple_extent *ext)
{
	return (struct famfs_range) { ext->devindex, ext->offset, ext->len };
}

static void interleaved_extents_are_built_as_they_are(struct kunit *test)
{
	struct famfs_map *map;
	struct famfs_ioc_interleaved_ext ext;
	struct famfs_range found, expected;
	u32 i, strip;

	map = famfs_kunit_own(test, famfs_map_build(&shapes_request));
	KUNIT_EXPECT_EQ(test, map->length, 17 * UNIT + 7);
	KUNIT_EXPECT_EQ(test, map->size, 17 * UNIT + 1);
	KUNIT_EXPECT_EQ(test, map->file_type, FAMFS_LOG);
	KUNIT_EXPECT_EQ(test, map->nr_strips, 6);
	KUNIT_EXPECT_EQ(test, map->nr_entries, 9);
	KUNIT_ASSERT_EQ(test, map->nr_segments, 3);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_FALSE(test, famfs_map_segment(map, i, &found));
		KUNIT_ASSERT_TRUE(test, famfs_map_interleaved(map, i, &ext));
		KUNIT_ASSERT_EQ(test, ext.ie_nstrips, shapes[i].ie_nstrips);
		KUNIT_EXPECT_EQ(test, ext.ie_chunk_size,
				shapes[i].ie_chunk_size);
		KUNIT_EXPECT_EQ(test, ext.ie_nbytes, shapes[i].ie_nbytes);
		KUNIT_EXPECT_NULL(test, ext.ie_strips);
		for (strip = 0; strip < ext.ie_nstrips; strip++) {
			expected = range_of(&shapes[i].ie_strips[strip]);
			famfs_map_strip(map, i, strip, &found);
			famfs_kunit_expect_range(test, "strip", &found,
						 &expected);
		}
	}
}

static void the_ranges_of_an_interleaved_map_are_its_strips(struct kunit *test)
{
	struct famfs_map *map;
	struct famfs_range expected;
	u32 i, strip, entry = 0;

	map = famfs_kunit_own(test, famfs_map_build(&shapes_request));
	for (i = 0; i < ARRAY_SIZE(shapes); i++)
		for (strip = 0; strip < shapes[i].ie_nstrips; strip++) {
			expected = range_of(&shapes[i].ie_strips[strip]);
			expect_next(test, map, &entry, &expected);
		}
	expect_no_more(test, map, &entry);
}

static void interleaved_extents_that_continue_are_not_merged(struct kunit *test)
{
	struct famfs_ioc_simple_extent strip[] = {
		{ 0, UNIT, UNIT }, { 0, 2 * UNIT, UNIT },
	};
	const struct famfs_ioc_interleaved_ext list[] = {
		{ 1, UNIT, UNIT, &strip[0] }, { 1, UNIT, UNIT, &strip[1] },
	};
	struct famfs_map_request req = {
		.file_size = 1,
		.ext_type = FAMFS_IOC_EXT_INTERLEAVE,
		.nr_extents = 2,
		.interleaved = list,
	};
	struct famfs_map *map = famfs_kunit_own(test, famfs_map_build(&req));

	KUNIT_EXPECT_EQ(test, map->nr_segments, 2);
	KUNIT_EXPECT_EQ(test, map->nr_strips, 2);
}

static void a_built_map_is_full(struct kunit *test)
{
	struct famfs_map *map;

	map = famfs_kunit_own(test, famfs_map_build(&shapes_request));
	KUNIT_EXPECT_EQ(test, famfs_map_append(map, 1, 64 * UNIT, UNIT),
			-ENOSPC);
	KUNIT_EXPECT_EQ(test, map->nr_segments, 3);
	KUNIT_EXPECT_EQ(test, map->length, 17 * UNIT + 7);
}

static void a_chunk_size_of_2_63_is_kept(struct kunit *test)
{
	struct famfs_ioc_simple_extent strip = { 0, UNIT, S64_MAX };
	const struct famfs_ioc_interleaved_ext list = {
		1, 1ULL << 63, S64_MAX, &strip,
	};
	struct famfs_map_request req = {
		.file_size = S64_MAX,
		.ext_type = FAMFS_IOC_EXT_INTERLEAVE,
		.nr_extents = 1,
		.interleaved = &list,
	};
	struct famfs_map *map = famfs_kunit_own(test, famfs_map_build(&req));
	struct famfs_ioc_interleaved_ext found;

	KUNIT_ASSERT_TRUE(test, famfs_map_interleaved(map, 0, &found));
	KUNIT_EXPECT_EQ(test, found.ie_chunk_size, 1ULL << 63);
	KUNIT_EXPECT_EQ(test, found.ie_nbytes, S64_MAX);
}

static void a_segment_takes_24_bytes(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, sizeof(struct famfs_segment), 24);
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
	KUNIT_CASE(a_linear_segment_is_not_interleaved),
	KUNIT_CASE(the_ranges_of_a_linear_map_are_its_segments),
	KUNIT_CASE(an_empty_map_takes_no_range),
	KUNIT_CASE(interleaved_extents_are_built_as_they_are),
	KUNIT_CASE(the_ranges_of_an_interleaved_map_are_its_strips),
	KUNIT_CASE(interleaved_extents_that_continue_are_not_merged),
	KUNIT_CASE(a_built_map_is_full),
	KUNIT_CASE(a_chunk_size_of_2_63_is_kept),
	KUNIT_CASE(a_segment_takes_24_bytes),
	{}
};

static struct kunit_suite map_suite = {
	.name = "famfs_map",
	.test_cases = map_cases,
};

kunit_test_suite(map_suite);
