/* SPDX-License-Identifier: GPL-2.0 */
/*
 * fsdev, layer 1: a device's state, and the poison that is known of it.
 *
 * Promises: the state lives as long as somebody has a reference, also beyond the
 * binding; @gone then says that the memory must not be touched.  Of a page that is
 * poisoned fsdev_poison_limit() tells until it has been written as a whole.
 */
#ifndef _FSDEV_H
#define _FSDEV_H

#include <linux/badblocks.h>
#include <linux/device/bus.h>
#include <linux/fs.h>
#include <linux/types.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>

struct attribute_group;
struct cdev;
struct dax_device;
struct dax_holder_operations;
struct dev_dax;
struct famfs_map;
struct iov_iter;

/**
 * struct fsdev - a dax device while it is bound to fsdev_dax
 * @ref: one for the driver, one for each open file and look-up in progress
 * @list: in the list of bound devices
 * @dev_dax: the device on the dax bus; valid while bound
 * @dax_dev: our own dax_device, the one that has operations; it lives as long
 *	as this does
 * @cdev: the character device, /dev/daxX.Y
 * @shown: the address space that open files have, with nothing in it ever
 * @pages_inside: the structures that describe its pages are on the device
 * @ranges: device offset to physical address
 * @badblocks: what of the device is poisoned
 * @removal_lock: held while the device is taken away, which waits for pages in
 *	use; outside of @holder_lock
 * @holder_lock: protects what follows and new mappings; held while the holder
 *	is told of failures, so never while waiting for a page
 * @gone: the driver is letting go of the device; never becomes false again
 * @holder: who uses the device, or NULL.  Nobody becomes the holder once @gone
 *	is true, and the one that is stays so under either lock.  Nobody becomes
 *	it either under the lock of the dax_device's inode, which I/O to the
 *	character device has, or under its invalidate lock, which faults have
 * @holder_ops: operations of @holder
 * @mount: number of the file system that @holder is, or 0 if it did not say
 */
struct fsdev {
	struct kref ref;
	struct list_head list;
	struct dev_dax *dev_dax;
	struct dax_device *dax_dev;
	struct cdev *cdev;
	struct address_space shown;
	bool pages_inside;
	struct famfs_map *ranges;
	struct badblocks badblocks;
	struct mutex removal_lock;	/* outside of holder_lock */
	struct mutex holder_lock;	/* gone, holder, holder_ops, mount */
	bool gone;
	void *holder;
	const struct dax_holder_operations *holder_ops;
	dev_t mount;
};

/* poison.c */
void fsdev_poison_add(struct fsdev *fsdev, u64 offset, u64 length);
long fsdev_poison_limit(struct fsdev *fsdev, pgoff_t pgoff, u64 nr_pages);
size_t fsdev_recovery_write(struct dax_device *dax_dev, pgoff_t pgoff,
			    void *addr, size_t bytes, struct iov_iter *iter);

#endif /* _FSDEV_H */
