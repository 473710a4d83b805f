// SPDX-License-Identifier: GPL-2.0
/*
 * fsdev: pages that the kernel found poisoned.
 *
 * They are remembered by device offset, in the list that block devices use,
 * which counts in sectors.  Plain access to them fails; writing a whole page
 * anew makes it good again.
 */
#include <linux/badblocks.h>
#include <linux/blk_types.h>
#include <linux/dax.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/set_memory.h>
#include <linux/uio.h>
#include "dax-private.h"
#include "fsdev.h"

/* badblocks_check() takes the number of sectors as an int. */
#define MAX_CHECK_PAGES ((u64)INT_MAX >> (PAGE_SHIFT - SECTOR_SHIFT))

/**
 * fsdev_poison_add() - remember poisoned bytes
 * @fsdev: the device's state
 * @offset: first byte on the device; a multiple of the page size
 * @length: bytes, a multiple of the page size
 *
 * When the list is full, that is said, and the failure takes its course all
 * the same: who has the bytes mapped must hear of it.
 *
 * Context: May sleep; the device is bound.
 */
void fsdev_poison_add(struct fsdev *fsdev, u64 offset, u64 length)
{
	if (badblocks_set(&fsdev->badblocks, offset >> SECTOR_SHIFT,
			  length >> SECTOR_SHIFT, 1))
		dev_err_ratelimited(&fsdev->dev_dax->dev,
				    "poison list is full: offset %#llx will not be refused\n",
				    offset);
}

/**
 * fsdev_poison_limit() - cut a range off where poison begins
 * @fsdev: the device's state
 * @pgoff: first page
 * @nr_pages: number of pages, at least 1
 *
 * Context: Any.
 * Return: number of good pages from @pgoff on, at most @nr_pages, or
 * -EHWPOISON if the first one is poisoned.
 */
long fsdev_poison_limit(struct fsdev *fsdev, pgoff_t pgoff, u64 nr_pages)
{
	sector_t sector = PFN_PHYS(pgoff) >> SECTOR_SHIFT;
	sector_t first_bad;
	int nr_bad;

	if (likely(!fsdev->badblocks.count))
		return nr_pages;
	nr_pages = min(nr_pages, MAX_CHECK_PAGES);
	if (!badblocks_check(&fsdev->badblocks, sector,
			     PFN_PHYS(nr_pages) >> SECTOR_SHIFT, &first_bad,
			     &nr_bad))
		return nr_pages;
	if (first_bad <= sector)
		return -EHWPOISON;
	return PHYS_PFN((first_bad - sector) << SECTOR_SHIFT);
}

/*
 * Write a page anew.  Reading it may have been forbidden to keep the CPU off the poison.
 * One at a time: the source may take its time to come, and a page that fails after it
 * was written is bad.
 */
static size_t write_page(struct fsdev *fsdev, pgoff_t pgoff, void *addr,
			 struct iov_iter *iter)
{
	struct page *page = virt_to_page(addr);
	size_t done;

	ClearPageHWPoison(page);
	clear_mce_nospec(page_to_pfn(page));
	done = _copy_from_iter_flushcache(addr, PAGE_SIZE, iter);
	if (done == PAGE_SIZE)
		badblocks_clear(&fsdev->badblocks,
				PFN_PHYS(pgoff) >> SECTOR_SHIFT,
				PAGE_SIZE >> SECTOR_SHIFT);
	return done;
}

/**
 * fsdev_recovery_write() - dax_operations.recovery_write
 * @dax_dev: the device
 * @pgoff: page to start with
 * @addr: kernel address of the first byte
 * @bytes: bytes to write
 * @iter: the data
 *
 * A page becomes good only as a whole, so a write that starts inside one does
 * nothing, and one that ends inside one ends before it.
 *
 * Context: May sleep.
 * Return: bytes written.
 */
size_t fsdev_recovery_write(struct dax_device *dax_dev, pgoff_t pgoff,
			    void *addr, size_t bytes, struct iov_iter *iter)
{
	struct fsdev *fsdev = dax_get_private(dax_dev);
	size_t done = 0, page = PAGE_SIZE;

	if (!fsdev || !PAGE_ALIGNED(addr))
		return 0;	/* see fsdev_direct_access() */
	for (; page == PAGE_SIZE && bytes - done >= PAGE_SIZE; done += page)
		page = write_page(fsdev, pgoff + PHYS_PFN(done), addr + done,
				  iter);
	return done;
}
