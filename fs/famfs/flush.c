// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: writing dirty cache lines back to the memory.
 *
 * Lines become dirty by stores through mappings; write(2) leaves nothing in the
 * caches.  A page that is bad is never touched.
 */
#include <linux/dax.h>
#include <linux/fs.h>
#include <linux/iomap.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include "famfs.h"

/*
 * Write back from the first of some pages on, as far as the driver has them in one
 * piece, and good; pages, or an errno.  It may refuse all for the sake of the last.
 */
static long flush_pages(const struct famfs_device *device, u64 addr, long nr)
{
	pgoff_t pgoff = PHYS_PFN(device->start + addr);
	void *kaddr;
	long found;
	int id;

	id = dax_read_lock();
	for (;; nr /= 2) {
		found = dax_direct_access(device->dax_dev, pgoff, nr,
					  DAX_ACCESS, &kaddr, NULL);
		if (found > 0 || nr == 1)
			break;
	}
	found = min(found, nr);
	if (found > 0)
		dax_flush(device->dax_dev, kaddr, PFN_PHYS(found));
	dax_read_unlock(id);
	return found;
}

/**
 * famfs_device_flush() - write dirty cache lines of a device back
 * @device: the device
 * @addr: first byte, a multiple of the page size
 * @length: bytes, a multiple of the page size
 *
 * Bad pages are passed over.  Does not wait for the last line: pmem_wmb() does.
 *
 * Context: May sleep.
 */
void famfs_device_flush(struct famfs_device *device, u64 addr, u64 length)
{
	u64 end = addr + length;
	long done;
	s64 good;

	for (; addr < end; addr += PFN_PHYS(done)) {
		done = 0;
		good = famfs_poison_limit(device, addr, end - addr,
					  IOMAP_FAULT);
		if (good > 0)
			done = flush_pages(device, addr, PHYS_PFN(good));
		if (done <= 0)
			done = 1;
		cond_resched();
	}
}

static void flush_unit(struct inode *inode, unsigned long unit)
{
	struct mutex *lock = famfs_unit_lock(inode, famfs_unit_start(unit));

	mutex_lock(lock);
	/* It may be clean meanwhile, or its device gone. */
	if (famfs_unit_next(inode, &unit, unit, FAMFS_UNIT_STORED))
		famfs_unit_flush(inode, unit);
	mutex_unlock(lock);
}

/**
 * famfs_flush() - write dirty cache lines of a file back to the memory
 * @inode: a regular file
 * @start: first byte
 * @end: last byte (inclusive)
 *
 * What was stored to is unmapped, so that the next store is noticed.  Bad pages are
 * passed over: that stores may be lost was noted in the mapping when they failed.
 *
 * Context: May sleep.
 */
void famfs_flush(struct inode *inode, loff_t start, loff_t end)
{
	unsigned long unit = start / FAMFS_ALLOC_UNIT;
	unsigned long last = end / FAMFS_ALLOC_UNIT;

	while (famfs_unit_next(inode, &unit, last, FAMFS_UNIT_STORED)) {
		flush_unit(inode, unit++);
		cond_resched();
	}
	/* Nobody may hear of it before the last line has arrived. */
	pmem_wmb();
}

/**
 * famfs_sync() - do what the mount's option flush= promises
 * @inode: a regular file
 * @start: first byte
 * @end: last byte (inclusive)
 *
 * Context: May sleep.
 */
void famfs_sync(struct inode *inode, loff_t start, loff_t end)
{
	const struct famfs_sb_info *sbi = inode->i_sb->s_fs_info;

	if (sbi->options.flush != FAMFS_FLUSH_NEVER)
		famfs_flush(inode, start, end);
}
