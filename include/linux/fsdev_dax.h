/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Holding a dax device that is bound to fsdev_dax.
 *
 * dax_dev_get() and fs_dax_get() have the names, arguments and errors that
 * Linux 7.1 and later export.  There fs_put_dax() gives a held device back;
 * and dax_holder() tells who holds it; here these are fsdev_put_dax() and
 * fsdev_dax_holder(), because what 6.12 exports under those names cannot know
 * of our holders.
 */
#ifndef _LINUX_FSDEV_DAX_H
#define _LINUX_FSDEV_DAX_H

#include <linux/types.h>

struct dax_device;
struct dax_holder_operations;

struct dax_device *dax_dev_get(dev_t devt);
int fs_dax_get(struct dax_device *dax_dev, void *holder,
	       const struct dax_holder_operations *hops);
void fsdev_put_dax(struct dax_device *dax_dev, void *holder);
void *fsdev_dax_holder(struct dax_device *dax_dev);
void fsdev_name_mount(struct dax_device *dax_dev, void *holder, dev_t mount);

#endif /* _LINUX_FSDEV_DAX_H */
