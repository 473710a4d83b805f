// SPDX-License-Identifier: GPL-2.0
/*
 * What of a file's memory the kernel found poisoned, as sysfs lists it for the
 * memory device: by sectors, as for a block device.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "devices.h"
#include "poison.h"

#define SECTOR_SHIFT 9

/* The list of a device, or NULL where there is none. */
static FILE *open_list(int fd, u32 dev)
{
	char *name = device_name(fd, dev), path[64];
	struct stat st;
	int err;

	if (!name)
		return NULL;
	err = stat(name, &st);
	free(name);
	if (err)
		return NULL;
	snprintf(path, sizeof(path), S_ISBLK(st.st_mode) ?
		 "/sys/dev/block/%u:%u/badblocks" :
		 "/sys/dev/char/%u:%u/fsdev/badblocks",
		 major(st.st_rdev), minor(st.st_rdev));
	return fopen(path, "re");
}

static bool walk_list(FILE *list, u32 dev, const struct famfs_map *map,
		      poison_visit visit, bool first)
{
	u64 sector, count, pos, length;

	while (fscanf(list, "%" SCNu64 " %" SCNu64, &sector, &count) == 2) {
		struct famfs_reverse walk = {
			.dev = dev,
			.addr = sector << SECTOR_SHIFT,
			.length = count << SECTOR_SHIFT,
		};

		while (famfs_map_reverse(map, &walk, &pos, &length)) {
			visit(pos, length, first);
			first = false;
		}
	}
	return first;
}

/**
 * poison_walk() - visit the poisoned ranges of a file
 * @fd: the file
 * @map: its map
 * @visit: what to call
 *
 * Knows of what sysfs lists, for devices that still have the name that they
 * were mounted by.
 *
 * Return: whether there are any.
 */
bool poison_walk(int fd, const struct famfs_map *map, poison_visit visit)
{
	u32 dev, nr = count_devices(fd);
	bool first = true;
	FILE *list;

	for (dev = 0; dev < nr; dev++) {
		list = open_list(fd, dev);
		if (!list)
			continue;
		first = walk_list(list, dev, map, visit, first);
		fclose(list);
	}
	return !first;
}
