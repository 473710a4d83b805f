// SPDX-License-Identifier: GPL-2.0
/*
 * fsdev: what an administrator sees and sets of a bound device, in the
 * directory fsdev below the device.
 */
#include <linux/badblocks.h>
#include <linux/dax.h>
#include <linux/device.h>
#include <linux/kdev_t.h>
#include <linux/kstrtox.h>
#include <linux/minmax.h>
#include <linux/sysfs.h>
#include "cdev.h"

/* Attributes come after probe has set it and go before the driver does. */
static struct fsdev *to_fsdev(struct device *dev)
{
	return dev_get_drvdata(dev);
}

static ssize_t holder_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	struct fsdev *fsdev = to_fsdev(dev);

	guard(mutex)(&fsdev->holder_lock);
	if (fsdev->holder && fsdev->mount)
		return sysfs_emit(buf, "%ps %u:%u\n", fsdev->holder_ops,
				  MAJOR(fsdev->mount), MINOR(fsdev->mount));
	if (fsdev->holder)
		return sysfs_emit(buf, "%ps\n", fsdev->holder_ops);
	if (fsdev_raw_mapped(fsdev))
		return sysfs_emit(buf, "mapped\n");
	return sysfs_emit(buf, "none\n");
}
static DEVICE_ATTR_RO(holder);

static ssize_t badblocks_show_attr(struct device *dev,
				   struct device_attribute *attr, char *buf)
{
	/* A long list is cut, but the length that comes back is not. */
	return min_t(ssize_t, PAGE_SIZE - 1,
		     badblocks_show(&to_fsdev(dev)->badblocks, buf, 0));
}

static struct device_attribute dev_attr_badblocks =
	__ATTR(badblocks, 0444, badblocks_show_attr, NULL);

static ssize_t write_cache_show(struct device *dev,
				struct device_attribute *attr, char *buf)
{
	struct fsdev *fsdev = to_fsdev(dev);

	return sysfs_emit(buf, "%d\n", dax_write_cache_enabled(fsdev->dax_dev));
}

/*
 * Not while somebody uses the device: fs-dax forgets what was dirty when it has
 * skipped the flush, so a later fsync() would miss it.
 */
static ssize_t write_cache_store(struct device *dev,
				 struct device_attribute *attr,
				 const char *buf, size_t count)
{
	struct fsdev *fsdev = to_fsdev(dev);
	bool flush;
	int err;

	err = kstrtobool(buf, &flush);
	if (err)
		return err;
	guard(mutex)(&fsdev->holder_lock);
	if (fsdev->holder || fsdev_raw_mapped(fsdev))
		return -EBUSY;
	dax_write_cache(fsdev->dax_dev, flush);
	return count;
}
static DEVICE_ATTR_RW(write_cache);

static struct attribute *fsdev_attrs[] = {
	&dev_attr_holder.attr,
	&dev_attr_badblocks.attr,
	&dev_attr_write_cache.attr,
	NULL
};

static const struct attribute_group fsdev_group = {
	.name = "fsdev",
	.attrs = fsdev_attrs,
};

const struct attribute_group *fsdev_groups[] = {
	&fsdev_group,
	NULL
};
