// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of the famfs extent library: what it does without memory.
 *
 * The library's own files are compiled here a second time, under other names
 * and with an allocator that has nothing to give.  The kernel's fault injection
 * cannot serve: it spares allocations that may sleep unless debugfs says else.
 */
#define famfs_check_overlap nomem_check_overlap
#define famfs_compare_claims nomem_compare_claims
#define famfs_count_claims nomem_count_claims
#define famfs_list_claims nomem_list_claims
#define famfs_map_alloc nomem_map_alloc
#define famfs_map_append nomem_map_append
#define famfs_map_build nomem_map_build
#define famfs_map_free nomem_map_free
#define famfs_map_interleaved nomem_map_interleaved
#define famfs_map_next_range nomem_map_next_range
#define famfs_map_resolve nomem_map_resolve
#define famfs_map_reverse nomem_map_reverse
#define famfs_map_segment nomem_map_segment
#define famfs_map_strip nomem_map_strip
#define famfs_map_validate nomem_map_validate
#define famfs_rule_name nomem_rule_name

#include <kunit/test.h>
#include <linux/export.h>
#include <linux/limits.h>
#include <linux/slab.h>

#undef EXPORT_SYMBOL_GPL
#undef kvcalloc
#undef kvmalloc_array
#undef kvzalloc
#define EXPORT_SYMBOL_GPL(...)
#define kvcalloc(...) NULL
#define kvmalloc_array(...) NULL
#define kvzalloc(...) NULL

#include <map.c>
#include <overlap.c>
#include <validate.c>

static struct famfs_ioc_simple_extent list[] = {
	{ 0, FAMFS_ALLOC_UNIT, FAMFS_ALLOC_UNIT },
	{ 0, FAMFS_ALLOC_UNIT * 3, FAMFS_ALLOC_UNIT },
};

/* The list as it is, or as the strips of one extent. */
static int validate_list(u32 nr, bool striped, struct famfs_reason *reason)
{
	const u64 device_size = U64_MAX;
	const struct famfs_limits limits = {
		.max_extents = 2,
		.nr_devices = 1,
		.device_size = &device_size,
	};
	const struct famfs_ioc_interleaved_ext interleaved = {
		nr, FAMFS_ALLOC_UNIT, FAMFS_ALLOC_UNIT, list,
	};
	struct famfs_map_request req = {
		.file_size = 1,
		.nr_extents = nr,
		.simple = list,
	};

	if (striped) {
		req.ext_type = FAMFS_IOC_EXT_INTERLEAVE;
		req.nr_extents = 1;
		req.interleaved = &interleaved;
	}
	memset(reason, 0xa5, sizeof(*reason));
	return famfs_map_validate(&req, &limits, reason);
}

static void expect_no_memory(struct kunit *test, bool striped)
{
	struct famfs_reason reason;

	KUNIT_EXPECT_EQ(test, validate_list(2, striped, &reason), -ENOMEM);
	KUNIT_EXPECT_EQ(test, reason.rule, FAMFS_RULE_NO_MEMORY);
	KUNIT_EXPECT_EQ(test, reason.extent, 0);
	KUNIT_EXPECT_EQ(test, reason.strip, 0);
	KUNIT_EXPECT_EQ(test, reason.other, 0);
	KUNIT_EXPECT_EQ(test, reason.other_strip, 0);
	KUNIT_EXPECT_EQ(test, reason.value, 0);
	KUNIT_EXPECT_EQ(test, reason.limit, 0);
}

static void two_extents_are_not_validated_without_memory(struct kunit *test)
{
	expect_no_memory(test, false);
}

static void two_strips_are_not_validated_without_memory(struct kunit *test)
{
	expect_no_memory(test, true);
}

static void one_extent_is_validated_without_memory(struct kunit *test)
{
	struct famfs_reason reason;

	KUNIT_EXPECT_EQ(test, validate_list(1, false, &reason), 0);
	KUNIT_EXPECT_EQ(test, reason.rule, FAMFS_RULE_NONE);
}

static void one_strip_is_validated_without_memory(struct kunit *test)
{
	struct famfs_reason reason;

	KUNIT_EXPECT_EQ(test, validate_list(1, true, &reason), 0);
	KUNIT_EXPECT_EQ(test, reason.rule, FAMFS_RULE_NONE);
}

static void no_map_is_built_without_memory(struct kunit *test)
{
	const struct famfs_map_request req = {
		.file_size = 1,
		.nr_extents = 2,
		.simple = list,
	};

	KUNIT_EXPECT_NULL(test, famfs_map_alloc(1));
	KUNIT_EXPECT_NULL(test, famfs_map_build(&req));
}

static void no_striped_map_is_built_without_memory(struct kunit *test)
{
	const struct famfs_ioc_interleaved_ext interleaved = {
		2, FAMFS_ALLOC_UNIT, FAMFS_ALLOC_UNIT, list,
	};
	const struct famfs_map_request req = {
		.file_size = 1,
		.ext_type = FAMFS_IOC_EXT_INTERLEAVE,
		.nr_extents = 1,
		.interleaved = &interleaved,
	};

	KUNIT_EXPECT_NULL(test, famfs_map_build(&req));
}

static struct kunit_case nomem_cases[] = {
	KUNIT_CASE(two_extents_are_not_validated_without_memory),
	KUNIT_CASE(two_strips_are_not_validated_without_memory),
	KUNIT_CASE(one_extent_is_validated_without_memory),
	KUNIT_CASE(one_strip_is_validated_without_memory),
	KUNIT_CASE(no_map_is_built_without_memory),
	KUNIT_CASE(no_striped_map_is_built_without_memory),
	{}
};

static struct kunit_suite nomem_suite = {
	.name = "famfs_nomem",
	.test_cases = nomem_cases,
};

kunit_test_suite(nomem_suite);
