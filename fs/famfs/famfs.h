/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _FAMFS_H
#define _FAMFS_H

#include <linux/dax.h>
#include <linux/famfs_extent.h>
#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/maple_tree.h>
#include <linux/mutex.h>
#include <linux/timekeeping.h>
#include <linux/wait.h>
#include "compat.h"
#include "units.h"

struct fiemap_extent_info;
struct fs_context;
struct iomap;

/* As many faults of a mount as hardly meet on a large machine; 8 KiB. */
#define FAMFS_UNIT_LOCK_BITS 8

/* What statfs(2) reports; user space knows it. */
#define FAMFS_SUPER_MAGIC 0x87b282fe

/**
 * struct famfs_node - what a mount is told of a memory device
 * @name: path of its device node, NULL if none was given
 * @devt: number of the device
 * @block: it is a block device, else a character device
 */
struct famfs_node {
	char *name;
	dev_t devt;
	bool block;
};

/**
 * struct famfs_device - a memory device that a mount holds
 * @set: the mount's devices
 * @node: what the mount was told of it
 * @dax_dev: the dax device, NULL as long as it is not held
 * @start: where on @dax_dev the device starts, in bytes; not 0 for partitions
 * @bdev_file: the block device, opened exclusively; or NULL
 * @held: in the list of devices that famfs_held_ops finds
 * @lost: removed; its dax device may have another holder
 * @list: in the list of devices that mounts have, for who finds one in use
 * @read_only: whoever mounted it may not write to its device node
 * @split: it has several physical ranges
 * @first: page frame number of its first page, if all others follow and all are
 *	good, else 0; changed under the set's @failure_lock
 * @forgets: its driver does not remember the pages that failed
 * @bad: those pages, then; known beyond the mount
 * @taken: a bit for each unit (FAMFS_ALLOC_UNIT): a file owns it
 * @lingering: the units that nobody owns, and that are in use; both change under the
 *	set's @owner_lock
 */
struct famfs_device {
	struct famfs_device_set *set;
	struct famfs_node node;
	struct dax_device *dax_dev;
	u64 start;
	struct file *bdev_file;
	struct list_head held;
	bool lost;
	struct list_head list;
	bool read_only;
	bool split;
	unsigned long first;
	bool forgets;
	struct famfs_bad_pages *bad;
	unsigned long *taken;
	struct maple_tree lingering;
};

/**
 * struct famfs_device_set - the memory devices of a mount
 * @ref: one for the mount, one for each unit that lingers with pinned pages
 * @gone: a device is being removed: no I/O, no faults, on none of them
 * @unit_locks: see famfs_unit_lock()
 * @failure_lock: held while a failure is handled; taking an inode then does not
 *	make umount find it busy
 * @unmounting: inodes are being evicted; protected by @failure_lock
 * @owner_lock: protects who owns what; innermost but for locks that do not sleep
 * @owners: the files that have a map
 * @releases: how often an owner gave its units up
 * @released: woken after that
 * @used: bytes that files own
 * @mount: what the mount is called in /proc/self/mountinfo
 * @nr: number of devices, at least 1
 * @size: bytes of each device, multiples of the page size
 * @device: the devices, by the index that maps have
 */
struct famfs_device_set {
	struct kref ref;
	bool gone;
	struct mutex unit_locks[1 << FAMFS_UNIT_LOCK_BITS];
	struct mutex failure_lock;	/* failures and umount exclude */
	bool unmounting;
	struct mutex owner_lock;	/* of who owns what */
	struct list_head owners;
	atomic_t releases;
	wait_queue_head_t released;
	atomic64_t used;
	dev_t mount;
	u32 nr;
	u64 size[FAMFS_MAX_DEVICES];
	struct famfs_device device[FAMFS_MAX_DEVICES];
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
 * enum famfs_memory - what may be done to the memory through a mount
 * @FAMFS_MEMORY_RW: all
 * @FAMFS_MEMORY_RO: reading; names and maps are made as ever
 */
enum famfs_memory {
	FAMFS_MEMORY_RW,
	FAMFS_MEMORY_RO,
};

/**
 * enum famfs_pin - how long pages of mapped files may be pinned
 * @FAMFS_PIN_SHORT: for I/O
 * @FAMFS_PIN_LONG: for devices that use them as long as they like
 */
enum famfs_pin {
	FAMFS_PIN_SHORT,
	FAMFS_PIN_LONG,
};

/**
 * struct famfs_options - mount options
 * @mode: permissions that the root directory starts with
 * @uid: owner that it starts with
 * @gid: group that it starts with
 * @flush: when dirty cache lines are written back
 * @memory: whether the memory can be written
 * @pin: how long pages may be pinned
 * @unshared: no other host uses the memory
 */
struct famfs_options {
	umode_t mode;
	kuid_t uid;
	kgid_t gid;
	enum famfs_flush flush;
	enum famfs_memory memory;
	enum famfs_pin pin;
	bool unshared;
};

/**
 * struct famfs_sb_info - what famfs keeps for a mount
 * @devices: the memory devices
 * @options: the options that it was mounted with
 */
struct famfs_sb_info {
	struct famfs_device_set *devices;
	struct famfs_options options;
};

/**
 * struct famfs_inode - what famfs keeps for a file
 * @map: where the file lives, NULL until a map is installed; set once, under
 *	the inode's lock, and then never changed
 * @units: state of each unit, in fault_pfn.c; NULL until the file is mapped
 * @nr_stored: how many of them are FAMFS_UNIT_STORED
 * @owners: in the set's list of files that have a map
 * @born: when it was made, in nanoseconds since 1970
 * @shown: the address space of open files where fs-dax keeps entries in that of
 *	the inode: see famfs_units_open()
 * @vfs_inode: the inode
 */
struct famfs_inode {
	struct famfs_map *map;
	u8 *units;
	atomic_long_t nr_stored;
	struct list_head owners;
	s64 born;
#ifdef FAMFS_HAS_DAX_FOLIOS
	struct address_space shown;
#endif
	struct inode vfs_inode;
};

static inline struct famfs_inode *FAMFS_I(struct inode *inode)
{
	return container_of(inode, struct famfs_inode, vfs_inode);
}

static inline struct famfs_device_set *
famfs_devices(const struct super_block *sb)
{
	const struct famfs_sb_info *sbi = sb->s_fs_info;

	return sbi->devices;
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

/* Index of a device, as in struct famfs_range. */
static inline u32 famfs_device_index(const struct famfs_device *device)
{
	return device - device->set->device;
}

static inline const struct famfs_map *famfs_inode_map(struct inode *inode)
{
	/* Pairs with the release that installs a map: it is seen complete. */
	return smp_load_acquire(&FAMFS_I(inode)->map);
}

/* block.c */
int famfs_block_hold(struct fs_context *fc, struct famfs_device *device,
		     u64 *size);
void famfs_block_release(struct famfs_device *device);

/* chardev_fsdev.c or chardev_core.c */
int famfs_chardev_init(void);
void famfs_chardev_exit(void);
struct dax_device *famfs_chardev_find(dev_t devt);
int famfs_chardev_hold(struct famfs_device *device, struct dax_device *dax_dev);
void famfs_chardev_release(struct famfs_device *device);

/* device.c */
int famfs_node_lookup(struct fs_context *fc, struct famfs_node *node);
bool famfs_node_equal(const struct famfs_node *a, const struct famfs_node *b);
struct famfs_device_set *famfs_devices_open(struct super_block *sb,
					    struct fs_context *fc,
					    struct famfs_node *nodes, u32 nr);
int famfs_refuse_busy(struct fs_context *fc, const struct famfs_node *node);
bool famfs_device_read_only(const struct famfs_device *device);
void famfs_devices_put(struct famfs_device_set *set);
long famfs_access_pages(struct dax_device *dax_dev, pgoff_t pgoff, long nr,
			enum dax_access_mode mode, pfn_t *pfn);
long famfs_device_access(const struct famfs_device *device, u64 addr, long nr,
			 pfn_t *pfn);

/* failure.c */
int famfs_failure_handle(struct famfs_device *device, u64 offset, u64 length,
			 int mf_flags);
void famfs_failure_unmount(struct famfs_device_set *set);

/* fault.c */
void famfs_init_vma(struct vm_area_struct *vma, bool pins_long);
bool famfs_stores_unseen(const struct vm_area_struct *vma);

/* file.c */
int famfs_check_usable(struct inode *inode);
int famfs_fill_iomap(struct inode *inode, loff_t pos, loff_t length,
		     struct iomap *iomap, struct famfs_range *range);
int famfs_resolve(struct inode *inode, loff_t pos, loff_t length,
		  struct famfs_range *range);
extern const struct file_operations famfs_file_operations;
extern const struct address_space_operations famfs_aops;
int famfs_fiemap(struct inode *inode, struct fiemap_extent_info *fieinfo,
		 u64 start, u64 length);

/* flush.c */
void famfs_device_flush(struct famfs_device *device, u64 addr, u64 length);
void famfs_flush(struct inode *inode, loff_t start, loff_t end);
void famfs_sync(struct inode *inode, loff_t start, loff_t end);
int famfs_drop(struct inode *inode, loff_t pos, loff_t length);

/* held.c */
int famfs_held_init(void);
void famfs_held_exit(void);
extern struct mutex famfs_held_lock;
extern const struct dax_holder_operations famfs_held_ops;
void famfs_held_add(struct famfs_device *device);
void famfs_held_release(struct famfs_device *device);

/* inode.c */
int famfs_inode_cache_init(void);
void famfs_inode_cache_exit(void);
struct inode *famfs_alloc_inode(struct super_block *sb);
void famfs_free_inode(struct inode *inode);
void famfs_evict_inode(struct inode *inode);
struct inode *famfs_new_inode(struct mnt_idmap *idmap, struct super_block *sb,
			      const struct inode *dir, umode_t mode, dev_t dev);
int famfs_set_map(struct inode *inode, const struct famfs_map_request *req,
		  struct famfs_reason *reason);

/* io.c */
void famfs_io_init(void);
ssize_t famfs_read_iter(struct kiocb *iocb, struct iov_iter *to);
ssize_t famfs_write_iter(struct kiocb *iocb, struct iov_iter *from);

/* ioctl.c */
long famfs_ioctl(struct file *file, unsigned int cmd, unsigned long arg);
long famfs_compat_ioctl(struct file *file, unsigned int cmd, unsigned long arg);

/* owner.c */
void famfs_owners_init(struct famfs_device_set *set);
int famfs_owner_init(struct famfs_device *device);
void famfs_owner_exit(struct famfs_device *device);
int famfs_owner_claim(struct inode *inode, struct famfs_map *map);
void famfs_owner_release(struct inode *inode);
void famfs_owner_linger(struct famfs_device *device, u64 addr, u64 length);
void famfs_owner_release_unit(struct famfs_device *device, u64 addr,
			      u64 length);
bool famfs_owner_any(struct famfs_device *device, u64 addr, u64 length);
struct inode *famfs_owner_next(struct famfs_device *device, u64 addr, u64 length,
			       struct inode *prev, bool *going);

/* pinned.c */
int famfs_pinned_init(void);
void famfs_pinned_exit(void);
struct page *famfs_device_busy(const struct famfs_device *device, u64 addr,
			       u64 length);
void famfs_pinned_release(struct inode *inode);
void famfs_pinned_settle(void);
void famfs_wait_page(struct page *page);

/* poison.c */
/**
 * struct famfs_bad_pages - what is known to be bad of a dax device
 * @list: in the list of all dax devices of which something is known
 * @dax_dev: the dax device, with a reference
 * @users: mounts that have it
 * @pages: pages of the dax device that are bad
 */
struct famfs_bad_pages {
	struct list_head list;
	struct dax_device *dax_dev;
	unsigned int users;
	struct maple_tree pages;
};

int famfs_poison_init(struct famfs_device *device);
void famfs_poison_exit(struct famfs_device *device);
void famfs_poison_forget(void);
void famfs_poison_add(struct famfs_device *device, u64 offset, u64 length);
s64 famfs_poison_find(struct famfs_device *device, u64 offset, u64 length,
		      unsigned int flags);
void famfs_poison_written(struct famfs_device *device, u64 offset, u64 length);

/* super.c */
bool famfs_wants_write(const struct fs_context *fc);

/*
 * Note that a file is written to.  file_update_time() takes long to find out that the
 * clock has not moved since the last time: the kernel's coarse one does at its ticks.
 */
static inline int famfs_update_times(struct file *file)
{
	struct inode *inode = file_inode(file);
	struct timespec64 mtime = inode_get_mtime(inode);
	struct timespec64 ctime = inode_get_ctime(inode);
	struct timespec64 now;

	ktime_get_coarse_real_ts64(&now);
	if (timespec64_equal(&now, &mtime) && timespec64_equal(&now, &ctime))
		return 0;
	return file_update_time(file);
}

/* famfs_poison_find() for each access, most of which find no page in the tree. */
static inline s64 famfs_poison_limit(struct famfs_device *device, u64 offset,
				     u64 length, unsigned int flags)
{
	if (likely(!device->bad || mtree_empty(&device->bad->pages)))
		return length;
	return famfs_poison_find(device, offset, length, flags);
}

#endif /* _FAMFS_H */
