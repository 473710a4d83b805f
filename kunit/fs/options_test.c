// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of famfs: mount options, up to the point where a device is held.
 */
#include <kunit/resource.h>
#include <kunit/test.h>
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/kdev_t.h>
#include <linux/major.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/string.h>

/* Character devices that no dax device has the numbers of. */
#define NULL_NODE "/famfs-kunit-null"
#define ZERO_NODE "/famfs-kunit-zero"

KUNIT_DEFINE_ACTION_WRAPPER(put_context, put_fs_context, struct fs_context *);

static int make_node(const char *name, dev_t devt)
{
	struct dentry *dentry;
	struct path path;
	int err;

	dentry = kern_path_create(AT_FDCWD, name, &path, 0);
	if (IS_ERR(dentry))
		return PTR_ERR(dentry);
	err = vfs_mknod(mnt_idmap(path.mnt), d_inode(path.dentry), dentry,
			S_IFCHR | 0600, devt);
	done_path_create(&path, dentry);
	return err;
}

/* The root file system is in memory, and nothing runs after the suites. */
static int make_nodes(struct kunit_suite *suite)
{
	int err = make_node(NULL_NODE, MKDEV(MEM_MAJOR, 3));

	return err ?: make_node(ZERO_NODE, MKDEV(MEM_MAJOR, 5));
}

static struct fs_context *new_context(struct kunit *test)
{
	struct file_system_type *type = get_fs_type("famfs");
	struct fs_context *fc;

	KUNIT_ASSERT_NOT_NULL(test, type);
	fc = fs_context_for_mount(type, 0);
	module_put(type->owner);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, fc);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, put_context, fc),
			0);
	return fc;
}

static int set_option(struct fs_context *fc, const char *key, const char *value)
{
	return vfs_parse_fs_string(fc, key, value, value ? strlen(value) : 0);
}

static const struct option_case {
	const char *key;
	const char *value;
	int err;
} option_cases[] = {
	{ "mode", "0", 0 },
	{ "mode", "7777", 0 },
	{ "mode", "10000", -EINVAL },
	{ "mode", "8", -EINVAL },
	{ "mode", "rwx", -EINVAL },
	{ "mode", "", -EINVAL },
	{ "mode", NULL, -EINVAL },
	{ "uid", "0", 0 },
	{ "uid", "65534", 0 },
	{ "uid", "4294967295", -EINVAL },
	{ "uid", "root", -EINVAL },
	{ "gid", "0", 0 },
	{ "gid", "65534", 0 },
	{ "gid", "4294967295", -EINVAL },
	{ "gid", "-1", -EINVAL },
	{ "dax", "always", 0 },
	{ "dax", "never", -EINVAL },
	{ "dax", "ALWAYS", -EINVAL },
	{ "dax", NULL, -EINVAL },
	{ "flush", "always", 0 },
	{ "flush", "never", 0 },
	{ "flush", "0", -EINVAL },
	{ "pin", "short", 0 },
	{ "pin", "long", 0 },
	{ "pin", "", -EINVAL },
	{ "source", NULL_NODE, 0 },
	{ "source", "/famfs-kunit-absent", -ENOENT },
	{ "source", "", -EINVAL },
	{ "source", "/", -EINVAL },
	{ "source", NULL, -EINVAL },
	{ "daxdev", NULL_NODE, 0 },
	{ "daxdev", "/famfs-kunit-absent", -ENOENT },
	{ "daxdev", "/", -EINVAL },
	{ "colour", "red", -EINVAL },
	{ "noatime2", NULL, -EINVAL },
};

static void name_option(const struct option_case *option, char *name)
{
	snprintf(name, KUNIT_PARAM_DESC_SIZE, "%s=%s", option->key,
		 option->value ?: "(none)");
}

KUNIT_ARRAY_PARAM(option, option_cases, name_option);

static void option_is_taken_or_refused(struct kunit *test)
{
	const struct option_case *option = test->param_value;

	KUNIT_EXPECT_EQ(test,
			set_option(new_context(test), option->key,
				   option->value), option->err);
}

static void there_is_one_source(struct kunit *test)
{
	struct fs_context *fc = new_context(test);

	KUNIT_EXPECT_EQ(test, set_option(fc, "source", NULL_NODE), 0);
	KUNIT_EXPECT_EQ(test, set_option(fc, "source", ZERO_NODE), -EINVAL);
	KUNIT_EXPECT_STREQ(test, fc->source, NULL_NODE);
}

static void no_device_is_given_twice(struct kunit *test)
{
	struct fs_context *fc = new_context(test);

	KUNIT_EXPECT_EQ(test, set_option(fc, "source", NULL_NODE), 0);
	KUNIT_EXPECT_EQ(test, set_option(fc, "daxdev", NULL_NODE), -EINVAL);
	KUNIT_EXPECT_EQ(test, set_option(fc, "daxdev", ZERO_NODE), 0);
	KUNIT_EXPECT_EQ(test, set_option(fc, "daxdev", ZERO_NODE), -EINVAL);
}

static void the_source_may_come_last(struct kunit *test)
{
	struct fs_context *fc = new_context(test);

	KUNIT_EXPECT_EQ(test, set_option(fc, "daxdev", NULL_NODE), 0);
	KUNIT_EXPECT_EQ(test, set_option(fc, "source", NULL_NODE), -EINVAL);
	KUNIT_EXPECT_EQ(test, set_option(fc, "source", ZERO_NODE), 0);
}

static void a_mount_needs_a_device(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, vfs_get_tree(new_context(test)), -EINVAL);
}

static void a_mount_needs_a_dax_device(struct kunit *test)
{
	struct fs_context *fc = new_context(test);

	KUNIT_EXPECT_EQ(test, set_option(fc, "source", NULL_NODE), 0);
	KUNIT_EXPECT_EQ(test, vfs_get_tree(fc), -ENODEV);
	KUNIT_EXPECT_NULL(test, fc->root);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(option_is_taken_or_refused, option_gen_params),
	KUNIT_CASE(there_is_one_source),
	KUNIT_CASE(no_device_is_given_twice),
	KUNIT_CASE(the_source_may_come_last),
	KUNIT_CASE(a_mount_needs_a_device),
	KUNIT_CASE(a_mount_needs_a_dax_device),
	{}
};

static struct kunit_suite options_suite = {
	.name = "famfs_options",
	.suite_init = make_nodes,
	.test_cases = cases,
};

kunit_test_suite(options_suite);
