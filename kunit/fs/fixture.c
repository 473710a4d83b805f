// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of famfs: a mount on memory devices that are made of ordinary
 * pages.  All is famfs but the devices' driver, and what finds and holds them.
 */
#include <kunit/resource.h>
#include <linux/dax.h>
#include <linux/file.h>
#include <linux/fs_context.h>
#include <linux/io.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/pfn_t.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "dax-private.h"
#include "fixture.h"

#define UNIT_ORDER get_order(UNIT)
#define UNIT_PAGES PHYS_PFN(UNIT)

/* For fill_super(), which gets nothing from its caller. */
static struct fixture *mounting;

static long memory_direct_access(struct dax_device *dax_dev, pgoff_t pgoff,
				 long nr_pages, enum dax_access_mode mode,
				 void **kaddr, pfn_t *pfn)
{
	struct fixture_memory *memory = dax_get_private(dax_dev);
	unsigned long in_unit = pgoff % UNIT_PAGES;
	struct page *page;

	if (pgoff >= FIXTURE_UNITS * UNIT_PAGES)
		return -ERANGE;
	atomic_inc(&memory->nr_accesses);
	if (memory->asked)
		memory->asked(memory);
	page = memory->unit[pgoff / UNIT_PAGES] + in_unit;
	if (kaddr)
		*kaddr = page_address(page);
	if (pfn)
		*pfn = phys_to_pfn_t(page_to_phys(page), PFN_DEV | PFN_MAP);
	nr_pages = min_t(long, nr_pages, UNIT_PAGES - in_unit);
	return memory->most ? min(nr_pages, memory->most) : nr_pages;
}

static int memory_zero_page_range(struct dax_device *dax_dev, pgoff_t pgoff,
				  size_t nr_pages)
{
	return -EOPNOTSUPP;	/* famfs never asks for it */
}

static const struct dax_operations memory_ops = {
	.direct_access = memory_direct_access,
	.zero_page_range = memory_zero_page_range,
};

/* Each page with a reference of its own, as those of a dax device have. */
static struct page *alloc_unit(void)
{
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_ZERO, UNIT_ORDER);

	if (page)
		split_page(page, UNIT_ORDER);
	return page;
}

static void free_unit(struct page *page)
{
	unsigned long i;

	for (i = 0; page && i < UNIT_PAGES; i++) {
		ClearPageHWPoison(page + i);
		__free_page(page + i);
	}
}

static void free_memory(struct fixture_memory *memory)
{
	int i;

	for (i = 0; i < FIXTURE_UNITS; i++)
		free_unit(memory->unit[i]);
}

static void init_memory(struct kunit *test, struct fixture_memory *memory)
{
	int i;

	for (i = 0; i < FIXTURE_UNITS; i++) {
		memory->unit[i] = alloc_unit();
		KUNIT_ASSERT_NOT_NULL(test, memory->unit[i]);
	}
	memory->dax_dev = alloc_dax(memory, &memory_ops);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, memory->dax_dev);
}

/* As super.c does it for devices that device.c finds. */
static struct famfs_device_set *make_devices(struct fixture *fixture)
{
	struct famfs_device_set *set = famfs_new_devices(FIXTURE_DEVICES);
	u32 i;

	if (!set)
		return NULL;
	for (i = 0; i < set->nr; i++) {
		set->size[i] = FIXTURE_UNITS * UNIT;
		set->device[i].dax_dev = fixture->memory[i].dax_dev;
		ihold(dax_inode(set->device[i].dax_dev));
	}
	if (famfs_owners_start(set)) {
		famfs_devices_put(set);
		return NULL;
	}
	return set;
}

static int fill_super(struct super_block *sb, struct fs_context *fc)
{
	struct famfs_sb_info *sbi = kzalloc(sizeof(*sbi), GFP_KERNEL);

	if (!sbi)
		return -ENOMEM;
	sb->s_fs_info = sbi;
	sbi->devices = make_devices(mounting);
	if (!sbi->devices)
		return -ENOMEM;
	mounting->devices = sbi->devices;
	sb->s_maxbytes = MAX_LFS_FILESIZE;
	sb->s_blocksize = PAGE_SIZE;
	sb->s_blocksize_bits = PAGE_SHIFT;
	sb->s_op = &famfs_super_operations;
	sb->s_root = d_make_root(famfs_new_inode(&nop_mnt_idmap, sb, NULL,
						 S_IFDIR | 0755, 0));
	return sb->s_root ? 0 : -ENOMEM;
}

static int get_tree(struct fs_context *fc)
{
	return get_tree_nodev(fc, fill_super);
}

static const struct fs_context_operations context_operations = {
	.get_tree = get_tree,
};

static int init_fs_context(struct fs_context *fc)
{
	fc->ops = &context_operations;
	return 0;
}

static void kill_sb(struct super_block *sb)
{
	struct famfs_sb_info *sbi = sb->s_fs_info;

	if (sbi && sbi->devices)
		famfs_failure_unmount(sbi->devices);
	kill_litter_super(sb);
	if (sbi && sbi->devices)
		famfs_devices_put(sbi->devices);
	kfree(sbi);
}

static struct file_system_type fixture_type = {
	.name = "famfs_kunit",
	.init_fs_context = init_fs_context,
	.kill_sb = kill_sb,
};

/* Runs after the actions of a case, and in another thread than the case. */
static void tear_down(void *data)
{
	struct fixture *fixture = data;
	int i;

	if (!IS_ERR_OR_NULL(fixture->file))
		__fput_sync(fixture->file);
	flush_delayed_fput();	/* of mappings, which are gone */
	if (!IS_ERR_OR_NULL(fixture->mnt))
		kern_unmount(fixture->mnt);
	for (i = 0; i < FIXTURE_DEVICES; i++) {
		if (!IS_ERR_OR_NULL(fixture->memory[i].dax_dev)) {
			kill_dax(fixture->memory[i].dax_dev);
			put_dax(fixture->memory[i].dax_dev);
		}
		free_memory(&fixture->memory[i]);
	}
}

/* Make a mount with an empty file; for kunit_suite.init. */
int fixture_init(struct kunit *test)
{
	struct fixture *fixture = kunit_kzalloc(test, sizeof(*fixture),
						GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, fixture);
	KUNIT_ASSERT_EQ(test,
			kunit_add_action_or_reset(test, tear_down, fixture), 0);
	test->priv = fixture;
	for (i = 0; i < FIXTURE_DEVICES; i++)
		init_memory(test, &fixture->memory[i]);
	mounting = fixture;
	fixture->mnt = kern_mount(&fixture_type);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, fixture->mnt);
	fixture->file = file_open_root_mnt(fixture->mnt, "file",
					   O_RDWR | O_CREAT | O_EXCL, 0600);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, fixture->file);
	return 0;
}

/* The page of a device that has the byte at @addr. */
struct page *fixture_page(const struct fixture *fixture, u32 dev, u64 addr)
{
	return fixture->memory[dev].unit[addr / UNIT] + PHYS_PFN(addr % UNIT);
}

static void put_inode(void *inode)
{
	iput(inode);
}

/* A file without a name, until the end of the case. */
struct inode *fixture_inode(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	struct inode *inode;

	inode = famfs_new_inode(&nop_mnt_idmap, fixture->mnt->mnt_sb, NULL,
				S_IFREG | 0600, 0);
	KUNIT_ASSERT_NOT_NULL(test, inode);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, put_inode, inode),
			0);
	return inode;
}

/* Let a file of fixture_inode() go before the case ends. */
void fixture_put_inode(struct kunit *test, struct inode *inode)
{
	kunit_release_action(test, put_inode, inode);
}

/* Give a file a map of whole extents. */
void fixture_set_map(struct kunit *test, struct inode *inode,
		     const struct famfs_ioc_simple_extent *list, u32 nr)
{
	struct famfs_map_request req = {
		.ext_type = FAMFS_IOC_EXT_SIMPLE,
		.nr_extents = nr,
		.simple = list,
	};
	struct famfs_reason reason;
	u32 i;

	for (i = 0; i < nr; i++)
		req.file_size += list[i].len;
	KUNIT_ASSERT_EQ(test, famfs_set_map(inode, &req, &reason), 0);
}

/* From now on a device has a driver that does not remember the pages that failed. */
void fixture_forgets(struct kunit *test, u32 dev)
{
	struct fixture *fixture = test->priv;
	struct famfs_device *device = &fixture->devices->device[dev];

	device->forgets = true;
	KUNIT_ASSERT_EQ(test, famfs_poison_init(device), 0);
}

/* Memory of user space that ends where its address space has a hole. */
unsigned long fixture_user(struct kunit *test, size_t size)
{
	size_t room = PAGE_ALIGN(size);
	unsigned long addr;

	addr = kunit_vm_mmap(test, NULL, 0, room + PAGE_SIZE,
			     PROT_READ | PROT_WRITE,
			     MAP_ANONYMOUS | MAP_PRIVATE, 0);
	KUNIT_ASSERT_NE(test, addr, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(addr));
	KUNIT_ASSERT_EQ(test, vm_munmap(addr + room, PAGE_SIZE), 0);
	return addr + room - size;
}

/* Map the fixture's file from its start; the case unmaps it. */
unsigned long fixture_map_file(struct kunit *test, size_t size)
{
	struct fixture *fixture = test->priv;
	unsigned long addr;

	addr = kunit_vm_mmap(test, fixture->file, 0, size,
			     PROT_READ | PROT_WRITE, MAP_SHARED, 0);
	KUNIT_ASSERT_NE(test, addr, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(addr));
	return addr;
}

/* A load by user space; whether it got through. */
bool fixture_load(unsigned long addr)
{
	u8 byte;

	return !copy_from_user(&byte, (u8 __user *)addr, 1);
}

static int do_job(void *data)
{
	struct fixture_job *job = data;

	job->act(job);
	complete(&job->done);
	return 0;
}

/* Have another thread do something; the case waits for job->done. */
void fixture_start(struct fixture_job *job)
{
	init_completion(&job->done);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(job->test,
				     kthread_run(do_job, job, "fixture"));
}

/* Let others run; false if the job is done. */
bool fixture_moment(struct fixture_job *job)
{
	schedule_timeout_uninterruptible(1);
	return !completion_done(&job->done);
}

/* Whether a job comes to wait for a mutex that the case holds, before it is done. */
bool fixture_job_waits(struct fixture_job *job, struct mutex *lock)
{
	while (fixture_moment(job))
		if (!list_empty(&lock->wait_list))
			return true;
	return false;
}
