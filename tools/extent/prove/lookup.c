// SPDX-License-Identifier: GPL-2.0
/* Look-up in both directions, in maps built from requests that are accepted. */
#define must(condition) assume(condition)
#include "request.h"

#define SEGMENTS (STRIPS ? EXTENTS : ENTRIES)

/**
 * struct place_of_byte - any one byte of the file, and where it has to be found
 * @pos: its position in the file
 * @dev: index of the device
 * @addr: offset on the device
 * @rest: bytes from it on that follow without a gap
 */
struct place_of_byte {
	u64 pos;
	u32 dev;
	u64 addr;
	u64 rest;
};

static u64 extent_start(const struct input *in, u32 extent)
{
	u64 start = 0;
	u32 i;

	for (i = 0; i < EXTENTS; i++)
		if (i < extent)
			start += extent_bytes(in, i);
	return start;
}

/* The extents that continue it on the device belong to the same piece. */
static struct place_of_byte any_simple_byte(const struct input *in)
{
	const struct famfs_ioc_simple_extent *ext = in->request.simple;
	struct place_of_byte byte;
	u64 offset;
	u32 i;

	assume(i < EXTENTS && offset < ext[i].len);
	byte.pos = extent_start(in, i) + offset;
	byte.dev = ext[i].devindex;
	byte.addr = ext[i].offset + offset;
	byte.rest = ext[i].len - offset;
	for (i++; i < EXTENTS && ext[i].devindex == byte.dev &&
	     ext[i].offset == byte.addr + byte.rest; i++)
		byte.rest += ext[i].len;
	return byte;
}

#if STRIPS
static struct place_of_byte any_striped_byte(const struct input *in)
{
	const struct famfs_ioc_interleaved_ext *ext;
	const struct famfs_ioc_simple_extent *strip;
	struct place_of_byte byte;
	struct stripe_byte sb;
	u32 i;

	assume(i < EXTENTS);
	ext = &in->request.interleaved[i];
	sb = any_stripe_byte(ext);
	strip = &ext->ie_strips[sb.strip];
	/* Accepted: the strip is no shorter than its share. */
	assume(sb.offset < strip->len && sb.rest <= strip->len - sb.offset);
	byte.pos = extent_start(in, i) + sb.at;
	byte.dev = strip->devindex;
	byte.addr = strip->offset + sb.offset;
	byte.rest = sb.rest;
	return byte;
}
#endif

static struct place_of_byte any_byte(const struct input *in)
{
#if STRIPS
	return any_striped_byte(in);
#else
	return any_simple_byte(in);
#endif
}

/* The request has the shape of this run, and is accepted. */
static struct famfs_map *any_map(struct input *in)
{
	struct famfs_map *map;

	*in = any_input();
	accepted(in);
	map = famfs_map_build(&in->request);
	assume(map);
	assert(map->nr_segments == SEGMENTS);
	assert(map->nr_strips == ENTRIES - SEGMENTS);
	assert(map->nr_entries == ENTRIES);
	assert(map->size == in->request.file_size && map->size <= map->length);
	map->nr_segments = SEGMENTS;	/* the checker computes with it */
	return map;
}

/* Every byte of the file is found where it is, up to the next gap. */
void prove_resolve(void)
{
	struct place_of_byte byte;
	struct famfs_range range;
	struct famfs_map *map;
	struct input in;
	u64 length;

	map = any_map(&in);
	byte = any_byte(&in);
	assume(length);
	assert(!famfs_map_resolve(map, byte.pos, length, &range));
	assert(range.dev == byte.dev);
	assert(range.addr == byte.addr);
	assert(range.length == min(length, byte.rest));
	assert(range.length >= 1);
}

/* Nothing else has an answer. */
void prove_refusals(void)
{
	struct famfs_range range;
	struct famfs_map *map;
	struct input in;
	u64 pos, length;

	map = any_map(&in);
	assume(!length || pos >= extent_start(&in, EXTENTS));
	assert(famfs_map_resolve(map, pos, length, &range) ==
	       (length ? -ERANGE : -EINVAL));
}

/* Whether a walk has yet to come to a byte. */
static bool ahead(const struct famfs_map *map, const struct famfs_reverse *walk,
		  u64 pos)
{
	const struct famfs_segment *piece = &map->seg[walk->next];

	if (walk->next == SEGMENTS || pos < piece->start)
		return false;
	return !STRIPS ||
	       (pos - piece->start) >> piece->chunk_shift >= walk->chunk;
}

/*
 * A step of a walk from anywhere in a segment, seen from any one byte.  It is
 * reported if it lives in the device range and was ahead, and by one step: it
 * is not ahead any more.  If it is not reported, it stays ahead.
 */
static void check_step(const struct famfs_map *map, u32 next,
		       const struct place_of_byte *byte)
{
	bool asked, was_ahead, found, reported;
	struct famfs_reverse walk;
	u64 pos, length;

	assume(walk.chunk <= MAX_CHUNK);
	walk.next = next;
	asked = byte->dev == walk.dev && byte->addr >= walk.addr &&
		byte->addr - walk.addr < walk.length;
	was_ahead = ahead(map, &walk, byte->pos);
	found = famfs_map_reverse(map, &walk, &pos, &length);
	if (found)
		assert(length && pos < map->length &&
		       length <= map->length - pos);
	reported = found && byte->pos >= pos && byte->pos - pos < length;
	if (reported)
		assert(asked && was_ahead && !ahead(map, &walk, byte->pos));
	else if (asked && was_ahead)
		assert(found && ahead(map, &walk, byte->pos));
}

void prove_reverse(void)
{
	struct place_of_byte byte;
	struct famfs_map *map;
	struct input in;
	u32 next;

	map = any_map(&in);
	byte = any_byte(&in);
	for (next = 0; next <= SEGMENTS; next++)
		check_step(map, next, &byte);
}

/* Looking back from an answer finds what was asked, and nothing else. */
void prove_round_trip(void)
{
	struct famfs_reverse walk = {};
	struct place_of_byte byte;
	struct famfs_map *map;
	struct input in;
	u64 pos, length;

	map = any_map(&in);
	byte = any_byte(&in);
	walk.dev = byte.dev;
	walk.addr = byte.addr;
	assume(walk.length >= 1 && walk.length <= byte.rest);
	assert(famfs_map_reverse(map, &walk, &pos, &length));
	assert(pos == byte.pos && length == walk.length);
	assert(!famfs_map_reverse(map, &walk, &pos, &length));
}
