// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: poisoned memory, and a device that goes away.
 */
#include <linux/dax.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include "famfs.h"
#include "trace.h"

/*
 * Take a file's mappings away.  The flag that a device is gone is set: once the
 * lock was ours, no fault brings a page back.
 */
static void unmap_file(struct inode *inode)
{
	struct address_space *mapping = inode->i_mapping;

	filemap_invalidate_lock(mapping);
	unmap_mapping_range(mapping, 0, 0, 0);
	filemap_invalidate_unlock(mapping);
}

static void unmap_files(struct famfs_device *device)
{
	u64 size = device->set->size[famfs_device_index(device)];
	unsigned long nr_extents = 0;
	struct inode *inode;
	u64 offset = 0;

	while (offset < size) {
		inode = famfs_owner_next(device, &offset, size, NULL);
		if (!inode)
			break;
		unmap_file(inode);
		iput(inode);
		nr_extents++;
	}
	trace_famfs_shutdown(device->node.devt, nr_extents);
}

/* The loss of a device ends all access: who could say what is left of a name? */
static void shut_down(struct famfs_device_set *set)
{
	u32 i;

	guard(mutex)(&set->failure_lock);
	WRITE_ONCE(set->gone, true);
	for (i = 0; i < set->nr; i++)
		unmap_files(&set->device[i]);
}

/* Forget the pages of an unmapped file, or return one that is still in use. */
static struct page *forget_pages(struct inode *inode)
{
	struct page *page = famfs_pinned_page(inode);

	if (!page) {
		famfs_sync(inode->i_mapping, 0, LLONG_MAX);
		/* Even a fault that fails leaves an entry, without a page. */
		filemap_invalidate_lock(inode->i_mapping);
		famfs_drop_entries(inode);
		truncate_inode_pages(inode->i_mapping, 0);
		filemap_invalidate_unlock(inode->i_mapping);
	}
	return page;
}

/*
 * Forget the pages of the files from @offset on.  Stops where a page is in use,
 * which is then in @busy, and where a file is just going away by itself.
 */
static bool forget_files(struct famfs_device *device, u64 *offset,
			 struct page **busy)
{
	u64 size = device->set->size[famfs_device_index(device)], next = *offset;
	struct inode *inode;
	bool going = false;

	guard(mutex)(&device->set->failure_lock);
	*busy = NULL;
	while (next < size) {
		inode = famfs_owner_next(device, &next, size, &going);
		if (!inode)
			break;
		*busy = forget_pages(inode);
		iput(inode);
		if (*busy)
			break;
		*offset = next;
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
	u64 offset = 0;
	int seen;

	for (;;) {
		seen = atomic_read(&set->releases);
		if (forget_files(device, &offset, &busy))
			return;
		if (busy)
			famfs_wait_page(busy);
		else
			wait_event(set->released,
				   atomic_read(&set->releases) != seen);
	}
}

/*
 * Signal the processes that have the bytes mapped, and unmap them.  A fault that
 * found them good has mapped them before the lock is ours, and is found.
 */
static int poison_file(struct inode *inode, u32 dev, u64 addr, u64 length,
		       int mf_flags)
{
	struct famfs_reverse walk = {
		.dev = dev,
		.addr = addr,
		.length = length,
	};
	const struct famfs_map *map = famfs_inode_map(inode);
	unsigned long pages;
	u64 pos, bytes;
	pgoff_t first;
	int err = 0;

	if (!map)
		return 0;	/* it is just getting one; nobody has mapped it */
	filemap_invalidate_lock(inode->i_mapping);
	while (!err &&
	       famfs_map_reverse(map, &walk, &pos, &bytes)) {
		first = pos >> PAGE_SHIFT;
		pages = DIV_ROUND_UP(bytes, PAGE_SIZE);
		famfs_huge_make_entries(inode, first, first + pages - 1);
		err = mf_dax_kill_procs(inode->i_mapping, first, pages,
					mf_flags);
	}
	filemap_invalidate_unlock(inode->i_mapping);
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

static int poison_range(struct famfs_device *device, u64 offset, u64 length,
			int mf_flags)
{
	int result = -EOPNOTSUPP;	/* nobody's memory: the generic action */
	struct inode *inode;
	u64 end, next;
	bool going;

	if (!clip_range(device, &offset, &length))
		return result;
	/* Before anything is unmapped, so that no fault brings it back. */
	famfs_huge_failure(device);
	if (device->forgets)
		famfs_poison_add(device, offset, length);
	next = offset;
	end = offset + length;
	while (next < end) {
		going = false;
		inode = famfs_owner_next(device, &next, end, &going);
		if (going) {
			/*
			 * A file that is going away is not mapped, and the
			 * generic action must not come upon its pages.
			 */
			result = 0;
			continue;
		}
		if (!inode)
			break;
		result = poison_file(inode, famfs_device_index(device), offset,
				     length, mf_flags);
		iput(inode);
		if (result)
			break;
	}
	return result;
}

/**
 * famfs_failure_handle() - memory failed, or a device is being removed
 * @device: the device, which the caller keeps
 * @offset: first byte of its dax device that failed
 * @length: bytes that failed
 * @mf_flags: flags of the memory failure; MF_MEM_PRE_REMOVE is the removal
 *
 * Context: May sleep; at a removal for as long as pages are pinned.
 * Return: 0, -EOPNOTSUPP if no file has the memory, or an errno.
 */
int famfs_failure_handle(struct famfs_device *device, u64 offset, u64 length,
			 int mf_flags)
{
	int err = 0;

	if (mf_flags & MF_MEM_PRE_REMOVE) {
		shut_down(device->set);
		let_go(device);
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
