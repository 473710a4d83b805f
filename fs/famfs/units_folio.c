// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: the record of what is mapped, where pages are folios.
 *
 * fs-dax makes a folio for each entry of a file's tree.  So its tree tells what is
 * mapped: an entry says FAMFS_UNIT_MAPPED, and one that is tagged dirty
 * FAMFS_UNIT_STORED.
 *
 * To make a folio of 512 pages, and to take it apart, costs several times what a fault
 * does.  So the folio of a whole unit stays when a file goes away: without a file, it is
 * kept for the next one that maps the unit, until the mount or the device ends, or
 * somebody wants small pages there.
 */
#include <linux/bitops.h>
#include <linux/cleanup.h>
#include <linux/dax.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include "access.h"

/* From fs/dax.c since 6.15: an entry is its page's number above these flags. */
#define ENTRY_SHIFT 4
#define ENTRY_PMD BIT(1)

/**
 * famfs_units_start() - get ready to map units of devices
 * @set: the mount's devices, of which the sizes are known
 *
 * Context: May sleep.
 * Return: 0 or -ENOMEM.
 */
int famfs_units_start(struct famfs_device_set *set)
{
	unsigned long units;
	u32 i;

	for (i = 0; i < set->nr; i++) {
		units = DIV_ROUND_UP_ULL(set->size[i], FAMFS_ALLOC_UNIT);
		set->device[i].tagged = kvcalloc(BITS_TO_LONGS(units),
						 sizeof(long), GFP_KERNEL);
		if (!set->device[i].tagged)
			return -ENOMEM;
	}
	return 0;
}

/**
 * famfs_units_stop() - undo famfs_units_start()
 * @set: the mount's devices, of which no file has a part any more
 *
 * Context: May sleep.
 */
void famfs_units_stop(struct famfs_device_set *set)
{
	u32 i;

	for (i = 0; i < set->nr; i++) {
		famfs_units_dissolve(&set->device[i]);
		kvfree(set->device[i].tagged);
	}
}

/*
 * Of struct famfs_device.tagged.  It saves the way through a file's tree, and is set
 * only while the unit at @addr has an entry for a huge page that is tagged dirty.
 */
static unsigned long tagged_bit(u64 addr)
{
	return addr / FAMFS_ALLOC_UNIT;
}

/* The folio that starts at @pfn and has a unit's pages, or NULL. */
static struct folio *whole_folio(unsigned long pfn)
{
	struct page *page = pfn_to_page(pfn);
	struct folio *folio = page_folio(page);

	return folio_page(folio, 0) == page &&
	       folio_order(folio) == PMD_ORDER ? folio : NULL;
}

/*
 * Make an entry for a folio that was kept, as fs-dax does for one that it has made.  A
 * fault that came to nothing may have left an empty one: fs-dax is to see to that.
 */
static bool adopt(struct inode *inode, unsigned long unit, struct folio *folio,
		  bool write)
{
	struct address_space *mapping = inode->i_mapping;
	XA_STATE_ORDER(xas, &mapping->i_pages, famfs_unit_start(unit),
		       PMD_ORDER);
	void *found;

	do {
		xas_lock_irq(&xas);
		found = xas_find_conflict(&xas);
		if (!found)
			xas_store(&xas, xa_mk_value(folio_pfn(folio) <<
						    ENTRY_SHIFT | ENTRY_PMD));
		if (!found && !xas_error(&xas)) {
			mapping->nrpages += HPAGE_PMD_NR;
			folio->mapping = mapping;
			folio->index = famfs_unit_start(unit);
			if (write)
				xas_set_mark(&xas, PAGECACHE_TAG_DIRTY);
		}
		xas_unlock_irq(&xas);
	} while (xas_nomem(&xas, GFP_KERNEL));
	return folio->mapping;
}

/* Tag the entry of a unit. */
static void tag(struct inode *inode, unsigned long unit)
{
	XA_STATE(xas, &inode->i_mapping->i_pages, famfs_unit_start(unit));

	xas_lock_irq(&xas);
	if (xas_load(&xas))
		xas_set_mark(&xas, PAGECACHE_TAG_DIRTY);
	xas_unlock_irq(&xas);
}

/**
 * famfs_unit_folio() - find the folio of a whole unit, ready to be mapped
 * @inode: a regular file with a map
 * @unit: the unit
 * @write: it is going to be FAMFS_UNIT_STORED
 *
 * Context: May sleep.  Under the unit's lock.
 * Return: the folio, of a unit that is FAMFS_UNIT_MAPPED now; or NULL if fs-dax has to
 * look for the pages, which may be bad or not follow each other, and to make a folio.
 */
struct folio *famfs_unit_folio(struct inode *inode, unsigned long unit,
			       bool write)
{
	struct famfs_device *device;
	struct famfs_range range;
	struct folio *folio;
	unsigned long first;
	bool to_tag;

	/* A map may be longer than its file, and what is behind the end is not mapped. */
	if (famfs_unit_start(unit + 1) > PFN_UP(i_size_read(inode)))
		return NULL;
	if (famfs_map_resolve(famfs_inode_map(inode),
			      (u64)unit * FAMFS_ALLOC_UNIT, FAMFS_ALLOC_UNIT,
			      &range))
		return NULL;
	device = &famfs_devices(inode->i_sb)->device[range.dev];
	first = READ_ONCE(device->first);
	if (!first || range.length != FAMFS_ALLOC_UNIT)
		return NULL;
	folio = whole_folio(first + PHYS_PFN(range.addr));
	if (!folio)
		return NULL;
	to_tag = write && !test_bit(tagged_bit(range.addr), device->tagged);
	if (!folio->mapping) {
		if (!adopt(inode, unit, folio, write))
			return NULL;
	} else if (to_tag) {
		tag(inode, unit);
	}
	if (to_tag)
		set_bit(tagged_bit(range.addr), device->tagged);
	return folio;
}

/**
 * famfs_unit_tagged() - fs-dax has mapped a whole unit and tagged its entry
 * @inode: a regular file
 * @unit: the unit, which is FAMFS_UNIT_STORED now
 *
 * Context: Under the unit's lock.
 */
void famfs_unit_tagged(struct inode *inode, unsigned long unit)
{
	struct famfs_device *device;
	struct famfs_range range;

	device = famfs_unit_resolve(inode, unit, &range);
	set_bit(tagged_bit(range.addr), device->tagged);
}

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
	struct famfs_device *device;
	struct famfs_range range;
	void *entry;

	device = famfs_unit_resolve(inode, unit, &range);
	clear_bit(tagged_bit(range.addr), device->tagged);
	xas_lock_irq(&xas);
	xas_for_each_marked(&xas, entry, famfs_unit_start(unit + 1) - 1,
			    PAGECACHE_TAG_DIRTY)
		xas_clear_mark(&xas, PAGECACHE_TAG_DIRTY);
	xas_unlock_irq(&xas);
}

/**
 * famfs_unit_forget() - a unit becomes what it was before the file mapped it
 * @inode: a regular file
 * @unit: a unit without a mapping, and without a page in use
 *
 * Context: May sleep.  Under the unit's lock, or while the file is being evicted.
 */
void famfs_unit_forget(struct inode *inode, unsigned long unit)
{
	loff_t pos = (loff_t)unit * FAMFS_ALLOC_UNIT;
	struct famfs_device *device;
	struct famfs_range range;
	unsigned long first;

	device = famfs_unit_resolve(inode, unit, &range);
	first = READ_ONCE(device->first);
	if (first && whole_folio(first + PHYS_PFN(range.addr))) {
		WRITE_ONCE(device->kept, first);
		famfs_unit_detach(inode, unit);
		return;
	}
	clear_bit(tagged_bit(range.addr), device->tagged);
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
	struct folio *folio;
	unsigned long pfn;
	unsigned int order;
	void *entry;

	device = famfs_unit_resolve(inode, unit, &range);
	clear_bit(tagged_bit(range.addr), device->tagged);
	xa_for_each_range(&mapping->i_pages, index, entry, index,
			  famfs_unit_start(unit + 1) - 1) {
		if (famfs_device_access(device, device->start + range.addr +
					PFN_PHYS(index % FAMFS_UNIT_PAGES),
					1, &pfn) != 1)
			continue;
		xa_lock_irq(&mapping->i_pages);
		order = xa_get_order(&mapping->i_pages, index);
		folio = page_folio(pfn_to_page(pfn));
		folio->mapping = NULL;
		folio->share = 0;	/* and its index, in the same place */
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
	id = dax_read_lock();
	if (dax_alive(device->dax_dev) &&
	    dax_holder(device->dax_dev) == device)
		for (addr = 0; addr < size; addr += FAMFS_ALLOC_UNIT) {
			famfs_unit_dissolve(device, addr);
			cond_resched();
		}
	dax_read_unlock(id);
	device->kept = 0;
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
