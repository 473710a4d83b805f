/* SPDX-License-Identifier: GPL-2.0 */
/* Random files for the KUnit tests of the famfs extent library. */
#ifndef _FAMFS_RANDOM_H
#define _FAMFS_RANDOM_H

#include <linux/prandom.h>
#include "famfs_kunit.h"

#define MAX_DEVICES 3
#define MAX_UNITS 64			/* of one device */
#define MAX_FILE_UNITS (MAX_DEVICES * MAX_UNITS)

/* What the maps of a case look like. */
struct shape {
	const char *name;
	u32 nr_devices;
	u32 device_units;
	u32 max_extents;
	u32 stay;		/* chance in 100 to go on where one stopped */
	bool striped;
};

/* A unit of a file, where it lives, and whether one look-up reaches it. */
struct unit {
	struct famfs_range place;
	bool joined;		/* to the unit before it */
};

/* A random file: its extents, and where each of its units lives. */
struct drawn {
	struct rnd_state rnd;
	const struct shape *shape;
	u32 draw;		/* how many files were drawn before */
	bool used[MAX_DEVICES][MAX_UNITS];
	/* the simple extents, or the strips of all interleaved ones */
	struct famfs_ioc_simple_extent list[MAX_FILE_UNITS];
	u32 nr_list;
	struct famfs_ioc_interleaved_ext
		interleaved[FAMFS_IOC_MAX_INTERLEAVED_EXTENTS];
	u32 nr_extents;
	struct unit unit[MAX_FILE_UNITS];
	u32 nr_units;
	u64 length;
};

u32 famfs_random_below(struct drawn *file, u32 bound);
void famfs_random_draw(struct drawn *file);

#endif /* _FAMFS_RANDOM_H */
