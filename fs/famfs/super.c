// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: mount, statfs, umount, and the module.
 */
#include <linux/fs_context.h>
#include <linux/module.h>
#include <linux/pfn.h>
#include <linux/slab.h>
#include <linux/statfs.h>
#include "mount.h"

static int famfs_statfs(struct dentry *dentry, struct kstatfs *buf)
{
	const struct famfs_device_set *devices = famfs_devices(dentry->d_sb);
	u64 used = round_up(atomic64_read(&devices->used), PAGE_SIZE);
	u64 size = 0;
	u32 i;

	for (i = 0; i < devices->nr; i++)
		size += devices->size[i];
	/* While a file goes away, a unit of it that lingers counts twice. */
	used = min(used, size);

	buf->f_type = FAMFS_SUPER_MAGIC;
	buf->f_bsize = PAGE_SIZE;
	buf->f_blocks = PHYS_PFN(size);
	buf->f_bfree = PHYS_PFN(size - used);
	buf->f_bavail = buf->f_bfree;
	buf->f_namelen = NAME_MAX;
	buf->f_fsid = u64_to_fsid(huge_encode_dev(devices->device[0].node.devt));
	return 0;
}

const struct super_operations famfs_super_operations = {
	.alloc_inode = famfs_alloc_inode,
	.free_inode = famfs_free_inode,
	.drop_inode = generic_delete_inode,
	.evict_inode = famfs_evict_inode,
	.sync_fs = famfs_sync_fs,
	.statfs = famfs_statfs,
	.show_options = famfs_show_options,
};

static struct dentry *make_root(struct super_block *sb,
				const struct famfs_options *options)
{
	struct inode *inode;

	inode = famfs_new_inode(&nop_mnt_idmap, sb, NULL,
				S_IFDIR | options->mode, 0);
	if (inode) {
		inode->i_uid = options->uid;
		inode->i_gid = options->gid;
	}
	return d_make_root(inode);
}

/* Nobody has a file, a page or a device of the mount any more. */
static void release_devices(struct kref *ref)
{
	struct famfs_device_set *set = container_of(ref,
						    struct famfs_device_set,
						    ref);
	u32 i;

	for (i = 0; i < set->nr; i++)
		famfs_units_dissolve(&set->device[i]);
	famfs_devices_release(set);
	famfs_owners_exit(set);
	famfs_devices_free(set);
}

static const struct famfs_device_operations famfs_device_operations = {
	.failed = famfs_failure_handle,
	.release = release_devices,
};

/**
 * famfs_new_devices - devices of a mount, before they are found and held
 * @nr: their number
 *
 * Each layer is ready for failures before a device can tell of one.
 *
 * Return: the devices, which famfs_devices_put() lets go, or NULL without memory.
 */
struct famfs_device_set *famfs_new_devices(u32 nr)
{
	struct famfs_device_set *set;

	set = famfs_devices_alloc(nr, &famfs_device_operations);
	if (set) {
		famfs_owners_init(set);
		famfs_unit_locks_init(set);
	}
	return set;
}

static struct famfs_device_set *open_devices(struct super_block *sb,
					     struct fs_context *fc)
{
	struct famfs_context *ctx = fc->fs_private;
	struct famfs_device_set *set;
	int err;

	set = famfs_new_devices(ctx->nr_nodes);
	if (!set)
		return ERR_PTR(-ENOMEM);
	err = famfs_devices_hold(set, sb, fc, ctx->nodes);
	if (!err)
		err = famfs_owners_start(set);
	if (err) {
		famfs_devices_put(set);
		return ERR_PTR(err);
	}
	return set;
}

static int famfs_fill_super(struct super_block *sb, struct fs_context *fc)
{
	struct famfs_context *ctx = fc->fs_private;
	struct famfs_sb_info *sbi = sb->s_fs_info;
	struct famfs_device_set *devices;

	sbi->options = ctx->options;
	devices = open_devices(sb, fc);
	if (IS_ERR(devices))
		return PTR_ERR(devices);
	sbi->devices = devices;

	sb->s_maxbytes = MAX_LFS_FILESIZE;
	sb->s_blocksize = PAGE_SIZE;
	sb->s_blocksize_bits = PAGE_SHIFT;
	sb->s_magic = FAMFS_SUPER_MAGIC;
	/* Other hosts change files, and no signature notices. */
	sb->s_iflags |= SB_I_IMA_UNVERIFIABLE_SIGNATURE;
	sb->s_op = &famfs_super_operations;
	sb->s_time_gran = 1;

	sb->s_root = make_root(sb, &sbi->options);
	return sb->s_root ? 0 : -ENOMEM;
}

static int famfs_get_tree(struct fs_context *fc)
{
	struct famfs_sb_info *sbi;

	if (!fc->source)
		return invalfc(fc, "no device given");
	sbi = kzalloc(sizeof(*sbi), GFP_KERNEL);
	if (!sbi)
		return -ENOMEM;
	fc->s_fs_info = sbi;
	return get_tree_nodev(fc, famfs_fill_super);
}

static const struct fs_context_operations famfs_context_operations = {
	.parse_param = famfs_parse_param,
	.get_tree = famfs_get_tree,
	.reconfigure = famfs_reconfigure,
	.free = famfs_context_free,
};

static int famfs_init_fs_context(struct fs_context *fc)
{
	fc->ops = &famfs_context_operations;
	return famfs_context_new(fc);
}

static void famfs_kill_sb(struct super_block *sb)
{
	struct famfs_sb_info *sbi = sb->s_fs_info;

	if (sbi->devices)
		famfs_failure_unmount(sbi->devices);
	kill_litter_super(sb);
	famfs_pinned_settle();
	if (sbi->devices)
		famfs_devices_put(sbi->devices);
	kfree(sbi);
}

static struct file_system_type famfs_type = {
	.owner = THIS_MODULE,
	.name = "famfs",
	.init_fs_context = famfs_init_fs_context,
	.parameters = famfs_parameters,
	.kill_sb = famfs_kill_sb,
	.fs_flags = FS_ALLOW_IDMAP,
};

static int __init famfs_init(void)
{
	int err;

	famfs_io_init();
	err = famfs_inode_cache_init();
	if (err)
		return err;
	err = famfs_pinned_init();
	if (err)
		goto destroy_cache;
	err = famfs_held_init();
	if (err)
		goto destroy_pinned;
	err = famfs_chardev_init();
	if (err)
		goto exit_held;
	err = register_filesystem(&famfs_type);
	if (err)
		goto exit_chardev;
	return 0;

exit_chardev:
	famfs_chardev_exit();
exit_held:
	famfs_held_exit();
destroy_pinned:
	famfs_pinned_exit();
destroy_cache:
	famfs_inode_cache_exit();
	return err;
}

static void __exit famfs_exit(void)
{
	unregister_filesystem(&famfs_type);
	famfs_pinned_exit();
	famfs_chardev_exit();
	famfs_held_exit();
	famfs_poison_forget();
	famfs_inode_cache_exit();
}

module_init(famfs_init);
module_exit(famfs_exit);

MODULE_ALIAS_FS("famfs");
MODULE_DESCRIPTION("famfs: files on shared fabric-attached memory");
MODULE_LICENSE("GPL");
