// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: find, hold and release the memory devices.
 */
#include <linux/blkdev.h>
#include <linux/fs_context.h>
#include <linux/memremap.h>
#include <linux/iomap.h>
#include <linux/pfn.h>
#include <linux/slab.h>
#include "device.h"

/* Includes poisoned pages: drivers refuse those to all but DAX_RECOVERY_WRITE. */
static long any_pages(const struct famfs_device *device, pgoff_t pgoff, long nr)
{
	return famfs_access_pages(device, pgoff, nr, DAX_RECOVERY_WRITE, NULL);
}

/*
 * The number of pages of a device.  Asks for single pages: drivers differ in what they
 * return for a range that goes beyond the end.
 */
static long device_pages(const struct famfs_device *device)
{
	pgoff_t first = 0, end = PHYS_PFN(LONG_MAX), middle;

	while (first < end) {
		middle = first + (end - first) / 2;
		if (any_pages(device, middle, 1) == 1)
			first = middle + 1;
		else
			end = middle;
	}
	return first;
}

static int refuse_device(struct fs_context *fc, const struct famfs_node *node,
			 int err)
{
	const char *name = node->name;

	switch (err) {
	case -EBUSY:
		return famfs_refuse_busy(fc, node);
	case -EINTR:
		break;
	case -EOPNOTSUPP:
		errorfc(fc, "%s: bound to another driver; unbind it there and write its name to /sys/bus/dax/drivers/fsdev_dax/new_id",
			name);
		break;
	default:
		errorfc(fc, "%s: not bound to a driver; write its name to /sys/bus/dax/drivers/fsdev_dax/new_id, which does nothing if its size is 0",
			name);
	}
	return err;
}

static int hold_chardev(struct fs_context *fc, struct famfs_device *device,
			struct dax_device *dax_dev, bool write)
{
	int err = famfs_node_permission(fc, device, write);

	if (err)
		return err;
	err = famfs_chardev_hold(device, dax_dev);
	return err ? refuse_device(fc, &device->node, err) : 0;
}

static int hold_dax(struct fs_context *fc, struct famfs_device *device,
		    bool write, u64 *size)
{
	const struct famfs_node *node = &device->node;
	struct dax_device *dax_dev;
	long pages;
	int err;

	dax_dev = famfs_chardev_find(node->devt);
	if (!dax_dev) {
		errorfc(fc, "%s: not a dax device", node->name);
		return -ENODEV;
	}
	err = hold_chardev(fc, device, dax_dev, write);
	put_dax(dax_dev);	/* the hold has a reference of its own */
	if (err)
		return err;
	pages = device_pages(device);
	*size = PFN_PHYS(pages);
	device->split = pages && any_pages(device, 0, pages) != pages;
	return 0;
}

/*
 * With an altmap this host's page structures are on the memory, and other hosts would
 * write theirs to the same place.  Under famfs_access_lock().
 */
static int check_shared(struct fs_context *fc, struct famfs_device *device,
			bool unshared)
{
	pfn_t pfn;

	if (unshared ||
	    famfs_device_access(device, device->start, 1, &pfn) != 1 ||
	    !pgmap_altmap(page_pgmap(pfn_t_to_page(pfn))))
		return 0;
	errorfc(fc, "%s: its page structures are on the memory itself; make the namespace with -M mem, or mount with -o unshared if no other host uses the memory",
		device->node.name);
	return -EOPNOTSUPP;
}

static int hold_device(struct fs_context *fc, struct famfs_device *device,
		       u64 *size, const struct famfs_options *options)
{
	bool write = famfs_wants_write(fc, options);
	int err, id;

	if (device->node.block)
		err = famfs_block_hold(fc, device, write, size);
	else
		err = hold_dax(fc, device, write, size);
	if (err)
		return err;
	famfs_node_in_use(device);
	id = famfs_access_lock(device->set);
	err = check_shared(fc, device, options->unshared);
	famfs_access_unlock(device->set, id);
	return err;
}

/*
 * If the pages of a device follow each other and all are good, no fault has to ask
 * the driver: famfs is told when that changes.  But pmem's driver hears of bad pages
 * that it tells nobody about.
 */
static void find_first_page(struct famfs_device *device)
{
	long pages = PHYS_PFN(device->set->size[famfs_device_index(device)]);
	pfn_t first;
	long found;
	int id;

	if (device->node.block)
		return;
	guard(mutex)(&device->set->failure_lock);
	/* pfn_t_devmap() may look at the page structure. */
	id = famfs_access_lock(device->set);
	found = famfs_access_driver(device, 0, pages, DAX_ACCESS, NULL, &first);
	if (found == pages && pfn_t_devmap(first) &&
	    famfs_poison_limit(device, 0, PFN_PHYS(pages), IOMAP_FAULT) ==
	    PFN_PHYS(pages))
		device->first = page_to_pfn(pfn_t_to_page(first));
	famfs_access_unlock(device->set, id);
}

/* Hold a device, and learn what is to know about it. */
static int open_device(struct fs_context *fc, struct famfs_device *device,
		       u64 *size, const struct famfs_options *options)
{
	int err = hold_device(fc, device, size, options);

	if (!err)
		err = famfs_poison_init(device);
	if (!err)
		find_first_page(device);
	return err;
}

/**
 * famfs_devices_alloc() - make the set of a mount's devices, with none in it yet
 * @nr: number of devices, 1 to FAMFS_MAX_DEVICES
 * @ops: what is done by the layers above
 *
 * Before famfs_devices_hold() these get ready for failures.
 *
 * Context: May sleep.
 * Return: the set with one reference for the caller, or NULL.
 */
struct famfs_device_set *
famfs_devices_alloc(u32 nr, const struct famfs_device_operations *ops)
{
	struct famfs_device_set *set;
	u32 i;

	set = kzalloc(sizeof(*set), GFP_KERNEL);
	if (!set || init_srcu_struct(&set->access)) {
		kfree(set);
		return NULL;
	}
	kref_init(&set->ref);
	set->ops = ops;
	mutex_init(&set->failure_lock);
	set->nr = nr;
	for (i = 0; i < nr; i++) {
		set->device[i].set = set;
		INIT_LIST_HEAD(&set->device[i].list);
	}
	return set;
}

static void release_device(struct famfs_device *device)
{
	famfs_node_unused(device);
	famfs_poison_exit(device);
	if (device->node.block)
		famfs_block_release(device);
	else if (device->dax_dev)
		famfs_chardev_release(device);
	kfree(device->node.name);
}

/**
 * famfs_devices_release() - give the devices back
 * @set: a set without a reference
 *
 * After this no failure is told.
 *
 * Context: May sleep; waits for a notification in progress.
 */
void famfs_devices_release(struct famfs_device_set *set)
{
	u32 i;

	for (i = 0; i < set->nr; i++)
		release_device(&set->device[i]);
}

/**
 * famfs_devices_free() - undo famfs_devices_alloc()
 * @set: a set without devices
 */
void famfs_devices_free(struct famfs_device_set *set)
{
	mutex_destroy(&set->failure_lock);
	cleanup_srcu_struct(&set->access);
	kfree(set);
}

/**
 * famfs_devices_hold() - become the holder of memory devices
 * @set: the set that is to have them
 * @sb: who wants them, with its options
 * @fc: the mount in progress; its log says why a device is refused
 * @nodes: the devices, no two the same; their names are taken over
 *
 * After an error the set has those that came before.
 *
 * Context: May sleep.
 * Return: 0, -ENODEV if there is no dax device of a number, no driver has it or it was
 * just removed, -EINTR, -EOPNOTSUPP if its driver is not fsdev_dax or its page structures
 * are on shared memory, -EBUSY if it has a holder, -ENOMEM, or an error of opening it or
 * of famfs_block_hold().
 */
int famfs_devices_hold(struct famfs_device_set *set, struct super_block *sb,
		       struct fs_context *fc, struct famfs_node *nodes)
{
	const struct famfs_sb_info *sbi = sb->s_fs_info;
	int err;
	u32 i;

	set->mount = sb->s_dev;
	for (i = 0; i < set->nr; i++) {
		swap(set->device[i].node, nodes[i]);
		err = open_device(fc, &set->device[i], &set->size[i],
				  &sbi->options);
		if (err)
			return err;
	}
	return 0;
}

/**
 * famfs_device_read_only() - tell whether a device must not be written to
 * @device: the device
 *
 * Return: whether it is a block device that is read-only, or a device node that
 * whoever mounted it may only read.
 */
bool famfs_device_read_only(const struct famfs_device *device)
{
	if (device->bdev_file)
		return bdev_read_only(file_bdev(device->bdev_file));
	return device->read_only;
}
