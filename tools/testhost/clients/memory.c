// SPDX-License-Identifier: GPL-2.0
/* Mappings: faults, private copies, single words, poison. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "poke.h"

static int map_flags(const char *way)
{
	if (!strcmp(way, "sync"))
		return MAP_SHARED_VALIDATE | MAP_SYNC;
	if (!strcmp(way, "populate"))
		return MAP_SHARED | MAP_POPULATE;
	if (strcmp(way, "shared") && strcmp(way, "mlock"))
		fail_say("no such way: %s", way);
	return MAP_SHARED;
}

/*
 * mmap FILE OFFSET LENGTH [sync|populate|mlock]: only map, and say how it is
 * aligned
 */
int cmd_mmap(int argc, char **argv)
{
	const char *way = argc == 5 ? argv[4] : "shared";
	uint64_t offset, len;
	char *p;

	if (argc != 4 && argc != 5)
		fail_say("usage: mmap FILE OFFSET LENGTH [WAY]");
	offset = number(argv[2]);
	len = number(argv[3]);
	/* Just that length: whole units may be aligned by the kernel anyway. */
	p = mmap(NULL, len, PROT_READ | PROT_WRITE, map_flags(way),
		 open_file(argv[1], O_RDWR), offset);
	if (p == MAP_FAILED)
		fail("mmap");
	if (!strcmp(way, "mlock") && mlock(p, len))
		fail("mlock");
	/* A huge page needs the same place in 2 MiB in memory and in the file. */
	printf("misaligned by %lu\n", ((uintptr_t)p - offset) % PMD_BYTES);
	return 0;
}

/* As in linux/mman.h from Linux 6.5 on, which not all systems have. */
#ifndef __NR_cachestat
#define __NR_cachestat 451
#endif

struct file_range {
	uint64_t off;
	uint64_t len;
};

struct cache_counts {
	uint64_t nr_cache;
	uint64_t nr_dirty;
	uint64_t nr_writeback;
	uint64_t nr_evicted;
	uint64_t nr_recently_evicted;
};

/*
 * cachestat FILE OFFSET LENGTH: what the kernel counts as page cache of a range that
 * is mapped and stored to
 */
int cmd_cachestat(int argc, char **argv)
{
	struct file_range range;
	struct cache_counts stat = {};
	char *p;
	int fd;

	if (argc != 4)
		fail_say("usage: cachestat FILE OFFSET LENGTH");
	range.off = number(argv[2]);
	range.len = number(argv[3]);
	fd = open_file(argv[1], O_RDWR);
	p = mmap(NULL, range.len, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		 range.off);
	if (p == MAP_FAILED)
		fail("mmap");
	memset(p, 1, range.len);
	if (syscall(__NR_cachestat, fd, &range, &stat, 0))
		fail("cachestat");
	printf("%ld there, %ld dirty, %ld evicted\n", (long)stat.nr_cache,
	       (long)stat.nr_dirty, (long)stat.nr_evicted);
	return 0;
}

/*
 * touch FILE OFFSET LENGTH STEP [read|write]: map the range and access one byte
 * in every STEP bytes
 */
int cmd_touch(int argc, char **argv)
{
	bool write = argc == 6 && !strcmp(argv[5], "write");
	uint64_t len, step, i;
	const char *result;
	uint8_t *p;
	int prot;

	if (argc < 5 || argc > 6)
		fail_say("usage: touch FILE OFFSET LENGTH STEP [read|write]");
	len = number(argv[3]);
	step = number(argv[4]);
	prot = write ? PROT_READ | PROT_WRITE : PROT_READ;
	p = map_range(open_file(argv[1], write ? O_RDWR : O_RDONLY),
		      number(argv[2]), len, prot, MAP_SHARED);
	for (i = 0; i < len; i += step) {
		if (write) {
			p[i] = 1;
			continue;
		}
		result = try_access(load_byte, p + i);
		if (strcmp(result, "ok"))
			fail_say("%s at %lu", result, i);
	}
	return 0;
}

/* cat FILE: write the file to standard output, straight from a mapping */
int cmd_cat(int argc, char **argv)
{
	struct stat st;
	off_t done;
	ssize_t n;
	char *p;
	int fd;

	if (argc != 2)
		fail_say("usage: cat FILE");
	fd = open_file(argv[1], O_RDONLY);
	if (fstat(fd, &st))
		fail("fstat");
	p = map_range(fd, 0, st.st_size, PROT_READ, MAP_SHARED);
	for (done = 0; done < st.st_size; done += n) {
		n = write(STDOUT_FILENO, p + done, st.st_size - done);
		if (n < 0)
			fail("write");
	}
	return 0;
}

/*
 * view FILE OFFSET LENGTH PAGES: a mapping of just that length, at an address that
 * is as many pages off what huge pages fit, has the file's bytes
 */
int cmd_view(int argc, char **argv)
{
	long page = sysconf(_SC_PAGESIZE);
	uint64_t offset, len, i;
	char *room, *p;
	int fd;

	if (argc != 5)
		fail_say("usage: view FILE OFFSET LENGTH PAGES");
	offset = number(argv[2]);
	len = number(argv[3]);
	fd = open_file(argv[1], O_RDONLY);
	room = map_range(fd, offset, len + PMD_BYTES, PROT_NONE, MAP_SHARED);
	p = mmap(room + number(argv[4]) * page, len, PROT_READ, MAP_SHARED | MAP_FIXED, fd,
		 offset);
	if (p == MAP_FAILED)
		fail("mmap");
	for (i = 0; i < len; i += page) {
		char want[sizeof(uint64_t)];

		if (pread(fd, want, sizeof(want), offset + i) != sizeof(want))
			fail("pread");
		if (memcmp(p + i, want, sizeof(want)))
			fail_say("other bytes at %lu", offset + i);
	}
	return 0;
}

/*
 * private FILE OFFSET [store]: a private mapping is a copy from the first write
 * on, also if nothing was read before
 */
int cmd_private(int argc, char **argv)
{
	volatile uint64_t *copy;
	volatile uint64_t *file;
	uint64_t before;
	int fd;

	if (argc != 3 && argc != 4)
		fail_say("usage: private FILE OFFSET [store]");
	fd = open_file(argv[1], O_RDWR);
	copy = map_range(fd, number(argv[2]), PMD_BYTES, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE);
	file = map_range(fd, number(argv[2]), PMD_BYTES, PROT_READ, MAP_SHARED);
	before = *file;
	if (argc == 3 && *copy != before)
		fail_say("a private mapping reads 0x%lx, the file 0x%lx", *copy,
			 before);
	*copy = ~before;
	if (*copy != ~before)
		fail_say("the copy reads 0x%lx, wrote 0x%lx", *copy, ~before);
	if (*file != before)
		fail_say("the write reached the file: 0x%lx", *file);
	return 0;
}

/* word FILE OFFSET [VALUE]: load or store 64 bits through a shared mapping */
int cmd_word(int argc, char **argv)
{
	volatile uint64_t *p;

	if (argc != 3 && argc != 4)
		fail_say("usage: word FILE OFFSET [VALUE]");
	p = map_range(open_file(argv[1], O_RDWR), number(argv[2]), sizeof(*p),
		      PROT_READ | PROT_WRITE, MAP_SHARED);
	if (argc == 4)
		*p = number(argv[3]);
	printf("0x%lx\n", *p);
	return 0;
}

static void poison_page(volatile uint8_t *addr)
{
	if (madvise((void *)addr, sysconf(_SC_PAGESIZE), MADV_HWPOISON))
		fail("madvise");
}

/*
 * poison FILE OFFSET: fail the page there as the machine would, under a process
 * that uses it, and say what becomes of that process
 */
int cmd_poison(int argc, char **argv)
{
	const char *result;
	uint8_t *p;

	if (argc != 3)
		fail_say("usage: poison FILE OFFSET");
	p = map_range(open_file(argv[1], O_RDWR), number(argv[2]),
		      sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE,
		      MAP_SHARED);
	result = try_access(store_byte, p);
	if (strcmp(result, "ok"))
		fail_say("before the poison: %s", result);
	printf("failing: %s\n", try_access(poison_page, p));
	printf("touching: %s\n", try_access(store_byte, p));
	return 0;
}

/* MAP_FIXED one unit of the file into a reserved range. */
static void place(int fd, char *where, uint64_t unit)
{
	if (mmap(where + unit * PMD_BYTES, PMD_BYTES, PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_FIXED, fd, unit * PMD_BYTES) == MAP_FAILED)
		fail("mmap");
}

/*
 * areas FILE: map 8 MiB so that areas merge, split, move, are copied by fork and
 * go in parts; nothing of it is left
 */
int cmd_areas(int argc, char **argv)
{
	int fd, status;
	char *p, *moved;
	pid_t child;

	if (argc != 2)
		fail_say("usage: areas FILE");
	fd = open_file(argv[1], O_RDWR);
	p = mmap(NULL, 16 * PMD_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
		 -1, 0);
	if (p == MAP_FAILED)
		fail("mmap");
	p = (char *)(((uintptr_t)p + PMD_BYTES - 1) & ~(PMD_BYTES - 1));
	place(fd, p, 1);
	place(fd, p, 0);
	place(fd, p, 3);
	place(fd, p, 2);
	/* All four become one, if they are not yet. */
	if (mprotect(p, 4 * PMD_BYTES, PROT_READ) ||
	    mprotect(p, 4 * PMD_BYTES, PROT_READ | PROT_WRITE))
		fail("mprotect");
	p[0] = 1;
	child = fork();
	if (child < 0)
		fail("fork");
	if (!child) {
		munmap(p + PMD_BYTES, PMD_BYTES);
		_exit(p[0] != 1);
	}
	if (waitpid(child, &status, 0) != child || status)
		fail_say("the child ended with %#x", status);
	if (mprotect(p + PMD_BYTES, PMD_BYTES, PROT_READ) ||
	    mprotect(p + PMD_BYTES, PMD_BYTES, PROT_READ | PROT_WRITE))
		fail("mprotect");
	moved = mremap(p + 2 * PMD_BYTES, 2 * PMD_BYTES, 2 * PMD_BYTES,
		       MREMAP_MAYMOVE | MREMAP_FIXED, p + 8 * PMD_BYTES);
	if (moved == MAP_FAILED)
		fail("mremap");
	moved[0] = 1;
	if (munmap(moved + PMD_BYTES, PMD_BYTES) || munmap(moved, PMD_BYTES) ||
	    munmap(p + PMD_BYTES, PMD_BYTES) || munmap(p, PMD_BYTES))
		fail("munmap");
	return 0;
}
