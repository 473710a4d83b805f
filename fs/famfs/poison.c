// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: pages that failed, on devices whose driver does not remember them.
 *
 * Plain access to them fails; writing a whole page anew makes it good again.
 * Kept by page of the device, and forgotten by umount: hardware reports a page
 * that is still bad again.
 */
#include <linux/iomap.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/set_memory.h>
#include <linux/xarray.h>
#include "famfs.h"

/**
 * famfs_poison_init() - start with a device that has no bad page
 * @device: the device
 */
void famfs_poison_init(struct famfs_device *device)
{
	mt_init_flags(&device->bad, MT_FLAGS_USE_RCU);
}

/**
 * famfs_poison_exit() - forget the bad pages
 * @device: the device
 *
 * Context: May sleep.
 */
void famfs_poison_exit(struct famfs_device *device)
{
	mtree_destroy(&device->bad);
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
	mtree_store_range(&device->bad, PHYS_PFN(offset),
			  PHYS_PFN(offset + length - 1), xa_mk_value(1),
			  GFP_KERNEL | __GFP_NOFAIL);
}

/* The first bad page from @page on, or ULONG_MAX. */
static unsigned long next_bad(struct famfs_device *device, unsigned long page,
			      unsigned long last)
{
	MA_STATE(mas, &device->bad, page, page);

	guard(rcu)();
	return mas_find(&mas, last) ? max(mas.index, page) : ULONG_MAX;
}

/* Reading the page may have been forbidden to keep the CPU off the poison. */
static bool make_accessible(struct famfs_device *device, u64 offset)
{
	pfn_t pfn;

	if (famfs_device_access(device, device->start + offset, 1, &pfn) != 1)
		return false;
	ClearPageHWPoison(pfn_t_to_page(pfn));
	clear_mce_nospec(page_to_pfn(pfn_t_to_page(pfn)));
	return true;
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
	unsigned long page = PHYS_PFN(offset), bad;

	bad = next_bad(device, page, PHYS_PFN(offset + length - 1));
	if (bad == ULONG_MAX)
		return length;
	if (bad > page)
		return PFN_PHYS(bad) - offset;
	if (flags & IOMAP_FAULT)
		return -EHWPOISON;
	if (!(flags & IOMAP_WRITE) || !PAGE_ALIGNED(offset) ||
	    length < PAGE_SIZE || !make_accessible(device, offset))
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
	unsigned long first = PHYS_PFN(offset + PAGE_SIZE - 1);
	unsigned long end = PHYS_PFN(offset + length);

	if (unlikely(!mtree_empty(&device->bad)) && first < end)
		mtree_store_range(&device->bad, first, end - 1, NULL,
				  GFP_KERNEL | __GFP_NOFAIL);
}
