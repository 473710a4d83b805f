// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: names: directories, links, and what can be made in them.  All live in
 * memory only.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/slab.h>
#include "mount.h"

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
	struct timespec64 now;

	if (!inode)
		return NULL;
	inode->i_ino = get_next_ino();
	inode_init_owner(idmap, inode, dir, mode);
	now = simple_inode_init_ts(inode);
	FAMFS_I(inode)->born = timespec64_to_ns(&now);
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
