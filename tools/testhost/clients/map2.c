// SPDX-License-Identifier: GPL-2.0
/*
 * The ioctls whose structures have pointers.  All memory that the kernel is to
 * read or write ends where the address space has a hole.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sys/ioctl.h>

#include <linux/famfs_ioctl.h>

#include "poke.h"

#define MAX_LIST 65536

static struct famfs_ioc_simple_extent list[MAX_LIST];
static size_t nr_list;
static struct famfs_ioc_interleaved_ext striped[8];
static size_t nr_striped;
static const char *bad_pointer;

/* The next number of a text A:B:C, and go behind it. */
static uint64_t next_number(char **text)
{
	char *token = strsep(text, ":");

	if (!token)
		fail_say("a number is missing");
	return number(token);
}

static void add_extent(char *value)
{
	if (nr_list == MAX_LIST)
		fail_say("too many extents");
	list[nr_list].devindex = next_number(&value);
	list[nr_list].offset = next_number(&value);
	list[nr_list++].len = next_number(&value);
}

/* COUNT extents of LENGTH, the first at OFFSET, each next one STEP before it */
static void add_down(char *value)
{
	uint64_t count = next_number(&value), offset = next_number(&value);
	uint64_t step = next_number(&value), len = next_number(&value);
	uint64_t i;

	for (i = 0; i < count; i++) {
		list[nr_list].offset = offset - i * step;
		list[nr_list++].len = len;
	}
}

/* NSTRIPS:CHUNK:NBYTES; the extents that follow are its strips */
static void add_striped(char *value)
{
	struct famfs_ioc_interleaved_ext *ext = &striped[nr_striped++];

	ext->ie_nstrips = next_number(&value);
	ext->ie_chunk_size = next_number(&value);
	ext->ie_nbytes = next_number(&value);
	ext->ie_strips = list + nr_list;
}

static void set_field(struct famfs_ioc_fmap *map, char *arg)
{
	char *name = strsep(&arg, "=");

	if (!arg)
		fail_say("not NAME=VALUE: %s", name);
	if (!strcmp(name, "size"))
		map->fioc_file_size = number(arg);
	else if (!strcmp(name, "count"))
		map->fioc_nextents = number(arg);
	else if (!strcmp(name, "ext_type"))
		map->fioc_ext_type = number(arg);
	else if (!strcmp(name, "ext"))
		add_extent(arg);
	else if (!strcmp(name, "down"))
		add_down(arg);
	else if (!strcmp(name, "striped"))
		add_striped(arg);
	else if (!strcmp(name, "bad"))
		bad_pointer = arg;
	else
		fail_say("no such field: %s", name);
}

static void *copy_before_hole(const void *from, size_t size)
{
	return memcpy(before_hole(size), from, size);
}

/* Strips are where the extent says, so many as it says, if there are any. */
static void finish_striped(struct famfs_ioc_fmap *map)
{
	size_t i, size;

	for (i = 0; i < nr_striped; i++) {
		size = striped[i].ie_nstrips * sizeof(list[0]);
		striped[i].ie_strips =
			copy_before_hole(striped[i].ie_strips, size);
	}
	if (bad_pointer && !strcmp(bad_pointer, "strips"))
		striped[0].ie_strips = (void *)8;
	map->kie = copy_before_hole(striped, nr_striped * sizeof(striped[0]));
	map->fioc_niext = nr_striped;
	map->fioc_ext_type = FAMFS_IOC_EXT_INTERLEAVE;
}

/*
 * map2 FILE size=N NAME=VALUE...: FAMFSIOC_MAP_CREATE_V2.  ext=DEV:OFFSET:LEN
 * and down=COUNT:OFFSET:STEP:LEN add extents, or strips of the last
 * striped=NSTRIPS:CHUNK:NBYTES; count= and ext_type= say something else than
 * what follows from them, and bad=list or bad=strips make a pointer bad.  Prints
 * the ticks that the call took.
 */
int cmd_map2(int argc, char **argv)
{
	struct famfs_ioc_fmap *map = before_hole(sizeof(*map));
	struct famfs_ioc_fmap said = {};
	uint64_t start;
	int fd, i;

	if (argc < 3)
		fail_say("usage: map2 FILE NAME=VALUE...");
	memset(map, 0, sizeof(*map));
	for (i = 2; i < argc; i++)
		set_field(&said, argv[i]);
	map->kse = copy_before_hole(list, nr_list * sizeof(list[0]));
	map->fioc_nextents = nr_list;
	if (nr_striped)
		finish_striped(map);
	if (bad_pointer && !strcmp(bad_pointer, "list"))
		map->kse = (void *)8;
	map->fioc_file_size = said.fioc_file_size;
	if (said.fioc_nextents)
		map->fioc_nextents = said.fioc_nextents;
	if (said.fioc_ext_type)
		map->fioc_ext_type = said.fioc_ext_type;
	fd = open_file(argv[1], O_RDWR);
	start = ticks();
	if (ioctl(fd, FAMFSIOC_MAP_CREATE_V2, map))
		fail("MAP_CREATE_V2");
	printf("%lu\n", ticks() - start);
	return 0;
}

static void print_extents(const struct famfs_ioc_simple_extent *ext, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		printf(" %llu:0x%llx:0x%llx", ext[i].devindex, ext[i].offset,
		       ext[i].len);
	putchar('\n');
}

/* get2 FILE: FAMFSIOC_MAP_GET_V2 */
int cmd_get2(int argc, char **argv)
{
	struct famfs_ioc_get_fmap *map = before_hole(sizeof(*map));
	const struct famfs_ioc_interleaved_ext *ext = &map->ks.ikie;

	if (argc != 2)
		fail_say("usage: get2 FILE");
	memset(map, 0xa5, sizeof(*map));
	if (ioctl(open_file(argv[1], O_RDONLY), FAMFSIOC_MAP_GET_V2, map))
		fail("MAP_GET_V2");
	printf("size=%llu file_type=%d", map->iocmap.fioc_file_size,
	       map->iocmap.fioc_file_type);
	if (map->iocmap.kse)
		fail_say(" a kernel pointer: %p", (void *)map->iocmap.kse);
	if (map->iocmap.fioc_ext_type == FAMFS_IOC_EXT_SIMPLE) {
		print_extents(map->ikse, map->iocmap.fioc_nextents);
		return 0;
	}
	printf(" striped=%llu:%llu:%llu", ext->ie_nstrips, ext->ie_chunk_size,
	       ext->ie_nbytes);
	print_extents(map->ks.kie_strips, ext->ie_nstrips);
	return 0;
}
