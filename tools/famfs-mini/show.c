// SPDX-License-Identifier: GPL-2.0
/* The command show: the maps of files, and which of their bytes are poisoned. */
#include <sys/sysmacros.h>

#include "famfs-mini.h"

/* What sysfs lists of a device's bad blocks, or NULL where there is no list. */
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

/* Print which bytes of the file a range holds.  Returns whether @any were printed yet. */
static bool print_range(const struct famfs_map *map, struct famfs_reverse walk,
			bool json, bool any)
{
	u64 pos, length;

	for (; famfs_map_reverse(map, &walk, &pos, &length); any = true)
		if (json)
			printf("%s{\"offset\": %llu, \"length\": %llu}",
			       any ? ", " : ", \"poisoned\": [", pos, length);
		else
			printf("# poisoned: 0x%llx bytes at 0x%llx\n", length, pos);
	return any;
}

/* Of devices that still have the name that they were mounted by. */
static void print_poison(const struct mount *mount, const struct famfs_map *map, bool json)
{
	struct famfs_reverse bad = {};
	bool any = false;
	FILE *list;

	for (; bad.dev < mount->nr_devices; bad.dev++) {
		list = open_bad_blocks(mount->device[bad.dev]);
		while (list && fscanf(list, "%llu %llu", &bad.addr, &bad.length) == 2) {
			bad.addr *= 512;	/* as sectors are counted */
			bad.length *= 512;
			any = print_range(map, bad, json, any);
		}
		if (list)
			fclose(list);
	}
	if (any && json)
		putchar(']');
}

/* Find what is to be known of a file, which becomes @file, and print it. */
static bool show(int fd, const char *name, struct map_file *file, bool json, bool first)
{
	const char *path, *problem;
	struct mount mount;
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return fail("%s: %m", name);
	if (!on_famfs(fd))
		return fail("%s: not on famfs", name);
	if (!S_ISREG(st.st_mode))
		return fail("%s: not a regular file", name);
	if (!kmap_get(fd, file))
		return fail("%s: cannot get the map: %m%s", name,
			    errno == EINVAL ? " (the file has no map)" :
			    errno != EOVERFLOW ? "" :
			    " (the map has more extents than this version can read)");
	file->mode = st.st_mode & 07777;
	file->uid = st.st_uid;
	file->gid = st.st_gid;
	file->path = realpath(name, NULL);
	if (!file->path || !mount_find(&mount, fd))
		return fail("%s: cannot find its mount point: %m", name);
	/* Below the mount point, or the last component if the file itself is one. */
	path = file->path + (strcmp(mount.directory, "/") ? strlen(mount.directory) : 0);
	path = *path ? path + 1 : strrchr(file->path, '/') + 1;
	memmove(file->path, path, strlen(path) + 1);
	problem = path_problem(file->path);
	if (!valid_utf8(file->path))
		return fail("%s: the path is not UTF-8", name);
	if (problem && !json)
		return fail("%s: no map file can name it: %s", printable(name), problem);
	fputs(!json ? "" : first ? "\n  {" : ",\n  {", stdout);
	map_file_print(file, json);
	print_poison(&mount, file->map, json);
	fputs(json ? "}" : "", stdout);
	return true;
}

void cmd_show(char **names, const struct settings *settings)
{
	bool any = false;

	fputs(settings->json ? "[" : "", stdout);
	for (; *names; names++) {
		int fd = open(*names, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		struct map_file file = {};

		any |= show(fd, *names, &file, settings->json, !any);
		map_file_free(&file);
		close(fd);
	}
	if (settings->json)
		printf("%s]\n", any ? "\n" : "");
}
