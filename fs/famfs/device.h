/* SPDX-License-Identifier: GPL-2.0 */
/*
 * famfs, layer 1: the memory devices of a mount.
 *
 * Promises: a device that famfs_devices_hold() got has no other user, and its
 * pages stay until the last reference to the set is dropped, or until the mount
 * has answered MF_MEM_PRE_REMOVE.  Each failure of its memory is told to the
 * operation @failed of the set, and what failed is neither read nor flushed by
 * functions of this layer.  Nothing here knows of files.
 *
 * Structures that belong to a device or to the set of a mount's devices have room
 * for what the layers above keep there.  This layer does not touch that.
 */
#ifndef _FAMFS_DEVICE_H
#define _FAMFS_DEVICE_H

#include <linux/dax.h>
#include <linux/famfs_extent.h>
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/kref.h>
#include <linux/maple_tree.h>
#include <linux/mutex.h>
#include <linux/srcu.h>
#include <linux/wait.h>
#include "compat.h"

struct famfs_device;

/* 256 locks, 8 KiB: enough that two faults of a mount rarely want the same one. */
#define FAMFS_UNIT_LOCK_BITS 8

/* When to look again at a page in use, of whose end nobody may tell. */
#define FAMFS_LOOK_AGAIN (HZ / 2)

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

/**
 * struct famfs_device - a memory device that a mount holds
 * @set: the mount's devices
 * @node: what the mount was told of it
 * @dax_dev: the dax device, NULL as long as it is not held
 * @start: where on @dax_dev the device starts, in bytes; not 0 for partitions
 * @bdev_file: the block device, opened exclusively; or NULL
 * @held: in the list of devices that famfs_held_ops finds
 * @lost: removed: its driver is not asked any more, and its dax device may have another
 *	holder
 * @list: in the list of devices that mounts have, in node.c
 * @read_only: whoever mounted it may not write to its device node
 * @split: it has several physical ranges
 * @first: page frame number of its first page, if all others follow and all are
 *	good, else 0; changed under the set's @failure_lock
 * @forgets: its driver does not remember the pages that failed
 * @bad: the pages that failed if @forgets, else NULL; kept beyond the mount
 * @taken: a bit for each unit (FAMFS_ALLOC_UNIT): a file owns it
 * @lingering: the units that nobody owns, and that are in use; both change under the
 *	set's @owner_lock
 * @kept: page frame number of its first page, if folios of it may be without a file in
 *	units_folio.c, else 0
 * @named: for each unit of which pages were mapped, their address space, in units_pfn.c
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

	/* of layer 2 */
	unsigned long *taken;
	struct maple_tree lingering;

	/* of layer 4 */
	unsigned long kept;
	struct xarray named;
};

/**
 * struct famfs_device_operations - what this layer asks of those above
 * @failed: memory of a device failed, or the device is being removed: @mf_flags
 *	has MF_MEM_PRE_REMOVE then.  @offset and @length are bytes of its dax
 *	device.  The device is there until this returns.  Returns 0, -EOPNOTSUPP
 *	if nobody uses the memory, or an errno
 * @release: the last reference to a set is gone; calls famfs_devices_release() and
 *	famfs_devices_free()
 */
struct famfs_device_operations {
	int (*failed)(struct famfs_device *device, u64 offset, u64 length,
		      int mf_flags);
	void (*release)(struct kref *ref);
};

/**
 * struct famfs_device_set - the memory devices of a mount
 * @ref: one for the mount, one for each unit that lingers with pinned pages
 * @ops: what is done by the layers above
 * @access: see famfs_access_lock(); not of all mounts, as who reads into memory that
 *	another program has to fill holds it for as long as that takes
 * @gone: a device is being removed: no I/O, no faults, on none of them
 * @failure_lock: held while a failure is handled and has references to inodes, so
 *	that umount does not find them busy
 * @unmounting: inodes are being evicted; protected by @failure_lock
 * @mount: what the mount is called in /proc/self/mountinfo
 * @nr: number of devices, at least 1
 * @size: bytes of each device, multiples of the page size
 * @device: the devices, by the index that maps have
 * @owner_lock: protects who owns what; innermost but for locks that do not sleep
 * @owners: the files that have a map
 * @releases: how often an owner gave its units up
 * @released: woken after that
 * @used: bytes that files own
 * @unit_locks: see famfs_unit_lock()
 * @stored: a unit of a file may be FAMFS_UNIT_STORED; set under the unit's lock
 * @sync_lock: held by famfs_sync_fs()
 */
struct famfs_device_set {
	struct kref ref;
	const struct famfs_device_operations *ops;
	struct srcu_struct access;
	bool gone;
	struct mutex failure_lock;	/* failures and umount exclude */
	bool unmounting;
	dev_t mount;
	u32 nr;
	u64 size[FAMFS_MAX_DEVICES];
	struct famfs_device device[FAMFS_MAX_DEVICES];

	/* of layer 2 */
	struct mutex owner_lock;	/* of who owns what */
	struct list_head owners;
	atomic_t releases;
	wait_queue_head_t released;
	atomic64_t used;

	/* of layer 4 */
	struct mutex unit_locks[1 << FAMFS_UNIT_LOCK_BITS];
	bool stored;
	struct mutex sync_lock;		/* one writes all back at a time */
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

static inline struct famfs_device_set *
famfs_devices(const struct super_block *sb)
{
	const struct famfs_sb_info *sbi = sb->s_fs_info;

	return sbi->devices;
}

/* Index of a device, as in struct famfs_range. */
static inline u32 famfs_device_index(const struct famfs_device *device)
{
	return device - device->set->device;
}

/* Is a mount or remount with these options to write to its devices? */
static inline bool famfs_wants_write(const struct fs_context *fc,
				     const struct famfs_options *options)
{
	return !(fc->sb_flags & SB_RDONLY) &&
	       options->memory == FAMFS_MEMORY_RW;
}

/* Drop a reference; the last one gives the devices back.  May sleep. */
static inline void famfs_devices_put(struct famfs_device_set *set)
{
	kref_put(&set->ref, set->ops->release);
}

/* pages.c */
int famfs_access_lock(struct famfs_device_set *set);
void famfs_access_unlock(struct famfs_device_set *set, int id);
void famfs_device_lost(struct famfs_device *device);
long famfs_access_driver(const struct famfs_device *device, pgoff_t pgoff, long nr,
			 enum dax_access_mode mode, void **kaddr, pfn_t *pfn);
long famfs_access_pages(const struct famfs_device *device, pgoff_t pgoff, long nr,
			enum dax_access_mode mode, pfn_t *pfn);
long famfs_device_access(const struct famfs_device *device, u64 addr, long nr,
			 pfn_t *pfn);
struct page *famfs_device_busy(const struct famfs_device *device, u64 addr,
			       u64 length);
void famfs_wait_page(struct page *page);

/* poison.c */
int famfs_poison_init(struct famfs_device *device);
void famfs_poison_exit(struct famfs_device *device);
void famfs_poison_forget(void);
void famfs_poison_add(struct famfs_device *device, u64 offset, u64 length);
s64 famfs_poison_find(struct famfs_device *device, u64 offset, u64 length,
		      unsigned int flags);
void famfs_poison_written(struct famfs_device *device, u64 offset, u64 length);

/* famfs_poison_find() for each access, most of which find no page in the tree. */
static inline s64 famfs_poison_limit(struct famfs_device *device, u64 offset,
				     u64 length, unsigned int flags)
{
	if (likely(!device->bad || mtree_empty(&device->bad->pages)))
		return length;
	return famfs_poison_find(device, offset, length, flags);
}

/* lines.c */
void famfs_device_flush(struct famfs_device *device, u64 addr, u64 length);
int famfs_device_drop(struct famfs_device *device, u64 addr, u64 length);

/* node.c */
int famfs_node_lookup(struct fs_context *fc, struct famfs_node *node);
bool famfs_node_equal(const struct famfs_node *a, const struct famfs_node *b);
int famfs_node_permission(struct fs_context *fc, struct famfs_device *device,
			  bool write);
void famfs_node_in_use(struct famfs_device *device);
void famfs_node_unused(struct famfs_device *device);
int famfs_refuse_busy(struct fs_context *fc, const struct famfs_node *node);

/* held.c */
int famfs_held_init(void);
void famfs_held_exit(void);
extern struct mutex famfs_held_lock;
extern const struct dax_holder_operations famfs_held_ops;
void famfs_held_add(struct famfs_device *device);
int famfs_held_wait(struct device *dev);
int famfs_held_confirm(struct famfs_device *device);
void famfs_held_release(struct famfs_device *device);

/* block.c */
int famfs_block_hold(struct fs_context *fc, struct famfs_device *device,
		     bool write, u64 *size);
void famfs_block_release(struct famfs_device *device);

/* chardev_fsdev.c or chardev_core.c */
int famfs_chardev_init(void);
void famfs_chardev_exit(void);
struct dax_device *famfs_chardev_find(dev_t devt);
int famfs_chardev_hold(struct famfs_device *device, struct dax_device *dax_dev);
void famfs_chardev_release(struct famfs_device *device);

/* device.c */
struct famfs_device_set *
famfs_devices_alloc(u32 nr, const struct famfs_device_operations *ops);
int famfs_devices_hold(struct famfs_device_set *set, struct super_block *sb,
		       struct fs_context *fc, struct famfs_node *nodes);
void famfs_devices_release(struct famfs_device_set *set);
void famfs_devices_free(struct famfs_device_set *set);
bool famfs_device_read_only(const struct famfs_device *device);

#endif /* _FAMFS_DEVICE_H */
