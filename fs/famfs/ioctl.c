// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: the ioctls.  The only code that touches memory of user space.
 */
#include <linux/capability.h>
#include <linux/compat.h>
#include <linux/fs.h>
#include <linux/mount.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "file.h"
#include "trace.h"

/* What user space was compiled with; LP64. */
static_assert(sizeof(struct famfs_ioc_map) == 56);
static_assert(sizeof(struct famfs_ioc_simple_extent) == 24);
static_assert(sizeof(struct famfs_ioc_interleaved_ext) == 32);
static_assert(sizeof(struct famfs_ioc_fmap) == 32);
static_assert(sizeof(struct famfs_ioc_get_fmap) == 448);

/* A map gives access to any part of the device. */
static bool may_create_map(const struct inode *inode)
{
	return ns_capable(inode->i_sb->s_user_ns, CAP_SYS_ADMIN);
}

static int create_map(struct file *file, const struct famfs_map_request *req)
{
	struct inode *inode = file_inode(file);
	struct famfs_reason reason = {};
	int err;

	err = mnt_want_write_file(file);
	if (err)
		return err;
	err = famfs_set_map(inode, req, &reason);
	trace_famfs_map_create(inode, req, &reason, err);
	mnt_drop_write_file(file);
	return err;
}

/* A request is refused for what it says of its lists, before they are read. */
static int refuse(struct file *file, u64 file_size, const struct famfs_reason reason)
{
	const struct famfs_map_request req = { .file_size = file_size };
	int err = reason.rule == FAMFS_RULE_TOO_MANY ? -E2BIG : -EINVAL;

	trace_famfs_map_create(file_inode(file), &req, &reason, err);
	return err;
}

static int refuse_count(struct file *file, u64 file_size, u64 nr, u64 limit)
{
	return refuse(file, file_size, (struct famfs_reason) {
		.rule = FAMFS_RULE_TOO_MANY, .value = nr, .limit = limit });
}

static int refuse_type(struct file *file, u64 file_size, u32 type, u32 limit)
{
	return refuse(file, file_size, (struct famfs_reason) {
		.rule = FAMFS_RULE_EXT_TYPE, .value = type, .limit = limit });
}

static long ioctl_map_create(struct file *file, const void __user *uarg)
{
	struct famfs_ioc_simple_extent list[FAMFS_MAX_EXTENTS];
	struct famfs_map_request req;
	struct famfs_ioc_map arg;
	int err;

	if (!may_create_map(file_inode(file)))
		return -EPERM;
	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	err = famfs_request_v1(&arg, &req, list);
	if (err == -E2BIG)
		return refuse_count(file, arg.file_size, arg.ext_list_count,
				    FAMFS_MAX_EXTENTS);
	if (err)
		return refuse_type(file, arg.file_size, arg.extent_type,
				   SIMPLE_DAX_EXTENT);
	return create_map(file, &req);
}

static long create_simple(struct file *file, const struct famfs_ioc_fmap *arg,
			  struct famfs_map_request *req)
{
	struct famfs_ioc_simple_extent *list;
	long err;

	if (arg->fioc_nextents > FAMFS_MAP_MAX_EXTENTS)
		return refuse_count(file, arg->fioc_file_size, arg->fioc_nextents,
				    FAMFS_MAP_MAX_EXTENTS);
	req->nr_extents = arg->fioc_nextents;
	if (!req->nr_extents)
		return create_map(file, req);	/* says what is wrong */
	list = vmemdup_array_user((const void __user __force *)arg->kse,
				  req->nr_extents, sizeof(*list));
	if (IS_ERR(list))
		return PTR_ERR(list);
	req->simple = list;
	err = create_map(file, req);
	kvfree(list);
	return err;
}

/**
 * struct interleaved_list - interleaved extents of a user, and their strips
 * @ext: the extents, with pointers into @strips
 * @strips: the strips of each extent
 */
struct interleaved_list {
	struct famfs_ioc_interleaved_ext ext[FAMFS_IOC_MAX_INTERLEAVED_EXTENTS];
	struct famfs_ioc_simple_extent
		strips[FAMFS_IOC_MAX_INTERLEAVED_EXTENTS][FAMFS_MAX_STRIPS];
};

static int copy_interleaved(struct file *file, struct interleaved_list *list,
			    const struct famfs_ioc_fmap *arg)
{
	const void __user *ustrips;
	u32 i;

	if (copy_from_user(list->ext, (const void __user __force *)arg->kie,
			   array_size(arg->fioc_niext, sizeof(list->ext[0]))))
		return -EFAULT;
	for (i = 0; i < arg->fioc_niext; i++) {
		ustrips = (const void __user __force *)list->ext[i].ie_strips;
		if (list->ext[i].ie_nstrips > FAMFS_MAX_STRIPS)
			return refuse(file, arg->fioc_file_size, (struct famfs_reason) {
				.rule = FAMFS_RULE_STRIPS,
				.part = FAMFS_PART_EXTENT,
				.extent = i,
				.value = list->ext[i].ie_nstrips,
				.limit = FAMFS_MAX_STRIPS });
		if (copy_from_user(list->strips[i], ustrips,
				   array_size(list->ext[i].ie_nstrips,
					      sizeof(list->strips[i][0]))))
			return -EFAULT;
		list->ext[i].ie_strips = list->strips[i];
	}
	return 0;
}

static long create_interleaved(struct file *file,
			       const struct famfs_ioc_fmap *arg,
			       struct famfs_map_request *req)
{
	struct interleaved_list *list;
	long err;

	if (arg->fioc_niext > FAMFS_IOC_MAX_INTERLEAVED_EXTENTS)
		return refuse_count(file, arg->fioc_file_size, arg->fioc_niext,
				    FAMFS_IOC_MAX_INTERLEAVED_EXTENTS);
	list = kzalloc(sizeof(*list), GFP_KERNEL);
	if (!list)
		return -ENOMEM;
	req->nr_extents = arg->fioc_niext;
	req->interleaved = list->ext;
	err = copy_interleaved(file, list, arg);
	if (!err)
		err = create_map(file, req);
	kfree(list);
	return err;
}

static long ioctl_map_create_v2(struct file *file, const void __user *uarg)
{
	struct famfs_map_request req = {};
	struct famfs_ioc_fmap arg;

	if (!may_create_map(file_inode(file)))
		return -EPERM;
	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	req.file_size = arg.fioc_file_size;
	req.file_type = arg.fioc_file_type;
	req.ext_type = arg.fioc_ext_type;
	switch (arg.fioc_ext_type) {
	case FAMFS_IOC_EXT_SIMPLE:
		return create_simple(file, &arg, &req);
	case FAMFS_IOC_EXT_INTERLEAVE:
		return create_interleaved(file, &arg, &req);
	default:
		return refuse_type(file, arg.fioc_file_size, arg.fioc_ext_type,
				   FAMFS_IOC_EXT_INTERLEAVE);
	}
}

/* Programs call MAP_GET to learn whether a file has a map, so strips are no error. */
static long ioctl_map_get(struct file *file, void __user *uarg)
{
	const struct famfs_map *map = famfs_inode_map(file_inode(file));
	struct famfs_ioc_map arg;
	int err;

	if (!map)
		return -EINVAL;
	err = famfs_map_v1(map, &arg);
	if (err)
		return err;
	return copy_to_user(uarg, &arg, sizeof(arg)) ? -EFAULT : 0;
}

/* The caller's array has room for the file's extents, not for more. */
static long ioctl_map_getext(struct file *file, void __user *uarg)
{
	const struct famfs_map *map = famfs_inode_map(file_inode(file));
	struct famfs_ioc_map arg;
	int err;

	if (!map)
		return -EINVAL;
	err = famfs_map_v1(map, &arg);
	if (err)
		return err;
	/* There is no room for strips. */
	if (!arg.ext_list_count)
		return -EOVERFLOW;
	if (copy_to_user(uarg, arg.ext_list,
			 array_size(arg.ext_list_count, sizeof(arg.ext_list[0]))))
		return -EFAULT;
	return 0;
}

static int get_simple(const struct famfs_map *map,
		      struct famfs_ioc_get_fmap *arg)
{
	struct famfs_range range;
	u32 i;

	if (map->nr_segments > FAMFS_MAX_EXTENTS)
		return -EOVERFLOW;
	for (i = 0; i < map->nr_segments; i++) {
		famfs_map_segment(map, i, &range);
		arg->ikse[i].devindex = range.dev;
		arg->ikse[i].offset = range.addr;
		arg->ikse[i].len = range.length;
	}
	arg->iocmap.fioc_ext_type = FAMFS_IOC_EXT_SIMPLE;
	arg->iocmap.fioc_nextents = map->nr_segments;
	return 0;
}

static int get_interleaved(const struct famfs_map *map,
			   struct famfs_ioc_get_fmap *arg)
{
	struct famfs_range range;
	u32 i;

	if (map->nr_segments > 1)
		return -EOVERFLOW;
	famfs_map_interleaved(map, 0, &arg->ks.ikie);
	for (i = 0; i < arg->ks.ikie.ie_nstrips; i++) {
		famfs_map_strip(map, 0, i, &range);
		arg->ks.kie_strips[i].devindex = range.dev;
		arg->ks.kie_strips[i].offset = range.addr;
		arg->ks.kie_strips[i].len = range.length;
	}
	arg->iocmap.fioc_ext_type = FAMFS_IOC_EXT_INTERLEAVE;
	arg->iocmap.fioc_niext = map->nr_segments;
	return 0;
}

static long ioctl_map_get_v2(struct file *file, void __user *uarg)
{
	const struct famfs_map *map = famfs_inode_map(file_inode(file));
	struct famfs_ioc_get_fmap arg;
	int err;

	if (!map)
		return -EINVAL;
	memset(&arg, 0, sizeof(arg));
	err = map->nr_strips ? get_interleaved(map, &arg) :
	      get_simple(map, &arg);
	if (err)
		return err;
	arg.iocmap.fioc_file_size = map->size;
	arg.iocmap.fioc_file_type = map->file_type;
	return copy_to_user(uarg, &arg, sizeof(arg)) ? -EFAULT : 0;
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
	case FAMFSIOC_MAP_CREATE_V2:
		return ioctl_map_create_v2(file, uarg);
	case FAMFSIOC_MAP_GET_V2:
		return ioctl_map_get_v2(file, uarg);
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
 * The structures without pointers are the same for 32-bit callers; the calls
 * whose structures have some are not for them.
 *
 * Context: May sleep.
 * Return: as famfs_ioctl().
 */
long famfs_compat_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case FAMFSIOC_NOP:
	case FAMFSIOC_MAP_CREATE:
	case FAMFSIOC_MAP_GET:
	case FAMFSIOC_MAP_GETEXT:
		return famfs_ioctl(file, cmd, (unsigned long)compat_ptr(arg));
	default:
		return -ENOTTY;
	}
}
