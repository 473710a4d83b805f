// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: pages that failed, on devices whose driver does not remember them.
 *
 * Plain access to them fails; writing a whole page anew makes it good again.
 * Kept by page of the dax device, whoever mounts it, for as long as the dax device
 * and this module live: neither the driver nor the hardware need tell again.
 */
#include <linux/dax.h>
#include <linux/iomap.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/set_memory.h>
#include <linux/xarray.h>
#include "device.h"

/* Protects the list, and the number of users of what is in it. */
static DEFINE_MUTEX(bad_lock);
static LIST_HEAD(bad_list);

static void free_bad(struct famfs_bad_pages *bad)
{
	list_del(&bad->list);
	mtree_destroy(&bad->pages);
	put_dax(bad->dax_dev);
	kfree(bad);
}

static bool is_alive(struct dax_device *dax_dev)
{
	int id = dax_read_lock();
	bool alive = dax_alive(dax_dev);

	dax_read_unlock(id);
	return alive;
}

/* What is known of a dax device; forgets those that went away unused. */
static struct famfs_bad_pages *find_bad(struct dax_device *dax_dev)
{
	struct famfs_bad_pages *bad, *next, *found = NULL;

	lockdep_assert_held(&bad_lock);
	list_for_each_entry_safe(bad, next, &bad_list, list) {
		if (bad->dax_dev == dax_dev)
			found = bad;
		else if (!bad->users && !is_alive(bad->dax_dev))
			free_bad(bad);
	}
	return found;
}

/**
 * famfs_poison_init() - start with what is known to be bad of a device
 * @device: the device, which is held
 *
 * Context: May sleep.
 * Return: 0 or -ENOMEM.
 */
int famfs_poison_init(struct famfs_device *device)
{
	struct famfs_bad_pages *bad;

	if (!device->forgets)
		return 0;
	guard(mutex)(&bad_lock);
	bad = find_bad(device->dax_dev);
	if (!bad) {
		bad = kzalloc(sizeof(*bad), GFP_KERNEL);
		if (!bad)
			return -ENOMEM;
		ihold(dax_inode(device->dax_dev));
		bad->dax_dev = device->dax_dev;
		mt_init_flags(&bad->pages, MT_FLAGS_USE_RCU);
		list_add(&bad->list, &bad_list);
	}
	bad->users++;
	/* A notification may be in progress, and look at it. */
	smp_store_release(&device->bad, bad);
	return 0;
}

/**
 * famfs_poison_exit() - keep what is known for the next mount
 * @device: the device, which no notification is about any more
 *
 * Context: May sleep.
 */
void famfs_poison_exit(struct famfs_device *device)
{
	struct famfs_bad_pages *bad = device->bad;

	if (!bad)
		return;
	guard(mutex)(&bad_lock);
	if (!--bad->users && mtree_empty(&bad->pages))
		free_bad(bad);
}

/**
 * famfs_poison_forget() - forget all there is, as the module goes
 *
 * Context: May sleep.  Nothing is mounted.
 */
void famfs_poison_forget(void)
{
	struct famfs_bad_pages *bad, *next;

	guard(mutex)(&bad_lock);
	list_for_each_entry_safe(bad, next, &bad_list, list)
		free_bad(bad);
}

/**
 * famfs_poison_add() - remember bad pages
 * @device: the device
 * @offset: first byte on the device that failed
 * @length: bytes, at least 1
 *
 * Context: May sleep.
 */
void famfs_poison_add(struct famfs_device *device, u64 offset, u64 length)
{
	u64 first = device->start + offset;

	if (device->bad)
		mtree_store_range(&device->bad->pages, PHYS_PFN(first),
				  PHYS_PFN(first + length - 1), xa_mk_value(1),
				  GFP_KERNEL | __GFP_NOFAIL);
}

/* The first bad page from @page on, or ULONG_MAX; of the dax device. */
static unsigned long next_bad(struct famfs_device *device, unsigned long page,
			      unsigned long last)
{
	MA_STATE(mas, &device->bad->pages, page, page);

	guard(rcu)();
	return mas_find(&mas, last) ? max(mas.index, page) : ULONG_MAX;
}

/*
 * Reading the page may have been forbidden to keep the CPU off the poison.  The
 * driver keeps the struct page while it can be asked.
 */
static bool make_accessible(struct famfs_device *device, pgoff_t page)
{
	struct page *bad;
	bool found;
	pfn_t pfn;
	int id;

	id = famfs_access_lock(device->set);
	found = famfs_access_driver(device, page, 1, DAX_RECOVERY_WRITE, NULL,
				    &pfn) == 1;
	if (found) {
		bad = pfn_t_to_page(pfn);
		ClearPageHWPoison(bad);
		clear_mce_nospec(page_to_pfn(bad));
	}
	famfs_access_unlock(device->set, id);
	return found;
}

/**
 * famfs_poison_find() - keep access off bad pages
 * @device: the device
 * @offset: first byte on the device to be accessed
 * @length: bytes to be accessed, at least 1
 * @flags: of the iomap operation
 *
 * Where the first page is bad, it can be written to as a whole alone.
 *
 * Context: May sleep.
 * Return: bytes that can be accessed, -EHWPOISON for a fault on a bad page, -EIO
 * for I/O to one.
 */
s64 famfs_poison_find(struct famfs_device *device, u64 offset, u64 length,
		      unsigned int flags)
{
	u64 addr = device->start + offset;
	unsigned long page = PHYS_PFN(addr), bad;

	bad = next_bad(device, page, PHYS_PFN(addr + length - 1));
	if (bad == ULONG_MAX)
		return length;
	if (bad > page)
		return PFN_PHYS(bad) - addr;
	if (flags & IOMAP_FAULT)
		return -EHWPOISON;
	if (!(flags & IOMAP_WRITE) || !PAGE_ALIGNED(offset) ||
	    length < PAGE_SIZE || !make_accessible(device, page))
		return -EIO;
	return PAGE_SIZE;
}

/**
 * famfs_poison_written() - a page was written anew
 * @device: the device
 * @offset: first byte on the device that was written
 * @length: bytes that were written
 *
 * Context: May sleep.
 */
void famfs_poison_written(struct famfs_device *device, u64 offset, u64 length)
{
	u64 addr = device->start + offset;
	unsigned long first = PHYS_PFN(addr + PAGE_SIZE - 1);
	unsigned long end = PHYS_PFN(addr + length);

	if (unlikely(device->bad && !mtree_empty(&device->bad->pages)) &&
	    first < end)
		mtree_store_range(&device->bad->pages, first, end - 1, NULL,
				  GFP_KERNEL | __GFP_NOFAIL);
}
