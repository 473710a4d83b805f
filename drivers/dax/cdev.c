// SPDX-License-Identifier: GPL-2.0
/*
 * fsdev: the character device, for looking at the memory while no file system
 * uses it.
 *
 * Tools read and write a file system's superblock before they mount it.  Their
 * mappings and calls and a holder exclude each other; a descriptor that is
 * merely open keeps no holder away.
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
#include <linux/slab.h>
#include <linux/splice.h>
#include <linux/uio.h>
#include "dax-private.h"
#include "cdev.h"

/* A bad page can be written to only as a whole, which makes it good again. */
static bool part_of_bad_page(struct fsdev *fsdev, loff_t pos, loff_t length)
{
	if (PAGE_ALIGNED(pos) && length >= PAGE_SIZE)
		return false;
	return fsdev_poison_limit(fsdev, PHYS_PFN(pos), 1) < 0;
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
	/* A mapping can be older than the hold.  I/O cannot: see set_holder_without_io(). */
	if (READ_ONCE(fsdev->holder))
		return -EBUSY;
	if ((flags & IOMAP_WRITE) && !(flags & IOMAP_FAULT) &&
	    part_of_bad_page(fsdev, pos, length))
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

static const struct vm_operations_struct raw_vm_ops = {
	.fault = raw_fault,
	.huge_fault = raw_huge_fault,
	.page_mkwrite = raw_fault,
	.pfn_mkwrite = raw_fault,
};

/**
 * struct raw_file - an open file of a character device
 * @fsdev: the device's state
 * @mapped: another open file, which its mappings have; or NULL
 */
struct raw_file {
	struct fsdev *fsdev;
	struct file *mapped;
};

static struct fsdev *fsdev_of(const struct file *file)
{
	const struct raw_file *raw = file->private_data;

	return raw->fsdev;
}

static struct file *open_mapped(const struct file *file)
{
	struct file *mapped;

	mapped = dentry_open(&file->f_path, file->f_flags | __FMODE_NONOTIFY,
			     file->f_cred);
	if (IS_ERR(mapped))
		return mapped;
	if (fsdev_of(mapped) != fsdev_of(file)) {
		fput(mapped);
		return ERR_PTR(-ENXIO);		/* the device was bound anew */
	}
	mapped->f_mapping = fsdev_raw_mapping(fsdev_of(file));
	return mapped;
}

/*
 * cachestat(2) takes an entry of fs-dax for what page cache leaves behind, and follows a
 * pointer that it finds there.  So files that processes open have an address space
 * without entries, and only those that mappings refer to have the one with entries.
 * All mappings of an open file refer to the same file, so that neighbours can merge.
 */
static int set_mapped_file(struct vm_area_struct *vma)
{
	struct raw_file *raw = vma->vm_file->private_data;
	struct file *mapped = READ_ONCE(raw->mapped), *other;

	if (!mapped) {
		mapped = open_mapped(vma->vm_file);
		if (IS_ERR(mapped))
			return PTR_ERR(mapped);
		other = cmpxchg(&raw->mapped, NULL, mapped);
		if (other) {
			fput(mapped);
			mapped = other;
		}
	}
	vma_set_file(vma, mapped);
	return 0;
}

static int raw_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct fsdev *fsdev = fsdev_of(file);
	int err;

	err = set_mapped_file(vma);
	if (err)
		return err;
	guard(mutex)(&fsdev->holder_lock);
	if (fsdev->gone)
		return -ENXIO;
	if (fsdev->holder)
		return -EBUSY;
	if (fsdev->pages_inside)
		return -EOPNOTSUPP;
	vma->vm_ops = &raw_vm_ops;
	vm_flags_set(vma, VM_HUGEPAGE);
	return 0;
}

/* Under the lock of the inode, without which nobody becomes the holder. */
static ssize_t raw_rw(struct kiocb *iocb, struct iov_iter *iter)
{
	struct fsdev *fsdev = fsdev_of(iocb->ki_filp);
	u64 size = fsdev->ranges->length;

	if (READ_ONCE(fsdev->gone))
		return -ENXIO;
	if (READ_ONCE(fsdev->holder))
		return -EBUSY;
	if (!iov_iter_count(iter))
		return 0;
	if (iocb->ki_pos >= size)
		return iov_iter_rw(iter) == WRITE ? -ENOSPC : 0;
	iov_iter_truncate(iter, size - iocb->ki_pos);
	return dax_iomap_rw(iocb, iter, &raw_iomap_ops);
}

static ssize_t raw_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct inode *inode = iocb->ki_filp->f_mapping->host;
	ssize_t ret;

	inode_lock_shared(inode);
	ret = raw_rw(iocb, to);
	inode_unlock_shared(inode);
	return ret;
}

static ssize_t raw_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct inode *inode = iocb->ki_filp->f_mapping->host;
	ssize_t ret;

	inode_lock(inode);
	ret = raw_rw(iocb, from);
	inode_unlock(inode);
	return ret;
}

static loff_t raw_llseek(struct file *file, loff_t offset, int whence)
{
	struct fsdev *fsdev = fsdev_of(file);

	return fixed_size_llseek(file, offset, whence, fsdev->ranges->length);
}

/* Only mappings leave dirty lines: what write(2) wrote is in the memory. */
static int raw_fsync(struct file *file, loff_t start, loff_t end, int datasync)
{
	return fsdev_raw_flush(fsdev_of(file), start >> PAGE_SHIFT,
			       end >> PAGE_SHIFT);
}

/* The file keeps the state, and that the inode: they may outlast the binding. */
static int raw_open(struct inode *inode, struct file *file)
{
	struct fsdev *fsdev = fsdev_find(inode->i_cdev);
	struct raw_file *raw;

	if (!fsdev)
		return -ENXIO;
	raw = kzalloc(sizeof(*raw), GFP_KERNEL_ACCOUNT);
	if (!raw) {
		fsdev_put(fsdev);
		return -ENOMEM;
	}
	raw->fsdev = fsdev;
	file->private_data = raw;
	file->f_mode |= FMODE_CAN_ODIRECT;	/* there is no other way */
	file->f_mapping = &fsdev->shown;
	file->f_wb_err = filemap_sample_wb_err(file->f_mapping);
	return 0;
}

static int raw_release(struct inode *inode, struct file *file)
{
	struct raw_file *raw = file->private_data;

	if (raw->mapped)
		fput(raw->mapped);
	fsdev_put(raw->fsdev);
	kfree(raw);
	return 0;
}

static const struct file_operations raw_fops = {
	.owner = THIS_MODULE,
	.llseek = raw_llseek,
	.read_iter = raw_read_iter,
	.write_iter = raw_write_iter,
	.splice_read = copy_splice_read,
	.splice_write = iter_file_splice_write,
	.fsync = raw_fsync,
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
 * fsdev_cdev_add() - make the character device of a bound device work
 * @fsdev: the device's state, published
 *
 * Context: May sleep.
 * Return: 0 or an errno.  It is undone when the device is unbound.
 */
int fsdev_cdev_add(struct fsdev *fsdev)
{
	struct device *dev = &fsdev->dev_dax->dev;
	struct cdev *cdev;
	int err;

	fsdev_raw_init(fsdev);
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
