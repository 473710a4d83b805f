// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: locks of units, and the device pages that they are.
 */
#include <linux/dax.h>
#include <linux/hash.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/pfn.h>
#include "access.h"

/**
 * famfs_unit_locks_init() - make the locks of a mount's units, and that of sync(2)
 * @set: the mount's devices
 */
void famfs_unit_locks_init(struct famfs_device_set *set)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(set->unit_locks); i++)
		mutex_init(&set->unit_locks[i]);
	mutex_init(&set->sync_lock);
}

/**
 * famfs_unit_lock() - the lock of the unit that a page is in
 * @inode: a regular file
 * @index: the page
 *
 * One lock covers all that a huge page can map, as a huge page and smaller ones of
 * the same place must not be mapped at a time.  Other places of any file of the mount
 * can share it: nobody holds two.
 *
 * Return: the lock.
 */
struct mutex *famfs_unit_lock(struct inode *inode, pgoff_t index)
{
	struct famfs_device_set *set = famfs_devices(inode->i_sb);
	unsigned long key = (unsigned long)inode / L1_CACHE_BYTES +
			    index / max(HPAGE_PMD_NR, FAMFS_UNIT_PAGES);

	return &set->unit_locks[hash_long(key, FAMFS_UNIT_LOCK_BITS)];
}

/**
 * famfs_wait_for_faults() - wait until the faults that have begun are served
 * @set: the mount's devices
 *
 * A fault looks at flags of the set, and sets them, under the lock of its unit.  Those
 * that come later see what the caller has changed of these.
 *
 * Context: May sleep.  The caller holds no unit's lock.
 */
void famfs_wait_for_faults(struct famfs_device_set *set)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(set->unit_locks); i++) {
		mutex_lock(&set->unit_locks[i]);
		mutex_unlock(&set->unit_locks[i]);
	}
}

/**
 * famfs_unit_resolve() - tell where a unit lies
 * @inode: a regular file with a map
 * @unit: a unit that has a byte of the file
 * @range: filled in: all pages of the unit that the file has a byte of
 *
 * Return: the device.
 */
struct famfs_device *famfs_unit_resolve(struct inode *inode, unsigned long unit,
					struct famfs_range *range)
{
	u64 pos = (u64)unit * FAMFS_ALLOC_UNIT;

	famfs_map_resolve(famfs_inode_map(inode), pos,
			  min_t(u64, FAMFS_ALLOC_UNIT, i_size_read(inode) - pos),
			  range);
	range->length = PAGE_ALIGN(range->length);
	return &famfs_devices(inode->i_sb)->device[range->dev];
}

/**
 * famfs_unit_busy() - look for a page of a unit that somebody uses
 * @inode: a regular file
 * @unit: a unit that is FAMFS_UNIT_MAPPED
 *
 * Where pages count their mappings, a page that is mapped is in use.
 *
 * Context: May sleep.  Under the unit's lock, or while the file is being evicted.
 * Return: the page, or NULL.
 */
struct page *famfs_unit_busy(struct inode *inode, unsigned long unit)
{
	const struct famfs_device *device;
	struct famfs_range range;

	device = famfs_unit_resolve(inode, unit, &range);
	return famfs_device_busy(device, range.addr, range.length);
}

