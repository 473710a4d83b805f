/* SPDX-License-Identifier: GPL-2.0 */
/*
 * fsdev, layer 2: the pages that mappings of the character device have.
 *
 * Promises: fsdev_raw_hold() lets nobody become the holder while the device is mapped
 * or a page of a former mapping is in use.  After fsdev_raw_revoke() nobody has a
 * page.  What was stored is flushed before the pages are forgotten.
 */
#ifndef _FSDEV_RAW_H
#define _FSDEV_RAW_H

#include "fsdev.h"

/* raw.c */
struct address_space *fsdev_raw_mapping(const struct fsdev *fsdev);
void fsdev_raw_init(struct fsdev *fsdev);
bool fsdev_raw_mapped(const struct fsdev *fsdev);
int fsdev_raw_flush(struct fsdev *fsdev, pgoff_t first, pgoff_t last);
int fsdev_raw_failure(struct fsdev *fsdev, u64 offset, u64 length,
		      int mf_flags);
int fsdev_raw_hold(struct fsdev *fsdev, void *holder);
void fsdev_raw_revoke(struct fsdev *fsdev);

#endif /* _FSDEV_RAW_H */
