// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: mount, options, statfs, umount.
 */
#include <linux/cred.h>
#include <linux/fs_context.h>
#include <linux/fs_parser.h>
#include <linux/module.h>
#include <linux/pfn.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/statfs.h>
#include "mount.h"

#define FAMFS_DEFAULT_MODE 0755

enum famfs_param {
	opt_source,
	opt_daxdev,
	opt_mode,
	opt_uid,
	opt_gid,
	opt_dax,
	opt_flush,
	opt_memory,
	opt_pin,
	opt_unshared,
};

enum famfs_dax_mode {
	FAMFS_DAX_ALWAYS,
};

/* There is no way but dax; the option is there because others have it. */
static const struct constant_table famfs_dax_modes[] = {
	{ "always", FAMFS_DAX_ALWAYS },
	{}
};

static const struct constant_table famfs_flush_modes[] = {
	{ "always", FAMFS_FLUSH_ALWAYS },
	{ "never", FAMFS_FLUSH_NEVER },
	{}
};

static const struct constant_table famfs_memory_modes[] = {
	{ "rw", FAMFS_MEMORY_RW },
	{ "ro", FAMFS_MEMORY_RO },
	{}
};

static const struct constant_table famfs_pin_modes[] = {
	{ "short", FAMFS_PIN_SHORT },
	{ "long", FAMFS_PIN_LONG },
	{}
};

static const struct fs_parameter_spec famfs_parameters[] = {
	fsparam_string("source", opt_source),
	fsparam_string("daxdev", opt_daxdev),
	fsparam_u32oct("mode", opt_mode),
	fsparam_uid("uid", opt_uid),
	fsparam_gid("gid", opt_gid),
	fsparam_enum("dax", opt_dax, famfs_dax_modes),
	fsparam_enum("flush", opt_flush, famfs_flush_modes),
	fsparam_enum("memory", opt_memory, famfs_memory_modes),
	fsparam_enum("pin", opt_pin, famfs_pin_modes),
	fsparam_flag("unshared", opt_unshared),
	{}
};

/**
 * struct famfs_context - a mount or remount in progress
 * @nodes: the memory devices; the first one is the source and may come late
 * @nr_nodes: their number, the first one included
 * @options: what was asked for; at a remount what is not asked for is as it is
 */
struct famfs_context {
	struct famfs_node nodes[FAMFS_MAX_DEVICES];
	u32 nr_nodes;
	struct famfs_options options;
};

static int famfs_statfs(struct dentry *dentry, struct kstatfs *buf)
{
	const struct famfs_device_set *devices = famfs_devices(dentry->d_sb);
	u64 used = round_up(atomic64_read(&devices->used), PAGE_SIZE);
	u64 size = 0;
	u32 i;

	for (i = 0; i < devices->nr; i++)
		size += devices->size[i];

	buf->f_type = FAMFS_SUPER_MAGIC;
	buf->f_bsize = PAGE_SIZE;
	buf->f_blocks = PHYS_PFN(size);
	buf->f_bfree = PHYS_PFN(size - used);
	buf->f_bavail = buf->f_bfree;
	buf->f_namelen = NAME_MAX;
	buf->f_fsid = u64_to_fsid(huge_encode_dev(devices->device[0].node.devt));
	return 0;
}

static int famfs_show_options(struct seq_file *m, struct dentry *root)
{
	const struct famfs_sb_info *sbi = root->d_sb->s_fs_info;
	const struct famfs_options *options = &sbi->options;
	u32 i;

	for (i = 1; i < sbi->devices->nr; i++)
		seq_show_option(m, "daxdev", sbi->devices->device[i].node.name);
	if (options->mode != FAMFS_DEFAULT_MODE)
		seq_printf(m, ",mode=%o", options->mode);
	if (!uid_eq(options->uid, GLOBAL_ROOT_UID))
		seq_printf(m, ",uid=%u",
			   from_kuid_munged(&init_user_ns, options->uid));
	if (!gid_eq(options->gid, GLOBAL_ROOT_GID))
		seq_printf(m, ",gid=%u",
			   from_kgid_munged(&init_user_ns, options->gid));
	seq_puts(m, ",dax=always");
	if (options->flush == FAMFS_FLUSH_NEVER)
		seq_puts(m, ",flush=never");
	if (options->memory == FAMFS_MEMORY_RO)
		seq_puts(m, ",memory=ro");
	if (options->pin == FAMFS_PIN_LONG)
		seq_puts(m, ",pin=long");
	if (options->unshared)
		seq_puts(m, ",unshared");
	return 0;
}

const struct super_operations famfs_super_operations = {
	.alloc_inode = famfs_alloc_inode,
	.free_inode = famfs_free_inode,
	.drop_inode = generic_delete_inode,
	.evict_inode = famfs_evict_inode,
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

/* Names may differ as long as they are of the same devices. */
static bool same_devices(const struct famfs_context *ctx,
			 const struct famfs_device_set *devices)
{
	u32 i;

	if (ctx->nr_nodes > 1 && ctx->nr_nodes != devices->nr)
		return false;
	for (i = 0; i < ctx->nr_nodes; i++)
		if (ctx->nodes[i].name &&
		    !famfs_node_equal(&ctx->nodes[i], &devices->device[i].node))
			return false;
	return true;
}

static int check_writable(struct fs_context *fc,
			  const struct famfs_device_set *devices)
{
	u32 i;

	for (i = 0; i < devices->nr; i++) {
		if (!famfs_device_read_only(&devices->device[i]))
			continue;
		errorfc(fc, "%s: read-only", devices->device[i].node.name);
		return -EACCES;
	}
	return 0;
}

/* All that a remount changes is ro and rw, which the VFS does. */
static int famfs_reconfigure(struct fs_context *fc)
{
	const struct famfs_sb_info *sbi = fc->root->d_sb->s_fs_info;
	const struct famfs_context *ctx = fc->fs_private;
	const struct famfs_options *now = &sbi->options;

	if (!same_devices(ctx, sbi->devices))
		return invalfc(fc, "a remount cannot change the devices");
	if (ctx->options.mode != now->mode)
		return invalfc(fc, "a remount cannot change mode=; use chmod");
	if (!uid_eq(ctx->options.uid, now->uid) ||
	    !gid_eq(ctx->options.gid, now->gid))
		return invalfc(fc, "a remount cannot change uid= and gid=; use chown");
	if (ctx->options.flush != now->flush)
		return invalfc(fc, "a remount cannot change flush=");
	if (ctx->options.memory != now->memory)
		return invalfc(fc, "a remount cannot change memory=");
	if (ctx->options.pin != now->pin)
		return invalfc(fc, "a remount cannot change pin=");
	if (ctx->options.unshared != now->unshared)
		return invalfc(fc, "a remount cannot change unshared");
	if ((fc->sb_flags_mask & SB_RDONLY) && famfs_wants_write(fc, &ctx->options))
		return check_writable(fc, sbi->devices);
	return 0;
}

/* Fill in a node; after an error its name is NULL. */
static int set_node(struct fs_context *fc, struct famfs_node *node,
		    const char *name)
{
	const struct famfs_context *ctx = fc->fs_private;
	/* Whoever has a user namespace can start mounts that cannot be made. */
	struct famfs_node new = { .name = kstrdup(name, GFP_KERNEL_ACCOUNT) };
	int err;
	u32 i;

	if (!new.name)
		return -ENOMEM;
	err = famfs_node_lookup(fc, &new);
	for (i = 0; !err && i < ctx->nr_nodes; i++)
		if (ctx->nodes[i].name && famfs_node_equal(&ctx->nodes[i], &new))
			err = invalfc(fc, "%s: given before as %s", name,
				      ctx->nodes[i].name);
	if (err) {
		kfree(new.name);
		return err;
	}
	*node = new;
	return 0;
}

static int famfs_set_source(struct fs_context *fc, struct fs_parameter *param)
{
	struct famfs_context *ctx = fc->fs_private;
	int err;

	if (fc->source)
		return invalfc(fc, "more than one source given; others are for daxdev=");
	err = set_node(fc, &ctx->nodes[0], param->string);
	if (err)
		return err;
	fc->source = param->string;
	param->string = NULL;
	return 0;
}

static int famfs_add_daxdev(struct fs_context *fc, struct fs_parameter *param)
{
	struct famfs_context *ctx = fc->fs_private;
	int err;

	if (ctx->nr_nodes == FAMFS_MAX_DEVICES)
		return invalfc(fc, "%s: more than %d devices", param->string,
			       FAMFS_MAX_DEVICES);
	err = set_node(fc, &ctx->nodes[ctx->nr_nodes], param->string);
	if (!err)
		ctx->nr_nodes++;
	return err;
}

static int famfs_set_pin(struct fs_context *fc, enum famfs_pin pin)
{
	struct famfs_context *ctx = fc->fs_private;

	if (pin == FAMFS_PIN_LONG && !FAMFS_CAN_PIN_LONG) {
		errorfc(fc, "pin=long: this kernel pins no page of a dax file system for long");
		return -EOPNOTSUPP;
	}
	ctx->options.pin = pin;
	return 0;
}

static int famfs_parse_param(struct fs_context *fc, struct fs_parameter *param)
{
	struct famfs_context *ctx = fc->fs_private;
	struct fs_parse_result result;
	int opt;

	opt = fs_parse(fc, famfs_parameters, param, &result);
	switch (opt) {
	case opt_source:
		return famfs_set_source(fc, param);
	case opt_daxdev:
		return famfs_add_daxdev(fc, param);
	case opt_mode:
		if (result.uint_32 & ~S_IALLUGO)
			return invalfc(fc, "mode=%o: not a mode",
				      result.uint_32);
		ctx->options.mode = result.uint_32;
		return 0;
	case opt_uid:
		ctx->options.uid = result.uid;
		return 0;
	case opt_gid:
		ctx->options.gid = result.gid;
		return 0;
	case opt_dax:
		return 0;
	case opt_flush:
		ctx->options.flush = result.uint_32;
		return 0;
	case opt_memory:
		ctx->options.memory = result.uint_32;
		return 0;
	case opt_pin:
		return famfs_set_pin(fc, result.uint_32);
	case opt_unshared:
		ctx->options.unshared = true;
		return 0;
	default:
		return opt;
	}
}

static void famfs_free_context(struct fs_context *fc)
{
	struct famfs_context *ctx = fc->fs_private;
	u32 i;

	for (i = 0; i < ctx->nr_nodes; i++)
		kfree(ctx->nodes[i].name);
	kfree(fc->s_fs_info);
	kfree(ctx);
}

static const struct fs_context_operations famfs_context_operations = {
	.parse_param = famfs_parse_param,
	.get_tree = famfs_get_tree,
	.reconfigure = famfs_reconfigure,
	.free = famfs_free_context,
};

static void init_options(struct fs_context *fc, struct famfs_options *options)
{
	const struct famfs_sb_info *sbi;

	if (fc->purpose == FS_CONTEXT_FOR_RECONFIGURE) {
		sbi = fc->root->d_sb->s_fs_info;
		*options = sbi->options;
	} else {
		options->mode = FAMFS_DEFAULT_MODE;
		options->uid = current_fsuid();
		options->gid = current_fsgid();
		options->flush = FAMFS_FLUSH_ALWAYS;
		options->memory = FAMFS_MEMORY_RW;
		options->pin = FAMFS_PIN_SHORT;
		options->unshared = false;
	}
}

static int famfs_init_fs_context(struct fs_context *fc)
{
	struct famfs_context *ctx;

	ctx = kzalloc(sizeof(*ctx), GFP_KERNEL_ACCOUNT);
	if (!ctx)
		return -ENOMEM;
	ctx->nr_nodes = 1;
	init_options(fc, &ctx->options);
	fc->fs_private = ctx;
	fc->ops = &famfs_context_operations;
	return 0;
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
