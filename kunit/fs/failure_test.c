// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of famfs: poisoned memory, and a device that goes away.
 */
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include "fixture.h"

/* The file: the third unit of the second device, then the first's second. */
static const struct famfs_ioc_simple_extent layout[] = {
	{ 1, 2 * UNIT, UNIT },
	{ 0, UNIT, UNIT },
};

#define SIZE (2 * UNIT)

static struct inode *file_with_map(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	struct inode *inode = file_inode(fixture->file);

	fixture_set_map(test, inode, layout, ARRAY_SIZE(layout));
	return inode;
}

static int fail(struct kunit *test, u32 dev, u64 offset, u64 length, int flags)
{
	struct fixture *fixture = test->priv;

	return famfs_failure_handle(&fixture->devices->device[dev], offset,
				    length, flags);
}

/* A store by user space; whether it got through. */
static bool store(unsigned long addr, u8 value)
{
	return !put_user(value, (u8 __user *)addr);
}

/* Whether this process, which is a kernel thread, was sent a SIGBUS. */
static bool got_sigbus(void)
{
	bool got = sigismember(&current->pending.signal, SIGBUS) ||
		   sigismember(&current->signal->shared_pending.signal, SIGBUS);

	flush_signals(current);
	return got;
}

static bool is_poisoned(struct kunit *test, u32 dev, u64 addr)
{
	return PageHWPoison(fixture_page(test->priv, dev, addr));
}

/* How often the devices were asked where their memory is. */
static int nr_accesses(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	int i, nr = 0;

	for (i = 0; i < FIXTURE_DEVICES; i++)
		nr += atomic_read(&fixture->memory[i].nr_accesses);
	return nr;
}

static void who_has_a_failed_page_mapped_is_told(struct kunit *test)
{
	unsigned long addr;

	file_with_map(test);
	addr = fixture_map_file(test, SIZE);
	KUNIT_EXPECT_TRUE(test, store(addr + 8192, 1));
	KUNIT_EXPECT_FALSE(test, got_sigbus());
	KUNIT_EXPECT_EQ(test, fail(test, 1, 2 * UNIT + 8192, 4096, 0), 0);
	KUNIT_EXPECT_TRUE(test, got_sigbus());
	KUNIT_EXPECT_TRUE(test, is_poisoned(test, 1, 2 * UNIT + 8192));
	KUNIT_EXPECT_FALSE(test, is_poisoned(test, 1, 2 * UNIT));
	KUNIT_EXPECT_EQ(test, vm_munmap(addr, SIZE), 0);
}

static void a_failed_page_is_unmapped(struct kunit *test)
{
	unsigned long addr;
	int before;

	file_with_map(test);
	addr = fixture_map_file(test, SIZE);
	KUNIT_EXPECT_TRUE(test, store(addr, 1));
	before = nr_accesses(test);
	KUNIT_EXPECT_TRUE(test, store(addr, 2));
	KUNIT_EXPECT_EQ(test, nr_accesses(test), before);
	KUNIT_EXPECT_EQ(test, fail(test, 1, 2 * UNIT, 4096, 0), 0);
	got_sigbus();
	/* It faults again; a real device would refuse the page then. */
	KUNIT_EXPECT_TRUE(test, store(addr, 3));
	KUNIT_EXPECT_GT(test, nr_accesses(test), before);
	KUNIT_EXPECT_EQ(test, vm_munmap(addr, SIZE), 0);
}

static void a_failure_beside_a_file_is_not_its_own(struct kunit *test)
{
	unsigned long addr;
	int before;

	file_with_map(test);
	addr = fixture_map_file(test, SIZE);
	KUNIT_EXPECT_TRUE(test, store(addr, 1));
	KUNIT_EXPECT_TRUE(test, store(addr + UNIT, 1));
	before = nr_accesses(test);
	KUNIT_EXPECT_EQ(test, fail(test, 1, UNIT, UNIT, 0), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, fail(test, 0, 2 * UNIT, UNIT, 0), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, fail(test, 0, 0, UNIT, 0), -EOPNOTSUPP);
	KUNIT_EXPECT_FALSE(test, got_sigbus());
	KUNIT_EXPECT_TRUE(test, store(addr, 2));
	KUNIT_EXPECT_TRUE(test, store(addr + UNIT, 2));
	KUNIT_EXPECT_EQ(test, nr_accesses(test), before);
	KUNIT_EXPECT_EQ(test, vm_munmap(addr, SIZE), 0);
}

static void a_failure_finds_the_file_on_its_device(struct kunit *test)
{
	unsigned long addr;

	file_with_map(test);
	addr = fixture_map_file(test, SIZE);
	KUNIT_EXPECT_TRUE(test, store(addr, 1));
	KUNIT_EXPECT_TRUE(test, store(addr + UNIT, 1));
	KUNIT_EXPECT_EQ(test, fail(test, 0, UNIT + 4096, 4096, 0), 0);
	KUNIT_EXPECT_TRUE(test, got_sigbus());
	KUNIT_EXPECT_TRUE(test, is_poisoned(test, 0, UNIT + 4096));
	KUNIT_EXPECT_FALSE(test, is_poisoned(test, 1, 2 * UNIT));
	KUNIT_EXPECT_EQ(test, vm_munmap(addr, SIZE), 0);
}

static void a_file_that_nobody_maps_has_nobody_to_tell(struct kunit *test)
{
	file_with_map(test);
	KUNIT_EXPECT_EQ(test, fail(test, 1, 2 * UNIT, 4096, 0), 0);
	KUNIT_EXPECT_FALSE(test, got_sigbus());
}

/* Where a partition starts, its dax device has gone on for a while. */
static void a_failure_before_the_start_of_a_device_is_nobodys(struct kunit *test)
{
	struct fixture *fixture = test->priv;

	file_with_map(test);
	fixture->devices->device[0].start = UNIT;
	KUNIT_EXPECT_EQ(test, fail(test, 0, UNIT, UNIT, 0), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, fail(test, 0, 2 * UNIT, UNIT, 0), 0);
	fixture->devices->device[0].start = 0;
}

static void after_removal_no_page_is_in_use(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	struct inode *inode = file_with_map(test);
	unsigned long addr = fixture_map_file(test, SIZE);
	unsigned long unit = 0;
	u64 pos;

	for (pos = 0; pos < SIZE; pos += UNIT / 4)
		KUNIT_EXPECT_TRUE(test, store(addr + pos, 1));
	KUNIT_EXPECT_TRUE(test, famfs_unit_next(inode, &unit, ULONG_MAX,
						FAMFS_UNIT_STORED));
	KUNIT_EXPECT_EQ(test, unit, 0);
	KUNIT_EXPECT_EQ(test,
			fail(test, 1, 0, U64_MAX, MF_MEM_PRE_REMOVE), 0);
	/* The first unit is on that device, the second on the one that stays. */
	KUNIT_EXPECT_TRUE(test, famfs_unit_next(inode, &unit, ULONG_MAX,
						FAMFS_UNIT_MAPPED));
	KUNIT_EXPECT_EQ(test, unit, 1);
	for (pos = 0; pos < UNIT; pos += PAGE_SIZE)
		KUNIT_EXPECT_NULL(test,
				  fixture_page(fixture, 1, layout[0].offset +
					       pos)->mapping);
	KUNIT_EXPECT_EQ(test, vm_munmap(addr, SIZE), 0);
}

static void after_removal_there_is_no_access(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	unsigned long addr;
	loff_t pos = 0;
	char byte;

	file_with_map(test);
	addr = fixture_map_file(test, SIZE);
	KUNIT_EXPECT_TRUE(test, store(addr, 1));
	KUNIT_EXPECT_TRUE(test, store(addr + UNIT, 1));
	KUNIT_EXPECT_EQ(test,
			fail(test, 1, 0, U64_MAX, MF_MEM_PRE_REMOVE), 0);
	KUNIT_EXPECT_FALSE(test, store(addr, 2));
	/* Nor to what the file has on the device that stays. */
	KUNIT_EXPECT_FALSE(test, store(addr + UNIT, 2));
	KUNIT_EXPECT_EQ(test, kernel_read(fixture->file, &byte, 1, &pos), -EIO);
	KUNIT_EXPECT_EQ(test, vm_munmap(addr, SIZE), 0);
}

/* Nor is what a file has left to the kernel's own way with failed pages. */
static void after_umount_began_nobody_is_told(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	unsigned long addr;

	file_with_map(test);
	addr = fixture_map_file(test, SIZE);
	KUNIT_EXPECT_TRUE(test, store(addr, 1));
	famfs_failure_unmount(fixture->devices);
	KUNIT_EXPECT_EQ(test, fail(test, 1, 2 * UNIT, 4096, 0), 0);
	KUNIT_EXPECT_FALSE(test, got_sigbus());
	KUNIT_EXPECT_EQ(test, fail(test, 1, 0, 4096, 0), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, vm_munmap(addr, SIZE), 0);
}

static struct kunit_case failure_cases[] = {
	KUNIT_CASE(who_has_a_failed_page_mapped_is_told),
	KUNIT_CASE(a_failed_page_is_unmapped),
	KUNIT_CASE(a_failure_beside_a_file_is_not_its_own),
	KUNIT_CASE(a_failure_finds_the_file_on_its_device),
	KUNIT_CASE(a_file_that_nobody_maps_has_nobody_to_tell),
	KUNIT_CASE(a_failure_before_the_start_of_a_device_is_nobodys),
	KUNIT_CASE(after_removal_no_page_is_in_use),
	KUNIT_CASE(after_removal_there_is_no_access),
	KUNIT_CASE(after_umount_began_nobody_is_told),
	{}
};

static struct kunit_suite failure_suite = {
	.name = "famfs_failure",
	.init = fixture_init,
	.test_cases = failure_cases,
};

kunit_test_suite(failure_suite);
