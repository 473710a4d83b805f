// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: huge pages that are mapped without an entry in the file's tree.
 *
 * By the entries write-back finds what is dirty, and the handling of failed
 * memory what is mapped.  To make one costs a third of a fault, so it is made once
 * somebody needs it.  Until then a byte for each huge page of the file says what
 * became of it.
 *
 * A huge page is either ours or fs-dax's.  One that fs-dax is to map in whatever
 * way is given to it before, for good, with an entry if we have mapped it: fs-dax
 * finds what it would find if it had done so itself.
 */
#include <linux/dax.h>
#include <linux/huge_mm.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/pfn_t.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include "famfs.h"

/*
 * What became of a huge page.  Faults, which share the file's
 * filemap_invalidate_lock, only ever go to a later one.
 */
enum huge_state {
	HUGE_UNUSED,
	HUGE_READ,	/* mapped by us, for reading */
	HUGE_WRITTEN,	/* mapped by us, for writing */
	HUGE_DAX,	/* up to fs-dax: the tree tells */
};

/* From fs/dax.c: flags, of which this one says "huge", and then the page. */
#define ENTRY_SHIFT 4
#define ENTRY_HUGE 2

static unsigned long nr_huge(struct inode *inode)
{
	return DIV_ROUND_UP_ULL(i_size_read(inode), HPAGE_PMD_SIZE);
}

static u8 *state_of(struct inode *inode, pgoff_t index)
{
	return &FAMFS_I(inode)->huge[index >> HPAGE_PMD_ORDER];
}

/**
 * famfs_huge_init() - get ready for faults
 * @inode: a regular file with a map
 *
 * Context: May sleep.
 * Return: 0 or -ENOMEM.
 */
int famfs_huge_init(struct inode *inode)
{
	struct famfs_inode *fi = FAMFS_I(inode);
	u8 *huge;

	if (READ_ONCE(fi->huge))
		return 0;
	huge = kvzalloc(nr_huge(inode), GFP_KERNEL);
	if (!huge)
		return -ENOMEM;
	if (cmpxchg(&fi->huge, NULL, huge))
		kvfree(huge);
	return 0;
}

/**
 * famfs_huge_exit() - free what famfs_huge_init() allocated, if it did
 * @inode: a regular file, being evicted
 *
 * Context: May sleep.
 */
void famfs_huge_exit(struct inode *inode)
{
	kvfree(FAMFS_I(inode)->huge);
	FAMFS_I(inode)->huge = NULL;
}

/**
 * famfs_huge_entry() - what fs-dax has in the tree for a huge page
 * @pfn: the page
 *
 * Return: the entry of one that is not locked.
 */
void *famfs_huge_entry(pfn_t pfn)
{
	return xa_mk_value(pfn_t_to_pfn(pfn) << ENTRY_SHIFT | ENTRY_HUGE);
}

/* Mostly the entry is there, and marked if it need be. */
static bool has_entry(struct xa_state *xas, const void *entry, bool dirty)
{
	guard(rcu)();
	return xas_load(xas) == entry &&
	       (!dirty || xas_get_mark(xas, PAGECACHE_TAG_DIRTY));
}

/* Have an entry for the page; false if there is one that is something else. */
static bool keep_entry(struct address_space *mapping, pgoff_t index, pfn_t pfn,
		       bool dirty, gfp_t gfp)
{
	XA_STATE_ORDER(xas, &mapping->i_pages, index, HPAGE_PMD_ORDER);
	void *entry = famfs_huge_entry(pfn), *found;

	if (has_entry(&xas, entry, dirty))
		return true;
	do {
		xas_reset(&xas);
		xas_lock_irq(&xas);
		found = xas_find_conflict(&xas);
		if (!found) {
			xas_store(&xas, entry);
			if (!xas_error(&xas)) {
				mapping->nrpages += HPAGE_PMD_NR;
				found = entry;
			}
		}
		if (found == entry && dirty)
			xas_set_mark(&xas, PAGECACHE_TAG_DIRTY);
		xas_unlock_irq(&xas);
	} while (xas_nomem(&xas, gfp));
	return found == entry;
}

/* The state goes up to @state, unless the page is fs-dax's. */
static bool note(struct inode *inode, u8 *huge, u8 state)
{
	atomic_long_t *written = &FAMFS_I(inode)->nr_written;
	u8 old = READ_ONCE(*huge);

	while (old < state) {
		/* Counted before somebody can see it, and store to the page. */
		if (state == HUGE_WRITTEN)
			atomic_long_inc(written);
		if (try_cmpxchg(huge, &old, state))
			return true;
		if (state == HUGE_WRITTEN)
			atomic_long_dec(written);
	}
	return old != HUGE_DAX;
}

/**
 * famfs_huge_keep() - keep in mind that a huge page is mapped
 * @inode: the file
 * @index: its first page
 * @pfn: the page that is going to be mapped there
 * @write: for writing
 *
 * Context: Under the shared filemap_invalidate_lock of the file.
 * Return: false if fs-dax has to map it.
 */
bool famfs_huge_keep(struct inode *inode, pgoff_t index, pfn_t pfn, bool write)
{
	return note(inode, state_of(inode, index),
		    write ? HUGE_WRITTEN : HUGE_READ) ||
	       keep_entry(inode->i_mapping, index, pfn, write, GFP_KERNEL);
}

/* Without its device there is nothing that an entry could be of. */
static void make_entry(struct inode *inode, pgoff_t index)
{
	u8 *huge = state_of(inode, index);
	bool written = *huge == HUGE_WRITTEN;
	struct famfs_device *device;
	struct famfs_range range;
	pfn_t pfn;

	/* It was mapped: all of it is on one device. */
	famfs_map_resolve(famfs_inode_map(inode), (u64)index << PAGE_SHIFT,
			  HPAGE_PMD_SIZE, &range);
	device = &famfs_devices(inode->i_sb)->device[range.dev];
	if (famfs_device_access(device, device->start + range.addr,
				HPAGE_PMD_NR, &pfn) == HPAGE_PMD_NR)
		WARN_ON_ONCE(!keep_entry(inode->i_mapping, index, pfn, written,
					 GFP_KERNEL | __GFP_NOFAIL));
	/* Who finds the page or the count like this finds the entry. */
	smp_store_release(huge, HUGE_DAX);
	if (written)
		atomic_long_dec_return_release(&FAMFS_I(inode)->nr_written);
}

/* Look for a huge page of ours from *@index on to @last, as famfs_huge_next(). */
static bool next_huge(struct inode *inode, pgoff_t *index, pgoff_t last,
		      enum huge_state state)
{
	const u8 *huge = READ_ONCE(FAMFS_I(inode)->huge);
	unsigned long i, end;
	u8 found;

	if (!huge)
		return false;
	end = min(nr_huge(inode), (last >> HPAGE_PMD_ORDER) + 1);
	for (i = *index >> HPAGE_PMD_ORDER; i < end; i++) {
		/* Pairs with make_entry(): one that it has done has its entry. */
		found = smp_load_acquire(&huge[i]);
		if (found >= state && found < HUGE_DAX) {
			*index = i << HPAGE_PMD_ORDER;
			return true;
		}
	}
	return false;
}

/**
 * famfs_huge_next() - look for a huge page that is mapped without an entry
 * @inode: a regular file
 * @index: first page to look at; when one is found, its first page
 *
 * Context: Any; where faults go on, the answer may be old.
 * Return: whether there is one.
 */
bool famfs_huge_next(struct inode *inode, pgoff_t *index)
{
	return next_huge(inode, index, ULONG_MAX, HUGE_READ);
}

/**
 * famfs_huge_make_entries() - have entries for all that is mapped
 * @inode: a regular file
 * @index: first page that needs one
 * @last: last page that does
 *
 * Context: May sleep.  Under the exclusive filemap_invalidate_lock of the file.
 */
void famfs_huge_make_entries(struct inode *inode, pgoff_t index, pgoff_t last)
{
	for (; next_huge(inode, &index, last, HUGE_READ); index += HPAGE_PMD_NR)
		make_entry(inode, index);
}

/**
 * famfs_huge_make_dirty() - have entries for all that was written to
 * @inode: a regular file
 * @index: first page that needs one
 * @last: last page that does
 *
 * Context: May sleep.
 */
void famfs_huge_make_dirty(struct inode *inode, pgoff_t index, pgoff_t last)
{
	if (!atomic_long_read_acquire(&FAMFS_I(inode)->nr_written))
		return;
	for (; next_huge(inode, &index, last, HUGE_WRITTEN);
	     index += HPAGE_PMD_NR) {
		filemap_invalidate_lock(inode->i_mapping);
		famfs_huge_make_entries(inode, index, index);
		filemap_invalidate_unlock(inode->i_mapping);
	}
}

/**
 * famfs_huge_leave() - give the huge page around a page to fs-dax
 * @inode: the file
 * @index: the page
 *
 * Context: May sleep.  Under the shared filemap_invalidate_lock of the file, which
 * may be dropped and taken again.
 */
void famfs_huge_leave(struct inode *inode, pgoff_t index)
{
	struct address_space *mapping = inode->i_mapping;
	u8 *huge = state_of(inode, index), old = HUGE_UNUSED;

	/* A mapping may go on behind the end of the file. */
	if (index >> HPAGE_PMD_ORDER >= nr_huge(inode) ||
	    READ_ONCE(*huge) == HUGE_DAX ||
	    try_cmpxchg(huge, &old, HUGE_DAX) || old == HUGE_DAX)
		return;
	filemap_invalidate_unlock_shared(mapping);
	filemap_invalidate_lock(mapping);
	famfs_huge_make_entries(inode, index, index);
	downgrade_write(&mapping->invalidate_lock);
}
