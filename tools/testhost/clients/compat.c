// SPDX-License-Identifier: GPL-2.0
/*
 * The ioctls as a 32-bit process makes them: by its system call, which a 64-bit
 * process can make as well, with structures below 4 GiB.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <linux/famfs_ioctl.h>

#include "poke.h"

#ifdef __x86_64__
#define I386_IOCTL 54

/* What such a process compiles: what has no pointer has the same layout. */
struct i386_map {
	uint32_t extent_type;
	uint32_t file_type;
	uint64_t file_size;
	uint64_t ext_list_count;
	uint64_t ext_list[2][2];
} __attribute__((packed, aligned(4)));

static int ioctl32(int fd, uint32_t cmd, void *arg)
{
	int ret;

	asm volatile("int $0x80"
		     : "=a" (ret)
		     : "a" (I386_IOCTL), "b" (fd), "c" (cmd),
		       "d" ((uint32_t)(uintptr_t)arg)
		     : "memory", "r8", "r9", "r10", "r11");
	if (ret >= 0)
		return ret;
	errno = -ret;
	return -1;
}

static void *low_memory(size_t len)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	if (p == MAP_FAILED)
		fail("mmap");
	return p;
}

static void say_result(const char *name, int ret)
{
	printf("%s %s\n", name, ret ? strerrorname_np(errno) : "ok");
}

/* ioctl32 FILE OFFSET: give it 2 MiB there as a map, and try every other call */
int cmd_ioctl32(int argc, char **argv)
{
	struct i386_map *map = low_memory(4096);
	uint64_t offset;
	int fd;

	if (argc != 3)
		fail_say("usage: ioctl32 FILE OFFSET");
	fd = open_file(argv[1], O_RDWR);
	offset = number(argv[2]);
	say_result("nop", ioctl32(fd, FAMFSIOC_NOP, NULL));
	say_result("create_v2", ioctl32(fd, FAMFSIOC_MAP_CREATE_V2, map));
	map->file_size = PMD_BYTES;
	map->ext_list_count = 1;
	map->ext_list[0][0] = offset;
	map->ext_list[0][1] = PMD_BYTES;
	say_result("create", ioctl32(fd, FAMFSIOC_MAP_CREATE, map));
	say_result("create again", ioctl32(fd, FAMFSIOC_MAP_CREATE, map));
	memset(map, 0xa5, sizeof(*map));
	say_result("get", ioctl32(fd, FAMFSIOC_MAP_GET, map));
	printf("size %lu extents %lu %lu:%lu\n", map->file_size,
	       map->ext_list_count, map->ext_list[0][0], map->ext_list[0][1]);
	memset(map, 0xa5, sizeof(*map));
	say_result("getext", ioctl32(fd, FAMFSIOC_MAP_GETEXT, map));
	printf("%lu:%lu\n", ((uint64_t *)map)[0], ((uint64_t *)map)[1]);
	say_result("get_v2", ioctl32(fd, FAMFSIOC_MAP_GET_V2, map));
	return 0;
}
#else
/* A process of arm64 has no other system calls than those of 64 bits. */
int cmd_ioctl32(int argc __attribute__((unused)),
		char **argv __attribute__((unused)))
{
	fail_say("no system calls of 32 bits");
	return 1;
}
#endif
