// SPDX-License-Identifier: GPL-2.0
/*
 * sizes: a huge page and a small one are put into the same 2 MiB of a mapping.  The
 * process that touches both turns huge pages off for one of them.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "race.h"

#define START (8 * UNIT)	/* on the device */
#define SMALL (7 * 4096UL)	/* in the unit: what is touched by the small fault */

static int fd;
static volatile uint8_t *unit;

static void prepare_file(void)
{
	errno = make_mount(race_dir);
	if (errno)
		fail("mount");
	fd = new_file("f");
	errno = make_map(fd, MAP_V1, START, 2 * UNIT);
	if (errno)
		fail("MAP_CREATE");
}

static void begin_unit(void)
{
	unit = map_range(fd, 0, UNIT, PROT_READ | PROT_WRITE, MAP_SHARED);
}

static void store(uint64_t offset, uint64_t value)
{
	if (!try_store((volatile uint64_t *)(unit + offset), value))
		fail_say("round %lu: SIGBUS", race_round);
}

static void touch_huge(void)
{
	store(0, race_round);
}

static void touch_small(void)
{
	if (prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0))
		fail("PR_SET_THP_DISABLE");
	store(SMALL, ~race_round);
	if (prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0))
		fail("PR_SET_THP_DISABLE");
}

static void expect_word(uint64_t offset, uint64_t wanted)
{
	uint64_t word;

	if (pread(fd, &word, sizeof(word), offset) != sizeof(word))
		fail("pread");
	if (word != wanted)
		fail_say("round %lu: %lx at %lx, not %lx", race_round, word, offset,
			 wanted);
}

static enum race_order end_unit(void)
{
	if (munmap((void *)unit, UNIT))
		fail("munmap");
	expect_word(0, race_round);
	expect_word(SMALL, ~race_round);
	return who_ended_first();
}

const struct race race_sizes = {
	.name = "sizes",
	.prepare = prepare_file,
	.begin = begin_unit,
	.first = touch_huge,
	.second = touch_small,
	.end = end_unit,
};
