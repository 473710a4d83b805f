// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: character devices where the kernel has an fsdev_dax of its own.
 */
#include <linux/cdev.h>
#include <linux/dax.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/hash.h>
#include <linux/magic.h>
#include "device.h"

/* A dax device without memory: it leads to the inodes of all the others. */
static struct dax_device *probe;

static int has_number(struct inode *inode, void *devt)
{
	return inode->i_rdev == *(dev_t *)devt;
}

/**
 * famfs_chardev_find() - find a dax device by the number of its device node
 * @devt: the number
 *
 * dax_dev_get() would not do: it makes a dax device for any number, which is
 * not one, and takes the number from the next real one when it is put.
 *
 * Context: May sleep.
 * Return: the dax device with a reference that put_dax() drops, or NULL.
 */
struct dax_device *famfs_chardev_find(dev_t devt)
{
	struct inode *inode;

	inode = ilookup5(dax_inode(probe)->i_sb,
			 hash_32(devt + DAXFS_MAGIC, 31), has_number, &devt);
	return inode ? inode_dax(inode) : NULL;
}

/**
 * famfs_chardev_init() - get ready to hold character devices
 *
 * Context: May sleep.
 * Return: 0, -EOPNOTSUPP if this kernel keeps its dax devices in another way,
 * or an error of alloc_dax().
 */
int famfs_chardev_init(void)
{
	struct dax_device *found;

	probe = alloc_dax(NULL, NULL);
	if (IS_ERR(probe))
		return PTR_ERR(probe);
	found = famfs_chardev_find(dax_inode(probe)->i_rdev);
	if (found)
		put_dax(found);
	if (found == probe)
		return 0;
	famfs_chardev_exit();
	return -EOPNOTSUPP;
}

/**
 * famfs_chardev_exit() - undo famfs_chardev_init()
 *
 * Context: May sleep.
 */
void famfs_chardev_exit(void)
{
	kill_dax(probe);
	put_dax(probe);
}

static void forget(struct famfs_device *device)
{
	guard(mutex)(&famfs_held_lock);
	list_del(&device->held);
	device->dax_dev = NULL;
}

/*
 * The device on the dax bus that a dax device is of, or NULL.
 *
 * Dax devices of disks have numbers, too, which are not those of character devices, and
 * fs_dax_get() takes them all the same.  The driver of a character device adds its cdev
 * under the number of the dax device, and drops the last reference when it goes.
 */
static struct device *bus_device(struct dax_device *dax_dev)
{
	const struct inode *inode = dax_inode(dax_dev);
	const struct cdev *cdev = inode->i_cdev;

	if (!dax_alive(dax_dev) || !cdev || !cdev->ops ||
	    cdev->dev != inode->i_rdev || !kref_read(&cdev->kobj.kref))
		return NULL;
	return kobj_to_dev(cdev->kobj.parent);
}

/*
 * Get a device on the dax bus, and its region: with one or the other locked it is removed.
 * Both are there as long as its dax device is alive, and that is under dax_read_lock().
 */
static struct device *get_devices(struct dax_device *dax_dev, struct device **region)
{
	int id = dax_read_lock();
	struct device *dev = bus_device(dax_dev);

	if (dev) {
		get_device(dev);
		*region = get_device(dev->parent);
	}
	dax_read_unlock(id);
	return dev;
}

/* fs_dax_get() locks the device on the bus, so that is not locked here. */
static int hold(struct famfs_device *device, struct device *dev, struct device *region)
{
	int err = fs_dax_get(device->dax_dev, device, &famfs_held_ops);

	if (err) {
		forget(device);
		return err;
	}
	err = famfs_held_wait(region);
	if (!err)
		err = famfs_held_wait(dev);
	return famfs_held_confirm(device) ?: err;
}

/**
 * famfs_chardev_hold() - become the holder of a character device
 * @device: the device; its dax device is filled in
 * @dax_dev: a dax device that famfs_chardev_find() found
 *
 * The device is in the list first: fs_dax_get() takes a lock that is held while
 * holders are notified, so it cannot be called under famfs_held_lock.
 *
 * Context: May sleep.
 * Return: 0, -ENODEV if it is no character device or was removed, -EINTR, or an error of
 * fs_dax_get().
 */
int famfs_chardev_hold(struct famfs_device *device, struct dax_device *dax_dev)
{
	struct device *dev, *region;
	int err;

	/* fs_dax_get() would wait for a removal that waits for its holder's pages. */
	if (dax_holder(dax_dev))
		return -EBUSY;
	/* fs_dax_get() relies on its caller for the device's structure to be there. */
	dev = get_devices(dax_dev, &region);
	if (!dev)
		return -ENODEV;
	device->dax_dev = dax_dev;
	scoped_guard(mutex, &famfs_held_lock)
		famfs_held_add(device);
	err = hold(device, dev, region);
	put_device(region);
	put_device(dev);
	/* The driver leaves this off, and then dax_flush() does nothing. */
	if (!err)
		dax_write_cache(dax_dev, true);
	return err;
}

/**
 * famfs_chardev_release() - give a character device back
 * @device: the device
 *
 * Context: May sleep.
 */
void famfs_chardev_release(struct famfs_device *device)
{
	famfs_held_release(device);
}
