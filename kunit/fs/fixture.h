/* SPDX-License-Identifier: GPL-2.0 */
/* A famfs mount on memory devices that are made of ordinary pages. */
#ifndef _FAMFS_KUNIT_FIXTURE_H
#define _FAMFS_KUNIT_FIXTURE_H

#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/mutex.h>
#include "mount.h"

#define UNIT FAMFS_ALLOC_UNIT
#define FIXTURE_UNITS 4
#define FIXTURE_DEVICES 2

/**
 * struct fixture_memory - a memory device of FIXTURE_UNITS units
 * @dax_dev: the dax device
 * @unit: the pages of each unit, which lie apart
 * @nr_accesses: how often somebody asked where its memory is
 * @most: how many pages it tells of at once, or 0: all that lie in one piece
 * @asked: called when somebody asks, if set; may sleep
 * @data: for @asked
 */
struct fixture_memory {
	struct dax_device *dax_dev;
	struct page *unit[FIXTURE_UNITS];
	atomic_t nr_accesses;
	long most;
	void (*asked)(struct fixture_memory *memory);
	void *data;
};

/**
 * struct fixture - what each case starts with, as test->priv
 * @memory: the memory devices
 * @mnt: the mount
 * @devices: its devices
 * @file: an empty file on it
 */
struct fixture {
	struct fixture_memory memory[FIXTURE_DEVICES];
	struct vfsmount *mnt;
	struct famfs_device_set *devices;
	struct file *file;
};

/**
 * struct fixture_job - what another thread does while the case goes on
 * @test: the case
 * @act: what
 * @done: it has been done
 */
struct fixture_job {
	struct kunit *test;
	void (*act)(struct fixture_job *job);
	struct completion done;
};

int fixture_init(struct kunit *test);

struct page *fixture_page(const struct fixture *fixture, u32 dev, u64 addr);
struct inode *fixture_inode(struct kunit *test);
void fixture_put_inode(struct kunit *test, struct inode *inode);
void fixture_set_map(struct kunit *test, struct inode *inode,
		     const struct famfs_ioc_simple_extent *list, u32 nr);
void fixture_forgets(struct kunit *test, u32 dev);
unsigned long fixture_user(struct kunit *test, size_t size);
unsigned long fixture_map_file(struct kunit *test, size_t size);
bool fixture_load(unsigned long addr);
void fixture_start(struct fixture_job *job);
bool fixture_moment(struct fixture_job *job);
bool fixture_job_waits(struct fixture_job *job, struct mutex *lock);

#endif /* _FAMFS_KUNIT_FIXTURE_H */
