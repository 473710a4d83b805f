// SPDX-License-Identifier: GPL-2.0
/*
 * A journal: round after round fills the next slot of a file with words that
 * tell whose they are, of which round, and where they belong.  Whatever is found
 * in the memory later tells where it came from.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "poke.h"

#define NR_SLOTS 8
#define SLOT_BYTES (1UL << 20)
#define SLOT_WORDS (SLOT_BYTES / 8)

static uint64_t slot_offset(uint64_t round)
{
	return round % NR_SLOTS * SLOT_BYTES;
}

static uint64_t word(uint64_t id, uint64_t round, uint64_t i)
{
	return id << 56 | round << 32 | (slot_offset(round) / 8 + i);
}

static void wrong_word(uint64_t round, uint64_t i, uint64_t found)
{
	fail_say("word %lu is that of file %lu, round %lu, word %lu",
		 slot_offset(round) / 8 + i, found >> 56,
		 found >> 32 & 0xffffff, found & 0xffffffff);
}

static void fill_slot(volatile uint64_t *slot, uint64_t id, uint64_t round)
{
	uint64_t i;

	for (i = 0; i < SLOT_WORDS; i++)
		slot[i] = word(id, round, i);
}

static void check_slot(const volatile uint64_t *slot, uint64_t id,
		       uint64_t round)
{
	uint64_t i;

	for (i = 0; i < SLOT_WORDS; i++)
		if (slot[i] != word(id, round, i))
			wrong_word(round, i, slot[i]);
}

static uint64_t buffer[SLOT_WORDS];

static uint8_t *map_file(int fd, int prot)
{
	uint8_t *p = mmap(NULL, NR_SLOTS * SLOT_BYTES, prot, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		fail("mmap");
	return p;
}

/* One round by write and one by stores, and each is read in the other way. */
static void do_round(int fd, uint8_t *mapping, uint64_t id, uint64_t round)
{
	uint64_t *slot = (uint64_t *)(mapping + slot_offset(round));

	if (round % 2) {
		fill_slot(buffer, id, round);
		if (pwrite(fd, buffer, SLOT_BYTES, slot_offset(round)) !=
		    SLOT_BYTES)
			fail("pwrite");
		check_slot(slot, id, round);
	} else {
		fill_slot(slot, id, round);
		if (pread(fd, buffer, SLOT_BYTES, slot_offset(round)) !=
		    SLOT_BYTES)
			fail("pread");
		check_slot(buffer, id, round);
	}
	if (fsync(fd))
		fail("fsync");
}

/*
 * journal FILE ID ROUND STOP: from that round on, until there is a file STOP.
 * Prints each round when it is in the memory.
 */
int cmd_journal(int argc, char **argv)
{
	uint64_t id, round;
	uint8_t *mapping;
	int fd;

	if (argc != 5)
		fail_say("usage: journal FILE ID ROUND STOP");
	fd = open_file(argv[1], O_RDWR);
	id = number(argv[2]);
	mapping = map_file(fd, PROT_READ | PROT_WRITE);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (round = number(argv[3]); access(argv[4], F_OK); round++) {
		do_round(fd, mapping, id, round);
		printf("%lu\n", round);
	}
	return 0;
}

/* Each word of the slot is of that round, or still of the one before. */
static uint64_t check_in_flight(const volatile uint64_t *slot, uint64_t id,
				uint64_t round)
{
	uint64_t i, nr_new = 0;

	for (i = 0; i < SLOT_WORDS; i++) {
		if (slot[i] == word(id, round, i))
			nr_new++;
		else if (slot[i] != word(id, round - NR_SLOTS, i))
			wrong_word(round, i, slot[i]);
	}
	return nr_new;
}

/* The newest round that has a word in the journal. */
static uint64_t newest_round(const volatile uint64_t *journal)
{
	uint64_t i, newest = 0;

	for (i = 0; i < NR_SLOTS * SLOT_WORDS; i++)
		if ((journal[i] >> 32 & 0xffffff) > newest)
			newest = journal[i] >> 32 & 0xffffff;
	return newest;
}

/*
 * journal-check FILE ID LAST [in-flight]: what the journal holds after that
 * round, the last one that was said to be in the memory.  With in-flight, the writer
 * died: it may have said more than was heard, and the newest round may have only begun.
 */
int cmd_journal_check(int argc, char **argv)
{
	bool in_flight = argc == 5 && !strcmp(argv[4], "in-flight");
	uint64_t id, last, round;
	uint8_t *mapping;

	if (argc != 4 + in_flight)
		fail_say("usage: journal-check FILE ID LAST [in-flight]");
	mapping = map_file(open_file(argv[1], O_RDONLY), PROT_READ);
	id = number(argv[2]);
	last = number(argv[3]);
	if (last < NR_SLOTS)
		fail_say("not all slots are filled after round %lu", last);
	if (in_flight) {
		round = newest_round((uint64_t *)mapping);
		if (round > last)
			last = round - 1;
	}
	for (round = last - NR_SLOTS + 1 + in_flight; round <= last; round++)
		check_slot((uint64_t *)(mapping + slot_offset(round)), id,
			   round);
	if (in_flight)
		printf("%lu of %lu words of round %lu\n",
		       check_in_flight((uint64_t *)(mapping + slot_offset(round)),
				       id, round), SLOT_WORDS, round);
	return 0;
}
