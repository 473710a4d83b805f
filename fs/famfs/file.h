/* SPDX-License-Identifier: GPL-2.0 */
/*
 * famfs, layer 3: files, their attributes and their maps.
 *
 * Promises: a file whose map was refused is as it was before.  famfs_resolve()
 * takes no lock, and answers -EIO before a file has a map and once a device of the
 * mount is gone.  A file's size is that of its map.
 */
#ifndef _FAMFS_FILE_H
#define _FAMFS_FILE_H

#include "owner.h"

struct famfs_units;
struct fiemap_extent_info;
struct iomap;

/**
 * struct famfs_inode - what famfs keeps for a file
 * @owner: what it owns, and the inode
 * @units: what is mapped of it; NULL until something was
 * @born: when it was made, in nanoseconds since 1970
 */
struct famfs_inode {
	struct famfs_owner owner;
	struct famfs_units *units;
	s64 born;
};

static inline struct famfs_inode *FAMFS_I(struct inode *inode)
{
	return container_of(inode, struct famfs_inode, owner.inode);
}

/* Nobody may write to a file's memory through this mount. */
static inline bool famfs_memory_is_ro(const struct inode *inode)
{
	const struct famfs_sb_info *sbi = inode->i_sb->s_fs_info;

	return sbi->options.memory == FAMFS_MEMORY_RO;
}

static inline bool famfs_pins_long(const struct super_block *sb)
{
	const struct famfs_sb_info *sbi = sb->s_fs_info;

	return sbi->options.pin == FAMFS_PIN_LONG;
}

/* map.c */
int famfs_check_usable(struct inode *inode);
int famfs_resolve(struct inode *inode, loff_t pos, loff_t length,
		  struct famfs_range *range);
int famfs_fill_iomap(struct inode *inode, loff_t pos, loff_t length,
		     struct iomap *iomap, struct famfs_range *range);
int famfs_fiemap(struct inode *inode, struct fiemap_extent_info *fieinfo,
		 u64 start, u64 length);

/* inode.c */
int famfs_inode_cache_init(void);
void famfs_inode_cache_exit(void);
struct inode *famfs_alloc_inode(struct super_block *sb);
void famfs_free_inode(struct inode *inode);
int famfs_getattr(struct mnt_idmap *idmap, const struct path *path,
		  struct kstat *stat, u32 request_mask, unsigned int flags);
extern const struct inode_operations famfs_file_inode_operations;
extern const struct address_space_operations famfs_aops;
int famfs_set_map(struct inode *inode, const struct famfs_map_request *req,
		  struct famfs_reason *reason);

/* ioctl.c */
long famfs_ioctl(struct file *file, unsigned int cmd, unsigned long arg);
long famfs_compat_ioctl(struct file *file, unsigned int cmd, unsigned long arg);

#endif /* _FAMFS_FILE_H */
