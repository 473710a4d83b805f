// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of the famfs extent library: looking up interleaved maps, from
 * the mapped space to the devices and back.
 */
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include "famfs_kunit.h"

/*
 * The map of most cases, in units.  The first extent has chunks of 2 units and
 * ends after the first chunk of its second stripe, the second one has chunks of
 * 1 unit and ends within a chunk:
 *
 *	file		0    2    4    6    8    9    10   11  11.5
 *	chunk		A0   B0   C0   A1   D0   E0   D1   E1
 *	device, offset	0,10 1,4  0,20 0,12 0,30 0,40 0,31 0,41
 *
 * Strip B goes on for 2 units that hold nothing.
 */
static struct famfs_ioc_simple_extent abc[] = {
	{ 0, 10 * UNIT, 4 * UNIT }, { 1, 4 * UNIT, 4 * UNIT },
	{ 0, 20 * UNIT, 2 * UNIT },
};

static struct famfs_ioc_simple_extent de[] = {
	{ 0, 30 * UNIT, 2 * UNIT }, { 0, 40 * UNIT, UNIT + UNIT / 2 },
};

static const struct famfs_ioc_interleaved_ext extents[] = {
	{ 3, 2 * UNIT, 8 * UNIT, abc }, { 2, UNIT, 3 * UNIT + UNIT / 2, de },
};

#define LENGTH (11 * UNIT + UNIT / 2)

static const struct famfs_map_request request = {
	.file_size = LENGTH,
	.ext_type = FAMFS_IOC_EXT_INTERLEAVE,
	.nr_extents = ARRAY_SIZE(extents),
	.interleaved = extents,
};

static void the_map_of_the_cases_is_valid(struct kunit *test)
{
	const u64 device_size[] = { 42 * UNIT, 8 * UNIT };
	const struct famfs_limits limits = { 2, 2, device_size };
	struct famfs_reason reason;

	KUNIT_EXPECT_EQ(test, famfs_map_validate(&request, &limits, &reason),
			0);
}

static const struct famfs_resolve_case resolve_cases[] = {
	{
		.name = "the first byte is where the first strip starts",
		.pos = 0, .length = 1, .range = { 0, 10 * UNIT, 1 },
	}, {
		.name = "the last byte of the first chunk is in the first strip",
		.pos = 2 * UNIT - 1, .length = 1,
		.range = { 0, 12 * UNIT - 1, 1 },
	}, {
		.name = "the next byte is where the second strip starts",
		.pos = 2 * UNIT, .length = 1, .range = { 1, 4 * UNIT, 1 },
	}, {
		.name = "the third chunk is in the third strip",
		.pos = 4 * UNIT + 5, .length = 1,
		.range = { 0, 20 * UNIT + 5, 1 },
	}, {
		.name = "the last byte of a stripe is in the last strip",
		.pos = 6 * UNIT - 1, .length = 1,
		.range = { 0, 22 * UNIT - 1, 1 },
	}, {
		.name = "the second stripe is the second row of the first strip",
		.pos = 6 * UNIT, .length = 1, .range = { 0, 12 * UNIT, 1 },
	}, {
		.name = "the last byte of an extent is found",
		.pos = 8 * UNIT - 1, .length = 1,
		.range = { 0, 14 * UNIT - 1, 1 },
	}, {
		.name = "the next extent starts in its own first strip",
		.pos = 8 * UNIT, .length = 1, .range = { 0, 30 * UNIT, 1 },
	}, {
		.name = "the second extent has its own chunk size",
		.pos = 9 * UNIT, .length = 1, .range = { 0, 40 * UNIT, 1 },
	}, {
		.name = "the second extent has its own number of strips",
		.pos = 10 * UNIT, .length = 1, .range = { 0, 31 * UNIT, 1 },
	}, {
		.name = "the last byte of a partial chunk is found",
		.pos = LENGTH - 1, .length = 1,
		.range = { 0, 41 * UNIT + UNIT / 2 - 1, 1 },
	}, {
		.name = "the byte after a partial chunk is out of range",
		.pos = LENGTH, .length = 1, .err = -ERANGE,
	}, {
		.name = "a length of 0 is refused",
		.pos = 2 * UNIT, .length = 0, .err = -EINVAL,
	}, {
		.name = "a length up to the chunk's end is given in full",
		.pos = UNIT, .length = UNIT, .range = { 0, 11 * UNIT, UNIT },
	}, {
		.name = "a length one byte below the chunk's end is kept",
		.pos = UNIT, .length = UNIT - 1,
		.range = { 0, 11 * UNIT, UNIT - 1 },
	}, {
		.name = "a length one byte past the chunk's end is cut",
		.pos = UNIT, .length = UNIT + 1, .range = { 0, 11 * UNIT, UNIT },
	}, {
		.name = "a length over all is cut to the chunk",
		.pos = 2 * UNIT, .length = U64_MAX,
		.range = { 1, 4 * UNIT, 2 * UNIT },
	}, {
		.name = "a length over the end of an extent is cut there",
		.pos = 7 * UNIT, .length = U64_MAX,
		.range = { 0, 13 * UNIT, UNIT },
	}, {
		.name = "a length past a partial chunk is cut",
		.pos = 11 * UNIT, .length = UNIT,
		.range = { 0, 41 * UNIT, UNIT / 2 },
	},
};

KUNIT_ARRAY_PARAM_DESC(resolve, resolve_cases, name);

static void a_position_resolves_so(struct kunit *test)
{
	famfs_kunit_expect_resolved(test, famfs_kunit_own(test, famfs_map_build(&request)),
				    test->param_value);
}

static const struct famfs_reverse_case reverse_cases[] = {
	{
		.name = "a strip of two rows gives two chunks",
		.range = { 0, 10 * UNIT, 4 * UNIT },
		.nr_found = 2,
		.found = { { 0, 2 * UNIT }, { 6 * UNIT, 2 * UNIT } },
	}, {
		.name = "a strip longer than its share gives its share",
		.range = { 1, 4 * UNIT, 4 * UNIT },
		.nr_found = 1, .found = { { 2 * UNIT, 2 * UNIT } },
	}, {
		.name = "the length that holds nothing gives nothing",
		.range = { 1, 6 * UNIT, 2 * UNIT },
	}, {
		.name = "a byte inside a chunk gives one byte",
		.range = { 0, 10 * UNIT + 777, 1 },
		.nr_found = 1, .found = { { 777, 1 } },
	}, {
		.name = "the byte before a strip gives nothing",
		.range = { 0, 10 * UNIT - 1, 1 },
	}, {
		.name = "the byte after a strip gives nothing",
		.range = { 0, 14 * UNIT, 1 },
	}, {
		.name = "a range that ends where a strip starts gives nothing",
		.range = { 0, 0, 10 * UNIT },
	}, {
		.name = "a range that ends one byte later gives one byte",
		.range = { 0, 0, 10 * UNIT + 1 },
		.nr_found = 1, .found = { { 0, 1 } },
	}, {
		.name = "a range over two rows cuts both chunks",
		.range = { 0, 11 * UNIT, 2 * UNIT },
		.nr_found = 2, .found = { { UNIT, UNIT }, { 6 * UNIT, UNIT } },
	}, {
		.name = "the two bytes where rows meet are far apart",
		.range = { 0, 12 * UNIT - 1, 2 },
		.nr_found = 2, .found = { { 2 * UNIT - 1, 1 }, { 6 * UNIT, 1 } },
	}, {
		.name = "the last byte of a row gives one byte",
		.range = { 0, 12 * UNIT - 1, 1 },
		.nr_found = 1, .found = { { 2 * UNIT - 1, 1 } },
	}, {
		.name = "the second row gives the chunk of the second stripe",
		.range = { 0, 12 * UNIT, 2 * UNIT },
		.nr_found = 1, .found = { { 6 * UNIT, 2 * UNIT } },
	}, {
		.name = "two strips of one device come in file order",
		.range = { 0, 12 * UNIT, 9 * UNIT },
		.nr_found = 2,
		.found = { { 4 * UNIT, UNIT }, { 6 * UNIT, 2 * UNIT } },
	}, {
		.name = "a range from the end of a row to another strip",
		.range = { 0, 12 * UNIT - 1, 10 * UNIT },
		.nr_found = 3,
		.found = { { 2 * UNIT - 1, 1 }, { 4 * UNIT, 2 * UNIT - 1 },
			   { 6 * UNIT, 2 * UNIT } },
	}, {
		.name = "a range over strips of two extents gives both",
		.range = { 0, 21 * UNIT, 10 * UNIT },
		.nr_found = 2,
		.found = { { 5 * UNIT, UNIT }, { 8 * UNIT, UNIT } },
	}, {
		.name = "the second extent's rows are of its own chunk size",
		.range = { 0, 31 * UNIT - 1, 2 },
		.nr_found = 2, .found = { { 9 * UNIT - 1, 1 }, { 10 * UNIT, 1 } },
	}, {
		.name = "a partial chunk is given as far as it goes",
		.range = { 0, 41 * UNIT, UNIT },
		.nr_found = 1, .found = { { 11 * UNIT, UNIT / 2 } },
	}, {
		.name = "the last byte of a partial chunk is found",
		.range = { 0, 41 * UNIT + UNIT / 2 - 1, UNIT },
		.nr_found = 1, .found = { { LENGTH - 1, 1 } },
	}, {
		.name = "the byte after a partial chunk gives nothing",
		.range = { 0, 41 * UNIT + UNIT / 2, UNIT },
	}, {
		.name = "a device that the map does not use gives nothing",
		.range = { 2, 0, U64_MAX },
	}, {
		.name = "a range of 0 bytes inside a strip gives nothing",
		.range = { 0, 11 * UNIT, 0 },
	}, {
		.name = "a range that ends at 2^64 gives what lies in it",
		.range = { 0, 41 * UNIT, -41 * UNIT },
		.nr_found = 1, .found = { { 11 * UNIT, UNIT / 2 } },
	}, {
		.name = "a range past 2^64 does not come round to the start",
		.range = { 0, 42 * UNIT, U64_MAX },
	}, {
		.name = "the whole of a device gives its chunks in file order",
		.range = { 0, 0, U64_MAX },
		.nr_found = 7,
		.found = { { 0, 2 * UNIT }, { 4 * UNIT, 2 * UNIT },
			   { 6 * UNIT, 2 * UNIT }, { 8 * UNIT, UNIT },
			   { 9 * UNIT, UNIT }, { 10 * UNIT, UNIT },
			   { 11 * UNIT, UNIT / 2 } },
	},
};

KUNIT_ARRAY_PARAM_DESC(reverse, reverse_cases, name);

static void a_device_range_gives_these_bytes(struct kunit *test)
{
	famfs_kunit_expect_reversed(test, famfs_kunit_own(test, famfs_map_build(&request)),
				    test->param_value);
}

/* The strip's last byte is U64_MAX - 1, its end U64_MAX. */
static void a_strip_at_the_top_of_64_bits_is_found(struct kunit *test)
{
	struct famfs_ioc_simple_extent strips[] = {
		{ 0, UNIT, UNIT }, { 0, -2 * UNIT, 2 * UNIT - 1 },
	};
	const struct famfs_ioc_interleaved_ext ext = {
		2, UNIT, 4 * UNIT - 1, strips,
	};
	const struct famfs_map_request req = {
		.file_size = 1,
		.ext_type = FAMFS_IOC_EXT_INTERLEAVE,
		.nr_extents = 1,
		.interleaved = &ext,
	};
	const struct famfs_range last = { 0, U64_MAX - 1, 1 };
	struct famfs_map *map = famfs_kunit_own(test, famfs_map_build(&req));
	struct famfs_reverse walk = { .addr = U64_MAX - 1, .length = U64_MAX };
	struct famfs_reverse after = { .addr = U64_MAX, .length = U64_MAX };
	struct famfs_range found;
	u64 pos, length;

	KUNIT_ASSERT_EQ(test,
			famfs_map_resolve(map, 4 * UNIT - 2, U64_MAX, &found),
			0);
	famfs_kunit_expect_range(test, "last byte", &found, &last);
	KUNIT_ASSERT_TRUE(test, famfs_map_reverse(map, &walk, &pos, &length));
	KUNIT_EXPECT_EQ(test, pos, 4 * UNIT - 2);
	KUNIT_EXPECT_EQ(test, length, 1);
	KUNIT_EXPECT_FALSE(test, famfs_map_reverse(map, &walk, &pos, &length));
	KUNIT_EXPECT_FALSE(test, famfs_map_reverse(map, &after, &pos, &length));
}

static void a_strip_beyond_a_chunk_short_of_a_byte_holds_nothing(struct kunit *test)
{
	struct famfs_ioc_simple_extent strip = { 0, UNIT, 3 * UNIT };
	const struct famfs_ioc_interleaved_ext ext = {
		1, UNIT, 2 * UNIT - 1, &strip,
	};
	const struct famfs_map_request req = {
		.file_size = 1,
		.ext_type = FAMFS_IOC_EXT_INTERLEAVE,
		.nr_extents = 1,
		.interleaved = &ext,
	};
	struct famfs_map *map = famfs_kunit_own(test, famfs_map_build(&req));
	struct famfs_reverse walk = { .addr = 2 * UNIT, .length = 2 * UNIT };
	u64 pos, length;

	KUNIT_ASSERT_TRUE(test, famfs_map_reverse(map, &walk, &pos, &length));
	KUNIT_EXPECT_EQ(test, pos, UNIT);
	KUNIT_EXPECT_EQ(test, length, UNIT - 1);
	KUNIT_EXPECT_FALSE(test, famfs_map_reverse(map, &walk, &pos, &length));
}

/* One extent whose strip i is on device i, from unit i + 1 on. */
struct layout {
	u32 nr_strips;
	u64 chunk_size;
	u64 bytes;
};

static struct famfs_map *build(struct kunit *test, const struct layout *layout)
{
	struct famfs_ioc_simple_extent strips[FAMFS_MAX_STRIPS];
	const struct famfs_ioc_interleaved_ext ext = {
		layout->nr_strips, layout->chunk_size, layout->bytes, strips,
	};
	const struct famfs_map_request req = {
		.file_size = layout->bytes,
		.ext_type = FAMFS_IOC_EXT_INTERLEAVE,
		.nr_extents = 1,
		.interleaved = &ext,
	};
	struct famfs_map *map;
	u32 i;

	for (i = 0; i < layout->nr_strips; i++)
		strips[i] = (struct famfs_ioc_simple_extent) {
			i, (i + 1) * UNIT, S64_MAX,
		};
	map = famfs_map_build(&req);
	KUNIT_ASSERT_NOT_NULL(test, map);
	return map;
}

/* The definition of interleaving, with divisions. */
static struct famfs_range place_of(const struct layout *layout, u64 pos)
{
	u64 within, chunk = div64_u64_rem(pos, layout->chunk_size, &within);
	u64 strip, row = div64_u64_rem(chunk, layout->nr_strips, &strip);

	return (struct famfs_range) {
		.dev = strip,
		.addr = (strip + 1) * UNIT + row * layout->chunk_size + within,
		.length = min(layout->chunk_size - within, layout->bytes - pos),
	};
}

static void expect_there_and_back(struct kunit *test,
				  const struct famfs_map *map,
				  const struct layout *layout, u64 pos)
{
	struct famfs_range found = {}, expected = place_of(layout, pos);
	struct famfs_reverse walk = {
		.dev = expected.dev, .addr = expected.addr, .length = 1,
	};
	u64 back = 0, length = 0;
	char what[80];

	snprintf(what, sizeof(what), "%u strips, chunk %llu, position %llu",
		 layout->nr_strips, layout->chunk_size, pos);
	KUNIT_ASSERT_EQ_MSG(test, famfs_map_resolve(map, pos, U64_MAX, &found),
			    0, "%s", what);
	famfs_kunit_expect_range(test, what, &found, &expected);
	KUNIT_ASSERT_TRUE_MSG(test,
			      famfs_map_reverse(map, &walk, &back, &length),
			      "%s", what);
	KUNIT_EXPECT_EQ_MSG(test, back, pos, "%s", what);
	KUNIT_EXPECT_EQ_MSG(test, length, 1, "%s", what);
	KUNIT_EXPECT_FALSE_MSG(test,
			       famfs_map_reverse(map, &walk, &back, &length),
			       "%s", what);
}

/* First, second and last byte of every chunk; the last one may be partial. */
static void expect_every_chunk(struct kunit *test, const struct layout *layout)
{
	struct famfs_map *map = build(test, layout);
	u64 start, last;

	for (start = 0; start < layout->bytes; start += layout->chunk_size) {
		last = min(start + layout->chunk_size, layout->bytes) - 1;
		expect_there_and_back(test, map, layout, start);
		expect_there_and_back(test, map, layout, min(start + 1, last));
		expect_there_and_back(test, map, layout, last);
	}
	famfs_map_free(map);
}

static const u32 strip_counts[] = {
	1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
};

static void describe_count(const u32 *nr, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%u strips", *nr);
}

KUNIT_ARRAY_PARAM(strip_count, strip_counts, describe_count);

static void every_class_of_offset_resolves_there_and_back(struct kunit *test)
{
	static const u64 chunk_sizes[] = {
		UNIT, 2 * UNIT, 1ULL << 30, 1ULL << 40,
	};
	const u32 nr_strips = *(const u32 *)test->param_value;
	struct layout layout = { .nr_strips = nr_strips };
	u64 tails[] = { 0, 1, UNIT / 2, 0 };
	u32 size, chunks, tail;

	for (size = 0; size < ARRAY_SIZE(chunk_sizes); size++) {
		layout.chunk_size = chunk_sizes[size];
		tails[3] = layout.chunk_size - 1;
		/* from one chunk to three stripes, and up to one chunk more */
		for (chunks = 1; chunks <= 3 * nr_strips;
		     chunks += 1 + chunks / 4)
			for (tail = 0; tail < ARRAY_SIZE(tails); tail++) {
				layout.bytes = chunks * layout.chunk_size +
					       tails[tail];
				expect_every_chunk(test, &layout);
			}
	}
}

static void less_than_a_chunk_resolves_there_and_back(struct kunit *test)
{
	const struct layout layout = {
		.nr_strips = *(const u32 *)test->param_value,
		.chunk_size = 4 * UNIT,
		.bytes = UNIT + 5,
	};

	expect_every_chunk(test, &layout);
}

/* A quotient that is off by one shows on either side of a multiple. */
static void chunk_numbers_up_to_2_42_are_divided_exactly(struct kunit *test)
{
	const struct layout layout = {
		.nr_strips = *(const u32 *)test->param_value,
		.chunk_size = UNIT,
		.bytes = S64_MAX,
	};
	const u64 rows = div64_u64(layout.bytes, layout.nr_strips * UNIT);
	const u64 step = div64_u64(rows, 1000);
	struct famfs_map *map = build(test, &layout);
	u64 start;
	u32 i;

	for (i = 0; i < 1000; i++) {
		start = (rows - i * step) * layout.nr_strips * UNIT;
		expect_there_and_back(test, map, &layout, start - 1);
		expect_there_and_back(test, map, &layout,
				      min(start, layout.bytes - 1));
	}
	expect_there_and_back(test, map, &layout, layout.bytes - 1);
	famfs_map_free(map);
}

static void a_chunk_of_2_63_is_one_range(struct kunit *test)
{
	const struct layout layout = {
		.nr_strips = *(const u32 *)test->param_value,
		.chunk_size = 1ULL << 63,
		.bytes = S64_MAX,
	};

	expect_every_chunk(test, &layout);
}

static struct kunit_case striped_cases[] = {
	KUNIT_CASE(the_map_of_the_cases_is_valid),
	KUNIT_CASE_PARAM(a_position_resolves_so, resolve_gen_params),
	KUNIT_CASE_PARAM(a_device_range_gives_these_bytes, reverse_gen_params),
	KUNIT_CASE(a_strip_at_the_top_of_64_bits_is_found),
	KUNIT_CASE(a_strip_beyond_a_chunk_short_of_a_byte_holds_nothing),
	KUNIT_CASE_PARAM(every_class_of_offset_resolves_there_and_back,
			 strip_count_gen_params),
	KUNIT_CASE_PARAM(less_than_a_chunk_resolves_there_and_back,
			 strip_count_gen_params),
	KUNIT_CASE_PARAM(chunk_numbers_up_to_2_42_are_divided_exactly,
			 strip_count_gen_params),
	KUNIT_CASE_PARAM(a_chunk_of_2_63_is_one_range, strip_count_gen_params),
	{}
};

static struct kunit_suite striped_suite = {
	.name = "famfs_resolve_striped",
	.test_cases = striped_cases,
};

kunit_test_suite(striped_suite);
