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

#include <linux/fs_parser.h>
#include "event.h"

/* What statfs(2) reports; user space knows it. */
#define FAMFS_SUPER_MAGIC 0x87b282fe

/**
 * struct famfs_context - a mount or remount in progress
 * @nodes: the memory devices; the first one is the source and may come late
 * @nr_nodes: their number, the first one included
 * @options: what was asked for; at a remount what is not asked for is as it is
 */
struct famfs_context {
	struct famfs_node nodes[FAMFS_MAX_DEVICES];
	u32 nr_nodes;
	struct famfs_options options;
};

/* options.c */
extern const struct fs_parameter_spec famfs_parameters[];

int famfs_context_new(struct fs_context *fc);
void famfs_context_free(struct fs_context *fc);
int famfs_parse_param(struct fs_context *fc, struct fs_parameter *param);
int famfs_reconfigure(struct fs_context *fc);
int famfs_show_options(struct seq_file *m, struct dentry *root);

/* dir.c */
struct inode *famfs_new_inode(struct mnt_idmap *idmap, struct super_block *sb,
			      const struct inode *dir, umode_t mode, dev_t dev);

/* super.c; the kernel calls the rest of it */
extern const struct super_operations famfs_super_operations;

struct famfs_device_set *famfs_new_devices(u32 nr);

#endif /* _FAMFS_MOUNT_H */
