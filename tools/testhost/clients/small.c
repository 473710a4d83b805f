// SPDX-License-Identifier: GPL-2.0
/* Mappings of small pages, of which one fault maps many. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "poke.h"

/* Since 6.13, and of files since 6.15. */
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#define MADV_GUARD_REMOVE 103
#endif

/* How a process ends that stores there: 0, or by which signal. */
static int store_elsewhere(volatile uint8_t *addr)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		*addr = 1;
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid)
		fail("waitpid");
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

/*
 * guard FILE OFFSET LENGTH: the second page of a mapping has a guard: stores to others
 * arrive, and to that one as soon as it has none.  Says if the kernel has no guards.
 */
int cmd_guard(int argc, char **argv)
{
	long page = sysconf(_SC_PAGESIZE);
	uint64_t len, i;
	uint8_t *p;
	int died;

	if (argc != 4)
		fail_say("usage: guard FILE OFFSET LENGTH");
	len = number(argv[3]);
	p = map_range(open_file(argv[1], O_RDWR), number(argv[2]), len,
		      PROT_READ | PROT_WRITE, MAP_SHARED);
	if (madvise(p + page, page, MADV_GUARD_INSTALL)) {
		if (errno != EINVAL)
			fail("MADV_GUARD_INSTALL");
		puts("no guards");
		return 0;
	}
	for (i = 0; i < len; i += page)
		if (i != (uint64_t)page)
			p[i] = 1;
	died = store_elsewhere(p + page);
	if (died != SIGSEGV)
		fail_say("a store to the guard: signal %d", died);
	if (madvise(p + page, page, MADV_GUARD_REMOVE))
		fail("MADV_GUARD_REMOVE");
	died = store_elsewhere(p + page);
	if (died)
		fail_say("a store after the guard was taken away: signal %d", died);
	puts("guarded");
	return 0;
}

/*
 * store-first FILE OFFSET LENGTH: of a private mapping, store to the first page, and
 * load from all others
 */
int cmd_store_first(int argc, char **argv)
{
	long page = sysconf(_SC_PAGESIZE);
	uint64_t offset, len, i;
	uint8_t *p, want;
	int fd;

	if (argc != 4)
		fail_say("usage: store-first FILE OFFSET LENGTH");
	offset = number(argv[2]);
	len = number(argv[3]);
	fd = open_file(argv[1], O_RDONLY);
	p = map_range(fd, offset, len, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	p[0] = 77;
	for (i = page; i < len; i += page) {
		if (pread(fd, &want, 1, offset + i) != 1)
			fail("pread");
		if (p[i] != want)
			fail_say("another byte at %lu", offset + i);
	}
	if (p[0] != 77)
		fail_say("the copy is lost");
	return 0;
}
