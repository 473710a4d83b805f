// SPDX-License-Identifier: GPL-2.0
/* famfs-mini show: print the map of a file. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/famfs_extent.h>

#include "commands.h"
#include "kmap.h"
#include "mapfile.h"
#include "poison.h"
#include "reason.h"
#include "utils.h"

static const char usage[] =
	"famfs-mini show [--json] [--] PATH...\n";

static const char help[] =
	"\n"
	"Print the maps of famfs files, in the format of map files.\n"
	"\n"
	"  -j, --json  print a JSON array with an object for each file\n"
	"  -h, --help  this help\n";

static bool mount_of(const char *path, u64 *id)
{
	struct statx stx;

	if (statx(AT_FDCWD, path, 0, STATX_MNT_ID, &stx))
		return false;
	*id = stx.stx_mnt_id;
	return stx.stx_mask & STATX_MNT_ID;
}

/* Whether the directory that the first @length bytes of @path name is. */
static bool in_mount(u64 mount, const char *path, size_t length)
{
	char *directory = xstrndup(path, length ? length : 1);
	bool same;
	u64 id;

	same = mount_of(directory, &id) && id == mount;
	free(directory);
	return same;
}

/*
 * The part of an absolute path without symbolic links that lies below the
 * mount point, or its last component if the file itself is a mount point.
 */
static const char *below_mount(const char *path)
{
	const char *slash = strrchr(path, '/'), *cut = slash;
	u64 mount;

	if (!mount_of(path, &mount))
		return NULL;
	while (slash && in_mount(mount, path, slash - path)) {
		cut = slash;
		slash = memrchr(path, '/', slash - path);
	}
	return cut + 1;
}

/* One extent or strip; @indent is what starts its lines. */
static void print_range_yaml(const char *indent,
			     const struct famfs_range *range)
{
	printf("%s- devindex: %" PRIu32 "\n%s  offset: 0x%" PRIx64
	       "\n%s  length: 0x%" PRIx64 "\n", indent, range->dev, indent,
	       range->addr, indent, range->length);
}

/* Upstream's tools do not know nbytes, which mostly says nothing new. */
static bool needs_bytes(const struct famfs_map *map,
			const struct famfs_ioc_interleaved_ext *ext)
{
	return map->nr_segments > 1 || ext->ie_nbytes != map->size;
}

static void print_extent_yaml(const struct famfs_map *map, u32 index)
{
	struct famfs_ioc_interleaved_ext ext;
	struct famfs_range range;
	u32 i;

	if (!famfs_map_interleaved(map, index, &ext)) {
		famfs_map_segment(map, index, &range);
		print_range_yaml("  ", &range);
		return;
	}
	printf("  - nstrips: %llu\n    chunk_size: 0x%llx\n", ext.ie_nstrips,
	       ext.ie_chunk_size);
	if (needs_bytes(map, &ext))
		printf("    nbytes: 0x%llx\n", ext.ie_nbytes);
	printf("    simple_ext_list:\n");
	for (i = 0; i < ext.ie_nstrips; i++) {
		famfs_map_strip(map, index, i, &range);
		print_range_yaml("    ", &range);
	}
}

static const char *list_key(const struct famfs_map *map)
{
	return map->nr_strips ? "striped_ext_list" : "simple_ext_list";
}

/* A comment: it is no part of the map. */
static void print_poison_yaml(u64 pos, u64 length, bool first)
{
	(void)first;
	printf("# poisoned: 0x%" PRIx64 " bytes at 0x%" PRIx64 "\n", length,
	       pos);
}

static void print_yaml(int fd, const char *path, const struct stat *st,
		       const struct famfs_map *map)
{
	u32 i;

	printf("---\nfile:\n  path: ");
	print_yaml_string(stdout, path);
	printf("\n  size: %" PRIu64 "\n  mode: 0%03o\n  uid: %u\n  gid: %u\n",
	       map->size, st->st_mode & 07777, st->st_uid, st->st_gid);
	printf("  nextents: %" PRIu32 "\n  %s:\n", map->nr_segments,
	       list_key(map));
	for (i = 0; i < map->nr_segments; i++)
		print_extent_yaml(map, i);
	poison_walk(fd, map, print_poison_yaml);
}

static void print_range_json(const struct famfs_range *range)
{
	printf("{\"devindex\": %" PRIu32 ", \"offset\": %" PRIu64
	       ", \"length\": %" PRIu64 "}", range->dev, range->addr,
	       range->length);
}

static void print_extent_json(const struct famfs_map *map, u32 index)
{
	struct famfs_ioc_interleaved_ext ext;
	struct famfs_range range;
	u32 i;

	if (!famfs_map_interleaved(map, index, &ext)) {
		famfs_map_segment(map, index, &range);
		print_range_json(&range);
		return;
	}
	printf("{\"nstrips\": %llu, \"chunk_size\": %llu", ext.ie_nstrips,
	       ext.ie_chunk_size);
	if (needs_bytes(map, &ext))
		printf(", \"nbytes\": %llu", ext.ie_nbytes);
	printf(", \"simple_ext_list\": [");
	for (i = 0; i < ext.ie_nstrips; i++) {
		famfs_map_strip(map, index, i, &range);
		fputs(i ? ", " : "", stdout);
		print_range_json(&range);
	}
	printf("]}");
}

static void print_poison_json(u64 pos, u64 length, bool first)
{
	printf("%s{\"offset\": %" PRIu64 ", \"length\": %" PRIu64 "}",
	       first ? ", \"poisoned\": [" : ", ", pos, length);
}

static void print_json(int fd, const char *path, const struct stat *st,
		       const struct famfs_map *map)
{
	u32 i;

	printf("  {\"path\": ");
	print_json_string(stdout, path);
	printf(", \"size\": %" PRIu64 ", \"mode\": %u", map->size,
	       st->st_mode & 07777);
	printf(", \"uid\": %u, \"gid\": %u", st->st_uid, st->st_gid);
	printf(", \"nextents\": %" PRIu32 ", \"%s\": [", map->nr_segments,
	       list_key(map));
	for (i = 0; i < map->nr_segments; i++) {
		fputs(i ? ", " : "", stdout);
		print_extent_json(map, i);
	}
	putchar(']');
	if (poison_walk(fd, map, print_poison_json))
		putchar(']');
	putchar('}');
}

/* The map of an open file, or NULL after saying why there is none. */
static struct famfs_map *get_map(int fd, const char *name, struct stat *st)
{
	struct famfs_map *map;

	if (fstat(fd, st)) {
		fprintf(stderr, "%s: %s\n", name, strerror(errno));
		return NULL;
	}
	if (!on_famfs(fd)) {
		fprintf(stderr, "%s: not on famfs\n", name);
		return NULL;
	}
	if (!S_ISREG(st->st_mode)) {
		fprintf(stderr, "%s: not a regular file\n", name);
		return NULL;
	}
	map = kmap_get(fd);
	if (!map)
		fprintf(stderr, "%s: cannot get the map: %s%s\n", name,
			strerror(errno), get_hint(errno));
	return map;
}

static bool show_map(int fd, const char *name, const struct stat *st,
		     const struct famfs_map *map, bool json, bool first)
{
	char *full = realpath(name, NULL);
	const char *path = full ? below_mount(full) : NULL;
	char shown[PRINTABLE_SIZE];

	if (!path) {
		fprintf(stderr, "%s: cannot find its mount point: %s\n", name,
			strerror(errno));
	} else if (!valid_utf8(path)) {
		fprintf(stderr, "%s: the path is not UTF-8\n", name);
		path = NULL;
	} else if (json) {
		fputs(first ? "\n" : ",\n", stdout);
		print_json(fd, path, st, map);
	} else if (path_problem(path)) {
		fprintf(stderr, "%s: no map file can name it: %s\n",
			printable(shown, sizeof(shown), name),
			path_problem(path));
		path = NULL;
	} else {
		print_yaml(fd, path, st, map);
	}
	free(full);
	return path;
}

static bool show(const char *name, bool json, bool first)
{
	struct famfs_map *map;
	bool shown = false;
	struct stat st;
	int fd;

	fd = open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0) {
		fprintf(stderr, "%s: %s\n", name, strerror(errno));
		return false;
	}
	map = get_map(fd, name, &st);
	if (map)
		shown = show_map(fd, name, &st, map, json, first);
	famfs_map_free(map);
	close(fd);
	return shown;
}

static int show_all(char **names, bool json)
{
	size_t shown = 0, failed = 0;

	if (json)
		putchar('[');
	for (; *names; names++) {
		if (show(*names, json, !shown))
			shown++;
		else
			failed++;
	}
	if (json)
		printf("%s]\n", shown ? "\n" : "");
	return failed ? STATUS_FAILED : STATUS_OK;
}

int cmd_show(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{}
	};
	bool json = false;
	int option;

	while ((option = getopt_long(argc, argv, "jh", options, NULL)) != -1) {
		switch (option) {
		case 'j':
			json = true;
			break;
		case 'h':
			printf("usage: %s%s", usage, help);
			return STATUS_OK;
		default:
			return usage_error("show ", usage);
		}
	}
	if (optind == argc)
		return usage_error("show ", usage);
	return show_all(argv + optind, json);
}
