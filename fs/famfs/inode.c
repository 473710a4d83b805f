// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: inodes, their attributes, and installing a map.
 */
#include <linux/iomap.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/slab.h>
#include "file.h"

static struct kmem_cache *famfs_inode_cache;

static void init_inode_once(void *object)
{
	struct famfs_inode *fi = object;

	inode_init_once(&fi->owner.inode);
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
	fi->owner.map = NULL;
	fi->units = NULL;
	return &fi->owner.inode;
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

/**
 * famfs_getattr() - inode_operations.getattr
 * @idmap: how the mount maps owners
 * @path: the file or what else
 * @stat: filled in
 * @request_mask: what is asked for
 * @flags: of statx(2)
 *
 * Return: 0.
 */
int famfs_getattr(struct mnt_idmap *idmap, const struct path *path,
		  struct kstat *stat, u32 request_mask, unsigned int flags)
{
	struct inode *inode = d_inode(path->dentry);

	generic_fillattr(idmap, request_mask, inode, stat);
	stat->btime = ns_to_timespec64(FAMFS_I(inode)->born);
	stat->result_mask |= STATX_BTIME;
	if (S_ISREG(inode->i_mode))
		stat->attributes |= STATX_ATTR_DAX;
	return 0;
}

const struct inode_operations famfs_file_inode_operations = {
	.setattr = famfs_setattr,
	.getattr = famfs_getattr,
	.fiemap = famfs_fiemap,
};

/* Pages are the memory of the device itself, so a dirty one needs no write-out. */
const struct address_space_operations famfs_aops = {
	.dirty_folio = noop_dirty_folio,
};

static int set_map_locked(struct inode *inode, struct famfs_map *map)
{
	int err;

	inode_lock(inode);
	if (famfs_owner_of(inode)->map)
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
