// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: which file owns which range of which memory device.
 *
 * Extents start at multiples of FAMFS_ALLOC_UNIT, so a unit belongs to at most
 * one file.  Each device has a maple tree over unit numbers, which refuses
 * overlaps, and finds the files in a range for memory failure and removal.
 */
#include <linux/xarray.h>
#include "famfs.h"

/* Owner of units whose file is gone while its pages are still pinned. */
#define NOBODY xa_mk_value(1)

static struct maple_tree *owners_of(struct famfs_device_set *set,
				    const struct famfs_range *range)
{
	return &set->device[range->dev].owners;
}

static unsigned long first_unit(const struct famfs_range *range)
{
	return range->addr / FAMFS_ALLOC_UNIT;
}

static unsigned long last_unit(const struct famfs_range *range)
{
	return (range->addr + range->length - 1) / FAMFS_ALLOC_UNIT;
}

/**
 * famfs_owner_init() - start with a device that nobody owns a part of
 * @device: the device
 */
void famfs_owner_init(struct famfs_device *device)
{
	mt_init_flags(&device->owners, MT_FLAGS_USE_RCU);
}

/**
 * famfs_owner_exit() - forget all owners
 * @device: the device
 *
 * Context: May sleep.  No file is left.
 */
void famfs_owner_exit(struct famfs_device *device)
{
	mtree_destroy(&device->owners);
}

static u64 mapped_bytes(const struct famfs_map *map)
{
	struct famfs_range range;
	u32 entry = 0;
	u64 bytes = 0;

	while (famfs_map_next_range(map, &entry, &range))
		bytes += range.length;
	return bytes;
}

/* Erase what @owner has of a range: parts of it may have become NOBODY's. */
static void release_range(struct famfs_device_set *set,
			  const struct famfs_range *range,
			  const struct famfs_inode *owner)
{
	unsigned long unit = first_unit(range), last = last_unit(range);
	struct maple_tree *owners = owners_of(set, range);
	void *found;

	while ((found = mt_find(owners, &unit, last)))
		if (found == owner)
			mtree_erase(owners, unit - 1);
}

/* Give up the first @nr ranges of a map. */
static void release_ranges(struct famfs_device_set *set,
			   const struct famfs_inode *owner,
			   const struct famfs_map *map, u32 nr)
{
	struct famfs_range range;
	u32 entry = 0;

	while (nr-- && famfs_map_next_range(map, &entry, &range)) {
		release_range(set, &range, owner);
		cond_resched();
	}
}

/**
 * famfs_owner_claim() - make a file the owner of what its map covers
 * @set: the mount's devices
 * @owner: the file
 * @map: the file's map
 *
 * Context: May sleep.
 * Return: 0, -EBUSY if another file owns a part of it, -ENOMEM.  After an error
 * the file owns nothing.
 */
int famfs_owner_claim(struct famfs_device_set *set, struct famfs_inode *owner,
		      const struct famfs_map *map)
{
	u32 entry = 0, claimed = 0;
	struct famfs_range range;
	int err;

	while (famfs_map_next_range(map, &entry, &range)) {
		err = mtree_insert_range(owners_of(set, &range),
					 first_unit(&range), last_unit(&range),
					 owner, GFP_KERNEL_ACCOUNT);
		if (err) {
			release_ranges(set, owner, map, claimed);
			return err == -EEXIST ? -EBUSY : err;
		}
		claimed++;
		cond_resched();
	}
	atomic64_add(mapped_bytes(map), &set->used);
	return 0;
}

static void tell_waiters(struct famfs_device_set *set)
{
	atomic_inc(&set->releases);
	wake_up_all(&set->released);
}

/**
 * famfs_owner_linger() - keep a unit although its file goes away
 * @device: the device
 * @addr: first byte of the unit
 * @length: bytes of it that the file used
 *
 * It stays taken, by nobody, until famfs_owner_release_unit().
 *
 * Context: May sleep.
 */
void famfs_owner_linger(struct famfs_device *device, u64 addr, u64 length)
{
	unsigned long unit = addr / FAMFS_ALLOC_UNIT;

	mtree_store_range(&device->owners, unit, unit, NOBODY,
			  GFP_KERNEL | __GFP_NOFAIL);
	atomic64_add(length, &device->set->used);
}

/**
 * famfs_owner_release_unit() - give up what famfs_owner_linger() kept
 * @device: the device
 * @addr: first byte of the unit
 * @length: bytes of it that the file used
 *
 * Context: May sleep.
 */
void famfs_owner_release_unit(struct famfs_device *device, u64 addr,
			      u64 length)
{
	unsigned long unit = addr / FAMFS_ALLOC_UNIT;

	/* A neighbour's may be in the same entry of the tree. */
	mtree_store_range(&device->owners, unit, unit, NULL,
			  GFP_KERNEL | __GFP_NOFAIL);
	atomic64_sub(length, &device->set->used);
	tell_waiters(device->set);
}

/**
 * famfs_owner_release() - give up what famfs_owner_claim() claimed
 * @set: the mount's devices
 * @owner: the file
 * @map: the file's map
 *
 * But for units that linger.
 *
 * Context: May sleep.
 */
void famfs_owner_release(struct famfs_device_set *set,
			 struct famfs_inode *owner,
			 const struct famfs_map *map)
{
	release_ranges(set, owner, map, U32_MAX);
	atomic64_sub(mapped_bytes(map), &set->used);
	tell_waiters(set);
}

/* The file that owns @unit or the first one behind it, if it can be had. */
static struct inode *grab_owner(struct famfs_device *device,
				unsigned long *unit, unsigned long last,
				void **owner)
{
	struct famfs_inode *fi;

	guard(rcu)();		/* an inode is freed after a grace period */
	*owner = mt_find(&device->owners, unit, last);
	if (!*owner || *owner == NOBODY || device->set->unmounting)
		return NULL;
	fi = *owner;
	return igrab(&fi->vfs_inode);
}

/**
 * famfs_owner_next() - find the next file in a range of the device
 * @device: the device
 * @offset: where to start; moved behind the units that were found
 * @end: where to stop (exclusive), above @offset
 * @going: set to true, and the search ended, where the units of a file that is
 *	going away are found; or NULL to pass over them
 *
 * Context: May sleep; under failure_lock.
 * Return: the inode, with a reference for the caller, or NULL at the end.
 */
struct inode *famfs_owner_next(struct famfs_device *device, u64 *offset,
			       u64 end, bool *going)
{
	unsigned long unit = *offset / FAMFS_ALLOC_UNIT;
	unsigned long last = (end - 1) / FAMFS_ALLOC_UNIT;
	struct inode *inode = NULL;
	void *owner;

	lockdep_assert_held(&device->set->failure_lock);
	while (unit <= last) {
		inode = grab_owner(device, &unit, last, &owner);
		if (inode || !owner)
			break;
		if (going) {
			*going = true;
			break;
		}
	}
	*offset = (u64)unit * FAMFS_ALLOC_UNIT;
	return inode;
}
