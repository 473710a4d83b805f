// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of famfs: faults of two sizes that meet in one place.
 */
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/pgtable.h>
#include <linux/uaccess.h>
#include "fixture.h"

static const struct famfs_ioc_simple_extent layout[] = {
	{ 0, UNIT, 2 * UNIT },
};

#define SIZE (2 * UNIT)

static unsigned long map_file(struct kunit *test)
{
	struct fixture *fixture = test->priv;

	fixture_set_map(test, file_inode(fixture->file), layout,
			ARRAY_SIZE(layout));
	return fixture_map_file(test, SIZE);
}

static void store(struct kunit *test, unsigned long addr)
{
	KUNIT_EXPECT_EQ(test, put_user(1, (u8 __user *)addr), 0);
}

static pmd_t *pmd_of(unsigned long addr)
{
	pgd_t *pgd = pgd_offset(current->mm, addr);

	return pmd_offset(pud_offset(p4d_offset(pgd, addr), addr), addr);
}

/* A fault of a store that began before another one had mapped its place. */
static vm_fault_t late_fault(unsigned long addr, unsigned int order)
{
	struct vm_area_struct *vma;
	vm_fault_t ret;

	mmap_read_lock(current->mm);
	vma = vma_lookup(current->mm, addr);
	{
		struct vm_fault vmf = {
			.vma = vma,
			.address = addr,
			.real_address = addr,
			.pgoff = linear_page_index(vma, addr),
			.flags = FAULT_FLAG_WRITE,
			.pmd = pmd_of(addr),
		};

		ret = vma->vm_ops->huge_fault(&vmf, order);
	}
	mmap_read_unlock(current->mm);
	return ret;
}

static void a_huge_page_fits(struct kunit *test)
{
	unsigned long addr = map_file(test);

	store(test, addr);
	KUNIT_EXPECT_TRUE(test, pmd_leaf(*pmd_of(addr)));
	KUNIT_EXPECT_EQ(test, vm_munmap(addr, SIZE), 0);
}

static void a_small_page_does_not_replace_a_huge_one(struct kunit *test)
{
	unsigned long addr = map_file(test);

	store(test, addr);
	KUNIT_EXPECT_TRUE(test, late_fault(addr, 0) == VM_FAULT_NOPAGE);
	KUNIT_EXPECT_TRUE(test, pmd_leaf(*pmd_of(addr)));
	KUNIT_EXPECT_EQ(test, vm_munmap(addr, SIZE), 0);
}

static void a_huge_page_does_not_replace_small_ones(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	unsigned long addr = map_file(test);

	fixture->memory[0].most = 1;	/* as where a page of the unit is bad */
	store(test, addr);
	fixture->memory[0].most = 0;
	KUNIT_EXPECT_FALSE(test, pmd_leaf(*pmd_of(addr)));
	KUNIT_EXPECT_TRUE(test, late_fault(addr, PMD_ORDER) == VM_FAULT_FALLBACK);
	KUNIT_EXPECT_FALSE(test, pmd_leaf(*pmd_of(addr)));
	KUNIT_EXPECT_EQ(test, vm_munmap(addr, SIZE), 0);
}

/* As after this module was loaded anew: the kernel knows, and famfs does not. */
static void a_private_mapping_gets_no_page_that_is_bad(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	unsigned long addr;

	fixture_set_map(test, file_inode(fixture->file), layout,
			ARRAY_SIZE(layout));
	addr = kunit_vm_mmap(test, fixture->file, 0, SIZE,
			     PROT_READ | PROT_WRITE, MAP_PRIVATE, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(addr));
	fixture->memory[0].most = 1;	/* small pages */
	SetPageHWPoison(fixture_page(fixture, 0, UNIT + 4096));
	KUNIT_EXPECT_FALSE(test, fixture_load(addr + 4096));
	KUNIT_EXPECT_NE(test, put_user(1, (u8 __user *)addr + 4096), 0);
	KUNIT_EXPECT_TRUE(test, fixture_load(addr + 8192));
	KUNIT_EXPECT_EQ(test, put_user(1, (u8 __user *)addr + 8192), 0);
	KUNIT_EXPECT_EQ(test, vm_munmap(addr, SIZE), 0);
}

static struct kunit_case fault_cases[] = {
	KUNIT_CASE(a_huge_page_fits),
	KUNIT_CASE(a_small_page_does_not_replace_a_huge_one),
	KUNIT_CASE(a_huge_page_does_not_replace_small_ones),
	KUNIT_CASE(a_private_mapping_gets_no_page_that_is_bad),
	{}
};

static struct kunit_suite fault_suite = {
	.name = "famfs_fault",
	.init = fixture_init,
	.test_cases = fault_cases,
};

kunit_test_suite(fault_suite);
