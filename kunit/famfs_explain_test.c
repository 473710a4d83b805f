// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of the famfs extent library: refusals in words.
 */
#include <linux/limits.h>
#include <linux/string.h>
#include "famfs_kunit.h"

#define LIST_MAX 3

/* A reason as it is, and the words for it. */
struct wording {
	const char *name;
	const char *text;
	bool striped;
	struct famfs_reason reason;
};

static void a_reason_has_these_words(struct kunit *test)
{
	const struct wording *c = test->param_value;
	const struct famfs_map_request req = {
		.ext_type = c->striped ? FAMFS_IOC_EXT_INTERLEAVE :
			    FAMFS_IOC_EXT_SIMPLE,
	};
	char text[FAMFS_TEXT_SIZE];

	memset(text, 'x', sizeof(text));
	famfs_reason_text(text, &req, &c->reason);
	KUNIT_EXPECT_STREQ(test, text, c->text);
}

static const struct wording wordings[] = {
	{
		.name = "none",
		.text = "nothing is wrong",
	},
	{
		.name = "file type",
		.text = "file type 7 is above 2",
		.reason = { FAMFS_RULE_FILE_TYPE, .value = 7, .limit = 2 },
	},
	{
		.name = "extent type",
		.text = "extent type 3 is above 1",
		.reason = { FAMFS_RULE_EXT_TYPE, .value = 3, .limit = 1 },
	},
	{
		.name = "file size 0",
		.text = "size is 0",
		.reason = { FAMFS_RULE_FILE_SIZE, .limit = 9 },
	},
	{
		.name = "file size above the limit",
		.text = "size 0xffffffffffffffff is above 0x7fffffffffffffff",
		.reason = { FAMFS_RULE_FILE_SIZE, .value = U64_MAX,
			    .limit = S64_MAX },
	},
	{
		.name = "no extents",
		.text = "has no extents: its list is missing or empty",
		.reason = { FAMFS_RULE_NO_EXTENTS, .limit = 1 },
	},
	{
		.name = "too many",
		.text = "5 extents are more than the limit of 4",
		.reason = { FAMFS_RULE_TOO_MANY, .value = 5, .limit = 4 },
	},
	{
		.name = "device of several",
		.text = "extent 1: device 3 is above the last one, 2",
		.reason = { FAMFS_RULE_DEVINDEX, FAMFS_PART_EXTENT, .value = 3,
			    .limit = 3 },
	},
	{
		.name = "device of one",
		.text = "extent 2, strip 3: there is no device 1, only device 0",
		.striped = true,
		.reason = { FAMFS_RULE_DEVINDEX, FAMFS_PART_STRIP, .extent = 1,
			    .strip = 2, .value = 1, .limit = 1 },
	},
	{
		.name = "length of an extent",
		.text = "extent 1: length is 0",
		.reason = { FAMFS_RULE_NO_LENGTH, FAMFS_PART_EXTENT },
	},
	{
		.name = "bytes of an interleaved extent",
		.text = "extent 1: nbytes is 0",
		.striped = true,
		.reason = { FAMFS_RULE_NO_LENGTH, FAMFS_PART_EXTENT },
	},
	{
		.name = "length of a strip",
		.text = "extent 1, strip 1: length is 0",
		.striped = true,
		.reason = { FAMFS_RULE_NO_LENGTH, FAMFS_PART_STRIP },
	},
	{
		.name = "offset alignment",
		.text = "extent 1: offset 0x1001 is not a multiple of 2 MiB",
		.reason = { FAMFS_RULE_OFFSET_ALIGN, FAMFS_PART_EXTENT,
			    .value = 0x1001, .limit = UNIT },
	},
	{
		.name = "length alignment of an extent",
		.text = "extent 1: length 0x11 is not a multiple of 2 MiB, as all but the last extent's must be",
		.reason = { FAMFS_RULE_LENGTH_ALIGN, FAMFS_PART_EXTENT,
			    .value = 0x11, .limit = UNIT },
	},
	{
		.name = "alignment of an interleaved extent",
		.text = "extent 1: nbytes 0x11 is not a multiple of 2 MiB, as all but the last extent's must be",
		.striped = true,
		.reason = { FAMFS_RULE_LENGTH_ALIGN, FAMFS_PART_EXTENT,
			    .value = 0x11, .limit = UNIT },
	},
	{
		.name = "length alignment of a strip, the longest text",
		.text = "extent 4294967295, strip 4294967295: length 0xffffffffffffffff is not a multiple of 2 MiB, as all but the last strip's must be",
		.striped = true,
		.reason = { FAMFS_RULE_LENGTH_ALIGN, FAMFS_PART_STRIP,
			    .extent = U32_MAX - 1, .strip = U32_MAX - 1,
			    .value = U64_MAX, .limit = UNIT },
	},
	{
		.name = "wrap-around",
		.text = "extent 1: offset 0x10 plus length 0x20 does not fit into 64 bits",
		.reason = { FAMFS_RULE_WRAP, FAMFS_PART_EXTENT, .value = 0x10,
			    .limit = 0x20 },
	},
	{
		.name = "beyond the device",
		.text = "extent 1: ends at 0x20, past the end of the device at 0x10",
		.reason = { FAMFS_RULE_BEYOND_DEVICE, FAMFS_PART_EXTENT,
			    .value = 0x20, .limit = 0x10 },
	},
	{
		.name = "offset zero",
		.text = "extent 1: offset 0 is the superblock's (.meta/.superblock)",
		.reason = { FAMFS_RULE_OFFSET_ZERO, FAMFS_PART_EXTENT },
	},
	{
		.name = "superblock",
		.text = "extent 1: the superblock must start at offset 0 of device 0",
		.reason = { FAMFS_RULE_SUPERBLOCK, FAMFS_PART_EXTENT },
	},
	{
		.name = "total",
		.text = "extent 2: the lengths add up to more than 0x20",
		.reason = { FAMFS_RULE_TOTAL, FAMFS_PART_EXTENT, .extent = 1,
			    .value = 0x10, .limit = 0x20 },
	},
	{
		.name = "too short",
		.text = "the extents hold 0x10 bytes, less than the size 0x20",
		.reason = { FAMFS_RULE_TOO_SHORT, .value = 0x10,
			    .limit = 0x20 },
	},
	{
		.name = "overlap of extents",
		.text = "extent 3: overlaps extent 2 (offsets 0x10 and 0x20)",
		.reason = { FAMFS_RULE_OVERLAP, FAMFS_PART_EXTENT, .extent = 2,
			    .other = 1, .value = 0x10, .limit = 0x20 },
	},
	{
		.name = "overlap of strips",
		.text = "extent 3, strip 1: overlaps extent 2, strip 5 (offsets 0x10 and 0x20)",
		.striped = true,
		.reason = { FAMFS_RULE_OVERLAP, FAMFS_PART_STRIP, .extent = 2,
			    .other = 1, .other_strip = 4, .value = 0x10,
			    .limit = 0x20 },
	},
	{
		.name = "no memory",
		.text = "out of memory",
		.reason = { FAMFS_RULE_NO_MEMORY },
	},
	{
		.name = "no strips",
		.text = "extent 1: nstrips is 0",
		.striped = true,
		.reason = { FAMFS_RULE_STRIPS, FAMFS_PART_EXTENT, .limit = 16 },
	},
	{
		.name = "strips",
		.text = "extent 1: nstrips 17 is above 16",
		.striped = true,
		.reason = { FAMFS_RULE_STRIPS, FAMFS_PART_EXTENT, .value = 17,
			    .limit = 16 },
	},
	{
		.name = "chunk size",
		.text = "extent 1: chunk_size 0x11 is not a power of two of at least 2 MiB",
		.striped = true,
		.reason = { FAMFS_RULE_CHUNK, FAMFS_PART_EXTENT, .value = 0x11,
			    .limit = UNIT },
	},
	{
		.name = "short strip",
		.text = "extent 1, strip 2: length 0x10 is less than 0x20, its share of the extent",
		.striped = true,
		.reason = { FAMFS_RULE_STRIP_SHORT, FAMFS_PART_STRIP,
			    .strip = 1, .value = 0x10, .limit = 0x20 },
	},
};

KUNIT_ARRAY_PARAM_DESC(wording, wordings, name);

/* Whom the rules blame: a list of extents, or the strips of one extent. */
struct blame {
	const char *name;
	u64 size;
	u64 bytes;	/* of the interleaved extent, 0 for simple ones */
	u32 nr;
	struct famfs_ioc_simple_extent list[LIST_MAX];
	const char *text;
};

static void a_refusal_blames_this_part(struct kunit *test)
{
	static const u64 device_size = U64_MAX;
	static const struct famfs_limits limits = {
		.max_extents = LIST_MAX,
		.nr_devices = 1,
		.device_size = &device_size,
	};
	const struct blame *c = test->param_value;
	struct famfs_ioc_interleaved_ext *ext = famfs_kunit_interleaved(test, 1);
	struct famfs_map_request req = {
		.file_size = c->size,
		.nr_extents = c->nr,
		.simple = c->list,
	};
	struct famfs_reason reason;
	char text[FAMFS_TEXT_SIZE];

	if (c->bytes) {
		ext->ie_nstrips = c->nr;
		ext->ie_chunk_size = UNIT;
		ext->ie_nbytes = c->bytes;
		ext->ie_strips = famfs_kunit_extents(test, c->nr);
		memcpy(ext->ie_strips, c->list,
		       array_size(c->nr, sizeof(*ext->ie_strips)));
		req.ext_type = FAMFS_IOC_EXT_INTERLEAVE;
		req.nr_extents = 1;
		req.interleaved = ext;
	}
	memset(&reason, 0xa5, sizeof(reason));
	KUNIT_EXPECT_NE(test, famfs_map_validate(&req, &limits, &reason), 0);
	famfs_reason_text(text, &req, &reason);
	KUNIT_EXPECT_STREQ(test, text, c->text);
}

static const struct blame blames[] = {
	{
		.name = "the file for its size",
		.nr = 1,
		.list = { { 0, UNIT, UNIT } },
		.text = "size is 0",
	},
	{
		.name = "an extent",
		.size = 1,
		.nr = 2,
		.list = { { 0, UNIT, UNIT }, { 0, 2 * UNIT, 0 } },
		.text = "extent 2: length is 0",
	},
	{
		.name = "an extent for the sum",
		.size = 1,
		.nr = 2,
		.list = { { 0, UNIT, 1ULL << 62 }, { 0, 1ULL << 62, 1ULL << 62 } },
		.text = "extent 2: the lengths add up to more than 0x7fffffffffffffff",
	},
	{
		.name = "the file for all extents",
		.size = UNIT + 1,
		.nr = 1,
		.list = { { 0, UNIT, UNIT } },
		.text = "the extents hold 0x200000 bytes, less than the size 0x200001",
	},
	{
		.name = "an extent that overlaps",
		.size = 1,
		.nr = 3,
		.list = { { 0, 4 * UNIT, UNIT }, { 0, UNIT, 2 * UNIT },
			  { 0, 2 * UNIT, UNIT } },
		.text = "extent 3: overlaps extent 2 (offsets 0x400000 and 0x200000)",
	},
	{
		.name = "an interleaved extent",
		.size = 1,
		.bytes = UNIT,
		.text = "extent 1: nstrips is 0",
	},
	{
		.name = "a strip",
		.size = 1,
		.bytes = UNIT,
		.nr = 2,
		.list = { { 0, UNIT, UNIT }, { 1, 2 * UNIT, UNIT } },
		.text = "extent 1, strip 2: there is no device 1, only device 0",
	},
	{
		.name = "a strip for its share",
		.size = 1,
		.bytes = 3 * UNIT,
		.nr = 2,
		.list = { { 0, UNIT, UNIT }, { 0, 2 * UNIT, UNIT } },
		.text = "extent 1, strip 1: length 0x200000 is less than 0x400000, its share of the extent",
	},
	{
		.name = "a strip that overlaps",
		.size = 1,
		.bytes = 2 * UNIT,
		.nr = 3,
		.list = { { 0, 4 * UNIT, UNIT }, { 0, UNIT, 2 * UNIT },
			  { 0, 2 * UNIT, UNIT } },
		.text = "extent 1, strip 3: overlaps extent 1, strip 2 (offsets 0x400000 and 0x200000)",
	},
};

KUNIT_ARRAY_PARAM_DESC(blame, blames, name);

static void a_part_has_this_name(struct kunit *test)
{
	char text[FAMFS_TEXT_SIZE];

	memset(text, 'x', sizeof(text));
	KUNIT_EXPECT_EQ(test, famfs_part_text(text, FAMFS_PART_FILE, 1, 2), 0);
	KUNIT_EXPECT_STREQ(test, text, "");
	KUNIT_EXPECT_EQ(test, famfs_part_text(text, FAMFS_PART_EXTENT, 1, 2), 8);
	KUNIT_EXPECT_STREQ(test, text, "extent 2");
	KUNIT_EXPECT_EQ(test, famfs_part_text(text, FAMFS_PART_STRIP, 1, 2), 17);
	KUNIT_EXPECT_STREQ(test, text, "extent 2, strip 3");
}

static void every_rule_has_a_sentence(struct kunit *test)
{
	const struct famfs_map_request req = {};
	struct famfs_reason reason = {};
	char text[FAMFS_TEXT_SIZE];

	for (; reason.rule < FAMFS_NR_RULES; reason.rule++) {
		famfs_reason_text(text, &req, &reason);
		KUNIT_EXPECT_GT(test, strlen(text), 8);
	}
}

static struct kunit_case explain_cases[] = {
	KUNIT_CASE_PARAM(a_reason_has_these_words, wording_gen_params),
	KUNIT_CASE_PARAM(a_refusal_blames_this_part, blame_gen_params),
	KUNIT_CASE(a_part_has_this_name),
	KUNIT_CASE(every_rule_has_a_sentence),
	{}
};

static struct kunit_suite explain_suite = {
	.name = "famfs_explain",
	.test_cases = explain_cases,
};

kunit_test_suite(explain_suite);
