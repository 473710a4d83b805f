// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: faults where pages are folios.
 *
 * famfs maps small pages by itself, all of a unit at once, and huge ones that fs-dax has
 * made the folio for.  All else is mapped by fs-dax: the first huge page of a unit, what a
 * private mapping copies, what userfaultfd protects, and pages of a device that has bad
 * ones or several physical ranges.
 */
#include <linux/dax.h>
#include <linux/iomap.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/userfaultfd_k.h>
#include <linux/xarray.h>
#include "access.h"

/*
 * With larger pages than 4 KiB a huge page has several units: to forget one would take
 * the folio of all, and of each page's references its first page has the number.
 */
#define HUGE_PAGE_IS_A_UNIT (HPAGE_PMD_NR == FAMFS_UNIT_PAGES)

/* Drivers refuse what goes beyond one of the device's physical ranges. */
static int cut_at_range(const struct famfs_device *device,
			const struct famfs_range *range, loff_t *length)
{
	u64 addr = device->start + range->addr;
	u64 start = round_down(addr, PAGE_SIZE);
	u64 bytes = PAGE_ALIGN(addr + *length) - start;
	long found = famfs_device_access(device, start, PHYS_PFN(bytes), NULL);

	if (found <= 0)
		return -EIO;
	*length = min_t(u64, *length, start + PFN_PHYS(found) - addr);
	return 0;
}

static int fault_iomap_begin(struct inode *inode, loff_t pos, loff_t length,
			     unsigned int flags, struct iomap *iomap,
			     struct iomap *srcmap)
{
	struct famfs_range range = {};
	struct famfs_device *device;
	s64 good;
	int err;

	err = famfs_fill_iomap(inode, pos, length, iomap, &range);
	if (err)
		return err;
	device = &famfs_devices(inode->i_sb)->device[range.dev];
	famfs_unit_dissolve(device, range.addr);
	length = min_t(u64, length, iomap->length);
	if (device->split) {
		err = cut_at_range(device, &range, &length);
		if (err)
			return err;
		iomap->length = length;
	}
	good = famfs_poison_limit(device, range.addr, length, flags);
	if (good < 0)
		return good;
	if (good < length)
		iomap->length = good;
	iomap->dax_dev = device->dax_dev;
	iomap->addr += device->start;
	return 0;
}

static const struct iomap_ops fault_iomap_ops = {
	.iomap_begin = fault_iomap_begin,
};

/*
 * fs-dax never makes one folio of many: forget small pages that nobody maps any more, or
 * the place would be mapped by those for as long as the file lives.
 */
static bool has_small(struct inode *inode, unsigned long unit)
{
	if (!famfs_unit_is(inode, unit, FAMFS_UNIT_MAPPED) ||
	    !famfs_unit_is_small(inode, unit))
		return false;
	if (famfs_unit_busy(inode, unit))
		return true;
	famfs_unit_retire(inode, unit);
	return false;
}

/*
 * Is there room for a huge page, in the mapping and in the file, which may have less
 * than its map, and nothing small in its place?
 */
static bool huge_page_fits(const struct vm_fault *vmf, struct inode *inode)
{
	const struct vm_area_struct *vma = vmf->vma;
	unsigned long start = vmf->address & HPAGE_PMD_MASK;
	pmd_t pmd = pmdp_get_lockless(vmf->pmd);

	/* What is stored to a private mapping goes to a copy of a small page. */
	return ((vma->vm_flags & VM_SHARED) ||
		!(vmf->flags & FAULT_FLAG_WRITE)) &&
	       (vmf->pgoff ^ vmf->address >> PAGE_SHIFT) % HPAGE_PMD_NR == 0 &&
	       start >= vma->vm_start &&
	       start + HPAGE_PMD_SIZE <= vma->vm_end &&
	       round_down(vmf->pgoff, HPAGE_PMD_NR) + HPAGE_PMD_NR <=
	       PFN_UP(i_size_read(inode)) &&
	       (pmd_none(pmd) || pmd_leaf(pmd));
}

/* The page's folio, if that is the file's. */
static struct folio *known_folio(const struct inode *inode, struct page *page)
{
	struct folio *folio = page_folio(page);

	return folio->mapping == inode->i_mapping ? folio : NULL;
}

/*
 * Map a folio that is there already.  fs-dax does the same in the end, after it has
 * looked for the memory anew, and locked and replaced the entry.
 */
static bool map_huge(struct vm_fault *vmf, struct inode *inode, bool write,
		     vm_fault_t *ret)
{
	unsigned long unit = famfs_unit_of(vmf->pgoff);
	unsigned long pfn = famfs_unit_pages(inode, unit, true);
	struct folio *folio;

	folio = pfn ? known_folio(inode, pfn_to_page(pfn)) : NULL;
	if (!folio)
		return false;
	if (write)
		famfs_unit_note(inode, unit, FAMFS_UNIT_STORED);
	/* vmf_insert_folio_pmd() wants a folio that has a reference. */
	folio_ref_inc(folio);
	*ret = vmf_insert_folio_pmd(vmf, folio, write);
	folio_put(folio);
	return true;
}

static vm_fault_t map_page(struct vm_fault *vmf, struct folio *folio,
			   struct page *page, bool write)
{
	vm_fault_t ret;

	folio_ref_inc(folio);	/* as for vmf_insert_folio_pmd() */
	ret = vmf_insert_page_mkwrite(vmf, page, write);
	folio_put(folio);
	return ret;
}

/**
 * struct small_pages - pages that one fault maps
 * @vmf: the fault
 * @pfn: the first one
 * @index: where that is in the file
 * @nr: how many
 * @empty: a bit for each: nothing is mapped there
 */
struct small_pages {
	const struct vm_fault *vmf;
	unsigned long pfn;
	pgoff_t index;
	unsigned long nr;
	DECLARE_BITMAP(empty, FAMFS_UNIT_PAGES);
};

static unsigned long address_of(const struct small_pages *pages,
				unsigned long i)
{
	const struct vm_fault *vmf = pages->vmf;

	return (vmf->address & PAGE_MASK) +
	       PFN_PHYS(pages->index + i - vmf->pgoff);
}

static int note_empty(pte_t *ptep, unsigned long addr, void *data)
{
	struct small_pages *pages = data;

	if (pte_none(ptep_get(ptep)))
		__set_bit(PHYS_PFN(addr - address_of(pages, 0)), pages->empty);
	return 0;
}

static int let_store(pte_t *ptep, unsigned long addr, void *data)
{
	const struct small_pages *pages = data;
	unsigned long pfn = pages->pfn + PHYS_PFN(addr - address_of(pages, 0));
	pte_t pte = ptep_get(ptep);

	if (pte_present(pte) && pte_pfn(pte) == pfn)
		famfs_let_store(pages->vmf->vma->vm_mm, addr, ptep);
	return 0;
}

static int for_entries(struct small_pages *pages, pte_fn_t act)
{
	return apply_to_page_range(pages->vmf->vma->vm_mm, address_of(pages, 0),
				   PFN_PHYS(pages->nr), act, pages);
}

/* What somebody else puts there meanwhile stays, be it a marker. */
static vm_fault_t map_empty(const struct small_pages *pages, struct inode *inode)
{
	const struct vm_fault *vmf = pages->vmf;
	vm_fault_t ret = VM_FAULT_NOPAGE, mapped;
	struct folio *folio;
	struct page *page;
	unsigned long i;

	for_each_set_bit(i, pages->empty, pages->nr) {
		struct vm_fault each = {
			.vma = vmf->vma,
			.gfp_mask = vmf->gfp_mask,
			.pgoff = pages->index + i,
			.address = address_of(pages, i),
			.flags = vmf->flags,
			.pmd = vmf->pmd,
		};

		page = pfn_to_page(pages->pfn + i);
		folio = known_folio(inode, page);
		mapped = folio ? map_page(&each, folio, page, false) :
				 VM_FAULT_NOPAGE;
		if (each.pgoff == vmf->pgoff)
			ret = mapped;
	}
	return ret;
}

/*
 * The folio of the page that is wanted, if it is the file's, and the first page of its
 * unit.  A fault of a private mapping may have left an entry, and pages that no file has.
 */
static struct folio *find_small(struct inode *inode, pgoff_t index,
				unsigned long *pfn)
{
	unsigned long unit = famfs_unit_of(index);
	unsigned long i = index - famfs_unit_start(unit);
	struct folio *folio;

	*pfn = famfs_unit_pages(inode, unit, false);
	if (!*pfn)
		return NULL;
	folio = known_folio(inode, pfn_to_page(*pfn + i));
	if (folio || famfs_unit_busy(inode, unit))
		return folio;
	famfs_unit_retire(inode, unit);
	*pfn = famfs_unit_pages(inode, unit, false);
	return *pfn ? known_folio(inode, pfn_to_page(*pfn + i)) : NULL;
}

/* Others may have taken the page table away meanwhile: then the fault comes again. */
static vm_fault_t no_entries(const struct vm_fault *vmf)
{
	return pmd_none(pmdp_get_lockless(vmf->pmd)) ? VM_FAULT_NOPAGE :
						       VM_FAULT_OOM;
}

/* Map all that unit, mapping and file have in common. */
static bool map_small(struct vm_fault *vmf, struct inode *inode, bool write,
		      vm_fault_t *ret)
{
	unsigned long unit = famfs_unit_of(vmf->pgoff);
	struct small_pages pages = { .vmf = vmf };
	pgoff_t start = famfs_unit_start(unit);
	struct folio *folio;

	if (vmf->cow_page || userfaultfd_wp(vmf->vma) ||
	    pmd_leaf(pmdp_get_lockless(vmf->pmd)))
		return false;
	folio = find_small(inode, vmf->pgoff, &pages.pfn);
	if (!folio)
		return false;
	if (write)
		famfs_unit_note(inode, unit, FAMFS_UNIT_STORED);
	if (write && !FAMFS_FAULTS_REACH_TLB) {
		*ret = map_page(vmf, folio, pfn_to_page(pages.pfn + vmf->pgoff -
							start), true);
		return true;
	}
	pages.nr = famfs_pages_around(vmf, inode, &pages.index);
	pages.pfn += pages.index - start;
	if (for_entries(&pages, note_empty)) {
		*ret = no_entries(vmf);
		return true;
	}
	*ret = map_empty(&pages, inode);
	if (write && for_entries(&pages, let_store))
		*ret = no_entries(vmf);
	return true;
}

/**
 * struct marked_page - a page that userfaultfd may have left a marker for
 * @mm: the address space
 * @marked: it did
 */
struct marked_page {
	struct mm_struct *mm;
	bool marked;
};

static int take_marker(pte_t *ptep, unsigned long addr, void *data)
{
	struct marked_page *page = data;

	page->marked = pte_is_uffd_wp_marker(ptep_get(ptep));
	if (page->marked)
		pte_clear(page->mm, addr, ptep);
	return 0;
}

static int protect_page(pte_t *ptep, unsigned long addr, void *data)
{
	struct marked_page *page = data;
	pte_t pte = ptep_get(ptep);

	if (pte_present(pte) && !pte_write(pte))
		famfs_set_pte(page->mm, addr, ptep, pte_mkuffd_wp(pte));
	return 0;
}

/*
 * userfaultfd leaves a marker where nothing is mapped yet, and fs-dax cannot map a
 * page in its place.  What is only loaded stays protected.
 */
static vm_fault_t fault_at_marker(struct vm_fault *vmf, bool write)
{
	struct marked_page page = { .mm = vmf->vma->vm_mm };
	unsigned long addr = vmf->address & PAGE_MASK;
	unsigned long pfn;
	vm_fault_t ret;

	if (pmd_leaf(pmdp_get_lockless(vmf->pmd)))
		return VM_FAULT_NOPAGE;
	if (apply_to_page_range(page.mm, addr, PAGE_SIZE, take_marker, &page))
		return VM_FAULT_OOM;
	ret = dax_iomap_fault(vmf, 0, &pfn, NULL, &fault_iomap_ops);
	if (page.marked && !write && ret == VM_FAULT_NOPAGE &&
	    apply_to_page_range(page.mm, addr, PAGE_SIZE, protect_page, &page))
		ret = VM_FAULT_OOM;
	return ret;
}

/*
 * Let fs-dax map.  It may leave an entry even where it comes to nothing; and who stores
 * by what it maps must find that noted.
 */
static vm_fault_t map_by_fs_dax(struct vm_fault *vmf, struct inode *inode,
				unsigned int order, bool write)
{
	unsigned long unit = famfs_unit_of(vmf->pgoff), pfn;
	bool clean = !famfs_unit_is(inode, unit, FAMFS_UNIT_STORED);
	vm_fault_t ret;
	int err;

	err = famfs_unit_enter(inode, unit, GFP_KERNEL);
	if (err)
		return vmf_error(err);
	famfs_unit_note(inode, unit, FAMFS_UNIT_MAPPED);
	if (write)
		famfs_unit_note(inode, unit, FAMFS_UNIT_STORED);
	if (!order && !vmf->cow_page && userfaultfd_wp(vmf->vma))
		ret = fault_at_marker(vmf, write);
	else
		ret = dax_iomap_fault(vmf, order, &pfn, NULL, &fault_iomap_ops);
	/* Else what is stored to a page that is bad would count as lost. */
	if (write && clean && (ret & VM_FAULT_ERROR))
		famfs_unit_clear(inode, unit, FAMFS_UNIT_STORED);
	return ret;
}

/**
 * famfs_map_fault() - serve a fault
 * @vmf: the fault
 * @inode: the file
 * @order: of the page that is wanted
 * @write: it is a store to a shared mapping
 *
 * Context: May sleep.  Under the unit's lock; no device of the mount is gone.
 * Return: as vm_operations_struct.huge_fault.
 */
vm_fault_t famfs_map_fault(struct vm_fault *vmf, struct inode *inode,
			   unsigned int order, bool write)
{
	vm_fault_t ret;

	if (vmf->pgoff >= PFN_UP(i_size_read(inode)))
		return VM_FAULT_SIGBUS;
	if (order) {
		if (order != PMD_ORDER || !HUGE_PAGE_IS_A_UNIT ||
		    !huge_page_fits(vmf, inode))
			return VM_FAULT_FALLBACK;
		if (map_huge(vmf, inode, write, &ret))
			return ret;
		if (has_small(inode, famfs_unit_of(vmf->pgoff)))
			return VM_FAULT_FALLBACK;
	} else if (map_small(vmf, inode, write, &ret)) {
		return ret;
	}
	return map_by_fs_dax(vmf, inode, order, write);
}
