// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: what can be done with an open file, but for read and write (io.c).
 *
 * There is no page cache: every access resolves the file's map and goes to the
 * memory device.  A file's size is that of its map and never changes.
 */
#include <linux/dax.h>
#include <linux/fadvise.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include "access.h"

/* MAP_SYNC needs memory that keeps what was stored, whichever device it is. */
static bool mapping_supported(const struct famfs_device_set *devices,
			      struct vm_area_struct *vma)
{
	u32 i;

	if (!(vma->vm_flags & VM_SYNC))
		return true;
	for (i = 0; i < devices->nr; i++)
		if (!dax_synchronous(devices->device[i].dax_dev))
			return false;
	return true;
}

/*
 * A shared mapping can store to the memory, now or after mprotect(2).  A private one
 * stores to copies.
 */
static int deny_stores(struct vm_area_struct *vma)
{
	if (!(vma->vm_flags & VM_SHARED))
		return 0;
	if (vma->vm_flags & VM_WRITE)
		return -EROFS;
	vm_flags_clear(vma, VM_MAYWRITE);
	return 0;
}

static int famfs_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct inode *inode = file_inode(file);
	int err;

	err = famfs_check_usable(inode);
	if (err)
		return err;
	if (!mapping_supported(famfs_devices(inode->i_sb), vma))
		return -EOPNOTSUPP;
	err = famfs_memory_is_ro(inode) ? deny_stores(vma) : 0;
	if (err)
		return err;
	err = famfs_units_init(inode);
	if (!err)
		err = famfs_entries_mmap(inode, vma);
	if (err)
		return err;
	file_accessed(file);
	famfs_init_vma(vma, famfs_pins_long(inode->i_sb));
	return 0;
}

/*
 * Without a map there is no memory to write to, and a file has to be opened for writing
 * when it is created.
 */
static bool denies_open(struct inode *inode, const struct file *file)
{
	return (file->f_mode & FMODE_WRITE) && famfs_memory_is_ro(inode) &&
	       famfs_inode_map(inode);
}

static int famfs_open(struct inode *inode, struct file *file)
{
	if (denies_open(inode, file))
		return -EROFS;
	famfs_entries_open(inode, file);
	file->f_mode |= FMODE_NOWAIT | FMODE_CAN_ODIRECT;
	return generic_file_open(inode, file);
}

static int famfs_release(struct inode *inode, struct file *file)
{
	famfs_entries_release(file);
	return 0;
}

static int famfs_fsync(struct file *file, loff_t start, loff_t end,
		       int datasync)
{
	if (READ_ONCE(famfs_devices(file_inode(file)->i_sb)->gone))
		return -EIO;
	famfs_sync(file_inode(file), start, end);
	/* What was stored to a page that then failed is lost: told once. */
	return file_check_and_advance_wb_err(file);
}

/*
 * A file with a map has all its memory.  Without an answer the C library would
 * read and write every block, over what others store meanwhile.
 */
static long famfs_fallocate(struct file *file, int mode, loff_t offset,
			    loff_t length)
{
	struct inode *inode = file_inode(file);
	int err;

	if (famfs_memory_is_ro(inode))
		return -EROFS;
	if (mode & ~FALLOC_FL_KEEP_SIZE)
		return -EOPNOTSUPP;
	err = famfs_check_usable(inode);
	if (err)
		return err;
	/* The sum does not wrap around: the VFS has looked at it. */
	return offset + length > i_size_read(inode) ? -EFBIG : 0;
}

/* Without a page cache, what is not needed any more is what the CPU's caches hold. */
static int famfs_fadvise(struct file *file, loff_t offset, loff_t length,
			 int advice)
{
	struct inode *inode = file_inode(file);
	loff_t size = i_size_read(inode);
	int err;

	err = generic_fadvise(file, offset, length, advice);
	if (err || advice != POSIX_FADV_DONTNEED)
		return err;
	err = famfs_check_usable(inode);
	if (err)
		return err;
	if (offset < 0)
		return -EINVAL;
	if (offset >= size)
		return 0;
	if (!length || length > size - offset)
		length = size - offset;
	return famfs_drop(inode, offset, length);
}

const struct file_operations famfs_file_operations = {
	.llseek = generic_file_llseek,
	.read_iter = famfs_read_iter,
	.write_iter = famfs_write_iter,
	.splice_read = copy_splice_read,
	.splice_write = iter_file_splice_write,
	.unlocked_ioctl = famfs_ioctl,
	.compat_ioctl = famfs_compat_ioctl,
	.mmap = famfs_mmap,
	.get_unmapped_area = thp_get_unmapped_area,
	.open = famfs_open,
	.release = famfs_release,
	.fsync = famfs_fsync,
	.fallocate = famfs_fallocate,
	.fadvise = famfs_fadvise,
	.fop_flags = FOP_MMAP_SYNC | FOP_BUFFER_WASYNC,
};

