// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of the famfs extent library: what several files share.
 */
#include <linux/string.h>
#include "famfs_kunit.h"

#define CLAIMS_MAX 6
#define FOUND_MAX 3

/* Claims of files, and the overlaps of which claims are told, in this order. */
struct shared {
	const char *name;
	u32 nr;
	struct {
		u32 file;
		struct famfs_ioc_simple_extent range;	/* device, offset, length */
	} claim[CLAIMS_MAX];
	u32 nr_found;
	struct {
		u32 first;
		u32 second;
	} found[FOUND_MAX];
};

static void these_overlaps_are_told(struct kunit *test)
{
	const struct shared *c = test->param_value;
	struct famfs_overlap walk = {};
	struct famfs_claim *claims;
	u32 i;

	claims = kunit_kcalloc(test, c->nr, sizeof(*claims), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, claims);
	for (i = 0; i < c->nr; i++) {
		claims[i].range = &c->claim[i].range;
		claims[i].file = c->claim[i].file;
	}
	famfs_sort_claims(claims, c->nr);
	for (i = 0; i < c->nr_found; i++) {
		KUNIT_ASSERT_TRUE(test, famfs_next_overlap(claims, c->nr, &walk));
		KUNIT_EXPECT_PTR_EQ(test, walk.first->range,
				    &c->claim[c->found[i].first].range);
		KUNIT_EXPECT_PTR_EQ(test, walk.second->range,
				    &c->claim[c->found[i].second].range);
	}
	KUNIT_EXPECT_FALSE(test, famfs_next_overlap(claims, c->nr, &walk));
	KUNIT_EXPECT_FALSE(test, famfs_next_overlap(claims, c->nr, &walk));
}

static const struct shared shared[] = {
	{
		.name = "one claim",
		.nr = 1,
		.claim = { { 0, { 0, UNIT, UNIT } } },
	},
	{
		.name = "neighbours",
		.nr = 3,
		.claim = { { 0, { 0, 2 * UNIT, UNIT } }, { 1, { 0, UNIT, UNIT } },
			   { 2, { 0, 3 * UNIT, UNIT } } },
	},
	{
		.name = "the same place of two devices",
		.nr = 2,
		.claim = { { 0, { 1, UNIT, UNIT } }, { 1, { 0, UNIT, UNIT } } },
	},
	{
		.name = "a long one of the device before",
		.nr = 3,
		.claim = { { 0, { 0, UNIT, 9 * UNIT } }, { 1, { 1, UNIT, UNIT } },
			   { 2, { 1, 2 * UNIT, UNIT } } },
	},
	{
		.name = "one unit",
		.nr = 2,
		.claim = { { 0, { 0, 2 * UNIT, UNIT } },
			   { 1, { 0, UNIT, 2 * UNIT } } },
		.nr_found = 1,
		.found = { { 0, 1 } },
	},
	{
		.name = "one byte",
		.nr = 2,
		.claim = { { 1, { 0, UNIT, UNIT + 1 } },
			   { 0, { 0, 2 * UNIT, 1 } } },
		.nr_found = 1,
		.found = { { 1, 0 } },
	},
	{
		.name = "the same place, in the order of the files",
		.nr = 3,
		.claim = { { 2, { 0, UNIT, UNIT } }, { 1, { 0, UNIT, UNIT } },
			   { 0, { 0, UNIT, UNIT } } },
		.nr_found = 2,
		.found = { { 2, 1 }, { 2, 0 } },
	},
	{
		.name = "the same place of many files",
		.nr = 4,
		.claim = { { 1, { 0, UNIT, UNIT } }, { 0, { 0, UNIT, UNIT } },
			   { 3, { 0, UNIT, UNIT } }, { 2, { 0, UNIT, UNIT } } },
		.nr_found = 3,
		.found = { { 1, 0 }, { 1, 3 }, { 1, 2 } },
	},
	{
		.name = "within a file",
		.nr = 2,
		.claim = { { 5, { 0, 2 * UNIT, UNIT } },
			   { 5, { 0, UNIT, 2 * UNIT } } },
		.nr_found = 1,
		.found = { { 1, 0 } },
	},
	{
		.name = "with the one that reaches furthest, not the one before",
		.nr = 4,
		.claim = { { 3, { 0, UNIT, 6 * UNIT } },
			   { 0, { 0, 2 * UNIT, UNIT } },
			   { 1, { 0, 5 * UNIT, UNIT } },
			   { 2, { 0, 7 * UNIT, UNIT } } },
		.nr_found = 2,
		.found = { { 1, 0 }, { 2, 0 } },
	},
	{
		.name = "with the one that reaches further from now on",
		.nr = 3,
		.claim = { { 0, { 0, UNIT, 2 * UNIT } },
			   { 1, { 0, 2 * UNIT, 3 * UNIT } },
			   { 2, { 0, 4 * UNIT, UNIT } } },
		.nr_found = 2,
		.found = { { 0, 1 }, { 1, 2 } },
	},
	{
		.name = "on each of two devices",
		.nr = 4,
		.claim = { { 0, { 1, UNIT, 2 * UNIT } }, { 1, { 0, UNIT, UNIT } },
			   { 2, { 1, 2 * UNIT, UNIT } }, { 3, { 0, UNIT, UNIT } } },
		.nr_found = 2,
		.found = { { 1, 3 }, { 0, 2 } },
	},
};

KUNIT_ARRAY_PARAM_DESC(shared, shared, name);

static void a_list_without_claims_has_no_overlap(struct kunit *test)
{
	struct famfs_overlap walk = {};

	KUNIT_EXPECT_FALSE(test, famfs_next_overlap(NULL, 0, &walk));
}

static void simple_extents_are_claims(struct kunit *test)
{
	struct famfs_ioc_simple_extent *list = famfs_kunit_extents(test, 3);
	const struct famfs_map_request req = { .nr_extents = 3, .simple = list };
	struct famfs_claim claims[3];
	u32 i;

	memset(claims, 0xa5, sizeof(claims));
	KUNIT_ASSERT_EQ(test, famfs_count_claims(&req), 3);
	famfs_list_claims(&req, 7, claims);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_PTR_EQ(test, claims[i].range, &list[i]);
		KUNIT_EXPECT_EQ(test, claims[i].file, 7);
		KUNIT_EXPECT_EQ(test, claims[i].extent, i);
		KUNIT_EXPECT_EQ(test, claims[i].strip, 0);
		KUNIT_EXPECT_EQ(test, claims[i].part, FAMFS_PART_EXTENT);
	}
}

static void strips_are_claims(struct kunit *test)
{
	struct famfs_ioc_interleaved_ext *ext = famfs_kunit_interleaved(test, 2);
	const struct famfs_map_request req = {
		.ext_type = FAMFS_IOC_EXT_INTERLEAVE,
		.nr_extents = 2,
		.interleaved = ext,
	};
	struct famfs_claim claims[3];

	memset(claims, 0xa5, sizeof(claims));
	ext[0].ie_nstrips = 1;
	ext[0].ie_strips = famfs_kunit_extents(test, 1);
	ext[1].ie_nstrips = 2;
	ext[1].ie_strips = famfs_kunit_extents(test, 2);
	KUNIT_ASSERT_EQ(test, famfs_count_claims(&req), 3);
	famfs_list_claims(&req, 9, claims);
	KUNIT_EXPECT_PTR_EQ(test, claims[0].range, ext[0].ie_strips);
	KUNIT_EXPECT_EQ(test, claims[0].extent, 0);
	KUNIT_EXPECT_PTR_EQ(test, claims[2].range, ext[1].ie_strips + 1);
	KUNIT_EXPECT_EQ(test, claims[2].file, 9);
	KUNIT_EXPECT_EQ(test, claims[2].extent, 1);
	KUNIT_EXPECT_EQ(test, claims[2].strip, 1);
	KUNIT_EXPECT_EQ(test, claims[2].part, FAMFS_PART_STRIP);
}

/* A request may have 65,536 of them, and they are sorted. */
static void a_claim_takes_16_bytes(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, sizeof(struct famfs_claim), 16);
}

static struct kunit_case files_cases[] = {
	KUNIT_CASE_PARAM(these_overlaps_are_told, shared_gen_params),
	KUNIT_CASE(a_list_without_claims_has_no_overlap),
	KUNIT_CASE(simple_extents_are_claims),
	KUNIT_CASE(strips_are_claims),
	KUNIT_CASE(a_claim_takes_16_bytes),
	{}
};

static struct kunit_suite files_suite = {
	.name = "famfs_files",
	.test_cases = files_cases,
};

kunit_test_suite(files_suite);
