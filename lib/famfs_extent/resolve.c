// SPDX-License-Identifier: GPL-2.0
/*
 * famfs extent library: look-up in both directions.
 */
#include "internal.h"

/*
 * ceil(2^60 / n): a product with it, shifted right by 60, is the quotient by n
 * as long as the error, below n for each unit of the dividend, adds up to less
 * than 2^60.  Chunks are at least 2^21 bytes, so their numbers are below 2^43.
 */
#define RECIPROCAL_SHIFT 60
#define RECIPROCAL(n) (((1ULL << RECIPROCAL_SHIFT) - 1) / (n) + 1)

static const u64 reciprocals[FAMFS_MAX_STRIPS + 1] = {
	[1] = RECIPROCAL(1),
	[2] = RECIPROCAL(2),
	[3] = RECIPROCAL(3),
	[4] = RECIPROCAL(4),
	[5] = RECIPROCAL(5),
	[6] = RECIPROCAL(6),
	[7] = RECIPROCAL(7),
	[8] = RECIPROCAL(8),
	[9] = RECIPROCAL(9),
	[10] = RECIPROCAL(10),
	[11] = RECIPROCAL(11),
	[12] = RECIPROCAL(12),
	[13] = RECIPROCAL(13),
	[14] = RECIPROCAL(14),
	[15] = RECIPROCAL(15),
	[16] = RECIPROCAL(16),
};

static u64 divide(u64 chunk, u32 nr_strips)
{
	return mul_u64_u64_shr(chunk, reciprocals[nr_strips], RECIPROCAL_SHIFT);
}

/*
 * Return where the half of the @left segments from @seg on begins that holds @pos, and
 * set @left to the size of it.
 */
static const struct famfs_segment *upper_half(const struct famfs_segment *seg,
					      u32 *left, u64 pos)
{
	u32 half = *left / 2;

	*left -= half;
	return seg[half].start <= pos ? seg + half : seg;
}

/*
 * The segment that holds @pos, which is below the map's length, and where it ends.
 *
 * Where all pieces of a file are of one length, as most are, each part begins with a
 * segment that ends with the part.
 */
static const struct famfs_segment *find_segment(const struct famfs_map *map,
						u64 pos, u64 *end)
{
	const struct famfs_segment *seg = map->seg;
	u32 last = map->nr_segments - 1, part = last, left;

	if (map->hint_shift) {
		part = pos >> map->hint_shift;
		seg += map->seg[part].hint;
	}
	*end = segment_end(map, seg);
	if (pos < *end)
		return seg;
	if (part < last)
		last = map->seg[part + 1].hint;
	left = map->seg + last + 1 - seg;
	/*
	 * One of the @left segments from @seg on.  No branch to mispredict: two
	 * steps are enough for nearly all parts, and harmless for the others.
	 */
	do {
		seg = upper_half(seg, &left, pos);
		seg = upper_half(seg, &left, pos);
	} while (left > 1);
	*end = segment_end(map, seg);
	return seg;
}

/* Out of line, to keep its registers out of the way of linear segments. */
static noinline int resolve_striped(const struct famfs_map *map,
				    const struct famfs_segment *seg, u64 pos,
				    struct famfs_range *range)
{
	u64 offset = pos - seg->start;
	u64 chunk_size = 1ULL << seg->chunk_shift;
	u64 within = offset & (chunk_size - 1);
	u64 chunk = offset >> seg->chunk_shift;
	u64 row = divide(chunk, seg->nr_strips);
	const struct famfs_segment *strip;

	strip = &map->seg[seg->addr + (chunk - row * seg->nr_strips)];
	range->dev = strip->dev;
	range->addr = strip->addr + (row << seg->chunk_shift) + within;
	range->length = min(range->length, chunk_size - within);
	return 0;
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
	const struct famfs_segment *seg = map->seg;
	u64 end = map->length;

	if (!length)
		return -EINVAL;
	if (pos >= end)
		return -ERANGE;
	if (map->nr_segments > 1)
		seg = find_segment(map, pos, &end);
	range->length = min(length, end - pos);
	if (seg->nr_strips)
		return resolve_striped(map, seg, pos, range);
	range->dev = seg->dev;
	range->addr = seg->addr + (pos - seg->start);
	return 0;
}
EXPORT_SYMBOL_GPL(famfs_map_resolve);

/**
 * famfs_map_resolve_pages() - tell where pages of the mapped space live
 * @map: the map; its segments are whole pages
 * @pgoff: first page to resolve
 * @nr_pages: pages wanted, at least 1
 * @page_shift: binary logarithm of the page size
 * @range: where page @pgoff lives, and how many bytes up to @nr_pages pages
 *	follow it without a gap
 *
 * Any number of pages may be asked for, also more than 64 bits count in bytes.
 *
 * Context: Any; takes no lock and does not allocate.
 * Return: 0, -EINVAL if @nr_pages is 0, -ERANGE if @pgoff is past the end of
 * the map.
 */
int famfs_map_resolve_pages(const struct famfs_map *map, u64 pgoff,
			    u64 nr_pages, unsigned int page_shift,
			    struct famfs_range *range)
{
	u64 pages = map->length >> page_shift;

	if (pgoff >= pages)
		return -ERANGE;
	nr_pages = min(nr_pages, pages - pgoff);
	return famfs_map_resolve(map, pgoff << page_shift,
				 nr_pages << page_shift, range);
}
EXPORT_SYMBOL_GPL(famfs_map_resolve_pages);

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
