// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: which file owns which range of which memory device.
 *
 * Extents start at multiples of FAMFS_ALLOC_UNIT, so a unit belongs to at most
 * one file.  Of a unit one bit says whether it is taken, and that is all there is to
 * ask when a file gets a map.  Who has it is found out by asking each file, when
 * memory fails or a device is removed.
 */
#include <linux/bitmap.h>
#include <linux/blk_types.h>
#include <linux/mm.h>
#include <linux/xarray.h>
#include "owner.h"

static unsigned long first_unit(const struct famfs_range *range)
{
	return range->addr / FAMFS_ALLOC_UNIT;
}

static unsigned long last_unit(const struct famfs_range *range)
{
	return (range->addr + range->length - 1) / FAMFS_ALLOC_UNIT;
}

static bool any_set(const unsigned long *bits, unsigned long first,
		    unsigned long last)
{
	return find_next_bit(bits, last + 1, first) <= last;
}

/**
 * famfs_owners_init() - start with a mount that has no files
 * @set: the mount's devices
 */
void famfs_owners_init(struct famfs_device_set *set)
{
	u32 i;

	mutex_init(&set->owner_lock);
	INIT_LIST_HEAD(&set->owners);
	init_waitqueue_head(&set->released);
	for (i = 0; i < ARRAY_SIZE(set->device); i++)
		mt_init(&set->device[i].lingering);
}

/**
 * famfs_owners_start() - start with devices that nobody owns a part of
 * @set: the mount's devices, of which the sizes are known
 *
 * Devices may tell of failures already: until a device has its bits, nobody owns any
 * of it.
 *
 * Context: May sleep.
 * Return: 0 or -ENOMEM.
 */
int famfs_owners_start(struct famfs_device_set *set)
{
	unsigned long *taken, units;
	u32 i;

	for (i = 0; i < set->nr; i++) {
		units = DIV_ROUND_UP_ULL(set->size[i], FAMFS_ALLOC_UNIT);
		taken = kvcalloc(BITS_TO_LONGS(units), sizeof(long), GFP_KERNEL);
		if (!taken)
			return -ENOMEM;
		scoped_guard(mutex, &set->owner_lock)
			set->device[i].taken = taken;
	}
	return 0;
}

/**
 * famfs_owners_exit() - undo famfs_owners_init() and famfs_owners_start()
 * @set: the mount's devices, which tell of no failure any more
 *
 * Context: May sleep.  No file is left, and nothing lingers.
 */
void famfs_owners_exit(struct famfs_device_set *set)
{
	u32 i;

	for (i = 0; i < set->nr; i++) {
		mtree_destroy(&set->device[i].lingering);
		kvfree(set->device[i].taken);
	}
	mutex_destroy(&set->owner_lock);
}

static bool any_lingers(struct famfs_device *device, unsigned long first,
			unsigned long last)
{
	return unlikely(!mtree_empty(&device->lingering)) &&
	       mt_find(&device->lingering, &first, last);
}

static bool take_range(struct famfs_device_set *set,
		       const struct famfs_range *range)
{
	struct famfs_device *device = &set->device[range->dev];
	unsigned long first = first_unit(range), last = last_unit(range);

	if (any_lingers(device, first, last))
		return false;
	/* Most extents of long lists are one unit. */
	if (first == last)
		return !__test_and_set_bit(first, device->taken);
	if (any_set(device->taken, first, last))
		return false;
	bitmap_set(device->taken, first, last - first + 1);
	return true;
}

/* Give up the first @nr ranges of a map.  Returns the sum of their bytes. */
static u64 release_ranges(struct famfs_device_set *set,
			  const struct famfs_map *map, u32 nr)
{
	struct famfs_range range;
	u32 entry = 0;
	u64 bytes = 0;

	while (nr-- && famfs_map_next_range(map, &entry, &range)) {
		bitmap_clear(set->device[range.dev].taken, first_unit(&range),
			     last_unit(&range) - first_unit(&range) + 1);
		bytes += range.length;
		cond_resched();
	}
	return bytes;
}

static int take_ranges(struct famfs_device_set *set,
		       const struct famfs_map *map)
{
	u32 entry = 0, taken = 0;
	struct famfs_range range;
	u64 bytes = 0;

	while (famfs_map_next_range(map, &entry, &range)) {
		if (!take_range(set, &range)) {
			release_ranges(set, map, taken);
			return -EBUSY;
		}
		bytes += range.length;
		taken++;
		cond_resched();
	}
	atomic64_add(bytes, &set->used);
	return 0;
}

/**
 * famfs_owner_claim() - give a file a map, and make it the owner of what that covers
 * @inode: a regular file without a map
 * @map: its map
 *
 * The file has its size once it has the map.
 *
 * Context: May sleep; under the inode's lock.
 * Return: 0, or -EBUSY if another file owns a part of it: then the file owns nothing.
 */
int famfs_owner_claim(struct inode *inode, struct famfs_map *map)
{
	struct famfs_device_set *set = famfs_devices(inode->i_sb);
	struct famfs_owner *owner = famfs_owner_of(inode);
	int err;

	guard(mutex)(&set->owner_lock);
	err = take_ranges(set, map);
	if (err)
		return err;
	/* in units of stat(2), which are not those of a device */
	inode->i_blocks = DIV_ROUND_UP(map->length, SECTOR_SIZE);
	i_size_write(inode, map->size);
	list_add_tail(&owner->list, &set->owners);
	/* Readers take no lock: the map goes last, and complete. */
	smp_store_release(&owner->map, map);
	return 0;
}

static void tell_waiters(struct famfs_device_set *set)
{
	atomic_inc(&set->releases);
	wake_up_all(&set->released);
}

/**
 * famfs_owner_release() - give up what famfs_owner_claim() claimed
 * @inode: the file, being evicted
 *
 * Units of the file that linger stay taken.
 *
 * Context: May sleep.
 */
void famfs_owner_release(struct inode *inode)
{
	struct famfs_device_set *set = famfs_devices(inode->i_sb);
	struct famfs_owner *owner = famfs_owner_of(inode);
	u64 bytes;

	scoped_guard(mutex, &set->owner_lock) {
		list_del(&owner->list);
		bytes = release_ranges(set, owner->map, U32_MAX);
	}
	atomic64_sub(bytes, &set->used);
	tell_waiters(set);
}

/**
 * famfs_owner_linger() - keep a unit although its file goes away
 * @device: the device
 * @addr: first byte of the unit
 * @length: bytes of it that the file used
 *
 * It is nobody's and not free, until famfs_owner_release_unit().
 *
 * Context: May sleep.
 */
void famfs_owner_linger(struct famfs_device *device, u64 addr, u64 length)
{
	unsigned long unit = addr / FAMFS_ALLOC_UNIT;

	guard(mutex)(&device->set->owner_lock);
	mtree_store(&device->lingering, unit, xa_mk_value(1),
		    GFP_KERNEL_ACCOUNT | __GFP_NOFAIL);
	atomic64_add(length, &device->set->used);
}

/**
 * famfs_owner_release_unit() - give up what famfs_owner_linger() kept
 * @device: the device
 * @addr: first byte of the unit
 * @length: bytes of it that the file used
 *
 * As long as its file is still going away, the unit is not free.
 *
 * Context: May sleep.
 */
void famfs_owner_release_unit(struct famfs_device *device, u64 addr,
			      u64 length)
{
	unsigned long unit = addr / FAMFS_ALLOC_UNIT;

	scoped_guard(mutex, &device->set->owner_lock)
		mtree_store(&device->lingering, unit, NULL,
			    GFP_KERNEL | __GFP_NOFAIL);
	atomic64_sub(length, &device->set->used);
	tell_waiters(device->set);
}

/**
 * famfs_owner_any() - look whether a part of a device is somebody's
 * @device: the device
 * @addr: first byte
 * @length: bytes, at least 1
 *
 * A file that claims the part after this returned false sees all that was written before
 * the call: both take owner_lock.
 *
 * Context: May sleep.
 * Return: whether a file owns a part of it, or a part lingers.
 */
bool famfs_owner_any(struct famfs_device *device, u64 addr, u64 length)
{
	unsigned long first = addr / FAMFS_ALLOC_UNIT;
	unsigned long last = (addr + length - 1) / FAMFS_ALLOC_UNIT;

	guard(mutex)(&device->set->owner_lock);
	return (device->taken && any_set(device->taken, first, last)) ||
	       any_lingers(device, first, last);
}

/* Where list_for_each_entry_continue() goes on behind the file @prev, or begins. */
static struct famfs_owner *owner_before_next(struct famfs_device_set *set,
					     struct inode *prev)
{
	return prev ? famfs_owner_of(prev) :
		list_entry(&set->owners, struct famfs_owner, list);
}

/**
 * famfs_owner_next_that() - find the next file that has a map and is wanted
 * @set: the mount's devices
 * @prev: the file that was found last, of which the reference is dropped; or NULL
 * @wanted: whether a file is; called under owner_lock
 *
 * Files that are going away are none.
 *
 * Context: May sleep.  The mount stays meanwhile.
 * Return: the inode, with a reference for the caller, or NULL at the end.
 */
struct inode *famfs_owner_next_that(struct famfs_device_set *set,
				    struct inode *prev,
				    bool (*wanted)(struct inode *inode))
{
	struct inode *found = NULL;
	struct famfs_owner *owner;

	scoped_guard(mutex, &set->owner_lock) {
		owner = owner_before_next(set, prev);
		list_for_each_entry_continue(owner, &set->owners, list) {
			cond_resched();
			if (wanted(&owner->inode))
				found = igrab(&owner->inode);
			if (found)
				break;
		}
	}
	iput(prev);	/* not under the lock, which eviction takes */
	return found;
}

/* Does a file own one of these units? */
static bool owns(const struct famfs_owner *owner, u32 dev, unsigned long first,
		 unsigned long last)
{
	struct famfs_range range;
	u32 entry = 0;

	while (famfs_map_next_range(owner->map, &entry, &range))
		if (range.dev == dev && first_unit(&range) <= last &&
		    last_unit(&range) >= first)
			return true;
	return false;
}

/**
 * famfs_owner_next() - find the next file that owns a part of a device
 * @device: the device
 * @addr: first byte
 * @length: bytes, at least 1
 * @prev: the file that was found last, of which the reference is dropped; or NULL
 * @going: set to true if the part or some of it belongs to files that are going
 *	away, or lingers; or NULL
 *
 * Context: May sleep; under failure_lock.
 * Return: the inode, with a reference for the caller, or NULL at the end.
 */
struct inode *famfs_owner_next(struct famfs_device *device, u64 addr, u64 length,
			       struct inode *prev, bool *going)
{
	unsigned long first = addr / FAMFS_ALLOC_UNIT;
	unsigned long last = (addr + length - 1) / FAMFS_ALLOC_UNIT;
	struct famfs_device_set *set = device->set;
	u32 dev = famfs_device_index(device);
	struct inode *found = NULL;
	struct famfs_owner *owner;

	lockdep_assert_held(&set->failure_lock);
	scoped_guard(mutex, &set->owner_lock) {
		if (going && any_lingers(device, first, last))
			*going = true;
		owner = owner_before_next(set, prev);
		list_for_each_entry_continue(owner, &set->owners, list) {
			cond_resched();
			if (!owns(owner, dev, first, last))
				continue;
			if (!set->unmounting)
				found = igrab(&owner->inode);
			if (found)
				break;
			if (going)
				*going = true;
		}
	}
	iput(prev);	/* not under the lock, which eviction takes */
	return found;
}
