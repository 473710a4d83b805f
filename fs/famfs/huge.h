/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Huge pages that famfs maps itself: huge.c, and entries.c for what fs-dax is told
 * of them.  Where huge pages are folios, fs-dax maps them all.
 */
#ifndef _FAMFS_HUGE_H
#define _FAMFS_HUGE_H

#include <linux/fs.h>
#include <linux/mm.h>
#include "compat.h"

struct famfs_device;

#ifdef FAMFS_HAS_PFN_T
/* huge.c */
void famfs_huge_device(struct famfs_device *device);
void famfs_huge_failure(struct famfs_device *device);
vm_fault_t famfs_map_huge_page(struct vm_fault *vmf);
void famfs_huge_learn(const struct vm_fault *vmf);

/* entries.c */
int famfs_huge_init(struct inode *inode);
void famfs_huge_exit(struct inode *inode);
void *famfs_huge_entry(pfn_t pfn);
bool famfs_huge_keep(struct inode *inode, pgoff_t index, pfn_t pfn, bool write);
void famfs_huge_leave(struct inode *inode, pgoff_t index);
bool famfs_huge_next(struct inode *inode, pgoff_t *index);
void famfs_huge_make_entries(struct inode *inode, pgoff_t index, pgoff_t last);
void famfs_huge_make_dirty(struct inode *inode, pgoff_t index, pgoff_t last);
#else
static inline void famfs_huge_device(struct famfs_device *device)
{
}

static inline void famfs_huge_failure(struct famfs_device *device)
{
}

static inline vm_fault_t famfs_map_huge_page(struct vm_fault *vmf)
{
	return VM_FAULT_FALLBACK;
}

static inline void famfs_huge_learn(const struct vm_fault *vmf)
{
}

static inline int famfs_huge_init(struct inode *inode)
{
	return 0;
}

static inline void famfs_huge_exit(struct inode *inode)
{
}

static inline void famfs_huge_leave(struct inode *inode, pgoff_t index)
{
}

static inline bool famfs_huge_next(struct inode *inode, pgoff_t *index)
{
	return false;
}

static inline void famfs_huge_make_entries(struct inode *inode, pgoff_t index,
					   pgoff_t last)
{
}

static inline void famfs_huge_make_dirty(struct inode *inode, pgoff_t index,
					 pgoff_t last)
{
}
#endif

#endif /* _FAMFS_HUGE_H */
