// SPDX-License-Identifier: GPL-2.0
/* The memory devices of a mount, as its options in /proc tell. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "devices.h"

/* A device's name comes with its commas escaped. */
static u32 count_in_options(const char *options)
{
	u32 nr = 1;

	while ((options = strstr(options, ",daxdev="))) {
		options++;
		nr++;
	}
	return nr;
}

/*
 * A line of mountinfo is "ID ... - TYPE SOURCE OPTIONS"; what comes before the
 * dash holds no lone one.
 */
static u32 count_in_line(const char *line)
{
	const char *tail = strstr(line, " - ");

	return tail ? count_in_options(tail) : 1;
}

/* Number of devices of the mount that @fd is in, 0 and errno if unknown. */
u32 count_devices(int fd)
{
	char *line = NULL;
	struct statx stx;
	size_t size = 0;
	FILE *list;
	u32 nr = 0;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &stx))
		return 0;
	list = fopen("/proc/self/mountinfo", "re");
	if (!list)
		return 0;
	while (!nr && getline(&line, &size, list) > 0)
		if (strtoull(line, NULL, 10) == stx.stx_mnt_id)
			nr = count_in_line(line);
	free(line);
	fclose(list);
	if (!nr)
		errno = ENOENT;
	return nr;
}
