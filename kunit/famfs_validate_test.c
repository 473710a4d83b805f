// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of the famfs extent library: the rules of validation.  Each rule
 * has a case on either side of its boundary, and each refusal is compared with
 * the whole reason that it must give.
 */
#include <linux/bits.h>
#include <linux/limits.h>
#include <linux/string.h>
#include "famfs_kunit.h"

enum { BIG, TINY, EMPTY, ENDLESS, ODD, NR_DEVICES };

#define BIG_SIZE (512 * UNIT)
#define TINY_SIZE (4 * UNIT)
#define ODD_SIZE (4 * UNIT + 5000)
#define TOP (-UNIT)		/* the unit that ends at 2^64 */
#define HALF BIT_ULL(63)

static const u64 device_size[NR_DEVICES] = {
	[BIG] = BIG_SIZE,
	[TINY] = TINY_SIZE,
	[EMPTY] = 0,
	[ENDLESS] = U64_MAX,
	[ODD] = ODD_SIZE,
};

#define LIST_MAX 3

static const struct famfs_limits limits = {
	.max_extents = LIST_MAX,
	.nr_devices = NR_DEVICES,
	.device_size = device_size,
};

/* A case expects success unless it has an errno. */
struct verdict {
	const char *name;
	u64 size;
	u32 type;
	u32 ext_type;
	u32 nr;
	struct famfs_ioc_simple_extent list[LIST_MAX];	/* device, offset, len */
	int err;
	struct famfs_reason reason;
};

static void expect_verdict(struct kunit *test, const struct verdict *expected,
			   const struct famfs_map_request *req)
{
	struct famfs_reason reason;

	memset(&reason, 0xa5, sizeof(reason));
	KUNIT_EXPECT_EQ(test, famfs_map_validate(req, &limits, &reason),
			expected->err);
	famfs_kunit_expect_reason(test, &reason, &expected->reason);
}

/* The list is allocated, so that KASAN sees a read past its end. */
static void extents_have_this_verdict(struct kunit *test)
{
	const struct verdict *expected = test->param_value;
	struct famfs_ioc_simple_extent *list;
	struct famfs_map_request req = {
		.file_size = expected->size,
		.file_type = expected->type,
		.ext_type = expected->ext_type,
		.nr_extents = expected->nr,
	};

	list = famfs_kunit_extents(test, expected->nr);
	memcpy(list, expected->list, array_size(expected->nr, sizeof(*list)));
	req.simple = list;
	expect_verdict(test, expected, &req);
}

/* Reading the list that is not there would crash. */
static void a_bad_request_is_refused_before_its_list_is_read(struct kunit *test)
{
	const struct verdict *expected = test->param_value;
	struct famfs_map_request req = {
		.file_size = expected->size,
		.file_type = expected->type,
		.ext_type = expected->ext_type,
		.nr_extents = expected->nr,
	};

	expect_verdict(test, expected, &req);
}

static const struct verdict bad_requests[] = {
	{
		.name = "a file type past the last one is refused",
		.size = UNIT, .nr = 1, .type = FAMFS_LOG + 1, .err = -EINVAL,
		.reason = { FAMFS_RULE_FILE_TYPE,
			    .value = FAMFS_LOG + 1, .limit = FAMFS_LOG },
	}, {
		.name = "the largest file type is refused",
		.size = UNIT, .nr = 1, .type = U32_MAX, .err = -EINVAL,
		.reason = { FAMFS_RULE_FILE_TYPE,
			    .value = U32_MAX, .limit = FAMFS_LOG },
	}, {
		.name = "an extent type past the last one is refused",
		.size = UNIT, .nr = 1,
		.ext_type = FAMFS_IOC_EXT_INTERLEAVE + 1, .err = -EINVAL,
		.reason = { FAMFS_RULE_EXT_TYPE,
			    .value = FAMFS_IOC_EXT_INTERLEAVE + 1,
			    .limit = FAMFS_IOC_EXT_INTERLEAVE },
	}, {
		.name = "the largest extent type is refused",
		.size = UNIT, .nr = 1, .ext_type = U32_MAX, .err = -EINVAL,
		.reason = { FAMFS_RULE_EXT_TYPE,
			    .value = U32_MAX,
			    .limit = FAMFS_IOC_EXT_INTERLEAVE },
	}, {
		.name = "a file size of 0 is refused",
		.size = 0, .nr = 1, .err = -EINVAL,
		.reason = { FAMFS_RULE_FILE_SIZE, .limit = S64_MAX },
	}, {
		.name = "a file size one above S64_MAX is refused",
		.size = HALF, .nr = 1, .err = -EINVAL,
		.reason = { FAMFS_RULE_FILE_SIZE,
			    .value = HALF, .limit = S64_MAX },
	}, {
		.name = "a file size of U64_MAX is refused",
		.size = U64_MAX, .nr = 1, .err = -EINVAL,
		.reason = { FAMFS_RULE_FILE_SIZE,
			    .value = U64_MAX, .limit = S64_MAX },
	}, {
		.name = "an empty list is refused",
		.size = UNIT, .nr = 0, .err = -EINVAL,
		.reason = { FAMFS_RULE_NO_EXTENTS, .limit = 1 },
	}, {
		.name = "one extent more than the limit is E2BIG",
		.size = UNIT, .nr = LIST_MAX + 1, .err = -E2BIG,
		.reason = { FAMFS_RULE_TOO_MANY,
			    .value = LIST_MAX + 1, .limit = LIST_MAX },
	}, {
		.name = "the largest count of extents is E2BIG",
		.size = UNIT, .nr = U32_MAX, .err = -E2BIG,
		.reason = { FAMFS_RULE_TOO_MANY,
			    .value = U32_MAX, .limit = LIST_MAX },
	},
};

KUNIT_ARRAY_PARAM_DESC(bad_requests, bad_requests, name);

static const struct verdict extents[] = {
	{
		.name = "a regular file is accepted",
		.size = UNIT, .nr = 1, .type = FAMFS_REG,
		.list = { { BIG, UNIT, UNIT } },
	}, {
		.name = "a log file is accepted",
		.size = UNIT, .nr = 1, .type = FAMFS_LOG,
		.list = { { BIG, UNIT, UNIT } },
	}, {
		.name = "a file of 1 byte is accepted",
		.size = 1, .nr = 1, .list = { { BIG, UNIT, UNIT } },
	}, {
		.name = "a file of S64_MAX bytes is accepted",
		.size = S64_MAX, .nr = 1, .list = { { ENDLESS, UNIT, S64_MAX } },
	}, {
		.name = "as many extents as the limit are accepted",
		.size = UNIT, .nr = LIST_MAX,
		.list = { { BIG, UNIT, UNIT }, { BIG, 3 * UNIT, UNIT },
			  { BIG, 5 * UNIT, UNIT } },
	},

	/* the index of the device */
	{
		.name = "the last device is accepted",
		.size = 1, .nr = 1, .list = { { NR_DEVICES - 1, UNIT, UNIT } },
	}, {
		.name = "the index after the last device is refused",
		.size = 1, .nr = 1, .list = { { NR_DEVICES, UNIT, UNIT } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_DEVINDEX,
			    .value = NR_DEVICES, .limit = NR_DEVICES },
	}, {
		.name = "a device index of 2^32 is not taken for 0",
		.size = 1, .nr = 1, .list = { { BIT_ULL(32), UNIT, UNIT } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_DEVINDEX,
			    .value = BIT_ULL(32), .limit = NR_DEVICES },
	}, {
		.name = "the largest device index is refused",
		.size = 1, .nr = 1, .list = { { U64_MAX, UNIT, UNIT } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_DEVINDEX,
			    .value = U64_MAX, .limit = NR_DEVICES },
	},

	/* alignment */
	{
		.name = "a length of 0 is refused",
		.size = 1, .nr = 1, .list = { { BIG, UNIT, 0 } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_NO_LENGTH, .limit = 1 },
	}, {
		.name = "a length of 0 is refused in the last extent too",
		.size = 1, .nr = 2,
		.list = { { BIG, UNIT, UNIT }, { BIG, 3 * UNIT, 0 } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_NO_LENGTH, .extent = 1, .limit = 1 },
	}, {
		.name = "a last length of 1 is accepted",
		.size = 1, .nr = 1, .list = { { BIG, UNIT, 1 } },
	}, {
		.name = "an offset one byte above a unit is refused",
		.size = 1, .nr = 1, .list = { { BIG, UNIT + 1, UNIT } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_OFFSET_ALIGN,
			    .value = UNIT + 1, .limit = UNIT },
	}, {
		.name = "an offset one byte below a unit is refused",
		.size = 1, .nr = 1, .list = { { BIG, 2 * UNIT - 1, UNIT } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_OFFSET_ALIGN,
			    .value = 2 * UNIT - 1, .limit = UNIT },
	}, {
		.name = "an offset aligned to half a unit is refused",
		.size = 1, .nr = 1, .list = { { BIG, UNIT / 2, UNIT } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_OFFSET_ALIGN,
			    .value = UNIT / 2, .limit = UNIT },
	}, {
		.name = "the offset of the second extent is checked",
		.size = 1, .nr = 2,
		.list = { { BIG, UNIT, UNIT }, { BIG, 3 * UNIT + 1, UNIT } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_OFFSET_ALIGN, .extent = 1,
			    .value = 3 * UNIT + 1, .limit = UNIT },
	}, {
		.name = "a last length one byte below a unit is accepted",
		.size = 1, .nr = 2,
		.list = { { BIG, UNIT, UNIT }, { BIG, 3 * UNIT, UNIT - 1 } },
	}, {
		.name = "a last length one byte above a unit is accepted",
		.size = 1, .nr = 2,
		.list = { { BIG, UNIT, UNIT }, { BIG, 3 * UNIT, UNIT + 1 } },
	}, {
		.name = "a first length one byte below a unit is refused",
		.size = 1, .nr = 2,
		.list = { { BIG, UNIT, UNIT - 1 }, { BIG, 3 * UNIT, UNIT } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_LENGTH_ALIGN,
			    .value = UNIT - 1, .limit = UNIT },
	}, {
		.name = "a first length one byte above a unit is refused",
		.size = 1, .nr = 2,
		.list = { { BIG, UNIT, UNIT + 1 }, { BIG, 3 * UNIT, UNIT } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_LENGTH_ALIGN,
			    .value = UNIT + 1, .limit = UNIT },
	}, {
		.name = "a first length of half units is refused",
		.size = 1, .nr = 2,
		.list = { { BIG, UNIT, UNIT / 2 }, { BIG, 3 * UNIT, UNIT } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_LENGTH_ALIGN,
			    .value = UNIT / 2, .limit = UNIT },
	}, {
		.name = "a short length before the last one is refused",
		.size = 1, .nr = 3,
		.list = { { BIG, UNIT, UNIT }, { BIG, 3 * UNIT, 4096 },
			  { BIG, 5 * UNIT, UNIT } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_LENGTH_ALIGN, .extent = 1,
			    .value = 4096, .limit = UNIT },
	},

	/* the end of the device, and of 64 bits */
	{
		.name = "an extent may end one byte below 2^64",
		.size = 1, .nr = 1, .list = { { ENDLESS, TOP, UNIT - 1 } },
	}, {
		.name = "an end of exactly 2^64 is refused",
		.size = 1, .nr = 1, .list = { { ENDLESS, TOP, UNIT } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_WRAP, .value = TOP, .limit = UNIT },
	}, {
		.name = "an end one byte above 2^64 is not taken for 1",
		.size = 1, .nr = 1, .list = { { BIG, TOP, UNIT + 1 } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_WRAP, .value = TOP, .limit = UNIT + 1 },
	}, {
		.name = "a length of U64_MAX wraps around",
		.size = 1, .nr = 1, .list = { { BIG, UNIT, U64_MAX } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_WRAP, .value = UNIT, .limit = U64_MAX },
	}, {
		.name = "a second extent that wraps around is refused",
		.size = 1, .nr = 2,
		.list = { { BIG, UNIT, UNIT }, { BIG, TOP, 2 * UNIT } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_WRAP, .extent = 1,
			    .value = TOP, .limit = 2 * UNIT },
	}, {
		.name = "the last unit of the device is accepted",
		.size = 1, .nr = 1, .list = { { BIG, BIG_SIZE - UNIT, UNIT } },
	}, {
		.name = "an end one byte beyond the device is refused",
		.size = 1, .nr = 1,
		.list = { { BIG, BIG_SIZE - UNIT, UNIT + 1 } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_BEYOND_DEVICE,
			    .value = BIG_SIZE + 1, .limit = BIG_SIZE },
	}, {
		.name = "an extent that starts where the device ends is refused",
		.size = 1, .nr = 1, .list = { { BIG, BIG_SIZE, 1 } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_BEYOND_DEVICE,
			    .value = BIG_SIZE + 1, .limit = BIG_SIZE },
	}, {
		.name = "the last bytes of a device of odd size are accepted",
		.size = 1, .nr = 1, .list = { { ODD, 4 * UNIT, 5000 } },
	}, {
		.name = "one byte beyond a device of odd size is refused",
		.size = 1, .nr = 1, .list = { { ODD, 4 * UNIT, 5001 } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_BEYOND_DEVICE,
			    .value = ODD_SIZE + 1, .limit = ODD_SIZE },
	}, {
		.name = "each extent is held against its own device",
		.size = 1, .nr = 2,
		.list = { { BIG, TINY_SIZE, UNIT }, { TINY, TINY_SIZE, UNIT } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_BEYOND_DEVICE, .extent = 1,
			    .value = TINY_SIZE + UNIT, .limit = TINY_SIZE },
	}, {
		.name = "a device of size 0 holds nothing",
		.size = 1, .nr = 1, .list = { { EMPTY, UNIT, 1 } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_BEYOND_DEVICE, .value = UNIT + 1 },
	},

	/* the superblock */
	{
		.name = "a superblock at offset 0 is accepted",
		.size = 1, .nr = 1, .type = FAMFS_SUPERBLOCK,
		.list = { { BIG, 0, UNIT } },
	}, {
		.name = "a superblock one unit later is refused",
		.size = 1, .nr = 1, .type = FAMFS_SUPERBLOCK,
		.list = { { BIG, UNIT, UNIT } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_SUPERBLOCK, .value = UNIT },
	}, {
		.name = "a superblock on the second device is refused",
		.size = 1, .nr = 1, .type = FAMFS_SUPERBLOCK,
		.list = { { TINY, 0, UNIT } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_SUPERBLOCK },
	}, {
		.name = "a second extent of the superblock may be anywhere",
		.size = 1, .nr = 2, .type = FAMFS_SUPERBLOCK,
		.list = { { BIG, 0, UNIT }, { TINY, 3 * UNIT, UNIT } },
	}, {
		.name = "a regular file at offset 0 is refused",
		.size = 1, .nr = 1, .list = { { BIG, 0, UNIT } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_OFFSET_ZERO },
	}, {
		.name = "a log file at offset 0 is refused",
		.size = 1, .nr = 1, .type = FAMFS_LOG,
		.list = { { BIG, 0, UNIT } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_OFFSET_ZERO },
	}, {
		.name = "a regular file at offset 0 of any device is refused",
		.size = 1, .nr = 2,
		.list = { { BIG, UNIT, UNIT }, { TINY, 0, UNIT } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_OFFSET_ZERO, .extent = 1 },
	},

	/* the sum of the lengths */
	{
		.name = "lengths that add up to S64_MAX are accepted",
		.size = 1, .nr = 2,
		.list = { { ENDLESS, UNIT, HALF - UNIT },
			  { ENDLESS, HALF, UNIT - 1 } },
	}, {
		.name = "lengths that add up to one more are refused",
		.size = 1, .nr = 2,
		.list = { { ENDLESS, UNIT, HALF - UNIT },
			  { ENDLESS, HALF, UNIT } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_TOTAL, .extent = 1,
			    .value = HALF - UNIT, .limit = S64_MAX },
	}, {
		.name = "a single length above S64_MAX is refused",
		.size = 1, .nr = 1, .list = { { ENDLESS, UNIT, HALF } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_TOTAL, .limit = S64_MAX },
	}, {
		.name = "lengths that add up to the file size are accepted",
		.size = 2 * UNIT, .nr = 2,
		.list = { { BIG, UNIT, UNIT }, { BIG, 3 * UNIT, UNIT } },
	}, {
		.name = "lengths one byte below the file size are refused",
		.size = 2 * UNIT, .nr = 2,
		.list = { { BIG, UNIT, UNIT }, { BIG, 3 * UNIT, UNIT - 1 } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_TOO_SHORT, .extent = 1,
			    .value = 2 * UNIT - 1, .limit = 2 * UNIT },
	}, {
		.name = "the largest file size needs the largest sum",
		.size = S64_MAX, .nr = 1,
		.list = { { ENDLESS, UNIT, S64_MAX - 1 } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_TOO_SHORT,
			    .value = S64_MAX - 1, .limit = S64_MAX },
	},

	/* overlaps */
	{
		.name = "adjacent extents are accepted",
		.size = 1, .nr = 2,
		.list = { { BIG, UNIT, UNIT }, { BIG, 2 * UNIT, UNIT } },
	}, {
		.name = "adjacent extents in falling order are accepted",
		.size = 1, .nr = 2,
		.list = { { BIG, 2 * UNIT, UNIT }, { BIG, UNIT, UNIT } },
	}, {
		.name = "an overlap by one unit is refused",
		.size = 1, .nr = 2,
		.list = { { BIG, UNIT, 2 * UNIT }, { BIG, 2 * UNIT, UNIT } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_OVERLAP, .extent = 1,
			    .value = 2 * UNIT, .limit = UNIT },
	}, {
		.name = "an overlap in falling order names the later extent",
		.size = 1, .nr = 2,
		.list = { { BIG, 2 * UNIT, UNIT }, { BIG, UNIT, 2 * UNIT } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_OVERLAP, .extent = 1,
			    .value = UNIT, .limit = 2 * UNIT },
	}, {
		.name = "a short last extent right after another is accepted",
		.size = 1, .nr = 2,
		.list = { { BIG, UNIT, 2 * UNIT }, { BIG, 3 * UNIT, 1 } },
	}, {
		.name = "an overlap by one byte is refused",
		.size = 1, .nr = 2,
		.list = { { BIG, 2 * UNIT, UNIT }, { BIG, UNIT, UNIT + 1 } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_OVERLAP, .extent = 1,
			    .value = UNIT, .limit = 2 * UNIT },
	}, {
		.name = "the same extent twice is refused",
		.size = 1, .nr = 2,
		.list = { { BIG, UNIT, UNIT }, { BIG, UNIT, UNIT } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_OVERLAP, .extent = 1,
			    .value = UNIT, .limit = UNIT },
	}, {
		.name = "an extent inside another is refused",
		.size = 1, .nr = 2,
		.list = { { BIG, UNIT, 5 * UNIT }, { BIG, 3 * UNIT, UNIT } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_OVERLAP, .extent = 1,
			    .value = 3 * UNIT, .limit = UNIT },
	}, {
		.name = "an overlap of extents far apart in the list is refused",
		.size = 1, .nr = 3,
		.list = { { BIG, 4 * UNIT, 2 * UNIT }, { BIG, UNIT, UNIT },
			  { BIG, 5 * UNIT, UNIT } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_OVERLAP, .extent = 2,
			    .value = 5 * UNIT, .limit = 4 * UNIT },
	}, {
		.name = "the same offset on two devices is accepted",
		.size = 1, .nr = 2,
		.list = { { BIG, UNIT, UNIT }, { TINY, UNIT, UNIT } },
	}, {
		.name = "an overlap on the second device is refused",
		.size = 1, .nr = 3,
		.list = { { TINY, UNIT, 2 * UNIT }, { BIG, UNIT, UNIT },
			  { TINY, 2 * UNIT, UNIT } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_OVERLAP, .extent = 2,
			    .value = 2 * UNIT, .limit = UNIT },
	}, {
		.name = "an overlap at the top of 64 bits is refused",
		.size = 1, .nr = 2,
		.list = { { ENDLESS, TOP - UNIT, UNIT },
			  { ENDLESS, TOP - UNIT, 2 * UNIT - 1 } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_OVERLAP, .extent = 1,
			    .value = TOP - UNIT, .limit = TOP - UNIT },
	},

	/* several faults at once */
	{
		.name = "the first extent that breaks a rule is named",
		.size = 1, .nr = 3,
		.list = { { BIG, UNIT, UNIT }, { BIG, 3 * UNIT, UNIT + 1 },
			  { BIG, 5, UNIT } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_LENGTH_ALIGN, .extent = 1,
			    .value = UNIT + 1, .limit = UNIT },
	},
};

KUNIT_ARRAY_PARAM_DESC(extents, extents, name);

/* Extents of one unit each with a unit between them. */
static void spread(struct famfs_ioc_simple_extent *list, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++) {
		list[i].devindex = ENDLESS;
		list[i].offset = (2 * i + 1) * UNIT;
		list[i].len = UNIT;
	}
}

static int validate_spread(struct kunit *test, u32 nr, u32 max_extents,
			   struct famfs_reason *reason)
{
	struct famfs_ioc_simple_extent *list = famfs_kunit_extents(test, nr);
	struct famfs_map_request req = {
		.file_size = UNIT,
		.nr_extents = nr,
		.simple = list,
	};
	struct famfs_limits own_limits = limits;

	own_limits.max_extents = max_extents;
	spread(list, nr);
	return famfs_map_validate(&req, &own_limits, reason);
}

static void as_many_extents_as_any_map_may_have_are_accepted(struct kunit *test)
{
	struct famfs_reason reason;

	KUNIT_EXPECT_EQ(test,
			validate_spread(test, FAMFS_MAP_MAX_EXTENTS,
					FAMFS_MAP_MAX_EXTENTS, &reason),
			0);
	KUNIT_EXPECT_EQ(test, reason.rule, FAMFS_RULE_NONE);
}

static void no_limit_lifts_the_bound_of_any_map(struct kunit *test)
{
	struct famfs_reason reason;

	KUNIT_EXPECT_EQ(test,
			validate_spread(test, FAMFS_MAP_MAX_EXTENTS + 1,
					U32_MAX, &reason),
			-E2BIG);
	KUNIT_EXPECT_EQ(test, reason.rule, FAMFS_RULE_TOO_MANY);
	KUNIT_EXPECT_EQ(test, reason.value, FAMFS_MAP_MAX_EXTENTS + 1);
	KUNIT_EXPECT_EQ(test, reason.limit, FAMFS_MAP_MAX_EXTENTS);
}

static void a_limit_of_0_refuses_every_list(struct kunit *test)
{
	struct famfs_reason reason;

	KUNIT_EXPECT_EQ(test, validate_spread(test, 1, 0, &reason), -E2BIG);
	KUNIT_EXPECT_EQ(test, reason.rule, FAMFS_RULE_TOO_MANY);
	KUNIT_EXPECT_EQ(test, reason.value, 1);
	KUNIT_EXPECT_EQ(test, reason.limit, 0);
}

static void one_overlap_in_the_longest_list_is_found(struct kunit *test)
{
	const u32 nr = FAMFS_MAP_MAX_EXTENTS, middle = nr / 2;
	struct famfs_ioc_simple_extent *list = famfs_kunit_extents(test, nr);
	struct famfs_map_request req = {
		.file_size = UNIT,
		.nr_extents = nr,
		.simple = list,
	};
	struct famfs_limits own_limits = limits;
	struct famfs_reason reason;

	own_limits.max_extents = nr;
	spread(list, nr);
	list[nr - 1].offset = list[middle].offset - UNIT;
	KUNIT_ASSERT_EQ(test, famfs_map_validate(&req, &own_limits, &reason),
			0);
	list[nr - 1].len++;
	KUNIT_EXPECT_EQ(test, famfs_map_validate(&req, &own_limits, &reason),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, reason.rule, FAMFS_RULE_OVERLAP);
	KUNIT_EXPECT_EQ(test, reason.extent, nr - 1);
	KUNIT_EXPECT_EQ(test, reason.other, middle);
	KUNIT_EXPECT_EQ(test, reason.value, list[nr - 1].offset);
	KUNIT_EXPECT_EQ(test, reason.limit, list[middle].offset);
}

/* Where words of 64 bits begin and end. */
static const u64 edges[] = { 0, 1, 2, 62, 63, 64, 65, 126, 127, 128, 129 };

static void expect_pair(struct kunit *test, u64 first, u64 first_end,
			u64 second, u64 second_end)
{
	struct famfs_ioc_simple_extent list[] = {
		{ BIG, UNIT + first * UNIT, (first_end - first) * UNIT },
		{ BIG, UNIT + second * UNIT, (second_end - second) * UNIT },
	};
	struct famfs_map_request req = {
		.file_size = UNIT,
		.nr_extents = ARRAY_SIZE(list),
		.simple = list,
	};
	bool overlap = first < second_end && second < first_end;
	struct famfs_reason reason;

	KUNIT_EXPECT_EQ_MSG(test, famfs_map_validate(&req, &limits, &reason),
			    overlap ? -EINVAL : 0,
			    "units %llu to %llu and %llu to %llu", first,
			    first_end, second, second_end);
}

static void an_overlap_is_found_wherever_it_begins_and_ends(struct kunit *test)
{
	u32 a, b, c, d;

	for (a = 0; a < ARRAY_SIZE(edges); a++)
		for (b = a + 1; b < ARRAY_SIZE(edges); b++)
			for (c = 0; c < ARRAY_SIZE(edges); c++)
				for (d = c + 1; d < ARRAY_SIZE(edges); d++)
					expect_pair(test, edges[a], edges[b],
						    edges[c], edges[d]);
}

/* Too far apart for bits: there are 2^20 units between them. */
static void extents_far_apart_may_overlap_another(struct kunit *test)
{
	struct famfs_ioc_simple_extent list[] = {
		{ ENDLESS, UNIT, 2 * UNIT },
		{ ENDLESS, BIT_ULL(41), UNIT },
		{ ENDLESS, 3 * UNIT, UNIT },
	};
	struct famfs_map_request req = {
		.file_size = UNIT,
		.nr_extents = ARRAY_SIZE(list),
		.simple = list,
	};
	struct famfs_reason reason;

	KUNIT_EXPECT_EQ(test, famfs_map_validate(&req, &limits, &reason), 0);
	list[2].offset = 2 * UNIT;
	KUNIT_EXPECT_EQ(test, famfs_map_validate(&req, &limits, &reason),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, reason.rule, FAMFS_RULE_OVERLAP);
	KUNIT_EXPECT_EQ(test, reason.extent, 2);
	KUNIT_EXPECT_EQ(test, reason.other, 0);
}

static void every_rule_has_a_name_of_its_own(struct kunit *test)
{
	u32 a, b;

	for (a = 0; a < FAMFS_NR_RULES; a++) {
		KUNIT_ASSERT_NOT_NULL_MSG(test, famfs_rule_name(a), "%u", a);
		KUNIT_EXPECT_STRNEQ(test, famfs_rule_name(a), "unknown");
		for (b = 0; b < a; b++)
			KUNIT_EXPECT_STRNEQ(test, famfs_rule_name(a),
					    famfs_rule_name(b));
	}
}

static void a_value_that_is_no_rule_is_unknown(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, famfs_rule_name(FAMFS_NR_RULES), "unknown");
	KUNIT_EXPECT_STREQ(test, famfs_rule_name(U32_MAX), "unknown");
}

static struct kunit_case validate_cases[] = {
	KUNIT_CASE_PARAM(a_bad_request_is_refused_before_its_list_is_read,
			 bad_requests_gen_params),
	KUNIT_CASE_PARAM(extents_have_this_verdict, extents_gen_params),
	KUNIT_CASE(as_many_extents_as_any_map_may_have_are_accepted),
	KUNIT_CASE(no_limit_lifts_the_bound_of_any_map),
	KUNIT_CASE(a_limit_of_0_refuses_every_list),
	KUNIT_CASE(one_overlap_in_the_longest_list_is_found),
	KUNIT_CASE(an_overlap_is_found_wherever_it_begins_and_ends),
	KUNIT_CASE(extents_far_apart_may_overlap_another),
	KUNIT_CASE(every_rule_has_a_name_of_its_own),
	KUNIT_CASE(a_value_that_is_no_rule_is_unknown),
	{}
};

static struct kunit_suite validate_suite = {
	.name = "famfs_validate",
	.test_cases = validate_cases,
};

kunit_test_suite(validate_suite);
