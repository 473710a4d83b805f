// SPDX-License-Identifier: GPL-2.0
/*
 * The memory devices of a mount, as its options in /proc tell, and which bytes of a
 * file the kernel found poisoned, as sysfs lists it for the device: by sectors, as for
 * a block device.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "famfs-mini.h"

#define OPTION ",daxdev="
#define SECTOR_SHIFT 9

/* The mount that a file is in; like statx(2). */
bool mount_id(int directory, const char *path, u64 *id)
{
	struct statx stx;

	if (statx(directory, path, AT_EMPTY_PATH, STATX_MNT_ID, &stx))
		return false;
	*id = stx.stx_mnt_id;
	return stx.stx_mask & STATX_MNT_ID;
}

/* The line of a mount in mountinfo, which ends in " - TYPE SOURCE OPTIONS". */
static char *mount_line(int fd)
{
	char *line = NULL, *found = NULL;
	size_t size = 0;
	FILE *list;
	u64 id;

	if (!mount_id(fd, "", &id))
		return NULL;
	list = fopen("/proc/self/mountinfo", "re");
	if (!list)
		return NULL;
	errno = ENOENT;
	while (!found && getline(&line, &size, list) > 0)
		if (strtoull(line, NULL, 10) == id)
			found = line;
	if (!found)
		free(line);
	fclose(list);
	return found;
}

/* End a name at a blank or comma; those that are in it come as \ooo. */
static void end_name(char *name)
{
	const char *from = name;

	while (*from && !strchr(" ,\n", *from)) {
		if (*from == '\\' && strspn(from + 1, "01234567") >= 3) {
			*name++ = (from[1] - '0') << 6 | (from[2] - '0') << 3 |
				  (from[3] - '0');
			from += 4;
		} else {
			*name++ = *from++;
		}
	}
	*name = '\0';
}

/* The devices of the mount that @fd is in.  False and errno if they are unknown. */
bool devices_find(struct devices *devices, int fd)
{
	char *name, *next;

	devices->nr = 0;
	devices->line = mount_line(fd);
	if (!devices->line)
		return false;
	/* What comes before the dash holds no lone one. */
	name = strchr(strstr(devices->line, " - ") + 3, ' ') + 1;
	for (; name; name = next) {
		next = strstr(name, OPTION);
		if (next)
			next += strlen(OPTION);
		end_name(name);
		if (devices->nr == FAMFS_MAX_DEVICES) {
			free(devices->line);
			errno = E2BIG;
			return false;
		}
		devices->name[devices->nr++] = name;
	}
	return true;
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

	while (fscanf(list, "%" SCNu64 " %" SCNu64, &sector, &count) == 2) {
		struct famfs_reverse walk = {
			.dev = dev,
			.addr = sector << SECTOR_SHIFT,
			.length = count << SECTOR_SHIFT,
		};

		while (famfs_map_reverse(map, &walk, &pos, &length)) {
			if (json)
				printf("%s{\"offset\": %" PRIu64 ", \"length\": %" PRIu64 "}",
				       *any ? ", " : ", \"poisoned\": [", pos, length);
			else
				printf("# poisoned: 0x%" PRIx64 " bytes at 0x%" PRIx64 "\n",
				       length, pos);
			*any = true;
		}
	}
}

/*
 * Print the poisoned ranges of a file: comments of YAML, which are no part of the
 * map, or a key of a JSON object.  Knows of what sysfs lists, for devices that still
 * have the name that they were mounted by.
 */
void print_poison(int fd, const struct famfs_map *map, bool json)
{
	struct devices devices;
	bool any = false;
	FILE *list;
	u32 dev;

	if (!devices_find(&devices, fd))
		return;
	for (dev = 0; dev < devices.nr; dev++) {
		list = open_bad_blocks(devices.name[dev]);
		if (!list)
			continue;
		print_bad_blocks(list, dev, map, json, &any);
		fclose(list);
	}
	if (any && json)
		putchar(']');
	free(devices.line);
}
