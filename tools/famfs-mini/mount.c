// SPDX-License-Identifier: GPL-2.0
/*
 * A mount and its memory devices, as /proc tells, and which bytes of a file the kernel
 * found poisoned, as sysfs lists it for the device: by sectors, as for a block device.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "famfs-mini.h"

#define OPTION "daxdev="
#define SECTOR_SHIFT 9

/* In /proc, characters that have a meaning there come as \ooo, and so do backslashes. */
static char *unescape(char *text)
{
	const char *from = text;
	char *to = text;
	unsigned int c;

	while (*from) {
		if (sscanf(from, "\\%3o", &c) == 1) {
			*to++ = c;
			from += 4;
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
	return text;
}

/*
 * Take apart "ID PARENT DEVICE ROOT DIRECTORY FLAGS [TAG...] - TYPE SOURCE OPTIONS";
 * what comes before the dash holds no lone one.
 */
static void parse_line(struct mount *mount)
{
	char *rest = strstr(mount->line, " - ") + 3, *fields = mount->line, *option;
	int i;

	for (i = 0; i < 5; i++)
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

/* The mount that a file is in; its line is to be freed.  False and errno if unknown. */
bool mount_find(struct mount *mount, int fd)
{
	struct statx stx;
	size_t size = 0;
	FILE *list;

	*mount = (struct mount) {};
	if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &stx))
		return false;
	list = fopen("/proc/self/mountinfo", "re");
	if (!list)
		return false;
	errno = ENOENT;
	while (!mount->nr_devices && getline(&mount->line, &size, list) > 0)
		if (strtoull(mount->line, NULL, 10) == stx.stx_mnt_id)
			parse_line(mount);
	fclose(list);
	return mount->nr_devices;
}

/* The list of a device's bad blocks, or NULL where there is none. */
static FILE *open_bad_blocks(const char *device)
{
	struct stat st;
	char path[64];

	if (stat(device, &st))
		return NULL;
	snprintf(path, sizeof(path), S_ISBLK(st.st_mode) ?
		 "/sys/dev/block/%u:%u/badblocks" :
		 "/sys/dev/char/%u:%u/fsdev/badblocks",
		 major(st.st_rdev), minor(st.st_rdev));
	return fopen(path, "re");
}

static void print_bad_blocks(FILE *list, u32 dev, const struct famfs_map *map,
			     bool json, bool *any)
{
	u64 sector, count, pos, length;

	while (fscanf(list, "%llu %llu", &sector, &count) == 2) {
		struct famfs_reverse walk = {
			.dev = dev,
			.addr = sector << SECTOR_SHIFT,
			.length = count << SECTOR_SHIFT,
		};

		while (famfs_map_reverse(map, &walk, &pos, &length)) {
			if (json)
				printf("%s{\"offset\": %llu, \"length\": %llu}",
				       *any ? ", " : ", \"poisoned\": [", pos, length);
			else
				printf("# poisoned: 0x%llx bytes at 0x%llx\n", length,
				       pos);
			*any = true;
		}
	}
}

/*
 * Print the poisoned ranges of a file: comments of YAML, which are no part of the
 * map, or a key of a JSON object.  Knows of what sysfs lists, for devices that still
 * have the name that they were mounted by.
 */
void print_poison(const struct mount *mount, const struct famfs_map *map, bool json)
{
	bool any = false;
	FILE *list;
	u32 dev;

	for (dev = 0; dev < mount->nr_devices; dev++) {
		list = open_bad_blocks(mount->device[dev]);
		if (!list)
			continue;
		print_bad_blocks(list, dev, map, json, &any);
		fclose(list);
	}
	if (any && json)
		putchar(']');
}
