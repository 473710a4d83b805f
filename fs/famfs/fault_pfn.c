// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: mapping pages by their page frame number, and the record of it.
 *
 * fs-dax would keep an entry for what it maps and, for a huge page, write 512 page
 * structures.  Nobody reads those here: who has memory mapped is found by the owners
 * of the memory and the file's mappings.  Only the core's handling of failed memory
 * goes by entries, and gets them for as long as it runs.
 *
 * A page of a shared mapping is not referenced, its page table entry is a devmap one,
 * and struct page knows no file.  vmf_insert_pfn_pmd() maps huge pages; for small
 * ones the kernel exports nothing that makes an entry writable at once, so they are
 * written by apply_to_page_range().
 */
#include <linux/dax.h>
#include <linux/iomap.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/pfn.h>
#include <linux/pfn_t.h>
#include <linux/slab.h>
#include <linux/userfaultfd_k.h>
#include <linux/xarray.h>
#include "famfs.h"

/* From fs/dax.c of 4.20 to 6.15: an entry is its flags, none here, and the page. */
#define ENTRY_SHIFT 4

static unsigned long nr_units(struct inode *inode)
{
	return DIV_ROUND_UP_ULL(i_size_read(inode), FAMFS_ALLOC_UNIT);
}

/**
 * famfs_units_born() - get ready for famfs_units_open()
 * @inode: an inode that is being made
 */
void famfs_units_born(struct inode *inode)
{
}

/**
 * famfs_units_open() - keep entries of fs-dax, of which there are none, from who opens
 *	a file
 * @inode: a regular file
 * @file: the open file
 */
void famfs_units_open(struct inode *inode, struct file *file)
{
}

/**
 * famfs_units_mmap() - give a mapping the file that has the entries
 * @inode: a regular file
 * @vma: the mapping
 *
 * Return: 0.
 */
int famfs_units_mmap(struct inode *inode, struct vm_area_struct *vma)
{
	return 0;
}

/**
 * famfs_units_release() - undo famfs_units_mmap(), if it was called
 * @file: an open file that is being closed
 */
void famfs_units_release(struct file *file)
{
}

/**
 * famfs_units_lost() - what was stored to a file may be lost
 * @inode: a regular file
 */
void famfs_units_lost(struct inode *inode)
{
	mapping_set_error(inode->i_mapping, -EIO);
}

/**
 * famfs_units_init() - get ready for faults
 * @inode: a regular file with a map
 *
 * Context: May sleep.
 * Return: 0 or -ENOMEM.
 */
int famfs_units_init(struct inode *inode)
{
	struct famfs_inode *fi = FAMFS_I(inode);
	u8 *units;

	if (READ_ONCE(fi->units))
		return 0;
	units = kvzalloc(nr_units(inode), GFP_KERNEL_ACCOUNT);
	if (!units)
		return -ENOMEM;
	if (cmpxchg(&fi->units, NULL, units))
		kvfree(units);
	return 0;
}

/**
 * famfs_units_exit() - free what famfs_units_init() allocated, if it did
 * @inode: a regular file, being evicted
 *
 * Context: May sleep.
 */
void famfs_units_exit(struct inode *inode)
{
	kvfree(FAMFS_I(inode)->units);
	FAMFS_I(inode)->units = NULL;
}

static void set_state(struct famfs_inode *fi, unsigned long unit, u8 new)
{
	u8 old = fi->units[unit];

	if (~old & new & FAMFS_UNIT_STORED)
		atomic_long_inc(&fi->nr_stored);
	WRITE_ONCE(fi->units[unit], new);
	if (old & ~new & FAMFS_UNIT_STORED)
		atomic_long_dec(&fi->nr_stored);
}

static void for_pages(struct inode *inode, unsigned long unit,
		      void (*act)(struct page *page))
{
	struct famfs_device *device;
	struct famfs_range range;
	long found, i;
	pfn_t pfn;

	device = famfs_unit_resolve(inode, unit, &range);
	while (range.length) {
		found = famfs_device_access(device, device->start + range.addr,
					    PHYS_PFN(range.length), &pfn);
		if (found <= 0)
			return;
		found = min_t(long, found, PHYS_PFN(range.length));
		for (i = 0; i < found; i++)
			act(pfn_t_to_page(pfn) + i);
		range.addr += PFN_PHYS(found);
		range.length -= PFN_PHYS(found);
	}
}

/*
 * All pages of devices are reserved when they are made.  VFIO takes those for no memory,
 * and never drops what it has pinned of them.
 */
static void unreserve(struct page *page)
{
	if (PageReserved(page))
		ClearPageReserved(page);
}

/* Before the pages are mapped in @vma.  Under the lock of the units. */
static void note(const struct vm_area_struct *vma, struct inode *inode,
		 pgoff_t index, unsigned long nr, bool write)
{
	bool stores = write || famfs_stores_unseen(vma);
	u8 state = FAMFS_UNIT_MAPPED | (stores ? FAMFS_UNIT_STORED : 0);
	unsigned long last = famfs_unit_of(index + nr - 1);
	struct famfs_inode *fi = FAMFS_I(inode);
	unsigned long unit;

	for (unit = famfs_unit_of(index); unit <= last; unit++) {
		if (!fi->units[unit] && famfs_pins_long(inode->i_sb))
			for_pages(inode, unit, unreserve);
		if (state & ~fi->units[unit])
			set_state(fi, unit, fi->units[unit] | state);
	}
}

/**
 * famfs_unit_next() - look for a unit in a state
 * @inode: a regular file
 * @unit: first unit to look at; when one is found, that one
 * @last: last unit to look at; may be behind the file's last one
 * @state: the state
 *
 * Context: Any.  Without the unit's lock the answer may be old.
 * Return: whether there is one.
 */
bool famfs_unit_next(struct inode *inode, unsigned long *unit,
		     unsigned long last, enum famfs_unit_state state)
{
	struct famfs_inode *fi = FAMFS_I(inode);
	const u8 *units = READ_ONCE(fi->units);
	unsigned long i, end;

	if (!units ||
	    (state == FAMFS_UNIT_STORED && !atomic_long_read(&fi->nr_stored)))
		return false;
	end = min(nr_units(inode) - 1, last);
	for (i = *unit; i <= end; i++) {
		if (READ_ONCE(units[i]) & state) {
			*unit = i;
			return true;
		}
	}
	return false;
}

/**
 * famfs_unit_clean() - a unit is about to be written back
 * @inode: a regular file
 * @unit: a unit without a mapping
 *
 * Context: Under the unit's lock, or while the file is being evicted.
 */
void famfs_unit_clean(struct inode *inode, unsigned long unit)
{
	struct famfs_inode *fi = FAMFS_I(inode);

	set_state(fi, unit, fi->units[unit] & ~FAMFS_UNIT_STORED);
}

/**
 * famfs_unit_forget() - a unit becomes what it was before it was ever mapped
 * @inode: a regular file
 * @unit: a unit without a mapping, and without a page in use
 *
 * Context: Under the unit's lock, or while the file is being evicted.
 */
void famfs_unit_forget(struct inode *inode, unsigned long unit)
{
	set_state(FAMFS_I(inode), unit, 0);
}

/**
 * famfs_unit_detach() - let the file go although pages of a unit are in use
 * @inode: a regular file, being evicted
 * @unit: a unit without a mapping
 *
 * Pages know no file here: this is famfs_unit_forget().
 *
 * Context: May sleep.
 */
void famfs_unit_detach(struct inode *inode, unsigned long unit)
{
	famfs_unit_forget(inode, unit);
}

static void wait_for_lent(struct page *page)
{
	if (famfs_page_busy(page)) {
		lock_page(page);
		unlock_page(page);
	}
}

/**
 * famfs_unit_revoke() - take the mappings of a unit away for good
 * @inode: a regular file of which no fault is served any more
 * @unit: a unit that is FAMFS_UNIT_MAPPED
 *
 * Context: May sleep.  Under the unit's lock.
 */
void famfs_unit_revoke(struct inode *inode, unsigned long unit)
{
	/* The private mappings that are just being made have come into being then. */
	for_pages(inode, unit, wait_for_lent);
	unmap_mapping_pages(inode->i_mapping, famfs_unit_start(unit),
			    FAMFS_UNIT_PAGES, false);
}

/*
 * The core goes by an entry, which is in an address space of its own, with the mappings
 * of the file: cachestat(2) would take one in the file's for what page cache leaves
 * behind, and follow a pointer that it finds there.
 */
static int kill_procs(struct inode *inode, pgoff_t index, struct page *page,
		      const struct famfs_device *device, int mf_flags)
{
	struct address_space *mapping = inode->i_mapping;
	static struct lock_class_key key;
	struct address_space core = {};
	int err;

	address_space_init_once(&core);
	lockdep_set_class(&core.i_mmap_rwsem, &key);
	/* It has to be S_DAX, as files are not with pin=long. */
	core.host = dax_inode(device->dax_dev);
	xa_store_irq(&core.i_pages, index,
		     xa_mk_value(page_to_pfn(page) << ENTRY_SHIFT),
		     GFP_KERNEL | __GFP_NOFAIL);
	/* A private mapping that is just being made has come into being then. */
	lock_page(page);
	i_mmap_lock_read(mapping);
	core.i_mmap = mapping->i_mmap;
	err = mf_dax_kill_procs(&core, index, 1, mf_flags);
	i_mmap_unlock_read(mapping);
	unlock_page(page);
	xa_erase_irq(&core.i_pages, index);
	return err;
}

static int poison_page(struct inode *inode, pgoff_t index, int mf_flags)
{
	struct famfs_device *device;
	struct famfs_range range;
	pfn_t pfn;

	device = famfs_unit_resolve(inode, famfs_unit_of(index), &range);
	range.addr += PFN_PHYS(index % FAMFS_UNIT_PAGES);
	if (famfs_device_access(device, device->start + range.addr, 1, &pfn) != 1)
		return 0;	/* without it there is nobody to tell of it */
	return kill_procs(inode, index, pfn_t_to_page(pfn), device, mf_flags);
}

/**
 * famfs_unit_poison() - signal who has bad pages mapped
 * @inode: a regular file
 * @index: first bad page
 * @nr: number of bad pages, all in one unit, which is FAMFS_UNIT_MAPPED
 * @mf_flags: of the memory failure
 *
 * Context: May sleep.  Under the unit's lock.
 * Return: 0 or an errno of mf_dax_kill_procs().
 */
int famfs_unit_poison(struct inode *inode, pgoff_t index, unsigned long nr,
		      int mf_flags)
{
	int err = 0;

	for (; nr && !err; nr--)
		err = poison_page(inode, index++, mf_flags);
	return err;
}

/**
 * famfs_recover_pages() - make pages that were in use without a file usable
 * @device: their device
 * @addr: first byte
 * @length: bytes
 *
 * They know no file, and need nothing.
 */
void famfs_recover_pages(const struct famfs_device *device, u64 addr,
			 u64 length)
{
}

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
	found = famfs_access_pages(device->dax_dev,
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

static vm_fault_t map_huge(struct vm_fault *vmf, struct inode *inode,
			   bool write)
{
	pgoff_t first = round_down(vmf->pgoff, HPAGE_PMD_NR);
	pmd_t pmd = pmdp_get_lockless(vmf->pmd);
	unsigned long pfn;

	if (!huge_page_fits(vmf, inode, first))
		return VM_FAULT_FALLBACK;
	/* Small pages are mapped there, and stay as long as their mapping. */
	if (!pmd_none(pmd) && !pmd_leaf(pmd))
		return VM_FAULT_FALLBACK;
	if (find_pages(inode, first, HPAGE_PMD_NR, &pfn) ||
	    !IS_ALIGNED(pfn, HPAGE_PMD_NR))
		return VM_FAULT_FALLBACK;
	note(vmf->vma, inode, first, HPAGE_PMD_NR, write);
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
		return pte_mkyoung(pte_mkwrite_novma(pte_mkdirty(pte)));
	pte = pte_wrprotect(pte);
	return protect ? pte_mkuffd_wp(pte) : pte;
}

/*
 * On x86 a store that faults takes what forbade it out of the TLB.  Elsewhere, as on
 * arm64, that stays until the TLB is told, which a module can do only by unmapping.
 */
static const bool faults_reach_tlb = IS_ENABLED(CONFIG_X86);

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
	else if (faults_reach_tlb && pages->write &&
		 pte_present(old) && pte_pfn(old) == pfn &&
		 !(pte_write(old) && pte_dirty(old)) &&
		 (addr == pages->wanted || !userfaultfd_wp(pages->vma)))
		famfs_set_pte(pages->vma->vm_mm, addr, ptep,
			      pte_mkyoung(pte_mkwrite_novma(pte_mkdirty(old))));
	return 0;
}

/* The pages to map at once: all that unit, mapping and file have in common. */
static unsigned long pages_around(const struct vm_fault *vmf,
				  struct inode *inode, pgoff_t *first)
{
	struct vm_area_struct *vma = vmf->vma;
	pgoff_t start = round_down(vmf->pgoff, FAMFS_UNIT_PAGES);
	pgoff_t end = min3(start + FAMFS_UNIT_PAGES,
			   vma->vm_pgoff + vma_pages(vma),
			   (pgoff_t)PFN_UP(i_size_read(inode)));

	if (userfaultfd_wp(vma)) {
		*first = vmf->pgoff;
		return 1;
	}
	*first = max(start, vma->vm_pgoff);
	return end - *first;
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
	nr = pages_around(vmf, inode, &first);
	err = find_pages(inode, first, nr, &pages.pfn);
	if (err && nr > 1) {
		/* Some are bad, or lie elsewhere: others need not do without. */
		first = vmf->pgoff;
		nr = 1;
		err = find_pages(inode, first, nr, &pages.pfn);
	}
	if (err)
		return fault_error(err);
	note(vma, inode, first, nr, write);
	if (!faults_reach_tlb && (vmf->flags & FAULT_FLAG_MKWRITE))
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
 * the lock of the page until then.  Who acts on the page takes that, too.
 */
static vm_fault_t lend_page(struct vm_fault *vmf, struct inode *inode)
{
	struct page *page;
	unsigned long pfn;
	int err;

	err = find_pages(inode, vmf->pgoff, 1, &pfn);
	if (err)
		return fault_error(err);
	note(vmf->vma, inode, vmf->pgoff, 1, false);
	page = pfn_to_page(pfn);
	get_page(page);
	lock_page(page);
	/* The kernel would look for the file of one that is bad, and mapped. */
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
	if (order)
		return VM_FAULT_FALLBACK;
	if (vmf->pgoff >= PFN_UP(i_size_read(inode)))
		return VM_FAULT_SIGBUS;
	if (is_cow_mapping(vmf->vma->vm_flags))
		return lend_page(vmf, inode);
	return map_small(vmf, inode, write);
}
