// SPDX-License-Identifier: GPL-2.0
/*
 * famfs extent library: piecewise linear maps, built once and then only read.
 */
#include "internal.h"

/**
 * famfs_map_alloc() - allocate an empty map
 * @max_segments: segments it has room for, 1 to FAMFS_MAP_MAX_EXTENTS
 *
 * Context: May sleep.
 * Return: the map, or NULL when there is no memory or @max_segments is out of
 * range.  Free it with famfs_map_free().
 */
struct famfs_map *famfs_map_alloc(u32 max_segments)
{
	struct famfs_map *map;

	if (!max_segments || max_segments > FAMFS_MAP_MAX_EXTENTS)
		return NULL;
	map = kvzalloc(struct_size(map, seg, max_segments), GFP_KERNEL);
	if (!map)
		return NULL;
	map->max_segments = max_segments;
	return map;
}
EXPORT_SYMBOL_GPL(famfs_map_alloc);

/**
 * famfs_map_free() - free a map
 * @map: the map, or NULL
 *
 * Context: May sleep.  No reader may be left.
 */
void famfs_map_free(struct famfs_map *map)
{
	kvfree(map);
}
EXPORT_SYMBOL_GPL(famfs_map_free);

/* Whether a range continues a segment that is @mapped bytes long. */
static bool continues(const struct famfs_segment *seg, u64 mapped, u32 dev,
		      u64 addr)
{
	return seg->dev == dev && addr >= seg->addr &&
	       addr - seg->addr == mapped;
}

/**
 * famfs_map_append() - add a range at the end of a map that is being built
 * @map: the map; nobody else may use it yet
 * @dev: index of the device
 * @addr: offset on the device
 * @length: length in bytes
 *
 * A range that continues the last segment on the device makes that segment
 * longer and takes no room.  The map's size grows with its length.
 *
 * Context: Any.
 * Return: 0, -EINVAL if @length is 0 or @addr plus @length exceeds 64 bits,
 * -EOVERFLOW if the map would, -ENOSPC if the map has no room left.
 */
int famfs_map_append(struct famfs_map *map, u32 dev, u64 addr, u64 length)
{
	struct famfs_segment *last;
	u64 end;

	if (!length || check_add_overflow(addr, length, &end))
		return -EINVAL;
	if (check_add_overflow(map->length, length, &end))
		return -EOVERFLOW;
	if (map->nr_segments) {
		last = &map->seg[map->nr_segments - 1];
		if (continues(last, map->length - last->start, dev, addr))
			goto grow;
	}
	if (map->nr_segments == map->max_segments)
		return -ENOSPC;
	map->seg[map->nr_segments++] = (struct famfs_segment) {
		.start = map->length,
		.addr = addr,
		.dev = dev,
	};
grow:
	map->length = end;
	map->size = end;
	return 0;
}
EXPORT_SYMBOL_GPL(famfs_map_append);

/* Segments that the extents of a valid request make once merged. */
static u32 count_segments(const struct famfs_map_request *req)
{
	const struct famfs_ioc_simple_extent *ext = req->simple;
	u32 i, nr = 1;

	for (i = 1; i < req->nr_extents; i++)
		if (ext[i].devindex != ext[i - 1].devindex ||
		    ext[i].offset != ext[i - 1].offset + ext[i - 1].len)
			nr++;
	return nr;
}

/**
 * famfs_map_build() - build the map that a request asks for
 * @req: a request that famfs_map_validate() accepted
 *
 * Neighbours that are contiguous on their device become one segment.
 *
 * Context: May sleep.
 * Return: the map, or NULL when there is no memory.  Free it with
 * famfs_map_free().
 */
struct famfs_map *famfs_map_build(const struct famfs_map_request *req)
{
	const struct famfs_ioc_simple_extent *ext;
	struct famfs_map *map;
	u32 i;

	map = famfs_map_alloc(count_segments(req));
	if (!map)
		return NULL;
	for (i = 0; i < req->nr_extents; i++) {
		ext = &req->simple[i];
		if (famfs_map_append(map, ext->devindex, ext->offset,
				     ext->len)) {
			famfs_map_free(map);
			return NULL;
		}
	}
	map->size = req->file_size;
	map->file_type = req->file_type;
	return map;
}
EXPORT_SYMBOL_GPL(famfs_map_build);

static u64 segment_end(const struct famfs_map *map, u32 index)
{
	if (index + 1 < map->nr_segments)
		return map->seg[index + 1].start;
	return map->length;
}

/* Index of the segment that holds @pos, which is below the map's length. */
static u32 find_segment(const struct famfs_map *map, u64 pos)
{
	u32 low = 0, high = map->nr_segments, middle;

	/* seg[low].start <= pos, and pos < seg[high].start if there is one */
	while (high - low > 1) {
		middle = low + (high - low) / 2;
		if (map->seg[middle].start <= pos)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/**
 * famfs_map_resolve() - tell where a range of the mapped space lives
 * @map: the map
 * @pos: first byte to resolve
 * @length: bytes wanted, at least 1
 * @range: where the byte at @pos lives, and how many bytes up to @length
 *	follow it without a gap
 *
 * Takes O(1) time for a map of one segment, else O(log n).
 *
 * Context: Any; takes no lock and does not allocate.
 * Return: 0, -EINVAL if @length is 0, -ERANGE if @pos is past the end of the
 * map.
 */
int famfs_map_resolve(const struct famfs_map *map, u64 pos, u64 length,
		      struct famfs_range *range)
{
	const struct famfs_segment *seg;
	u32 index;

	if (!length)
		return -EINVAL;
	if (pos >= map->length)
		return -ERANGE;
	index = find_segment(map, pos);
	seg = &map->seg[index];
	range->dev = seg->dev;
	range->addr = seg->addr + (pos - seg->start);
	range->length = min(length, segment_end(map, index) - pos);
	return 0;
}
EXPORT_SYMBOL_GPL(famfs_map_resolve);

/**
 * famfs_map_segment() - tell what a segment maps
 * @map: the map
 * @index: the segment, below the map's nr_segments
 * @range: the segment's device range
 *
 * Context: Any.
 */
void famfs_map_segment(const struct famfs_map *map, u32 index,
		       struct famfs_range *range)
{
	const struct famfs_segment *seg = &map->seg[index];

	range->dev = seg->dev;
	range->addr = seg->addr;
	range->length = segment_end(map, index) - seg->start;
}
EXPORT_SYMBOL_GPL(famfs_map_segment);

/**
 * famfs_map_reverse() - next range of the mapped space within a device range
 * @map: the map
 * @walk: the device range, and how far the walk has come
 * @pos: first byte of the range found
 * @length: its length
 *
 * Call it until it returns false.  The ranges come in rising order of @pos.
 * A whole walk takes O(n) time.
 *
 * Context: Any; takes no lock and does not allocate.
 * Return: true if there was one more range.
 */
bool famfs_map_reverse(const struct famfs_map *map, struct famfs_reverse *walk,
		       u64 *pos, u64 *length)
{
	struct famfs_range seg;
	u64 skip, behind;

	while (walk->next < map->nr_segments) {
		famfs_map_segment(map, walk->next++, &seg);
		if (seg.dev != walk->dev)
			continue;
		/* Differences, not ends: an end may be 2^64. */
		skip = walk->addr > seg.addr ? walk->addr - seg.addr : 0;
		behind = seg.addr > walk->addr ? seg.addr - walk->addr : 0;
		if (skip >= seg.length || behind >= walk->length)
			continue;
		*pos = map->seg[walk->next - 1].start + skip;
		*length = min(seg.length - skip, walk->length - behind);
		return true;
	}
	return false;
}
EXPORT_SYMBOL_GPL(famfs_map_reverse);
