// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: find, hold and release the memory devices.
 */
#include <linux/blkdev.h>
#include <linux/file.h>
#include <linux/fs_context.h>
#include <linux/list.h>
#include <linux/memremap.h>
#include <linux/iomap.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/pfn.h>
#include <linux/slab.h>
#include "famfs.h"

/* Devices that mounts have, or pages that outlived one. */
static DEFINE_MUTEX(list_lock);
static LIST_HEAD(list);

static bool nodev(const struct path *path)
{
	return (path->mnt->mnt_flags & MNT_NODEV) ||
	       (path->dentry->d_sb->s_iflags & SB_I_NODEV);
}

/**
 * famfs_node_lookup() - find out which device a path names
 * @fc: the mount in progress; its log says what is wrong with the path
 * @node: with the path; the rest is filled in
 *
 * Does not keep the path: a mount does not pin the file system that its device
 * node lives on.
 *
 * Context: May sleep.
 * Return: 0 or the errno that mount(2) is to return.
 */
int famfs_node_lookup(struct fs_context *fc, struct famfs_node *node)
{
	const char *name = node->name;
	struct inode *inode;
	struct path path;
	int err;

	err = kern_path(name, LOOKUP_FOLLOW, &path);
	if (err) {
		errorfc(fc, "%s: no such device", name);
		return err;
	}
	inode = d_backing_inode(path.dentry);
	node->devt = inode->i_rdev;
	node->block = S_ISBLK(inode->i_mode);
	if (!S_ISCHR(inode->i_mode) && !node->block) {
		err = invalfc(fc, "%s: not a device", name);
	} else if (nodev(&path)) {
		err = -EACCES;
		errorfc(fc, "%s: on a file system without device nodes", name);
	}
	path_put(&path);
	return err;
}

/**
 * famfs_node_equal() - tell whether two nodes are of the same device
 * @a: a node that was looked up
 * @b: another one
 *
 * Return: whether they are, by whatever names.
 */
bool famfs_node_equal(const struct famfs_node *a, const struct famfs_node *b)
{
	return a->devt == b->devt && a->block == b->block;
}

/**
 * famfs_access_pages() - ask a dax device's driver for pages
 * @dax_dev: the dax device
 * @pgoff: offset on it in pages
 * @nr: number of pages that are wanted, at least 1
 * @mode: DAX_ACCESS for good pages only, DAX_RECOVERY_WRITE for poisoned ones too
 * @pfn: the first one of them, filled in; or NULL
 *
 * Context: May sleep.
 * Return: number of pages that follow each other from there on, or an errno.
 */
long famfs_access_pages(struct dax_device *dax_dev, pgoff_t pgoff, long nr,
			enum dax_access_mode mode, pfn_t *pfn)
{
	long found;
	int id;

	id = dax_read_lock();
	found = dax_direct_access(dax_dev, pgoff, nr, mode, NULL, pfn);
	dax_read_unlock(id);
	return found;
}

/* Poisoned pages count too, so access them as one who repairs them. */
static long any_pages(struct dax_device *dax_dev, pgoff_t pgoff, long nr,
		      pfn_t *pfn)
{
	return famfs_access_pages(dax_dev, pgoff, nr, DAX_RECOVERY_WRITE, pfn);
}

/**
 * famfs_device_access() - find pages of a device
 * @device: the device
 * @addr: offset on its dax device in bytes; a multiple of the page size
 * @nr: number of pages that are wanted, at least 1
 * @pfn: the first one of them, filled in; or NULL
 *
 * A driver may refuse a request that goes beyond one of the device's physical
 * ranges, in place of giving less: then there are less here.
 *
 * Context: May sleep.
 * Return: number of pages that follow each other from there on, or an errno.
 */
long famfs_device_access(const struct famfs_device *device, u64 addr, long nr,
			 pfn_t *pfn)
{
	long found;

	for (;; nr /= 2) {
		found = any_pages(device->dax_dev, PHYS_PFN(addr), nr, pfn);
		if (found > 0 || nr == 1)
			return found;
	}
}

/* Asked for page by page, as drivers agree on nothing else. */
static long device_pages(struct dax_device *dax_dev)
{
	pgoff_t first = 0, end = PHYS_PFN(LONG_MAX), middle;

	while (first < end) {
		middle = first + (end - first) / 2;
		if (any_pages(dax_dev, middle, 1, NULL) == 1)
			first = middle + 1;
		else
			end = middle;
	}
	return first;
}

/* The mount that has a device, or 0; and whether it was unmounted. */
static dev_t find_mount(const struct famfs_node *node, bool *unmounted)
{
	const struct famfs_device *device;

	guard(mutex)(&list_lock);
	list_for_each_entry(device, &list, list) {
		if (!famfs_node_equal(&device->node, node))
			continue;
		*unmounted = READ_ONCE(device->set->unmounting);
		return device->set->mount;
	}
	return 0;
}

/**
 * famfs_refuse_busy() - say who has a device
 * @fc: the mount in progress, for its log
 * @node: the device
 *
 * The kernel tells nobody which mounts another one sees: only that they have
 * the same number.
 *
 * Context: May sleep.
 * Return: -EBUSY.
 */
int famfs_refuse_busy(struct fs_context *fc, const struct famfs_node *node)
{
	bool unmounted = false;
	dev_t mount = find_mount(node, &unmounted);

	if (!mount)
		errorfc(fc, "%s: already in use", node->name);
	else if (unmounted)
		errorfc(fc, "%s: already in use: pages of famfs %u:%u, which was unmounted",
			node->name, MAJOR(mount), MINOR(mount));
	else
		errorfc(fc, "%s: already in use by a file system: famfs %u:%u; if /proc/self/mountinfo does not list that, it is mounted in another mount namespace",
			node->name, MAJOR(mount), MINOR(mount));
	return -EBUSY;
}

static int refuse_device(struct fs_context *fc, const struct famfs_node *node,
			 int err)
{
	const char *name = node->name;

	switch (err) {
	case -EBUSY:
		return famfs_refuse_busy(fc, node);
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

/*
 * Who may not open the node may not have the memory either; device cgroups have a say
 * in it.  It is not opened: a node that is open while its device is bound anew corrupts
 * the kernel's own character device (7.2).
 */
static int check_permission(struct fs_context *fc, struct famfs_device *device)
{
	int mask = famfs_wants_write(fc) ? MAY_READ | MAY_WRITE : MAY_READ;
	const struct famfs_node *node = &device->node;
	const struct inode *inode;
	struct path path;
	int err;

	err = kern_path(node->name, LOOKUP_FOLLOW, &path);
	if (err) {
		errorfc(fc, "%s: no such device", node->name);
		return err;
	}
	inode = d_backing_inode(path.dentry);
	if (!S_ISCHR(inode->i_mode) || inode->i_rdev != node->devt) {
		err = -ENODEV;
		errorfc(fc, "%s: has become another device", node->name);
	} else if (nodev(&path)) {
		err = -EACCES;
		errorfc(fc, "%s: on a file system without device nodes",
			node->name);
	} else {
		err = path_permission(&path, mask | MAY_OPEN);
		if (err)
			errorfc(fc, "%s: cannot be opened (error %d)",
				node->name, err);
		device->read_only = path_permission(&path, MAY_WRITE);
	}
	path_put(&path);
	return err;
}

static int hold_chardev(struct fs_context *fc, struct famfs_device *device,
			struct dax_device *dax_dev)
{
	int err = check_permission(fc, device);

	if (err)
		return err;
	err = famfs_chardev_hold(device, dax_dev);
	return err ? refuse_device(fc, &device->node, err) : 0;
}

static int hold_dax(struct fs_context *fc, struct famfs_device *device,
		    u64 *size)
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
	err = hold_chardev(fc, device, dax_dev);
	put_dax(dax_dev);	/* the hold has a reference of its own */
	if (err)
		return err;
	pages = device_pages(dax_dev);
	*size = PFN_PHYS(pages);
	device->split = pages && any_pages(dax_dev, 0, pages, NULL) != pages;
	return 0;
}

/*
 * What describes the pages is this host's, and other hosts write there theirs.  Under
 * dax_read_lock(): the removal of a device waits for no mount that is being made.
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
	int err, id;

	if (device->node.block)
		err = famfs_block_hold(fc, device, size);
	else
		err = hold_dax(fc, device, size);
	if (err)
		return err;
	scoped_guard(mutex, &list_lock)
		list_add(&device->list, &list);
	id = dax_read_lock();
	err = check_shared(fc, device, options->unshared);
	dax_read_unlock(id);
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
	id = dax_read_lock();	/* where it takes the page to tell whose it is */
	found = famfs_access_pages(device->dax_dev, 0, pages, DAX_ACCESS,
				   &first);
	if (found == pages && pfn_t_devmap(first) &&
	    famfs_poison_limit(device, 0, PFN_PHYS(pages), IOMAP_FAULT) ==
	    PFN_PHYS(pages))
		device->first = page_to_pfn(pfn_t_to_page(first));
	dax_read_unlock(id);
}

/* Hold a device, and learn what is to know about it. */
static int open_device(struct fs_context *fc, struct famfs_device *device,
		       u64 *size, const struct famfs_options *options)
{
	int err = hold_device(fc, device, size, options);

	if (!err)
		err = famfs_owner_init(device);
	if (!err)
		err = famfs_poison_init(device);
	if (!err)
		find_first_page(device);
	return err;
}

static struct famfs_device_set *alloc_devices(u32 nr)
{
	struct famfs_device_set *set;
	u32 i;

	set = kzalloc(sizeof(*set), GFP_KERNEL);
	if (!set)
		return NULL;
	kref_init(&set->ref);
	mutex_init(&set->failure_lock);
	famfs_unit_locks_init(set);
	famfs_owners_init(set);
	init_waitqueue_head(&set->released);
	set->nr = nr;
	for (i = 0; i < nr; i++) {
		set->device[i].set = set;
		INIT_LIST_HEAD(&set->device[i].list);
	}
	return set;
}

static void release_device(struct famfs_device *device)
{
	scoped_guard(mutex, &list_lock)
		list_del_init(&device->list);
	famfs_poison_exit(device);
	if (device->node.block)
		famfs_block_release(device);
	else if (device->dax_dev)
		famfs_chardev_release(device);
	famfs_owner_exit(device);
	kfree(device->node.name);
}

static void release_devices(struct kref *ref)
{
	struct famfs_device_set *set = container_of(ref,
						    struct famfs_device_set,
						    ref);
	u32 i;

	for (i = 0; i < set->nr; i++)
		release_device(&set->device[i]);
	mutex_destroy(&set->failure_lock);
	mutex_destroy(&set->owner_lock);
	kfree(set);
}

/**
 * famfs_devices_open() - become the holder of memory devices
 * @sb: who wants them, with its options
 * @fc: the mount in progress; its log says why a device is refused
 * @nodes: the devices, no two the same; their names are taken over
 * @nr: number of devices, 1 to FAMFS_MAX_DEVICES
 *
 * Context: May sleep.
 * Return: the devices, or an ERR_PTR: -ENODEV if there is no dax device of a
 * number or no driver has it, -EOPNOTSUPP if its driver is not fsdev_dax or its
 * page structures are on shared memory, -EBUSY if it has a holder, -ENOMEM, or an
 * error of opening it or of famfs_block_hold().
 */
struct famfs_device_set *famfs_devices_open(struct super_block *sb,
					    struct fs_context *fc,
					    struct famfs_node *nodes, u32 nr)
{
	const struct famfs_sb_info *sbi = sb->s_fs_info;
	struct famfs_device_set *set;
	int err;
	u32 i;

	set = alloc_devices(nr);
	if (!set)
		return ERR_PTR(-ENOMEM);
	set->mount = sb->s_dev;
	for (i = 0; i < nr; i++) {
		swap(set->device[i].node, nodes[i]);
		err = open_device(fc, &set->device[i], &set->size[i],
				  &sbi->options);
		if (err) {
			famfs_devices_put(set);
			return ERR_PTR(err);
		}
	}
	return set;
}

/**
 * famfs_devices_put() - drop a reference; the last one gives the devices back
 * @set: the devices
 *
 * Context: May sleep.
 */
void famfs_devices_put(struct famfs_device_set *set)
{
	kref_put(&set->ref, release_devices);
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
