// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: units where pages are folios.
 *
 * To make a folio of 512 pages, and to take it apart, costs several times what a fault
 * does.  So the folio that fs-dax has made of a whole unit stays when a file goes away:
 * without a file, it is kept for the next one that maps the unit, until the mount or the
 * device ends, or somebody wants small pages there.
 *
 * Small pages need nobody to make them: a file just gets those of a unit, all at once.
 *
 * fs-dax finds what it has mapped by its entries, in an address space.  A file that has
 * got pages here has no entries for them, and needs those only where fs-dax is to find
 * them.
 */
#include <linux/cleanup.h>
#include <linux/dax.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched.h>
#include <linux/xarray.h>
#include "access.h"

/* From fs/dax.c since 6.15: an entry is its page's number above these flags. */
#define ENTRY_SHIFT 4
#define ENTRY_PMD BIT(1)

/* The folio that starts at @pfn and has a unit's pages, or NULL. */
static struct folio *whole_folio(unsigned long pfn)
{
	struct page *page = pfn_to_page(pfn);
	struct folio *folio = page_folio(page);

	return folio_page(folio, 0) == page &&
	       folio_order(folio) == PMD_ORDER ? folio : NULL;
}

/* The folio of a whole unit, whether or not pages of the device are bad; or NULL. */
static struct folio *find_whole(const struct famfs_device *device, u64 addr)
{
	unsigned long pfn;

	if (famfs_device_access(device, device->start + addr, 1, &pfn) != 1)
		return NULL;
	return whole_folio(pfn);
}

/*
 * Give folios to a file, or take them away, under the lock that dax_lock_folio() takes of
 * the file that it finds there.
 */
static void set_file(unsigned long pfn, unsigned long nr, struct inode *inode,
		     bool has, pgoff_t index)
{
	struct address_space *mapping = inode->i_mapping;
	struct folio *folio;
	unsigned long i;

	xa_lock_irq(&mapping->i_pages);
	for (i = 0; i < nr; i++) {
		folio = page_folio(pfn_to_page(pfn + i));
		folio->index = has ? index + i : 0; /* and its share count */
		folio->mapping = has ? mapping : NULL;
	}
	xa_unlock_irq(&mapping->i_pages);
}

/* Give the pages of a unit to a file that has none of them. */
static void adopt(struct inode *inode, unsigned long unit,
		  const struct famfs_device *device,
		  const struct famfs_range *range, unsigned long pfn)
{
	unsigned long nr = 1;

	if (range->length != FAMFS_ALLOC_UNIT || !whole_folio(pfn)) {
		famfs_unit_dissolve(device, range->addr);
		nr = PHYS_PFN(range->length);
	}
	set_file(pfn, nr, inode, true, famfs_unit_start(unit));
	famfs_unit_note(inode, unit, FAMFS_UNIT_MAPPED);
	famfs_unit_note(inode, unit, FAMFS_UNIT_ADOPTED);
}

/**
 * famfs_unit_pages() - find the pages of a unit, ready to be mapped
 * @inode: a regular file with a map
 * @unit: a unit that has a byte of the file
 * @whole: only if they are one folio
 *
 * The unit becomes FAMFS_UNIT_MAPPED and the pages the file's, unless it was mapped: a
 * fault that came to nothing may have left an entry then, and pages that no file has.
 *
 * Context: Under the unit's lock.
 * Return: number of the first page; or 0 if fs-dax has to look for the pages, which may
 * be bad or not follow each other, or to make the folio.
 */
unsigned long famfs_unit_pages(struct inode *inode, unsigned long unit,
			       bool whole)
{
	struct famfs_device *device;
	struct famfs_range range;
	unsigned long pfn;

	device = famfs_unit_resolve(inode, unit, &range);
	pfn = READ_ONCE(device->first);
	if (!pfn)
		return 0;
	pfn += PHYS_PFN(range.addr);
	if (whole && !whole_folio(pfn))
		return 0;
	if (!famfs_unit_is(inode, unit, FAMFS_UNIT_MAPPED))
		adopt(inode, unit, device, &range, pfn);
	return pfn;
}

/**
 * famfs_unit_is_small() - has a unit small pages?
 * @inode: a regular file
 * @unit: a unit that is FAMFS_UNIT_MAPPED
 *
 * Context: Under the unit's lock.
 * Return: whether its pages are no folio.
 */
bool famfs_unit_is_small(struct inode *inode, unsigned long unit)
{
	struct famfs_device *device;
	struct famfs_range range;

	device = famfs_unit_resolve(inode, unit, &range);
	return !find_whole(device, range.addr);
}

/* Make the entry that fs-dax has for a folio that it has made. */
static int enter(struct address_space *mapping, pgoff_t index,
		 const struct folio *folio, gfp_t gfp)
{
	unsigned int order = folio_order(folio);
	XA_STATE_ORDER(xas, &mapping->i_pages, index, order);
	void *old;

	do {
		xas_lock_irq(&xas);
		old = xas_store(&xas,
				xa_mk_value(folio_pfn(folio) << ENTRY_SHIFT |
					    (order ? ENTRY_PMD : 0)));
		if (!xas_error(&xas) && !old)
			mapping->nrpages += 1UL << order;
		xas_unlock_irq(&xas);
	} while (xas_nomem(&xas, gfp));
	return xas_error(&xas);
}

/**
 * famfs_unit_enter() - let fs-dax know of the pages of a unit
 * @inode: a regular file that was mapped
 * @unit: a unit of it
 * @gfp: how to get memory
 *
 * Makes the entries that fs-dax has for what it has mapped, if the unit is
 * FAMFS_UNIT_ADOPTED.
 *
 * Context: May sleep.  Under the unit's lock.
 * Return: 0, -ENOMEM, or -EIO if a page is not to be found.
 */
int famfs_unit_enter(struct inode *inode, unsigned long unit, gfp_t gfp)
{
	struct famfs_device *device;
	struct famfs_range range;
	struct folio *folio;
	unsigned long pfn;
	u64 done;
	int err;

	if (!famfs_unit_is(inode, unit, FAMFS_UNIT_ADOPTED))
		return 0;
	device = famfs_unit_resolve(inode, unit, &range);
	for (done = 0; done < range.length; done += folio_size(folio)) {
		if (famfs_device_access(device, device->start + range.addr +
					done, 1, &pfn) != 1)
			return -EIO;
		folio = page_folio(pfn_to_page(pfn));
		err = enter(inode->i_mapping,
			    famfs_unit_start(unit) + PHYS_PFN(done), folio, gfp);
		if (err)
			return err;
	}
	famfs_unit_clear(inode, unit, FAMFS_UNIT_ADOPTED);
	return 0;
}

/**
 * famfs_unit_forget() - a file has nothing of a unit mapped any more
 * @inode: a regular file
 * @unit: a unit without a mapping, and without a page in use
 *
 * Context: May sleep.  Under the unit's lock, or while the file is being evicted.
 */
void famfs_unit_forget(struct inode *inode, unsigned long unit)
{
	struct famfs_device *device;
	struct famfs_range range;
	struct folio *folio;
	unsigned long first;

	device = famfs_unit_resolve(inode, unit, &range);
	folio = find_whole(device, range.addr);
	first = READ_ONCE(device->first);
	if (folio && first)
		WRITE_ONCE(device->kept, first);
	famfs_unit_detach(inode, unit);
	if (folio && !first)
		dax_folio_reset_order(folio);
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

/* Who has a reference, and not the inode, relies on the lock for a folio's mapping. */
static void orphan(struct folio *folio, struct inode *inode)
{
	folio_lock(folio);
	set_file(folio_pfn(folio), 1, inode, false, 0);
	folio_unlock(folio);
}

static void orphan_pages(struct inode *inode, unsigned long unit)
{
	struct famfs_device *device;
	struct famfs_range range;
	struct folio *folio;
	unsigned long pfn;
	long found, i;
	u64 addr, end;

	device = famfs_unit_resolve(inode, unit, &range);
	end = range.addr + range.length;
	for (addr = range.addr; addr < end; addr += PFN_PHYS(found)) {
		found = famfs_device_access(device, device->start + addr,
					    PHYS_PFN(end - addr), &pfn);
		if (found <= 0) {
			found = 1;
			continue;
		}
		found = min_t(long, found, PHYS_PFN(end - addr));
		for (i = 0; i < found; i += folio_nr_pages(folio)) {
			folio = page_folio(pfn_to_page(pfn + i));
			if (folio->mapping)
				orphan(folio, inode);
		}
	}
}

/**
 * famfs_unit_detach() - let the file go although pages of a unit are in use
 * @inode: a regular file
 * @unit: a unit without a mapping
 *
 * A folio must not be taken apart while somebody has a reference to it, so it stays
 * as it is, without a file.
 *
 * Context: May sleep.  Under the unit's lock, or while the file is being evicted.
 */
void famfs_unit_detach(struct inode *inode, unsigned long unit)
{
	struct xarray *entries = &inode->i_mapping->i_pages;
	unsigned long index = famfs_unit_start(unit);
	unsigned int order;
	void *entry;

	orphan_pages(inode, unit);
	xa_for_each_range(entries, index, entry, index,
			  famfs_unit_start(unit + 1) - 1) {
		xa_lock_irq(entries);
		order = xa_get_order(entries, index);
		__xa_erase(entries, index);
		inode->i_mapping->nrpages -= 1UL << order;
		xa_unlock_irq(entries);
	}
	famfs_unit_unmapped(inode, unit);
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
 * famfs_unit_dissolve() - take the folio of a unit apart if it was kept
 * @device: the device
 * @addr: a byte of the unit
 *
 * fs-dax makes a folio only of pages that are none.
 *
 * Context: Under the lock of the unit of a file.
 */
void famfs_unit_dissolve(const struct famfs_device *device, u64 addr)
{
	unsigned long kept = READ_ONCE(device->kept);
	struct folio *folio;

	if (!kept)
		return;
	folio = page_folio(pfn_to_page(kept + PHYS_PFN(addr)));
	if (folio_order(folio) && !folio->mapping)
		dax_folio_reset_order(folio);
}

/**
 * famfs_units_dissolve() - take all folios apart that were kept of a device
 * @device: the device, of which no file has a folio
 *
 * Nobody after the mount has to know of them.  Who removes the device while umount
 * lets it go finds no mount to wait for, so it must still be there, and ours: who drives
 * it next takes them apart otherwise.
 *
 * Context: May sleep; takes failure_lock: umount and the removal of the device can
 * both be here.
 */
void famfs_units_dissolve(struct famfs_device *device)
{
	struct famfs_device_set *set = device->set;
	u64 addr, size = set->size[famfs_device_index(device)];
	int id;

	guard(mutex)(&set->failure_lock);
	if (!device->kept)
		return;
	id = famfs_access_lock(set);
	if (!READ_ONCE(device->lost))
		for (addr = 0; addr < size; addr += FAMFS_ALLOC_UNIT) {
			famfs_unit_dissolve(device, addr);
			cond_resched();
		}
	famfs_access_unlock(set, id);
	device->kept = 0;
}

/*
 * Of a unit with small pages.  The core would take a private copy for the page, and that
 * of a page that nobody has mapped is no loss.
 */
static int poison_small(struct inode *inode, pgoff_t index, unsigned long nr,
			int mf_flags)
{
	unsigned long unit = famfs_unit_of(index), pfn;
	struct famfs_device *device;
	struct famfs_range range;
	struct page *page;
	u64 addr;
	int err;

	device = famfs_unit_resolve(inode, unit, &range);
	addr = device->start + range.addr +
	       PFN_PHYS(index - famfs_unit_start(unit));
	for (; nr; nr--, index++, addr += PAGE_SIZE) {
		if (famfs_device_access(device, addr, 1, &pfn) != 1)
			return -EIO;
		page = pfn_to_page(pfn);
		if (!famfs_page_busy(page)) {
			SetPageHWPoison(page);
			continue;
		}
		err = mf_dax_kill_procs(inode->i_mapping, index, 1, mf_flags);
		if (err)
			return err;
	}
	return 0;
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
	int err = famfs_unit_enter(inode, famfs_unit_of(index),
				   GFP_KERNEL | __GFP_NOFAIL);

	if (err)
		return err;
	if (famfs_unit_is_small(inode, famfs_unit_of(index)))
		return poison_small(inode, index, nr, mf_flags);
	return mf_dax_kill_procs(inode->i_mapping, index, nr, mf_flags);
}
