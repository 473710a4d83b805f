// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of the famfs extent library: drawing random files.
 */
#include <linux/math.h>
#include <linux/string.h>
#include "famfs_random.h"

u32 famfs_random_below(struct drawn *file, u32 bound)
{
	return prandom_u32_state(&file->rnd) % bound;
}

static bool is_free(const struct drawn *file, u32 dev, u32 unit)
{
	return unit < file->shape->device_units && !file->used[dev][unit];
}

static void add_unit(struct drawn *file, u64 dev, u64 addr, bool joined)
{
	file->unit[file->nr_units++] = (struct unit) {
		.place = { dev, addr, UNIT },
		.joined = joined,
	};
}

/* Unit 0 belongs to the superblock. */
static void draw_place(struct drawn *file, u32 *dev, u32 *unit)
{
	*dev = famfs_random_below(file, file->shape->nr_devices);
	*unit = 1 + famfs_random_below(file, file->shape->device_units - 1);
}

/* Whether a unit would go on where the file stops. */
static bool continues(const struct drawn *file, u32 dev, u32 unit)
{
	const struct famfs_range *last;

	if (!file->nr_units)
		return false;
	last = &file->unit[file->nr_units - 1].place;
	return last->dev == dev && last->addr + UNIT == unit * UNIT;
}

/* An extent of 1 to 3 units; none if the place drawn is taken. */
static void draw_simple(struct drawn *file, u32 *dev, u32 *unit)
{
	struct famfs_ioc_simple_extent *ext = &file->list[file->nr_list];
	u32 units = 1 + famfs_random_below(file, 3);

	if (famfs_random_below(file, 100) >= file->shape->stay ||
	    !is_free(file, *dev, *unit))
		draw_place(file, dev, unit);
	if (!is_free(file, *dev, *unit))
		return;
	ext->devindex = *dev;
	ext->offset = *unit * UNIT;
	ext->len = 0;
	for (; units-- && is_free(file, *dev, *unit); ++*unit) {
		file->used[*dev][*unit] = true;
		add_unit(file, *dev, *unit * UNIT,
			 continues(file, *dev, *unit));
		ext->len += UNIT;
	}
	file->nr_list++;
	file->nr_extents++;
}

static bool run_is_free(const struct drawn *file, u32 dev, u32 unit, u32 units)
{
	while (units--)
		if (!is_free(file, dev, unit + units))
			return false;
	return true;
}

/* A strip of some units anywhere; false if a few tries find no place. */
static bool draw_strip(struct drawn *file, u32 units)
{
	u32 dev, unit, tries;

	for (tries = 0; tries < 20; tries++) {
		draw_place(file, &dev, &unit);
		if (!run_is_free(file, dev, unit, units))
			continue;
		memset(&file->used[dev][unit], true, units);
		file->list[file->nr_list++] = (struct famfs_ioc_simple_extent) {
			dev, unit * UNIT, units * UNIT,
		};
		return true;
	}
	return false;
}

/* The definition of interleaving, a unit at a time. */
static void add_striped_units(struct drawn *file,
			      const struct famfs_ioc_interleaved_ext *ext)
{
	u32 per_chunk = ext->ie_chunk_size / UNIT, i, chunk, row;
	const struct famfs_ioc_simple_extent *strip;

	for (i = 0; i < ext->ie_nbytes / UNIT; i++) {
		chunk = i / per_chunk;
		row = chunk / ext->ie_nstrips;
		strip = &ext->ie_strips[chunk % ext->ie_nstrips];
		add_unit(file, strip->devindex,
			 strip->offset + UNIT * (row * per_chunk +
						 i % per_chunk),
			 i % per_chunk);
	}
}

/*
 * An extent of 1 to 16 strips, chunks of 1 to 4 units, and up to three rows.
 * Every fourth strip is a unit longer than the rows.  None if a strip finds no
 * place.
 */
static void draw_interleaved(struct drawn *file)
{
	struct famfs_ioc_interleaved_ext *ext;
	u32 nr = 1 + famfs_random_below(file, FAMFS_MAX_STRIPS);
	u32 per_chunk = 1 << famfs_random_below(file, 3);
	u32 rows = 1 + famfs_random_below(file, 3);
	u32 most = rows * per_chunk * nr, before = file->nr_list, i;

	if (file->nr_units + most > MAX_FILE_UNITS)
		return;
	for (i = 0; i < nr; i++)
		if (!draw_strip(file, rows * per_chunk +
				!famfs_random_below(file, 4))) {
			file->nr_list = before;
			return;
		}
	ext = &file->interleaved[file->nr_extents++];
	ext->ie_nstrips = nr;
	ext->ie_chunk_size = per_chunk * UNIT;
	ext->ie_nbytes = (most - famfs_random_below(file, per_chunk * nr)) *
			 UNIT;
	ext->ie_strips = &file->list[before];
	add_striped_units(file, ext);
}

static void draw_extents(struct drawn *file)
{
	u32 tries = 1 + famfs_random_below(file, file->shape->max_extents);
	u32 dev = 0, unit = 1;

	while (tries--) {
		if (file->shape->striped)
			draw_interleaved(file);
		else
			draw_simple(file, &dev, &unit);
	}
}

/* Every second file has a short last extent. */
static void cut_end(struct drawn *file)
{
	u32 cut = famfs_random_below(file, 2) * famfs_random_below(file, UNIT);

	if (file->shape->striped)
		file->interleaved[file->nr_extents - 1].ie_nbytes -= cut;
	else
		file->list[file->nr_list - 1].len -= cut;
	file->unit[file->nr_units - 1].place.length -= cut;
	file->length = file->nr_units * UNIT - cut;
}

void famfs_random_draw(struct drawn *file)
{
	do {
		memset(file->used, 0, sizeof(file->used));
		file->nr_list = 0;
		file->nr_extents = 0;
		file->nr_units = 0;
		draw_extents(file);
	} while (!file->nr_extents);
	cut_end(file);
	file->draw++;
}
