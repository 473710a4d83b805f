/* SPDX-License-Identifier: GPL-2.0 */
/*
 * famfs, layer 5: what happens to files: their memory fails, their device is
 * removed, they go away while pages of them are in use.
 *
 * Promises: memory that failed is unmapped from all files, and the processes that
 * have it mapped are told.  After a removal no page of the device is referenced by
 * famfs.  A file that goes away leaves nothing dirty in the caches, and keeps the
 * units that somebody uses from others for as long as that lasts.
 */
#ifndef _FAMFS_EVENT_H
#define _FAMFS_EVENT_H

#include "access.h"

/* pinned.c */
int famfs_pinned_init(void);
void famfs_pinned_exit(void);
void famfs_pinned_release(struct inode *inode);
void famfs_pinned_settle(void);

/* failure.c */
int famfs_failure_handle(struct famfs_device *device, u64 offset, u64 length,
			 int mf_flags);
void famfs_failure_unmount(struct famfs_device_set *set);

/* evict.c */
void famfs_evict_inode(struct inode *inode);

#endif /* _FAMFS_EVENT_H */
