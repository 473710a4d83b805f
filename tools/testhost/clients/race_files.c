// SPDX-License-Identifier: GPL-2.0
/* Races for a file's map and for memory. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "race.h"

#define START (8 * UNIT)	/* on the device */
#define FILE_BYTES (2 * UNIT)

static void prepare_mounted(void)
{
	errno = make_mount(race_dir);
	if (errno)
		fail("mount");
}

static int fd[2], result[2];

/*
 * map-map: two maps for one file, by turns of memory that is the same in part or
 * not at all.  One is taken, the other one refused with EEXIST and forgotten.
 */
static enum map_way way_of(int i)
{
	return (race_round / 2 + i) % NR_MAP_WAYS;
}

static uint64_t offset_of(int i)
{
	return START + i * (1 + race_round / 2 % 2) * UNIT;
}

static void map_file(int i)
{
	result[i] = make_map(fd[0], way_of(i), offset_of(i), FILE_BYTES);
}

static void map_first(void)
{
	map_file(0);
}

static void map_second(void)
{
	map_file(1);
}

static void begin_map(void)
{
	fd[0] = new_file("f");
}

static int winner(int refused_errno)
{
	int i = result[0] != 0;

	if (result[i] || result[!i] != refused_errno)
		fail_say("round %lu: errno %d and %d", race_round, result[0],
			 result[1]);
	return i;
}

static bool overlapping(void)
{
	return offset_of(1) < offset_of(0) + FILE_BYTES;
}

/* The memory that the loser wanted is free. */
static void claim_rest(int won)
{
	int rest = new_file("rest");

	errno = make_map(rest, MAP_V1, offset_of(!won), FILE_BYTES);
	if (errno)
		fail("the memory of the refused map");
	close(rest);
	remove_file("rest");
}

static enum race_order end_map(void)
{
	int won = winner(EEXIST);

	expect_map(fd[0], way_of(won), offset_of(won), FILE_BYTES);
	if (used_bytes() != FILE_BYTES)
		fail_say("round %lu: %lu bytes used", race_round, used_bytes());
	if (!overlapping())
		claim_rest(won);
	close(fd[0]);
	remove_file("f");
	return won ? SECOND : FIRST;
}

const struct race race_map_map = {
	.name = "map-map",
	.prepare = prepare_mounted,
	.begin = begin_map,
	.first = map_first,
	.second = map_second,
	.end = end_map,
};

/*
 * map-files: two files want memory that is the same in part.  One gets it, the
 * other one EBUSY and none of it.
 */
static void begin_files(void)
{
	fd[0] = new_file("0");
	fd[1] = new_file("1");
}

static void claim_file(int i)
{
	result[i] = make_map(fd[i], way_of(i), START + i * UNIT, FILE_BYTES);
}

static void claim_first(void)
{
	claim_file(0);
}

static void claim_second(void)
{
	claim_file(1);
}

static enum race_order end_files(void)
{
	int won = winner(EBUSY);

	expect_map(fd[won], way_of(won), START + won * UNIT, FILE_BYTES);
	expect_no_map(fd[!won]);
	close(fd[won]);
	remove_file(won ? "1" : "0");
	claim_file(!won);
	if (result[!won])
		fail_say("round %lu: errno %d when the memory is free",
			 race_round, result[!won]);
	close(fd[!won]);
	remove_file(won ? "0" : "1");
	return won ? SECOND : FIRST;
}

const struct race race_map_files = {
	.name = "map-files",
	.prepare = prepare_mounted,
	.begin = begin_files,
	.first = claim_first,
	.second = claim_second,
	.end = end_files,
};

/*
 * unlink-pinned: a process puts pages of a file into a pipe, lets go of the file,
 * and reads the pipe later.  Meanwhile the file is unlinked, and another one
 * wants its memory: it gets it when the pages are read, and not before.
 */
#define NR_PINS 12
#define PAGE 4096UL
#define NR_TRIES 100

static int pinned_pipe[2];
static uint8_t *mapping;
static atomic_bool let_go;
static uint64_t nr_busy;

static uint64_t mark(int i)
{
	return race_round << 32 | (i + 1);
}

static uint64_t place(int i)
{
	return i % 2 * UNIT + i * 7 * PAGE;
}

static void begin_pins(void)
{
	int i;

	begin_files();
	errno = make_map(fd[0], MAP_V1, START, FILE_BYTES);
	if (errno)
		fail("MAP_CREATE");
	mapping = map_range(fd[0], 0, FILE_BYTES, PROT_READ | PROT_WRITE,
			    MAP_SHARED);
	for (i = 0; i < NR_PINS; i++)
		*(uint64_t *)(mapping + place(i)) = mark(i);
	if (pipe(pinned_pipe))
		fail("pipe");
	atomic_store(&let_go, false);
	nr_busy = 0;
}

static void read_pin(int i)
{
	static uint64_t page[PAGE / 8];

	if (read(pinned_pipe[0], page, PAGE) != PAGE)
		fail("read of the pipe");
	if (page[0] != mark(i))
		fail_say("round %lu: pinned page %d has 0x%lx", race_round, i,
			 page[0]);
}

static void pin_pages(void)
{
	struct iovec page = { .iov_len = PAGE };
	int i;

	for (i = 0; i < NR_PINS; i++) {
		page.iov_base = mapping + place(i);
		if (vmsplice(pinned_pipe[1], &page, 1, 0) != PAGE)
			fail("vmsplice");
	}
	if (munmap(mapping, FILE_BYTES) || close(fd[0]))
		fail("munmap or close");
	for (i = 0; i < NR_PINS - 1; i++)
		read_pin(i);
	atomic_store(&let_go, true);
	read_pin(i);
}

/* The other file's bytes are other ones. */
static bool take_memory(void)
{
	uint64_t value = ~0UL;
	int i, err;

	err = make_map(fd[1], MAP_V1, START, FILE_BYTES);
	if (err == EBUSY) {
		nr_busy++;
		return false;
	}
	if (err)
		fail_say("round %lu: errno %d", race_round, err);
	if (!atomic_load(&let_go))
		fail_say("round %lu: pinned memory is another file's",
			 race_round);
	for (i = 0; i < NR_PINS; i++)
		if (pwrite(fd[1], &value, sizeof(value), place(i)) !=
		    sizeof(value))
			fail("pwrite");
	return true;
}

static bool taken;

static void unlink_file(void)
{
	int i;

	remove_file("0");
	taken = false;
	for (i = 0; i < NR_TRIES && !taken; i++)
		taken = take_memory();
}

/* What waits for the pins runs when it comes to it. */
static enum race_order end_pins(void)
{
	enum race_order order = BOTH;

	if (!nr_busy)
		order = FIRST;
	else if (!taken)
		order = SECOND;
	while (!taken)
		taken = take_memory();
	close(pinned_pipe[0]);
	close(pinned_pipe[1]);
	close(fd[1]);
	remove_file("1");
	return order;
}

const struct race race_unlink_pinned = {
	.name = "unlink-pinned",
	.prepare = prepare_mounted,
	.begin = begin_pins,
	.first = pin_pages,
	.second = unlink_file,
	.end = end_pins,
};
