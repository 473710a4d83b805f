// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: page faults.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/userfaultfd_k.h>
#include "access.h"
#include "trace.h"

/*
 * The lock keeps faults of other sizes away from the same place, and all who act on
 * what is mapped.  The removal of a device takes every lock once after it has set the
 * flag: no fault maps a page of it any more.
 */
static vm_fault_t locked_fault(struct vm_fault *vmf, struct inode *inode,
			       unsigned int order, bool write)
{
	struct famfs_device_set *set = famfs_devices(inode->i_sb);
	struct mutex *lock = famfs_unit_lock(inode, vmf->pgoff);
	vm_fault_t ret = VM_FAULT_SIGBUS;

	mutex_lock(lock);
	if (!READ_ONCE(set->gone)) {
		if (write || famfs_stores_unseen(vmf->vma))
			famfs_set_stored(set);
		ret = famfs_map_fault(vmf, inode, order, write);
	}
	mutex_unlock(lock);
	return ret;
}

static vm_fault_t famfs_huge_fault(struct vm_fault *vmf, unsigned int order)
{
	struct inode *inode = file_inode(vmf->vma->vm_file);
	bool write = (vmf->flags & FAULT_FLAG_WRITE) &&
		     (vmf->vma->vm_flags & VM_SHARED);
	vm_fault_t ret;

	/* Write protection by userfaultfd tells of stores page by page. */
	if (order && userfaultfd_wp(vmf->vma))
		return VM_FAULT_FALLBACK;
	if (write || famfs_stores_unseen(vmf->vma))
		famfs_update_times(vmf->vma->vm_file);
	ret = locked_fault(vmf, inode, order, write);
	trace_famfs_fault(inode, vmf, order, ret);
	return ret;
}

static vm_fault_t famfs_fault(struct vm_fault *vmf)
{
	return famfs_huge_fault(vmf, 0);
}

/*
 * A fault maps what there is around its page by itself.  But where this is missing,
 * the kernel begins a fault again under the lock that all of a process's mappings
 * share.
 */
static vm_fault_t famfs_map_pages(struct vm_fault *vmf, pgoff_t start,
				  pgoff_t end)
{
	return 0;
}

static const struct vm_operations_struct famfs_vm_operations = {
	.fault = famfs_fault,
	.map_pages = famfs_map_pages,
	.huge_fault = famfs_huge_fault,
	.page_mkwrite = famfs_fault,
	.pfn_mkwrite = famfs_fault,
};

/* GUP refuses FOLL_LONGTERM for mappings with page_mkwrite or pfn_mkwrite. */
static const struct vm_operations_struct famfs_unseen_vm_operations = {
	.fault = famfs_fault,
	.map_pages = famfs_map_pages,
	.huge_fault = famfs_huge_fault,
};

/**
 * famfs_init_vma() - get a new mapping ready for faults
 * @vma: the mapping of a regular file
 * @pins_long: its pages may be pinned for long
 *
 * The file is not S_DAX then, so that the mapping must say by itself that what is in
 * its page tables is no page cache.
 */
void famfs_init_vma(struct vm_area_struct *vma, bool pins_long)
{
	bool stores = (vma->vm_flags & VM_SHARED) &&
		      (vma->vm_flags & VM_MAYWRITE);

	vma->vm_ops = pins_long && stores ? &famfs_unseen_vm_operations :
					    &famfs_vm_operations;
	vm_flags_set(vma, VM_HUGEPAGE | (pins_long ? VM_MIXEDMAP : 0));
}
