// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: find, hold and release the memory device.
 */
#include <linux/fs_context.h>
#include <linux/fsdev_dax.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/pfn.h>
#include <linux/slab.h>
#include "famfs.h"

static bool nodev(const struct path *path)
{
	return (path->mnt->mnt_flags & MNT_NODEV) ||
	       (path->dentry->d_sb->s_iflags & SB_I_NODEV);
}

/**
 * famfs_device_lookup() - find out which device a path names
 * @fc: the mount in progress; its log says what is wrong with the path
 * @name: path of a character device
 * @devt: number of the device
 *
 * Does not keep the path: a mount does not pin the file system that its device
 * node lives on.
 *
 * Context: May sleep.
 * Return: 0 or the errno that mount(2) is to return.
 */
int famfs_device_lookup(struct fs_context *fc, const char *name, dev_t *devt)
{
	struct inode *inode;
	struct path path;
	int err;

	err = kern_path(name, LOOKUP_FOLLOW, &path);
	if (err) {
		errorfc(fc, "%s: no such device", name);
		return err;
	}
	inode = d_backing_inode(path.dentry);
	*devt = inode->i_rdev;
	if (!S_ISCHR(inode->i_mode)) {
		err = invalfc(fc, "%s: not a character device", name);
	} else if (nodev(&path)) {
		err = -EACCES;
		errorfc(fc, "%s: on a file system without device nodes", name);
	}
	path_put(&path);
	return err;
}

/*
 * Ranges of a device follow each other: ask for all that is left, add it up.
 * Poisoned pages count too, so access them as one who repairs them.
 */
static u64 device_size(struct dax_device *dax_dev)
{
	pgoff_t pages = 0;
	long found;
	int id;

	id = dax_read_lock();
	do {
		found = dax_direct_access(dax_dev, pages, LONG_MAX,
					  DAX_RECOVERY_WRITE, NULL, NULL);
		if (found > 0)
			pages += found;
	} while (found > 0);
	dax_read_unlock(id);
	return PFN_PHYS(pages);
}

static int refuse_device(struct fs_context *fc, int err)
{
	const char *name = fc->source;

	switch (err) {
	case -EBUSY:
		errorfc(fc, "%s: already in use by a file system", name);
		break;
	case -EOPNOTSUPP:
		errorfc(fc, "%s: bound to another driver; unbind it there and write its name to /sys/bus/dax/drivers/fsdev_dax/new_id",
			name);
		break;
	default:
		errorfc(fc, "%s: not bound to a driver; write its name to /sys/bus/dax/drivers/fsdev_dax/new_id",
			name);
	}
	return err;
}

static int hold_device(struct fs_context *fc, struct famfs_device *device)
{
	int err;

	device->dax_dev = dax_dev_get(device->devt);
	if (!device->dax_dev) {
		errorfc(fc, "%s: not a dax device", fc->source);
		return -ENODEV;
	}
	err = fs_dax_get(device->dax_dev, device, &famfs_holder_ops);
	put_dax(device->dax_dev);	/* the hold has a reference of its own */
	return err ? refuse_device(fc, err) : 0;
}

static void free_device(struct famfs_device *device)
{
	famfs_owner_exit(device);
	mutex_destroy(&device->failure_lock);
	kfree(device);
}

/**
 * famfs_device_open() - become the holder of a memory device
 * @fc: the mount in progress; its log says why the device is refused
 * @devt: number of the device
 *
 * Context: May sleep.
 * Return: the device, or an ERR_PTR: -ENODEV if there is no dax device of this
 * number or no driver has it, -EOPNOTSUPP if its driver is not fsdev_dax,
 * -EBUSY if it has a holder, -ENOMEM.
 */
struct famfs_device *famfs_device_open(struct fs_context *fc, dev_t devt)
{
	struct famfs_device *device;
	int err;

	device = kzalloc(sizeof(*device), GFP_KERNEL);
	if (!device)
		return ERR_PTR(-ENOMEM);
	kref_init(&device->ref);
	device->devt = devt;
	mutex_init(&device->failure_lock);
	famfs_owner_init(device);
	err = hold_device(fc, device);
	if (err) {
		free_device(device);
		return ERR_PTR(err);
	}
	device->size = device_size(device->dax_dev);
	return device;
}

static void device_release(struct kref *ref)
{
	struct famfs_device *device = container_of(ref, struct famfs_device,
						   ref);

	fsdev_put_dax(device->dax_dev, device);
	free_device(device);
}

/**
 * famfs_device_put() - drop a reference; the last one gives the device back
 * @device: the device
 *
 * Context: May sleep.
 */
void famfs_device_put(struct famfs_device *device)
{
	kref_put(&device->ref, device_release);
}
