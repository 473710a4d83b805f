// SPDX-License-Identifier: GPL-2.0
/* The memory devices of a mount, as its options in /proc tell. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "devices.h"

#define OPTION ",daxdev="

/* The line of a mount in mountinfo, which ends in " - TYPE SOURCE OPTIONS". */
static char *find_line(FILE *list, u64 id)
{
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, list) > 0)
		if (strtoull(line, NULL, 10) == id)
			return line;
	free(line);
	errno = ENOENT;
	return NULL;
}

static char *mount_line(int fd)
{
	struct statx stx;
	char *line;
	FILE *list;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &stx))
		return NULL;
	list = fopen("/proc/self/mountinfo", "re");
	if (!list)
		return NULL;
	line = find_line(list, stx.stx_mnt_id);
	fclose(list);
	return line;
}

/* "SOURCE OPTIONS"; what comes before the dash holds no lone one. */
static const char *line_source(const char *line)
{
	const char *type = strstr(line, " - ");
	const char *source = type ? strchr(type + 3, ' ') : NULL;

	return source ? source + 1 : "";
}

/* A name up to a blank or comma; those that are in it come as \ooo. */
static char *copy_name(const char *from)
{
	char *name = malloc(strlen(from) + 1), *to = name;

	if (!name)
		return NULL;
	while (*from && !strchr(" ,\n", *from)) {
		if (*from == '\\' && strspn(from + 1, "01234567") >= 3) {
			*to++ = (from[1] - '0') * 64 + (from[2] - '0') * 8 +
				from[3] - '0';
			from += 4;
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
	return name;
}

/**
 * count_devices() - number of devices of a mount
 * @fd: a file of it
 *
 * Return: the number, 0 and errno if it is unknown.
 */
u32 count_devices(int fd)
{
	char *line = mount_line(fd);
	const char *at;
	u32 nr = 1;

	if (!line)
		return 0;
	for (at = line_source(line); (at = strstr(at, OPTION)); at++)
		nr++;
	free(line);
	return nr;
}

/**
 * device_name() - name that a device of a mount was given by
 * @fd: a file of the mount
 * @index: index of the device
 *
 * Return: the name, for the caller to free, or NULL if it is unknown.
 */
char *device_name(int fd, u32 index)
{
	char *line = mount_line(fd), *name = NULL;
	const char *at;

	if (!line)
		return NULL;
	at = line_source(line);
	for (; at && index; index--) {
		at = strstr(at, OPTION);
		if (at)
			at += strlen(OPTION);
	}
	if (at)
		name = copy_name(at);
	free(line);
	return name;
}
