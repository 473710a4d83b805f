// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: page faults.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/userfaultfd_k.h>
#include "famfs.h"
#include "trace.h"

/*
 * The lock keeps faults of other sizes away from the same place, and all who act on
 * what is mapped.  The removal of a device takes every lock once after it has set the
 * flag: no fault maps a page of it any more.
 */
static vm_fault_t locked_fault(struct vm_fault *vmf, struct inode *inode,
			       unsigned int order, bool write)
{
	struct mutex *lock = famfs_unit_lock(inode, vmf->pgoff);
	vm_fault_t ret = VM_FAULT_SIGBUS;

	mutex_lock(lock);
	if (!READ_ONCE(famfs_devices(inode->i_sb)->gone))
		ret = famfs_map_fault(vmf, inode, order, write);
	mutex_unlock(lock);
	return ret;
}

static vm_fault_t famfs_huge_fault(struct vm_fault *vmf, unsigned int order)
{
	struct inode *inode = file_inode(vmf->vma->vm_file);
	bool write = (vmf->flags & FAULT_FLAG_WRITE) &&
		     (vmf->vma->vm_flags & VM_SHARED);
	vm_fault_t ret;

	/* Who asks which pages were stored to is answered page by page. */
	if (order && userfaultfd_wp(vmf->vma))
		return VM_FAULT_FALLBACK;
	if (write)
		file_update_time(vmf->vma->vm_file);
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

const struct vm_operations_struct famfs_vm_operations = {
	.fault = famfs_fault,
	.map_pages = famfs_map_pages,
	.huge_fault = famfs_huge_fault,
	.page_mkwrite = famfs_fault,
	.pfn_mkwrite = famfs_fault,
};
