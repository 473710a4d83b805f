// SPDX-License-Identifier: GPL-2.0
/*
 * famfs extent library: look-up in both directions.
 */
#include "internal.h"

/*
 * ceil(2^64 / n): the upper half of a product with it is the quotient by n, for
 * dividends below 2^60 and n up to 16, because the error of at most n - 1 per
 * unit of the dividend then stays below 2^64.  Chunks are at least 2^21 bytes,
 * so their numbers are below 2^43.  Powers of two are shifted instead.
 */
#define RECIPROCAL(n) (U64_MAX / (n) + 1)

static const u64 reciprocals[FAMFS_MAX_STRIPS + 1] = {
	[3] = RECIPROCAL(3),
	[5] = RECIPROCAL(5),
	[6] = RECIPROCAL(6),
	[7] = RECIPROCAL(7),
	[9] = RECIPROCAL(9),
	[10] = RECIPROCAL(10),
	[11] = RECIPROCAL(11),
	[12] = RECIPROCAL(12),
	[13] = RECIPROCAL(13),
	[14] = RECIPROCAL(14),
	[15] = RECIPROCAL(15),
};

static u64 divide(u64 chunk, u32 nr_strips)
{
	if (is_power_of_2(nr_strips))
		return chunk >> ilog2(nr_strips);
	return mul_u64_u64_shr(chunk, reciprocals[nr_strips], 64);
}

/* The segment that holds @pos, which is below the map's length. */
static const struct famfs_segment *find_segment(const struct famfs_map *map,
						u64 pos)
{
	const struct famfs_segment *seg = map->seg, *hint;
	u32 left = map->nr_segments, half;

	if (left == 1)
		return seg;
	if (map->hint_shift) {
		hint = &map->seg[pos >> map->hint_shift];
		seg += hint[0].hint;
		left = hint[1].hint - hint[0].hint + 1;
	}
	/* One of the @left segments from @seg on; no branch to mispredict. */
	while (left > 1) {
		half = left / 2;
		left -= half;
		if (seg[half].start <= pos)
			seg += half;
	}
	return seg;
}

static void resolve_striped(const struct famfs_map *map,
			    const struct famfs_segment *seg, u64 offset,
			    struct famfs_range *range)
{
	u64 chunk_size = 1ULL << seg->chunk_shift;
	u64 within = offset & (chunk_size - 1);
	u64 chunk = offset >> seg->chunk_shift;
	u64 row = divide(chunk, seg->nr_strips);
	const struct famfs_segment *strip;

	strip = &map->seg[seg->addr + (chunk - row * seg->nr_strips)];
	range->dev = strip->dev;
	range->addr = strip->addr + (row << seg->chunk_shift) + within;
	range->length = min(range->length, chunk_size - within);
}

/**
 * famfs_map_resolve() - tell where a range of the mapped space lives
 * @map: the map
 * @pos: first byte to resolve
 * @length: bytes wanted, at least 1
 * @range: where the byte at @pos lives, and how many bytes up to @length
 *	follow it without a gap
 *
 * Takes O(1) time for a map of one segment, striped or not, else O(log n).
 *
 * Context: Any; takes no lock and does not allocate.
 * Return: 0, -EINVAL if @length is 0, -ERANGE if @pos is past the end of the
 * map.
 */
int famfs_map_resolve(const struct famfs_map *map, u64 pos, u64 length,
		      struct famfs_range *range)
{
	const struct famfs_segment *seg;

	if (!length)
		return -EINVAL;
	if (pos >= map->length)
		return -ERANGE;
	seg = find_segment(map, pos);
	range->length = min(length, segment_end(map, seg) - pos);
	if (seg->nr_strips) {
		resolve_striped(map, seg, pos - seg->start, range);
		return 0;
	}
	range->dev = seg->dev;
	range->addr = seg->addr + (pos - seg->start);
	return 0;
}
EXPORT_SYMBOL_GPL(famfs_map_resolve);

/*
 * The common part of a device range and the range that is looked for.  Works
 * with differences, not with ends: an end may be 2^64.
 */
static bool intersect(const struct famfs_reverse *walk,
		      const struct famfs_range *range, u64 *skip, u64 *common)
{
	u64 behind;

	if (range->dev != walk->dev)
		return false;
	*skip = walk->addr > range->addr ? walk->addr - range->addr : 0;
	behind = range->addr > walk->addr ? range->addr - walk->addr : 0;
	if (*skip >= range->length || behind >= walk->length)
		return false;
	*common = min(range->length - *skip, walk->length - behind);
	return true;
}

/*
 * First chunk from walk->chunk on that lives in the part of a strip that starts
 * @skip bytes into it.
 */
static u64 first_chunk(const struct famfs_reverse *walk,
		       const struct famfs_segment *seg, u32 strip, u64 skip)
{
	u64 row = skip >> seg->chunk_shift;
	u64 done = divide(walk->chunk, seg->nr_strips);

	if (walk->chunk - done * seg->nr_strips > strip)
		done++;
	return max(row, done) * seg->nr_strips + strip;
}

/* Cut a chunk down to what is looked for and what the segment holds of it. */
static bool chunk_range(const struct famfs_reverse *walk,
			const struct famfs_segment *seg, u64 seg_length,
			const struct famfs_range *strip, u64 chunk, u64 *offset,
			u64 *length)
{
	u64 start = chunk << seg->chunk_shift, skip, common;
	struct famfs_range part = {
		.dev = strip->dev,
		.addr = strip->addr + (divide(chunk, seg->nr_strips) <<
				       seg->chunk_shift),
		.length = min(1ULL << seg->chunk_shift, seg_length - start),
	};

	if (!intersect(walk, &part, &skip, &common))
		return false;
	*offset = start + skip;
	*length = common;
	return true;
}

/*
 * Next piece of a striped segment, in file order: of the candidates that each
 * strip has, the one with the lowest chunk.
 */
static bool reverse_striped(const struct famfs_map *map, u32 index,
			    struct famfs_reverse *walk, u64 *offset,
			    u64 *length)
{
	const struct famfs_segment *seg = &map->seg[index];
	u64 seg_length = segment_end(map, seg) - seg->start;
	u64 best = U64_MAX, chunk, skip, common, at, bytes;
	struct famfs_range strip;
	u32 i;

	for (i = 0; i < seg->nr_strips; i++) {
		famfs_map_strip(map, index, i, &strip);
		if (!intersect(walk, &strip, &skip, &common))
			continue;
		chunk = first_chunk(walk, seg, i, skip);
		if (chunk >= best || chunk > (seg_length - 1) >> seg->chunk_shift)
			continue;
		if (!chunk_range(walk, seg, seg_length, &strip, chunk, &at,
				 &bytes))
			continue;
		best = chunk;
		*offset = at;
		*length = bytes;
	}
	walk->chunk = best + 1;
	return best != U64_MAX;
}

static bool reverse_linear(const struct famfs_map *map, u32 index,
			   const struct famfs_reverse *walk, u64 *offset,
			   u64 *length)
{
	struct famfs_range range;

	famfs_map_segment(map, index, &range);
	return intersect(walk, &range, offset, length);
}

/**
 * famfs_map_reverse() - next range of the mapped space within a device range
 * @map: the map
 * @walk: the device range, and how far the walk has come
 * @pos: first byte of the range found
 * @length: its length
 *
 * Call it until it returns false.  The ranges come in rising order of @pos.
 * A whole walk takes O(n) time in the number of segments, strips and ranges
 * found.
 *
 * Context: Any; takes no lock and does not allocate.
 * Return: true if there was one more range.
 */
bool famfs_map_reverse(const struct famfs_map *map, struct famfs_reverse *walk,
		       u64 *pos, u64 *length)
{
	const struct famfs_segment *seg;
	bool found;
	u64 offset;

	while (walk->next < map->nr_segments) {
		seg = &map->seg[walk->next];
		if (seg->nr_strips)
			found = reverse_striped(map, walk->next, walk, &offset,
						length);
		else
			found = reverse_linear(map, walk->next, walk, &offset,
					       length);
		/* A striped segment may have more. */
		if (!found || !seg->nr_strips) {
			walk->next++;
			walk->chunk = 0;
		}
		if (found) {
			*pos = seg->start + offset;
			return true;
		}
	}
	return false;
}
EXPORT_SYMBOL_GPL(famfs_map_reverse);
