/* SPDX-License-Identifier: GPL-2.0 */
/*
 * famfs, layer 4: access to what is in files: mappings, read(2) and write(2), flush.
 *
 * Promises: nothing is mapped once a device of the mount is gone, and no bad page
 * is mapped, read or flushed.  What was stored through a mapping is known until it
 * has been written back, and what is mapped until it has been unmapped and nobody
 * has a page of it in use.
 *
 * There is one record of what of a file is mapped, for all who map, flush, poison,
 * evict and remove.
 *
 * A file is looked at in units of FAMFS_ALLOC_UNIT bytes.  Each of them lies in one
 * piece on one device, and what two files map never shares one.
 *
 * Who changes what is mapped of a unit, or acts on it, holds the unit's lock: faults
 * of any size, write-back, memory failure, and the removal of a device.  The pages of
 * a unit are looked at only while it is FAMFS_UNIT_MAPPED: the removal of a device
 * does not end before no unit on it is.
 *
 * Where fs-dax takes a page frame number for a page (6.12), famfs maps pages itself:
 * units_pfn.c, fault_pfn.c.  Where pages are folios that fs-dax makes and takes apart
 * (7.2), famfs maps small pages and the folios that there are, and lets fs-dax map all
 * else, which has entries of its own for that: units_folio.c, fault_folio.c,
 * entries_folio.c.
 */
#ifndef _FAMFS_ACCESS_H
#define _FAMFS_ACCESS_H

#include <linux/mm.h>
#include <linux/timekeeping.h>
#include "file.h"

/* Pages of a unit. */
#define FAMFS_UNIT_PAGES (FAMFS_ALLOC_UNIT >> PAGE_SHIFT)

/**
 * enum famfs_unit_state - what is known of a unit
 * @FAMFS_UNIT_MAPPED: a page of it may be mapped or in use
 * @FAMFS_UNIT_STORED: it may have been stored to through a mapping since it was last
 *	written back
 * @FAMFS_UNIT_ADOPTED: its pages are mapped without fs-dax, which knows nothing of
 *	that: in units_folio.c
 */
enum famfs_unit_state {
	FAMFS_UNIT_MAPPED,
	FAMFS_UNIT_STORED,
	FAMFS_UNIT_ADOPTED
};

/* How many of these there are. */
#ifdef FAMFS_HAS_PFN_T
#define FAMFS_UNIT_STATES FAMFS_UNIT_ADOPTED
#else
#define FAMFS_UNIT_STATES (FAMFS_UNIT_ADOPTED + 1)
#endif

/**
 * struct famfs_units - what is mapped of a file
 * @nr: number of units
 * @in: for each state, a bit for each unit: it is in that state
 * @bits: all those
 */
struct famfs_units {
	unsigned long nr;
	unsigned long *in[FAMFS_UNIT_STATES];
	unsigned long bits[];
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
void famfs_wait_for_faults(struct famfs_device_set *set);
int famfs_units_init(struct inode *inode);
void famfs_units_exit(struct inode *inode);
bool famfs_unit_next(struct inode *inode, unsigned long *unit,
		     unsigned long last, enum famfs_unit_state state);
void famfs_units_lost(struct inode *inode);
void famfs_unit_clear(struct inode *inode, unsigned long unit,
		      enum famfs_unit_state state);
void famfs_unit_unmapped(struct inode *inode, unsigned long unit);
struct famfs_device *famfs_unit_resolve(struct inode *inode, unsigned long unit,
					struct famfs_range *range);
struct page *famfs_unit_busy(struct inode *inode, unsigned long unit);
unsigned long famfs_pages_around(const struct vm_fault *vmf,
				 struct inode *inode, pgoff_t *first);

/* units_pfn.c or units_folio.c */
void famfs_unit_revoke(struct inode *inode, unsigned long unit);
void famfs_unit_forget(struct inode *inode, unsigned long unit);
void famfs_unit_detach(struct inode *inode, unsigned long unit);
int famfs_unit_poison(struct inode *inode, pgoff_t index, unsigned long nr,
		      int mf_flags);

#ifdef FAMFS_HAS_PFN_T
/* units_pfn.c */
void famfs_unit_prepare(struct inode *inode, unsigned long unit,
			const struct page *page);
void famfs_units_dissolve(struct famfs_device *device);

/* Pages know no file, and files have no entries of fs-dax. */
static inline void famfs_recover_pages(const struct famfs_device *device,
				       u64 addr, u64 length)
{
}

static inline void famfs_entries_open(struct inode *inode, struct file *file)
{
}

static inline int famfs_entries_mmap(struct inode *inode,
				     struct vm_area_struct *vma)
{
	return 0;
}

static inline void famfs_entries_release(struct file *file)
{
}

static inline void famfs_entries_exit(struct inode *inode)
{
}
#else
/* units_folio.c */
void famfs_recover_pages(const struct famfs_device *device, u64 addr,
			 u64 length);
void famfs_unit_dissolve(const struct famfs_device *device, u64 addr);
void famfs_units_dissolve(struct famfs_device *device);
unsigned long famfs_unit_pages(struct inode *inode, unsigned long unit,
			       bool whole);
bool famfs_unit_is_small(struct inode *inode, unsigned long unit);
int famfs_unit_enter(struct inode *inode, unsigned long unit, gfp_t gfp);

/* entries_folio.c */
void famfs_entries_open(struct inode *inode, struct file *file);
int famfs_entries_mmap(struct inode *inode, struct vm_area_struct *vma);
void famfs_entries_release(struct file *file);
void famfs_entries_exit(struct inode *inode);
#endif

/* flush.c */
void famfs_unit_flush(struct inode *inode, unsigned long unit);
void famfs_unit_retire(struct inode *inode, unsigned long unit);
void famfs_flush(struct inode *inode, loff_t start, loff_t end);
void famfs_sync(struct inode *inode, loff_t start, loff_t end);
int famfs_sync_fs(struct super_block *sb, int wait);
int famfs_drop(struct inode *inode, loff_t pos, loff_t length);

/* fault_pfn.c or fault_folio.c */
vm_fault_t famfs_map_fault(struct vm_fault *vmf, struct inode *inode,
			   unsigned int order, bool write);

/* fault.c */
void famfs_init_vma(struct vm_area_struct *vma, bool pins_long);

/* io.c */
void famfs_io_init(void);
ssize_t famfs_read_iter(struct kiocb *iocb, struct iov_iter *to);
ssize_t famfs_write_iter(struct kiocb *iocb, struct iov_iter *from);

/* file.c */
extern const struct file_operations famfs_file_operations;

/* Is a unit of a file in a state?  In none before the file's first mapping. */
static inline bool famfs_unit_is(struct inode *inode, unsigned long unit,
				 enum famfs_unit_state state)
{
	const struct famfs_units *units = READ_ONCE(FAMFS_I(inode)->units);

	return units && test_bit(unit, units->in[state]);
}

/*
 * Note of a file that was mapped, under the unit's lock, that a unit is in a state.
 * Others that have bits in the same word have another lock.  Mostly the bit is set, and
 * the line only read.
 */
static inline void famfs_unit_note(struct inode *inode, unsigned long unit,
				   enum famfs_unit_state state)
{
	if (famfs_unit_is(inode, unit, state))
		return;
	set_bit(unit, FAMFS_I(inode)->units->in[state]);
	/* Who stores by an entry that is made after this finds the unit stored to. */
	smp_mb__after_atomic();
}

/*
 * Can a mapping be stored to without a fault?  The kernel makes an entry of one
 * without the operation page_mkwrite writable without asking, so whatever is mapped
 * there counts as stored to.
 */
static inline bool famfs_stores_unseen(const struct vm_area_struct *vma)
{
	return !vma->vm_ops->page_mkwrite;
}

/*
 * On x86 a store that faults takes what forbade it out of the TLB.  Elsewhere, as on
 * arm64, that stays until the TLB is told, which a module can do only by unmapping.
 */
#define FAMFS_FAULTS_REACH_TLB IS_ENABLED(CONFIG_X86)

/* Make the page of an entry writable, under the lock of its page table. */
static inline void famfs_let_store(struct mm_struct *mm, unsigned long addr,
				   pte_t *ptep)
{
	pte_t pte = ptep_get(ptep);

	if (!(pte_write(pte) && pte_dirty(pte)))
		famfs_set_pte(mm, addr, ptep,
			      pte_mkyoung(pte_mkdirty(pte_mkwrite_novma(pte))));
}

/*
 * Note that a file is written to.  file_update_time() takes long to find out that the
 * clock has not moved since the last time: the kernel's coarse one does at its ticks.
 */
static inline int famfs_update_times(struct file *file)
{
	struct inode *inode = file_inode(file);
	struct timespec64 mtime = inode_get_mtime(inode);
	struct timespec64 ctime = inode_get_ctime(inode);
	struct timespec64 now;

	ktime_get_coarse_real_ts64(&now);
	if (timespec64_equal(&now, &mtime) && timespec64_equal(&now, &ctime))
		return 0;
	return file_update_time(file);
}

/* A unit may be FAMFS_UNIT_STORED from now on.  Mostly the line is only read. */
static inline void famfs_set_stored(struct famfs_device_set *set)
{
	if (!READ_ONCE(set->stored))
		WRITE_ONCE(set->stored, true);
}

#endif /* _FAMFS_ACCESS_H */
