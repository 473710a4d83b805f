// SPDX-License-Identifier: GPL-2.0
/*
 * Maps as the kernel takes and gives them, and mounts as /proc tells of them.
 * Version 1 of the interface, which every kernel module has, knows simple extents of the
 * first device, as many as a structure of fixed size holds.  Version 2 takes every map,
 * but gives no more than such a structure holds either; the rest is told by FIEMAP, which
 * knows neither strips nor file types and gives the last extent in whole pages.
 */
#include <linux/fiemap.h>
#include <linux/fs.h>

#include "famfs-mini.h"

bool on_famfs(int fd)
{
	struct statfs fs;

	return !fstatfs(fd, &fs) && (u32)fs.f_type == FAMFS_MAGIC;
}

/* Install the map of a valid document; like ioctl(2). */
int kmap_create(int fd, const struct map_file *file)
{
	struct famfs_ioc_fmap arg = {
		.fioc_file_size = file->request.file_size,
		.fioc_file_type = file->request.file_type,
		.fioc_ext_type = file->request.ext_type,
		.fioc_nextents = file->request.nr_extents,	/* or fioc_niext */
		.kse = (void *)file->request.simple,		/* or kie */
	};
	struct famfs_ioc_map v1;

	if (!famfs_map_v1(file->map, &v1) && v1.ext_list_count)
		return ioctl(fd, FAMFSIOC_MAP_CREATE, &v1);
	return ioctl(fd, FAMFSIOC_MAP_CREATE_V2, &arg);
}

/* Ranges of a structure that has room for @most of them. */
static bool add_ranges(struct list *list, const struct famfs_ioc_simple_extent *range,
		       u64 nr, u64 most)
{
	if (nr > most)
		return false;
	while (nr--)
		memcpy(list_add(list, sizeof(*range)), range++, sizeof(*range));
	return true;
}

static bool get_v1(int fd, struct map_file *file)
{
	struct famfs_ioc_simple_extent list[FAMFS_MAX_EXTENTS];
	struct famfs_ioc_map arg;

	if (ioctl(fd, FAMFSIOC_MAP_GET, &arg))
		return false;
	errno = arg.extent_type == INTERLEAVED_EXTENT ? EOVERFLOW : EPROTO;
	return !famfs_request_v1(&arg, &file->request, list) &&
	       add_ranges(&file->extents, list, arg.ext_list_count, FAMFS_MAX_EXTENTS);
}

static bool get_v2(int fd, struct map_file *file)
{
	struct famfs_ioc_get_fmap arg;
	struct map_stripes *stripes;

	if (ioctl(fd, FAMFSIOC_MAP_GET_V2, &arg))
		return false;
	errno = EPROTO;
	file->request.file_size = arg.iocmap.fioc_file_size;
	file->request.file_type = arg.iocmap.fioc_file_type;
	if (arg.iocmap.fioc_ext_type != FAMFS_IOC_EXT_INTERLEAVE)
		return add_ranges(&file->extents, arg.ikse, arg.iocmap.fioc_nextents,
				  FAMFS_MAX_EXTENTS);
	stripes = list_add(&file->stripes, sizeof(*stripes));
	stripes->ext = arg.ks.ikie;
	/* Upstream's tools do not know it, and mostly it says nothing new. */
	stripes->has_nbytes = arg.ks.ikie.ie_nbytes != file->request.file_size;
	return add_ranges(&stripes->strips, arg.ks.kie_strips, arg.ks.ikie.ie_nstrips,
			  FAMFS_MAX_STRIPS);
}

/* EPROTO is for what a kernel that may not be ours says and no map can be. */
static bool get_listed(int fd, struct map_file *file)
{
	if (!get_v1(fd, file) && (errno != EOVERFLOW || !get_v2(fd, file)))
		return false;
	errno = EPROTO;
	return map_file_build(file, FAMFS_MAX_DEVICES, U64_MAX);
}

/* Add an extent that begins at @pos of the file to a layout.  False if it cannot be. */
static bool add_extent(struct list *list, const struct fiemap_extent *ext, u64 *pos)
{
	const struct famfs_ioc_simple_extent range = {
		.devindex = ext->fe_physical >> FAMFS_FIEMAP_DEVICE_SHIFT,
		.offset = ext->fe_physical & ((1ULL << FAMFS_FIEMAP_DEVICE_SHIFT) - 1),
		.len = ext->fe_length,
	};
	struct famfs_ioc_simple_extent *last = list->at;

	if (ext->fe_logical != *pos || !range.len ||
	    __builtin_add_overflow(*pos, range.len, pos))
		return false;
	last += list->nr - 1;
	if (!list->nr || last->devindex != range.devindex ||
	    last->offset + last->len != range.offset)
		return add_ranges(list, &range, 1, 1);
	last->len += range.len;
	return true;
}

/* As a list of simple extents that may end up to a page too late. */
#define BATCH 1024
static bool get_layout(int fd, struct map_file *file)
{
	struct fiemap *batch = alloca(struct_size(batch, fm_extents, BATCH));
	struct stat st;
	u64 pos = 0;

	if (fstat(fd, &st))
		return false;
	file->request.file_size = st.st_size;
	do {
		*batch = (struct fiemap) { .fm_start = pos, .fm_extent_count = BATCH };
		batch->fm_length = FIEMAP_MAX_OFFSET - pos;
		if (ioctl(fd, FS_IOC_FIEMAP, batch))
			return false;
		errno = EPROTO;
		for (u32 i = 0; i < batch->fm_mapped_extents; i++)
			if (!add_extent(&file->extents, &batch->fm_extents[i], &pos))
				return false;
	} while (batch->fm_mapped_extents);
	return pos && pos >= file->request.file_size;
}

/* False and errno: EINVAL: no map; EOVERFLOW: too many extents; EPROTO: no sense. */
bool kmap_get(int fd, struct map_file *file)
{
	if (!get_listed(fd, file)) {
		if (errno != EOVERFLOW || !get_layout(fd, file))
			return false;
		file->request.nr_extents = file->extents.nr;
		file->request.simple = file->extents.at;
		errno = EOVERFLOW;
		file->map = famfs_map_build(&file->request);
	}
	file->nextents = file->extents.nr + file->stripes.nr;
	file->has_nextents = true;
	return file->map;
}

/* Whether the map has the same memory in the same places, also behind the file's end. */
static bool same_layout(const struct map_file *layout, const struct famfs_map *map)
{
	const struct famfs_ioc_simple_extent *ext = layout->extents.at;
	const struct famfs_ioc_simple_extent *end = ext + layout->extents.nr;
	struct famfs_range range;
	u64 pos, start = 0;

	for (pos = 0; pos < map->length; pos += range.length) {
		if (pos == start + ext->len)
			start += ext++->len;
		if (ext == end)
			return false;
		famfs_map_resolve(map, pos, start + ext->len - pos, &range);
		if (range.dev != ext->devindex || range.addr != ext->offset + pos - start)
			return false;
	}
	/* The last extent was told in whole pages. */
	return ext + 1 == end && start + ext->len - pos < (u64)getpagesize();
}

/* 0 if a famfs file has this map, 1 if not, -1 and errno as kmap_get(). */
int kmap_compare(int fd, const struct famfs_map *map)
{
	struct map_file got = {};
	int differs = -1;

	/* One layout has one map: neighbours are merged, what is not used is 0. */
	if (get_listed(fd, &got))
		differs = got.map->nr_entries != map->nr_entries ||
			  memcmp(got.map, map, struct_size(map, seg, map->nr_entries));
	else if (errno == EOVERFLOW && get_layout(fd, &got))
		differs = got.request.file_size != map->size || !same_layout(&got, map);
	map_file_free(&got);
	return differs;
}

/* In /proc, characters that have a meaning there come as \ooo, and so do backslashes. */
static char *unescape(char *text)
{
	unsigned int c;

	for (char *at = text; (at = strchr(at, '\\')); at++)
		if (sscanf(at, "\\%3o", &c) == 1) {
			*at = c;
			memmove(at + 1, at + 4, strlen(at + 4) + 1);
		}
	return text;
}

/* Take apart "ID PARENT DEVICE ROOT DIRECTORY FLAGS [TAG...] - TYPE SOURCE OPTIONS". */
#define OPTION "daxdev="
static void parse_line(struct mount *mount, char *fields)
{
	char *rest = strstr(fields, " - ") + 3, *option;

	for (int i = 0; i < 5; i++)
		mount->directory = unescape(strsep(&fields, " "));
	strsep(&rest, " ");
	mount->device[mount->nr_devices++] = unescape(strsep(&rest, " "));
	while ((option = strsep(&rest, ",\n")))
		if (!strncmp(option, OPTION, strlen(OPTION)) &&
		    mount->nr_devices < FAMFS_MAX_DEVICES)
			mount->device[mount->nr_devices++] =
				unescape(option + strlen(OPTION));
}

/* The mount that a file is in, up to the next call.  False and errno if unknown. */
bool mount_find(struct mount *mount, int fd)
{
	static char *line;	/* what the names are in */
	static size_t size;
	struct statx stx;
	FILE *list;

	*mount = (struct mount) {};
	list = statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &stx) ? NULL :
	       fopen("/proc/self/mountinfo", "re");
	if (!list)
		return false;
	errno = ENOENT;
	while (!mount->nr_devices && getline(&line, &size, list) > 0)
		if (strtoull(line, NULL, 10) == stx.stx_mnt_id)
			parse_line(mount, line);
	fclose(list);
	return mount->nr_devices;
}
