// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: pages that somebody still uses when their file goes away.
 *
 * Direct I/O of another file system, vmsplice(2) and the like hold references
 * to pages of a mapped file that outlast the mapping and the file.  The memory
 * must not become another file's until they are dropped.
 */
#include <linux/dax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/pfn.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include "famfs.h"

static struct workqueue_struct *pinned_wq;

/**
 * struct famfs_pinned - memory to release once nobody uses it
 * @work: waits for that
 * @devices: the mount's devices, with a reference
 * @map: map of the file that is gone
 */
struct famfs_pinned {
	struct work_struct work;
	struct famfs_device_set *devices;
	struct famfs_map *map;
};

/**
 * famfs_pinned_init() - start what waits for pinned pages
 *
 * Context: May sleep.
 * Return: 0 or -ENOMEM.
 */
int famfs_pinned_init(void)
{
	pinned_wq = alloc_workqueue("famfs", WQ_UNBOUND, 0);
	return pinned_wq ? 0 : -ENOMEM;
}

/**
 * famfs_pinned_exit() - stop it
 *
 * Context: May sleep.  Nothing is waited for, but work may be just ending.
 */
void famfs_pinned_exit(void)
{
	destroy_workqueue(pinned_wq);
}

/**
 * famfs_wait_page() - wait until nobody uses a page
 * @page: the page, which stays meanwhile
 *
 * Context: May sleep, for as long as the page is pinned.
 */
void famfs_wait_page(struct page *page)
{
	famfs_wait_page_idle(page);
}

static bool recover_page(struct page *page)
{
	famfs_wait_page_idle(page);
	famfs_recover_page(page);
	return false;
}

/* Visit the pages of a device range until @visit says true; return that one. */
static struct page *visit_pages(struct famfs_device_set *devices,
				const struct famfs_range *range,
				bool (*visit)(struct page *page))
{
	const struct famfs_device *device = &devices->device[range->dev];
	u64 addr = device->start + range->addr;
	u64 end = PAGE_ALIGN(addr + range->length);
	long found, i;
	pfn_t pfn;

	/* The pages stay: removal of the device waits for every owner. */
	for (; addr < end; cond_resched()) {
		found = famfs_device_access(device, addr,
					    PHYS_PFN(min(end - addr, SZ_2M)),
					    &pfn);
		if (found <= 0)
			return NULL;
		for (i = 0; i < found; i++)
			if (visit(pfn_t_to_page(pfn) + i))
				return pfn_t_to_page(pfn) + i;
		addr += PFN_PHYS(found);
	}
	return NULL;
}

/*
 * Visit what is mapped at once, which never crosses the end of a segment, as
 * visit_pages() does.
 */
static struct page *visit_mapped(struct inode *inode, pgoff_t index, u64 bytes,
				 bool (*visit)(struct page *page))
{
	struct famfs_range range;

	if (famfs_map_resolve(famfs_inode_map(inode), (u64)index << PAGE_SHIFT,
			      bytes, &range))
		return NULL;
	return visit_pages(famfs_devices(inode->i_sb), &range, visit);
}

static struct page *visit_entry(struct inode *inode, pgoff_t index,
				bool (*visit)(struct page *page))
{
	unsigned int order = xa_get_order(&inode->i_mapping->i_pages, index);

	return visit_mapped(inode, index, PAGE_SIZE << order, visit);
}

/**
 * famfs_pinned_page() - look for a page of a file that somebody uses
 * @inode: the file; it is not mapped, and the caller keeps it so
 *
 * Looks at the pages that were ever mapped since the file was made: those with
 * an entry, and huge ones that never got one.
 *
 * Context: May sleep.
 * Return: the page, or NULL if none is in use.
 */
struct page *famfs_pinned_page(struct inode *inode)
{
	unsigned long index = 0;
	struct page *page;
	void *entry;

	for (; famfs_huge_next(inode, &index); index += HPAGE_PMD_NR) {
		page = visit_mapped(inode, index, HPAGE_PMD_SIZE,
				    famfs_page_busy);
		if (page)
			return page;
	}
	xa_for_each(&inode->i_mapping->i_pages, index, entry) {
		page = visit_entry(inode, index, famfs_page_busy);
		if (page)
			return page;
	}
	return NULL;
}

static bool any_page(struct page *page)
{
	return true;
}

/* Let the inode go although pages of it are in use. */
static void detach_entries(struct inode *inode)
{
	struct address_space *mapping = inode->i_mapping;
	unsigned long index;
	struct page *page;
	void *entry;

	xa_for_each(&mapping->i_pages, index, entry) {
		page = visit_entry(inode, index, any_page);
		if (page)
			famfs_detach_entry(mapping, index, page);
	}
}

static void release_unpinned(struct work_struct *work)
{
	struct famfs_pinned *pinned = container_of(work, struct famfs_pinned,
						   work);
	struct famfs_range range;
	u32 entry = 0;

	while (famfs_map_next_range(pinned->map, &entry, &range))
		visit_pages(pinned->devices, &range, recover_page);
	famfs_owner_release(pinned->devices, pinned->map);
	famfs_map_free(pinned->map);
	famfs_devices_put(pinned->devices);
	kfree(pinned);
	module_put(THIS_MODULE);	/* famfs_pinned_exit() waits for us */
}

/**
 * famfs_defer_release() - let pinned memory of a file outlive it
 * @inode: the file, being evicted
 * @map: its map; taken over when this returns true
 *
 * The memory stays taken, and the devices held, until the pins are gone.  A
 * process may well wait here for a pin of its own, so this does not wait.
 *
 * Context: May sleep.
 * Return: true if there are pinned pages, and their release is taken care of.
 */
bool famfs_defer_release(struct inode *inode, struct famfs_map *map)
{
	struct famfs_device_set *devices = famfs_devices(inode->i_sb);
	struct famfs_pinned *pinned;

	if (!famfs_pinned_page(inode))
		return false;

	pinned = kmalloc(sizeof(*pinned), GFP_KERNEL | __GFP_NOFAIL);
	INIT_WORK(&pinned->work, release_unpinned);
	pinned->devices = devices;
	pinned->map = map;
	kref_get(&devices->ref);
	__module_get(THIS_MODULE);

	/* Only clean entries may go while their pages are in use. */
	famfs_flush(inode->i_mapping, 0, LLONG_MAX);
	detach_entries(inode);

	famfs_owner_linger(devices, map);
	queue_work(pinned_wq, &pinned->work);
	return true;
}
