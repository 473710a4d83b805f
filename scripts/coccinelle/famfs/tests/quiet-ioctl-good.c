// SPDX-License-Identifier: GPL-2.0
long famfs_file_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	pr_debug("command %u\n", cmd);
	return -ENOTTY;
}

static int famfs_probe(struct device *dev)
{
	dev_warn(dev, "an administrator did this, and wants to know\n");
	return -ENODEV;
}
