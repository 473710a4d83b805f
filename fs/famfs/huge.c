// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: map huge pages without fs-dax's detour.
 *
 * For each huge page fs-dax writes 512 page structures, which costs more than
 * all the rest of a fault, and which here nobody reads: who has failed memory
 * mapped is found by the owners of the memory and by the entries in the file's
 * tree.  Those are made when somebody needs them: see entries.c.
 *
 * How an entry looks is known to fs-dax alone.  So the first huge page is left to
 * fs-dax, and only if its entry looks as one made here does the second one come
 * here.
 */
#include <linux/dax.h>
#include <linux/huge_mm.h>
#include <linux/iomap.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/pfn_t.h>
#include <linux/xarray.h>
#include "famfs.h"

static bool entries_known;

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

/* Ask the driver for the page: all of it has to be there, and good. */
static bool ask_huge_page(struct famfs_device *device,
			  const struct famfs_range *range, pfn_t *pfn)
{
	long found;

	if (famfs_poison_limit(device, range->addr, range->length,
			       IOMAP_FAULT) != range->length)
		return false;
	found = famfs_access_pages(device->dax_dev,
				   PHYS_PFN(device->start + range->addr),
				   HPAGE_PMD_NR, DAX_ACCESS, pfn);
	return found >= HPAGE_PMD_NR && pfn_t_devmap(*pfn);
}

/* Find the page, if it is there in one piece. */
static bool find_huge_page(struct inode *inode, pgoff_t index, pfn_t *pfn)
{
	struct famfs_device *device;
	struct famfs_range range;
	pfn_t first;

	if (famfs_resolve(inode, (loff_t)index << PAGE_SHIFT, HPAGE_PMD_SIZE,
			  &range) ||
	    range.length != HPAGE_PMD_SIZE)
		return false;
	device = &famfs_devices(inode->i_sb)->device[range.dev];
	first.val = READ_ONCE(device->first.val);
	if (likely(first.val))
		pfn->val = first.val + PHYS_PFN(range.addr);
	else if (!ask_huge_page(device, &range, pfn))
		return false;
	return IS_ALIGNED(pfn_t_to_pfn(*pfn), HPAGE_PMD_NR);
}

/**
 * famfs_huge_device() - find out where the pages of a device are
 * @device: the device, which is held; its size is known
 *
 * If they follow each other and all are good, no fault has to ask the driver:
 * famfs is told when that changes.
 *
 * Context: May sleep.
 */
void famfs_huge_device(struct famfs_device *device)
{
	long pages = PHYS_PFN(device->set->size[famfs_device_index(device)]);
	pfn_t first;
	long found;

	/* pmem's driver hears of bad pages that it tells nobody about. */
	if (device->node.block)
		return;
	guard(mutex)(&device->set->failure_lock);
	found = famfs_access_pages(device->dax_dev, 0, pages, DAX_ACCESS,
				   &first);
	if (found == pages && pfn_t_devmap(first))
		device->first = first;
}

/**
 * famfs_huge_failure() - not all pages of a device are good any more
 * @device: the device
 *
 * Context: Under the failure_lock of its set.
 */
void famfs_huge_failure(struct famfs_device *device)
{
	lockdep_assert_held(&device->set->failure_lock);
	WRITE_ONCE(device->first.val, 0);
}

/**
 * famfs_huge_learn() - see whether fs-dax makes an entry as famfs_huge_entry()
 * @vmf: a fault that it served by a huge page
 *
 * Context: Under the shared filemap_invalidate_lock of the file.
 */
void famfs_huge_learn(const struct vm_fault *vmf)
{
	struct inode *inode = file_inode(vmf->vma->vm_file);
	pgoff_t index = huge_index(vmf);
	pfn_t pfn;

	if (!READ_ONCE(entries_known) && find_huge_page(inode, index, &pfn) &&
	    xa_load(&inode->i_mapping->i_pages, index) == famfs_huge_entry(pfn))
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
	pfn_t pfn;

	if (!READ_ONCE(entries_known) || !huge_page_fits(vmf, inode) ||
	    !find_huge_page(inode, huge_index(vmf), &pfn) ||
	    !famfs_huge_keep(inode, huge_index(vmf), pfn, write))
		return VM_FAULT_FALLBACK;
	return vmf_insert_pfn_pmd(vmf, pfn, write);
}
