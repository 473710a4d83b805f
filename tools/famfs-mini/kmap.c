// SPDX-License-Identifier: GPL-2.0
/*
 * Maps as the kernel takes and gives them: the only code that asks it.
 *
 * This is version 1 of the interface: simple extents of the first device, as
 * many as a structure of fixed size holds.
 */
#include <errno.h>
#include <sys/ioctl.h>

#include "kmap.h"

bool kmap_fits(const struct famfs_map *map)
{
	return map->nr_segments <= FAMFS_MAX_EXTENTS;
}

/* Whether the kernel takes @fd for a famfs file; like ioctl(2). */
int kmap_probe(int fd)
{
	return ioctl(fd, FAMFSIOC_NOP);
}

/* Install a map for which kmap_fits() is true; like ioctl(2). */
int kmap_create(int fd, const struct famfs_map *map)
{
	struct famfs_ioc_map arg = {
		.extent_type = SIMPLE_DAX_EXTENT,
		.file_type = map->file_type,
		.file_size = map->size,
		.ext_list_count = map->nr_segments,
	};
	struct famfs_range range;
	u32 i;

	for (i = 0; i < map->nr_segments; i++) {
		famfs_map_segment(map, i, &range);
		arg.ext_list[i].offset = range.addr;
		arg.ext_list[i].len = range.length;
	}
	return ioctl(fd, FAMFSIOC_MAP_CREATE, &arg);
}

/*
 * The map of a famfs file, to be freed with famfs_map_free(), or NULL and
 * errno: EINVAL if it has none, EOVERFLOW if it has too many extents for this
 * interface, EPROTO if the kernel's answer makes no sense.
 */
struct famfs_map *kmap_get(int fd)
{
	struct famfs_ioc_map arg = {};
	struct famfs_map *map;
	u64 i;

	if (ioctl(fd, FAMFSIOC_MAP_GET, &arg))
		return NULL;
	map = famfs_map_alloc(FAMFS_MAX_EXTENTS);
	if (!map)
		return NULL;
	if (arg.extent_type != SIMPLE_DAX_EXTENT || !arg.ext_list_count ||
	    arg.ext_list_count > FAMFS_MAX_EXTENTS)
		goto nonsense;
	for (i = 0; i < arg.ext_list_count; i++)
		if (famfs_map_append(map, 0, arg.ext_list[i].offset,
				     arg.ext_list[i].len))
			goto nonsense;
	map->file_type = arg.file_type;
	map->size = arg.file_size;
	return map;

nonsense:
	famfs_map_free(map);
	errno = EPROTO;
	return NULL;
}

/* The same file; neighbours are merged in both, so one layout has one map. */
bool kmap_equal(const struct famfs_map *a, const struct famfs_map *b)
{
	struct famfs_range x, y;
	u32 i;

	if (a->size != b->size || a->file_type != b->file_type ||
	    a->nr_segments != b->nr_segments)
		return false;
	for (i = 0; i < a->nr_segments; i++) {
		famfs_map_segment(a, i, &x);
		famfs_map_segment(b, i, &y);
		if (x.dev != y.dev || x.addr != y.addr || x.length != y.length)
			return false;
	}
	return true;
}
