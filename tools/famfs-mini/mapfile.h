/* SPDX-License-Identifier: GPL-2.0 */
/* Map files: what they say, and whether that is allowed. */
#ifndef FAMFS_MINI_MAPFILE_H
#define FAMFS_MINI_MAPFILE_H

#include <linux/famfs_extent.h>

#include "utils.h"

#define SUPERBLOCK_PATH ".meta/.superblock"
#define LOG_PATH ".meta/.log"

/* Larger than any sensible map file, and small enough to be read at once. */
#define MAPFILE_MAX_SIZE (256UL << 20)

/* An entry of striped_ext_list.  @nbytes is NULL when it is absent. */
struct map_stripes {
	u64 nstrips;
	u64 chunk_size;
	u64 *nbytes;
	struct famfs_ioc_simple_extent *strips;
	u32 strips_count;
};

/* The mapping "file" of a document.  Pointers are NULL for absent keys. */
struct map_file {
	char *path;
	u64 size;
	u32 *mode;
	u32 uid;
	u32 gid;
	u64 *nextents;
	struct famfs_ioc_simple_extent *extents;
	u32 extents_count;
	struct map_stripes *stripes;
	u32 stripes_count;
};

struct map_document {
	struct map_file file;
};

/*
 * One document of a map file.  @label names it in messages.  @map is there
 * once the entry has been found valid.
 */
struct map_entry {
	char *label;
	struct map_document *document;
	struct famfs_map *map;
};

struct map_set {
	struct map_entry *entries;
	size_t nr;
	size_t errors;
};

void map_set_load(struct map_set *set, const char *name);
void map_set_free(struct map_set *set);
u32 map_entry_mode(const struct map_entry *entry);
u32 map_path_type(const char *path);

/* rules.c */
void map_set_validate(struct map_set *set, const struct famfs_limits *limits);
const char *path_problem(const char *path);

/* between.c */
void map_set_check_paths(struct map_set *set);
void map_set_check_overlaps(struct map_set *set);

/*
 * Say what is wrong with an entry, or one of its extents, or one of that's
 * strips, which may be NO_STRIP (both counted from 0).
 */
__attribute__((format(printf, 3, 4)))
void entry_error(struct map_set *set, const struct map_entry *entry,
		 const char *format, ...);
__attribute__((format(printf, 5, 6)))
void extent_error(struct map_set *set, const struct map_entry *entry,
		  u32 extent, u32 strip, const char *format, ...);

#endif /* FAMFS_MINI_MAPFILE_H */
