// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: the options of a mount or remount, from the words to what is asked for.
 */
#include <linux/cred.h>
#include <linux/fs_context.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
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

const struct fs_parameter_spec famfs_parameters[] = {
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

/**
 * famfs_reconfigure - refuse a remount that asks for other options
 * @fc: the remount
 *
 * All that a remount changes is ro and rw, which the VFS does.  What was stored to is
 * written back before.
 *
 * Context: may sleep; under the exclusive s_umount of the superblock.
 * Return: 0, -EINVAL if an option or a device would change, or -EACCES if a device
 * cannot be written that was mounted read-only.
 */
int famfs_reconfigure(struct fs_context *fc)
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
	/* The kernel syncs nothing that is read-only. */
	sync_filesystem(fc->root->d_sb);
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

/**
 * famfs_parse_param - note one option of a mount or remount
 * @fc: the mount
 * @param: name and value, which a source takes over
 *
 * A device is looked up at once, so that the message about a wrong one names it.
 *
 * Context: may sleep.
 * Return: 0, -ENOPARAM if the option is not one of ours, or another negative errno
 * after a message in @fc.
 */
int famfs_parse_param(struct fs_context *fc, struct fs_parameter *param)
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

/**
 * famfs_context_new - begin with the options that hold where none is given
 * @fc: a mount or remount
 *
 * Context: may sleep.
 * Return: 0, or -ENOMEM.
 */
int famfs_context_new(struct fs_context *fc)
{
	struct famfs_context *ctx;

	ctx = kzalloc(sizeof(*ctx), GFP_KERNEL_ACCOUNT);
	if (!ctx)
		return -ENOMEM;
	ctx->nr_nodes = 1;
	init_options(fc, &ctx->options);
	fc->fs_private = ctx;
	return 0;
}

/**
 * famfs_context_free - free what famfs_context_new() and the options took
 * @fc: a mount or remount that is done with
 */
void famfs_context_free(struct fs_context *fc)
{
	struct famfs_context *ctx = fc->fs_private;
	u32 i;

	for (i = 0; i < ctx->nr_nodes; i++)
		kfree(ctx->nodes[i].name);
	kfree(fc->s_fs_info);
	kfree(ctx);
}

/**
 * famfs_show_options - the options of a mount, as /proc/mounts has them
 * @m: where to
 * @root: its root
 *
 * Return: 0.
 */
int famfs_show_options(struct seq_file *m, struct dentry *root)
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
