// SPDX-License-Identifier: GPL-2.0
/* A mount and its memory devices, as /proc tells. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "famfs-mini.h"

#define OPTION "daxdev="

/* In /proc, characters that have a meaning there come as \ooo, and so do backslashes. */
static char *unescape(char *text)
{
	char *at = text;
	unsigned int c;

	for (; (at = strchr(at, '\\')); at++)
		if (sscanf(at, "\\%3o", &c) == 1) {
			*at = c;
			memmove(at + 1, at + 4, strlen(at + 4) + 1);
		}
	return text;
}

/*
 * Take apart "ID PARENT DEVICE ROOT DIRECTORY FLAGS [TAG...] - TYPE SOURCE OPTIONS";
 * what comes before the dash holds no lone one.
 */
static void parse_line(struct mount *mount, char *fields)
{
	char *rest = strstr(fields, " - ") + 3, *option;

	for (int i = 0; i < 5; i++)
		mount->directory = strsep(&fields, " ");
	unescape(mount->directory);
	strsep(&rest, " ");
	mount->device[mount->nr_devices++] = unescape(strsep(&rest, " "));
	while ((option = strsep(&rest, ",\n")))
		if (!strncmp(option, OPTION, strlen(OPTION)) &&
		    mount->nr_devices < FAMFS_MAX_DEVICES)
			mount->device[mount->nr_devices++] =
				unescape(option + strlen(OPTION));
}

/* The mount that a file is in, up to the next call.  False and errno if unknown. */
bool mount_find(struct mount *mount, int fd)
{
	static char *line;	/* what the names are in */
	static size_t size;
	struct statx stx;
	FILE *list;

	*mount = (struct mount) {};
	if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &stx))
		return false;
	list = fopen("/proc/self/mountinfo", "re");
	if (!list)
		return false;
	errno = ENOENT;
	while (!mount->nr_devices && getline(&line, &size, list) > 0)
		if (strtoull(line, NULL, 10) == stx.stx_mnt_id)
			parse_line(mount, line);
	fclose(list);
	return mount->nr_devices;
}
