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
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/string.h>
#include "famfs_kunit.h"

#define MAPS_PER_CASE 200
#define QUESTIONS_PER_MAP 20

#define MAX_DEVICES 3
#define MAX_UNITS 64			/* of one device */
#define MAX_FILE_UNITS (MAX_DEVICES * MAX_UNITS)

static unsigned long long seed;
module_param(seed, ullong, 0444);
MODULE_PARM_DESC(seed, "seed of the random maps; 0 draws one");

/* What the maps of a case look like. */
struct shape {
	const char *name;
	u32 nr_devices;
	u32 device_units;
	u32 max_extents;
	u32 stay;		/* chance in 100 to go on where one stopped */
};

static const struct shape shapes[] = {
	{ "few extents on a small device", 1, 8, 4, 50 },
	{ "scattered extents on a large device", 1, 64, 40, 5 },
	{ "mostly contiguous extents", 1, 64, 64, 90 },
	{ "extents on three devices", 3, 64, 100, 50 },
};

static void describe_shape(const struct shape *shape, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s, seed %llu", shape->name,
		 seed);
}

KUNIT_ARRAY_PARAM(shape, shapes, describe_shape);

/* A random file: its list of extents, and where each of its units lives. */
struct drawn {
	struct rnd_state rnd;
	const struct shape *shape;
	u32 draw;		/* how many files were drawn before */
	bool used[MAX_DEVICES][MAX_UNITS];
	struct famfs_ioc_simple_extent list[MAX_FILE_UNITS];
	struct famfs_range place[MAX_FILE_UNITS];
	u32 nr_extents;
	u32 nr_units;
	u64 length;
};

static u32 below(struct drawn *file, u32 bound)
{
	return prandom_u32_state(&file->rnd) % bound;
}

static bool is_free(const struct drawn *file, u32 dev, u32 unit)
{
	return unit < file->shape->device_units && !file->used[dev][unit];
}

/* One unit of 1 to 3 that an extent takes. */
static void take(struct drawn *file, u32 dev, u32 unit)
{
	struct famfs_range *place = &file->place[file->nr_units++];

	file->used[dev][unit] = true;
	place->dev = dev;
	place->addr = unit * UNIT;
	place->length = UNIT;
}

/* Unit 0 belongs to the superblock. */
static void draw_extent(struct drawn *file, u32 *dev, u32 *unit)
{
	struct famfs_ioc_simple_extent *ext = &file->list[file->nr_extents];
	u32 units = 1 + below(file, 3);

	if (below(file, 100) >= file->shape->stay ||
	    !is_free(file, *dev, *unit)) {
		*dev = below(file, file->shape->nr_devices);
		*unit = 1 + below(file, file->shape->device_units - 1);
	}
	if (!is_free(file, *dev, *unit))
		return;
	ext->devindex = *dev;
	ext->offset = *unit * UNIT;
	ext->len = 0;
	while (units-- && is_free(file, *dev, *unit)) {
		take(file, *dev, (*unit)++);
		ext->len += UNIT;
	}
	file->nr_extents++;
}

/* Every second file has a short last extent. */
static void draw_file(struct drawn *file)
{
	u32 tries = 1 + below(file, file->shape->max_extents);
	u32 dev = 0, unit = 1, cut = below(file, 2) * below(file, UNIT);

	memset(file->used, 0, sizeof(file->used));
	file->nr_extents = 0;
	file->nr_units = 0;
	while (tries--)
		draw_extent(file, &dev, &unit);
	file->list[file->nr_extents - 1].len -= cut;
	file->place[file->nr_units - 1].length -= cut;
	file->length = file->nr_units * UNIT - cut;
	file->draw++;
}

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
	return (struct famfs_map_request) {
		.file_size = file->length,
		.nr_extents = file->nr_extents,
		.simple = file->list,
	};
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

/* The oracle: whether a unit goes on where the one before it stops. */
static bool follows(const struct drawn *file, u32 i)
{
	return i && file->place[i].dev == file->place[i - 1].dev &&
	       file->place[i].addr == file->place[i - 1].addr + UNIT;
}

/* The oracle: where a position lives. */
static struct famfs_range look_up(const struct drawn *file, u64 pos, u64 length)
{
	u32 i = pos / UNIT;
	u64 skip = pos % UNIT;
	struct famfs_range range = file->place[i];

	range.addr += skip;
	range.length -= skip;
	while (++i < file->nr_units && follows(file, i))
		range.length += file->place[i].length;
	range.length = min(range.length, length);
	return range;
}

/* The oracle: the part of unit @i within a device range, as file bytes. */
static bool within(const struct drawn *file, u32 i,
		   const struct famfs_reverse *range, u64 *pos, u64 *end)
{
	const struct famfs_range *place = &file->place[i];
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
		draw_file(file);
		KUNIT_ASSERT_EQ_MSG(test, validate(file, &reason), 0,
				    "file %u, rule %s", i,
				    famfs_rule_name(reason.rule));
	}
}

static void a_map_has_one_segment_per_contiguous_run(struct kunit *test)
{
	struct drawn *file = first_file(test);
	struct famfs_map *map;
	u32 i, unit, runs;

	for (i = 0; i < MAPS_PER_CASE; i++) {
		draw_file(file);
		for (unit = 0, runs = 0; unit < file->nr_units; unit++)
			runs += !follows(file, unit);
		map = build(test, file);
		KUNIT_EXPECT_EQ_MSG(test, map->nr_segments, runs, "file %u", i);
		KUNIT_EXPECT_EQ_MSG(test, map->max_segments, runs, "file %u",
				    i);
		KUNIT_EXPECT_EQ_MSG(test, map->length, file->length, "file %u",
				    i);
		famfs_map_free(map);
	}
}

/* Half of the positions are at the edge of a unit or one byte before it. */
static u64 draw_pos(struct drawn *file)
{
	u64 pos = below(file, file->nr_units) * UNIT;

	if (below(file, 2))
		pos += below(file, UNIT);
	else if (pos)
		pos -= below(file, 2);
	return min(pos, file->length - 1);
}

static void expect_place(struct kunit *test, struct drawn *file,
			 const struct famfs_map *map)
{
	u64 pos = draw_pos(file);
	u64 length = 1 + below(file, 4 * UNIT);
	struct famfs_range expected = look_up(file, pos, length);
	struct famfs_range found = {};
	char what[80];

	snprintf(what, sizeof(what), "file %u, position %llu, length %llu",
		 file->draw, pos, length);
	KUNIT_EXPECT_EQ_MSG(test, famfs_map_resolve(map, pos, length, &found),
			    0, "%s", what);
	famfs_kunit_expect_range(test, what, &found, &expected);
}

static void a_map_resolves_as_the_oracle_does(struct kunit *test)
{
	struct drawn *file = first_file(test);
	struct famfs_map *map;
	u32 i, question;

	for (i = 0; i < MAPS_PER_CASE; i++) {
		draw_file(file);
		map = build(test, file);
		for (question = 0; question < QUESTIONS_PER_MAP; question++)
			expect_place(test, file, map);
		famfs_map_free(map);
	}
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
	while (++*i < file->nr_units && follows(file, *i) &&
	       within(file, *i, range, &more, end))
		;
	return true;
}

static void expect_runs(struct kunit *test, struct drawn *file,
			const struct famfs_map *map)
{
	struct famfs_reverse walk = {
		.dev = below(file, file->shape->nr_devices),
		.addr = below(file, file->shape->device_units) * UNIT +
			below(file, UNIT),
		.length = below(file, 8 * UNIT),
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
	struct drawn *file = first_file(test);
	struct famfs_map *map;
	u32 i, question;

	for (i = 0; i < MAPS_PER_CASE; i++) {
		draw_file(file);
		map = build(test, file);
		for (question = 0; question < QUESTIONS_PER_MAP; question++)
			expect_runs(test, file, map);
		famfs_map_free(map);
	}
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

	for (a = 0; a < file->nr_extents; a++)
		for (b = 0; b < a; b++)
			if (overlap(&file->list[a], &file->list[b]))
				return true;
	return false;
}

/* Move one extent anywhere on the devices. */
static void disturb(struct drawn *file)
{
	struct famfs_ioc_simple_extent *ext;
	u32 units;

	ext = &file->list[below(file, file->nr_extents)];
	units = DIV_ROUND_UP(ext->len, UNIT);
	ext->devindex = below(file, file->shape->nr_devices);
	ext->offset = UNIT * (1 + below(file,
					file->shape->device_units - units));
}

static void an_overlap_is_refused_as_the_oracle_does(struct kunit *test)
{
	struct drawn *file = first_file(test);
	struct famfs_reason reason;
	u32 i;
	int err;

	for (i = 0; i < MAPS_PER_CASE; i++) {
		draw_file(file);
		disturb(file);
		err = validate(file, &reason);
		KUNIT_ASSERT_EQ_MSG(test, err,
				    any_overlap(file) ? -EINVAL : 0,
				    "file %u", i);
		if (!err)
			continue;
		KUNIT_EXPECT_EQ_MSG(test, reason.rule, FAMFS_RULE_OVERLAP,
				    "file %u", i);
		KUNIT_ASSERT_LT(test, reason.other, reason.extent);
		KUNIT_ASSERT_LT(test, reason.extent, file->nr_extents);
		KUNIT_EXPECT_TRUE_MSG(test,
				      overlap(&file->list[reason.extent],
					      &file->list[reason.other]),
				      "file %u", i);
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
	KUNIT_CASE_PARAM(a_map_has_one_segment_per_contiguous_run,
			 shape_gen_params),
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
