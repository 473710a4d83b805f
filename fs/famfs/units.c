// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: units of files: the record of what is mapped, their locks, and the device
 * pages that they are.
 */
#include <linux/bitops.h>
#include <linux/dax.h>
#include <linux/hash.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/pfn.h>
#include <linux/slab.h>
#include <linux/userfaultfd_k.h>
#include "access.h"

/**
 * famfs_unit_locks_init() - make the locks of a mount's units, and that of sync(2)
 * @set: the mount's devices, of which no unit has a name
 */
void famfs_unit_locks_init(struct famfs_device_set *set)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(set->unit_locks); i++)
		mutex_init(&set->unit_locks[i]);
	mutex_init(&set->sync_lock);
	for (i = 0; i < ARRAY_SIZE(set->device); i++)
		xa_init_flags(&set->device[i].named, XA_FLAGS_ACCOUNT);
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
 * famfs_units_init() - get ready to map units of a file
 * @inode: a regular file with a map
 *
 * The record is made with the first mapping: most files of a large tree have none.
 *
 * Context: May sleep.
 * Return: 0 or -ENOMEM.
 */
int famfs_units_init(struct inode *inode)
{
	struct famfs_inode *fi = FAMFS_I(inode);
	unsigned long nr = DIV_ROUND_UP_ULL(i_size_read(inode),
					    FAMFS_ALLOC_UNIT);
	unsigned int i, longs = BITS_TO_LONGS(nr);
	struct famfs_units *units;

	if (READ_ONCE(fi->units))
		return 0;
	units = kvzalloc(struct_size(units, bits, FAMFS_UNIT_STATES * longs),
			 GFP_KERNEL_ACCOUNT);
	if (!units)
		return -ENOMEM;
	units->nr = nr;
	for (i = 0; i < FAMFS_UNIT_STATES; i++)
		units->in[i] = units->bits + i * longs;
	if (cmpxchg(&fi->units, NULL, units))
		kvfree(units);
	return 0;
}

/**
 * famfs_units_exit() - undo famfs_units_init(), if it was called
 * @inode: a regular file, being evicted
 *
 * Context: May sleep.
 */
void famfs_units_exit(struct inode *inode)
{
	kvfree(FAMFS_I(inode)->units);
	FAMFS_I(inode)->units = NULL;
}

/**
 * famfs_unit_next() - look for a unit in a state
 * @inode: a regular file
 * @unit: first unit to look at; when one is found, that one
 * @last: last unit to look at; may be behind the file's last one
 * @state: the state
 *
 * Context: Any.  Without the unit's lock the answer may be old.
 * Return: whether there is one.
 */
bool famfs_unit_next(struct inode *inode, unsigned long *unit,
		     unsigned long last, enum famfs_unit_state state)
{
	const struct famfs_units *units = READ_ONCE(FAMFS_I(inode)->units);
	unsigned long end, found;

	if (!units)
		return false;
	end = last < units->nr ? last + 1 : units->nr;
	found = find_next_bit(units->in[state], end, *unit);
	if (found >= end)
		return false;
	*unit = found;
	return true;
}

/**
 * famfs_unit_clear() - note that a unit is not in a state any more
 * @inode: a regular file that was mapped
 * @unit: a unit of it
 * @state: the state
 *
 * Context: Under the unit's lock, or while the file is being evicted.
 */
void famfs_unit_clear(struct inode *inode, unsigned long unit,
		      enum famfs_unit_state state)
{
	clear_bit(unit, FAMFS_I(inode)->units->in[state]);
}

/**
 * famfs_unit_unmapped() - nothing of a unit is mapped or in use any more
 * @inode: a regular file that was mapped
 * @unit: a unit of it
 *
 * Context: Under the unit's lock, or while the file is being evicted.
 */
void famfs_unit_unmapped(struct inode *inode, unsigned long unit)
{
	unsigned int state;

	for (state = 0; state < FAMFS_UNIT_STATES; state++)
		famfs_unit_clear(inode, unit, state);
}

/**
 * famfs_units_lost() - what was stored to a file may be lost
 * @inode: a regular file
 *
 * Who syncs an open file hears of it, and who syncs a mapping, which may have another
 * address space.
 */
void famfs_units_lost(struct inode *inode)
{
	mapping_set_error(&inode->i_data, -EIO);
	if (inode->i_mapping != &inode->i_data)
		mapping_set_error(inode->i_mapping, -EIO);
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

/**
 * famfs_pages_around() - the small pages to map at once
 * @vmf: the fault
 * @inode: the file, which has the page that is wanted
 * @first: the first one, filled in
 *
 * All that unit, mapping and file have in common; where userfaultfd tells of stores page
 * by page, the one that is wanted.
 *
 * Return: how many.
 */
unsigned long famfs_pages_around(const struct vm_fault *vmf,
				 struct inode *inode, pgoff_t *first)
{
	struct vm_area_struct *vma = vmf->vma;
	pgoff_t start = round_down(vmf->pgoff, FAMFS_UNIT_PAGES);
	pgoff_t end = min3(start + FAMFS_UNIT_PAGES,
			   vma->vm_pgoff + vma_pages(vma),
			   (pgoff_t)PFN_UP(i_size_read(inode)));

	if (userfaultfd_wp(vma)) {
		*first = vmf->pgoff;
		return 1;
	}
	*first = max(start, vma->vm_pgoff);
	return end - *first;
}
