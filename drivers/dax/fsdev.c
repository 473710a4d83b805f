// SPDX-License-Identifier: GPL-2.0
/*
 * fsdev: a dax-bus driver that lets a file system use a character dax device.
 *
 * It gives the device's memory pages that fs-dax understands and a dax_device
 * with operations.  The dax_device that comes with the device on the bus has
 * none and on 6.12 cannot be given any, so the driver allocates a second one.
 *
 * A device is bound only when its name is written to the driver's new_id.
 */
#include <linux/dax.h>
#include <linux/device.h>
#include <linux/famfs_extent.h>
#include <linux/io.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pfn.h>
#include <linux/pfn_t.h>
#include "dax-private.h"
#include "bus.h"
#include "cdev.h"

/* A type that the bus gives to no device: such a driver matches by name only. */
#define FSDEV_DRIVER_TYPE ((enum dax_driver_type)(DAXDRV_DEVICE_TYPE + 1))

static long fsdev_direct_access(struct dax_device *dax_dev, pgoff_t pgoff,
				long nr_pages, enum dax_access_mode mode,
				void **kaddr, pfn_t *pfn)
{
	struct fsdev *fsdev = dax_get_private(dax_dev);
	struct famfs_range range;
	long pages;
	int err;

	/* Killed since the core looked; it waits for us before memory goes. */
	if (!fsdev)
		return -ENXIO;
	err = famfs_map_resolve_pages(fsdev->ranges, pgoff, nr_pages,
				      PAGE_SHIFT, &range);
	if (err)
		return err;
	pages = PHYS_PFN(range.length);
	if (mode != DAX_RECOVERY_WRITE) {
		pages = fsdev_poison_limit(fsdev, pgoff, pages);
		if (pages < 0)
			return pages;
	}
	if (kaddr)
		*kaddr = __va(range.addr);
	if (pfn)
		*pfn = phys_to_pfn_t(range.addr, PFN_DEV | PFN_MAP);
	return pages;
}

/* The core of 6.12 lets nobody ask for more than one page; later ones may. */
static int fsdev_zero_page_range(struct dax_device *dax_dev, pgoff_t pgoff,
				 size_t nr_pages)
{
	void *kaddr;
	long done;

	while (nr_pages) {
		done = dax_direct_access(dax_dev, pgoff, nr_pages, DAX_ACCESS,
					 &kaddr, NULL);
		if (done < 0)
			return done;
		memset(kaddr, 0, PFN_PHYS(done));
		dax_flush(dax_dev, kaddr, PFN_PHYS(done));
		pgoff += done;
		nr_pages -= done;
	}
	return 0;
}

static const struct dax_operations fsdev_dax_ops = {
	.direct_access = fsdev_direct_access,
	.zero_page_range = fsdev_zero_page_range,
	.recovery_write = fsdev_recovery_write,
};

/* Poison: the holder knows files, so it is told device offsets. */
static int fsdev_memory_failure(struct dev_pagemap *pgmap, unsigned long pfn,
				unsigned long nr_pages, int mf_flags)
{
	struct fsdev *fsdev = pgmap->owner;
	struct famfs_reverse walk = {
		.addr = PFN_PHYS(pfn),
		.length = PFN_PHYS(nr_pages),
	};
	int err, result = -EOPNOTSUPP;
	u64 offset, length;

	while (famfs_map_reverse(fsdev->ranges, &walk, &offset, &length)) {
		fsdev_poison_add(fsdev, offset, length);
		err = fsdev_notify_failure(fsdev, offset, length, mf_flags);
		if (err)
			return err;
		result = 0;
	}
	return result;
}

static const struct dev_pagemap_ops fsdev_pagemap_ops = {
	.memory_failure = fsdev_memory_failure,
};

static void fsdev_put_action(void *data)
{
	fsdev_put(data);
}

static int fsdev_init_ranges(struct fsdev *fsdev, struct dev_dax *dev_dax)
{
	struct range *range;
	int i, err;

	fsdev->ranges = famfs_map_alloc(dev_dax->nr_range);
	if (!fsdev->ranges)
		return -ENOMEM;
	for (i = 0; i < dev_dax->nr_range; i++) {
		range = &dev_dax->ranges[i].range;
		err = famfs_map_append(fsdev->ranges, 0, range->start,
				       range_len(range));
		if (err)
			return err;
	}
	return 0;
}

static int fsdev_reserve_ranges(struct dev_dax *dev_dax)
{
	struct device *dev = &dev_dax->dev;
	struct range *range;
	int i;

	for (i = 0; i < dev_dax->nr_range; i++) {
		range = &dev_dax->ranges[i].range;
		if (!devm_request_mem_region(dev, range->start,
					     range_len(range), dev_name(dev))) {
			dev_warn(dev, "mapping%d: %#llx-%#llx is in use\n", i,
				 range->start, range->end);
			return -EBUSY;
		}
	}
	return 0;
}

/* A static device's page map outlives the binding: leave it as it was. */
static void fsdev_reset_pgmap(void *data)
{
	struct dev_pagemap *pgmap = data;

	pgmap->type = 0;
	pgmap->ops = NULL;
	pgmap->owner = NULL;
}

static struct dev_pagemap *fsdev_static_pgmap(struct dev_dax *dev_dax)
{
	if (dev_dax->nr_range > 1) {
		dev_warn(&dev_dax->dev, "static device of %d ranges\n",
			 dev_dax->nr_range);
		return ERR_PTR(-EINVAL);
	}
	return dev_dax->pgmap;
}

static struct dev_pagemap *fsdev_dynamic_pgmap(struct dev_dax *dev_dax)
{
	struct dev_pagemap *pgmap;
	int i;

	pgmap = devm_kzalloc(&dev_dax->dev,
			     struct_size(pgmap, ranges, dev_dax->nr_range),
			     GFP_KERNEL);
	if (!pgmap)
		return ERR_PTR(-ENOMEM);
	pgmap->nr_range = dev_dax->nr_range;
	for (i = 0; i < dev_dax->nr_range; i++)
		pgmap->ranges[i] = dev_dax->ranges[i].range;
	return pgmap;
}

/* Give the memory struct pages as fs-dax wants them: of order 0, one each. */
static int fsdev_map_pages(struct fsdev *fsdev, struct dev_dax *dev_dax)
{
	struct device *dev = &dev_dax->dev;
	struct dev_pagemap *pgmap;
	void *addr;
	int err;

	if (static_dev_dax(dev_dax))
		pgmap = fsdev_static_pgmap(dev_dax);
	else
		pgmap = fsdev_dynamic_pgmap(dev_dax);
	if (IS_ERR(pgmap))
		return PTR_ERR(pgmap);

	pgmap->type = MEMORY_DEVICE_FS_DAX;
	pgmap->vmemmap_shift = 0;
	pgmap->ops = &fsdev_pagemap_ops;
	pgmap->owner = fsdev;
	err = devm_add_action_or_reset(dev, fsdev_reset_pgmap, pgmap);
	if (err)
		return err;
	fsdev->pages_inside = pgmap_altmap(pgmap);
	addr = devm_memremap_pages(dev, pgmap);
	if (IS_ERR(addr)) {
		dev_warn(dev, "no pages for its memory: %pe\n", addr);
		return PTR_ERR(addr);
	}
	return 0;
}

static void fsdev_kill(void *data)
{
	struct fsdev *fsdev = data;

	fsdev_withdraw(fsdev);
	kill_dax(fsdev->dax_dev);
	dev_info(&fsdev->dev_dax->dev, "unbound\n");
}

static int fsdev_start(struct fsdev *fsdev, struct device *dev)
{
	struct dax_device *dax_dev;
	int err;

	dax_dev = alloc_dax(fsdev, &fsdev_dax_ops);
	if (IS_ERR(dax_dev))
		return PTR_ERR(dax_dev);
	WRITE_ONCE(fsdev->dax_dev, dax_dev);	/* its pages can fail already */

	/*
	 * MAP_SYNC: no metadata is on the device that could be behind a store.
	 * write(2) past the caches: fsync() flushes only what mappings made
	 * dirty, so anything else would make it lie.
	 * read(2) survives poison: the other choice is a panic.
	 * A flush by fsync() and msync(): the administrator may turn it off.
	 */
	set_dax_synchronous(dax_dev);
	set_dax_nocache(dax_dev);
	set_dax_nomc(dax_dev);
	dax_write_cache(dax_dev, true);

	fsdev_publish(fsdev);
	err = devm_add_action_or_reset(dev, fsdev_kill, fsdev);
	if (err)
		return err;
	err = fsdev_cdev_add(fsdev);
	if (err)
		return err;
	dev_info(dev, "bound: %#llx bytes in %d range(s)\n",
		 fsdev->ranges->length, fsdev->dev_dax->nr_range);
	return 0;
}

/* Each step undoes itself through devm, last first, when the device goes. */
static int fsdev_probe(struct dev_dax *dev_dax)
{
	struct device *dev = &dev_dax->dev;
	struct fsdev *fsdev;
	int err;

	fsdev = fsdev_alloc(dev_dax);
	if (!fsdev)
		return -ENOMEM;
	dev_set_drvdata(dev, fsdev);	/* for sysfs; the core clears it */
	err = devm_add_action_or_reset(dev, fsdev_put_action, fsdev);
	if (err)
		return err;
	err = fsdev_init_ranges(fsdev, dev_dax);
	if (err)
		return err;
	err = fsdev_reserve_ranges(dev_dax);
	if (err)
		return err;
	err = fsdev_map_pages(fsdev, dev_dax);
	if (err)
		return err;
	return fsdev_start(fsdev, dev);
}

static struct dax_device_driver fsdev_driver = {
	.probe = fsdev_probe,
	.type = FSDEV_DRIVER_TYPE,
	.drv.dev_groups = fsdev_groups,
};

static int __init fsdev_init(void)
{
	int err;

	err = dax_driver_register(&fsdev_driver);
	if (err)
		return err;
	fsdev_bus = fsdev_driver.drv.bus;
	return 0;
}

static void __exit fsdev_exit(void)
{
	dax_driver_unregister(&fsdev_driver);
}

module_init(fsdev_init);
module_exit(fsdev_exit);

MODULE_DESCRIPTION("fsdev: dax devices for file systems");
MODULE_LICENSE("GPL");
