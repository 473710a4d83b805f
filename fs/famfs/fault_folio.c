// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: faults where pages are folios.
 *
 * fs-dax makes a folio for each entry of a file's tree, and takes it apart with the
 * entry.  So it is fs-dax that maps, and its tree that tells what is mapped: an entry
 * says FAMFS_UNIT_MAPPED, and one that is tagged dirty FAMFS_UNIT_STORED.
 */
#include <linux/dax.h>
#include <linux/file.h>
#include <linux/iomap.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/userfaultfd_k.h>
#include <linux/xarray.h>
#include "famfs.h"

/* From fs/dax.c since 6.15: an entry is its page's number above these flags. */
#define ENTRY_SHIFT 4
#define ENTRY_PMD BIT(1)

/**
 * famfs_units_born() - get ready for famfs_units_open()
 * @inode: an inode that is being made
 */
void famfs_units_born(struct inode *inode)
{
	struct famfs_inode *fi = FAMFS_I(inode);

	address_space_init_once(&fi->shown);
	fi->shown.host = inode;
	fi->shown.a_ops = &famfs_aops;
}

/**
 * famfs_units_open() - keep the file's entries from who opens it
 * @inode: a regular file
 * @file: the open file
 *
 * cachestat(2) takes an entry of fs-dax for what page cache leaves behind, and follows a
 * pointer that it finds there.  So entries are in an address space that no file has
 * which a process has open, but files of mappings do.
 */
void famfs_units_open(struct inode *inode, struct file *file)
{
	file->f_mapping = &FAMFS_I(inode)->shown;
	file->f_wb_err = filemap_sample_wb_err(file->f_mapping);
}

/* The file that mappings of @file have: another one, which has the entries. */
static struct file *open_mapped(struct inode *inode, const struct file *file)
{
	struct file *mapped;
	int flags = file->f_flags;

	/* It may be open for writing since before it had a map. */
	if (famfs_memory_is_ro(inode))
		flags = (flags & ~O_ACCMODE) | O_RDONLY;
	mapped = dentry_open(&file->f_path, flags, file->f_cred);
	if (IS_ERR(mapped))
		return mapped;
	mapped->f_mapping = inode->i_mapping;
	mapped->f_wb_err = filemap_sample_wb_err(mapped->f_mapping);
	return mapped;
}

/**
 * famfs_units_mmap() - give a mapping the file that has the entries
 * @inode: a regular file
 * @vma: the mapping, of a file that famfs_units_open() has seen
 *
 * All mappings of an open file have the same one, so that neighbours can become one
 * area.
 *
 * Context: May sleep.
 * Return: 0 or an errno of opening the file.
 */
int famfs_units_mmap(struct inode *inode, struct vm_area_struct *vma)
{
	struct file *file = vma->vm_file;
	struct file *mapped = READ_ONCE(file->private_data), *other;

	if (!mapped) {
		mapped = open_mapped(inode, file);
		if (IS_ERR(mapped))
			return PTR_ERR(mapped);
		other = cmpxchg(&file->private_data, NULL, mapped);
		if (other) {
			fput(mapped);
			mapped = other;
		}
	}
	vma_set_file(vma, mapped);
	return 0;
}

/**
 * famfs_units_release() - undo famfs_units_mmap(), if it was called
 * @file: an open file that is being closed; its mappings may stay
 */
void famfs_units_release(struct file *file)
{
	if (file->private_data)
		fput(file->private_data);
}

/**
 * famfs_units_lost() - what was stored to a file may be lost
 * @inode: a regular file
 *
 * Who syncs an open file hears of it, and who syncs a mapping.
 */
void famfs_units_lost(struct inode *inode)
{
	mapping_set_error(&FAMFS_I(inode)->shown, -EIO);
	mapping_set_error(inode->i_mapping, -EIO);
}

/**
 * famfs_units_init() - get ready for faults
 * @inode: a regular file with a map
 *
 * Return: 0.
 */
int famfs_units_init(struct inode *inode)
{
	return 0;
}

/**
 * famfs_units_exit() - undo famfs_units_init()
 * @inode: a regular file, being evicted
 */
void famfs_units_exit(struct inode *inode)
{
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

/* Drivers refuse what goes beyond one of the device's physical ranges. */
static int cut_at_range(const struct famfs_device *device,
			const struct famfs_range *range, loff_t *length)
{
	u64 addr = device->start + range->addr;
	u64 start = round_down(addr, PAGE_SIZE);
	u64 bytes = PAGE_ALIGN(addr + *length) - start;
	long found = famfs_device_access(device, start, PHYS_PFN(bytes), NULL);

	if (found <= 0)
		return -EIO;
	*length = min_t(u64, *length, start + PFN_PHYS(found) - addr);
	return 0;
}

static int fault_iomap_begin(struct inode *inode, loff_t pos, loff_t length,
			     unsigned int flags, struct iomap *iomap,
			     struct iomap *srcmap)
{
	struct famfs_range range = {};
	struct famfs_device *device;
	s64 good;
	int err;

	err = famfs_fill_iomap(inode, pos, length, iomap, &range);
	if (err)
		return err;
	device = &famfs_devices(inode->i_sb)->device[range.dev];
	length = min_t(u64, length, iomap->length);
	if (device->split) {
		err = cut_at_range(device, &range, &length);
		if (err)
			return err;
		iomap->length = length;
	}
	good = famfs_poison_limit(device, range.addr, length, flags);
	if (good < 0)
		return good;
	if (good < length)
		iomap->length = good;
	iomap->dax_dev = device->dax_dev;
	iomap->addr += device->start;
	return 0;
}

static const struct iomap_ops fault_iomap_ops = {
	.iomap_begin = fault_iomap_begin,
};

/*
 * fs-dax never makes one entry of many: forget small ones that nobody maps any more,
 * or the place would be mapped by small pages for as long as the file lives.
 */
static void forget_small(struct inode *inode, pgoff_t index)
{
	unsigned long unit = famfs_unit_of(index), next = unit;
	unsigned long first = famfs_unit_start(unit);
	struct xarray *entries = &inode->i_mapping->i_pages;

	if (HPAGE_PMD_NR / FAMFS_UNIT_PAGES != 1 ||
	    !xa_find(entries, &first, famfs_unit_start(unit + 1) - 1,
		     XA_PRESENT) ||
	    xa_get_order(entries, first) == PMD_ORDER ||
	    famfs_unit_busy(inode, unit))
		return;
	if (famfs_unit_next(inode, &next, unit, FAMFS_UNIT_STORED))
		famfs_unit_flush(inode, unit);
	famfs_unit_forget(inode, unit);
}

/*
 * Is there an entry for a huge page that starts at @pfn, and marked if it is to be
 * stored to?  A locked one, or one without a page, has other flags.
 */
static bool has_entry(struct inode *inode, pgoff_t index, unsigned long pfn,
		      bool write)
{
	XA_STATE(xas, &inode->i_mapping->i_pages, index);

	guard(rcu)();
	return xas_load(&xas) == xa_mk_value(pfn << ENTRY_SHIFT | ENTRY_PMD) &&
	       (!write || xas_get_mark(&xas, PAGECACHE_TAG_DIRTY));
}

/* The folio of a place that a huge page can map, if fs-dax has made it; or NULL. */
static struct folio *find_folio(const struct vm_fault *vmf, struct inode *inode,
				bool write)
{
	pgoff_t first = round_down(vmf->pgoff, HPAGE_PMD_NR);
	struct famfs_device *device;
	struct famfs_range range;
	unsigned long pfn;

	if (famfs_map_resolve(famfs_inode_map(inode), PFN_PHYS((u64)first),
			      HPAGE_PMD_SIZE, &range))
		return NULL;
	device = &famfs_devices(inode->i_sb)->device[range.dev];
	pfn = READ_ONCE(device->first);
	if (!pfn || range.length != HPAGE_PMD_SIZE)
		return NULL;
	pfn += PHYS_PFN(range.addr);
	return has_entry(inode, first, pfn, write) ?
	       page_folio(pfn_to_page(pfn)) : NULL;
}

/* Is there room for a huge page in the mapping, and nothing small in its place? */
static bool huge_page_fits(const struct vm_fault *vmf)
{
	const struct vm_area_struct *vma = vmf->vma;
	unsigned long start = vmf->address & HPAGE_PMD_MASK;
	pmd_t pmd = pmdp_get_lockless(vmf->pmd);

	return (vma->vm_flags & VM_SHARED) &&
	       (vmf->pgoff ^ vmf->address >> PAGE_SHIFT) % HPAGE_PMD_NR == 0 &&
	       start >= vma->vm_start &&
	       start + HPAGE_PMD_SIZE <= vma->vm_end &&
	       (pmd_none(pmd) || pmd_leaf(pmd));
}

/*
 * Map a folio for which nothing changes in the tree.  fs-dax does the same in the end,
 * after it has looked for the memory anew, and locked and replaced the entry.
 */
static bool map_known(struct vm_fault *vmf, struct inode *inode, bool write,
		      vm_fault_t *ret)
{
	struct folio *folio;

	if (!huge_page_fits(vmf))
		return false;
	folio = find_folio(vmf, inode, write);
	if (!folio)
		return false;
	/* Mapping it takes one that it has. */
	folio_ref_inc(folio);
	*ret = vmf_insert_folio_pmd(vmf, folio, write);
	folio_put(folio);
	return true;
}

/**
 * struct marked_page - a page that userfaultfd may have left a marker for
 * @mm: the address space
 * @marked: it did
 */
struct marked_page {
	struct mm_struct *mm;
	bool marked;
};

static int take_marker(pte_t *ptep, unsigned long addr, void *data)
{
	struct marked_page *page = data;

	page->marked = pte_is_uffd_wp_marker(ptep_get(ptep));
	if (page->marked)
		pte_clear(page->mm, addr, ptep);
	return 0;
}

static int protect_page(pte_t *ptep, unsigned long addr, void *data)
{
	struct marked_page *page = data;
	pte_t pte = ptep_get(ptep);

	if (pte_present(pte) && !pte_write(pte))
		famfs_set_pte(page->mm, addr, ptep, pte_mkuffd_wp(pte));
	return 0;
}

/*
 * userfaultfd leaves a marker where nothing is mapped yet, and fs-dax cannot map a
 * page in its place.  What is only loaded stays protected.
 */
static vm_fault_t fault_at_marker(struct vm_fault *vmf, bool write)
{
	struct marked_page page = { .mm = vmf->vma->vm_mm };
	unsigned long addr = vmf->address & PAGE_MASK;
	unsigned long pfn;
	vm_fault_t ret;

	if (pmd_leaf(pmdp_get_lockless(vmf->pmd)))
		return VM_FAULT_NOPAGE;
	if (apply_to_page_range(page.mm, addr, PAGE_SIZE, take_marker, &page))
		return VM_FAULT_OOM;
	ret = dax_iomap_fault(vmf, 0, &pfn, NULL, &fault_iomap_ops);
	if (page.marked && !write && ret == VM_FAULT_NOPAGE &&
	    apply_to_page_range(page.mm, addr, PAGE_SIZE, protect_page, &page))
		ret = VM_FAULT_OOM;
	return ret;
}

/**
 * famfs_map_fault() - serve a fault
 * @vmf: the fault
 * @inode: the file
 * @order: of the page that is wanted
 * @write: it is a store to a shared mapping
 *
 * Context: May sleep.  Under the unit's lock; no device of the mount is gone.
 * Return: as vm_operations_struct.huge_fault.
 */
vm_fault_t famfs_map_fault(struct vm_fault *vmf, struct inode *inode,
			   unsigned int order, bool write)
{
	unsigned long pfn;
	vm_fault_t ret;

	if (order == PMD_ORDER && map_known(vmf, inode, write, &ret))
		return ret;
	if (order == PMD_ORDER && vmf->pgoff < PFN_UP(i_size_read(inode)))
		forget_small(inode, vmf->pgoff);
	if (!order && !vmf->cow_page && userfaultfd_wp(vmf->vma))
		return fault_at_marker(vmf, write);
	return dax_iomap_fault(vmf, order, &pfn, NULL, &fault_iomap_ops);
}
