// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: poisoned memory, and a device that goes away.
 */
#include <linux/dax.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include "event.h"
#include "trace.h"

/* The next unit from @unit on that a file has mapped of a device. */
static bool next_unit(struct inode *inode, const struct famfs_device *device,
		      unsigned long *unit)
{
	struct famfs_range range;

	for (; famfs_unit_next(inode, unit, ULONG_MAX, FAMFS_UNIT_MAPPED);
	     (*unit)++)
		if (famfs_unit_resolve(inode, *unit, &range) == device)
			return true;
	return false;
}

/* On 6.12 a page of a private mapping may be on its way into that. */
static void unmap_file(struct inode *inode, const struct famfs_device *device)
{
	unsigned long unit = 0;

	for (; next_unit(inode, device, &unit); unit++) {
		scoped_guard(mutex, famfs_unit_lock(inode, famfs_unit_start(unit)))
			famfs_unit_revoke(inode, unit);
		cond_resched();
	}
}

static void unmap_files(struct famfs_device *device)
{
	u64 size = device->set->size[famfs_device_index(device)];
	struct inode *inode = NULL;
	unsigned long nr_files = 0;

	while ((inode = famfs_owner_next(device, 0, size, inode, NULL))) {
		unmap_file(inode, device);
		nr_files++;
	}
	trace_famfs_shutdown(device->node.devt, nr_files);
}

/*
 * The loss of one device ends access to all of the mount's: no program expects a file
 * of which parts are missing.
 */
static void shut_down(struct famfs_device_set *set)
{
	u32 i;

	guard(mutex)(&set->failure_lock);
	WRITE_ONCE(set->gone, true);
	/* One that did not see the flag has mapped its page then. */
	famfs_wait_for_faults(set);
	for (i = 0; i < set->nr; i++)
		unmap_files(&set->device[i]);
}

/*
 * Write a unit back and forget it, or return a page of it that is in use.  It is not
 * mapped and cannot come back: no fault is served any more.
 */
static struct page *forget_unit(struct inode *inode, unsigned long unit)
{
	struct mutex *lock = famfs_unit_lock(inode, famfs_unit_start(unit));
	loff_t pos = (loff_t)unit * FAMFS_ALLOC_UNIT;
	struct page *page;

	famfs_sync(inode, pos, pos + FAMFS_ALLOC_UNIT - 1);
	mutex_lock(lock);
	page = famfs_unit_busy(inode, unit);
	if (!page)
		famfs_unit_retire(inode, unit);
	mutex_unlock(lock);
	return page;
}

/* Forget what a file has mapped of a device, or return a page of it in use. */
static struct page *forget_pages(struct inode *inode,
				 const struct famfs_device *device)
{
	struct page *page, *busy = NULL;
	unsigned long unit = 0;

	for (; next_unit(inode, device, &unit); unit++) {
		page = forget_unit(inode, unit);
		if (page)
			busy = page;
		cond_resched();
	}
	return busy;
}

/*
 * Forget the pages of all files.  False where a page is in use, which is then in @busy
 * and ends it, or where a file is just going away by itself.
 */
static bool forget_files(struct famfs_device *device, struct page **busy)
{
	u64 size = device->set->size[famfs_device_index(device)];
	struct inode *inode = NULL;
	bool going = false;

	guard(mutex)(&device->set->failure_lock);
	*busy = NULL;
	while ((inode = famfs_owner_next(device, 0, size, inode, &going))) {
		*busy = forget_pages(inode, device);
		if (*busy) {
			iput(inode);
			break;
		}
	}
	return !*busy && !going;
}

/*
 * When this returns, famfs has no reference to a page of the device.  Waits
 * without a lock or an inode: who has pages in use may have to fault, to unmount,
 * or to unlink the file before it lets them go.  The pages stay as long as this
 * does not return.
 */
static void let_go(struct famfs_device *device)
{
	struct famfs_device_set *set = device->set;
	struct page *busy;
	int seen;

	for (;;) {
		seen = atomic_read(&set->releases);
		if (forget_files(device, &busy))
			return;
		if (busy)
			famfs_wait_page(busy);
		else
			wait_event(set->released,
				   atomic_read(&set->releases) != seen);
	}
}

/*
 * Signal the processes that have bad pages of one unit mapped, and unmap the pages, as
 * processes can choose not to be signalled.  A fault that found a page good, before it
 * was recorded as bad, has mapped it by the time that the lock is taken here.
 */
static int poison_unit(struct inode *inode, pgoff_t first, unsigned long nr,
		       int mf_flags)
{
	unsigned long unit = famfs_unit_of(first);
	struct mutex *lock = famfs_unit_lock(inode, first);
	int err = 0;

	mutex_lock(lock);
	if (famfs_unit_is(inode, unit, FAMFS_UNIT_STORED))
		famfs_units_lost(inode);
	if (famfs_unit_is(inode, unit, FAMFS_UNIT_MAPPED))
		err = famfs_unit_poison(inode, first, nr, mf_flags);
	unmap_mapping_pages(inode->i_mapping, first, nr, false);
	mutex_unlock(lock);
	return err;
}

static int poison_file(struct inode *inode, u32 dev, u64 addr, u64 length,
		       int mf_flags)
{
	struct famfs_reverse walk = {
		.dev = dev,
		.addr = addr,
		.length = length,
	};
	const struct famfs_map *map = famfs_inode_map(inode);
	pgoff_t first, end, next;
	u64 pos, bytes;
	int err = 0, ret;

	while (famfs_map_reverse(map, &walk, &pos, &bytes)) {
		end = min_t(u64, PFN_UP(pos + bytes), PFN_UP(i_size_read(inode)));
		for (first = PHYS_PFN(pos); first < end; first = next) {
			next = min(end, round_down(first, FAMFS_UNIT_PAGES) +
				   FAMFS_UNIT_PAGES);
			ret = poison_unit(inode, first, next - first, mf_flags);
			if (ret)
				err = ret;
		}
	}
	return err;
}

/* Turn a range of the dax device into what of it is on the device. */
static bool clip_range(const struct famfs_device *device, u64 *offset,
		       u64 *length)
{
	u64 end = device->start + device->set->size[famfs_device_index(device)];
	u64 first = max(*offset, device->start);

	end = min(end, *offset + *length);
	if (first >= end)
		return false;
	*offset = first - device->start;
	*length = end - first;
	return true;
}

/*
 * -EOPNOTSUPP would make the kernel run its generic action.  That must not see a page of
 * a file, not even of one that is going away and not mapped any more: it would wait for
 * an entry, or lock one where there is none.  Memory that nobody has can become a file's
 * meanwhile; so it gets what the action ends with for a page without a mapping.
 */
static int poison_range(struct famfs_device *device, u64 offset, u64 length,
			int mf_flags)
{
	struct inode *inode = NULL;
	int err = 0, ret;

	if (!clip_range(device, &offset, &length))
		return -EOPNOTSUPP;
	/* Before anything is unmapped, so that no fault brings it back. */
	WRITE_ONCE(device->first, 0);
	famfs_poison_add(device, offset, length);
	if (!famfs_owner_any(device, offset, length))
		return -EBUSY;
	while ((inode = famfs_owner_next(device, offset, length, inode, NULL))) {
		ret = poison_file(inode, famfs_device_index(device), offset,
				  length, mf_flags);
		if (ret)
			err = ret;
	}
	return err;
}

/**
 * famfs_failure_handle() - memory failed, or a device is being removed
 * @device: the device, which the caller keeps
 * @offset: first byte of its dax device that failed
 * @length: bytes that failed
 * @mf_flags: flags of the memory failure; MF_MEM_PRE_REMOVE is the removal
 *
 * Context: May sleep; at a removal for as long as pages are pinned.
 * Return: 0, -EBUSY if no file has the memory, -EOPNOTSUPP if it is not the device's, or
 * an errno.
 */
int famfs_failure_handle(struct famfs_device *device, u64 offset, u64 length,
			 int mf_flags)
{
	int err = 0;

	if (mf_flags & MF_MEM_PRE_REMOVE) {
		shut_down(device->set);
		let_go(device);
		famfs_units_dissolve(device);
		famfs_device_lost(device);
	} else {
		scoped_guard(mutex, &device->set->failure_lock)
			err = poison_range(device, offset, length, mf_flags);
	}
	trace_famfs_failure(device->node.devt, offset, length, mf_flags, err);
	return err;
}

/**
 * famfs_failure_unmount() - leave the inodes to umount
 * @set: the mount's devices
 *
 * From here on no failure takes a reference to an inode.
 *
 * Context: May sleep.
 */
void famfs_failure_unmount(struct famfs_device_set *set)
{
	guard(mutex)(&set->failure_lock);
	set->unmounting = true;
}
