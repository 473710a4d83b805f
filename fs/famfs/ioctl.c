// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: the ioctls.  The only code that touches memory of user space.
 */
#include <linux/capability.h>
#include <linux/compat.h>
#include <linux/fs.h>
#include <linux/mount.h>
#include <linux/overflow.h>
#include <linux/uaccess.h>
#include "famfs.h"
#include "trace.h"

/* struct famfs_ioc_map knows one type, by another enum than the library. */
static int check_fixed_map(const struct famfs_ioc_map *arg)
{
	if (arg->extent_type != SIMPLE_DAX_EXTENT)
		return -EINVAL;
	if (!arg->ext_list_count)
		return -EINVAL;
	if (arg->ext_list_count > FAMFS_MAX_EXTENTS)
		return -E2BIG;
	return 0;
}

static int create_map(struct inode *inode, const struct famfs_ioc_map *arg)
{
	struct famfs_ioc_simple_extent list[FAMFS_MAX_EXTENTS] = {};
	struct famfs_map_request req = {
		.file_size = arg->file_size,
		.file_type = arg->file_type,
		.ext_type = FAMFS_IOC_EXT_SIMPLE,
		.nr_extents = arg->ext_list_count,
		.simple = list,
	};
	struct famfs_reason reason = {};
	int err;
	u32 i;

	for (i = 0; i < req.nr_extents; i++) {
		list[i].offset = arg->ext_list[i].offset;
		list[i].len = arg->ext_list[i].len;
	}
	err = famfs_set_map(inode, &req, &reason);
	trace_famfs_map_create(inode, &req, &reason, err);
	return err;
}

static long ioctl_map_create(struct file *file, const void __user *uarg)
{
	struct inode *inode = file_inode(file);
	struct famfs_ioc_map arg;
	int err;

	/* A map gives access to any part of the device. */
	if (!ns_capable(inode->i_sb->s_user_ns, CAP_SYS_ADMIN))
		return -EPERM;
	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	err = check_fixed_map(&arg);
	if (err)
		return err;
	err = mnt_want_write_file(file);
	if (err)
		return err;
	err = create_map(inode, &arg);
	mnt_drop_write_file(file);
	return err;
}

/* The extents of a file whose map fits into the fixed-size structures. */
static int get_extents(const struct famfs_map *map, struct famfs_extent *list)
{
	struct famfs_range range;
	u32 i;

	if (!map)
		return -EINVAL;
	if (map->nr_segments > FAMFS_MAX_EXTENTS)
		return -EOVERFLOW;
	for (i = 0; i < map->nr_segments; i++) {
		famfs_map_segment(map, i, &range);
		list[i].offset = range.addr;
		list[i].len = range.length;
	}
	return 0;
}

static long ioctl_map_get(struct file *file, void __user *uarg)
{
	const struct famfs_map *map = famfs_inode_map(file_inode(file));
	struct famfs_ioc_map arg = {};
	int err;

	err = get_extents(map, arg.ext_list);
	if (err)
		return err;
	arg.extent_type = SIMPLE_DAX_EXTENT;
	arg.file_type = map->file_type;
	arg.file_size = map->size;
	arg.ext_list_count = map->nr_segments;
	return copy_to_user(uarg, &arg, sizeof(arg)) ? -EFAULT : 0;
}

/* The caller's array has room for the file's extents, not for more. */
static long ioctl_map_getext(struct file *file, void __user *uarg)
{
	const struct famfs_map *map = famfs_inode_map(file_inode(file));
	struct famfs_extent list[FAMFS_MAX_EXTENTS] = {};
	int err;

	err = get_extents(map, list);
	if (err)
		return err;
	if (copy_to_user(uarg, list, array_size(map->nr_segments, sizeof(*list))))
		return -EFAULT;
	return 0;
}

/**
 * famfs_ioctl() - file_operations.unlocked_ioctl
 * @file: a regular file
 * @cmd: one of FAMFSIOC_*
 * @arg: address in user space
 *
 * Context: May sleep.
 * Return: 0 or the errno that Documentation/filesystems/famfs.rst lists.
 */
long famfs_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *uarg = (void __user *)arg;

	switch (cmd) {
	case FAMFSIOC_NOP:
		return 0;
	case FAMFSIOC_MAP_CREATE:
		return ioctl_map_create(file, uarg);
	case FAMFSIOC_MAP_GET:
		return ioctl_map_get(file, uarg);
	case FAMFSIOC_MAP_GETEXT:
		return ioctl_map_getext(file, uarg);
	default:
		return -ENOTTY;
	}
}

/**
 * famfs_compat_ioctl() - file_operations.compat_ioctl
 * @file: a regular file
 * @cmd: one of FAMFSIOC_*
 * @arg: address in user space of a 32-bit process
 *
 * The structures without pointers are the same for 32-bit callers.
 *
 * Context: May sleep.
 * Return: as famfs_ioctl().
 */
long famfs_compat_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return famfs_ioctl(file, cmd, (unsigned long)compat_ptr(arg));
}
