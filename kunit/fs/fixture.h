/* SPDX-License-Identifier: GPL-2.0 */
/* A famfs mount on memory devices that are made of ordinary pages. */
#ifndef _FAMFS_KUNIT_FIXTURE_H
#define _FAMFS_KUNIT_FIXTURE_H

#include <kunit/test.h>
#include "mount.h"

#define UNIT FAMFS_ALLOC_UNIT
#define FIXTURE_UNITS 4
#define FIXTURE_DEVICES 2

/**
 * struct fixture_memory - a memory device of FIXTURE_UNITS units
 * @dax_dev: the dax device
 * @unit: the pages of each unit, which lie apart
 * @nr_accesses: how often somebody asked where its memory is
 */
struct fixture_memory {
	struct dax_device *dax_dev;
	struct page *unit[FIXTURE_UNITS];
	atomic_t nr_accesses;
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

int fixture_init(struct kunit *test);

struct page *fixture_page(const struct fixture *fixture, u32 dev, u64 addr);
struct inode *fixture_inode(struct kunit *test);
void fixture_put_inode(struct kunit *test, struct inode *inode);
void fixture_set_map(struct kunit *test, struct inode *inode,
		     const struct famfs_ioc_simple_extent *list, u32 nr);
unsigned long fixture_user(struct kunit *test, size_t size);
unsigned long fixture_map_file(struct kunit *test, size_t size);

#endif /* _FAMFS_KUNIT_FIXTURE_H */
