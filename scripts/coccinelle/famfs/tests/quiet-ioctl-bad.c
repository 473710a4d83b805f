// SPDX-License-Identifier: GPL-2.0
long famfs_file_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	if (cmd != FAMFSIOC_NOP) {
		pr_warn("unknown command %u\n", cmd); /* bad */
		return -ENOTTY;
	}
	WARN_ON_ONCE(!arg); /* bad */
	return 0;
}

static long fsdev_compat_ioctl(struct file *file, unsigned int cmd)
{
	scoped_guard(mutex, &lock) {
		dev_err(file->private_data, "no\n"); /* bad */
	}
	return -ENOTTY;
}
