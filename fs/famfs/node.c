// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: device nodes: which device a path names, who may use it, and who does.
 */
#include <linux/list.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include "device.h"

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
 * famfs_node_permission() - look whether a character device may be used
 * @fc: the mount in progress; its log says why it may not
 * @device: the device, with its node; whether it is read-only is filled in
 * @write: the mount is to write to it
 *
 * Who may not open the node may not have the memory either; device cgroups have a say
 * in it.  It is not opened: a node that is open while its device is bound anew corrupts
 * the kernel's own character device (7.2).
 *
 * Context: May sleep.
 * Return: 0 or the errno that mount(2) is to return.
 */
int famfs_node_permission(struct fs_context *fc, struct famfs_device *device,
			  bool write)
{
	int mask = write ? MAY_READ | MAY_WRITE : MAY_READ;
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

/**
 * famfs_node_in_use() - let others be told who has a device
 * @device: the device, which is held
 *
 * Context: May sleep.
 */
void famfs_node_in_use(struct famfs_device *device)
{
	guard(mutex)(&list_lock);
	list_add(&device->list, &list);
}

/**
 * famfs_node_unused() - undo famfs_node_in_use(), if it was called
 * @device: the device
 *
 * Context: May sleep.
 */
void famfs_node_unused(struct famfs_device *device)
{
	guard(mutex)(&list_lock);
	list_del_init(&device->list);
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
