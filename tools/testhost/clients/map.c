// SPDX-License-Identifier: GPL-2.0
/*
 * The ioctls.  Every structure lies at the end of mapped memory, so that the
 * kernel cannot touch a byte past it unnoticed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/famfs_ioctl.h>

#include "poke.h"

/* Set one field of a map from NAME=VALUE; ext=OFFSET:LENGTH adds an extent. */
static void set_field(struct famfs_ioc_map *map, size_t *nr_ext, char *arg)
{
	char *value = strchr(arg, '=');
	char *colon;

	if (!value)
		fail_say("not NAME=VALUE: %s", arg);
	*value++ = '\0';
	if (!strcmp(arg, "size")) {
		map->file_size = number(value);
	} else if (!strcmp(arg, "count")) {
		map->ext_list_count = number(value);
	} else if (!strcmp(arg, "extent_type")) {
		map->extent_type = number(value);
	} else if (!strcmp(arg, "file_type")) {
		map->file_type = number(value);
	} else if (!strcmp(arg, "ext")) {
		colon = strchr(value, ':');
		if (!colon || *nr_ext == FAMFS_MAX_EXTENTS)
			fail_say("bad extent: %s", value);
		*colon = '\0';
		map->ext_list[*nr_ext].offset = number(value);
		map->ext_list[*nr_ext].len = number(colon + 1);
		++*nr_ext;
		map->ext_list_count = *nr_ext;
	} else {
		fail_say("no such field: %s", arg);
	}
}

/* map FILE NAME=VALUE...: FAMFSIOC_MAP_CREATE, of a simple regular file */
int cmd_map(int argc, char **argv)
{
	struct famfs_ioc_map *map = before_hole(sizeof(*map));
	size_t nr_ext = 0;
	int fd, i;

	if (argc < 2)
		fail_say("usage: map FILE NAME=VALUE...");
	for (i = 2; i < argc; i++)
		set_field(map, &nr_ext, argv[i]);
	/* So that a file system that is read-only refuses the call itself. */
	fd = open_file(argv[1], O_RDONLY);
	if (ioctl(fd, FAMFSIOC_MAP_CREATE, map))
		fail("MAP_CREATE");
	return 0;
}

/* map-bad-pointer FILE: FAMFSIOC_MAP_CREATE of memory that is not there */
int cmd_map_bad_pointer(int argc, char **argv)
{
	struct famfs_ioc_map *map = before_hole(sizeof(*map));

	if (argc != 2)
		fail_say("usage: map-bad-pointer FILE");
	/* The last byte is past the end of mapped memory. */
	if (ioctl(open_file(argv[1], O_RDWR), FAMFSIOC_MAP_CREATE,
		  (char *)map + 1))
		fail("MAP_CREATE");
	return 0;
}

static void check_zero(const void *mem, size_t len)
{
	const unsigned char *byte = mem;
	size_t i;

	for (i = 0; i < len; i++)
		if (byte[i])
			fail_say("unused byte %zu is 0x%02x", i, byte[i]);
}

static void print_extents(const struct famfs_extent *ext, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		printf(" 0x%llx:0x%llx", ext[i].offset, ext[i].len);
	putchar('\n');
}

/* get FILE: FAMFSIOC_MAP_GET; what is not used of the answer must be zero */
int cmd_get(int argc, char **argv)
{
	struct famfs_ioc_map *map = before_hole(sizeof(*map));
	size_t used;

	if (argc != 2)
		fail_say("usage: get FILE");
	memset(map, 0xa5, sizeof(*map));
	if (ioctl(open_file(argv[1], O_RDONLY), FAMFSIOC_MAP_GET, map))
		fail("MAP_GET");
	used = map->ext_list_count;
	if (used > FAMFS_MAX_EXTENTS)
		fail_say("%zu extents in a structure for %d", used,
			 FAMFS_MAX_EXTENTS);
	check_zero(map->ext_list + used,
		   (FAMFS_MAX_EXTENTS - used) * sizeof(map->ext_list[0]));
	printf("extent_type=%d file_type=%d size=%llu", map->extent_type,
	       map->file_type, map->file_size);
	print_extents(map->ext_list, used);
	return 0;
}

/* getext FILE N: FAMFSIOC_MAP_GETEXT with room for exactly N extents */
int cmd_getext(int argc, char **argv)
{
	struct famfs_extent *ext;
	size_t n;

	if (argc != 3)
		fail_say("usage: getext FILE N");
	n = number(argv[2]);
	ext = before_hole(n * sizeof(*ext));
	if (ioctl(open_file(argv[1], O_RDONLY), FAMFSIOC_MAP_GETEXT, ext))
		fail("MAP_GETEXT");
	printf("extents:");
	print_extents(ext, n);
	return 0;
}

/* nop FILE: FAMFSIOC_NOP, which says whether it is a famfs file */
int cmd_nop(int argc, char **argv)
{
	if (argc != 2)
		fail_say("usage: nop FILE");
	if (ioctl(open_file(argv[1], O_RDONLY), FAMFSIOC_NOP))
		fail("NOP");
	return 0;
}

/* ioctl FILE NUMBER: any call without an argument */
int cmd_ioctl(int argc, char **argv)
{
	if (argc != 3)
		fail_say("usage: ioctl FILE NUMBER");
	if (ioctl(open_file(argv[1], O_RDONLY), number(argv[2]), 0))
		fail("ioctl");
	return 0;
}
