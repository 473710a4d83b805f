// SPDX-License-Identifier: GPL-2.0
/*
 * fsdev: the character device, for looking at the memory while no file system
 * uses it.
 *
 * Tools read and write a file system's superblock through a mapping before
 * they mount it.  Mappings and a holder exclude each other; a descriptor that
 * is merely open keeps no holder away.
 */
#include <linux/cdev.h>
#include <linux/dax.h>
#include <linux/famfs_extent.h>
#include <linux/fs.h>
#include <linux/iomap.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/pfn.h>
#include <linux/pfn_t.h>
#include <linux/xarray.h>
#include "dax-private.h"
#include "fsdev.h"

static struct address_space *raw_mapping(const struct fsdev *fsdev)
{
	return dax_inode(fsdev->dax_dev)->i_mapping;
}

/* The device as a file: offset by offset, as far as it is contiguous. */
static int raw_iomap_begin(struct inode *inode, loff_t pos, loff_t length,
			   unsigned int flags, struct iomap *iomap,
			   struct iomap *srcmap)
{
	struct dax_device *dax_dev = inode_dax(inode);
	struct fsdev *fsdev = dax_get_private(dax_dev);
	struct famfs_range range;
	int err;

	if (!fsdev || READ_ONCE(fsdev->gone))
		return -EIO;
	err = famfs_map_resolve(fsdev->ranges, pos, length, &range);
	if (err)
		return err;
	iomap->type = IOMAP_MAPPED;
	iomap->dax_dev = dax_dev;
	iomap->offset = pos;
	iomap->addr = pos;
	iomap->length = range.length;
	return 0;
}

static const struct iomap_ops raw_iomap_ops = {
	.iomap_begin = raw_iomap_begin,
};

static vm_fault_t raw_huge_fault(struct vm_fault *vmf, unsigned int order)
{
	struct address_space *mapping = vmf->vma->vm_file->f_mapping;
	vm_fault_t ret;
	pfn_t pfn;

	/* Against the removal of the device. */
	filemap_invalidate_lock_shared(mapping);
	ret = dax_iomap_fault(vmf, order, &pfn, NULL, &raw_iomap_ops);
	filemap_invalidate_unlock_shared(mapping);
	return ret;
}

static vm_fault_t raw_fault(struct vm_fault *vmf)
{
	return raw_huge_fault(vmf, 0);
}

static void raw_vma_open(struct vm_area_struct *vma)
{
	struct fsdev *fsdev = vma->vm_file->private_data;

	atomic_inc(&fsdev->nr_mappings);
}

static void raw_vma_close(struct vm_area_struct *vma)
{
	struct fsdev *fsdev = vma->vm_file->private_data;

	atomic_dec(&fsdev->nr_mappings);
}

static const struct vm_operations_struct raw_vm_ops = {
	.open = raw_vma_open,
	.close = raw_vma_close,
	.fault = raw_fault,
	.huge_fault = raw_huge_fault,
	.page_mkwrite = raw_fault,
	.pfn_mkwrite = raw_fault,
};

static int raw_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct fsdev *fsdev = file->private_data;

	guard(mutex)(&fsdev->holder_lock);
	if (fsdev->gone)
		return -ENXIO;
	if (fsdev->holder)
		return -EBUSY;
	atomic_inc(&fsdev->nr_mappings);
	vma->vm_ops = &raw_vm_ops;
	vm_flags_set(vma, VM_HUGEPAGE);
	return 0;
}

/* The file keeps the state, and that the inode: they may outlast the binding. */
static int raw_open(struct inode *inode, struct file *file)
{
	struct fsdev *fsdev = fsdev_find(inode->i_cdev);

	if (!fsdev)
		return -ENXIO;
	file->private_data = fsdev;
	file->f_mapping = raw_mapping(fsdev);
	file->f_wb_err = filemap_sample_wb_err(file->f_mapping);
	return 0;
}

static int raw_release(struct inode *inode, struct file *file)
{
	fsdev_put(file->private_data);
	return 0;
}

static const struct file_operations raw_fops = {
	.owner = THIS_MODULE,
	.llseek = noop_llseek,
	.open = raw_open,
	.release = raw_release,
	.mmap = raw_mmap,
	.get_unmapped_area = thp_get_unmapped_area,
	.fop_flags = FOP_MMAP_SYNC,
};

static void raw_remove(void *data)
{
	cdev_del(data);
}

/**
 * fsdev_raw_add() - make the character device of a bound device work
 * @fsdev: the device's state, published
 *
 * Context: May sleep.
 * Return: 0 or an errno.  It is undone when the device is unbound.
 */
int fsdev_raw_add(struct fsdev *fsdev)
{
	struct device *dev = &fsdev->dev_dax->dev;
	struct cdev *cdev;
	int err;

	/* fs-dax looks at the size of a mapping's inode. */
	i_size_write(dax_inode(fsdev->dax_dev), fsdev->ranges->length);

	cdev = cdev_alloc();
	if (!cdev)
		return -ENOMEM;
	cdev->ops = &raw_fops;
	cdev->owner = THIS_MODULE;
	fsdev->cdev = cdev;
	err = cdev_add(cdev, dev->devt, 1);
	if (err) {
		kobject_put(&cdev->kobj);
		return err;
	}
	return devm_add_action_or_reset(dev, raw_remove, cdev);
}

static bool page_is_busy(struct page *page)
{
	return page_ref_count(page) != 1;
}

/* A page of a former mapping that somebody still uses, such as direct I/O. */
static struct page *find_busy(struct fsdev *fsdev)
{
	struct xarray *entries = &raw_mapping(fsdev)->i_pages;
	struct famfs_range range;
	unsigned long index, i;
	struct page *page;
	void *entry;

	xa_for_each(entries, index, entry) {
		if (famfs_map_resolve(fsdev->ranges, PFN_PHYS((u64)index),
				      PAGE_SIZE << xa_get_order(entries, index),
				      &range))
			continue;
		page = pfn_to_page(PHYS_PFN(range.addr));
		for (i = 0; i < PHYS_PFN(range.length); i++)
			if (page_is_busy(page + i))
				return page + i;
	}
	return NULL;
}

/**
 * fsdev_raw_failure() - memory of a mapped device failed
 * @fsdev: the device's state; holder_lock is held
 * @offset: first byte on the device that failed
 * @length: bytes that failed
 * @mf_flags: flags of the memory failure
 *
 * The generic action would do for a mapping that stays.  Ours may be revoked
 * meanwhile, which a locked entry keeps off.
 *
 * Context: May sleep; waits for no page.
 * Return: 0 or an errno.
 */
int fsdev_raw_failure(struct fsdev *fsdev, u64 offset, u64 length,
		      int mf_flags)
{
	lockdep_assert_held(&fsdev->holder_lock);
	return mf_dax_kill_procs(raw_mapping(fsdev), PHYS_PFN(offset),
				 PHYS_PFN(length), mf_flags);
}

/**
 * fsdev_raw_idle() - let the pages of former mappings go
 * @fsdev: the device's state; holder_lock is held
 *
 * Context: May sleep.
 * Return: 0, or -EBUSY if there are mappings or their pages are still in use.
 */
int fsdev_raw_idle(struct fsdev *fsdev)
{
	lockdep_assert_held(&fsdev->holder_lock);
	if (atomic_read(&fsdev->nr_mappings) || find_busy(fsdev))
		return -EBUSY;
	truncate_inode_pages(raw_mapping(fsdev), 0);
	return 0;
}

/**
 * fsdev_raw_revoke() - take mappings away because the device goes
 * @fsdev: the device's state, marked as gone
 *
 * Once the lock was ours no fault brings a page back.  It is not kept while
 * waiting: a process that has a page in use may fault, and must then get its
 * signal and not wait for itself.
 *
 * Context: May sleep, for as long as pages are in use.
 */
void fsdev_raw_revoke(struct fsdev *fsdev)
{
	struct address_space *mapping = raw_mapping(fsdev);
	struct page *page;

	filemap_invalidate_lock(mapping);
	unmap_mapping_range(mapping, 0, 0, 0);
	filemap_invalidate_unlock(mapping);
	while ((page = find_busy(fsdev)))
		wait_var_event(&page->_refcount, !page_is_busy(page));
	truncate_inode_pages(mapping, 0);
}
