// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: map huge pages without fs-dax's detour.
 *
 * For each huge page fs-dax writes 512 page structures, which costs more than
 * all the rest of a fault, and which here nobody reads: who has failed memory
 * mapped is found by the owners of the memory and by the entries in the file's
 * tree.  So the entry is made here, as fs-dax makes it, and the page mapped.  The
 * rest of fs-dax works with the entry as with its own.
 *
 * How an entry looks is known to fs-dax alone.  So the first huge page is left to
 * fs-dax, and only if its entry looks as one made here does the second one come
 * here.
 */
#include <linux/dax.h>
#include <linux/huge_mm.h>
#include <linux/iomap.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/pfn_t.h>
#include <linux/xarray.h>
#include "famfs.h"

/* From fs/dax.c: flags, of which this one says "huge", and then the page. */
#define ENTRY_SHIFT 4
#define ENTRY_HUGE 2

static bool entries_known;

static void *huge_entry(pfn_t pfn)
{
	return xa_mk_value(pfn_t_to_pfn(pfn) << ENTRY_SHIFT | ENTRY_HUGE);
}

static pgoff_t huge_index(const struct vm_fault *vmf)
{
	return round_down(vmf->pgoff, HPAGE_PMD_NR);
}

/* Does the fault want a page of the device, as huge as can be? */
static bool huge_page_fits(const struct vm_fault *vmf, struct inode *inode)
{
	const struct vm_area_struct *vma = vmf->vma;
	unsigned long start = vmf->address & HPAGE_PMD_MASK;
	u64 end = (u64)(huge_index(vmf) + HPAGE_PMD_NR) << PAGE_SHIFT;

	if ((vmf->flags & FAULT_FLAG_WRITE) && !(vma->vm_flags & VM_SHARED))
		return false;
	return (vmf->pgoff ^ vmf->address >> PAGE_SHIFT) % HPAGE_PMD_NR == 0 &&
	       start >= vma->vm_start &&
	       start + HPAGE_PMD_SIZE <= vma->vm_end &&
	       end <= i_size_read(inode);
}

/* Find the page, if it is there in one piece and all of it is good. */
static bool find_huge_page(struct inode *inode, pgoff_t index, pfn_t *pfn)
{
	struct famfs_device *device;
	struct famfs_range range;
	long found;
	int id;

	if (famfs_resolve(inode, (loff_t)index << PAGE_SHIFT, HPAGE_PMD_SIZE,
			  &range) ||
	    range.length != HPAGE_PMD_SIZE)
		return false;
	device = &famfs_devices(inode->i_sb)->device[range.dev];
	if (famfs_poison_limit(device, range.addr, range.length,
			       IOMAP_FAULT) != range.length)
		return false;
	id = dax_read_lock();
	found = dax_direct_access(device->dax_dev,
				  PHYS_PFN(device->start + range.addr),
				  HPAGE_PMD_NR, DAX_ACCESS, NULL, pfn);
	dax_read_unlock(id);
	return found >= HPAGE_PMD_NR && pfn_t_devmap(*pfn) &&
	       IS_ALIGNED(pfn_t_to_pfn(*pfn), HPAGE_PMD_NR);
}

/* Mostly the entry is there, and marked if it need be. */
static bool has_entry(struct xa_state *xas, const void *entry, bool dirty)
{
	guard(rcu)();
	return xas_load(xas) == entry &&
	       (!dirty || xas_get_mark(xas, PAGECACHE_TAG_DIRTY));
}

/*
 * Have an entry for the page.  One that is something else, or is in use, is for
 * fs-dax.
 */
static bool keep_entry(struct address_space *mapping, pgoff_t index, pfn_t pfn,
		       bool dirty)
{
	XA_STATE_ORDER(xas, &mapping->i_pages, index, HPAGE_PMD_ORDER);
	void *entry = huge_entry(pfn), *found;

	if (has_entry(&xas, entry, dirty))
		return true;
	do {
		xas_reset(&xas);
		xas_lock_irq(&xas);
		found = xas_find_conflict(&xas);
		if (!found) {
			xas_store(&xas, entry);
			if (!xas_error(&xas)) {
				mapping->nrpages += HPAGE_PMD_NR;
				found = entry;
			}
		}
		if (found == entry && dirty)
			xas_set_mark(&xas, PAGECACHE_TAG_DIRTY);
		xas_unlock_irq(&xas);
	} while (xas_nomem(&xas, GFP_KERNEL));
	return found == entry;
}

/* Does fs-dax make an entry as it is made here? */
static void learn_entries(struct vm_fault *vmf, struct inode *inode)
{
	pgoff_t index = huge_index(vmf);
	pfn_t pfn;

	if (find_huge_page(inode, index, &pfn) &&
	    xa_load(&inode->i_mapping->i_pages, index) == huge_entry(pfn))
		WRITE_ONCE(entries_known, true);
}

/**
 * famfs_map_huge_page() - serve a fault by a huge page
 * @vmf: the fault
 *
 * Context: Under the shared filemap_invalidate_lock of the file.
 * Return: as vm_operations_struct.huge_fault; VM_FAULT_FALLBACK if it is for
 * fs-dax.
 */
vm_fault_t famfs_map_huge_page(struct vm_fault *vmf)
{
	struct inode *inode = file_inode(vmf->vma->vm_file);
	bool write = vmf->flags & FAULT_FLAG_WRITE;
	vm_fault_t ret;
	pfn_t pfn;

	if (!huge_page_fits(vmf, inode))
		return VM_FAULT_FALLBACK;
	if (unlikely(!READ_ONCE(entries_known))) {
		ret = dax_iomap_fault(vmf, HPAGE_PMD_ORDER, &pfn, NULL,
				      &famfs_iomap_ops);
		learn_entries(vmf, inode);
		return ret;
	}
	if (!find_huge_page(inode, huge_index(vmf), &pfn) ||
	    !keep_entry(inode->i_mapping, huge_index(vmf), pfn, write))
		return VM_FAULT_FALLBACK;
	return vmf_insert_pfn_pmd(vmf, pfn, write);
}
