// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: page faults.
 */
#include <linux/dax.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include "famfs.h"
#include "trace.h"

/*
 * What is mapped has an entry in the file's tree: by it failed memory, pinned
 * pages and dirty cache lines are found.  The lock keeps all who go by the
 * entries, and the removal of a device, which unmaps every file, from coming
 * between an entry and its mapping.
 */
static vm_fault_t locked_fault(struct vm_fault *vmf, struct inode *inode,
			       unsigned int order)
{
	vm_fault_t ret = VM_FAULT_FALLBACK;
	pfn_t pfn;

	filemap_invalidate_lock_shared(inode->i_mapping);
	if (order == PMD_ORDER)
		ret = famfs_map_huge_page(vmf);
	if (ret == VM_FAULT_FALLBACK) {
		famfs_huge_leave(inode, vmf->pgoff);
		ret = dax_iomap_fault(vmf, order, &pfn, NULL, &famfs_iomap_ops);
		if (order == PMD_ORDER && ret == VM_FAULT_NOPAGE)
			famfs_huge_learn(vmf);
	}
	filemap_invalidate_unlock_shared(inode->i_mapping);
	return ret;
}

static vm_fault_t famfs_huge_fault(struct vm_fault *vmf, unsigned int order)
{
	struct inode *inode = file_inode(vmf->vma->vm_file);
	bool write = (vmf->flags & FAULT_FLAG_WRITE) &&
		     (vmf->vma->vm_flags & VM_SHARED);
	vm_fault_t ret;

	if (write)
		file_update_time(vmf->vma->vm_file);
	ret = locked_fault(vmf, inode, order);
	trace_famfs_fault(inode, vmf, order, ret);
	return ret;
}

static vm_fault_t famfs_fault(struct vm_fault *vmf)
{
	return famfs_huge_fault(vmf, 0);
}

/*
 * There is nothing to map around a page.  But where this is missing, the kernel
 * begins a fault again under the lock that all of a process's mappings share.
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
