// SPDX-License-Identifier: GPL-2.0
/*
 * famfs extent library: maps in the structure of fixed size of the first ioctls.
 */
#include "internal.h"

/**
 * famfs_request_v1() - the request that a structure of fixed size makes
 * @arg: the structure
 * @req: the request; its list is @list
 * @list: room for the extents
 *
 * Says nothing about the extents themselves.
 *
 * Context: Any.
 * Return: 0, -EINVAL if @arg is not of the simple type, -E2BIG if it says that it
 * has more extents than it can hold.
 */
int famfs_request_v1(const struct famfs_ioc_map *arg,
		     struct famfs_map_request *req,
		     struct famfs_ioc_simple_extent list[FAMFS_MAX_EXTENTS])
{
	u32 i;

	/* Its enum of types is not that of a request, and knows this one. */
	if (arg->extent_type != SIMPLE_DAX_EXTENT)
		return -EINVAL;
	if (arg->ext_list_count > FAMFS_MAX_EXTENTS)
		return -E2BIG;
	*req = (struct famfs_map_request) {
		.file_size = arg->file_size,
		.file_type = arg->file_type,
		.ext_type = FAMFS_IOC_EXT_SIMPLE,
		.nr_extents = arg->ext_list_count,
		.simple = list,
	};
	for (i = 0; i < arg->ext_list_count; i++)
		list[i] = (struct famfs_ioc_simple_extent) {
			.offset = arg->ext_list[i].offset,
			.len = arg->ext_list[i].len,
		};
	return 0;
}
EXPORT_SYMBOL_GPL(famfs_request_v1);

/**
 * famfs_map_v1() - tell a map in a structure of fixed size
 * @map: the map
 * @arg: the structure; of a map with strips it has the type and no extent
 *
 * Context: Any.
 * Return: 0, or -EOVERFLOW if the map has more extents than there is room for, or
 * one that is not on the first device.
 */
int famfs_map_v1(const struct famfs_map *map, struct famfs_ioc_map *arg)
{
	struct famfs_range range;
	u32 i;

	*arg = (struct famfs_ioc_map) {
		.extent_type = map->nr_strips ? INTERLEAVED_EXTENT :
			       SIMPLE_DAX_EXTENT,
		.file_type = map->file_type,
		.file_size = map->size,
	};
	if (map->nr_strips)
		return 0;
	if (map->nr_segments > FAMFS_MAX_EXTENTS)
		return -EOVERFLOW;
	for (i = 0; i < map->nr_segments; i++) {
		famfs_map_segment(map, i, &range);
		if (range.dev)
			return -EOVERFLOW;
		arg->ext_list[i].offset = range.addr;
		arg->ext_list[i].len = range.length;
	}
	arg->ext_list_count = map->nr_segments;
	return 0;
}
EXPORT_SYMBOL_GPL(famfs_map_v1);
