/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between the kernels that famfs is built for.  The Makefile looks
 * into the kernel's headers for what it offers and defines FAMFS_HAS_...
 *
 * Who holds a character device differs in more than names: see
 * chardev_fsdev.c and chardev_core.c.
 */
#ifndef _FAMFS_COMPAT_H
#define _FAMFS_COMPAT_H

#include <linux/dax.h>
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/pagemap.h>

#if defined(FAMFS_HAS_DAX_COUNT_FROM_0) && !defined(FAMFS_HAS_DAX_FOLIOS)
#error "this kernel counts dax pages from 0, and offers no dax_folio_reset_order()"
#endif

/* In the private headers of the kernel's dax alone, and exported. */
struct dax_device *inode_dax(struct inode *inode);
struct inode *dax_inode(struct dax_device *dax_dev);

/* How dax_direct_access() and dax_iomap_fault() name a page. */
#ifdef FAMFS_HAS_PFN_T
#include <linux/pfn_t.h>

static inline struct dev_pagemap *page_pgmap(const struct page *page)
{
	return page->pgmap;
}
#else
#define pfn_t unsigned long
#define pfn_t_to_page(pfn) pfn_to_page(pfn)

static inline bool pfn_t_devmap(pfn_t pfn)
{
	return pfn_valid(pfn) && is_zone_device_page(pfn_to_page(pfn));
}
#endif

/* How inode_operations.create is told the mode, some with what it need not know. */
#ifdef FAMFS_HAS_CREATE_EXCL
#define FAMFS_CREATE_MODE umode_t mode, bool excl
#else
#define FAMFS_CREATE_MODE umode_t mode
#endif

/* What inode_operations.mkdir returns. */
#ifdef FAMFS_HAS_MKDIR_DENTRY
#define famfs_mkdir_t struct dentry *
#define famfs_mkdir_result(err) ERR_PTR(err)
#else
#define famfs_mkdir_t int
#define famfs_mkdir_result(err) (err)
#endif

/*
 * Where pages of fs-dax are folios, the kernel pins none of them for long, whatever the
 * file system says.
 */
#ifdef FAMFS_HAS_PFN_T
#define FAMFS_CAN_PIN_LONG true
#else
#define FAMFS_CAN_PIN_LONG false
#endif

#ifdef FAMFS_HAS_INODE_JUST_DROP
#define generic_delete_inode inode_just_drop
#endif

/* Names that are kept in dentries alone, and what umount does to them. */
#ifdef FAMFS_HAS_PERSISTENT_DENTRIES
#define kill_litter_super kill_anon_super

static inline void famfs_keep_name(struct dentry *dentry, struct inode *inode)
{
	d_make_persistent(dentry, inode);
}
#else
static inline void famfs_keep_name(struct dentry *dentry, struct inode *inode)
{
	d_instantiate(dentry, inode);
	dget(dentry);
}
#endif

/*
 * How pages of fs-dax are counted.
 *
 * famfs_page_busy() - somebody uses a page of a file that is not mapped
 * famfs_page_var() - what is woken when nobody does any more
 */
#ifdef FAMFS_HAS_DAX_FOLIOS
/* References are counted from 0, and those to a huge page in its first page. */
static inline bool famfs_page_busy(struct page *page)
{
	return !dax_page_is_idle(page);
}

static inline void *famfs_page_var(struct page *page)
{
	return page;
}
#else
/* References are counted from 1, for each page by itself. */
static inline bool famfs_page_busy(struct page *page)
{
	return page_ref_count(page) != 1;
}

static inline void *famfs_page_var(struct page *page)
{
	return &page->_refcount;
}
#endif

/*
 * Set an entry of a page table that is empty, or differs in what the TLB may ignore.
 *
 * Pages with arm64's memory tags have to be looked after by a function that no module
 * can call.  Pages of a file are never mapped with tags: mmap(2) allows PROT_MTE for
 * anonymous memory and shmem alone.  Said here, that call is compiled away.
 */
static inline void famfs_set_pte(struct mm_struct *mm, unsigned long addr,
				 pte_t *ptep, pte_t pte)
{
#ifdef CONFIG_ARM64_MTE
	pte = __pte((pte_val(pte) & ~PTE_ATTRINDX_MASK) |
		    PTE_ATTRINDX(MT_NORMAL));
#endif
	set_pte_at(mm, addr, ptep, pte);
}

#endif /* _FAMFS_COMPAT_H */
