/* SPDX-License-Identifier: GPL-2.0 */
/*
 * fsdev, layer 3: who holds a device.
 *
 * Promises: a device has one holder at most, and none while its character device is
 * used.  The holder is told of each failure, and of the removal, and does not change
 * while it is told.  See include/linux/fsdev_dax.h for what holders call.
 */
#ifndef _FSDEV_HOLDER_H
#define _FSDEV_HOLDER_H

#include "raw.h"

/* holder.c */
struct fsdev *fsdev_alloc(struct dev_dax *dev_dax);
void fsdev_put(struct fsdev *fsdev);
void fsdev_publish(struct fsdev *fsdev);
void fsdev_withdraw(struct fsdev *fsdev);
struct fsdev *fsdev_find(const void *key);
int fsdev_notify_failure(struct fsdev *fsdev, u64 offset, u64 length,
			 int mf_flags);
extern const struct bus_type *fsdev_bus;

#endif /* _FSDEV_HOLDER_H */
