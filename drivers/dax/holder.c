// SPDX-License-Identifier: GPL-2.0
/*
 * fsdev: who holds a device.
 *
 * The holder that struct dax_device has room for can only be set by the core
 * of 6.12, and only for block devices; so it is kept here.
 *
 * Who looks a device up has a reference to its state, which has one to the
 * dax_device: both outlast an unbind that comes in between, and the look-up
 * then finds out under holder_lock that the device is gone.
 *
 * Taking a device away waits until its pages are let go, and whoever has them
 * may need the kernel's help for that.  So nothing but giving the device back
 * waits for it: memory failure anywhere in the machine, mmap (with the mmap lock
 * held) and attempts to mount take holder_lock alone, which is held briefly.
 */
#include <linux/dax.h>
#include <linux/device.h>
#include <linux/export.h>
#include <linux/fs.h>
#include <linux/fsdev_dax.h>
#include <linux/famfs_extent.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include "dax-private.h"
#include "bus.h"
#include "holder.h"
#include "trace.h"

static DEFINE_MUTEX(fsdev_list_lock);
static LIST_HEAD(fsdev_list);

/* The dax bus; the core does not export it but tells it to its drivers. */
const struct bus_type *fsdev_bus;

/**
 * fsdev_alloc() - allocate the state of a device being bound
 * @dev_dax: the device
 *
 * Context: May sleep.
 * Return: the state with one reference for the caller, or NULL.
 */
struct fsdev *fsdev_alloc(struct dev_dax *dev_dax)
{
	struct fsdev *fsdev;

	fsdev = kzalloc(sizeof(*fsdev), GFP_KERNEL);
	if (!fsdev)
		return NULL;
	if (badblocks_init(&fsdev->badblocks, 1)) {
		kfree(fsdev);
		return NULL;
	}
	kref_init(&fsdev->ref);
	INIT_LIST_HEAD(&fsdev->list);
	mutex_init(&fsdev->removal_lock);
	mutex_init(&fsdev->holder_lock);
	fsdev->dev_dax = dev_dax;
	return fsdev;
}

static void fsdev_free(struct kref *ref)
{
	struct fsdev *fsdev = container_of(ref, struct fsdev, ref);

	if (fsdev->dax_dev)
		put_dax(fsdev->dax_dev);
	famfs_map_free(fsdev->ranges);
	badblocks_exit(&fsdev->badblocks);
	mutex_destroy(&fsdev->removal_lock);
	mutex_destroy(&fsdev->holder_lock);
	kfree(fsdev);
}

/**
 * fsdev_put() - drop a reference
 * @fsdev: the device's state
 *
 * Context: May sleep.
 */
void fsdev_put(struct fsdev *fsdev)
{
	kref_put(&fsdev->ref, fsdev_free);
}

/**
 * fsdev_publish() - let holders find a device
 * @fsdev: the device's state, complete
 *
 * Context: May sleep.
 */
void fsdev_publish(struct fsdev *fsdev)
{
	mutex_lock(&fsdev_list_lock);
	list_add(&fsdev->list, &fsdev_list);
	mutex_unlock(&fsdev_list_lock);
}

static void drop_holder(struct fsdev *fsdev)
{
	lockdep_assert_held(&fsdev->holder_lock);
	if (!fsdev->holder)
		return;
	WRITE_ONCE(fsdev->holder, NULL);
	fsdev->holder_ops = NULL;
	module_put(THIS_MODULE);
}

/* The removal goes on if the holder answers with an error, which is logged. */
static void tell_holder_to_go(struct fsdev *fsdev)
{
	struct device *dev = &fsdev->dev_dax->dev;
	bool held = fsdev->holder;
	int err = 0;

	lockdep_assert_held(&fsdev->removal_lock);
	if (held) {
		dev_warn(dev, "taken away from %ps, waiting for its pages\n",
			 fsdev->holder_ops);
		err = fsdev->holder_ops->notify_failure(fsdev->dax_dev, 0,
							U64_MAX,
							MF_MEM_PRE_REMOVE);
		if (err)
			dev_err(dev, "the holder says %d\n", err);
	}
	trace_fsdev_remove(dev_name(dev), held, err);
}

/**
 * fsdev_withdraw() - take a device away from its holder and from new ones
 * @fsdev: the device's state
 *
 * The holder hears of it (MF_MEM_PRE_REMOVE) and has let go of every page when
 * this returns.  The device stays in the list until then, so that a holder
 * that gives it back meanwhile waits for its own notification.
 *
 * Context: May sleep, for as long as pages are in use.
 */
void fsdev_withdraw(struct fsdev *fsdev)
{
	mutex_lock(&fsdev->removal_lock);
	/* Ends a failure's notification, and none comes after it. */
	mutex_lock(&fsdev->holder_lock);
	WRITE_ONCE(fsdev->gone, true);
	mutex_unlock(&fsdev->holder_lock);

	fsdev_raw_revoke(fsdev);
	tell_holder_to_go(fsdev);
	mutex_lock(&fsdev->holder_lock);
	drop_holder(fsdev);
	mutex_unlock(&fsdev->holder_lock);
	mutex_unlock(&fsdev->removal_lock);

	mutex_lock(&fsdev_list_lock);
	list_del_init(&fsdev->list);
	mutex_unlock(&fsdev_list_lock);
}

/**
 * fsdev_notify_failure() - tell whoever uses the device that memory failed
 * @fsdev: the device's state
 * @offset: first byte on the device that failed
 * @length: bytes that failed
 * @mf_flags: flags of the memory failure
 *
 * A holder that is being told that the device goes hears no more of failures.
 *
 * Context: May sleep; waits for no page.
 * Return: what the holder answers, -EBUSY if it hears no more, -EOPNOTSUPP if nobody
 * uses the device: the generic action is to run.
 */
int fsdev_notify_failure(struct fsdev *fsdev, u64 offset, u64 length,
			 int mf_flags)
{
	struct device *dev = &fsdev->dev_dax->dev;
	const char *told = "nobody";
	int err = -EOPNOTSUPP;

	guard(mutex)(&fsdev->holder_lock);
	if (fsdev->holder && !fsdev->gone) {
		told = "holder";
		err = fsdev->holder_ops->notify_failure(fsdev->dax_dev, offset,
							length, mf_flags);
	} else if (fsdev->holder) {
		/* The generic action is not for pages that a file system has. */
		err = -EBUSY;
	} else if (fsdev_raw_mapped(fsdev)) {
		told = "mappings";
		err = fsdev_raw_failure(fsdev, offset, length, mf_flags);
	}
	trace_fsdev_failure(dev_name(dev), offset, length, mf_flags, told, err);
	dev_err_ratelimited(dev, "poison: %#llx bytes at offset %#llx, told %s\n",
			    length, offset, told);
	return err;
}

/**
 * fsdev_find() - find a bound device by what it has
 * @key: its struct dev_dax, dax_device or cdev
 *
 * Context: May sleep.
 * Return: the device's state with a reference for the caller, or NULL.
 */
struct fsdev *fsdev_find(const void *key)
{
	struct fsdev *fsdev;

	guard(mutex)(&fsdev_list_lock);
	list_for_each_entry(fsdev, &fsdev_list, list) {
		if (fsdev->dev_dax == key || fsdev->dax_dev == key ||
		    fsdev->cdev == key) {
			kref_get(&fsdev->ref);
			return fsdev;
		}
	}
	return NULL;
}

static int has_dax_device(struct device *dev, const void *dax_dev)
{
	return to_dev_dax(dev)->dax_dev == dax_dev;
}

/*
 * A device that is not ours: does another driver run it, or nobody?  Whether it
 * is alive would not tell: one that no driver has had yet is, too.
 */
static int refuse_foreign(struct dax_device *dax_dev)
{
	struct device *dev;
	int err;

	dev = bus_find_device(fsdev_bus, NULL, dax_dev, has_dax_device);
	if (!dev)
		return -ENODEV;
	err = READ_ONCE(dev->driver) ? -EOPNOTSUPP : -ENODEV;
	put_device(dev);
	return err;
}

static int set_holder(struct fsdev *fsdev, void *holder,
		      const struct dax_holder_operations *hops)
{
	int err;

	guard(mutex)(&fsdev->holder_lock);
	if (fsdev->gone)
		return -ENODEV;
	if (fsdev->holder)
		return -EBUSY;
	err = fsdev_raw_hold(fsdev, holder);
	if (err)
		return err;
	ihold(dax_inode(fsdev->dax_dev));
	__module_get(THIS_MODULE);
	fsdev->holder_ops = hops;
	fsdev->mount = 0;
	return 0;
}

/* I/O to the character device has the lock for as long as the caller's faults take. */
static int set_holder_without_io(struct fsdev *fsdev, void *holder,
				 const struct dax_holder_operations *hops)
{
	struct inode *inode = dax_inode(fsdev->dax_dev);
	int err;

	if (!inode_trylock(inode))
		return -EBUSY;
	err = set_holder(fsdev, holder, hops);
	inode_unlock(inode);
	return err;
}

/**
 * dax_dev_get() - find a dax device by the number of its character device
 * @devt: device number of /dev/daxX.Y
 *
 * Context: May sleep.
 * Return: the dax device with a reference that put_dax() drops, or NULL if
 * @devt is not a dax device.  Only one that is bound to fsdev_dax can be held.
 */
struct dax_device *dax_dev_get(dev_t devt)
{
	struct dax_device *dax_dev;
	struct device *dev;
	struct fsdev *fsdev;
	struct inode *inode;

	dev = bus_find_device(fsdev_bus, NULL, &devt, device_match_devt);
	if (!dev)
		return NULL;
	fsdev = fsdev_find(to_dev_dax(dev));
	dax_dev = fsdev ? fsdev->dax_dev : to_dev_dax(dev)->dax_dev;
	inode = igrab(dax_inode(dax_dev));
	if (fsdev)
		fsdev_put(fsdev);
	put_device(dev);	/* these two kept the dax_device */
	return inode ? dax_dev : NULL;
}
EXPORT_SYMBOL_GPL(dax_dev_get);

/**
 * fs_dax_get() - become the holder of a dax device
 * @dax_dev: a device that dax_dev_get() found
 * @holder: identifies the holder, not NULL
 * @hops: operations of the holder
 *
 * Takes a reference of its own to @dax_dev.  While held, the device has no
 * other holder and fsdev_dax cannot be unloaded.
 *
 * Context: May sleep.
 * Return: 0, -ENODEV if the device is absent or has no driver, -EOPNOTSUPP if
 * its driver is not fsdev_dax, -EBUSY if it is held or its character device is
 * mapped or just being read or written.
 */
int fs_dax_get(struct dax_device *dax_dev, void *holder,
	       const struct dax_holder_operations *hops)
{
	struct fsdev *fsdev;
	int err;

	if (!dax_dev)
		return -ENODEV;
	fsdev = fsdev_find(dax_dev);
	if (!fsdev)
		return refuse_foreign(dax_dev);
	err = set_holder_without_io(fsdev, holder, hops);
	fsdev_put(fsdev);
	return err;
}
EXPORT_SYMBOL_GPL(fs_dax_get);

/**
 * fsdev_name_mount() - say which file system a holder is, for the administrator
 * @dax_dev: a device that fs_dax_get() gave
 * @holder: who holds it; of another's hold nothing is said
 * @mount: number of the file system, as /proc/self/mountinfo has it
 *
 * Context: May sleep; not from the holder's notify_failure().
 */
void fsdev_name_mount(struct dax_device *dax_dev, void *holder, dev_t mount)
{
	struct fsdev *fsdev = fsdev_find(dax_dev);

	if (!fsdev)
		return;		/* just unbound */
	scoped_guard(mutex, &fsdev->holder_lock)
		if (fsdev->holder == holder)
			fsdev->mount = mount;
	fsdev_put(fsdev);
}
EXPORT_SYMBOL_GPL(fsdev_name_mount);

/**
 * fsdev_put_dax() - give back a device that fs_dax_get() gave
 * @dax_dev: the device
 * @holder: who holds it; another's hold is left alone
 *
 * Returns after a notification of the holder that is in progress.  The device
 * may have been unbound in the meantime.
 *
 * Context: May sleep; not from the holder's notify_failure().
 */
void fsdev_put_dax(struct dax_device *dax_dev, void *holder)
{
	struct fsdev *fsdev = fsdev_find(dax_dev);

	if (fsdev) {
		mutex_lock(&fsdev->removal_lock);
		mutex_lock(&fsdev->holder_lock);
		if (fsdev->holder == holder)
			drop_holder(fsdev);
		mutex_unlock(&fsdev->holder_lock);
		mutex_unlock(&fsdev->removal_lock);
		fsdev_put(fsdev);
	}
	put_dax(dax_dev);
}
EXPORT_SYMBOL_GPL(fsdev_put_dax);

/**
 * fsdev_dax_holder() - tell who holds a device
 * @dax_dev: a device that fs_dax_get() gave
 *
 * Context: Only from the holder's notify_failure(), which keeps the holder.
 * Return: the holder.
 */
void *fsdev_dax_holder(struct dax_device *dax_dev)
{
	struct fsdev *fsdev = dax_get_private(dax_dev);

	lockdep_assert(lockdep_is_held(&fsdev->holder_lock) ||
		       lockdep_is_held(&fsdev->removal_lock));
	return fsdev->holder;
}
EXPORT_SYMBOL_GPL(fsdev_dax_holder);
