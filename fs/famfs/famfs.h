/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _FAMFS_H
#define _FAMFS_H

#include <linux/dax.h>
#include <linux/famfs_extent.h>
#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/maple_tree.h>
#include <linux/mutex.h>
#include <linux/wait.h>

struct fiemap_extent_info;
struct fs_context;

/* What statfs(2) reports; user space knows it. */
#define FAMFS_SUPER_MAGIC 0x87b282fe

/**
 * struct famfs_device - a memory device that a mount holds
 * @ref: one for the mount, one for each file that was evicted with pinned pages
 * @devt: number of its character device
 * @dax_dev: the dax device
 * @size: bytes, a multiple of the page size
 * @gone: the device is being removed: no I/O, no faults
 * @failure_lock: held while a failure is handled; taking an inode then does not
 *	make umount find it busy
 * @unmounting: inodes are being evicted; protected by @failure_lock
 * @owners: which file owns which allocation unit (FAMFS_ALLOC_UNIT)
 * @released: woken when an owner gives its units up
 * @used: bytes that files own
 */
struct famfs_device {
	struct kref ref;
	dev_t devt;
	struct dax_device *dax_dev;
	u64 size;
	bool gone;
	struct mutex failure_lock;	/* failures and umount exclude */
	bool unmounting;
	struct maple_tree owners;
	wait_queue_head_t released;
	atomic64_t used;
};

/**
 * enum famfs_flush - when dirty cache lines are written back
 * @FAMFS_FLUSH_ALWAYS: on fsync, and before memory is let go
 * @FAMFS_FLUSH_NEVER: the hardware keeps the caches of all hosts coherent
 */
enum famfs_flush {
	FAMFS_FLUSH_ALWAYS,
	FAMFS_FLUSH_NEVER,
};

/**
 * struct famfs_options - mount options
 * @mode: permissions that the root directory starts with
 * @uid: owner that it starts with
 * @gid: group that it starts with
 * @flush: when dirty cache lines are written back
 */
struct famfs_options {
	umode_t mode;
	kuid_t uid;
	kgid_t gid;
	enum famfs_flush flush;
};

/**
 * struct famfs_sb_info - what famfs keeps for a mount
 * @device: the memory device
 * @options: the options that it was mounted with
 */
struct famfs_sb_info {
	struct famfs_device *device;
	struct famfs_options options;
};

/**
 * struct famfs_inode - what famfs keeps for a file
 * @map: where the file lives, NULL until a map is installed; set once, under
 *	the inode's lock, and then never changed
 * @vfs_inode: the inode
 */
struct famfs_inode {
	struct famfs_map *map;
	struct inode vfs_inode;
};

static inline struct famfs_inode *FAMFS_I(struct inode *inode)
{
	return container_of(inode, struct famfs_inode, vfs_inode);
}

static inline struct famfs_device *famfs_device(const struct super_block *sb)
{
	const struct famfs_sb_info *sbi = sb->s_fs_info;

	return sbi->device;
}

static inline const struct famfs_map *famfs_inode_map(struct inode *inode)
{
	/* Pairs with the release that installs a map: it is seen complete. */
	return smp_load_acquire(&FAMFS_I(inode)->map);
}

/* device.c */
int famfs_device_lookup(struct fs_context *fc, const char *name, dev_t *devt);
struct famfs_device *famfs_device_open(struct fs_context *fc, dev_t devt);
void famfs_device_put(struct famfs_device *device);

/* failure.c */
extern const struct dax_holder_operations famfs_holder_ops;
void famfs_failure_unmount(struct famfs_device *device);

/* file.c */
extern const struct file_operations famfs_file_operations;
extern const struct address_space_operations famfs_aops;
int famfs_fiemap(struct inode *inode, struct fiemap_extent_info *fieinfo,
		 u64 start, u64 length);
int famfs_flush(struct address_space *mapping, loff_t start, loff_t end);
int famfs_sync(struct address_space *mapping, loff_t start, loff_t end);

/* inode.c */
int famfs_inode_cache_init(void);
void famfs_inode_cache_exit(void);
struct inode *famfs_alloc_inode(struct super_block *sb);
void famfs_free_inode(struct inode *inode);
void famfs_evict_inode(struct inode *inode);
struct inode *famfs_new_inode(struct super_block *sb, const struct inode *dir,
			      umode_t mode);
int famfs_set_map(struct inode *inode, const struct famfs_map_request *req,
		  struct famfs_reason *reason);

/* ioctl.c */
long famfs_ioctl(struct file *file, unsigned int cmd, unsigned long arg);
long famfs_compat_ioctl(struct file *file, unsigned int cmd, unsigned long arg);

/* owner.c */
void famfs_owner_init(struct famfs_device *device);
void famfs_owner_exit(struct famfs_device *device);
int famfs_owner_claim(struct famfs_device *device, struct famfs_inode *owner,
		      const struct famfs_map *map);
void famfs_owner_linger(struct famfs_device *device,
			const struct famfs_map *map);
void famfs_owner_release(struct famfs_device *device,
			 const struct famfs_map *map);
struct inode *famfs_owner_next(struct famfs_device *device, u64 *offset,
			       u64 end, bool wait);

/* pinned.c */
int famfs_pinned_init(void);
void famfs_pinned_exit(void);
void famfs_wait_unpinned(struct inode *inode);
bool famfs_defer_release(struct inode *inode, struct famfs_map *map);

#endif /* _FAMFS_H */
