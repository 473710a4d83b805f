// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: character devices where fsdev_dax.ko of this project drives them.
 *
 * It keeps a holder from letting go while it is being notified.
 */
#include <linux/dax.h>
#include <linux/fsdev_dax.h>
#include "device.h"

static int notify_failure(struct dax_device *dax_dev, u64 offset, u64 length,
			  int mf_flags)
{
	struct famfs_device *device = fsdev_dax_holder(dax_dev);

	return device->set->ops->failed(device, offset, length, mf_flags);
}

static const struct dax_holder_operations famfs_holder_ops = {
	.notify_failure = notify_failure,
};

/**
 * famfs_chardev_init() - get ready to hold character devices
 *
 * Return: 0.
 */
int famfs_chardev_init(void)
{
	return 0;
}

/**
 * famfs_chardev_exit() - undo famfs_chardev_init()
 */
void famfs_chardev_exit(void)
{
}

/**
 * famfs_chardev_find() - find a dax device by the number of its device node
 * @devt: the number
 *
 * Context: May sleep.
 * Return: the dax device with a reference that put_dax() drops, or NULL.
 */
struct dax_device *famfs_chardev_find(dev_t devt)
{
	return dax_dev_get(devt);
}

/**
 * famfs_chardev_hold() - become the holder of a character device
 * @device: the device; its dax device is filled in
 * @dax_dev: a dax device that famfs_chardev_find() found
 *
 * Context: May sleep.
 * Return: 0 or an error of fs_dax_get().
 */
int famfs_chardev_hold(struct famfs_device *device, struct dax_device *dax_dev)
{
	int err = fs_dax_get(dax_dev, device, &famfs_holder_ops);

	if (err)
		return err;
	device->dax_dev = dax_dev;
	fsdev_name_mount(dax_dev, device, device->set->mount);
	return 0;
}

/**
 * famfs_chardev_release() - give a character device back
 * @device: the device
 *
 * Context: May sleep; waits for a notification in progress.
 */
void famfs_chardev_release(struct famfs_device *device)
{
	fsdev_put_dax(device->dax_dev, device);
}
