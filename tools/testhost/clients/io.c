// SPDX-License-Identifier: GPL-2.0
/* Read, write and size, by system call and by mmap. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "poke.h"

struct range {
	const char *path;
	uint64_t offset;
	uint64_t len;
	uint64_t seed;
	const char *way;
};

static bool goes(const struct range *r, const char *way)
{
	return !strcmp(r->way, way);
}

/* FILE OFFSET LENGTH SEED [mmap|direct|uring|uring-direct] */
static struct range range_args(int argc, char **argv)
{
	struct range r = {};

	if (argc < 5 || argc > 6)
		fail_say("usage: %s FILE OFFSET LENGTH SEED [WAY]", argv[0]);
	r.path = argv[1];
	r.offset = number(argv[2]);
	r.len = number(argv[3]);
	r.seed = number(argv[4]);
	r.way = argc == 6 ? argv[5] : "call";
	if (!goes(&r, "call") && !goes(&r, "mmap") && !goes(&r, "direct") &&
	    !goes(&r, "uring") && !goes(&r, "uring-direct"))
		fail_say("no such way: %s", r.way);
	return r;
}

/* Byte of the pattern at an offset of a file: no two ranges look alike. */
static uint8_t pattern(uint64_t seed, uint64_t offset)
{
	uint64_t word = (offset / 8 + seed) * 0x9e3779b97f4a7c15ULL;

	return word >> (8 + offset % 8 * 7);
}

static void make_pattern(uint8_t *to, const struct range *r)
{
	uint64_t i;

	for (i = 0; i < r->len; i++)
		to[i] = pattern(r->seed, r->offset + i);
}

static void *allocate(uint64_t len)
{
	void *p = malloc(len);

	if (!p)
		fail("malloc");
	return p;
}

/* By as many calls as it takes. */
static void transfer_all(int fd, uint8_t *buf, const struct range *r, bool write)
{
	const char *none = write ? "pwrite wrote nothing" : "end of file";
	uint64_t done;
	ssize_t n;

	for (done = 0; done < r->len; done += n) {
		if (write)
			n = pwrite(fd, buf + done, r->len - done, r->offset + done);
		else
			n = pread(fd, buf + done, r->len - done, r->offset + done);
		if (n < 0)
			fail(write ? "pwrite" : "pread");
		if (n == 0)
			fail_say("%s at %lu", none, r->offset + done);
	}
}

/* By the way that the range says, but for mmap. */
static void transfer(int fd, uint8_t *buf, const struct range *r, bool write)
{
	if (goes(r, "uring") || goes(r, "uring-direct"))
		uring_io(fd, buf, r->offset, r->len, write);
	else
		transfer_all(fd, buf, r, write);
}

static int open_range(const struct range *r, int flags)
{
	if (goes(r, "direct") || goes(r, "uring-direct"))
		flags |= O_DIRECT;
	return open_file(r->path, flags);
}

static uint8_t *map_pattern(int fd, const struct range *r, int prot)
{
	return map_range(fd, r->offset, r->len, prot, MAP_SHARED);
}

/* fill FILE OFFSET LENGTH SEED [WAY]: put the seed's pattern there */
int cmd_fill(int argc, char **argv)
{
	struct range r = range_args(argc, argv);
	int fd = open_range(&r, O_RDWR);
	uint8_t *buf;

	if (goes(&r, "mmap")) {
		make_pattern(map_pattern(fd, &r, PROT_READ | PROT_WRITE), &r);
		return 0;
	}
	buf = allocate(r.len);
	make_pattern(buf, &r);
	transfer(fd, buf, &r, true);
	return 0;
}

/* verify FILE OFFSET LENGTH SEED [WAY]: the pattern is there */
int cmd_verify(int argc, char **argv)
{
	struct range r = range_args(argc, argv);
	int fd = open_range(&r, O_RDONLY);
	uint8_t *buf;
	uint8_t want;
	uint64_t i;

	if (goes(&r, "mmap")) {
		buf = map_pattern(fd, &r, PROT_READ);
	} else {
		buf = allocate(r.len);
		transfer(fd, buf, &r, false);
	}
	for (i = 0; i < r.len; i++) {
		want = pattern(r.seed, r.offset + i);
		if (buf[i] != want)
			fail_say("byte %lu is 0x%02x, wanted 0x%02x",
				 r.offset + i, buf[i], want);
	}
	return 0;
}

static int print_count(ssize_t n, const char *call)
{
	if (n < 0)
		fail(call);
	printf("%zd\n", n);
	return 0;
}

static void *zeroes(uint64_t len)
{
	return memset(allocate(len), 0, len);
}

/* read FILE OFFSET LENGTH: one pread, prints how many bytes came */
int cmd_read(int argc, char **argv)
{
	uint64_t len;

	if (argc != 4)
		fail_say("usage: read FILE OFFSET LENGTH");
	len = number(argv[3]);
	return print_count(pread(open_file(argv[1], O_RDONLY), allocate(len),
				 len, number(argv[2])), "pread");
}

/* write FILE OFFSET LENGTH: one pwrite of zeroes, prints how many bytes went */
int cmd_write(int argc, char **argv)
{
	uint64_t len;

	if (argc != 4)
		fail_say("usage: write FILE OFFSET LENGTH");
	len = number(argv[3]);
	return print_count(pwrite(open_file(argv[1], O_RDWR), zeroes(len), len,
				  number(argv[2])), "pwrite");
}

/*
 * half-buffer read|write FILE OFFSET: one call for 64 KiB, of whose buffer the second
 * half is not there; prints how many bytes went
 */
int cmd_half_buffer(int argc, char **argv)
{
	const size_t half = 32 << 10;
	bool write;
	ssize_t n;
	void *buf;
	int fd;

	if (argc != 4)
		fail_say("usage: half-buffer read|write FILE OFFSET");
	write = !strcmp(argv[1], "write");
	buf = memset(before_hole(half), 0, half);
	fd = open_file(argv[2], O_RDWR);
	n = write ? pwrite(fd, buf, 2 * half, number(argv[3])) :
		    pread(fd, buf, 2 * half, number(argv[3]));
	if (n < 0)
		fail(argv[1]);
	printf("%zd\n", n);
	return 0;
}

/* append FILE LENGTH: one write with O_APPEND */
int cmd_append(int argc, char **argv)
{
	uint64_t len;

	if (argc != 3)
		fail_say("usage: append FILE LENGTH");
	len = number(argv[2]);
	return print_count(write(open_file(argv[1], O_RDWR | O_APPEND),
				 zeroes(len), len), "write");
}

/* fsync FILE */
int cmd_fsync(int argc, char **argv)
{
	if (argc != 2)
		fail_say("usage: fsync FILE");
	if (fsync(open_file(argv[1], O_RDWR)))
		fail("fsync");
	return 0;
}

/* open-trunc FILE: open with O_TRUNC */
int cmd_open_trunc(int argc, char **argv)
{
	if (argc != 2)
		fail_say("usage: open-trunc FILE");
	open_file(argv[1], O_RDWR | O_TRUNC);
	return 0;
}

/* truncate FILE SIZE */
int cmd_truncate(int argc, char **argv)
{
	if (argc != 3)
		fail_say("usage: truncate FILE SIZE");
	if (truncate(argv[1], number(argv[2])))
		fail("truncate");
	return 0;
}

/* ftruncate FILE SIZE */
int cmd_ftruncate(int argc, char **argv)
{
	if (argc != 3)
		fail_say("usage: ftruncate FILE SIZE");
	if (ftruncate(open_file(argv[1], O_RDWR), number(argv[2])))
		fail("ftruncate");
	return 0;
}
