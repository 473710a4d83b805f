// SPDX-License-Identifier: GPL-2.0
/*
 * fsdev: what is left in the caches, and in use, of the character device's
 * mappings.
 *
 * Whether it is mapped is known to the address space alone: areas merge, split,
 * move and are copied without a word to their driver.
 */
#include <linux/dax.h>
#include <linux/famfs_extent.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/pfn.h>
#include <linux/sched.h>
#include <linux/xarray.h>
#include "dax-private.h"
#include "raw.h"
#include "trace.h"

/**
 * fsdev_raw_mapping() - what the character device's mappings are in
 * @fsdev: the device's state
 *
 * Return: the address space.
 */
struct address_space *fsdev_raw_mapping(const struct fsdev *fsdev)
{
	return dax_inode(fsdev->dax_dev)->i_mapping;
}

/* Pages are never written to anywhere else, so there is nothing to keep. */
static const struct address_space_operations raw_aops = {
	.dirty_folio = noop_dirty_folio,
};

/**
 * fsdev_raw_init() - make the address spaces of the character device
 * @fsdev: the device's state
 *
 * fs-dax looks at the size of their inode.
 */
void fsdev_raw_init(struct fsdev *fsdev)
{
	struct inode *inode = dax_inode(fsdev->dax_dev);

	i_size_write(inode, fsdev->ranges->length);
	inode->i_mapping->a_ops = &raw_aops;
	address_space_init_once(&fsdev->shown);
	fsdev->shown.host = inode;
	fsdev->shown.a_ops = &raw_aops;
}

/**
 * fsdev_raw_mapped() - tell whether anybody has the character device mapped
 * @fsdev: the device's state
 *
 * An area that is just being made is not seen yet.  It is before its first
 * fault.  Memory can fail before there is a character device.
 *
 * Return: whether somebody has.
 */
bool fsdev_raw_mapped(const struct fsdev *fsdev)
{
	return READ_ONCE(fsdev->dax_dev) &&
	       mapping_mapped(fsdev_raw_mapping(fsdev));
}

static bool page_is_busy(struct page *page)
{
	return page_ref_count(page) != 1;
}

/* A page of a former mapping that somebody still uses, such as direct I/O. */
static struct page *find_busy(struct fsdev *fsdev)
{
	struct xarray *entries = &fsdev_raw_mapping(fsdev)->i_pages;
	struct famfs_range range;
	unsigned long index, i;
	struct page *page;
	void *entry;

	xa_for_each(entries, index, entry) {
		if (famfs_map_resolve(fsdev->ranges, PFN_PHYS((u64)index),
				      PAGE_SIZE << xa_get_order(entries, index),
				      &range))
			continue;
		page = pfn_to_page(PHYS_PFN(range.addr));
		for (i = 0; i < PHYS_PFN(range.length); i++)
			if (page_is_busy(page + i))
				return page + i;
		cond_resched();
	}
	return NULL;
}

/* All of it but bad pages, which must not be touched. */
static void flush_pages(struct dax_device *dax_dev, pgoff_t pgoff, long nr)
{
	int id = dax_read_lock();
	void *kaddr;
	long done;

	while (nr > 0) {
		done = dax_direct_access(dax_dev, pgoff, nr, DAX_ACCESS, &kaddr,
					 NULL);
		if (done > 0)
			dax_flush(dax_dev, kaddr, PFN_PHYS(done));
		else
			done = 1;
		pgoff += done;
		nr -= done;
	}
	dax_read_unlock(id);
}

/*
 * Flush the first entry from *@index on that was mapped for writing, and move
 * *@index behind it.  It stays marked, and the mappings writable.
 */
static bool flush_next(struct fsdev *fsdev, unsigned long *index,
		       unsigned long last)
{
	struct xarray *entries = &fsdev_raw_mapping(fsdev)->i_pages;
	unsigned long nr;

	if (!xa_find(entries, index, last, PAGECACHE_TAG_DIRTY))
		return false;
	nr = 1UL << xa_get_order(entries, *index);
	*index = round_down(*index, nr);
	flush_pages(fsdev->dax_dev, *index, nr);
	trace_fsdev_flush(dev_name(&fsdev->dev_dax->dev), *index, nr);
	*index += nr;
	return *index <= last;
}

/**
 * fsdev_raw_flush() - write back what stores to mappings left in the caches
 * @fsdev: the device's state
 * @first: first page
 * @last: last page
 *
 * The lock is taken for each entry: who waits for it, to tell that memory
 * failed or to take the device away, waits for no more than 2 MiB.  Then no
 * flush is where the bad memory is, nor where there are no pages any more.
 *
 * Context: May sleep.
 * Return: 0, or -EIO if the device is gone.
 */
int fsdev_raw_flush(struct fsdev *fsdev, pgoff_t first, pgoff_t last)
{
	struct address_space *mapping = fsdev_raw_mapping(fsdev);
	unsigned long index = first;
	bool more = true;

	while (more) {
		filemap_invalidate_lock_shared(mapping);
		if (READ_ONCE(fsdev->gone)) {
			filemap_invalidate_unlock_shared(mapping);
			return -EIO;
		}
		more = flush_next(fsdev, &index, last);
		filemap_invalidate_unlock_shared(mapping);
		cond_resched();
	}
	return 0;
}

/* Nobody maps it, and nobody uses a page. */
static void flush_and_forget(struct fsdev *fsdev)
{
	unsigned long index = 0;

	while (flush_next(fsdev, &index, ULONG_MAX))
		cond_resched();
	truncate_inode_pages(fsdev_raw_mapping(fsdev), 0);
}

/**
 * fsdev_raw_failure() - memory of a mapped device failed
 * @fsdev: the device's state; holder_lock is held
 * @offset: first byte on the device that failed
 * @length: bytes that failed
 * @mf_flags: flags of the memory failure
 *
 * The generic action would do for a mapping that stays.  Ours may be revoked
 * meanwhile, which a locked entry keeps off.
 *
 * Context: May sleep; waits for no page.
 * Return: 0 or an errno.
 */
int fsdev_raw_failure(struct fsdev *fsdev, u64 offset, u64 length,
		      int mf_flags)
{
	struct address_space *mapping = fsdev_raw_mapping(fsdev);
	int err;

	lockdep_assert_held(&fsdev->holder_lock);
	filemap_invalidate_lock(mapping);
	err = mf_dax_kill_procs(mapping, PHYS_PFN(offset), PHYS_PFN(length),
				mf_flags);
	filemap_invalidate_unlock(mapping);
	return err;
}

/**
 * fsdev_raw_hold() - let a holder have the device
 * @fsdev: the device's state; holder_lock is held
 * @holder: who holds it from now on
 *
 * What former mappings left in the caches is written back, and their pages are
 * let go.  A fault sees the holder or is over: an area that is being made just
 * now gets no page.
 *
 * Context: May sleep.
 * Return: 0, or -EBUSY if there are mappings or their pages are still in use.
 */
int fsdev_raw_hold(struct fsdev *fsdev, void *holder)
{
	struct address_space *mapping = fsdev_raw_mapping(fsdev);
	int err = 0;

	lockdep_assert_held(&fsdev->holder_lock);
	filemap_invalidate_lock(mapping);
	if (fsdev_raw_mapped(fsdev) || find_busy(fsdev)) {
		err = -EBUSY;
	} else {
		flush_and_forget(fsdev);
		WRITE_ONCE(fsdev->holder, holder);
	}
	filemap_invalidate_unlock(mapping);
	return err;
}

/**
 * fsdev_raw_revoke() - take mappings away because the device goes
 * @fsdev: the device's state, marked as gone
 *
 * Faults that come after the lock was held here see @gone and bring no page back.
 * The lock is not held while waiting: a process that has a page in use may fault,
 * and must then get its signal and not wait for itself.
 *
 * Context: May sleep, for as long as pages are in use.
 */
void fsdev_raw_revoke(struct fsdev *fsdev)
{
	struct address_space *mapping = fsdev_raw_mapping(fsdev);
	struct page *page;

	filemap_invalidate_lock(mapping);
	unmap_mapping_range(mapping, 0, 0, 0);
	filemap_invalidate_unlock(mapping);
	/* Of what futex(2) and ptrace(2) let go by folio_put() 6.12 tells nobody: look. */
	while ((page = find_busy(fsdev)))
		while (!wait_var_event_timeout(&page->_refcount, !page_is_busy(page),
					       HZ / 2))
			;
	flush_and_forget(fsdev);
}
