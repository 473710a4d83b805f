/* SPDX-License-Identifier: GPL-2.0 */
/* What the library takes from its surroundings: the kernel, or user space. */
#ifndef _FAMFS_EXTENT_INTERNAL_H
#define _FAMFS_EXTENT_INTERNAL_H

#ifdef __KERNEL__
#include <linux/align.h>
#include <linux/compiler_types.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/limits.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/sprintf.h>
#endif
#include <linux/famfs_extent.h>

/* A segment ends where the next one starts, the last one with the map. */
static inline u64 segment_end(const struct famfs_map *map,
			      const struct famfs_segment *seg)
{
	if (seg + 1 < map->seg + map->nr_segments)
		return seg[1].start;
	return map->length;
}

int famfs_compare_claims(const void *a, const void *b);
int famfs_check_overlap(const struct famfs_map_request *req,
			struct famfs_reason *reason);

#endif /* _FAMFS_EXTENT_INTERNAL_H */
