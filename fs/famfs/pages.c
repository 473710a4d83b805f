// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: the pages of a device: where they are, and whether somebody uses them.
 */
#include <linux/dax.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/wait_bit.h>
#include "device.h"

/**
 * famfs_access_pages() - ask a dax device's driver for pages
 * @dax_dev: the dax device
 * @pgoff: offset on it in pages
 * @nr: number of pages that are wanted, at least 1
 * @mode: DAX_ACCESS for good pages only, DAX_RECOVERY_WRITE for poisoned ones too
 * @pfn: the first one of them, filled in; or NULL
 *
 * Context: May sleep.
 * Return: number of pages that follow each other from there on, or an errno.
 */
long famfs_access_pages(struct dax_device *dax_dev, pgoff_t pgoff, long nr,
			enum dax_access_mode mode, pfn_t *pfn)
{
	long found;
	int id;

	id = dax_read_lock();
	found = dax_direct_access(dax_dev, pgoff, nr, mode, NULL, pfn);
	dax_read_unlock(id);
	return found;
}

/**
 * famfs_device_access() - find pages of a device
 * @device: the device
 * @addr: offset on its dax device in bytes; a multiple of the page size
 * @nr: number of pages that are wanted, at least 1
 * @pfn: the first one of them, filled in; or NULL
 *
 * A driver may refuse a request that goes beyond one of the device's physical
 * ranges, in place of giving less: then there are less here.
 *
 * Context: May sleep.
 * Return: number of pages that follow each other from there on, or an errno.
 */
long famfs_device_access(const struct famfs_device *device, u64 addr, long nr,
			 pfn_t *pfn)
{
	long found;

	/* Poisoned pages count, too. */
	for (;; nr /= 2) {
		found = famfs_access_pages(device->dax_dev, PHYS_PFN(addr), nr,
					   DAX_RECOVERY_WRITE, pfn);
		if (found > 0 || nr == 1)
			return found;
	}
}

/**
 * famfs_device_busy() - look for a page of a device that somebody uses
 * @device: the device, which is there
 * @addr: first byte, a multiple of the page size
 * @length: bytes, a multiple of the page size
 *
 * Context: May sleep.
 * Return: the page, or NULL.
 */
struct page *famfs_device_busy(const struct famfs_device *device, u64 addr,
			       u64 length)
{
	u64 end = addr + length;
	struct page *page;
	long found, i;
	pfn_t pfn;

	for (; addr < end; addr += PFN_PHYS(found)) {
		found = famfs_device_access(device, device->start + addr,
					    PHYS_PFN(end - addr), &pfn);
		if (found <= 0)
			return NULL;
		found = min_t(long, found, PHYS_PFN(end - addr));
		for (i = 0; i < found; i++) {
			page = pfn_t_to_page(pfn) + i;
			if (famfs_page_busy(page))
				return page;
		}
	}
	return NULL;
}

/**
 * famfs_wait_page() - wait until nobody uses a page
 * @page: the page, which stays meanwhile
 *
 * Who lets a page go wakes us, but for those that do so by folio_put() on 6.12, which
 * tells nobody: futex(2), ptrace(2), a copy for a private mapping.  So we look, too.
 *
 * Context: May sleep, for as long as the page is pinned.
 */
void famfs_wait_page(struct page *page)
{
	while (!wait_var_event_timeout(famfs_page_var(page),
				       !famfs_page_busy(page), FAMFS_LOOK_AGAIN))
		;
}
