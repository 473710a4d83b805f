// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: a file goes away.
 */
#include <linux/famfs_extent.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include "event.h"

/**
 * famfs_evict_inode() - super_operations.evict_inode
 * @inode: the inode; nobody has it open or mapped
 *
 * Context: May sleep.
 */
void famfs_evict_inode(struct inode *inode)
{
	struct famfs_map *map = famfs_owner_of(inode)->map;

	if (map) {
		/* A line written back later could hit another file's data. */
		famfs_sync(inode, 0, LLONG_MAX);
		famfs_pinned_release(inode);
	}
	truncate_inode_pages_final(&inode->i_data);
	clear_inode(inode);
	if (!map)
		return;
	famfs_owner_release(inode);
	/* famfs_owner_next_that() has looked at them up to here. */
	famfs_units_exit(inode);
	famfs_entries_exit(inode);
	famfs_map_free(map);
}
