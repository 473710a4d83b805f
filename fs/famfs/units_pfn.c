// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: the record of what is mapped, where pages are mapped by their number.
 *
 * It is a table with the state of each unit of a file.  Only the core's handling of
 * failed memory goes by entries of fs-dax, and gets them for as long as it runs.
 */
#include <linux/dax.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/pfn.h>
#include <linux/pfn_t.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include "access.h"

/* From fs/dax.c of 4.20 to 6.15: an entry is its flags, none here, and the page. */
#define ENTRY_SHIFT 4

static unsigned long nr_units(struct inode *inode)
{
	return DIV_ROUND_UP_ULL(i_size_read(inode), FAMFS_ALLOC_UNIT);
}

/**
 * famfs_units_start() - get ready to map units of devices
 * @set: the mount's devices, of which the sizes are known
 *
 * Return: 0.
 */
int famfs_units_start(struct famfs_device_set *set)
{
	return 0;
}

/**
 * famfs_units_stop() - undo famfs_units_start()
 * @set: the mount's devices, of which no file has a part any more
 */
void famfs_units_stop(struct famfs_device_set *set)
{
}

/**
 * famfs_units_dissolve() - let go of what is kept of a device's pages, which is nothing
 * @device: the device, of which no file has a page
 */
void famfs_units_dissolve(struct famfs_device *device)
{
}

/**
 * famfs_units_open() - keep entries of fs-dax, of which there are none, from who opens
 *	a file
 * @inode: a regular file
 * @file: the open file
 */
void famfs_units_open(struct inode *inode, struct file *file)
{
}

/**
 * famfs_units_mmap() - give a mapping the file that has the entries
 * @inode: a regular file
 * @vma: the mapping
 *
 * Return: 0.
 */
int famfs_units_mmap(struct inode *inode, struct vm_area_struct *vma)
{
	return 0;
}

/**
 * famfs_units_release() - undo famfs_units_mmap(), if it was called
 * @file: an open file that is being closed
 */
void famfs_units_release(struct file *file)
{
}

/**
 * famfs_units_lost() - what was stored to a file may be lost
 * @inode: a regular file
 */
void famfs_units_lost(struct inode *inode)
{
	mapping_set_error(inode->i_mapping, -EIO);
}

/**
 * famfs_units_init() - get ready for faults
 * @inode: a regular file with a map
 *
 * Context: May sleep.
 * Return: 0 or -ENOMEM.
 */
int famfs_units_init(struct inode *inode)
{
	struct famfs_inode *fi = FAMFS_I(inode);
	u8 *units;

	if (READ_ONCE(fi->units))
		return 0;
	units = kvzalloc(nr_units(inode), GFP_KERNEL_ACCOUNT);
	if (!units)
		return -ENOMEM;
	if (cmpxchg(&fi->units, NULL, units))
		kvfree(units);
	return 0;
}

/**
 * famfs_units_exit() - free what famfs_units_init() allocated, if it did
 * @inode: a regular file, being evicted
 *
 * Context: May sleep.
 */
void famfs_units_exit(struct inode *inode)
{
	kvfree(FAMFS_I(inode)->units);
	FAMFS_I(inode)->units = NULL;
}

static void set_state(struct famfs_inode *fi, unsigned long unit, u8 new)
{
	u8 old = fi->units[unit];

	if (~old & new & FAMFS_UNIT_STORED)
		atomic_long_inc(&fi->nr_stored);
	WRITE_ONCE(fi->units[unit], new);
	if (old & ~new & FAMFS_UNIT_STORED)
		atomic_long_dec(&fi->nr_stored);
}

static void for_pages(struct inode *inode, unsigned long unit,
		      void (*act)(struct page *page))
{
	struct famfs_device *device;
	struct famfs_range range;
	long found, i;
	pfn_t pfn;

	device = famfs_unit_resolve(inode, unit, &range);
	while (range.length) {
		found = famfs_device_access(device, device->start + range.addr,
					    PHYS_PFN(range.length), &pfn);
		if (found <= 0)
			return;
		found = min_t(long, found, PHYS_PFN(range.length));
		for (i = 0; i < found; i++)
			act(pfn_t_to_page(pfn) + i);
		range.addr += PFN_PHYS(found);
		range.length -= PFN_PHYS(found);
	}
}

/*
 * All pages of devices are reserved when they are made.  VFIO takes those for no memory,
 * and never drops what it has pinned of them.
 */
static void unreserve(struct page *page)
{
	if (PageReserved(page))
		ClearPageReserved(page);
}

/**
 * famfs_unit_note() - pages are about to be mapped
 * @vma: where
 * @inode: the file
 * @index: first page
 * @nr: number of pages
 * @write: it is for a store to a shared mapping
 *
 * Context: Under the unit's lock.
 */
void famfs_unit_note(const struct vm_area_struct *vma, struct inode *inode,
		     pgoff_t index, unsigned long nr, bool write)
{
	bool stores = write || famfs_stores_unseen(vma);
	u8 state = FAMFS_UNIT_MAPPED | (stores ? FAMFS_UNIT_STORED : 0);
	unsigned long last = famfs_unit_of(index + nr - 1);
	struct famfs_inode *fi = FAMFS_I(inode);
	unsigned long unit;

	for (unit = famfs_unit_of(index); unit <= last; unit++) {
		if (!fi->units[unit] && famfs_pins_long(inode->i_sb))
			for_pages(inode, unit, unreserve);
		if (state & ~fi->units[unit])
			set_state(fi, unit, fi->units[unit] | state);
	}
}

/**
 * famfs_unit_next() - look for a unit in a state
 * @inode: a regular file
 * @unit: first unit to look at; when one is found, that one
 * @last: last unit to look at; may be behind the file's last one
 * @state: the state
 *
 * Context: Any.  Without the unit's lock the answer may be old.
 * Return: whether there is one.
 */
bool famfs_unit_next(struct inode *inode, unsigned long *unit,
		     unsigned long last, enum famfs_unit_state state)
{
	struct famfs_inode *fi = FAMFS_I(inode);
	const u8 *units = READ_ONCE(fi->units);
	unsigned long i, end;

	if (!units ||
	    (state == FAMFS_UNIT_STORED && !atomic_long_read(&fi->nr_stored)))
		return false;
	end = min(nr_units(inode) - 1, last);
	for (i = *unit; i <= end; i++) {
		if (READ_ONCE(units[i]) & state) {
			*unit = i;
			return true;
		}
	}
	return false;
}

/**
 * famfs_unit_clean() - a unit is about to be written back
 * @inode: a regular file
 * @unit: a unit without a mapping
 *
 * Context: Under the unit's lock, or while the file is being evicted.
 */
void famfs_unit_clean(struct inode *inode, unsigned long unit)
{
	struct famfs_inode *fi = FAMFS_I(inode);

	set_state(fi, unit, fi->units[unit] & ~FAMFS_UNIT_STORED);
}

/**
 * famfs_unit_forget() - a unit becomes what it was before it was ever mapped
 * @inode: a regular file
 * @unit: a unit without a mapping, and without a page in use
 *
 * Context: Under the unit's lock, or while the file is being evicted.
 */
void famfs_unit_forget(struct inode *inode, unsigned long unit)
{
	set_state(FAMFS_I(inode), unit, 0);
}

/**
 * famfs_unit_detach() - let the file go although pages of a unit are in use
 * @inode: a regular file, being evicted
 * @unit: a unit without a mapping
 *
 * Pages know no file here: this is famfs_unit_forget().
 *
 * Context: May sleep.
 */
void famfs_unit_detach(struct inode *inode, unsigned long unit)
{
	famfs_unit_forget(inode, unit);
}

static void wait_for_lent(struct page *page)
{
	if (famfs_page_busy(page)) {
		lock_page(page);
		unlock_page(page);
	}
}

/**
 * famfs_unit_revoke() - take the mappings of a unit away for good
 * @inode: a regular file of which no fault is served any more
 * @unit: a unit that is FAMFS_UNIT_MAPPED
 *
 * Context: May sleep.  Under the unit's lock.
 */
void famfs_unit_revoke(struct inode *inode, unsigned long unit)
{
	/* A fault of a private mapping holds the lock of its page until that is mapped. */
	for_pages(inode, unit, wait_for_lent);
	unmap_mapping_pages(inode->i_mapping, famfs_unit_start(unit),
			    FAMFS_UNIT_PAGES, false);
}

/*
 * The core goes by an entry, which is in an address space of its own, with the mappings
 * of the file: cachestat(2) would take one in the file's for what page cache leaves
 * behind, and follow a pointer that it finds there.
 */
static int kill_procs(struct inode *inode, pgoff_t index, struct page *page,
		      const struct famfs_device *device, int mf_flags)
{
	struct address_space *mapping = inode->i_mapping;
	static struct lock_class_key key;
	struct address_space core = {};
	int err;

	address_space_init_once(&core);
	lockdep_set_class(&core.i_mmap_rwsem, &key);
	/* The core acts on S_DAX inodes only, and files of a pin=long mount are not. */
	core.host = dax_inode(device->dax_dev);
	xa_store_irq(&core.i_pages, index,
		     xa_mk_value(page_to_pfn(page) << ENTRY_SHIFT),
		     GFP_KERNEL | __GFP_NOFAIL);
	/* Wait for a fault of a private mapping, which holds the lock until it has mapped. */
	lock_page(page);
	i_mmap_lock_read(mapping);
	core.i_mmap = mapping->i_mmap;
	err = mf_dax_kill_procs(&core, index, 1, mf_flags);
	i_mmap_unlock_read(mapping);
	unlock_page(page);
	xa_erase_irq(&core.i_pages, index);
	return err;
}

static int poison_page(struct inode *inode, pgoff_t index, int mf_flags)
{
	struct famfs_device *device;
	struct famfs_range range;
	pfn_t pfn;

	device = famfs_unit_resolve(inode, famfs_unit_of(index), &range);
	range.addr += PFN_PHYS(index % FAMFS_UNIT_PAGES);
	if (famfs_device_access(device, device->start + range.addr, 1, &pfn) != 1)
		return 0;	/* without it there is nobody to tell of it */
	return kill_procs(inode, index, pfn_t_to_page(pfn), device, mf_flags);
}

/**
 * famfs_unit_poison() - signal who has bad pages mapped
 * @inode: a regular file
 * @index: first bad page
 * @nr: number of bad pages, all in one unit, which is FAMFS_UNIT_MAPPED
 * @mf_flags: of the memory failure
 *
 * Context: May sleep.  Under the unit's lock.
 * Return: 0 or an errno of mf_dax_kill_procs().
 */
int famfs_unit_poison(struct inode *inode, pgoff_t index, unsigned long nr,
		      int mf_flags)
{
	int err = 0;

	for (; nr && !err; nr--)
		err = poison_page(inode, index++, mf_flags);
	return err;
}

/**
 * famfs_recover_pages() - make pages that were in use without a file usable
 * @device: their device
 * @addr: first byte
 * @length: bytes
 *
 * They know no file, and need nothing.
 */
void famfs_recover_pages(const struct famfs_device *device, u64 addr,
			 u64 length)
{
}
