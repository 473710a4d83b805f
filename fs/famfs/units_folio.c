// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: the record of what is mapped, where pages are folios.
 *
 * fs-dax makes a folio for each entry of a file's tree, and takes it apart with the
 * entry.  So its tree tells what is mapped: an entry says FAMFS_UNIT_MAPPED, and one
 * that is tagged dirty FAMFS_UNIT_STORED.
 */
#include <linux/dax.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/xarray.h>
#include "access.h"

static xa_mark_t mark_of(enum famfs_unit_state state)
{
	return state == FAMFS_UNIT_STORED ? PAGECACHE_TAG_DIRTY : XA_PRESENT;
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
	unsigned long units = DIV_ROUND_UP_ULL(i_size_read(inode),
					       FAMFS_ALLOC_UNIT);
	unsigned long index = famfs_unit_start(*unit);
	unsigned long end;

	if (*unit > last || *unit >= units)
		return false;
	end = famfs_unit_start(min(last, units - 1) + 1) - 1;
	if (!xa_find(&inode->i_mapping->i_pages, &index, end, mark_of(state)))
		return false;
	/* An entry may begin before the unit. */
	*unit = max(*unit, famfs_unit_of(index));
	return true;
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
	XA_STATE(xas, &inode->i_mapping->i_pages, famfs_unit_start(unit));
	void *entry;

	xas_lock_irq(&xas);
	xas_for_each_marked(&xas, entry, famfs_unit_start(unit + 1) - 1,
			    PAGECACHE_TAG_DIRTY)
		xas_clear_mark(&xas, PAGECACHE_TAG_DIRTY);
	xas_unlock_irq(&xas);
}

/**
 * famfs_unit_forget() - a unit becomes what it was before it was ever mapped
 * @inode: a regular file
 * @unit: a unit without a mapping, and without a page in use
 *
 * Context: May sleep.  Under the unit's lock, or while the file is being evicted.
 */
void famfs_unit_forget(struct inode *inode, unsigned long unit)
{
	loff_t pos = (loff_t)unit * FAMFS_ALLOC_UNIT;

	dax_delete_mapping_range(inode->i_mapping, pos,
				 pos + FAMFS_ALLOC_UNIT - 1);
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
	unmap_mapping_pages(inode->i_mapping, famfs_unit_start(unit),
			    FAMFS_UNIT_PAGES, false);
}

/**
 * famfs_unit_detach() - let the file go although pages of a unit are in use
 * @inode: a regular file, being evicted
 * @unit: a unit without a mapping
 *
 * A folio must not be taken apart while somebody has a reference to it, so it stays
 * as it is, without a file.  Under the lock that who finds the file by the folio takes.
 *
 * Context: May sleep.
 */
void famfs_unit_detach(struct inode *inode, unsigned long unit)
{
	struct address_space *mapping = inode->i_mapping;
	unsigned long index = famfs_unit_start(unit);
	struct famfs_device *device;
	struct famfs_range range;
	unsigned long pfn;
	unsigned int order;
	void *entry;

	device = famfs_unit_resolve(inode, unit, &range);
	xa_for_each_range(&mapping->i_pages, index, entry, index,
			  famfs_unit_start(unit + 1) - 1) {
		if (famfs_device_access(device, device->start + range.addr +
					PFN_PHYS(index % FAMFS_UNIT_PAGES),
					1, &pfn) != 1)
			continue;
		xa_lock_irq(&mapping->i_pages);
		order = xa_get_order(&mapping->i_pages, index);
		page_folio(pfn_to_page(pfn))->mapping = NULL;
		__xa_erase(&mapping->i_pages, index);
		mapping->nrpages -= 1UL << order;
		xa_unlock_irq(&mapping->i_pages);
	}
}

/**
 * famfs_recover_pages() - make pages that were in use without a file usable
 * @device: their device
 * @addr: first byte
 * @length: bytes
 *
 * Takes the folios apart that famfs_unit_detach() left.
 *
 * Context: May sleep.  Nobody uses the pages.
 */
void famfs_recover_pages(const struct famfs_device *device, u64 addr,
			 u64 length)
{
	u64 end = addr + length;
	unsigned long pfn;

	for (; addr < end; addr += PAGE_SIZE)
		if (famfs_device_access(device, device->start + addr, 1,
					&pfn) == 1)
			dax_folio_reset_order(page_folio(pfn_to_page(pfn)));
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
	return mf_dax_kill_procs(inode->i_mapping, index, nr, mf_flags);
}
