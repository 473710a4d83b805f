// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of the famfs extent library: the rules of validation for
 * interleaved extents.  Each rule has a case on either side of its boundary,
 * and each refusal is compared with the whole reason that it must give.
 */
#include <linux/bits.h>
#include <linux/limits.h>
#include <linux/string.h>
#include "famfs_kunit.h"

enum { BIG, TINY, ENDLESS, VAST, NR_DEVICES };

#define BIG_SIZE (512 * UNIT)
#define TINY_SIZE (4 * UNIT)
#define TOP (-UNIT)		/* the unit that ends at 2^64 */
#define HALF BIT_ULL(63)
#define QUARTER BIT_ULL(62)

static const u64 device_size[NR_DEVICES] = {
	[BIG] = BIG_SIZE,
	[TINY] = TINY_SIZE,
	[ENDLESS] = U64_MAX,
	[VAST] = U64_MAX,
};

static const struct famfs_limits limits = {
	.max_extents = U32_MAX,
	.nr_devices = NR_DEVICES,
	.device_size = device_size,
};

#define LIST_MAX 2
#define STRIPS_MAX 3

/* An interleaved extent; without strips where they must not be read. */
struct ext {
	u64 nr_strips;
	u64 chunk_size;
	u64 bytes;
	struct famfs_ioc_simple_extent strip[STRIPS_MAX];
};

/* A case has a file of 1 byte and expects success unless it says else. */
struct verdict {
	const char *name;
	u64 size;
	u32 type;
	u32 nr;
	struct ext ext[LIST_MAX];	/* strips, chunk size, bytes, ... */
	int err;
	struct famfs_reason reason;
};

/* The lists are allocated, so that KASAN sees a read past their end. */
static void interleaved_extents_have_this_verdict(struct kunit *test)
{
	const struct verdict *c = test->param_value;
	struct famfs_ioc_interleaved_ext *list;
	struct famfs_map_request req = {
		.file_size = c->size ?: 1,
		.file_type = c->type,
		.ext_type = FAMFS_IOC_EXT_INTERLEAVE,
		.nr_extents = c->nr,
	};
	struct famfs_reason reason;
	u32 i;

	list = famfs_kunit_interleaved(test, c->nr);
	for (i = 0; i < c->nr; i++) {
		list[i].ie_nstrips = c->ext[i].nr_strips;
		list[i].ie_chunk_size = c->ext[i].chunk_size;
		list[i].ie_nbytes = c->ext[i].bytes;
		if (list[i].ie_nstrips > STRIPS_MAX)
			continue;
		list[i].ie_strips = famfs_kunit_extents(test,
							list[i].ie_nstrips);
		memcpy(list[i].ie_strips, c->ext[i].strip,
		       array_size(list[i].ie_nstrips,
				  sizeof(*list[i].ie_strips)));
	}
	req.interleaved = list;
	memset(&reason, 0xa5, sizeof(reason));
	KUNIT_EXPECT_EQ(test, famfs_map_validate(&req, &limits, &reason),
			c->err);
	famfs_kunit_expect_reason(test, &reason, &c->reason);
}

static const struct verdict verdicts[] = {
	/* the number of strips */
	{
		.name = "no strip is refused",
		.nr = 1, .ext = { { 0, UNIT, UNIT } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_STRIPS, .limit = FAMFS_MAX_STRIPS },
	}, {
		.name = "no strip in the second extent is refused",
		.nr = 2,
		.ext = { { 1, UNIT, UNIT, { { BIG, UNIT, UNIT } } },
			 { 0, UNIT, UNIT } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_STRIPS, .extent = 1,
			    .limit = FAMFS_MAX_STRIPS },
	}, {
		.name = "one strip is accepted",
		.nr = 1,
		.ext = { { 1, UNIT, UNIT, { { BIG, UNIT, UNIT } } } },
	}, {
		.name = "17 strips are refused",
		.nr = 1, .ext = { { 17, UNIT, 17 * UNIT } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_STRIPS,
			    .value = 17, .limit = FAMFS_MAX_STRIPS },
	}, {
		.name = "2^32 + 1 strips are not taken for 1",
		.nr = 1, .ext = { { BIT_ULL(32) + 1, UNIT, UNIT } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_STRIPS, .value = BIT_ULL(32) + 1,
			    .limit = FAMFS_MAX_STRIPS },
	}, {
		.name = "U64_MAX strips are refused",
		.nr = 1, .ext = { { U64_MAX, UNIT, UNIT } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_STRIPS, .value = U64_MAX,
			    .limit = FAMFS_MAX_STRIPS },
	},

	/* the chunk size */
	{
		.name = "a chunk size of 0 is refused",
		.nr = 1, .ext = { { 1, 0, UNIT, { { BIG, UNIT, UNIT } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_CHUNK, .limit = UNIT },
	}, {
		.name = "a chunk size of 1 MiB is refused",
		.nr = 1,
		.ext = { { 1, UNIT / 2, UNIT, { { BIG, UNIT, UNIT } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_CHUNK,
			    .value = UNIT / 2, .limit = UNIT },
	}, {
		.name = "a chunk size of 1 is refused",
		.nr = 1, .ext = { { 1, 1, UNIT, { { BIG, UNIT, UNIT } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_CHUNK, .value = 1, .limit = UNIT },
	}, {
		.name = "a chunk size one byte above a unit is refused",
		.nr = 1,
		.ext = { { 1, UNIT + 1, UNIT, { { BIG, UNIT, UNIT } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_CHUNK,
			    .value = UNIT + 1, .limit = UNIT },
	}, {
		.name = "a chunk size one byte below a unit is refused",
		.nr = 1,
		.ext = { { 1, UNIT - 1, UNIT, { { BIG, UNIT, UNIT } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_CHUNK,
			    .value = UNIT - 1, .limit = UNIT },
	}, {
		.name = "a chunk size of two units is accepted",
		.nr = 1,
		.ext = { { 1, 2 * UNIT, UNIT, { { BIG, UNIT, UNIT } } } },
	}, {
		.name = "a chunk size of three units is refused",
		.nr = 1,
		.ext = { { 1, 3 * UNIT, UNIT, { { BIG, UNIT, UNIT } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_CHUNK,
			    .value = 3 * UNIT, .limit = UNIT },
	}, {
		.name = "a chunk size of six units is refused",
		.nr = 1,
		.ext = { { 1, 6 * UNIT, UNIT, { { BIG, UNIT, UNIT } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_CHUNK,
			    .value = 6 * UNIT, .limit = UNIT },
	}, {
		.name = "a chunk size of 2^63 is accepted",
		.nr = 1,
		.ext = { { 2, HALF, UNIT, { { BIG, UNIT, UNIT },
					    { TINY, UNIT, UNIT } } } },
	}, {
		.name = "a chunk size of 2^63 plus a unit is refused",
		.nr = 1,
		.ext = { { 1, HALF + UNIT, UNIT, { { BIG, UNIT, UNIT } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_CHUNK,
			    .value = HALF + UNIT, .limit = UNIT },
	}, {
		.name = "a chunk size of U64_MAX is refused",
		.nr = 1,
		.ext = { { 1, U64_MAX, UNIT, { { BIG, UNIT, UNIT } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_CHUNK,
			    .value = U64_MAX, .limit = UNIT },
	}, {
		.name = "the chunk size of the second extent is checked",
		.nr = 2,
		.ext = { { 1, UNIT, UNIT, { { BIG, UNIT, UNIT } } },
			 { 1, 3 * UNIT, UNIT, { { BIG, 3 * UNIT, UNIT } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_CHUNK, .extent = 1,
			    .value = 3 * UNIT, .limit = UNIT },
	},

	/* the bytes of the extent */
	{
		.name = "an extent of 0 bytes is refused",
		.nr = 1, .ext = { { 1, UNIT, 0, { { BIG, UNIT, UNIT } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_NO_LENGTH, .limit = 1 },
	}, {
		.name = "a second extent of 0 bytes is refused",
		.nr = 2,
		.ext = { { 1, UNIT, UNIT, { { BIG, UNIT, UNIT } } },
			 { 1, UNIT, 0, { { BIG, 3 * UNIT, UNIT } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_NO_LENGTH, .extent = 1, .limit = 1 },
	}, {
		.name = "an extent of 1 byte is accepted",
		.nr = 1, .ext = { { 1, UNIT, 1, { { BIG, UNIT, UNIT } } } },
	}, {
		.name = "a last extent may have any number of bytes",
		.nr = 2,
		.ext = { { 1, UNIT, UNIT, { { BIG, UNIT, UNIT } } },
			 { 1, UNIT, UNIT + 1, { { BIG, 3 * UNIT, 2 * UNIT } } } },
	}, {
		.name = "one byte above a unit before the last is refused",
		.nr = 2,
		.ext = { { 1, UNIT, UNIT + 1, { { BIG, 3 * UNIT, 2 * UNIT } } },
			 { 1, UNIT, UNIT, { { BIG, UNIT, UNIT } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_LENGTH_ALIGN,
			    .value = UNIT + 1, .limit = UNIT },
	}, {
		.name = "one byte below a unit before the last is refused",
		.nr = 2,
		.ext = { { 1, UNIT, UNIT - 1, { { BIG, 3 * UNIT, UNIT } } },
			 { 1, UNIT, UNIT, { { BIG, UNIT, UNIT } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_LENGTH_ALIGN,
			    .value = UNIT - 1, .limit = UNIT },
	}, {
		.name = "half a unit before the last is refused",
		.nr = 2,
		.ext = { { 1, UNIT, UNIT / 2, { { BIG, 3 * UNIT, UNIT } } },
			 { 1, UNIT, UNIT, { { BIG, UNIT, UNIT } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_LENGTH_ALIGN,
			    .value = UNIT / 2, .limit = UNIT },
	}, {
		.name = "half a chunk before the last extent is accepted",
		.nr = 2,
		.ext = { { 1, 2 * UNIT, UNIT, { { BIG, 3 * UNIT, UNIT } } },
			 { 1, UNIT, UNIT, { { BIG, UNIT, UNIT } } } },
	},

	/* the share of a strip: whole stripes */
	{
		.name = "strips of exactly two chunks each are accepted",
		.nr = 1,
		.ext = { { 2, UNIT, 4 * UNIT, { { BIG, UNIT, 2 * UNIT },
						{ TINY, UNIT, 2 * UNIT } } } },
	}, {
		.name = "a first strip one unit short of two chunks is refused",
		.nr = 1,
		.ext = { { 2, UNIT, 4 * UNIT, { { BIG, UNIT, UNIT },
						{ TINY, UNIT, 2 * UNIT } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_STRIP_SHORT,
			    .value = UNIT, .limit = 2 * UNIT },
	}, {
		.name = "a last strip one byte short of two chunks is refused",
		.nr = 1,
		.ext = { { 2, UNIT, 4 * UNIT, { { BIG, UNIT, 2 * UNIT },
						{ TINY, UNIT, 2 * UNIT - 1 } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_STRIP_SHORT, .strip = 1,
			    .value = 2 * UNIT - 1, .limit = 2 * UNIT },
	}, {
		.name = "a middle strip one unit short is refused",
		.nr = 1,
		.ext = { { 3, UNIT, 6 * UNIT, { { BIG, UNIT, 2 * UNIT },
						{ BIG, 5 * UNIT, UNIT },
						{ TINY, UNIT, 2 * UNIT } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_STRIP_SHORT, .strip = 1,
			    .value = UNIT, .limit = 2 * UNIT },
	}, {
		.name = "a strip longer than its share is accepted",
		.nr = 1,
		.ext = { { 2, UNIT, 2 * UNIT, { { BIG, UNIT, 9 * UNIT },
						{ TINY, UNIT, UNIT + 1 } } } },
	}, {
		.name = "a short strip of the second extent is refused",
		.nr = 2,
		.ext = { { 1, UNIT, UNIT, { { BIG, UNIT, UNIT } } },
			 { 2, UNIT, 2 * UNIT, { { BIG, 3 * UNIT, UNIT },
						{ BIG, 5 * UNIT, 1 } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_STRIP_SHORT, .extent = 1, .strip = 1,
			    .value = 1, .limit = UNIT },
	},

	/* the share of a strip: a last stripe that ends within a strip */
	{
		.name = "a last stripe that ends in the last strip is accepted",
		.nr = 1,
		.ext = { { 2, UNIT, 3 * UNIT + 5,
			   { { BIG, UNIT, 2 * UNIT },
			     { TINY, UNIT, UNIT + 5 } } } },
	}, {
		.name = "a last strip one byte short of its end is refused",
		.nr = 1,
		.ext = { { 2, UNIT, 3 * UNIT + 5,
			   { { BIG, UNIT, 2 * UNIT },
			     { TINY, UNIT, UNIT + 4 } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_STRIP_SHORT, .strip = 1,
			    .value = UNIT + 4, .limit = UNIT + 5 },
	}, {
		.name = "a strip before the end of the last stripe is whole",
		.nr = 1,
		.ext = { { 2, UNIT, 3 * UNIT + 5,
			   { { BIG, UNIT, UNIT },
			     { TINY, UNIT, 2 * UNIT } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_STRIP_SHORT,
			    .value = UNIT, .limit = 2 * UNIT },
	}, {
		.name = "a last stripe that ends in the first strip is accepted",
		.nr = 1,
		.ext = { { 2, UNIT, 2 * UNIT + 5,
			   { { BIG, UNIT, 2 * UNIT },
			     { TINY, UNIT, UNIT } } } },
	}, {
		.name = "a first strip short of the last stripe is refused",
		.nr = 1,
		.ext = { { 2, UNIT, 2 * UNIT + 5,
			   { { BIG, UNIT, UNIT },
			     { TINY, UNIT, UNIT } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_STRIP_SHORT,
			    .value = UNIT, .limit = UNIT + 5 },
	}, {
		.name = "a strip behind the end of the last stripe has its rows",
		.nr = 1,
		.ext = { { 2, UNIT, 2 * UNIT + 5,
			   { { BIG, UNIT, 2 * UNIT },
			     { TINY, UNIT, UNIT - 1 } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_STRIP_SHORT, .strip = 1,
			    .value = UNIT - 1, .limit = UNIT },
	}, {
		.name = "a last stripe of whole chunks is accepted",
		.nr = 1,
		.ext = { { 3, UNIT, 5 * UNIT, { { BIG, UNIT, 2 * UNIT },
						{ BIG, 4 * UNIT, 2 * UNIT },
						{ TINY, UNIT, UNIT } } } },
	}, {
		.name = "a last stripe of whole chunks needs each of them",
		.nr = 1,
		.ext = { { 3, UNIT, 5 * UNIT, { { BIG, UNIT, 2 * UNIT },
						{ BIG, 4 * UNIT, UNIT },
						{ TINY, UNIT, UNIT } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_STRIP_SHORT, .strip = 1,
			    .value = UNIT, .limit = 2 * UNIT },
	}, {
		.name = "half a large chunk at the end is accepted",
		.nr = 1,
		.ext = { { 2, 2 * UNIT, 3 * UNIT, { { BIG, UNIT, 2 * UNIT },
						    { TINY, UNIT, UNIT } } } },
	}, {
		.name = "one byte short of half a large chunk is refused",
		.nr = 1,
		.ext = { { 2, 2 * UNIT, 3 * UNIT,
			   { { BIG, UNIT, 2 * UNIT },
			     { TINY, UNIT, UNIT - 1 } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_STRIP_SHORT, .strip = 1,
			    .value = UNIT - 1, .limit = UNIT },
	}, {
		.name = "the only strip has the whole extent",
		.nr = 1,
		.ext = { { 1, 2 * UNIT, 3 * UNIT + 1,
			   { { BIG, UNIT, 3 * UNIT + 1 } } } },
	}, {
		.name = "the only strip one byte short is refused",
		.nr = 1,
		.ext = { { 1, 2 * UNIT, 3 * UNIT + 1,
			   { { BIG, UNIT, 3 * UNIT } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_STRIP_SHORT,
			    .value = 3 * UNIT, .limit = 3 * UNIT + 1 },
	},

	/* the share of a strip: none */
	{
		.name = "a strip with no share may have any length",
		.nr = 1,
		.ext = { { 3, UNIT, UNIT, { { BIG, UNIT, UNIT },
					    { BIG, 4 * UNIT, 5 * UNIT },
					    { TINY, UNIT, 1 } } } },
	}, {
		.name = "a strip with no share must have a length",
		.nr = 1,
		.ext = { { 3, UNIT, UNIT, { { BIG, UNIT, UNIT },
					    { BIG, 4 * UNIT, 0 },
					    { TINY, UNIT, 1 } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_NO_LENGTH, .strip = 1, .limit = 1 },
	}, {
		.name = "an extent of two chunks has no share for a third strip",
		.nr = 1,
		.ext = { { 3, UNIT, 2 * UNIT, { { BIG, UNIT, UNIT },
						{ BIG, 4 * UNIT, UNIT },
						{ TINY, UNIT, 1 } } } },
	}, {
		.name = "one byte more has one byte for it",
		.nr = 1,
		.ext = { { 3, UNIT, 2 * UNIT + 2, { { BIG, UNIT, UNIT },
						    { BIG, 4 * UNIT, UNIT },
						    { TINY, UNIT, 1 } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_STRIP_SHORT, .strip = 2,
			    .value = 1, .limit = 2 },
	},

	/* the share of a strip: near 2^63 */
	{
		.name = "a chunk of 2^63 holds a file of S64_MAX bytes",
		.size = S64_MAX, .nr = 1,
		.ext = { { 2, HALF, S64_MAX, { { ENDLESS, UNIT, HALF },
					       { VAST, UNIT, 1 } } } },
	}, {
		.name = "a strip one unit short of S64_MAX is refused",
		.size = S64_MAX, .nr = 1,
		.ext = { { 2, HALF, S64_MAX, { { ENDLESS, UNIT, HALF - UNIT },
					       { VAST, UNIT, 1 } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_STRIP_SHORT,
			    .value = HALF - UNIT, .limit = S64_MAX },
	}, {
		.name = "three strips hold a file of S64_MAX bytes",
		.size = S64_MAX, .nr = 1,
		.ext = { { 3, QUARTER, S64_MAX,
			   { { ENDLESS, UNIT, QUARTER },
			     { VAST, UNIT, QUARTER },
			     { ENDLESS, HALF, 1 } } } },
	}, {
		.name = "a second strip one unit short of 2^62 is refused",
		.size = S64_MAX, .nr = 1,
		.ext = { { 3, QUARTER, S64_MAX,
			   { { ENDLESS, UNIT, QUARTER },
			     { VAST, UNIT, QUARTER - UNIT },
			     { ENDLESS, HALF, 1 } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_STRIP_SHORT, .strip = 1,
			    .value = QUARTER - UNIT, .limit = QUARTER - 1 },
	}, {
		.name = "an extent of U64_MAX bytes needs strips as long",
		.nr = 1,
		.ext = { { 2, HALF, U64_MAX, { { ENDLESS, UNIT, HALF },
					       { VAST, UNIT, HALF - 2 } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_STRIP_SHORT, .strip = 1,
			    .value = HALF - 2, .limit = HALF - 1 },
	},

	/* the sum of the bytes */
	{
		.name = "an extent of 2^63 bytes is refused",
		.nr = 1,
		.ext = { { 1, HALF, HALF, { { ENDLESS, UNIT, HALF } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_TOTAL, .limit = S64_MAX },
	}, {
		.name = "an extent of U64_MAX bytes is refused",
		.nr = 1,
		.ext = { { 2, HALF, U64_MAX, { { ENDLESS, UNIT, HALF },
					       { VAST, UNIT, HALF - 1 } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_TOTAL, .limit = S64_MAX },
	}, {
		.name = "extents that add up to S64_MAX are accepted",
		.size = S64_MAX, .nr = 2,
		.ext = { { 1, UNIT, QUARTER, { { ENDLESS, UNIT, QUARTER } } },
			 { 1, UNIT, QUARTER - 1, { { VAST, UNIT, QUARTER } } } },
	}, {
		.name = "extents that add up to one more are refused",
		.nr = 2,
		.ext = { { 1, UNIT, QUARTER, { { ENDLESS, UNIT, QUARTER } } },
			 { 1, UNIT, QUARTER, { { VAST, UNIT, QUARTER } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_TOTAL, .extent = 1,
			    .value = QUARTER, .limit = S64_MAX },
	}, {
		.name = "the bytes count for the file size, not the strips",
		.size = UNIT + 1, .nr = 1,
		.ext = { { 2, UNIT, UNIT, { { BIG, UNIT, 4 * UNIT },
					    { TINY, UNIT, UNIT } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_TOO_SHORT,
			    .value = UNIT, .limit = UNIT + 1 },
	}, {
		.name = "bytes that add up to the file size are accepted",
		.size = 2 * UNIT + 1, .nr = 2,
		.ext = { { 1, UNIT, UNIT, { { BIG, UNIT, UNIT } } },
			 { 1, UNIT, UNIT + 1, { { BIG, 3 * UNIT, 2 * UNIT } } } },
	}, {
		.name = "bytes one below the file size are refused",
		.size = 2 * UNIT + 2, .nr = 2,
		.ext = { { 1, UNIT, UNIT, { { BIG, UNIT, UNIT } } },
			 { 1, UNIT, UNIT + 1, { { BIG, 3 * UNIT, 2 * UNIT } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_TOO_SHORT, .extent = 1,
			    .value = 2 * UNIT + 1, .limit = 2 * UNIT + 2 },
	},

	/* what every range must keep, a strip keeps too */
	{
		.name = "a strip on the device after the last is refused",
		.nr = 1,
		.ext = { { 2, UNIT, UNIT, { { BIG, UNIT, UNIT },
					    { NR_DEVICES, UNIT, UNIT } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_DEVINDEX, .strip = 1,
			    .value = NR_DEVICES, .limit = NR_DEVICES },
	}, {
		.name = "a strip one byte above a unit is refused",
		.nr = 1,
		.ext = { { 2, UNIT, UNIT, { { BIG, UNIT, UNIT },
					    { TINY, UNIT + 1, UNIT } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_OFFSET_ALIGN, .strip = 1,
			    .value = UNIT + 1, .limit = UNIT },
	}, {
		.name = "a first strip of odd length is refused",
		.nr = 1,
		.ext = { { 2, UNIT, UNIT, { { BIG, UNIT, UNIT + 1 },
					    { TINY, UNIT, UNIT } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_LENGTH_ALIGN,
			    .value = UNIT + 1, .limit = UNIT },
	}, {
		.name = "a strip of odd length before the last extent is refused",
		.nr = 2,
		.ext = { { 1, UNIT, UNIT, { { BIG, UNIT, UNIT + 1 } } },
			 { 1, UNIT, UNIT, { { BIG, 5 * UNIT, UNIT } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_LENGTH_ALIGN,
			    .value = UNIT + 1, .limit = UNIT },
	}, {
		.name = "the last strip of all may have an odd length",
		.nr = 2,
		.ext = { { 1, UNIT, UNIT, { { BIG, UNIT, UNIT } } },
			 { 2, UNIT, UNIT, { { BIG, 5 * UNIT, UNIT },
					    { TINY, UNIT, 4095 } } } },
	}, {
		.name = "a strip that ends at 2^64 is refused",
		.nr = 1,
		.ext = { { 2, UNIT, UNIT, { { BIG, UNIT, UNIT },
					    { ENDLESS, TOP, UNIT } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_WRAP, .strip = 1,
			    .value = TOP, .limit = UNIT },
	}, {
		.name = "a strip that ends one byte below 2^64 is accepted",
		.nr = 1,
		.ext = { { 2, UNIT, UNIT, { { BIG, UNIT, UNIT },
					    { ENDLESS, TOP, UNIT - 1 } } } },
	}, {
		.name = "a strip up to the end of its device is accepted",
		.nr = 1,
		.ext = { { 2, UNIT, UNIT, { { BIG, UNIT, UNIT },
					    { TINY, 3 * UNIT, UNIT } } } },
	}, {
		.name = "a strip one byte beyond its device is refused",
		.nr = 1,
		.ext = { { 2, UNIT, UNIT, { { BIG, TINY_SIZE, UNIT },
					    { TINY, 3 * UNIT, UNIT + 1 } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_BEYOND_DEVICE, .strip = 1,
			    .value = TINY_SIZE + 1, .limit = TINY_SIZE },
	}, {
		.name = "length that no byte needs must be on the device too",
		.nr = 1,
		.ext = { { 2, UNIT, UNIT, { { TINY, UNIT, 4 * UNIT },
					    { BIG, UNIT, UNIT } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_BEYOND_DEVICE,
			    .value = TINY_SIZE + UNIT, .limit = TINY_SIZE },
	}, {
		.name = "a first strip at offset 0 is refused",
		.nr = 1, .ext = { { 1, UNIT, UNIT, { { BIG, 0, UNIT } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_OFFSET_ZERO },
	}, {
		.name = "a second strip at offset 0 is refused",
		.nr = 1,
		.ext = { { 2, UNIT, UNIT, { { BIG, UNIT, UNIT },
					    { TINY, 0, UNIT } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_OFFSET_ZERO, .strip = 1 },
	}, {
		.name = "a strip of a second extent at offset 0 is refused",
		.nr = 2,
		.ext = { { 1, UNIT, UNIT, { { BIG, UNIT, UNIT } } },
			 { 1, UNIT, UNIT, { { TINY, 0, UNIT } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_OFFSET_ZERO, .extent = 1 },
	}, {
		.name = "an interleaved superblock starts at offset 0",
		.type = FAMFS_SUPERBLOCK, .nr = 2,
		.ext = { { 2, UNIT, UNIT, { { BIG, 0, UNIT },
					    { BIG, UNIT, UNIT } } },
			 { 1, UNIT, UNIT, { { TINY, UNIT, UNIT } } } },
	}, {
		.name = "an interleaved superblock elsewhere is refused",
		.type = FAMFS_SUPERBLOCK, .nr = 1,
		.ext = { { 2, UNIT, UNIT, { { BIG, UNIT, UNIT },
					    { BIG, 0, UNIT } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_SUPERBLOCK, .value = UNIT },
	},

	/* overlaps */
	{
		.name = "adjacent strips are accepted",
		.nr = 1,
		.ext = { { 3, UNIT, 3 * UNIT, { { BIG, 2 * UNIT, UNIT },
						{ BIG, UNIT, UNIT },
						{ BIG, 3 * UNIT, UNIT } } } },
	}, {
		.name = "strips at one offset of two devices are accepted",
		.nr = 1,
		.ext = { { 2, UNIT, 2 * UNIT, { { BIG, UNIT, UNIT },
						{ TINY, UNIT, UNIT } } } },
	}, {
		.name = "the same strip twice is refused",
		.nr = 1,
		.ext = { { 2, UNIT, 2 * UNIT, { { BIG, UNIT, UNIT },
						{ BIG, UNIT, UNIT } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_OVERLAP, .strip = 1,
			    .value = UNIT, .limit = UNIT },
	}, {
		.name = "an overlap of strips by one byte is refused",
		.nr = 1,
		.ext = { { 2, UNIT, 2 * UNIT, { { BIG, 2 * UNIT, UNIT },
						{ BIG, UNIT, UNIT + 1 } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_OVERLAP, .strip = 1,
			    .value = UNIT, .limit = 2 * UNIT },
	}, {
		.name = "an overlap of strips names the two of them",
		.nr = 1,
		.ext = { { 3, UNIT, 3 * UNIT, { { TINY, UNIT, UNIT },
						{ BIG, UNIT, 2 * UNIT },
						{ BIG, 2 * UNIT, UNIT } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_OVERLAP, .strip = 2, .other_strip = 1,
			    .value = 2 * UNIT, .limit = UNIT },
	}, {
		.name = "length that no byte needs is taken all the same",
		.nr = 1,
		.ext = { { 2, UNIT, 2 * UNIT, { { BIG, UNIT, 3 * UNIT },
						{ BIG, 3 * UNIT, UNIT } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_OVERLAP, .strip = 1,
			    .value = 3 * UNIT, .limit = UNIT },
	}, {
		.name = "a strip with no share takes its range all the same",
		.nr = 1,
		.ext = { { 2, UNIT, UNIT, { { BIG, UNIT, UNIT },
					    { BIG, UNIT, 1 } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_OVERLAP, .strip = 1,
			    .value = UNIT, .limit = UNIT },
	}, {
		.name = "strips of two extents that overlap are refused",
		.nr = 2,
		.ext = { { 2, UNIT, 2 * UNIT, { { TINY, UNIT, UNIT },
						{ BIG, UNIT, 2 * UNIT } } },
			 { 2, UNIT, 2 * UNIT, { { BIG, 2 * UNIT, UNIT },
						{ BIG, 5 * UNIT, UNIT } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_OVERLAP, .extent = 1, .other_strip = 1,
			    .value = 2 * UNIT, .limit = UNIT },
	}, {
		.name = "the strip of the later extent is blamed",
		.nr = 2,
		.ext = { { 2, UNIT, 2 * UNIT, { { BIG, 5 * UNIT, UNIT },
						{ BIG, 2 * UNIT, UNIT } } },
			 { 2, UNIT, 2 * UNIT, { { BIG, UNIT, 2 * UNIT },
						{ TINY, UNIT, UNIT } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_OVERLAP, .extent = 1, .other_strip = 1,
			    .value = UNIT, .limit = 2 * UNIT },
	}, {
		.name = "adjacent strips of two extents are accepted",
		.nr = 2,
		.ext = { { 2, UNIT, 2 * UNIT, { { BIG, 5 * UNIT, UNIT },
						{ BIG, 2 * UNIT, UNIT } } },
			 { 2, UNIT, 2 * UNIT, { { BIG, 3 * UNIT, 2 * UNIT },
						{ BIG, UNIT, UNIT } } } },
	},

	/* several faults at once */
	{
		.name = "the first strip that breaks a rule is named",
		.nr = 1,
		.ext = { { 3, UNIT, 6 * UNIT, { { BIG, UNIT, 2 * UNIT },
						{ BIG, 5 * UNIT, UNIT },
						{ BIG, 7, UNIT } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_STRIP_SHORT, .strip = 1,
			    .value = UNIT, .limit = 2 * UNIT },
	}, {
		.name = "an extent is checked before its strips",
		.nr = 1, .ext = { { 1, 3 * UNIT, UNIT, { { BIG, 7, 0 } } } },
		.err = -EINVAL,
		.reason = { FAMFS_RULE_CHUNK,
			    .value = 3 * UNIT, .limit = UNIT },
	},
};

KUNIT_ARRAY_PARAM_DESC(verdict, verdicts, name);

/* Extents of as many strips of one unit as each may have, with gaps. */
static int validate_spread(struct kunit *test, u32 nr, u32 max_extents,
			   struct famfs_reason *reason)
{
	struct famfs_ioc_interleaved_ext *list;
	struct famfs_map_request req = {
		.file_size = 1,
		.ext_type = FAMFS_IOC_EXT_INTERLEAVE,
		.nr_extents = nr,
	};
	struct famfs_limits own_limits = limits;
	u32 i, strip, taken = 0;

	list = famfs_kunit_interleaved(test, nr);
	for (i = 0; i < nr; i++) {
		list[i].ie_nstrips = FAMFS_MAX_STRIPS;
		list[i].ie_chunk_size = UNIT;
		list[i].ie_nbytes = FAMFS_MAX_STRIPS * UNIT;
		list[i].ie_strips = famfs_kunit_extents(test,
							FAMFS_MAX_STRIPS);
		for (strip = 0; strip < FAMFS_MAX_STRIPS; strip++) {
			list[i].ie_strips[strip].offset = ++taken * 2 * UNIT;
			list[i].ie_strips[strip].len = UNIT;
		}
	}
	req.interleaved = list;
	own_limits.max_extents = max_extents;
	return famfs_map_validate(&req, &own_limits, reason);
}

static void four_extents_of_16_strips_are_accepted(struct kunit *test)
{
	struct famfs_reason reason;

	KUNIT_EXPECT_EQ(test, validate_spread(test, 4, 4, &reason), 0);
	KUNIT_EXPECT_EQ(test, reason.rule, FAMFS_RULE_NONE);
}

static void a_fifth_extent_is_refused_whatever_the_limit(struct kunit *test)
{
	const struct famfs_reason expected = {
		FAMFS_RULE_TOO_MANY, .value = 5, .limit = 4,
	};
	struct famfs_reason reason;

	KUNIT_EXPECT_EQ(test, validate_spread(test, 5, U32_MAX, &reason),
			-E2BIG);
	famfs_kunit_expect_reason(test, &reason, &expected);
}

static void a_limit_below_four_extents_holds(struct kunit *test)
{
	const struct famfs_reason expected = {
		FAMFS_RULE_TOO_MANY, .value = 4, .limit = 3,
	};
	struct famfs_reason reason;

	KUNIT_EXPECT_EQ(test, validate_spread(test, 4, 3, &reason), -E2BIG);
	famfs_kunit_expect_reason(test, &reason, &expected);
	KUNIT_EXPECT_EQ(test, validate_spread(test, 3, 3, &reason), 0);
}

static struct kunit_case striped_cases[] = {
	KUNIT_CASE_PARAM(interleaved_extents_have_this_verdict,
			 verdict_gen_params),
	KUNIT_CASE(four_extents_of_16_strips_are_accepted),
	KUNIT_CASE(a_fifth_extent_is_refused_whatever_the_limit),
	KUNIT_CASE(a_limit_below_four_extents_holds),
	{}
};

static struct kunit_suite striped_suite = {
	.name = "famfs_validate_striped",
	.test_cases = striped_cases,
};

kunit_test_suite(striped_suite);
