// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: being the holder that the core of the kernel knows of.
 *
 * The core calls notify_failure() without keeping the holder from letting go
 * meanwhile.  So a notification looks its device up in a list, and takes a
 * reference to the set that the device is in.
 */
#include <linux/dax.h>
#include <linux/device.h>
#include <linux/list.h>
#include <linux/mm.h>
#include "device.h"

/* Protects the list, and what is in it from being given back. */
DEFINE_MUTEX(famfs_held_lock);
static LIST_HEAD(held);

/* A dax device without memory, for famfs_held_exit(). */
static struct dax_device *barrier;

/**
 * famfs_held_init() - get ready to be a holder
 *
 * Context: May sleep.
 * Return: 0 or an error of alloc_dax().
 */
int famfs_held_init(void)
{
	barrier = alloc_dax(NULL, NULL);
	return PTR_ERR_OR_ZERO(barrier);
}

/**
 * famfs_held_exit() - wait for notifications that are just ending
 *
 * The core does not wait for them when a holder lets go.  Killing any dax device waits
 * for all who are inside dax_read_lock(), as they are.
 *
 * Context: May sleep.
 */
void famfs_held_exit(void)
{
	kill_dax(barrier);
	put_dax(barrier);
}

static bool has_part(const struct famfs_device *device, u64 offset, u64 length)
{
	u64 size = device->set->size[famfs_device_index(device)];

	return offset < device->start + size && device->start < offset + length;
}

/*
 * While a mount ends, the generic action must not see its pages, see poison_range(), but
 * may see those of another partition; and a device that dies waits for nothing but those
 * who look at it.
 */
static int tell_ending(struct famfs_device *device, u64 offset, u64 length,
		       int mf_flags)
{
	if (mf_flags & MF_MEM_PRE_REMOVE)
		famfs_device_lost(device);
	return has_part(device, offset, length) ? -EBUSY : -EOPNOTSUPP;
}

/* The device of a dax device, with a reference to its set; or an error. */
static struct famfs_device *find_held(struct dax_device *dax_dev, u64 offset,
				      u64 length, int mf_flags)
{
	const void *holder = dax_holder(dax_dev);
	struct famfs_device *device;

	guard(mutex)(&famfs_held_lock);
	list_for_each_entry(device, &held, held) {
		if (device != holder || device->dax_dev != dax_dev)
			continue;
		if (kref_get_unless_zero(&device->set->ref))
			return device;
		return ERR_PTR(tell_ending(device, offset, length, mf_flags));
	}
	return ERR_PTR(-EOPNOTSUPP);
}

static int held_notify_failure(struct dax_device *dax_dev, u64 offset,
			       u64 length, int mf_flags)
{
	struct famfs_device *device = find_held(dax_dev, offset, length, mf_flags);
	int err;

	if (IS_ERR(device))
		return PTR_ERR(device);
	err = device->set->ops->failed(device, offset, length, mf_flags);
	famfs_devices_put(device->set);
	return err;
}

/* What a holder that is in the list gives to the core. */
const struct dax_holder_operations famfs_held_ops = {
	.notify_failure = held_notify_failure,
};

/**
 * famfs_held_add() - let notifications find a device
 * @device: the device
 *
 * Context: Under famfs_held_lock.
 */
void famfs_held_add(struct famfs_device *device)
{
	lockdep_assert_held(&famfs_held_lock);
	list_add(&device->held, &held);
	device->forgets = true;		/* as pmem and the kernel's fsdev do */
}

/**
 * famfs_held_wait() - wait until the removal of a device that has begun is done
 * @dev: who owns the memory, or NULL
 *
 * The core removes it with this device locked.
 *
 * Context: May sleep.
 * Return: 0, or -EINTR.
 */
int famfs_held_wait(struct device *dev)
{
	int err;

	if (!dev)
		return 0;
	err = device_lock_interruptible(dev);
	if (!err)
		device_unlock(dev);
	return err;
}

/**
 * famfs_held_confirm() - tell whether a device that was added is there, and held
 * @device: the device
 *
 * A removal that began before the hold tells it nothing, and ends it.  After
 * famfs_held_wait() there is none, and each that begins later is told.
 *
 * Context: May sleep.
 * Return: 0 or -ENODEV.
 */
int famfs_held_confirm(struct famfs_device *device)
{
	struct dax_device *dax_dev = device->dax_dev;
	int id = dax_read_lock();
	bool alive = dax_alive(dax_dev);

	dax_read_unlock(id);
	if (dax_holder(dax_dev) != device)
		WRITE_ONCE(device->lost, true);
	return alive && !READ_ONCE(device->lost) ? 0 : -ENODEV;
}

/**
 * famfs_held_release() - stop being the holder of a device that was added
 * @device: the device
 *
 * The core ended the hold on a device that was removed, also where it did not tell: it
 * may be somebody else's by now, and only the reference is left to drop.
 *
 * Context: May sleep.
 */
void famfs_held_release(struct famfs_device *device)
{
	guard(mutex)(&famfs_held_lock);
	list_del(&device->held);
	if (device->lost || dax_holder(device->dax_dev) != device)
		put_dax(device->dax_dev);
	else
		fs_put_dax(device->dax_dev, device);
}
