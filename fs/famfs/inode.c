// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: inodes and directories.  Both live in memory only.
 */
#include <linux/mm.h>
#include <linux/mount.h>
#include <linux/slab.h>
#include "famfs.h"

static struct kmem_cache *famfs_inode_cache;

static void init_inode_once(void *object)
{
	struct famfs_inode *fi = object;

	inode_init_once(&fi->vfs_inode);
}

/**
 * famfs_inode_cache_init() - make the cache that inodes come from
 *
 * Context: May sleep.
 * Return: 0 or -ENOMEM.
 */
int famfs_inode_cache_init(void)
{
	famfs_inode_cache = kmem_cache_create("famfs_inode",
					      sizeof(struct famfs_inode), 0,
					      SLAB_RECLAIM_ACCOUNT |
					      SLAB_ACCOUNT, init_inode_once);
	return famfs_inode_cache ? 0 : -ENOMEM;
}

/**
 * famfs_inode_cache_exit() - destroy the cache
 *
 * Context: May sleep.  No inode is left but those waiting for RCU.
 */
void famfs_inode_cache_exit(void)
{
	rcu_barrier();
	kmem_cache_destroy(famfs_inode_cache);
}

/**
 * famfs_alloc_inode() - super_operations.alloc_inode
 * @sb: the mount
 *
 * Context: May sleep.
 * Return: the inode or NULL.
 */
struct inode *famfs_alloc_inode(struct super_block *sb)
{
	struct famfs_inode *fi;

	fi = alloc_inode_sb(sb, famfs_inode_cache, GFP_KERNEL);
	if (!fi)
		return NULL;
	fi->map = NULL;
	fi->units = NULL;
	atomic_long_set(&fi->nr_stored, 0);
	fi->born = ktime_get_real_ns();
	famfs_units_born(&fi->vfs_inode);
	return &fi->vfs_inode;
}

/**
 * famfs_free_inode() - super_operations.free_inode
 * @inode: the inode
 *
 * Context: RCU callback.
 */
void famfs_free_inode(struct inode *inode)
{
	if (S_ISLNK(inode->i_mode))
		kfree(inode->i_link);
	kmem_cache_free(famfs_inode_cache, FAMFS_I(inode));
}

/**
 * famfs_evict_inode() - super_operations.evict_inode
 * @inode: the inode; nobody has it open or mapped
 *
 * Context: May sleep.
 */
void famfs_evict_inode(struct inode *inode)
{
	struct famfs_inode *fi = FAMFS_I(inode);
	struct famfs_map *map = fi->map;

	if (map) {
		/* A line written back later could hit another file's data. */
		famfs_sync(inode, 0, LLONG_MAX);
		famfs_pinned_release(inode);
	}
	truncate_inode_pages_final(&inode->i_data);
	clear_inode(inode);
	famfs_units_exit(inode);
	if (!map)
		return;
	famfs_owner_release(inode);
	famfs_map_free(map);
}

static int check_resize(const struct inode *inode, loff_t size)
{
	return size == i_size_read(inode) ? 0 : -EPERM;
}

/* The map decides a file's size; see Documentation/filesystems/famfs.rst. */
static int famfs_setattr(struct mnt_idmap *idmap, struct dentry *dentry,
			 struct iattr *attr)
{
	struct inode *inode = d_inode(dentry);
	int err;

	err = setattr_prepare(idmap, dentry, attr);
	if (err)
		return err;
	if (attr->ia_valid & ATTR_SIZE) {
		err = check_resize(inode, attr->ia_size);
		if (err)
			return err;
	}
	setattr_copy(idmap, inode, attr);
	mark_inode_dirty(inode);
	return 0;
}

static int famfs_getattr(struct mnt_idmap *idmap, const struct path *path,
			 struct kstat *stat, u32 request_mask,
			 unsigned int flags)
{
	struct inode *inode = d_inode(path->dentry);

	generic_fillattr(idmap, request_mask, inode, stat);
	stat->btime = ns_to_timespec64(FAMFS_I(inode)->born);
	stat->result_mask |= STATX_BTIME;
	if (S_ISREG(inode->i_mode))
		stat->attributes |= STATX_ATTR_DAX;
	return 0;
}

static const struct inode_operations famfs_file_inode_operations = {
	.setattr = famfs_setattr,
	.getattr = famfs_getattr,
	.fiemap = famfs_fiemap,
};

static const struct inode_operations famfs_symlink_inode_operations = {
	.getattr = famfs_getattr,
	.get_link = simple_get_link,
};

/* A fifo, a socket or a device node: what it does is up to the VFS. */
static const struct inode_operations famfs_special_inode_operations = {
	.getattr = famfs_getattr,
};

static const struct inode_operations famfs_dir_inode_operations;

/**
 * famfs_new_inode() - make an inode
 * @idmap: how the mount that it is made through maps owners
 * @sb: the mount
 * @dir: directory that it is made in, NULL for the root
 * @mode: type and permissions
 * @dev: number, of a device node
 *
 * Context: May sleep.
 * Return: the inode or NULL when there is no memory.
 */
struct inode *famfs_new_inode(struct mnt_idmap *idmap, struct super_block *sb,
			      const struct inode *dir, umode_t mode, dev_t dev)
{
	struct inode *inode = new_inode(sb);

	if (!inode)
		return NULL;
	inode->i_ino = get_next_ino();
	inode_init_owner(idmap, inode, dir, mode);
	simple_inode_init_ts(inode);
	switch (inode->i_mode & S_IFMT) {
	case S_IFREG:
		/* Of such a file the kernel pins no page for long. */
		if (!famfs_pins_long(sb))
			inode->i_flags |= S_DAX;
		inode->i_op = &famfs_file_inode_operations;
		inode->i_fop = &famfs_file_operations;
		inode->i_mapping->a_ops = &famfs_aops;
		break;
	case S_IFDIR:
		inode->i_op = &famfs_dir_inode_operations;
		inode->i_fop = &simple_dir_operations;
		inc_nlink(inode);	/* its own "." */
		break;
	case S_IFLNK:
		inode->i_op = &famfs_symlink_inode_operations;
		break;
	default:
		inode->i_op = &famfs_special_inode_operations;
		init_special_inode(inode, inode->i_mode, dev);
	}
	return inode;
}

/* Dentries are the only place where names are kept: pin them. */
static void add_name(struct inode *dir, struct dentry *dentry,
		     struct inode *inode)
{
	famfs_keep_name(dentry, inode);
	inode_set_mtime_to_ts(dir, inode_set_ctime_current(dir));
}

static int famfs_mknod(struct mnt_idmap *idmap, struct inode *dir,
		       struct dentry *dentry, umode_t mode, dev_t dev)
{
	struct inode *inode = famfs_new_inode(idmap, dir->i_sb, dir, mode, dev);

	if (!inode)
		return -ENOMEM;
	add_name(dir, dentry, inode);
	return 0;
}

/* User space looks for a symbol of this name in /proc/kallsyms. */
static noinline int famfs_create(struct mnt_idmap *idmap, struct inode *dir,
				 struct dentry *dentry, FAMFS_CREATE_MODE)
{
	return famfs_mknod(idmap, dir, dentry, S_IFREG | mode, 0);
}

static famfs_mkdir_t famfs_mkdir(struct mnt_idmap *idmap, struct inode *dir,
				 struct dentry *dentry, umode_t mode)
{
	int err = famfs_mknod(idmap, dir, dentry, S_IFDIR | mode, 0);

	if (!err)
		inc_nlink(dir);
	return famfs_mkdir_result(err);
}

/* A file without a name, which linkat(2) may give one once it has its map. */
static int famfs_tmpfile(struct mnt_idmap *idmap, struct inode *dir,
			 struct file *file, umode_t mode)
{
	struct inode *inode = famfs_new_inode(idmap, dir->i_sb, dir, mode, 0);

	if (!inode)
		return -ENOMEM;
	d_tmpfile(file, inode);
	return finish_open_simple(file, 0);
}

static int famfs_symlink(struct mnt_idmap *idmap, struct inode *dir,
			 struct dentry *dentry, const char *target)
{
	struct inode *inode;
	char *link;

	/* Any user can make many of them: his memory cgroup pays. */
	link = kstrdup(target, GFP_KERNEL_ACCOUNT);
	if (!link)
		return -ENOMEM;
	inode = famfs_new_inode(idmap, dir->i_sb, dir, S_IFLNK | 0777, 0);
	if (!inode) {
		kfree(link);
		return -ENOMEM;
	}
	inode->i_link = link;
	inode->i_size = strlen(link);
	add_name(dir, dentry, inode);
	return 0;
}

static const struct inode_operations famfs_dir_inode_operations = {
	.getattr = famfs_getattr,
	.create = famfs_create,
	.lookup = simple_lookup,
	.link = simple_link,
	.unlink = simple_unlink,
	.symlink = famfs_symlink,
	.mkdir = famfs_mkdir,
	.rmdir = simple_rmdir,
	.mknod = famfs_mknod,
	.rename = simple_rename,
	.tmpfile = famfs_tmpfile,
};

static int set_map_locked(struct inode *inode, struct famfs_map *map)
{
	int err;

	inode_lock(inode);
	if (FAMFS_I(inode)->map)
		err = -EEXIST;
	else if (READ_ONCE(famfs_devices(inode->i_sb)->gone))
		err = -EIO;
	else
		err = famfs_owner_claim(inode, map);
	if (!err)
		inode_set_mtime_to_ts(inode, inode_set_ctime_current(inode));
	inode_unlock(inode);
	return err;
}

/**
 * famfs_set_map() - give a file its map, and with it its size
 * @inode: a regular file
 * @req: the map that is asked for
 * @reason: which rule the request breaks
 *
 * Context: May sleep; takes the inode's lock.
 * Return: 0, -EEXIST if the file has a map, -EBUSY if another file owns a part
 * of the memory, -EIO if a device is gone, -ENOMEM, or an error of
 * famfs_map_validate().  After an error the file is as it was.
 */
int famfs_set_map(struct inode *inode, const struct famfs_map_request *req,
		  struct famfs_reason *reason)
{
	const struct famfs_device_set *devices = famfs_devices(inode->i_sb);
	struct famfs_limits limits = {
		.max_extents = FAMFS_MAP_MAX_EXTENTS,
		.nr_devices = devices->nr,
		.device_size = devices->size,
	};
	struct famfs_map *map;
	int err;

	err = famfs_map_validate(req, &limits, reason);
	if (err)
		return err;
	map = famfs_map_build(req);
	if (!map)
		return -ENOMEM;
	err = set_map_locked(inode, map);
	if (err)
		famfs_map_free(map);
	return err;
}
