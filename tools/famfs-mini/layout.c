// SPDX-License-Identifier: GPL-2.0
/*
 * Where a file's bytes are, as FIEMAP tells: of a list of any length.
 *
 * It knows neither strips nor file types, and gives the last extent in whole
 * pages.
 */
#include <errno.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "layout.h"
#include "utils.h"

/* Extents to ask for at once. */
#define BATCH 1024

/* What to do with an extent: 0 to go on, else the result of the walk. */
typedef int (*layout_visit)(const struct fiemap_extent *extent, void *context);

/* Walk over the extents from @*pos on, one batch.  -1 and errno on failure. */
static int walk_batch(int fd, struct fiemap *batch, u64 *pos,
		      layout_visit visit, void *context)
{
	const struct fiemap_extent *extent;
	int result;
	u32 i;

	batch->fm_start = *pos;
	batch->fm_length = FIEMAP_MAX_OFFSET - *pos;
	batch->fm_flags = 0;
	batch->fm_extent_count = BATCH;
	if (ioctl(fd, FS_IOC_FIEMAP, batch))
		return -1;
	for (i = 0; i < batch->fm_mapped_extents; i++) {
		extent = &batch->fm_extents[i];
		if (extent->fe_logical != *pos || !extent->fe_length ||
		    __builtin_add_overflow(*pos, extent->fe_length, pos)) {
			errno = EPROTO;
			return -1;
		}
		result = visit(extent, context);
		if (result)
			return result;
	}
	return 0;
}

static int walk(int fd, layout_visit visit, void *context)
{
	struct fiemap *batch;
	int result, error;
	u64 pos = 0;

	batch = xcalloc(1, struct_size(batch, fm_extents, BATCH));
	do {
		result = walk_batch(fd, batch, &pos, visit, context);
	} while (!result && batch->fm_mapped_extents);
	error = errno;
	free(batch);
	errno = error;
	return result;
}

static u32 device_of(const struct fiemap_extent *extent)
{
	return extent->fe_physical >> FAMFS_FIEMAP_DEVICE_SHIFT;
}

static u64 offset_of(const struct fiemap_extent *extent)
{
	return extent->fe_physical & ((1ULL << FAMFS_FIEMAP_DEVICE_SHIFT) - 1);
}

/* Takes the map as context. */
static int append(const struct fiemap_extent *extent, void *context)
{
	int err = famfs_map_append(context, device_of(extent),
				   offset_of(extent), extent->fe_length);

	if (!err)
		return 0;
	errno = err == -ENOSPC ? EOVERFLOW : EPROTO;
	return -1;
}

/*
 * The layout as a map of simple extents, which may end up to a page later, or
 * NULL and errno: EOVERFLOW if there are more extents than a map may have.
 */
struct famfs_map *layout_get(int fd)
{
	struct famfs_map *map;
	struct stat st;

	if (fstat(fd, &st))
		return NULL;
	map = famfs_map_alloc(FAMFS_MAP_MAX_EXTENTS);
	if (!map)
		return NULL;
	if (walk(fd, append, map))
		goto fail;
	if (map->length < (u64)st.st_size || !map->length) {
		errno = EPROTO;
		goto fail;
	}
	map->size = st.st_size;
	return map;

fail:
	famfs_map_free(map);
	return NULL;
}

/* Is each byte of the file below the map's size where the map has it? */
static int differs(const struct fiemap_extent *extent, void *context)
{
	u64 done, length = extent->fe_length, pos = extent->fe_logical;
	const struct famfs_map *map = context;
	struct famfs_range range;

	for (done = 0; done < length && pos + done < map->size;
	     done += range.length)
		if (famfs_map_resolve(map, pos + done, length - done, &range) ||
		    range.dev != device_of(extent) ||
		    range.addr != offset_of(extent) + done)
			return 1;
	return 0;
}

/* 0 if the file's bytes are where the map has them, 1 if not, -1 and errno. */
int layout_compare(int fd, const struct famfs_map *map)
{
	struct stat st;

	if (fstat(fd, &st))
		return -1;
	if ((u64)st.st_size != map->size)
		return 1;
	return walk(fd, differs, (void *)map);
}
