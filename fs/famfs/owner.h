/* SPDX-License-Identifier: GPL-2.0 */
/*
 * famfs, layer 2: which file owns which memory.
 *
 * Promises: no two files own a byte of the same unit of FAMFS_ALLOC_UNIT bytes,
 * and nobody gets a unit that lingers because a page of it is in use.  A file has
 * a map from the moment that it owns what the map covers, and the map never
 * changes.  All this layer knows of a file is what is in struct famfs_owner.
 */
#ifndef _FAMFS_OWNER_H
#define _FAMFS_OWNER_H

#include "device.h"

/**
 * struct famfs_owner - a file, as far as it owns memory
 * @map: where the file lives, NULL until a map is installed; set once, under
 *	the inode's lock, and then never changed
 * @list: in the set's list of files that have a map
 * @inode: the inode
 */
struct famfs_owner {
	struct famfs_map *map;
	struct list_head list;
	struct inode inode;
};

static inline struct famfs_owner *famfs_owner_of(struct inode *inode)
{
	return container_of(inode, struct famfs_owner, inode);
}

static inline const struct famfs_map *famfs_inode_map(struct inode *inode)
{
	/* Pairs with the release that installs a map: it is seen complete. */
	return smp_load_acquire(&famfs_owner_of(inode)->map);
}

/* owner.c */
void famfs_owners_init(struct famfs_device_set *set);
int famfs_owners_start(struct famfs_device_set *set);
void famfs_owners_exit(struct famfs_device_set *set);
int famfs_owner_claim(struct inode *inode, struct famfs_map *map);
void famfs_owner_release(struct inode *inode);
void famfs_owner_linger(struct famfs_device *device, u64 addr, u64 length);
void famfs_owner_release_unit(struct famfs_device *device, u64 addr,
			      u64 length);
bool famfs_owner_any(struct famfs_device *device, u64 addr, u64 length);
struct inode *famfs_owner_next_that(struct famfs_device_set *set,
				    struct inode *prev,
				    bool (*wanted)(struct inode *inode));
struct inode *famfs_owner_next(struct famfs_device *device, u64 addr, u64 length,
			       struct inode *prev, bool *going);

#endif /* _FAMFS_OWNER_H */
