// SPDX-License-Identifier: GPL-2.0
/*
 * Maps as the kernel takes and gives them.
 *
 * Version 1 of the interface, which every kernel module has, knows simple
 * extents of the first device, as many as a structure of fixed size holds.
 * Version 2 takes every map, but gives no more than a structure of fixed size
 * holds either; the rest is told by FIEMAP, for lists of any length, which knows
 * neither strips nor file types and gives the last extent in whole pages.
 */
#include <errno.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "famfs-mini.h"

bool on_famfs(int fd)
{
	struct statfs fs;

	return !fstatfs(fd, &fs) && (u32)fs.f_type == FAMFS_MAGIC;
}

bool kmap_fits_v1(const struct famfs_map *map)
{
	u32 i;

	for (i = 0; i < map->nr_segments; i++)
		if (i == FAMFS_MAX_EXTENTS || map->seg[i].dev || map->nr_strips)
			return false;
	return true;
}

/* Whether the kernel takes @fd for a famfs file; like ioctl(2). */
int kmap_probe(int fd)
{
	return ioctl(fd, FAMFSIOC_NOP);
}

static int create_v1(int fd, const struct famfs_map_request *request)
{
	struct famfs_ioc_map arg = {
		.extent_type = SIMPLE_DAX_EXTENT,
		.file_type = request->file_type,
		.file_size = request->file_size,
		.ext_list_count = request->nr_extents,
	};
	u32 i;

	for (i = 0; i < request->nr_extents; i++) {
		arg.ext_list[i].offset = request->simple[i].offset;
		arg.ext_list[i].len = request->simple[i].len;
	}
	return ioctl(fd, FAMFSIOC_MAP_CREATE, &arg);
}

static int create_v2(int fd, const struct famfs_map_request *request)
{
	struct famfs_ioc_fmap arg = {
		.fioc_file_size = request->file_size,
		.fioc_file_type = request->file_type,
		.fioc_ext_type = request->ext_type,
	};

	if (request->ext_type == FAMFS_IOC_EXT_INTERLEAVE) {
		arg.fioc_niext = request->nr_extents;
		arg.kie = (void *)request->interleaved;
	} else {
		arg.fioc_nextents = request->nr_extents;
		arg.kse = (void *)request->simple;
	}
	return ioctl(fd, FAMFSIOC_MAP_CREATE_V2, &arg);
}

/* Install a map from famfs_map_build(); like ioctl(2). */
int kmap_create(int fd, const struct famfs_map *map)
{
	struct famfs_map_request request;
	struct map_file file;
	int status;

	map_file_fill(&file, map);
	request = map_file_request(&file, map->file_type);
	status = (kmap_fits_v1(map) ? create_v1 : create_v2)(fd, &request);
	map_request_free(&request);
	map_file_free(&file);
	return status;
}

/* Check what a kernel that may not be ours says, and make a map of it. */
static struct famfs_map *answer(const struct famfs_map_request *request, u32 most)
{
	u64 sizes[FAMFS_MAX_DEVICES];
	struct famfs_limits limits = limits_of(sizes, most, FAMFS_MAX_DEVICES, U64_MAX);
	struct famfs_reason reason;

	if (!famfs_map_validate(request, &limits, &reason))
		return famfs_map_build(request);
	errno = EPROTO;
	return NULL;
}

static struct famfs_map *get_v1(int fd)
{
	struct famfs_ioc_simple_extent list[FAMFS_MAX_EXTENTS] = {};
	struct famfs_ioc_map arg = {};
	struct famfs_map_request request = { .simple = list };
	u32 i;

	if (ioctl(fd, FAMFSIOC_MAP_GET, &arg))
		return NULL;
	if (arg.extent_type == INTERLEAVED_EXTENT) {
		errno = EOVERFLOW;
		return NULL;
	}
	for (i = 0; i < FAMFS_MAX_EXTENTS; i++) {
		list[i].offset = arg.ext_list[i].offset;
		list[i].len = arg.ext_list[i].len;
	}
	request.file_size = arg.file_size;
	request.file_type = arg.file_type;
	/* Both know SIMPLE_DAX_EXTENT as 0. */
	request.ext_type = arg.extent_type;
	request.nr_extents = min(arg.ext_list_count, FAMFS_MAX_EXTENTS + 1ULL);
	return answer(&request, FAMFS_MAX_EXTENTS);
}

static struct famfs_map *get_v2(int fd)
{
	struct famfs_ioc_get_fmap arg = {};
	struct famfs_map_request request = {};

	if (ioctl(fd, FAMFSIOC_MAP_GET_V2, &arg))
		return NULL;
	request.file_size = arg.iocmap.fioc_file_size;
	request.file_type = arg.iocmap.fioc_file_type;
	request.ext_type = arg.iocmap.fioc_ext_type;
	if (request.ext_type != FAMFS_IOC_EXT_INTERLEAVE) {
		request.nr_extents = arg.iocmap.fioc_nextents;
		request.simple = arg.ikse;
		return answer(&request, FAMFS_MAX_EXTENTS);
	}
	request.nr_extents = arg.iocmap.fioc_niext;
	request.interleaved = &arg.ks.ikie;
	arg.ks.ikie.ie_strips = arg.ks.kie_strips;
	return answer(&request, 1);
}

/* EOVERFLOW for a map that a structure of fixed size cannot hold. */
static struct famfs_map *get_listed(int fd)
{
	struct famfs_map *map = get_v1(fd);

	return map || errno != EOVERFLOW ? map : get_v2(fd);
}

#define BATCH 1024

/* A walk over the extents that FIEMAP tells: now at @range, which is at @pos. */
struct layout {
	int fd;
	u64 pos;
	struct famfs_range range;
	u32 next;
	union {
		struct fiemap batch;
		char room[sizeof(struct fiemap) + BATCH * sizeof(struct fiemap_extent)];
	};
};

/* Go to the next one.  False with an errno, which is 0 at the end. */
static bool layout_next(struct layout *layout)
{
	struct fiemap *batch = &layout->batch;
	const struct fiemap_extent *extent;
	u64 end;

	errno = 0;
	layout->pos += layout->range.length;
	if (layout->next == batch->fm_mapped_extents) {
		layout->next = 0;
		batch->fm_start = layout->pos;
		batch->fm_length = FIEMAP_MAX_OFFSET - layout->pos;
		batch->fm_extent_count = BATCH;
		if (ioctl(layout->fd, FS_IOC_FIEMAP, batch) || !batch->fm_mapped_extents)
			return false;
	}
	extent = &batch->fm_extents[layout->next++];
	layout->range.dev = extent->fe_physical >> FAMFS_FIEMAP_DEVICE_SHIFT;
	layout->range.addr = extent->fe_physical &
			     ((1ULL << FAMFS_FIEMAP_DEVICE_SHIFT) - 1);
	layout->range.length = extent->fe_length;
	if (extent->fe_logical != layout->pos || !extent->fe_length ||
	    __builtin_add_overflow(layout->pos, extent->fe_length, &end))
		errno = EPROTO;
	return !errno;
}

/*
 * The layout as a map of simple extents, which may end up to a page later, or
 * NULL and errno: EOVERFLOW if there are more extents than a map may have.
 */
static struct famfs_map *layout_get(int fd)
{
	struct famfs_map *map = famfs_map_alloc(FAMFS_MAP_MAX_EXTENTS);
	struct layout layout = { .fd = fd };
	struct famfs_range *range = &layout.range;
	struct stat st;
	int err = 0;

	if (!map || fstat(fd, &st))
		goto fail;
	while (!err && layout_next(&layout))
		err = famfs_map_append(map, range->dev, range->addr, range->length);
	if (err)
		errno = err == -ENOSPC ? EOVERFLOW : EPROTO;
	else if (!errno && (map->length < (u64)st.st_size || !map->length))
		errno = EPROTO;
	if (errno)
		goto fail;
	map->size = st.st_size;
	return map;

fail:
	famfs_map_free(map);
	return NULL;
}

/* 0 if the file's bytes are where the map has them, 1 if not, -1 and errno. */
static int layout_compare(int fd, const struct famfs_map *map)
{
	struct layout layout = { .fd = fd };
	struct famfs_range *there = &layout.range, here;
	struct stat st;
	u64 done;

	if (fstat(fd, &st))
		return -1;
	if ((u64)st.st_size != map->size)
		return 1;
	while (layout_next(&layout))
		for (done = 0; done < there->length && layout.pos + done < map->size;
		     done += here.length)
			if (famfs_map_resolve(map, layout.pos + done,
					      there->length - done, &here) ||
			    here.dev != there->dev || here.addr != there->addr + done)
				return 1;
	return errno ? -1 : 0;
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

/* The same file; neighbours are merged in both, so one layout has one map. */
bool kmap_equal(const struct famfs_map *a, const struct famfs_map *b)
{
	const struct famfs_segment *x = a->seg, *y = b->seg, *end;

	if (a->size != b->size || a->length != b->length ||
	    a->file_type != b->file_type || a->nr_segments != b->nr_segments ||
	    a->nr_strips != b->nr_strips)
		return false;
	for (end = x + a->nr_segments + a->nr_strips; x < end; x++, y++)
		if (x->start != y->start || x->addr != y->addr || x->dev != y->dev ||
		    x->nr_strips != y->nr_strips || x->chunk_shift != y->chunk_shift)
			return false;
	return true;
}

/* 0 if a famfs file has this map, 1 if not, -1 and errno as kmap_get(). */
int kmap_compare(int fd, const struct famfs_map *map)
{
	struct famfs_map *got = get_listed(fd);
	bool same;

	if (!got)
		return errno == EOVERFLOW ? layout_compare(fd, map) : -1;
	same = kmap_equal(got, map);
	famfs_map_free(got);
	return !same;
}
