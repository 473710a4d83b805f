// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of the famfs extent library: looking a map up, from the mapped
 * space to the devices and back.
 */
#include <linux/kernel.h>
#include <linux/limits.h>
#include "famfs_kunit.h"

/*
 * The map of most cases:
 *
 *	mapped space	0 .. 2 units	2 .. 3 units	3 .. 3.5 units
 *	lives at	device 0, 4	device 1, 1	device 0, 10
 */
static const struct famfs_range pieces[] = {
	{ 0, 4 * UNIT, 2 * UNIT }, { 1, UNIT, UNIT }, { 0, 10 * UNIT, UNIT / 2 },
};

#define LENGTH (3 * UNIT + UNIT / 2)

static const struct famfs_resolve_case resolve_cases[] = {
	{
		.name = "the first byte is where the first segment starts",
		.pos = 0, .length = 1, .range = { 0, 4 * UNIT, 1 },
	}, {
		.name = "a byte inside a segment is at its distance",
		.pos = 12345, .length = 1, .range = { 0, 4 * UNIT + 12345, 1 },
	}, {
		.name = "the last byte of a segment belongs to it",
		.pos = 2 * UNIT - 1, .length = 1,
		.range = { 0, 6 * UNIT - 1, 1 },
	}, {
		.name = "the first byte of the next segment belongs to that",
		.pos = 2 * UNIT, .length = 1, .range = { 1, UNIT, 1 },
	}, {
		.name = "the last byte of the map is found",
		.pos = LENGTH - 1, .length = 1,
		.range = { 0, 10 * UNIT + UNIT / 2 - 1, 1 },
	}, {
		.name = "the byte after the map is out of range",
		.pos = LENGTH, .length = 1, .err = -ERANGE,
	}, {
		.name = "the largest position is out of range",
		.pos = U64_MAX, .length = 1, .err = -ERANGE,
	}, {
		.name = "a length of 0 is refused",
		.pos = 0, .length = 0, .err = -EINVAL,
	}, {
		.name = "a length of 0 is refused past the end too",
		.pos = LENGTH, .length = 0, .err = -EINVAL,
	}, {
		.name = "a length up to the segment's end is given in full",
		.pos = UNIT, .length = UNIT, .range = { 0, 5 * UNIT, UNIT },
	}, {
		.name = "a length one byte past the segment's end is cut",
		.pos = UNIT, .length = UNIT + 1, .range = { 0, 5 * UNIT, UNIT },
	}, {
		.name = "a length one byte below the segment's end is kept",
		.pos = UNIT, .length = UNIT - 1,
		.range = { 0, 5 * UNIT, UNIT - 1 },
	}, {
		.name = "a length past the end of the map is cut",
		.pos = 3 * UNIT, .length = UNIT,
		.range = { 0, 10 * UNIT, UNIT / 2 },
	}, {
		.name = "a length of U64_MAX is cut",
		.pos = 0, .length = U64_MAX, .range = { 0, 4 * UNIT, 2 * UNIT },
	}, {
		.name = "a position plus length of 2^64 or more is cut",
		.pos = 2 * UNIT + 1, .length = U64_MAX,
		.range = { 1, UNIT + 1, UNIT - 1 },
	},
};

KUNIT_ARRAY_PARAM_DESC(resolve, resolve_cases, name);

static void a_position_resolves_so(struct kunit *test)
{
	famfs_kunit_expect_resolved(test, famfs_kunit_map(test, pieces, 3),
				    test->param_value);
}

static void an_empty_map_resolves_nothing(struct kunit *test)
{
	struct famfs_map *map = famfs_kunit_own(test, famfs_map_alloc(1));
	struct famfs_range found;

	KUNIT_EXPECT_EQ(test, famfs_map_resolve(map, 0, 1, &found), -ERANGE);
}

static void bytes_past_the_file_size_resolve_up_to_the_length(struct kunit *test)
{
	const struct famfs_ioc_simple_extent extent = { 0, UNIT, UNIT };
	struct famfs_map_request req = {
		.file_size = 1, .nr_extents = 1, .simple = &extent,
	};
	struct famfs_map *map = famfs_kunit_own(test, famfs_map_build(&req));
	struct famfs_range found, expected = { 0, UNIT + 1, UNIT - 1 };

	KUNIT_ASSERT_EQ(test, famfs_map_resolve(map, 1, UNIT, &found), 0);
	famfs_kunit_expect_range(test, "past the size", &found, &expected);
}

static void the_last_byte_of_the_longest_map_resolves(struct kunit *test)
{
	static const struct famfs_range list[] = {
		{ 0, 0, U64_MAX - 1 }, { 1, U64_MAX - 1, 1 },
	};
	struct famfs_map *map = famfs_kunit_map(test, list, 2);
	struct famfs_range found;

	KUNIT_ASSERT_EQ(test,
			famfs_map_resolve(map, U64_MAX - 1, U64_MAX, &found),
			0);
	famfs_kunit_expect_range(test, "last byte", &found, &list[1]);
	KUNIT_EXPECT_EQ(test, famfs_map_resolve(map, U64_MAX, 1, &found),
			-ERANGE);
}

/* The byte is the first of a part of the map that no segment but it has. */
static void a_last_segment_of_one_byte_is_found(struct kunit *test)
{
	static const struct famfs_range last = { 0, 2 * UNIT, 1 };
	struct famfs_ioc_simple_extent *list = famfs_kunit_extents(test, 3);
	const struct famfs_map_request req = {
		.file_size = 2 * UNIT + 1, .nr_extents = 3, .simple = list,
	};
	struct famfs_map *map;
	struct famfs_range found;
	u32 i;

	for (i = 0; i < 3; i++) {
		list[i].offset = (6 - 2 * i) * UNIT;
		list[i].len = i < 2 ? UNIT : 1;
	}
	map = famfs_kunit_own(test, famfs_map_build(&req));
	KUNIT_ASSERT_EQ(test, famfs_map_resolve(map, 2 * UNIT, UNIT, &found),
			0);
	famfs_kunit_expect_range(test, "last byte", &found, &last);
}

static const u32 segment_counts[] = {
	1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 1000,
};

static void describe_count(const u32 *nr, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE,
		 "both ends of each of %u segments resolve", *nr);
}

KUNIT_ARRAY_PARAM(segment_count, segment_counts, describe_count);

/* Segments of 1, 2, 3 ... bytes, one per device. */
static void every_segment_is_found(struct kunit *test)
{
	const u32 nr = *(const u32 *)test->param_value;
	struct famfs_map *map = famfs_kunit_own(test, famfs_map_alloc(nr));
	struct famfs_range found;
	u64 pos = 0;
	u32 i;

	for (i = 0; i < nr; i++)
		KUNIT_ASSERT_EQ(test, famfs_map_append(map, i, 9, i + 1), 0);
	for (i = 0; i < nr; i++) {
		struct famfs_range first = { i, 9, i + 1 };
		struct famfs_range last = { i, 9 + i, 1 };

		KUNIT_ASSERT_EQ(test,
				famfs_map_resolve(map, pos, U64_MAX, &found),
				0);
		famfs_kunit_expect_range(test, "first byte", &found, &first);
		pos += i + 1;
		KUNIT_ASSERT_EQ(test,
				famfs_map_resolve(map, pos - 1, U64_MAX,
						  &found),
				0);
		famfs_kunit_expect_range(test, "last byte", &found, &last);
	}
}

static const struct famfs_reverse_case reverse_cases[] = {
	{
		.name = "a segment's own range gives the whole segment",
		.range = { 0, 4 * UNIT, 2 * UNIT },
		.nr_found = 1, .found = { { 0, 2 * UNIT } },
	}, {
		.name = "a byte inside a segment gives one byte",
		.range = { 0, 4 * UNIT + 777, 1 },
		.nr_found = 1, .found = { { 777, 1 } },
	}, {
		.name = "the byte before a segment gives nothing",
		.range = { 0, 4 * UNIT - 1, 1 },
	}, {
		.name = "a range that ends where a segment starts gives nothing",
		.range = { 0, 0, 4 * UNIT },
	}, {
		.name = "a range that ends one byte later gives one byte",
		.range = { 0, 0, 4 * UNIT + 1 },
		.nr_found = 1, .found = { { 0, 1 } },
	}, {
		.name = "the last byte of a segment gives one byte",
		.range = { 0, 6 * UNIT - 1, 1 },
		.nr_found = 1, .found = { { 2 * UNIT - 1, 1 } },
	}, {
		.name = "a range that starts at the last byte gives one byte",
		.range = { 0, 6 * UNIT - 1, UNIT },
		.nr_found = 1, .found = { { 2 * UNIT - 1, 1 } },
	}, {
		.name = "a range that starts where a segment ends gives nothing",
		.range = { 0, 6 * UNIT, UNIT },
	}, {
		.name = "the last byte of a short segment is found",
		.range = { 0, 10 * UNIT + UNIT / 2 - 1, UNIT },
		.nr_found = 1, .found = { { LENGTH - 1, 1 } },
	}, {
		.name = "the byte after a short segment gives nothing",
		.range = { 0, 10 * UNIT + UNIT / 2, UNIT },
	}, {
		.name = "a range over two segments gives both",
		.range = { 0, 5 * UNIT, 6 * UNIT },
		.nr_found = 2,
		.found = { { UNIT, UNIT }, { 3 * UNIT, UNIT / 2 } },
	}, {
		.name = "another device at the same offset gives its own segment",
		.range = { 1, 0, 100 * UNIT },
		.nr_found = 1, .found = { { 2 * UNIT, UNIT } },
	}, {
		.name = "a device that the map does not use gives nothing",
		.range = { 2, 0, U64_MAX },
	}, {
		.name = "a range of 0 bytes gives nothing",
		.range = { 0, 4 * UNIT, 0 },
	}, {
		.name = "a range of 0 bytes inside a segment gives nothing",
		.range = { 0, 5 * UNIT, 0 },
	}, {
		.name = "the whole of a device gives all its segments",
		.range = { 0, 0, U64_MAX },
		.nr_found = 2,
		.found = { { 0, 2 * UNIT }, { 3 * UNIT, UNIT / 2 } },
	}, {
		.name = "a range that ends at 2^64 gives what lies in it",
		.range = { 0, 10 * UNIT, -10 * UNIT },
		.nr_found = 1, .found = { { 3 * UNIT, UNIT / 2 } },
	}, {
		.name = "a range past 2^64 does not come round to the start",
		.range = { 0, 11 * UNIT, U64_MAX },
	}, {
		.name = "the last byte of 64 bits gives nothing",
		.range = { 0, U64_MAX, 1 },
	},
};

KUNIT_ARRAY_PARAM_DESC(reverse, reverse_cases, name);

static void a_device_range_gives_these_bytes(struct kunit *test)
{
	famfs_kunit_expect_reversed(test, famfs_kunit_map(test, pieces, 3),
				    test->param_value);
}

static void an_empty_map_holds_no_device_range(struct kunit *test)
{
	struct famfs_map *map = famfs_kunit_own(test, famfs_map_alloc(1));
	struct famfs_reverse walk = { .length = U64_MAX };
	u64 pos, length;

	KUNIT_EXPECT_FALSE(test, famfs_map_reverse(map, &walk, &pos, &length));
}

/* The segment's last byte is U64_MAX - 1, its end U64_MAX. */
static void a_segment_at_the_top_of_64_bits_is_found(struct kunit *test)
{
	static const struct famfs_range list[] = {
		{ 0, 0, UNIT }, { 0, -UNIT, UNIT - 1 },
	};
	struct famfs_map *map = famfs_kunit_map(test, list, 2);
	struct famfs_reverse last = { .addr = U64_MAX - 1, .length = 2 };
	struct famfs_reverse after = { .addr = U64_MAX, .length = U64_MAX };
	u64 pos, length;

	KUNIT_ASSERT_TRUE(test, famfs_map_reverse(map, &last, &pos, &length));
	KUNIT_EXPECT_EQ(test, pos, 2 * UNIT - 2);
	KUNIT_EXPECT_EQ(test, length, 1);
	KUNIT_EXPECT_FALSE(test, famfs_map_reverse(map, &last, &pos, &length));
	KUNIT_EXPECT_FALSE(test, famfs_map_reverse(map, &after, &pos, &length));
}

static void found_ranges_rise_where_device_offsets_fall(struct kunit *test)
{
	static const struct famfs_range list[] = {
		{ 0, 9 * UNIT, UNIT }, { 0, 5 * UNIT, UNIT }, { 0, UNIT, UNIT },
	};
	struct famfs_map *map = famfs_kunit_map(test, list, 3);
	struct famfs_reverse walk = { .length = U64_MAX };
	u64 pos, length;
	u32 i;

	for (i = 0; i < 3; i++) {
		KUNIT_ASSERT_TRUE(test,
				  famfs_map_reverse(map, &walk, &pos, &length));
		KUNIT_EXPECT_EQ(test, pos, i * UNIT);
		KUNIT_EXPECT_EQ(test, length, UNIT);
	}
	KUNIT_EXPECT_FALSE(test, famfs_map_reverse(map, &walk, &pos, &length));
}

static void a_byte_that_is_mapped_twice_is_found_twice(struct kunit *test)
{
	static const struct famfs_range list[] = {
		{ 0, UNIT, UNIT }, { 0, UNIT, UNIT },
	};
	struct famfs_map *map = famfs_kunit_map(test, list, 2);
	struct famfs_reverse walk = { .addr = UNIT + 3, .length = 1 };
	u64 pos, length;

	KUNIT_ASSERT_TRUE(test, famfs_map_reverse(map, &walk, &pos, &length));
	KUNIT_EXPECT_EQ(test, pos, 3);
	KUNIT_ASSERT_TRUE(test, famfs_map_reverse(map, &walk, &pos, &length));
	KUNIT_EXPECT_EQ(test, pos, UNIT + 3);
	KUNIT_EXPECT_FALSE(test, famfs_map_reverse(map, &walk, &pos, &length));
}

/* Alternating between two devices, falling on both, so that none merges. */
static void alternate(struct famfs_ioc_simple_extent *list, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++) {
		list[i].devindex = i % 2;
		list[i].offset = (nr - i) * UNIT;
		list[i].len = UNIT;
	}
}

static void the_most_alternating_extents_go_the_whole_way(struct kunit *test)
{
	const u32 nr = FAMFS_MAP_MAX_EXTENTS;
	const u64 device_size[] = { (nr + 1) * UNIT, (nr + 1) * UNIT };
	const struct famfs_limits limits = { nr, 2, device_size };
	struct famfs_ioc_simple_extent *list = famfs_kunit_extents(test, nr);
	struct famfs_map_request req = {
		.file_size = nr * UNIT, .nr_extents = nr, .simple = list,
	};
	struct famfs_reverse walk = { .dev = 1, .length = U64_MAX };
	struct famfs_reason reason;
	struct famfs_range found;
	struct famfs_map *map;
	u64 pos, length;
	u32 i;

	alternate(list, nr);
	KUNIT_ASSERT_EQ(test, famfs_map_validate(&req, &limits, &reason), 0);
	map = famfs_kunit_own(test, famfs_map_build(&req));
	KUNIT_ASSERT_EQ(test, map->nr_segments, nr);
	for (i = 0; i < nr; i++) {
		KUNIT_ASSERT_EQ(test,
				famfs_map_resolve(map, i * UNIT, U64_MAX,
						  &found),
				0);
		KUNIT_ASSERT_EQ(test, found.dev, list[i].devindex);
		KUNIT_ASSERT_EQ(test, found.addr, list[i].offset);
		KUNIT_ASSERT_EQ(test, found.length, UNIT);
	}
	for (i = 1; i < nr; i += 2) {
		KUNIT_ASSERT_TRUE(test,
				  famfs_map_reverse(map, &walk, &pos, &length));
		KUNIT_ASSERT_EQ(test, pos, i * UNIT);
		KUNIT_ASSERT_EQ(test, length, UNIT);
	}
	KUNIT_EXPECT_FALSE(test, famfs_map_reverse(map, &walk, &pos, &length));
}

#define PAGE 4096ULL

/* What a dax device is made of: page offsets on the left of the map. */
static const struct famfs_range dax_ranges[] = {
	{ 0, 0x100000000, 8 * PAGE }, { 0, 0x180000000, PAGE },
	{ 0, 0x140000000, 3 * PAGE },
};

static void every_page_of_a_dax_device_is_found_there_and_back(struct kunit *test)
{
	struct famfs_map *map = famfs_kunit_map(test, dax_ranges, 3);
	u64 pos = 0, back, length, page;
	struct famfs_range found;
	u32 i;

	KUNIT_ASSERT_EQ(test, map->nr_segments, 3);
	for (i = 0; i < 3; i++)
		for (page = 0; page < dax_ranges[i].length; page += PAGE) {
			struct famfs_reverse walk = {
				.addr = dax_ranges[i].addr + page,
				.length = PAGE,
			};

			KUNIT_ASSERT_EQ(test,
					famfs_map_resolve(map, pos, PAGE,
							  &found),
					0);
			KUNIT_EXPECT_EQ(test, found.addr, walk.addr);
			KUNIT_EXPECT_EQ(test, found.length, PAGE);
			KUNIT_ASSERT_TRUE(test,
					  famfs_map_reverse(map, &walk, &back,
							    &length));
			KUNIT_EXPECT_EQ(test, back, pos);
			KUNIT_EXPECT_EQ(test, length, PAGE);
			pos += PAGE;
		}
}

static void pages_between_the_ranges_of_a_dax_device_are_not_its(struct kunit *test)
{
	static const u64 strangers[] = {
		0x100000000 - PAGE, 0x100000000 + 8 * PAGE, 0x180000000 - PAGE,
		0x180000000 + PAGE, 0x140000000 - PAGE, 0x140000000 + 3 * PAGE,
	};
	struct famfs_map *map = famfs_kunit_map(test, dax_ranges, 3);
	u64 pos, length;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(strangers); i++) {
		struct famfs_reverse walk = {
			.addr = strangers[i], .length = PAGE,
		};

		KUNIT_EXPECT_FALSE_MSG(test,
				       famfs_map_reverse(map, &walk, &pos,
							 &length),
				       "%llx", strangers[i]);
	}
}

static void adjacent_ranges_of_a_dax_device_are_one_segment(struct kunit *test)
{
	static const struct famfs_range list[] = {
		{ 0, 0x100000000, 8 * PAGE }, { 0, 0x100008000, PAGE },
	};
	struct famfs_map *map = famfs_kunit_map(test, list, 2);
	struct famfs_range found;

	KUNIT_EXPECT_EQ(test, map->nr_segments, 1);
	KUNIT_ASSERT_EQ(test,
			famfs_map_resolve(map, 7 * PAGE, 2 * PAGE, &found), 0);
	KUNIT_EXPECT_EQ(test, found.length, 2 * PAGE);
}

static struct kunit_case resolve_test_cases[] = {
	KUNIT_CASE_PARAM(a_position_resolves_so, resolve_gen_params),
	KUNIT_CASE(an_empty_map_resolves_nothing),
	KUNIT_CASE(bytes_past_the_file_size_resolve_up_to_the_length),
	KUNIT_CASE(the_last_byte_of_the_longest_map_resolves),
	KUNIT_CASE(a_last_segment_of_one_byte_is_found),
	KUNIT_CASE_PARAM(every_segment_is_found, segment_count_gen_params),
	KUNIT_CASE_PARAM(a_device_range_gives_these_bytes, reverse_gen_params),
	KUNIT_CASE(an_empty_map_holds_no_device_range),
	KUNIT_CASE(a_segment_at_the_top_of_64_bits_is_found),
	KUNIT_CASE(found_ranges_rise_where_device_offsets_fall),
	KUNIT_CASE(a_byte_that_is_mapped_twice_is_found_twice),
	KUNIT_CASE(the_most_alternating_extents_go_the_whole_way),
	KUNIT_CASE(every_page_of_a_dax_device_is_found_there_and_back),
	KUNIT_CASE(pages_between_the_ranges_of_a_dax_device_are_not_its),
	KUNIT_CASE(adjacent_ranges_of_a_dax_device_are_one_segment),
	{}
};

static struct kunit_suite resolve_suite = {
	.name = "famfs_resolve",
	.test_cases = resolve_test_cases,
};

kunit_test_suite(resolve_suite);
