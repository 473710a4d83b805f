// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: writing what was stored to files back to the memory, and dropping what is
 * cached of them.
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
#include "access.h"
#include "trace.h"

/**
 * famfs_unit_flush() - write a unit's dirty cache lines back to the memory
 * @inode: a regular file
 * @unit: a unit that is FAMFS_UNIT_STORED
 *
 * Unmaps the unit first: who stores to it again faults, and that waits for the lock.
 * What has a page in use may store to it without a fault, so the unit then stays
 * FAMFS_UNIT_STORED.  Else it is that until the last line is in the memory, so who
 * finds it clean without a lock has nothing to wait for.
 *
 * Context: May sleep.  Under the unit's lock, or while the file is being evicted.
 */
void famfs_unit_flush(struct inode *inode, unsigned long unit)
{
	struct famfs_device *device;
	struct famfs_range range;
	bool busy;

	unmap_mapping_pages(inode->i_mapping, famfs_unit_start(unit),
			    FAMFS_UNIT_PAGES, false);
	device = famfs_unit_resolve(inode, unit, &range);
	busy = famfs_device_busy(device, range.addr, range.length);
	if (busy)
		famfs_set_stored(device->set);
	famfs_device_flush(device, range.addr, range.length);
	pmem_wmb();
	if (!busy)
		famfs_unit_clear(inode, unit, FAMFS_UNIT_STORED);
	trace_famfs_flush(inode, unit, &range);
}

/**
 * famfs_unit_retire() - a unit becomes what it was before the file mapped it
 * @inode: a regular file
 * @unit: a unit without a mapping, and without a page in use
 *
 * Who had a page in use until a moment ago may have stored to it since the unit was
 * written back.
 *
 * Context: May sleep.  Under the unit's lock, or while the file is being evicted.
 */
void famfs_unit_retire(struct inode *inode, unsigned long unit)
{
	const struct famfs_sb_info *sbi = inode->i_sb->s_fs_info;

	if (sbi->options.flush != FAMFS_FLUSH_NEVER &&
	    famfs_unit_is(inode, unit, FAMFS_UNIT_STORED))
		famfs_unit_flush(inode, unit);
	famfs_unit_forget(inode, unit);
}

static void flush_unit(struct inode *inode, unsigned long unit)
{
	struct mutex *lock = famfs_unit_lock(inode, famfs_unit_start(unit));

	mutex_lock(lock);
	/* It may be clean meanwhile, or its device gone. */
	if (famfs_unit_is(inode, unit, FAMFS_UNIT_STORED))
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

static bool was_stored_to(struct inode *inode)
{
	unsigned long unit = 0;

	return famfs_unit_next(inode, &unit, ULONG_MAX, FAMFS_UNIT_STORED);
}

/**
 * famfs_sync_fs() - super_operations.sync_fs: sync(2) and syncfs(2)
 * @sb: the mount
 * @wait: it is the call that has to wait for the end
 *
 * Where nothing was stored since the last time no file is looked at.
 *
 * Context: May sleep.  The mount stays meanwhile.
 * Return: 0, or -EIO if a device is gone.
 */
int famfs_sync_fs(struct super_block *sb, int wait)
{
	struct famfs_device_set *set = famfs_devices(sb);
	struct inode *inode = NULL;

	if (!wait)
		return 0;
	/* Who finds nothing stored must not return before another one is done. */
	guard(mutex)(&set->sync_lock);
	if (!READ_ONCE(set->stored))
		return READ_ONCE(set->gone) ? -EIO : 0;
	WRITE_ONCE(set->stored, false);
	/* Those that have set it before have noted their unit then. */
	famfs_wait_for_faults(set);
	while ((inode = famfs_owner_next_that(set, inode, was_stored_to)))
		famfs_sync(inode, 0, LLONG_MAX);
	return READ_ONCE(set->gone) ? -EIO : 0;
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

	while (pos < end) {
		if (fatal_signal_pending(current))
			return -EINTR;
		/* A unit at a time: a device that goes does not wait for more. */
		length = FAMFS_ALLOC_UNIT - (pos & (FAMFS_ALLOC_UNIT - 1));
		err = famfs_resolve(inode, pos, min(length, end - pos), &range);
		if (err)
			return err;
		err = famfs_device_drop(&devices->device[range.dev], range.addr,
					range.length);
		if (err)
			return err;
		pos += range.length;
	}
	return 0;
}
