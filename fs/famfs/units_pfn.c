// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: units where pages are mapped by their number.
 *
 * Pages know no file.  Only the core's handling of failed memory goes by entries of
 * fs-dax, and gets them for as long as it runs.
 *
 * But of a page that is nobody's the kernel takes no futex that processes share: it
 * goes by the inode of the page's address space, and by the page's number there.  So
 * the pages of a unit get an address space when they are first mapped in a mount, and
 * keep it to the mount's end; whose inode that has is set by each file that the unit
 * comes to.
 */
#include <linux/dax.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/pfn.h>
#include <linux/pfn_t.h>
#include <linux/xarray.h>
#include "access.h"

/* From fs/dax.c of 4.20 to 6.15: an entry is its flags, none here, and the page. */
#define ENTRY_SHIFT 4

static __always_inline void for_range(struct famfs_device *device, u64 addr, u64 end,
				      void (*act)(struct page *page, pgoff_t index,
						  void *arg),
				      void *arg)
{
	u64 dev = (u64)famfs_device_index(device) << FAMFS_FIEMAP_DEVICE_SHIFT;
	struct page *page, *last;
	pgoff_t index;
	long found;
	pfn_t pfn;

	for (; addr < end; addr += PFN_PHYS(found)) {
		found = famfs_device_access(device, device->start + addr,
					    PHYS_PFN(end - addr), &pfn);
		if (found <= 0)
			return;
		found = min_t(long, found, PHYS_PFN(end - addr));
		index = PHYS_PFN(dev | addr);
		page = pfn_t_to_page(pfn);
		/* For 512 pages, in a fault. */
#pragma GCC unroll 4
		for (last = page + found; page < last; page++)
			act(page, index++, arg);
	}
}

/* All of a unit that the device has. */
static __always_inline void for_unit(struct famfs_device *device, unsigned long unit,
				     void (*act)(struct page *page, pgoff_t index,
						 void *arg),
				     void *arg)
{
	u64 addr = (u64)unit * FAMFS_ALLOC_UNIT;
	u64 size = device->set->size[famfs_device_index(device)];

	for_range(device, addr, min(addr + FAMFS_ALLOC_UNIT, size), act, arg);
}

/* No two pages that a file can have get the same number. */
static void name_page(struct page *page, pgoff_t index, void *space)
{
	page->index = index;
	WRITE_ONCE(page->mapping, space);
}

static void unname_page(struct page *page, pgoff_t index, void *space)
{
	WRITE_ONCE(page->mapping, NULL);
	page->index = 0;
}

/*
 * All pages of devices are reserved when they are made.  VFIO takes those for no memory,
 * and never drops what it has pinned of them.
 */
static void unreserve(struct page *page, pgoff_t index, void *arg)
{
	if (PageReserved(page))
		ClearPageReserved(page);
}

static struct address_space *name_unit(struct famfs_device *device, unsigned long unit,
				       bool pins_long)
{
	struct address_space *space = xa_load(&device->named, unit);

	/* It is there if the driver did not have all of the unit then. */
	if (!space) {
		space = kmalloc(sizeof(*space), GFP_KERNEL_ACCOUNT | __GFP_NOFAIL);
		address_space_init_once(space);
		space->a_ops = &famfs_aops;
		xa_store(&device->named, unit, space, GFP_KERNEL | __GFP_NOFAIL);
	}
	for_unit(device, unit, name_page, space);
	if (pins_long)
		for_unit(device, unit, unreserve, NULL);
	return space;
}

/**
 * famfs_unit_prepare() - pages are about to be mapped
 * @inode: a regular file
 * @unit: their unit, which is not FAMFS_UNIT_MAPPED
 * @page: one of them
 *
 * Context: May sleep.  Under the unit's lock; no device of the mount is gone.
 */
void famfs_unit_prepare(struct inode *inode, unsigned long unit, const struct page *page)
{
	struct address_space *space = page->mapping;
	struct famfs_device *device;
	struct famfs_range range;

	if (!space) {
		device = famfs_unit_resolve(inode, unit, &range);
		space = name_unit(device, range.addr / FAMFS_ALLOC_UNIT,
				  famfs_pins_long(inode->i_sb));
	}
	WRITE_ONCE(space->host, inode);
}

/* The file goes.  Who still looks at a page does so under rcu_read_lock(). */
static void leave_unit(struct inode *inode, unsigned long unit)
{
	struct famfs_device *device;
	struct address_space *space;
	struct famfs_range range;

	device = famfs_unit_resolve(inode, unit, &range);
	space = xa_load(&device->named, range.addr / FAMFS_ALLOC_UNIT);
	if (space)
		WRITE_ONCE(space->host, NULL);
}

/**
 * famfs_units_dissolve() - a device's pages become nobody's
 * @device: the device, of which no page is mapped or in use
 *
 * Context: May sleep.
 */
void famfs_units_dissolve(struct famfs_device *device)
{
	struct address_space *space;
	unsigned long unit;
	int id;

	xa_for_each(&device->named, unit, space) {
		id = famfs_access_lock(device->set);	/* it may have been removed */
		for_unit(device, unit, unname_page, NULL);
		famfs_access_unlock(device->set, id);
		/* The device's removal and the end of the mount may both be here. */
		kfree(xa_erase(&device->named, unit));
		cond_resched();
	}
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
	leave_unit(inode, unit);
	famfs_unit_unmapped(inode, unit);
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

static void wait_for_lent(struct page *page, pgoff_t index, void *arg)
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
	struct famfs_device *device;
	struct famfs_range range;

	device = famfs_unit_resolve(inode, unit, &range);
	/* A fault of a private mapping holds the lock of its page until that is mapped. */
	for_range(device, range.addr, range.addr + range.length, wait_for_lent,
		  NULL);
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
