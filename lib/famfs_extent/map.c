// SPDX-License-Identifier: GPL-2.0
/*
 * famfs extent library: piecewise linear maps, built once and then only read.
 */
#include "internal.h"

/**
 * famfs_map_alloc() - allocate an empty map
 * @nr_entries: segments and strips it has room for, 1 to FAMFS_MAP_MAX_EXTENTS
 *
 * Context: May sleep.
 * Return: the map, or NULL when there is no memory or @nr_entries is out of
 * range.  Free it with famfs_map_free().
 */
struct famfs_map *famfs_map_alloc(u32 nr_entries)
{
	struct famfs_map *map;

	if (!nr_entries || nr_entries > FAMFS_MAP_MAX_EXTENTS)
		return NULL;
	map = kvzalloc(struct_size(map, seg, nr_entries),
		       GFP_KERNEL_ACCOUNT);
	if (!map)
		return NULL;
	map->nr_entries = nr_entries;
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

/* Whether a range continues the last segment on the device. */
static bool continues(const struct famfs_map *map, u32 dev, u64 addr)
{
	const struct famfs_segment *last;

	if (!map->nr_segments)
		return false;
	last = &map->seg[map->nr_segments - 1];
	return last->dev == dev && addr >= last->addr &&
	       addr - last->addr == map->length - last->start;
}

/* Add a range for which there is room. */
static void put_range(struct famfs_map *map, u32 dev, u64 addr, u64 length)
{
	if (!continues(map, dev, addr))
		map->seg[map->nr_segments++] = (struct famfs_segment) {
			.start = map->length,
			.addr = addr,
			.dev = dev,
		};
	map->length += length;
	map->size = map->length;
}

/**
 * famfs_map_append() - add a range at the end of a map that is being built
 * @map: the map, from famfs_map_alloc(); nobody else may use it yet
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
	u64 end;

	if (!length || check_add_overflow(addr, length, &end))
		return -EINVAL;
	if (check_add_overflow(map->length, length, &end))
		return -EOVERFLOW;
	if (map->nr_segments + map->nr_strips == map->nr_entries &&
	    !continues(map, dev, addr))
		return -ENOSPC;
	put_range(map, dev, addr, length);
	return 0;
}
EXPORT_SYMBOL_GPL(famfs_map_append);

/* Entries that a valid request of simple extents takes once merged. */
static u32 count_simple(const struct famfs_map_request *req)
{
	const struct famfs_ioc_simple_extent *ext = req->simple;
	u32 i, nr = 1;

	for (i = 1; i < req->nr_extents; i++)
		if (ext[i].devindex != ext[i - 1].devindex ||
		    ext[i].offset != ext[i - 1].offset + ext[i - 1].len)
			nr++;
	return nr;
}

static void append_simple(struct famfs_map *map,
			  const struct famfs_map_request *req)
{
	const struct famfs_ioc_simple_extent *ext;
	u32 i;

	for (i = 0; i < req->nr_extents; i++) {
		ext = &req->simple[i];
		put_range(map, ext->devindex, ext->offset, ext->len);
	}
}

/* Entries that a valid request of interleaved extents takes. */
static u32 count_interleaved(const struct famfs_map_request *req)
{
	u32 i, nr = req->nr_extents;

	for (i = 0; i < req->nr_extents; i++)
		nr += req->interleaved[i].ie_nstrips;
	return nr;
}

static void append_striped(struct famfs_map *map, u32 first_strip,
			   const struct famfs_ioc_interleaved_ext *ext)
{
	const struct famfs_ioc_simple_extent *strip = ext->ie_strips;
	u32 i;

	map->seg[map->nr_segments++] = (struct famfs_segment) {
		.start = map->length,
		.addr = first_strip,
		.nr_strips = ext->ie_nstrips,
		.chunk_shift = ilog2(ext->ie_chunk_size),
	};
	for (i = 0; i < ext->ie_nstrips; i++)
		map->seg[first_strip + i] = (struct famfs_segment) {
			.start = strip[i].len,
			.addr = strip[i].offset,
			.dev = strip[i].devindex,
		};
	map->nr_strips += ext->ie_nstrips;
	map->length += ext->ie_nbytes;
}

static void append_interleaved(struct famfs_map *map,
			       const struct famfs_map_request *req)
{
	u32 i;

	for (i = 0; i < req->nr_extents; i++)
		append_striped(map, req->nr_extents + map->nr_strips,
			       &req->interleaved[i]);
}

/*
 * Divide the mapped space into equal parts, no more than there are segments, and
 * note in which segment each part starts: a search then looks at the segments
 * of one part, mostly one or two, and not at all of the table.
 */
static void add_hints(struct famfs_map *map)
{
	u32 part, index = 0, last = map->nr_segments - 1;

	if (map->nr_segments < 3)
		return;
	while ((map->length - 1) >> map->hint_shift > last)
		map->hint_shift++;
	for (part = 0; part <= last; part++) {
		while (index < last && map->seg[index + 1].start <=
		       (u64)part << map->hint_shift)
			index++;
		map->seg[part].hint = index;
	}
}

/**
 * famfs_map_build() - build the map that a request asks for
 * @req: a request that famfs_map_validate() accepted
 *
 * Simple extents that are contiguous on their device become one segment.
 *
 * Context: May sleep.
 * Return: the map, or NULL when there is no memory.  Free it with
 * famfs_map_free().
 */
struct famfs_map *famfs_map_build(const struct famfs_map_request *req)
{
	bool striped = req->ext_type == FAMFS_IOC_EXT_INTERLEAVE;
	struct famfs_map *map;

	map = famfs_map_alloc(striped ? count_interleaved(req) :
			      count_simple(req));
	if (!map)
		return NULL;
	if (striped)
		append_interleaved(map, req);
	else
		append_simple(map, req);
	add_hints(map);
	map->size = req->file_size;
	map->file_type = req->file_type;
	return map;
}
EXPORT_SYMBOL_GPL(famfs_map_build);

static u64 segment_length(const struct famfs_map *map, u32 index)
{
	return segment_end(map, &map->seg[index]) - map->seg[index].start;
}

/**
 * famfs_map_segment() - tell what a linear segment maps
 * @map: the map
 * @index: the segment, below the map's nr_segments
 * @range: the segment's device range
 *
 * Context: Any.
 * Return: true, or false if the segment is striped and has no single range.
 */
bool famfs_map_segment(const struct famfs_map *map, u32 index,
		       struct famfs_range *range)
{
	const struct famfs_segment *seg = &map->seg[index];

	if (seg->nr_strips)
		return false;
	range->dev = seg->dev;
	range->addr = seg->addr;
	range->length = segment_length(map, index);
	return true;
}
EXPORT_SYMBOL_GPL(famfs_map_segment);

/**
 * famfs_map_interleaved() - tell how a striped segment is striped
 * @map: the map
 * @index: the segment, below the map's nr_segments
 * @ext: number of strips, chunk size and bytes; ie_strips is NULL
 *
 * Context: Any.
 * Return: true, or false if the segment is linear.
 */
bool famfs_map_interleaved(const struct famfs_map *map, u32 index,
			   struct famfs_ioc_interleaved_ext *ext)
{
	const struct famfs_segment *seg = &map->seg[index];

	if (!seg->nr_strips)
		return false;
	*ext = (struct famfs_ioc_interleaved_ext) {
		.ie_nstrips = seg->nr_strips,
		.ie_chunk_size = 1ULL << seg->chunk_shift,
		.ie_nbytes = segment_length(map, index),
	};
	return true;
}
EXPORT_SYMBOL_GPL(famfs_map_interleaved);

static void entry_range(const struct famfs_segment *strip,
			struct famfs_range *range)
{
	range->dev = strip->dev;
	range->addr = strip->addr;
	range->length = strip->start;
}

/**
 * famfs_map_strip() - tell where a strip lives
 * @map: the map
 * @index: a striped segment
 * @strip: the strip, below the segment's number of strips
 * @range: the strip's device range, all of it
 *
 * Context: Any.
 */
void famfs_map_strip(const struct famfs_map *map, u32 index, u32 strip,
		     struct famfs_range *range)
{
	entry_range(&map->seg[map->seg[index].addr + strip], range);
}
EXPORT_SYMBOL_GPL(famfs_map_strip);

/**
 * famfs_map_next_range() - next device range that a map takes
 * @map: the map
 * @entry: state of the walk; start with 0
 * @range: the range: a linear segment, or a strip with all its length
 *
 * Context: Any.
 * Return: true if there was one more.
 */
bool famfs_map_next_range(const struct famfs_map *map, u32 *entry,
			  struct famfs_range *range)
{
	while (*entry < map->nr_segments)
		if (famfs_map_segment(map, (*entry)++, range))
			return true;
	if (*entry >= map->nr_segments + map->nr_strips)
		return false;
	entry_range(&map->seg[(*entry)++], range);
	return true;
}
EXPORT_SYMBOL_GPL(famfs_map_next_range);
