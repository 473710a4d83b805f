// SPDX-License-Identifier: GPL-2.0
/* Races with the removal of the device. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "race.h"

#define START (8 * UNIT)	/* on the device */

static int file;

static void begin_mounted(void)
{
	if (race_round)
		bind_device();
	errno = make_mount(race_dir);
	if (errno)
		fail("mount");
}

/*
 * unbind-fault: a process touches page after page of a file, first large ones and
 * then small ones.  Each is the file's, or SIGBUS, and once it was, all others
 * are; when the unbind has ended, there is nothing but SIGBUS.
 */
#define PAGE 4096UL
#define LARGE_BYTES (16 * UNIT)
#define SMALL_BYTES (2 * UNIT)
#define FILE_BYTES (LARGE_BYTES + SMALL_BYTES)
#define NR_TOUCHES (LARGE_BYTES / UNIT + SMALL_BYTES / PAGE)

static uint8_t *large, *small;
static uint64_t nr_touched;

/* The nth place to touch: its address and its offset in the file. */
static volatile uint64_t *touch_address(uint64_t n, uint64_t *offset)
{
	if (n < LARGE_BYTES / UNIT) {
		*offset = n * UNIT;
		return (uint64_t *)(large + *offset);
	}
	n -= LARGE_BYTES / UNIT;
	*offset = LARGE_BYTES + n * PAGE;
	return (uint64_t *)(small + n * PAGE);
}

static uint64_t mark(uint64_t offset)
{
	return offset ^ 0x5aa5000000000000UL;
}

static void map_file(void)
{
	file = new_file("f");
	errno = make_map(file, race_round % NR_MAP_WAYS, START, FILE_BYTES);
	if (errno)
		fail("MAP_CREATE");
}

static void store_marks(void)
{
	uint64_t n, offset, value;

	for (n = 0; n < NR_TOUCHES; n++) {
		touch_address(n, &offset);
		value = mark(offset);
		if (pwrite(file, &value, sizeof(value), offset) != sizeof(value))
			fail("pwrite");
	}
}

static void begin_faults(void)
{
	begin_mounted();
	map_file();
	store_marks();
	large = map_range(file, 0, LARGE_BYTES, PROT_READ, MAP_SHARED);
	small = map_range(file, LARGE_BYTES, SMALL_BYTES, PROT_READ,
			  MAP_SHARED);
	if (madvise(small, SMALL_BYTES, MADV_NOHUGEPAGE))
		fail("madvise");
	nr_touched = 0;
}

static void touch_all(void)
{
	uint64_t n, offset, value;
	bool gone = false, loaded;

	for (n = 0; n < NR_TOUCHES; n++) {
		volatile uint64_t *addr = touch_address(n, &offset);

		loaded = try_load(addr, &value);
		if (loaded && gone)
			fail_say("round %lu: page after SIGBUS", race_round);
		if (loaded && value != mark(offset))
			fail_say("round %lu: 0x%lx at offset 0x%lx",
				 race_round, value, offset);
		gone = !loaded;
		nr_touched += loaded;
	}
}

static void expect_sigbus(void)
{
	uint64_t n, offset, value;

	for (n = 0; n < NR_TOUCHES; n++)
		if (try_load(touch_address(n, &offset), &value))
			fail_say("round %lu: offset 0x%lx after unbind",
				 race_round, offset);
}

static enum race_order order_of(uint64_t nr_done, uint64_t nr)
{
	if (!nr_done)
		return FIRST;
	return nr_done == nr ? SECOND : BOTH;
}

static enum race_order end_faults(void)
{
	expect_sigbus();
	if (munmap(large, LARGE_BYTES) || munmap(small, SMALL_BYTES) ||
	    close(file))
		fail("munmap or close");
	must_umount(race_dir);
	return order_of(nr_touched, NR_TOUCHES);
}

const struct race race_unbind_fault = {
	.name = "unbind-fault",
	.begin = begin_faults,
	.first = unbind_device,
	.second = touch_all,
	.end = end_faults,
};

/*
 * unbind-map: file after file gets a map, or EIO, and once it was that, all
 * others do.  What was given is there, what was refused is not.
 */
#define NR_FILES 24
#define MAP_BYTES (2 * UNIT)

static int files[NR_FILES];
static int results[NR_FILES];

static void begin_maps(void)
{
	char name[16];
	int i;

	begin_mounted();
	for (i = 0; i < NR_FILES; i++) {
		snprintf(name, sizeof(name), "%d", i);
		files[i] = new_file(name);
	}
}

static int map_nth(int i)
{
	return make_map(files[i], i % NR_MAP_WAYS, START + i * MAP_BYTES,
			MAP_BYTES);
}

static void map_all(void)
{
	int i;

	for (i = 0; i < NR_FILES; i++)
		results[i] = map_nth(i);
}

static enum race_order end_maps(void)
{
	uint64_t i, nr_mapped = 0;

	for (i = 0; i < NR_FILES && !results[i]; i++) {
		expect_map(files[i], i % NR_MAP_WAYS, START + i * MAP_BYTES,
			   MAP_BYTES);
		nr_mapped++;
	}
	for (; i < NR_FILES; i++) {
		if (results[i] != EIO)
			fail_say("round %lu: errno %d after unbind", race_round,
				 results[i]);
		expect_no_map(files[i]);
		if (map_nth(i) != EIO)
			fail_say("round %lu: not EIO after unbind", race_round);
	}
	if (used_bytes() != nr_mapped * MAP_BYTES)
		fail_say("round %lu: %lu bytes used", race_round, used_bytes());
	for (i = 0; i < NR_FILES; i++)
		close(files[i]);
	must_umount(race_dir);
	return order_of(nr_mapped, NR_FILES);
}

const struct race race_unbind_map = {
	.name = "unbind-map",
	.begin = begin_maps,
	.first = unbind_device,
	.second = map_all,
	.end = end_maps,
};
