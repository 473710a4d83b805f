// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: writing dirty cache lines back to the memory, and dropping what is cached.
 *
 * Lines become dirty by stores through mappings; write(2) leaves nothing in the
 * caches.  A page that is bad is never touched.
 */
#include <linux/dax.h>
#include <linux/fs.h>
#include <linux/iomap.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/sched/signal.h>
#include "famfs.h"
#include "lines.h"

/* What is done to memory that a driver has in one piece. */
typedef void (*lines_action)(struct dax_device *dax_dev, void *addr, size_t size);

static void drop_lines(struct dax_device *dax_dev, void *addr, size_t size)
{
	famfs_drop_lines(addr, size);
}

/*
 * Act on memory from its first byte on, as far as the driver has it in one piece;
 * bytes, or an errno.  It may refuse all for the sake of the last page.
 */
static s64 act_on_piece(const struct famfs_device *device, u64 addr, u64 length,
			lines_action act)
{
	pgoff_t pgoff = PHYS_PFN(device->start + addr);
	u64 lead = offset_in_page(addr);
	long nr = PFN_UP(lead + length);
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
	if (found > 0) {
		length = min_t(u64, length, PFN_PHYS(found) - lead);
		act(device->dax_dev, kaddr + lead, length);
	}
	dax_read_unlock(id);
	return found > 0 ? length : found;
}

/* Bad pages are passed over. */
static void act_on_lines(struct famfs_device *device, u64 addr, u64 length,
			 lines_action act)
{
	u64 end = addr + length;
	s64 good, done;

	for (; addr < end; addr += done) {
		done = 0;
		good = famfs_poison_limit(device, addr, end - addr,
					  IOMAP_FAULT);
		if (good > 0)
			done = act_on_piece(device, addr, good, act);
		if (done <= 0)
			done = PAGE_SIZE - offset_in_page(addr);
		cond_resched();
	}
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
	act_on_lines(device, addr, length, dax_flush);
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

/**
 * famfs_drop() - drop what this host's caches hold of a part of a file
 * @inode: a regular file with a map
 * @pos: first byte
 * @length: bytes, at least 1, none behind the end of the file
 *
 * The next access to a line of it, by read(2) or by a mapping, goes to the memory.  A
 * line that this host has stored to is written back, so it needs no unmapping, and
 * who stores meanwhile loses nothing.  Bad pages are passed over.
 *
 * Context: May sleep.
 * Return: 0, -EOPNOTSUPP if this kernel cannot for its architecture, -EINTR when the
 * process is being killed, or an error of famfs_resolve().
 */
int famfs_drop(struct inode *inode, loff_t pos, loff_t length)
{
	struct famfs_device_set *devices = famfs_devices(inode->i_sb);
	loff_t end = pos + length;
	struct famfs_range range;
	int err;

	if (!FAMFS_CAN_DROP_LINES)
		return -EOPNOTSUPP;
	while (pos < end) {
		if (fatal_signal_pending(current))
			return -EINTR;
		/* A unit at a time: a device that goes does not wait for more. */
		length = FAMFS_ALLOC_UNIT - (pos & (FAMFS_ALLOC_UNIT - 1));
		err = famfs_resolve(inode, pos, min(length, end - pos), &range);
		if (err)
			return err;
		act_on_lines(&devices->device[range.dev], range.addr,
			     range.length, drop_lines);
		pos += range.length;
	}
	return 0;
}
