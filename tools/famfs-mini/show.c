// SPDX-License-Identifier: GPL-2.0
/*
 * The command show: the maps of files, and which bytes of them the kernel found poisoned,
 * as sysfs lists it for a device: by sectors, as for a block device.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "famfs-mini.h"

#define SECTOR_SHIFT 9

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
static void print_poison(const struct mount *mount, const struct famfs_map *map, bool json)
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

/*
 * The part of an absolute path without symbolic links that lies below the mount point,
 * or its last component if the file itself is a mount point.
 */
static const char *below_mount(const char *path, const char *mount_point)
{
	size_t length = strcmp(mount_point, "/") ? strlen(mount_point) : 0;

	return path[length] ? path + length + 1 : strrchr(path, '/') + 1;
}

/* Print the map that was found, unless its path cannot be printed. */
static bool show_map(int fd, const char *name, struct map_file *file, bool json,
		     bool first)
{
	char *full = realpath(name, NULL);
	struct mount mount;
	bool good = false;

	if (full && mount_find(&mount, fd))
		file->path = or_die(strdup(below_mount(full, mount.directory)));
	if (!file->path) {
		fail("%s: cannot find its mount point: %m", name);
	} else if (!valid_utf8(file->path)) {
		fail("%s: the path is not UTF-8", name);
	} else if (!json && path_problem(file->path)) {
		fail("%s: no map file can name it: %s", printable(name),
		     path_problem(file->path));
	} else {
		fputs(!json ? "---\nfile:\n  " : first ? "\n  {" : ",\n  {", stdout);
		print_mapping(file_keys, file, 2, json);
		fputs(json ? "" : "\n", stdout);
		print_poison(&mount, file->map, json);
		fputs(json ? "}" : "", stdout);
		good = true;
	}
	free(full);
	return good;
}

/* What kmap_get() means by its errno. */
static const char *get_hint(void)
{
	return errno == EINVAL ? " (the file has no map)" :
	       errno == EOVERFLOW ?
	       " (the map has more extents than this version can read)" : "";
}

static bool show(const char *name, bool json, bool first)
{
	int fd = open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct map_file file = {};
	bool shown = false;
	struct stat st;

	if (fd < 0 || fstat(fd, &st)) {
		fail("%s: %m", name);
	} else if (!on_famfs(fd)) {
		fail("%s: not on famfs", name);
	} else if (!S_ISREG(st.st_mode)) {
		fail("%s: not a regular file", name);
	} else if (!kmap_get(fd, &file)) {
		fail("%s: cannot get the map: %m%s", name, get_hint());
	} else {
		file.mode = st.st_mode & 07777;
		file.uid = st.st_uid;
		file.gid = st.st_gid;
		shown = show_map(fd, name, &file, json, first);
	}
	map_file_free(&file);
	if (fd >= 0)
		close(fd);
	return shown;
}

void cmd_show(char **names, const struct settings *settings)
{
	bool any = false;

	if (settings->json)
		putchar('[');
	for (; *names; names++)
		any |= show(*names, settings->json, !any);
	if (settings->json)
		printf("%s]\n", any ? "\n" : "");
}
