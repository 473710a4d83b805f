// SPDX-License-Identifier: GPL-2.0
/*
 * Maps as the kernel takes and gives them.
 *
 * Version 1 of the interface, which every kernel module has, knows simple
 * extents of the first device, as many as a structure of fixed size holds.
 * Version 2 takes every map, but gives no more than a structure of fixed size
 * holds either; the rest is told by FIEMAP.
 */
#include <errno.h>
#include <sys/ioctl.h>

#include "kmap.h"
#include "layout.h"
#include "utils.h"

bool kmap_fits_v1(const struct famfs_map *map)
{
	u32 i;

	if (map->nr_segments > FAMFS_MAX_EXTENTS || map->nr_strips)
		return false;
	for (i = 0; i < map->nr_segments; i++)
		if (map->seg[i].dev)
			return false;
	return true;
}

/* Whether the kernel takes @fd for a famfs file; like ioctl(2). */
int kmap_probe(int fd)
{
	return ioctl(fd, FAMFSIOC_NOP);
}

static int create_v1(int fd, const struct famfs_map *map)
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

static struct famfs_ioc_simple_extent simple_extent(struct famfs_range range)
{
	return (struct famfs_ioc_simple_extent) {
		.devindex = range.dev,
		.offset = range.addr,
		.len = range.length,
	};
}

static int create_simple(int fd, const struct famfs_map *map)
{
	struct famfs_ioc_fmap arg = {
		.fioc_file_size = map->size,
		.fioc_file_type = map->file_type,
		.fioc_ext_type = FAMFS_IOC_EXT_SIMPLE,
		.fioc_nextents = map->nr_segments,
	};
	struct famfs_range range;
	int status, error;
	u32 i;

	arg.kse = xcalloc(map->nr_segments, sizeof(*arg.kse));
	for (i = 0; i < map->nr_segments; i++) {
		famfs_map_segment(map, i, &range);
		arg.kse[i] = simple_extent(range);
	}
	status = ioctl(fd, FAMFSIOC_MAP_CREATE_V2, &arg);
	error = errno;
	free(arg.kse);
	errno = error;
	return status;
}

static int create_striped(int fd, const struct famfs_map *map)
{
	struct famfs_ioc_interleaved_ext ext[FAMFS_IOC_MAX_INTERLEAVED_EXTENTS];
	struct famfs_ioc_simple_extent
		strips[FAMFS_IOC_MAX_INTERLEAVED_EXTENTS][FAMFS_MAX_STRIPS];
	struct famfs_ioc_fmap arg = {
		.fioc_file_size = map->size,
		.fioc_file_type = map->file_type,
		.fioc_ext_type = FAMFS_IOC_EXT_INTERLEAVE,
		.fioc_niext = map->nr_segments,
		.kie = ext,
	};
	struct famfs_range range;
	u32 i, strip;

	for (i = 0; i < map->nr_segments; i++) {
		famfs_map_interleaved(map, i, &ext[i]);
		ext[i].ie_strips = strips[i];
		for (strip = 0; strip < ext[i].ie_nstrips; strip++) {
			famfs_map_strip(map, i, strip, &range);
			strips[i][strip] = simple_extent(range);
		}
	}
	return ioctl(fd, FAMFSIOC_MAP_CREATE_V2, &arg);
}

/* Install a map from famfs_map_build(); like ioctl(2). */
int kmap_create(int fd, const struct famfs_map *map)
{
	if (kmap_fits_v1(map))
		return create_v1(fd, map);
	return map->nr_strips ? create_striped(fd, map) :
	       create_simple(fd, map);
}

/* Check what a kernel that may not be ours says, and make a map of it. */
static struct famfs_map *answer(const struct famfs_map_request *request)
{
	u64 sizes[FAMFS_MAX_DEVICES];
	const struct famfs_limits limits = {
		.max_extents = FAMFS_MAP_MAX_EXTENTS,
		.nr_devices = FAMFS_MAX_DEVICES,
		.device_size = sizes,
	};
	struct famfs_reason reason;
	struct famfs_map *map;
	u32 i;

	for (i = 0; i < FAMFS_MAX_DEVICES; i++)
		sizes[i] = U64_MAX;
	if (famfs_map_validate(request, &limits, &reason)) {
		errno = EPROTO;
		return NULL;
	}
	map = famfs_map_build(request);
	if (!map)
		errno = ENOMEM;
	return map;
}

static struct famfs_map *get_v1(int fd)
{
	struct famfs_ioc_simple_extent list[FAMFS_MAX_EXTENTS] = {};
	struct famfs_ioc_map arg = {};
	struct famfs_map_request request = {
		.ext_type = FAMFS_IOC_EXT_SIMPLE,
		.simple = list,
	};
	u64 i;

	if (ioctl(fd, FAMFSIOC_MAP_GET, &arg))
		return NULL;
	if (arg.extent_type == INTERLEAVED_EXTENT) {
		errno = EOVERFLOW;
		return NULL;
	}
	if (arg.extent_type != SIMPLE_DAX_EXTENT ||
	    arg.ext_list_count > FAMFS_MAX_EXTENTS) {
		errno = EPROTO;
		return NULL;
	}
	for (i = 0; i < arg.ext_list_count; i++) {
		list[i].offset = arg.ext_list[i].offset;
		list[i].len = arg.ext_list[i].len;
	}
	request.file_size = arg.file_size;
	request.file_type = arg.file_type;
	request.nr_extents = arg.ext_list_count;
	return answer(&request);
}

static struct famfs_map *get_v2(int fd)
{
	struct famfs_ioc_get_fmap arg = {};
	struct famfs_map_request request = {};
	u32 most = FAMFS_MAX_EXTENTS;

	if (ioctl(fd, FAMFSIOC_MAP_GET_V2, &arg))
		return NULL;
	request.file_size = arg.iocmap.fioc_file_size;
	request.file_type = arg.iocmap.fioc_file_type;
	request.ext_type = arg.iocmap.fioc_ext_type;
	if (request.ext_type == FAMFS_IOC_EXT_INTERLEAVE) {
		most = 1;
		request.nr_extents = arg.iocmap.fioc_niext;
		request.interleaved = &arg.ks.ikie;
		arg.ks.ikie.ie_strips = arg.ks.kie_strips;
	} else {
		request.nr_extents = arg.iocmap.fioc_nextents;
		request.simple = arg.ikse;
	}
	if (request.nr_extents > most) {
		errno = EPROTO;
		return NULL;
	}
	return answer(&request);
}

/* EOVERFLOW for a map that a structure of fixed size cannot hold. */
static struct famfs_map *get_listed(int fd)
{
	struct famfs_map *map = get_v1(fd);

	return map || errno != EOVERFLOW ? map : get_v2(fd);
}

/*
 * The map of a famfs file, to be freed with famfs_map_free(), or NULL and
 * errno: EINVAL if it has none, EOVERFLOW if it has too many extents, EPROTO
 * if the kernel's answer makes no sense.
 *
 * What neither version of the interface gives comes as layout_get() has it.
 */
struct famfs_map *kmap_get(int fd)
{
	struct famfs_map *map = get_listed(fd);

	return map || errno != EOVERFLOW ? map : layout_get(fd);
}

static bool same_range(const struct famfs_range *x, const struct famfs_range *y)
{
	return x->dev == y->dev && x->addr == y->addr && x->length == y->length;
}

static bool same_strips(const struct famfs_map *a, const struct famfs_map *b,
			u32 index)
{
	struct famfs_ioc_interleaved_ext x, y;
	struct famfs_range in_a, in_b;
	u32 i;

	if (!famfs_map_interleaved(a, index, &x) ||
	    !famfs_map_interleaved(b, index, &y) ||
	    x.ie_nstrips != y.ie_nstrips ||
	    x.ie_chunk_size != y.ie_chunk_size || x.ie_nbytes != y.ie_nbytes)
		return false;
	for (i = 0; i < x.ie_nstrips; i++) {
		famfs_map_strip(a, index, i, &in_a);
		famfs_map_strip(b, index, i, &in_b);
		if (!same_range(&in_a, &in_b))
			return false;
	}
	return true;
}

static bool same_segment(const struct famfs_map *a, const struct famfs_map *b,
			 u32 index)
{
	struct famfs_range x, y;

	if (!famfs_map_segment(a, index, &x))
		return same_strips(a, b, index);
	return famfs_map_segment(b, index, &y) && same_range(&x, &y);
}

/* The same file; neighbours are merged in both, so one layout has one map. */
bool kmap_equal(const struct famfs_map *a, const struct famfs_map *b)
{
	u32 i;

	if (a->size != b->size || a->file_type != b->file_type ||
	    a->nr_segments != b->nr_segments)
		return false;
	for (i = 0; i < a->nr_segments; i++)
		if (!same_segment(a, b, i))
			return false;
	return true;
}

/* 0 if a famfs file has this map, 1 if not, -1 and errno as kmap_get(). */
int kmap_compare(int fd, const struct famfs_map *map)
{
	struct famfs_map *got = get_listed(fd);
	bool same;

	if (!got && errno == EOVERFLOW)
		return layout_compare(fd, map);
	if (!got)
		return -1;
	same = kmap_equal(got, map);
	famfs_map_free(got);
	return !same;
}
