/* SPDX-License-Identifier: GPL-2.0 */
/*
 * fsdev, layer 4: what user space sees of a device: the character device and the
 * attributes.
 *
 * Promises: the character device can be mapped, read and written while nobody holds
 * the device, and answers EBUSY while somebody does.  The driver, fsdev.c, is above
 * this layer, and nothing calls it but the kernel.
 */
#ifndef _FSDEV_CDEV_H
#define _FSDEV_CDEV_H

#include "holder.h"

/* cdev.c */
int fsdev_cdev_add(struct fsdev *fsdev);

/* sysfs.c */
extern const struct attribute_group *fsdev_groups[];

#endif /* _FSDEV_CDEV_H */
