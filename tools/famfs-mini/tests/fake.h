/* SPDX-License-Identifier: GPL-2.0 */
/* Stands in for famfs, on a directory of any file system. */
#ifndef FAMFS_MINI_FAKE_H
#define FAMFS_MINI_FAKE_H

#include <linux/famfs_extent.h>

#define FAKE_FILES 8
#define FAKE_DEVICE_SIZE (1ULL << 40)

/*
 * struct fake - the kernel module
 * @on: whether it is loaded
 * @only_v1: whether it lacks version 2 of the interface
 * @creates: maps made by each version
 * @others_map: somebody else gives a file that map just before
 * @no_create: it refuses all maps
 * @no_mode: nobody may change a file's mode
 * @others_put: somebody else makes a file of that name beside one that gets a map
 * @others_mkdir: somebody else makes that directory just before
 */
struct fake {
	bool on;
	bool only_v1;
	bool no_create;
	bool no_mode;
	const char *others_put;
	bool others_map;
	bool others_mkdir;
	u32 creates[3];
};

extern struct fake fake;

void fake_forget(void);

#endif /* FAMFS_MINI_FAKE_H */
