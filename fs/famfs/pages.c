// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: the pages of a device: where they are, and whether somebody uses them.
 */
#include <linux/dax.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/srcu.h>
#include <linux/wait_bit.h>
#include "device.h"

/**
 * famfs_access_lock() - keep devices that are there from going away
 * @set: a mount's devices
 *
 * dax_read_lock() would not do.  Under that lock a device can die between the core's
 * look whether it is alive and the driver's own, after which the drivers of the kernel
 * follow a null pointer.  It dies when its holder has answered MF_MEM_PRE_REMOVE, and
 * famfs does not answer before the last of these locks is let go.
 *
 * Who copies to or from a program may hold it long, as faults of the program's memory
 * are served by others.
 *
 * Context: Any that may be preempted.
 * Return: what famfs_access_unlock() needs.
 */
int famfs_access_lock(struct famfs_device_set *set)
	__acquires(&set->access)
{
	return srcu_read_lock(&set->access);
}

/**
 * famfs_access_unlock() - undo famfs_access_lock()
 * @set: as for that
 * @id: what that returned
 *
 * Context: As above.
 */
void famfs_access_unlock(struct famfs_device_set *set, int id)
	__releases(&set->access)
{
	srcu_read_unlock(&set->access, id);
}

/**
 * famfs_device_lost() - a device is about to die: leave it alone from now on
 * @device: the device
 *
 * Context: May sleep; waits for those who have famfs_access_lock().
 */
void famfs_device_lost(struct famfs_device *device)
{
	WRITE_ONCE(device->lost, true);
	synchronize_srcu(&device->set->access);
}

/**
 * famfs_access_driver() - ask a device's driver for memory
 * @device: the device
 * @pgoff: offset on its dax device in pages
 * @nr: number of pages that are wanted, at least 1
 * @mode: DAX_ACCESS for good pages only, DAX_RECOVERY_WRITE for poisoned ones too
 * @kaddr: where the kernel has it, filled in; or NULL
 * @pfn: the first page, filled in; or NULL
 *
 * Context: Under famfs_access_lock(), as is the use of what is filled in.  May sleep.
 * Return: number of pages that follow each other from there on, or an errno.
 */
long famfs_access_driver(const struct famfs_device *device, pgoff_t pgoff, long nr,
			 enum dax_access_mode mode, void **kaddr, pfn_t *pfn)
{
	long found;
	int id;

	if (READ_ONCE(device->lost))
		return -ENXIO;
	id = dax_read_lock();	/* which the core asks for */
	found = dax_direct_access(device->dax_dev, pgoff, nr, mode, kaddr, pfn);
	dax_read_unlock(id);
	return found;
}

/**
 * famfs_access_pages() - ask a device's driver for pages
 * @device: the device
 * @pgoff: offset on its dax device in pages
 * @nr: number of pages that are wanted, at least 1
 * @mode: DAX_ACCESS for good pages only, DAX_RECOVERY_WRITE for poisoned ones too
 * @pfn: the first one of them, filled in; or NULL
 *
 * Context: May sleep.
 * Return: number of pages that follow each other from there on, or an errno.
 */
long famfs_access_pages(const struct famfs_device *device, pgoff_t pgoff, long nr,
			enum dax_access_mode mode, pfn_t *pfn)
{
	int id = famfs_access_lock(device->set);
	long found;

	found = famfs_access_driver(device, pgoff, nr, mode, NULL, pfn);
	famfs_access_unlock(device->set, id);
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
		found = famfs_access_pages(device, PHYS_PFN(addr), nr,
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
