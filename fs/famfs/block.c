// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: block devices whose memory can be mapped, such as pmem.
 *
 * Each is opened exclusively, as other file systems do, and its disk's dax
 * device is held.  The holder is the device and not the superblock, for pinned
 * pages may keep the device beyond umount.
 */
#include <linux/blkdev.h>
#include <linux/dax.h>
#include <linux/fs_context.h>
#include <linux/moduleparam.h>
#include <linux/pfn.h>
#include "device.h"

/*
 * For tests of large mounts, on a device-mapper device that repeats a small one.  A page
 * that several files have is of one of them alone: processes cannot share futexes there.
 * Nor does anybody tell of the removal of the small one, which has to stay.
 */
static bool allow_mapped;
module_param(allow_mapped, bool, 0600);
MODULE_PARM_DESC(allow_mapped,
		 "Mount block devices whose memory is another's, though nobody tells of its failures and its removal; for tests");

static int refuse_open(struct fs_context *fc, const struct famfs_node *node,
		       int err)
{
	if (err == -EBUSY)
		return famfs_refuse_busy(fc, node);
	errorfc(fc, "%s: cannot be opened (error %d)", node->name, err);
	return err;
}

static int refuse_mode(struct fs_context *fc, const char *name)
{
	errorfc(fc, "%s: its memory cannot be mapped; a pmem namespace needs mode fsdax",
		name);
	return -EOPNOTSUPP;
}

static int refuse_dax(struct fs_context *fc, const char *name,
		      struct block_device *bdev)
{
	if (!blk_queue_dax(bdev_get_queue(bdev)))
		return refuse_mode(fc, name);
	if ((get_start_sect(bdev) | bdev_nr_sectors(bdev)) % PAGE_SECTORS)
		return invalfc(fc, "%s: starts or ends inside a page", name);
	errorfc(fc, "%s: memory of its disk is already in use", name);
	return -EBUSY;
}

static int refuse_mapped(struct fs_context *fc, const char *name)
{
	errorfc(fc, "%s: its memory is another device's, which would not tell of failures; mount that one",
		name);
	return -EOPNOTSUPP;
}

/*
 * The driver of the memory tells only the holder of its own dax device of failures.
 * Under famfs_access_lock().
 */
static int check_pages(struct fs_context *fc, struct famfs_device *device)
{
	const char *name = device->node.name;
	pfn_t pfn;

	/* Files need struct pages, all or none of which a device has. */
	if (famfs_device_access(device, device->start, 1, &pfn) != 1 ||
	    !pfn_t_devmap(pfn))
		return refuse_mode(fc, name);
	if (allow_mapped || page_pgmap(pfn_t_to_page(pfn))->owner ==
			    dax_get_private(device->dax_dev))
		return 0;
	return refuse_mapped(fc, name);
}

/* The device whose driver has the disk; there while the dax device is alive.  Or NULL. */
static struct device *get_parent(struct famfs_device *device)
{
	struct block_device *bdev = file_bdev(device->bdev_file);
	struct device *parent = NULL;
	int id = dax_read_lock();

	if (dax_alive(device->dax_dev))
		parent = get_device(disk_to_dev(bdev->bd_disk)->parent);
	dax_read_unlock(id);
	return parent;
}

/* Disks that map others have no parent, and nobody tells them when those are removed. */
static int confirm_hold(struct fs_context *fc, struct famfs_device *device)
{
	struct device *parent = get_parent(device);
	const char *name = device->node.name;
	int err;

	err = famfs_held_wait(parent);
	put_device(parent);
	if (err)
		return err;
	if (famfs_held_confirm(device)) {
		errorfc(fc, "%s: just removed", name);
		return -ENODEV;
	}
	return parent || allow_mapped ? 0 : refuse_mapped(fc, name);
}

static int hold_memory(struct fs_context *fc, struct famfs_device *device,
		       bool write)
{
	struct block_device *bdev = file_bdev(device->bdev_file);
	const char *name = device->node.name;
	int err, id;

	if (write && bdev_read_only(bdev)) {
		errorfc(fc, "%s: read-only", name);
		return -EACCES;
	}
	/* Dirty page cache of the device would later be written over the files. */
	err = sync_blockdev(bdev);
	if (err)
		return refuse_open(fc, &device->node, err);
	/* Under the lock, so that no notification comes in between. */
	scoped_guard(mutex, &famfs_held_lock) {
		device->dax_dev = fs_dax_get_by_bdev(bdev, &device->start,
						     device, &famfs_held_ops);
		if (device->dax_dev)
			famfs_held_add(device);
	}
	if (!device->dax_dev)
		return refuse_dax(fc, name, bdev);
	err = confirm_hold(fc, device);
	if (err)
		return err;
	id = famfs_access_lock(device->set);
	err = check_pages(fc, device);
	famfs_access_unlock(device->set, id);
	return err;
}

/**
 * famfs_block_hold() - become the holder of a block device and its memory
 * @fc: the mount in progress; its log says why the device is refused
 * @device: the device, with its node
 * @write: the mount is to write to it
 * @size: its size in bytes, a multiple of the page size
 *
 * Context: May sleep.
 * Return: 0, -EBUSY if it has a holder, -ENODEV if it was just removed, -EINTR,
 * -EOPNOTSUPP if its memory cannot be mapped or is another device's, -EINVAL if it is a
 * partition that is not aligned to pages, -EACCES if it is read-only and the mount is
 * not, or an error of opening it.  After an error famfs_block_release() must be called
 * as well.
 */
int famfs_block_hold(struct fs_context *fc, struct famfs_device *device,
		     bool write, u64 *size)
{
	struct file *file;

	file = bdev_file_open_by_dev(device->node.devt,
				     sb_open_mode(write ? 0 : SB_RDONLY),
				     device, NULL);
	if (IS_ERR(file))
		return refuse_open(fc, &device->node, PTR_ERR(file));
	device->bdev_file = file;
	*size = bdev_nr_bytes(file_bdev(file));
	return hold_memory(fc, device, write);
}

/**
 * famfs_block_release() - give back what famfs_block_hold() got
 * @device: the device
 *
 * Context: May sleep.
 */
void famfs_block_release(struct famfs_device *device)
{
	if (device->dax_dev)
		famfs_held_release(device);
	if (device->bdev_file)
		bdev_fput(device->bdev_file);
}
