// SPDX-License-Identifier: GPL-2.0
/*
 * hold FILE [read]: keep FILE open, for writing or for reading alone, and follow
 * orders from standard input, one line and one line of answer each, after a line
 * "ready":
 *
 *   map OFFSET LENGTH   map the range, and keep it
 *   touch OFFSET        load and store a byte of the mapping
 *   store OFFSET BYTE   store a byte of the mapping
 *   value OFFSET        load a byte of the mapping and tell its value
 *   read OFFSET         one pread of 4096 bytes
 *   write OFFSET        one pwrite of 4096 bytes
 *   fsync 0             fsync the file
 *   msync OFFSET LENGTH msync a range of the mapping
 *   pin OFFSET LENGTH   put pages of the mapping into a pipe, by reference
 *   forget LENGTH       unmap the range that was mapped, and close the file
 *   unpin 0             tell the first byte in the pipe, and drop them all
 *   protect LENGTH PROT mprotect the mapping: 1 to load, 3 to store as well
 *   register OFFSET LENGTH  make a range of the mapping the buffer of a ring
 *   fixed OFFSET LENGTH direct I/O by the ring from the start of /dev/ram0 to there
 *   unregister 0        end the ring
 *   guest 0 LENGTH      start a virtual machine whose memory is the mapping
 *   gstore OFFSET BYTE  have it store a byte
 *   gload OFFSET        have it load a byte and tell its value
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "poke.h"

static int held_fd;
static int held_prot = PROT_READ | PROT_WRITE;
static uint8_t *mapping;
static int pinned[2];

static void answer_result(ssize_t n)
{
	if (n < 0)
		puts(strerrorname_np(errno));
	else
		printf("%zd\n", n);
}

static void answer_map(uint64_t offset, uint64_t len)
{
	void *p = mmap(NULL, len, held_prot, MAP_SHARED, held_fd, offset);

	if (p == MAP_FAILED) {
		puts(strerrorname_np(errno));
		return;
	}
	mapping = p;
	puts("ok");
}

static void answer_store(volatile uint8_t *addr, uint8_t byte)
{
	*addr = byte;
	puts("ok");
}

static void answer_pin(uint64_t offset, uint64_t len)
{
	struct iovec pages = { .iov_base = mapping + offset, .iov_len = len };

	if (pipe(pinned))
		fail("pipe");
	answer_result(vmsplice(pinned[1], &pages, 1, SPLICE_F_NONBLOCK));
}

static void answer_forget(uint64_t len)
{
	if (munmap(mapping, len) || close(held_fd))
		fail("forget");
	puts("ok");
}

/* Closing both ends drops what was not read. */
static void answer_unpin(void)
{
	uint8_t first;

	if (read(pinned[0], &first, 1) != 1)
		fail("read of the pipe");
	close(pinned[0]);
	close(pinned[1]);
	printf("%d\n", first);
}

static void answer_protect(uint64_t len, int prot)
{
	answer_result(mprotect(mapping, len, prot));
}

static void answer_register(uint64_t offset, uint64_t len)
{
	int err = ring_register(mapping + offset, len);

	puts(err ? strerrorname_np(err) : "ok");
}

static void answer_guest(uint64_t len)
{
	guest_start(mapping, len);
	puts("ok");
}

/* A byte to store, or -1 to load one. */
static void answer_access(uint64_t offset, int byte)
{
	bool loads = byte < 0;
	const char *answer = guest_access(offset, &byte);

	if (loads && !strcmp(answer, "ok"))
		printf("%d\n", byte);
	else
		puts(answer);
}

static void follow(const char *order, uint64_t offset, uint64_t arg)
{
	static char buf[4096];

	if (!strcmp(order, "map"))
		answer_map(offset, arg);
	else if (!strcmp(order, "touch"))
		puts(try_access(store_byte, mapping + offset));
	else if (!strcmp(order, "store"))
		answer_store(mapping + offset, arg);
	else if (!strcmp(order, "value"))
		printf("%d\n", *(volatile uint8_t *)(mapping + offset));
	else if (!strcmp(order, "read"))
		answer_result(pread(held_fd, buf, sizeof(buf), offset));
	else if (!strcmp(order, "write"))
		answer_result(pwrite(held_fd, buf, sizeof(buf), offset));
	else if (!strcmp(order, "fsync"))
		answer_result(fsync(held_fd));
	else if (!strcmp(order, "msync"))
		answer_result(msync(mapping + offset, arg, MS_SYNC));
	else if (!strcmp(order, "pin"))
		answer_pin(offset, arg);
	else if (!strcmp(order, "forget"))
		answer_forget(offset);
	else if (!strcmp(order, "unpin"))
		answer_unpin();
	else if (!strcmp(order, "protect"))
		answer_protect(offset, arg);
	else if (!strcmp(order, "register"))
		answer_register(offset, arg);
	else if (!strcmp(order, "fixed"))
		printf("%d\n", ring_read("/dev/ram0", mapping + offset, arg));
	else if (!strcmp(order, "unregister"))
		answer_result(ring_end());
	else if (!strcmp(order, "guest"))
		answer_guest(arg);
	else if (!strcmp(order, "gstore"))
		answer_access(offset, arg);
	else if (!strcmp(order, "gload"))
		answer_access(offset, -1);
	else
		fail_say("no such order: %s", order);
}

int cmd_hold(int argc, char **argv)
{
	char line[256], order[16], offset[32], arg[32];
	int n;

	if (argc < 2 || argc > 3 || (argc == 3 && strcmp(argv[2], "read")))
		fail_say("usage: hold FILE [read]");
	if (argc == 3)
		held_prot = PROT_READ;
	setvbuf(stdout, NULL, _IOLBF, 0);
	held_fd = open_file(argv[1], argc == 3 ? O_RDONLY : O_RDWR);
	puts("ready");
	while (fgets(line, sizeof(line), stdin)) {
		n = sscanf(line, "%15s %31s %31s", order, offset, arg);
		if (n < 2)
			fail_say("no order: %s", line);
		follow(order, number(offset), n == 3 ? number(arg) : 0);
	}
	return 0;
}
