// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of the famfs extent library: random maps against an oracle.
 *
 * The oracle knows a file as a table of its units, each with the place where
 * it lives, and answers every question by walking that table.  Each case has
 * the seed of its maps in its name; to run it again with the same maps:
 *
 *	scripts/kunit run --kernel_args=famfs_extent_kunit.seed=SEED
 */
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/moduleparam.h>
#include <linux/random.h>
#include "famfs_random.h"

#define MAPS_PER_CASE 200
#define QUESTIONS_PER_MAP 20

static unsigned long long seed;
module_param(seed, ullong, 0444);
MODULE_PARM_DESC(seed, "seed of the random maps; 0 draws one");

static const struct shape shapes[] = {
	{ "few extents on a small device", 1, 8, 4, 50 },
	{ "scattered extents on a large device", 1, 64, 40, 5 },
	{ "mostly contiguous extents", 1, 64, 64, 90 },
	{ "extents on three devices", 3, 64, 100, 50 },
	{ "an interleaved extent on a device", 1, 64, 1, 0, true },
	{ "interleaved extents on a device", 1, 64, 4, 0, true },
	{ "interleaved extents on three devices", 3, 64, 4, 0, true },
};

static void describe_shape(const struct shape *shape, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s, seed %llu", shape->name,
		 seed);
}

KUNIT_ARRAY_PARAM(shape, shapes, describe_shape);

static struct drawn *first_file(struct kunit *test)
{
	struct drawn *file = kunit_kzalloc(test, sizeof(*file), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, file);
	file->shape = test->param_value;
	prandom_seed_state(&file->rnd, seed);
	return file;
}

static struct famfs_map_request request_of(const struct drawn *file)
{
	struct famfs_map_request req = {
		.file_size = file->length,
		.nr_extents = file->nr_extents,
		.simple = file->list,
	};

	if (file->shape->striped) {
		req.ext_type = FAMFS_IOC_EXT_INTERLEAVE;
		req.interleaved = file->interleaved;
	}
	return req;
}

static int validate(const struct drawn *file, struct famfs_reason *reason)
{
	u64 size = file->shape->device_units * UNIT;
	const u64 device_size[MAX_DEVICES] = { size, size, size };
	const struct famfs_limits limits = {
		.max_extents = MAX_FILE_UNITS,
		.nr_devices = file->shape->nr_devices,
		.device_size = device_size,
	};
	struct famfs_map_request req = request_of(file);

	return famfs_map_validate(&req, &limits, reason);
}

static struct famfs_map *build(struct kunit *test, const struct drawn *file)
{
	struct famfs_map_request req = request_of(file);
	struct famfs_map *map = famfs_map_build(&req);

	KUNIT_ASSERT_NOT_NULL_MSG(test, map, "file %u", file->draw);
	return map;
}

/* The oracle: where a position lives. */
static struct famfs_range look_up(const struct drawn *file, u64 pos, u64 length)
{
	u32 i = pos / UNIT;
	u64 skip = pos % UNIT;
	struct famfs_range range = file->unit[i].place;

	range.addr += skip;
	range.length -= skip;
	while (++i < file->nr_units && file->unit[i].joined)
		range.length += file->unit[i].place.length;
	range.length = min(range.length, length);
	return range;
}

/* The oracle: the part of unit @i within a device range, as file bytes. */
static bool within(const struct drawn *file, u32 i,
		   const struct famfs_reverse *range, u64 *pos, u64 *end)
{
	const struct famfs_range *place = &file->unit[i].place;
	u64 low = max(place->addr, range->addr);
	u64 high = min(place->addr + place->length,
		       range->addr + range->length);

	if (place->dev != range->dev || low >= high)
		return false;
	*pos = i * UNIT + (low - place->addr);
	*end = i * UNIT + (high - place->addr);
	return true;
}

static void a_drawn_list_is_valid(struct kunit *test)
{
	struct drawn *file = first_file(test);
	struct famfs_reason reason;
	u32 i;

	for (i = 0; i < MAPS_PER_CASE; i++) {
		famfs_random_draw(file);
		KUNIT_ASSERT_EQ_MSG(test, validate(file, &reason), 0,
				    "file %u, rule %s", i,
				    famfs_rule_name(reason.rule));
	}
}

/* The oracle: segments of a file; striped extents are never merged. */
static u32 count_segments(const struct drawn *file)
{
	u32 i, runs = 0;

	if (file->shape->striped)
		return file->nr_extents;
	for (i = 0; i < file->nr_units; i++)
		runs += !file->unit[i].joined;
	return runs;
}

static void a_map_is_as_short_as_its_layout_allows(struct kunit *test)
{
	struct drawn *file = first_file(test);
	struct famfs_map *map;
	u32 i, segments, strips;

	for (i = 0; i < MAPS_PER_CASE; i++) {
		famfs_random_draw(file);
		segments = count_segments(file);
		strips = file->shape->striped ? file->nr_list : 0;
		map = build(test, file);
		KUNIT_EXPECT_EQ_MSG(test, map->nr_segments, segments,
				    "file %u", i);
		KUNIT_EXPECT_EQ_MSG(test, map->nr_strips, strips, "file %u", i);
		KUNIT_EXPECT_EQ_MSG(test, map->nr_entries, segments + strips,
				    "file %u", i);
		KUNIT_EXPECT_EQ_MSG(test, map->length, file->length, "file %u",
				    i);
		famfs_map_free(map);
	}
}

/* The oracle: bytes of the list from *i on that follow without a gap. */
static struct famfs_range next_claim(const struct drawn *file, u32 *i)
{
	const struct famfs_ioc_simple_extent *ext = &file->list[(*i)++];
	struct famfs_range range = { ext->devindex, ext->offset, ext->len };

	if (file->shape->striped)
		return range;
	for (; *i < file->nr_list; ++*i) {
		ext = &file->list[*i];
		if (ext->devindex != range.dev ||
		    ext->offset != range.addr + range.length)
			break;
		range.length += ext->len;
	}
	return range;
}

static void a_map_takes_the_ranges_of_its_list(struct kunit *test)
{
	struct drawn *file = first_file(test);
	struct famfs_range found, expected;
	struct famfs_map *map;
	u32 i, next, entry;
	char what[20];

	for (i = 0; i < MAPS_PER_CASE; i++) {
		famfs_random_draw(file);
		map = build(test, file);
		snprintf(what, sizeof(what), "file %u", i);
		for (next = 0, entry = 0; next < file->nr_list;) {
			expected = next_claim(file, &next);
			found = (struct famfs_range) {};
			KUNIT_EXPECT_TRUE_MSG(test,
					      famfs_map_next_range(map, &entry,
								   &found),
					      "%s", what);
			famfs_kunit_expect_range(test, what, &found, &expected);
		}
		KUNIT_EXPECT_FALSE_MSG(test,
				       famfs_map_next_range(map, &entry,
							    &found),
				       "%s", what);
		famfs_map_free(map);
	}
}

/* Half of the positions are at the edge of a unit or one byte before it. */
static u64 draw_pos(struct drawn *file)
{
	u64 pos = famfs_random_below(file, file->nr_units) * UNIT;

	if (famfs_random_below(file, 2))
		pos += famfs_random_below(file, UNIT);
	else if (pos)
		pos -= famfs_random_below(file, 2);
	return min(pos, file->length - 1);
}

static void expect_place(struct kunit *test, struct drawn *file,
			 const struct famfs_map *map)
{
	u64 pos = draw_pos(file);
	u64 length = 1 + famfs_random_below(file, 4 * UNIT);
	struct famfs_range expected = look_up(file, pos, length);
	struct famfs_range found = {};
	char what[80];

	snprintf(what, sizeof(what), "file %u, position %llu, length %llu",
		 file->draw, pos, length);
	KUNIT_EXPECT_EQ_MSG(test, famfs_map_resolve(map, pos, length, &found),
			    0, "%s", what);
	famfs_kunit_expect_range(test, what, &found, &expected);
}

/* Ask of many maps many times. */
static void ask(struct kunit *test,
		void (*question)(struct kunit *test, struct drawn *file,
				 const struct famfs_map *map))
{
	struct drawn *file = first_file(test);
	struct famfs_map *map;
	u32 i, nr;

	for (i = 0; i < MAPS_PER_CASE; i++) {
		famfs_random_draw(file);
		map = build(test, file);
		for (nr = 0; nr < QUESTIONS_PER_MAP; nr++)
			question(test, file, map);
		famfs_map_free(map);
	}
}

static void a_map_resolves_as_the_oracle_does(struct kunit *test)
{
	ask(test, expect_place);
}

/* Next run of file bytes within a device range, from unit *i on. */
static bool next_run(const struct drawn *file, u32 *i,
		     const struct famfs_reverse *range, u64 *pos, u64 *end)
{
	u64 more;

	while (*i < file->nr_units && !within(file, *i, range, pos, end))
		++*i;
	if (*i == file->nr_units)
		return false;
	while (++*i < file->nr_units && file->unit[*i].joined &&
	       within(file, *i, range, &more, end))
		;
	return true;
}

static void expect_runs(struct kunit *test, struct drawn *file,
			const struct famfs_map *map)
{
	struct famfs_reverse walk = {
		.dev = famfs_random_below(file, file->shape->nr_devices),
		.addr = UNIT * famfs_random_below(file,
						  file->shape->device_units) +
			famfs_random_below(file, UNIT),
		.length = famfs_random_below(file, 8 * UNIT),
	};
	const struct famfs_reverse range = walk;
	u64 pos, length, expected_pos, expected_end;
	char what[80];
	u32 i = 0;

	snprintf(what, sizeof(what), "file %u, device %u, addr %llu, length %llu",
		 file->draw, range.dev, range.addr, range.length);
	while (next_run(file, &i, &range, &expected_pos, &expected_end)) {
		if (!famfs_map_reverse(map, &walk, &pos, &length)) {
			KUNIT_FAIL(test, "%s: no %llu", what, expected_pos);
			return;
		}
		KUNIT_EXPECT_EQ_MSG(test, pos, expected_pos, "%s", what);
		KUNIT_EXPECT_EQ_MSG(test, pos + length, expected_end, "%s",
				    what);
	}
	KUNIT_EXPECT_FALSE_MSG(test,
			       famfs_map_reverse(map, &walk, &pos, &length),
			       "%s", what);
}

static void a_device_range_is_found_as_the_oracle_does(struct kunit *test)
{
	ask(test, expect_runs);
}

/* The oracle: whether two extents share a byte. */
static bool overlap(const struct famfs_ioc_simple_extent *a,
		    const struct famfs_ioc_simple_extent *b)
{
	return a->devindex == b->devindex && a->offset < b->offset + b->len &&
	       b->offset < a->offset + a->len;
}

static bool any_overlap(const struct drawn *file)
{
	u32 a, b;

	for (a = 0; a < file->nr_list; a++)
		for (b = 0; b < a; b++)
			if (overlap(&file->list[a], &file->list[b]))
				return true;
	return false;
}

/* Move one extent or strip anywhere on the devices. */
static void disturb(struct drawn *file)
{
	struct famfs_ioc_simple_extent *ext;
	u32 units;

	ext = &file->list[famfs_random_below(file, file->nr_list)];
	ext->devindex = famfs_random_below(file, file->shape->nr_devices);
	units = file->shape->device_units - DIV_ROUND_UP(ext->len, UNIT);
	ext->offset = UNIT * (1 + famfs_random_below(file, units));
}

/* Index in the list of an extent, or of a strip of an extent. */
static u32 index_of(const struct drawn *file, u32 extent, u32 strip)
{
	if (!file->shape->striped)
		return extent;
	return file->interleaved[extent].ie_strips + strip - file->list;
}

static void expect_overlap(struct kunit *test, const struct drawn *file,
			   const struct famfs_reason *reason)
{
	u32 a, b;

	KUNIT_EXPECT_EQ_MSG(test, reason->rule, FAMFS_RULE_OVERLAP, "file %u",
			    file->draw);
	KUNIT_ASSERT_LT(test, reason->extent, file->nr_extents);
	KUNIT_ASSERT_LE(test, reason->other, reason->extent);
	a = index_of(file, reason->extent, reason->strip);
	b = index_of(file, reason->other, reason->other_strip);
	KUNIT_ASSERT_LT(test, a, file->nr_list);
	KUNIT_ASSERT_LT(test, b, a);
	KUNIT_EXPECT_TRUE_MSG(test, overlap(&file->list[a], &file->list[b]),
			      "file %u", file->draw);
}

static void an_overlap_is_refused_as_the_oracle_does(struct kunit *test)
{
	struct drawn *file = first_file(test);
	struct famfs_reason reason;
	u32 i;
	int err;

	for (i = 0; i < MAPS_PER_CASE; i++) {
		famfs_random_draw(file);
		disturb(file);
		err = validate(file, &reason);
		KUNIT_ASSERT_EQ_MSG(test, err,
				    any_overlap(file) ? -EINVAL : 0,
				    "file %u", file->draw);
		if (err)
			expect_overlap(test, file, &reason);
	}
}

static int draw_seed(struct kunit_suite *suite)
{
	if (!seed)
		seed = get_random_u64();
	return 0;
}

static struct kunit_case random_cases[] = {
	KUNIT_CASE_PARAM(a_drawn_list_is_valid, shape_gen_params),
	KUNIT_CASE_PARAM(a_map_is_as_short_as_its_layout_allows,
			 shape_gen_params),
	KUNIT_CASE_PARAM(a_map_takes_the_ranges_of_its_list, shape_gen_params),
	KUNIT_CASE_PARAM(a_map_resolves_as_the_oracle_does, shape_gen_params),
	KUNIT_CASE_PARAM(a_device_range_is_found_as_the_oracle_does,
			 shape_gen_params),
	KUNIT_CASE_PARAM(an_overlap_is_refused_as_the_oracle_does,
			 shape_gen_params),
	{}
};

static struct kunit_suite random_suite = {
	.name = "famfs_random",
	.suite_init = draw_seed,
	.test_cases = random_cases,
};

kunit_test_suite(random_suite);
