/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What of a file is mapped: one record for all who map, flush, poison, evict and
 * remove.
 *
 * A file is looked at in units of FAMFS_ALLOC_UNIT bytes.  Each of them lies in one
 * piece on one device, and what two files map never shares one.  Of a unit it is
 * known whether a page of it may be mapped or in use (FAMFS_UNIT_MAPPED), and
 * whether it may have been stored to through a mapping since it was last written
 * back (FAMFS_UNIT_STORED).
 *
 * Who changes what is mapped of a unit, or acts on it, holds the unit's lock: faults
 * of any size, write-back, memory failure, and the removal of a device.  The pages of
 * a unit are looked at only while it is FAMFS_UNIT_MAPPED: the removal of a device
 * does not end before no unit on it is.
 *
 * Where fs-dax takes a page frame number for a page (6.12), famfs maps pages itself
 * and keeps the record in a table: fault_pfn.c.  Where pages are folios that fs-dax
 * makes and takes apart (7.2), fs-dax owns what is mapped, and its tree of entries is
 * the record: fault_folio.c.  Nothing else differs by it.
 */
#ifndef _FAMFS_UNITS_H
#define _FAMFS_UNITS_H

#include <linux/famfs_extent.h>
#include <linux/fs.h>
#include <linux/mm.h>

struct famfs_device;
struct famfs_device_set;

/* Pages of a unit. */
#define FAMFS_UNIT_PAGES (FAMFS_ALLOC_UNIT >> PAGE_SHIFT)

enum famfs_unit_state {
	FAMFS_UNIT_MAPPED = 1,
	FAMFS_UNIT_STORED = 2,
};

static inline unsigned long famfs_unit_of(pgoff_t index)
{
	return index / FAMFS_UNIT_PAGES;
}

static inline pgoff_t famfs_unit_start(unsigned long unit)
{
	return unit * FAMFS_UNIT_PAGES;
}

/* units.c */
void famfs_unit_locks_init(struct famfs_device_set *set);
struct mutex *famfs_unit_lock(struct inode *inode, pgoff_t index);
struct famfs_device *famfs_unit_resolve(struct inode *inode, unsigned long unit,
					struct famfs_range *range);
struct page *famfs_unit_busy(struct inode *inode, unsigned long unit);
void famfs_unit_flush(struct inode *inode, unsigned long unit);

/* fault_pfn.c or fault_folio.c */
void famfs_units_born(struct inode *inode);
void famfs_units_open(struct inode *inode, struct file *file);
int famfs_units_mmap(struct inode *inode, struct vm_area_struct *vma);
void famfs_units_release(struct file *file);
void famfs_units_lost(struct inode *inode);
int famfs_units_init(struct inode *inode);
void famfs_units_exit(struct inode *inode);
bool famfs_unit_next(struct inode *inode, unsigned long *unit,
		     unsigned long last, enum famfs_unit_state state);
void famfs_unit_clean(struct inode *inode, unsigned long unit);
void famfs_unit_revoke(struct inode *inode, unsigned long unit);
void famfs_unit_forget(struct inode *inode, unsigned long unit);
void famfs_unit_detach(struct inode *inode, unsigned long unit);
void famfs_recover_pages(const struct famfs_device *device, u64 addr,
			 u64 length);
int famfs_unit_poison(struct inode *inode, pgoff_t index, unsigned long nr,
		      int mf_flags);
vm_fault_t famfs_map_fault(struct vm_fault *vmf, struct inode *inode,
			   unsigned int order, bool write);

#endif /* _FAMFS_UNITS_H */
