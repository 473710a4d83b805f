// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: units where pages are mapped by their number.
 *
 * Pages know no file.  Only the core's handling of failed memory goes by entries of
 * fs-dax, and gets them for as long as it runs.
 *
 * But of a page that is nobody's the kernel takes no futex that processes share: it
 * goes by what the page is of, and by its number there.  So pages are those of their
 * device, from the first time that their unit is mapped in a mount to the mount's end.
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
				      void (*act)(struct famfs_device *device,
						  struct page *page,
						  pgoff_t index))
{
	pgoff_t index;
	long found, i;
	pfn_t pfn;

	for (; addr < end; addr += PFN_PHYS(found)) {
		found = famfs_device_access(device, device->start + addr,
					    PHYS_PFN(end - addr), &pfn);
		if (found <= 0)
			return;
		found = min_t(long, found, PHYS_PFN(end - addr));
		index = PHYS_PFN(addr);
		for (i = 0; i < found; i++)
			act(device, pfn_t_to_page(pfn) + i, index + i);
	}
}

/* All of a unit that the device has. */
static __always_inline void for_unit(struct famfs_device *device, unsigned long unit,
				     void (*act)(struct famfs_device *device,
						 struct page *page,
						 pgoff_t index))
{
	u64 addr = (u64)unit * FAMFS_ALLOC_UNIT;
	u64 size = device->set->size[famfs_device_index(device)];

	for_range(device, addr, min(addr + FAMFS_ALLOC_UNIT, size), act);
}

static void name_page(struct famfs_device *device, struct page *page, pgoff_t index)
{
	page->index = index;
	WRITE_ONCE(page->mapping, &device->pages);
}

static void unname_page(struct famfs_device *device, struct page *page, pgoff_t index)
{
	WRITE_ONCE(page->mapping, NULL);
	page->index = 0;
}

/*
 * All pages of devices are reserved when they are made.  VFIO takes those for no memory,
 * and never drops what it has pinned of them.
 */
static void unreserve(struct famfs_device *device, struct page *page, pgoff_t index)
{
	if (PageReserved(page))
		ClearPageReserved(page);
}

/**
 * famfs_unit_prepare() - pages are about to be mapped
 * @inode: a regular file
 * @unit: their unit
 *
 * Context: May sleep.  Under the unit's lock; no device of the mount is gone.
 */
void famfs_unit_prepare(struct inode *inode, unsigned long unit)
{
	struct famfs_device *device;
	struct famfs_range range;

	if (famfs_unit_is(inode, unit, FAMFS_UNIT_MAPPED))
		return;
	device = famfs_unit_resolve(inode, unit, &range);
	unit = range.addr / FAMFS_ALLOC_UNIT;
	if (test_bit(unit, device->named))
		return;
	for_unit(device, unit, name_page);
	if (famfs_pins_long(inode->i_sb))
		for_unit(device, unit, unreserve);
	set_bit(unit, device->named);
}

static unsigned long nr_units(const struct famfs_device *device)
{
	return DIV_ROUND_UP_ULL(device->set->size[famfs_device_index(device)],
				FAMFS_ALLOC_UNIT);
}

/**
 * famfs_names_start() - start with devices of which no page was mapped
 * @set: the mount's devices, of which the sizes are known
 *
 * Context: May sleep.
 * Return: 0 or -ENOMEM.
 */
int famfs_names_start(struct famfs_device_set *set)
{
	struct famfs_device *device;

	for (device = set->device; device < set->device + set->nr; device++) {
		address_space_init_once(&device->pages);
		device->pages.host = dax_inode(device->dax_dev);
		device->pages.a_ops = &famfs_aops;
		device->named = kvcalloc(BITS_TO_LONGS(nr_units(device)),
					 sizeof(long), GFP_KERNEL);
		if (!device->named)
			return -ENOMEM;
	}
	return 0;
}

/**
 * famfs_units_dissolve() - a device's pages become nobody's
 * @device: the device, of which no page is mapped or in use
 *
 * Context: May sleep.
 */
void famfs_units_dissolve(struct famfs_device *device)
{
	unsigned long nr = device->named ? nr_units(device) : 0, unit;
	int id = dax_read_lock();	/* it may be removed */

	for_each_set_bit(unit, device->named, nr) {
		for_unit(device, unit, unname_page);
		clear_bit(unit, device->named);
		cond_resched();
	}
	dax_read_unlock(id);
}

/**
 * famfs_names_exit() - undo famfs_names_start()
 * @set: the mount's devices, of which famfs_units_dissolve() was called
 */
void famfs_names_exit(struct famfs_device_set *set)
{
	u32 i;

	for (i = 0; i < set->nr; i++)
		kvfree(set->device[i].named);
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

static void wait_for_lent(struct famfs_device *device, struct page *page,
			  pgoff_t index)
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
	for_range(device, range.addr, range.addr + range.length, wait_for_lent);
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
