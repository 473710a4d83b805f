// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of the famfs extent library: looking up pages of a dax device.
 */
#include <linux/kernel.h>
#include <linux/limits.h>
#include "famfs_kunit.h"

#define SHIFT 12
#define PAGE 4096ULL

/* The device of all cases: ranges of 8, 1 and 3 pages. */
static const struct famfs_range ranges[] = {
	{ 0, 0x100000000, 8 * PAGE }, { 0, 0x180000000, PAGE },
	{ 0, 0x140000000, 3 * PAGE },
};

#define PAGES 12

struct pages_case {
	const char *name;
	u64 pgoff;
	u64 nr_pages;
	int err;
	u64 addr;
	u64 pages;	/* found */
};

static const struct pages_case pages_cases[] = {
	{
		.name = "one page is found",
		.pgoff = 0, .nr_pages = 1, .addr = 0x100000000, .pages = 1,
	}, {
		.name = "a range is given in full",
		.pgoff = 0, .nr_pages = 8, .addr = 0x100000000, .pages = 8,
	}, {
		.name = "across a boundary the part before it is given",
		.pgoff = 6, .nr_pages = 4, .addr = 0x100006000, .pages = 2,
	}, {
		.name = "a range of one page is given alone",
		.pgoff = 8, .nr_pages = 4, .addr = 0x180000000, .pages = 1,
	}, {
		.name = "the last page is found",
		.pgoff = PAGES - 1, .nr_pages = 1,
		.addr = 0x140002000, .pages = 1,
	}, {
		.name = "more than is left is cut",
		.pgoff = PAGES - 2, .nr_pages = 3,
		.addr = 0x140001000, .pages = 2,
	}, {
		.name = "LONG_MAX pages are cut",
		.pgoff = 9, .nr_pages = LONG_MAX,
		.addr = 0x140000000, .pages = 3,
	}, {
		.name = "pages whose bytes are a multiple of 2^64 are cut",
		.pgoff = 1, .nr_pages = 1ULL << (64 - SHIFT),
		.addr = 0x100001000, .pages = 7,
	}, {
		.name = "U64_MAX pages are cut",
		.pgoff = 1, .nr_pages = U64_MAX,
		.addr = 0x100001000, .pages = 7,
	}, {
		.name = "the page after the last one is out of range",
		.pgoff = PAGES, .nr_pages = 1, .err = -ERANGE,
	}, {
		.name = "a page whose offset is 2^64 is out of range",
		.pgoff = 1ULL << (64 - SHIFT), .nr_pages = 1, .err = -ERANGE,
	}, {
		.name = "page U64_MAX is out of range",
		.pgoff = U64_MAX, .nr_pages = U64_MAX, .err = -ERANGE,
	}, {
		.name = "no page at all is refused",
		.pgoff = 0, .nr_pages = 0, .err = -EINVAL,
	},
};

KUNIT_ARRAY_PARAM_DESC(pages, pages_cases, name);

static void pages_resolve_so(struct kunit *test)
{
	const struct pages_case *c = test->param_value;
	struct famfs_map *map = famfs_kunit_map(test, ranges, 3);
	const struct famfs_range expected = {
		.addr = c->addr, .length = c->pages << SHIFT,
	};
	struct famfs_range found;

	KUNIT_ASSERT_EQ(test,
			famfs_map_resolve_pages(map, c->pgoff, c->nr_pages,
						SHIFT, &found),
			c->err);
	if (!c->err)
		famfs_kunit_expect_range(test, c->name, &found, &expected);
}

/* As a driver does that works on a request piece by piece. */
static void a_request_for_all_is_served_range_by_range(struct kunit *test)
{
	struct famfs_map *map = famfs_kunit_map(test, ranges, 3);
	struct famfs_range found;
	u64 pgoff = 0;
	u32 i;

	for (i = 0; i < 3; i++) {
		KUNIT_ASSERT_EQ(test,
				famfs_map_resolve_pages(map, pgoff,
							PAGES - pgoff, SHIFT,
							&found),
				0);
		famfs_kunit_expect_range(test, "piece", &found, &ranges[i]);
		pgoff += found.length >> SHIFT;
	}
	KUNIT_EXPECT_EQ(test, pgoff, PAGES);
}

/* Its offset in bytes, cut to 64 bits, is that of a page within the map. */
static void a_page_far_behind_a_large_map_is_out_of_range(struct kunit *test)
{
	static const struct famfs_range large = { 0, 0, 1ULL << 41 };
	struct famfs_map *map = famfs_kunit_map(test, &large, 1);
	struct famfs_range found;

	KUNIT_EXPECT_EQ(test,
			famfs_map_resolve_pages(map, 1ULL << (64 - SHIFT), 1,
						SHIFT, &found),
			-ERANGE);
}

static void the_largest_map_is_cut_to_its_end(struct kunit *test)
{
	static const struct famfs_range largest = { 0, 0, -PAGE };
	struct famfs_map *map = famfs_kunit_map(test, &largest, 1);
	struct famfs_range found;

	KUNIT_ASSERT_EQ(test,
			famfs_map_resolve_pages(map, 1, U64_MAX, SHIFT, &found),
			0);
	KUNIT_EXPECT_EQ(test, found.length, largest.length - PAGE);
}

static struct kunit_case pages_test_cases[] = {
	KUNIT_CASE_PARAM(pages_resolve_so, pages_gen_params),
	KUNIT_CASE(a_request_for_all_is_served_range_by_range),
	KUNIT_CASE(a_page_far_behind_a_large_map_is_out_of_range),
	KUNIT_CASE(the_largest_map_is_cut_to_its_end),
	{}
};

static struct kunit_suite pages_suite = {
	.name = "famfs_resolve_pages",
	.test_cases = pages_test_cases,
};

kunit_test_suite(pages_suite);
