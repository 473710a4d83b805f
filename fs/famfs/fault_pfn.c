// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: mapping pages by their page frame number.
 *
 * fs-dax would keep an entry for what it maps and, for a huge page, write 512 page
 * structures each time.  Here that is done once in a mount, see units_pfn.c: who has
 * memory mapped is found by the owners of the memory and the file's mappings, and what
 * is mapped is in units.c.
 *
 * A page of a shared mapping is not referenced, and its page table entry is a devmap
 * one.  vmf_insert_pfn_pmd() maps huge pages; for small ones the kernel exports nothing
 * that makes an entry writable at once, so they are written by apply_to_page_range().
 */
#include <linux/dax.h>
#include <linux/iomap.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/pfn.h>
#include <linux/pfn_t.h>
#include <linux/userfaultfd_k.h>
#include "access.h"

/* Ask the driver for pages: all of them have to be there, and good. */
static int ask_pages(struct famfs_device *device,
		     const struct famfs_range *range, unsigned long nr,
		     unsigned long *pfn)
{
	s64 good = famfs_poison_limit(device, range->addr, PFN_PHYS(nr),
				      IOMAP_FAULT);
	pfn_t first;
	long found;

	if (good < 0)
		return good;
	found = famfs_access_pages(device,
				   PHYS_PFN(device->start + range->addr), nr,
				   DAX_ACCESS, &first);
	if (found < 0)
		return found;
	if (good < PFN_PHYS(nr) || found < nr || !pfn_t_devmap(first))
		return -EIO;
	*pfn = pfn_t_to_pfn(first);
	return 0;
}

/* Find pages of a file, if they are there in one piece, and good. */
static int find_pages(struct inode *inode, pgoff_t index, unsigned long nr,
		      unsigned long *pfn)
{
	struct famfs_device *device;
	struct famfs_range range;
	unsigned long first;
	int err;

	err = famfs_resolve(inode, PFN_PHYS((u64)index), PFN_PHYS(nr), &range);
	if (err)
		return err;
	/* The last byte of the file may be anywhere in its last page. */
	if (PAGE_ALIGN(range.length) != PFN_PHYS(nr))
		return -EIO;
	device = &famfs_devices(inode->i_sb)->device[range.dev];
	first = READ_ONCE(device->first);
	if (unlikely(!first))
		return ask_pages(device, &range, nr, pfn);
	*pfn = first + PHYS_PFN(range.addr);
	return 0;
}

static vm_fault_t fault_error(int err)
{
	if (err == -EHWPOISON)
		return VM_FAULT_HWPOISON;
	return err == -ENOMEM ? VM_FAULT_OOM : VM_FAULT_SIGBUS;
}

/* Is there room for a huge page, in the mapping and in the file? */
static bool huge_page_fits(const struct vm_fault *vmf, struct inode *inode,
			   pgoff_t first)
{
	const struct vm_area_struct *vma = vmf->vma;
	unsigned long start = vmf->address & HPAGE_PMD_MASK;

	if ((vmf->flags & FAULT_FLAG_WRITE) && !(vma->vm_flags & VM_SHARED))
		return false;
	return (vmf->pgoff ^ vmf->address >> PAGE_SHIFT) % HPAGE_PMD_NR == 0 &&
	       start >= vma->vm_start &&
	       start + HPAGE_PMD_SIZE <= vma->vm_end &&
	       PFN_PHYS((u64)first + HPAGE_PMD_NR) <= i_size_read(inode);
}

/* Note that pages of one unit are about to be mapped. */
static void note_pages(const struct vm_fault *vmf, struct inode *inode,
		       pgoff_t first, unsigned long pfn, bool write)
{
	unsigned long unit = famfs_unit_of(first);

	if (!famfs_unit_is(inode, unit, FAMFS_UNIT_MAPPED)) {
		famfs_unit_prepare(inode, unit, pfn_to_page(pfn));
		famfs_unit_note(inode, unit, FAMFS_UNIT_MAPPED);
	}
	if (write || famfs_stores_unseen(vmf->vma))
		famfs_unit_note(inode, unit, FAMFS_UNIT_STORED);
}

static vm_fault_t map_huge(struct vm_fault *vmf, struct inode *inode,
			   bool write)
{
	pgoff_t first = round_down(vmf->pgoff, HPAGE_PMD_NR);
	pmd_t pmd = pmdp_get_lockless(vmf->pmd);
	unsigned long pfn;

	if (!huge_page_fits(vmf, inode, first))
		return VM_FAULT_FALLBACK;
	/* Who pins a private page for long must get a copy: the kernel asks for small ones. */
	if (famfs_pins_long(inode->i_sb) && is_cow_mapping(vmf->vma->vm_flags))
		return VM_FAULT_FALLBACK;
	/* Small pages are mapped there, and stay as long as their mapping. */
	if (!pmd_none(pmd) && !pmd_leaf(pmd))
		return VM_FAULT_FALLBACK;
	if (find_pages(inode, first, HPAGE_PMD_NR, &pfn) ||
	    !IS_ALIGNED(pfn, HPAGE_PMD_NR))
		return VM_FAULT_FALLBACK;
	note_pages(vmf, inode, first, pfn, write);
	return vmf_insert_pfn_pmd(vmf, __pfn_to_pfn_t(pfn, PFN_DEV | PFN_MAP),
				  write);
}

/**
 * struct small_pages - pages that one fault maps
 * @vma: where to
 * @pfn: the first one
 * @addr: where that goes, as all others follow
 * @wanted: address of the page that the fault is about
 * @write: it is a store to a shared mapping
 */
struct small_pages {
	struct vm_area_struct *vma;
	unsigned long pfn;
	unsigned long addr;
	unsigned long wanted;
	bool write;
};

static pte_t new_entry(const struct small_pages *pages, unsigned long pfn,
		       bool protect)
{
	pte_t pte = pte_mkdevmap(pfn_pte(pfn, pages->vma->vm_page_prot));

	if (pages->write)
		return pte_mkyoung(pte_mkdirty(pte_mkwrite_novma(pte)));
	pte = pte_wrprotect(pte);
	return protect ? pte_mkuffd_wp(pte) : pte;
}

/*
 * One entry of a page table, which is locked.  What is there already stays, but for
 * the page that was wanted, which becomes writable, or replaces the marker that
 * userfaultfd left in its place.
 */
static int set_entry(pte_t *ptep, unsigned long addr, void *data)
{
	const struct small_pages *pages = data;
	unsigned long pfn = pages->pfn + PHYS_PFN(addr - pages->addr);
	pte_t old = ptep_get(ptep);
	bool marked = addr == pages->wanted && pte_marker_uffd_wp(old);

	if (pte_none(old) || marked)
		famfs_set_pte(pages->vma->vm_mm, addr, ptep,
			      new_entry(pages, pfn, marked));
	else if (FAMFS_FAULTS_REACH_TLB && pages->write &&
		 pte_present(old) && pte_pfn(old) == pfn &&
		 !userfaultfd_pte_wp(pages->vma, old) &&
		 (addr == pages->wanted || !userfaultfd_wp(pages->vma)))
		famfs_let_store(pages->vma->vm_mm, addr, ptep);
	return 0;
}

static vm_fault_t map_small(struct vm_fault *vmf, struct inode *inode,
			    bool write)
{
	struct vm_area_struct *vma = vmf->vma;
	struct small_pages pages = {
		.vma = vma,
		.wanted = vmf->address & PAGE_MASK,
		.write = write,
	};
	unsigned long nr;
	pgoff_t first;
	int err;

	/* It was mapped by a huge page meanwhile; there is no page table. */
	if (pmd_leaf(pmdp_get_lockless(vmf->pmd)))
		return VM_FAULT_NOPAGE;
	nr = famfs_pages_around(vmf, inode, &first);
	err = find_pages(inode, first, nr, &pages.pfn);
	if (err && nr > 1) {
		/* Some are bad, or lie elsewhere: others need not do without. */
		first = vmf->pgoff;
		nr = 1;
		err = find_pages(inode, first, nr, &pages.pfn);
	}
	if (err)
		return fault_error(err);
	note_pages(vmf, inode, first, pages.pfn, write);
	if (!FAMFS_FAULTS_REACH_TLB && (vmf->flags & FAULT_FLAG_MKWRITE))
		unmap_mapping_pages(inode->i_mapping, first, nr, false);
	pages.addr = vma->vm_start + PFN_PHYS(first - vma->vm_pgoff);
	err = apply_to_page_range(vma->vm_mm, pages.addr, PFN_PHYS(nr),
				  set_entry, &pages);
	return err ? fault_error(err) : VM_FAULT_NOPAGE;
}

/*
 * A private mapping gets its pages as page cache is mapped, with a reference each: the
 * kernel may have to copy one on behalf of another process, and for a page that it
 * knows by number alone it copies from the address space that is current.
 *
 * The kernel maps or copies the page after the unit's lock is given back, and holds
 * the lock of the page until then.  Who acts on the page takes that, too.  It also is
 * taken to mark a page bad, and one that was bad before famfs had it is not lent: the
 * kernel would look for it in the page cache.
 */
static vm_fault_t lend_page(struct vm_fault *vmf, struct inode *inode)
{
	struct page *page;
	unsigned long pfn;
	int err;

	err = find_pages(inode, vmf->pgoff, 1, &pfn);
	if (err)
		return fault_error(err);
	note_pages(vmf, inode, vmf->pgoff, pfn, false);
	page = pfn_to_page(pfn);
	get_page(page);
	lock_page(page);
	if (PageHWPoison(page)) {
		unlock_page(page);
		put_page(page);
		return VM_FAULT_HWPOISON;
	}
	vmf->page = page;
	return VM_FAULT_LOCKED;
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
	if (order == PMD_ORDER)
		return map_huge(vmf, inode, write);
	/* Of a page of 1 GiB the kernel counts references on the wrong pages. */
	if (order)
		return VM_FAULT_FALLBACK;
	if (vmf->pgoff >= PFN_UP(i_size_read(inode)))
		return VM_FAULT_SIGBUS;
	if (is_cow_mapping(vmf->vma->vm_flags))
		return lend_page(vmf, inode);
	return map_small(vmf, inode, write);
}
