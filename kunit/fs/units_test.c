// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of famfs: what is known of a file's units, and their write-back.
 */
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/uaccess.h>
#include "fixture.h"
#include "trace.h"

/* The file: three units, the first two in one piece. */
static const struct famfs_ioc_simple_extent layout[] = {
	{ 0, UNIT, 2 * UNIT },
	{ 1, 3 * UNIT, UNIT },
};

#define SIZE (3 * UNIT)

static struct inode *file_with_map(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	struct inode *inode = file_inode(fixture->file);

	fixture_set_map(test, inode, layout, ARRAY_SIZE(layout));
	return inode;
}

static void store(struct kunit *test, unsigned long addr)
{
	KUNIT_EXPECT_EQ(test, put_user(1, (u8 __user *)addr), 0);
}

static void load(struct kunit *test, unsigned long addr)
{
	u8 byte = 1;

	/* What the fixture's memory has. */
	KUNIT_EXPECT_EQ(test, get_user(byte, (u8 __user *)addr), 0);
	KUNIT_EXPECT_LE(test, byte, 1);
}

/* The first unit from @unit on that is in a state, or -1. */
static long next_from(struct inode *inode, unsigned long unit,
		      enum famfs_unit_state state)
{
	return famfs_unit_next(inode, &unit, ULONG_MAX, state) ? unit : -1;
}

static void a_file_that_nobody_maps_has_no_unit(struct kunit *test)
{
	struct inode *inode = file_with_map(test);

	KUNIT_EXPECT_EQ(test, next_from(inode, 0, FAMFS_UNIT_MAPPED), -1);
	KUNIT_EXPECT_EQ(test, next_from(inode, 0, FAMFS_UNIT_STORED), -1);
}

static void a_load_maps_and_a_store_stores(struct kunit *test)
{
	struct inode *inode = file_with_map(test);
	unsigned long addr = fixture_map_file(test, SIZE);

	load(test, addr + UNIT);
	KUNIT_EXPECT_EQ(test, next_from(inode, 0, FAMFS_UNIT_MAPPED), 1);
	KUNIT_EXPECT_EQ(test, next_from(inode, 2, FAMFS_UNIT_MAPPED), -1);
	KUNIT_EXPECT_EQ(test, next_from(inode, 0, FAMFS_UNIT_STORED), -1);
	store(test, addr + 2 * UNIT);
	KUNIT_EXPECT_EQ(test, next_from(inode, 0, FAMFS_UNIT_STORED), 2);
	KUNIT_EXPECT_EQ(test, next_from(inode, 2, FAMFS_UNIT_MAPPED), 2);
	KUNIT_EXPECT_EQ(test, vm_munmap(addr, SIZE), 0);
}

static void a_search_ends_at_its_last_unit(struct kunit *test)
{
	struct inode *inode = file_with_map(test);
	unsigned long addr = fixture_map_file(test, SIZE);
	unsigned long unit = 0;

	store(test, addr + UNIT);
	KUNIT_EXPECT_FALSE(test, famfs_unit_next(inode, &unit, 0,
						 FAMFS_UNIT_STORED));
	KUNIT_EXPECT_TRUE(test, famfs_unit_next(inode, &unit, 1,
						FAMFS_UNIT_STORED));
	KUNIT_EXPECT_EQ(test, unit, 1);
	KUNIT_EXPECT_EQ(test, vm_munmap(addr, SIZE), 0);
}

static void after_write_back_the_next_store_is_noticed(struct kunit *test)
{
	struct inode *inode = file_with_map(test);
	unsigned long addr = fixture_map_file(test, SIZE);

	store(test, addr);
	store(test, addr + UNIT);
	famfs_flush(inode, 0, UNIT - 1);
	KUNIT_EXPECT_EQ(test, next_from(inode, 0, FAMFS_UNIT_STORED), 1);
	KUNIT_EXPECT_EQ(test, next_from(inode, 0, FAMFS_UNIT_MAPPED), 0);
	load(test, addr);
	KUNIT_EXPECT_EQ(test, next_from(inode, 0, FAMFS_UNIT_STORED), 1);
	store(test, addr);
	KUNIT_EXPECT_EQ(test, next_from(inode, 0, FAMFS_UNIT_STORED), 0);
	KUNIT_EXPECT_EQ(test, vm_munmap(addr, SIZE), 0);
}

static void what_is_in_use_stays_stored(struct kunit *test)
{
	struct inode *inode = file_with_map(test);
	unsigned long addr = fixture_map_file(test, SIZE);
	struct page *page = fixture_page(test->priv, 0, UNIT + 8 * PAGE_SIZE);

	store(test, addr);
	get_page(page);
	KUNIT_EXPECT_PTR_EQ(test, famfs_unit_busy(inode, 0), page);
	famfs_flush(inode, 0, SIZE);
	KUNIT_EXPECT_EQ(test, next_from(inode, 0, FAMFS_UNIT_STORED), 0);
	put_page(page);
	famfs_flush(inode, 0, SIZE);
	KUNIT_EXPECT_EQ(test, next_from(inode, 0, FAMFS_UNIT_STORED), -1);
	KUNIT_EXPECT_EQ(test, vm_munmap(addr, SIZE), 0);
}

static int sync(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	struct super_block *sb = fixture->mnt->mnt_sb;
	int err;

	down_read(&sb->s_umount);
	err = sync_filesystem(sb);
	up_read(&sb->s_umount);
	return err;
}

static void sync_writes_back_what_any_file_has_stored(struct kunit *test)
{
	const struct famfs_ioc_simple_extent extent = { 1, UNIT, UNIT };
	struct inode *inode = file_with_map(test);
	unsigned long addr = fixture_map_file(test, SIZE);

	fixture_set_map(test, fixture_inode(test), &extent, 1);
	store(test, addr);
	store(test, addr + 2 * UNIT);
	KUNIT_EXPECT_EQ(test, sync(test), 0);
	KUNIT_EXPECT_EQ(test, next_from(inode, 0, FAMFS_UNIT_STORED), -1);
	store(test, addr + UNIT);
	KUNIT_EXPECT_EQ(test, sync(test), 0);
	KUNIT_EXPECT_EQ(test, next_from(inode, 0, FAMFS_UNIT_STORED), -1);
	KUNIT_EXPECT_EQ(test, vm_munmap(addr, SIZE), 0);
}

static void what_is_in_use_is_synced_until_it_is_not(struct kunit *test)
{
	struct inode *inode = file_with_map(test);
	unsigned long addr = fixture_map_file(test, SIZE);
	struct page *page = fixture_page(test->priv, 0, UNIT + 8 * PAGE_SIZE);

	store(test, addr);
	get_page(page);
	KUNIT_EXPECT_EQ(test, sync(test), 0);
	KUNIT_EXPECT_EQ(test, next_from(inode, 0, FAMFS_UNIT_STORED), 0);
	put_page(page);
	KUNIT_EXPECT_EQ(test, sync(test), 0);
	KUNIT_EXPECT_EQ(test, next_from(inode, 0, FAMFS_UNIT_STORED), -1);
	KUNIT_EXPECT_EQ(test, vm_munmap(addr, SIZE), 0);
}

static void sync_of_a_device_that_is_gone_fails(struct kunit *test)
{
	struct fixture *fixture = test->priv;

	file_with_map(test);
	KUNIT_EXPECT_EQ(test, sync(test), 0);
	KUNIT_EXPECT_EQ(test,
			famfs_failure_handle(&fixture->devices->device[0], 0,
					     U64_MAX, MF_MEM_PRE_REMOVE), 0);
	KUNIT_EXPECT_EQ(test, sync(test), -EIO);
}

static void sync_elsewhere(struct fixture_job *job)
{
	sync(job->test);
}

/**
 * struct meanwhile - a sync(2) while a store faults
 * @job: the sync
 * @lock: of the unit
 * @waited: it waited for the fault
 */
struct meanwhile {
	struct fixture_job job;
	struct mutex *lock;	/* of a unit */
	bool waited;
};

static void sync_meanwhile(struct fixture_memory *memory)
{
	struct meanwhile *meanwhile = memory->data;

	memory->asked = NULL;
	fixture_start(&meanwhile->job);
	meanwhile->waited = fixture_job_waits(&meanwhile->job, meanwhile->lock);
}

/* Else the next sync would find nothing stored, as this one has seen to it. */
static void sync_waits_for_faults_that_began(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	struct inode *inode = file_with_map(test);
	unsigned long addr = fixture_map_file(test, SIZE);
	struct meanwhile meanwhile = {
		.job = { .test = test, .act = sync_elsewhere },
		.lock = famfs_unit_lock(inode, 0),
	};

	fixture->memory[0].data = &meanwhile;
	fixture->memory[0].asked = sync_meanwhile;
	store(test, addr);
	KUNIT_ASSERT_NULL(test, fixture->memory[0].asked);
	wait_for_completion(&meanwhile.job.done);
	KUNIT_EXPECT_TRUE(test, meanwhile.waited);
	KUNIT_EXPECT_EQ(test, sync(test), 0);
	KUNIT_EXPECT_EQ(test, next_from(inode, 0, FAMFS_UNIT_STORED), -1);
	KUNIT_EXPECT_EQ(test, vm_munmap(addr, SIZE), 0);
}

/* Else it would return before what was stored earlier is in the memory. */
static void sync_waits_for_another_one(struct kunit *test)
{
	struct inode *inode = file_with_map(test);
	struct famfs_device_set *set = famfs_devices(inode->i_sb);
	struct mutex *lock = famfs_unit_lock(inode, 0);
	unsigned long addr = fixture_map_file(test, SIZE);
	struct fixture_job first = { .test = test, .act = sync_elsewhere };
	struct fixture_job second = first;

	store(test, addr);
	mutex_lock(lock);
	fixture_start(&first);
	KUNIT_EXPECT_TRUE(test, fixture_job_waits(&first, lock));
	fixture_start(&second);
	KUNIT_EXPECT_TRUE(test, fixture_job_waits(&second, &set->sync_lock));
	mutex_unlock(lock);
	wait_for_completion(&first.done);
	wait_for_completion(&second.done);
	KUNIT_EXPECT_EQ(test, vm_munmap(addr, SIZE), 0);
}

/**
 * struct during_flush - what happens while a unit is written back
 * @job: another flush of it
 * @lock: of the unit
 * @waited: that waited for the first one
 * @asks: how often the device is asked first: the look for pages in use is one
 */
struct during_flush {
	struct fixture_job job;
	struct mutex *lock;	/* of a unit */
	bool waited;
	int asks;
};

static void flush_elsewhere(struct fixture_job *job)
{
	struct fixture *fixture = job->test->priv;

	famfs_flush(file_inode(fixture->file), 0, SIZE);
}

static void flush_meanwhile(struct fixture_memory *memory)
{
	struct during_flush *during = memory->data;

	if (during->asks--)
		return;
	memory->asked = NULL;
	fixture_start(&during->job);
	during->waited = fixture_job_waits(&during->job, during->lock);
}

/* Else it would return before what was stored earlier is in the memory. */
static void a_flush_waits_for_another_one(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	struct inode *inode = file_with_map(test);
	unsigned long addr = fixture_map_file(test, SIZE);
	struct during_flush during = {
		.job = { .test = test, .act = flush_elsewhere },
		.lock = famfs_unit_lock(inode, 0),
		.asks = 1,
	};

	store(test, addr);
	fixture->memory[0].data = &during;
	fixture->memory[0].asked = flush_meanwhile;
	famfs_flush(inode, 0, SIZE);
	KUNIT_ASSERT_NULL(test, fixture->memory[0].asked);
	wait_for_completion(&during.job.done);
	KUNIT_EXPECT_TRUE(test, during.waited);
	KUNIT_EXPECT_EQ(test, vm_munmap(addr, SIZE), 0);
}

/**
 * struct page_user - who has a page of a file's first unit in use
 * @page: let go as soon as the unit was written back
 * @flushes: how often it was
 */
struct page_user {
	struct page *page;
	int flushes;
};

static void let_go_after_flush(void *data, struct inode *inode,
			       unsigned long unit,
			       const struct famfs_range *range)
{
	struct page_user *user = data;

	if (!unit && !user->flushes++)
		put_page(user->page);
}

/* It may have been stored to after its line was. */
static void what_was_in_use_until_now_is_written_back_again(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	struct inode *inode = file_with_map(test);
	unsigned long addr = fixture_map_file(test, SIZE);
	struct page_user user = {
		.page = fixture_page(fixture, 0, UNIT + 8 * PAGE_SIZE),
	};

	KUNIT_ASSERT_EQ(test,
			register_trace_famfs_flush(let_go_after_flush, &user),
			0);
	store(test, addr);
	get_page(user.page);
	KUNIT_EXPECT_EQ(test,
			famfs_failure_handle(&fixture->devices->device[0], 0,
					     U64_MAX, MF_MEM_PRE_REMOVE), 0);
	unregister_trace_famfs_flush(let_go_after_flush, &user);
	tracepoint_synchronize_unregister();
	KUNIT_EXPECT_EQ(test, user.flushes, 2);
	KUNIT_EXPECT_EQ(test, next_from(inode, 0, FAMFS_UNIT_MAPPED), -1);
	KUNIT_EXPECT_EQ(test, vm_munmap(addr, SIZE), 0);
}

/* One that huge pages do not fit: everything of a unit is mapped by one fault. */
static void a_small_fault_maps_all_of_the_unit(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	unsigned long addr, i;
	int before;

	file_with_map(test);
	addr = fixture_map_file(test, UNIT / 2);
	store(test, addr + 3 * PAGE_SIZE);
	before = atomic_read(&fixture->memory[0].nr_accesses);
	for (i = 0; i < UNIT / 2; i += PAGE_SIZE)
		store(test, addr + i);
	KUNIT_EXPECT_EQ(test, atomic_read(&fixture->memory[0].nr_accesses),
			before);
	KUNIT_EXPECT_EQ(test, vm_munmap(addr, UNIT / 2), 0);
}

static void a_unit_knows_where_it_lies(struct kunit *test)
{
	struct inode *inode = file_with_map(test);
	struct fixture *fixture = test->priv;
	struct famfs_range range;

	KUNIT_EXPECT_PTR_EQ(test, famfs_unit_resolve(inode, 2, &range),
			    &fixture->devices->device[1]);
	KUNIT_EXPECT_EQ(test, range.addr, 3 * UNIT);
	KUNIT_EXPECT_EQ(test, range.length, UNIT);
}

static void the_last_unit_ends_with_the_file(struct kunit *test)
{
	const struct famfs_ioc_simple_extent extent = {
		0, 2 * UNIT, UNIT,
	};
	struct famfs_map_request req = {
		.file_size = 5 * PAGE_SIZE + 1,
		.ext_type = FAMFS_IOC_EXT_SIMPLE,
		.nr_extents = 1,
		.simple = &extent,
	};
	struct inode *inode = fixture_inode(test);
	struct famfs_reason reason;
	struct famfs_range range;

	KUNIT_ASSERT_EQ(test, famfs_set_map(inode, &req, &reason), 0);
	famfs_unit_resolve(inode, 0, &range);
	KUNIT_EXPECT_EQ(test, range.length, 6 * PAGE_SIZE);
}

static struct kunit_case units_cases[] = {
	KUNIT_CASE(a_file_that_nobody_maps_has_no_unit),
	KUNIT_CASE(a_load_maps_and_a_store_stores),
	KUNIT_CASE(a_search_ends_at_its_last_unit),
	KUNIT_CASE(after_write_back_the_next_store_is_noticed),
	KUNIT_CASE(what_is_in_use_stays_stored),
	KUNIT_CASE(sync_writes_back_what_any_file_has_stored),
	KUNIT_CASE(what_is_in_use_is_synced_until_it_is_not),
	KUNIT_CASE(sync_of_a_device_that_is_gone_fails),
	KUNIT_CASE(sync_waits_for_faults_that_began),
	KUNIT_CASE(sync_waits_for_another_one),
	KUNIT_CASE(a_flush_waits_for_another_one),
	KUNIT_CASE(what_was_in_use_until_now_is_written_back_again),
	KUNIT_CASE(a_small_fault_maps_all_of_the_unit),
	KUNIT_CASE(a_unit_knows_where_it_lies),
	KUNIT_CASE(the_last_unit_ends_with_the_file),
	{}
};

static struct kunit_suite units_suite = {
	.name = "famfs_units",
	.init = fixture_init,
	.test_cases = units_cases,
};

kunit_test_suite(units_suite);
