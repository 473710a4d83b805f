/* SPDX-License-Identifier: GPL-2.0 */
/*
 * famfs, layer 6: mounts, and the names in them.
 *
 * Promises: a mount has all its devices or is refused with a reason.  Names live in
 * dentries alone.  Here the layers below are told whom to call: inodes get their
 * operations, and devices where to tell of failures.
 */
#ifndef _FAMFS_MOUNT_H
#define _FAMFS_MOUNT_H

#include "event.h"

/* What statfs(2) reports; user space knows it. */
#define FAMFS_SUPER_MAGIC 0x87b282fe

/* dir.c */
struct inode *famfs_new_inode(struct mnt_idmap *idmap, struct super_block *sb,
			      const struct inode *dir, umode_t mode, dev_t dev);

/* super.c; the kernel calls the rest of it */
extern const struct super_operations famfs_super_operations;

struct famfs_device_set *famfs_new_devices(u32 nr);

#endif /* _FAMFS_MOUNT_H */
