// SPDX-License-Identifier: GPL-2.0
/* times: which of a file's times an access changes. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "poke.h"

static char buf[4096];
static volatile char *mapping;

static void do_read(int fd)
{
	if (pread(fd, buf, sizeof(buf), 0) < 0)
		fail("pread");
}

static void do_write(int fd)
{
	if (pwrite(fd, buf, sizeof(buf), 0) < 0)
		fail("pwrite");
}

static void do_mmap(int fd)
{
	mapping = map_range(fd, 0, PMD_BYTES, PROT_READ | PROT_WRITE,
			    MAP_SHARED);
}

static void do_load(int fd)
{
	(void)fd;
	(void)*mapping;
}

static void do_store(int fd)
{
	(void)fd;
	*mapping = 1;
}

static void do_private_store(int fd)
{
	*(volatile char *)map_range(fd, 0, PMD_BYTES, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE) = 1;
}

static void do_msync(int fd)
{
	(void)fd;
	if (msync((void *)mapping, PMD_BYTES, MS_SYNC))
		fail("msync");
}

static const struct {
	const char *name;
	void (*run)(int fd);
} accesses[] = {
	{ "read", do_read },
	{ "write", do_write },
	{ "mmap", do_mmap },
	{ "load", do_load },
	{ "store", do_store },
	{ "private-store", do_private_store },
	{ "msync", do_msync },
	{ }
};

static void access_by_name(int fd, const char *name)
{
	size_t i;

	for (i = 0; accesses[i].name; i++) {
		if (!strcmp(accesses[i].name, name)) {
			accesses[i].run(fd);
			return;
		}
	}
	fail_say("no such access: %s", name);
}

/* The kernel stamps files with the coarse clock: wait for its next tick. */
static void wait_for_tick(void)
{
	struct timespec start, now;

	clock_gettime(CLOCK_REALTIME_COARSE, &start);
	do {
		clock_gettime(CLOCK_REALTIME_COARSE, &now);
	} while (now.tv_sec == start.tv_sec && now.tv_nsec == start.tv_nsec);
}

static bool differ(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec || a->tv_nsec != b->tv_nsec;
}

/* times FILE ACCESS...: for each in turn, the times that it changed */
int cmd_times(int argc, char **argv)
{
	const struct timespec old[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };
	struct stat before, after;
	int fd, i;

	if (argc < 3)
		fail_say("usage: times FILE ACCESS...");
	fd = open_file(argv[1], O_RDWR);
	for (i = 2; i < argc; i++) {
		/* With relatime an old atime is what a read replaces. */
		if (futimens(fd, old) || fstat(fd, &before))
			fail("futimens");
		wait_for_tick();
		access_by_name(fd, argv[i]);
		if (fstat(fd, &after))
			fail("fstat");
		printf("%s:%s%s%s\n", argv[i],
		       differ(&before.st_atim, &after.st_atim) ? " atime" : "",
		       differ(&before.st_mtim, &after.st_mtim) ? " mtime" : "",
		       differ(&before.st_ctim, &after.st_ctim) ? " ctime" : "");
	}
	return 0;
}
