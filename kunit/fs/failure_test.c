// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of famfs: poisoned memory, and a device that goes away.
 */
#include <kunit/test-bug.h>
#include <linux/iomap.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <linux/wait_bit.h>
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
	KUNIT_EXPECT_EQ(test, fail(test, 1, UNIT, UNIT, 0), -EBUSY);
	KUNIT_EXPECT_EQ(test, fail(test, 0, 2 * UNIT, UNIT, 0), -EBUSY);
	KUNIT_EXPECT_EQ(test, fail(test, 0, 0, UNIT, 0), -EBUSY);
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
	KUNIT_EXPECT_EQ(test, fail(test, 0, 0, UNIT, 0), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, fail(test, 0, UNIT, UNIT, 0), -EBUSY);
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

/* A store would have been written back, and unmapped for that. */
static void after_removal_what_was_only_loaded_is_unmapped(struct kunit *test)
{
	unsigned long addr;

	file_with_map(test);
	addr = fixture_map_file(test, SIZE);
	KUNIT_EXPECT_TRUE(test, fixture_load(addr));
	KUNIT_EXPECT_EQ(test,
			fail(test, 1, 0, U64_MAX, MF_MEM_PRE_REMOVE), 0);
	KUNIT_EXPECT_FALSE(test, fixture_load(addr));
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
	KUNIT_EXPECT_EQ(test, fail(test, 1, 0, 4096, 0), -EBUSY);
	KUNIT_EXPECT_EQ(test, vm_munmap(addr, SIZE), 0);
}

#define BAD (2 * UNIT + 8192)	/* on the second device; in the file 8192 */

/**
 * struct handler - a failure of the second device that another thread handles
 * @job: its handling
 * @offset: first byte that failed
 * @length: bytes
 * @flags: of the memory failure
 * @lock: of the unit that the case is about
 * @waited: the handling had to wait for @lock
 */
struct handler {
	struct fixture_job job;
	u64 offset;
	u64 length;
	int flags;
	struct mutex *lock;	/* of a unit */
	bool waited;
};

static void handle(struct fixture_job *job)
{
	struct handler *handler = container_of(job, struct handler, job);

	fail(job->test, 1, handler->offset, handler->length, handler->flags);
}

/* Called in a fault, which holds the lock of its unit, when it asks for the page. */
static void remove_meanwhile(struct fixture_memory *memory)
{
	struct handler *handler = memory->data;

	memory->asked = NULL;
	fixture_start(&handler->job);
	handler->waited = fixture_job_waits(&handler->job, handler->lock);
}

static void removal_waits_for_a_fault_that_began(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	struct inode *inode = file_with_map(test);
	unsigned long addr = fixture_map_file(test, SIZE), unit = 0;
	struct handler handler = {
		.job = { .test = test, .act = handle },
		.length = U64_MAX,
		.flags = MF_MEM_PRE_REMOVE,
		.lock = famfs_unit_lock(inode, 0),
	};

	fixture->memory[1].data = &handler;
	fixture->memory[1].asked = remove_meanwhile;
	store(addr, 1);		/* before the removal, or refused after it */
	KUNIT_ASSERT_NULL(test, fixture->memory[1].asked);
	wait_for_completion(&handler.job.done);
	KUNIT_EXPECT_TRUE(test, handler.waited);
	KUNIT_EXPECT_FALSE(test, store(addr, 2));
	KUNIT_EXPECT_FALSE(test, famfs_unit_next(inode, &unit, ULONG_MAX,
						 FAMFS_UNIT_MAPPED));
	KUNIT_EXPECT_EQ(test, vm_munmap(addr, SIZE), 0);
}

/* Called in a read, which saw no removal before, when it asks for the memory. */
static void remove_beside_a_read(struct fixture_memory *memory)
{
	struct handler *handler = memory->data;
	struct fixture *fixture = handler->job.test->priv;
	int moments = 10;	/* in which a removal that does not wait would end */

	memory->asked = NULL;
	fixture_start(&handler->job);
	while (fixture_moment(&handler->job) &&
	       !READ_ONCE(fixture->devices->device[1].lost))
		;
	while (fixture_moment(&handler->job) && --moments)
		;
	handler->waited = !moments;
}

/* Else the device dies in between the kernel's look whether it is alive and the driver's. */
static void removal_waits_for_a_read_that_asks_the_driver(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	struct handler handler = {
		.job = { .test = test, .act = handle },
		.length = U64_MAX,
		.flags = MF_MEM_PRE_REMOVE,
	};
	loff_t pos = 0;
	char byte;

	file_with_map(test);
	fixture->memory[1].data = &handler;
	fixture->memory[1].asked = remove_beside_a_read;
	KUNIT_EXPECT_EQ(test, kernel_read(fixture->file, &byte, 1, &pos), 1);
	KUNIT_ASSERT_NULL(test, fixture->memory[1].asked);
	wait_for_completion(&handler.job.done);
	KUNIT_EXPECT_TRUE(test, handler.waited);
}

/* The kernel takes the device for alive until the removal has been answered, and longer. */
static void after_removal_no_driver_is_asked(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	struct famfs_device *device = &fixture->devices->device[1];
	int before;

	KUNIT_EXPECT_EQ(test, famfs_device_access(device, 0, 1, NULL), 1);
	KUNIT_EXPECT_EQ(test,
			fail(test, 1, 0, U64_MAX, MF_MEM_PRE_REMOVE), 0);
	before = nr_accesses(test);
	KUNIT_EXPECT_EQ(test, famfs_device_access(device, 0, 1, NULL), -ENXIO);
	famfs_device_flush(device, 0, UNIT);
	KUNIT_EXPECT_EQ(test, nr_accesses(test), before);
}

/*
 * Have a failure handled while a fault of a private mapping has @page, as it has it
 * after the unit's lock is given back: referenced and locked.  Whether it was waited
 * for; else the page is mapped when all is done.
 */
static bool waits_for_page(struct handler *handler, struct page *page)
{
	struct wait_queue_head *idle = __var_waitqueue(famfs_page_var(page));
	struct folio *folio = page_folio(page);
	bool waited;

	folio_get(folio);
	folio_lock(folio);
	fixture_start(&handler->job);
	while (fixture_moment(&handler->job) && !folio_test_waiters(folio) &&
	       !wq_has_sleeper(idle))
		;
	waited = folio_test_waiters(folio);
	folio_put(folio);
	folio_unlock(folio);
	wake_up_var(famfs_page_var(page));
	wait_for_completion(&handler->job.done);
	return waited;
}

static void a_failure_waits_for_a_private_fault(struct kunit *test)
{
	struct page *page = fixture_page(test->priv, 1, BAD);
	struct handler handler = {
		.job = { .test = test, .act = handle },
		.offset = BAD,
		.length = 4096,
	};
	unsigned long addr;

	file_with_map(test);
	addr = fixture_map_file(test, SIZE);
	KUNIT_EXPECT_TRUE(test, store(addr, 1));
	KUNIT_EXPECT_TRUE(test, waits_for_page(&handler, page));
	got_sigbus();
	KUNIT_EXPECT_EQ(test, vm_munmap(addr, SIZE), 0);
}

static void removal_waits_for_a_private_fault(struct kunit *test)
{
	struct page *page = fixture_page(test->priv, 1, BAD);
	struct handler handler = {
		.job = { .test = test, .act = handle },
		.length = U64_MAX,
		.flags = MF_MEM_PRE_REMOVE,
	};
	unsigned long addr;

	file_with_map(test);
	addr = fixture_map_file(test, SIZE);
	KUNIT_EXPECT_TRUE(test, store(addr, 1));
	KUNIT_EXPECT_TRUE(test, waits_for_page(&handler, page));
	KUNIT_EXPECT_EQ(test, vm_munmap(addr, SIZE), 0);
}

static s64 fault_limit(struct kunit *test)
{
	struct fixture *fixture = test->priv;

	return famfs_poison_limit(&fixture->devices->device[1], BAD, 4096,
				  IOMAP_FAULT);
}

static void look_meanwhile(struct fixture_memory *memory)
{
	s64 *limit = memory->data;

	*limit = fault_limit(kunit_get_current_test());
}

/* Else a fault would map it again at once. */
static void a_page_is_known_to_be_bad_before_it_is_unmapped(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	unsigned long addr;
	s64 limit = 0;

	file_with_map(test);
	fixture_forgets(test, 1);
	addr = fixture_map_file(test, SIZE);
	KUNIT_EXPECT_TRUE(test, store(addr, 1));
	KUNIT_EXPECT_EQ(test, fault_limit(test), 4096);
	fixture->memory[1].data = &limit;
	fixture->memory[1].asked = look_meanwhile;
	KUNIT_EXPECT_EQ(test, fail(test, 1, BAD, 4096, 0), 0);
	fixture->memory[1].asked = NULL;
	got_sigbus();
	KUNIT_EXPECT_EQ(test, limit, -EHWPOISON);
	KUNIT_EXPECT_EQ(test, vm_munmap(addr, SIZE), 0);
}

static void a_page_that_failed_is_neither_mapped_nor_read(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	unsigned long addr;
	loff_t pos = 8192;
	char byte;

	file_with_map(test);
	fixture_forgets(test, 1);
	addr = fixture_map_file(test, SIZE);
	KUNIT_EXPECT_TRUE(test, store(addr + 8192, 1));
	KUNIT_EXPECT_EQ(test, fail(test, 1, BAD, 4096, 0), 0);
	got_sigbus();
	KUNIT_EXPECT_FALSE(test, store(addr + 8192, 2));
	KUNIT_EXPECT_EQ(test, kernel_read(fixture->file, &byte, 1, &pos), -EIO);
	pos = 8192 - 1;
	KUNIT_EXPECT_EQ(test, kernel_read(fixture->file, &byte, 1, &pos), 1);
	KUNIT_EXPECT_TRUE(test, store(addr + 4096, 2));
	KUNIT_EXPECT_EQ(test, vm_munmap(addr, SIZE), 0);
}

static void what_was_stored_to_a_page_that_failed_is_told_once(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	unsigned long addr;

	file_with_map(test);
	addr = fixture_map_file(test, SIZE);
	KUNIT_EXPECT_TRUE(test, store(addr, 1));
	KUNIT_EXPECT_EQ(test, vfs_fsync(fixture->file, 0), 0);
	KUNIT_EXPECT_TRUE(test, store(addr, 1));
	KUNIT_EXPECT_EQ(test, fail(test, 1, BAD, 4096, 0), 0);
	got_sigbus();
	KUNIT_EXPECT_EQ(test, vfs_fsync(fixture->file, 0), -EIO);
	KUNIT_EXPECT_EQ(test, vfs_fsync(fixture->file, 0), 0);
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
	KUNIT_CASE(after_removal_what_was_only_loaded_is_unmapped),
	KUNIT_CASE(after_umount_began_nobody_is_told),
	KUNIT_CASE(removal_waits_for_a_fault_that_began),
	KUNIT_CASE(removal_waits_for_a_read_that_asks_the_driver),
	KUNIT_CASE(after_removal_no_driver_is_asked),
	KUNIT_CASE(a_failure_waits_for_a_private_fault),
	KUNIT_CASE(removal_waits_for_a_private_fault),
	KUNIT_CASE(a_page_is_known_to_be_bad_before_it_is_unmapped),
	KUNIT_CASE(a_page_that_failed_is_neither_mapped_nor_read),
	KUNIT_CASE(what_was_stored_to_a_page_that_failed_is_told_once),
	{}
};

static struct kunit_suite failure_suite = {
	.name = "famfs_failure",
	.init = fixture_init,
	.test_cases = failure_cases,
};

kunit_test_suite(failure_suite);
