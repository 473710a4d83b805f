// SPDX-License-Identifier: GPL-2.0
/* Allocating space in a file that has all it will ever have. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "poke.h"

static const struct mode {
	const char *name;
	int bits;
} modes[] = {
	{ "0", 0 },
	{ "keep-size", FALLOC_FL_KEEP_SIZE },
	{ "punch", FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE },
	{ "zero", FALLOC_FL_ZERO_RANGE },
	{ "zero-keep-size", FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE },
	{ "collapse", FALLOC_FL_COLLAPSE_RANGE },
	{ "insert", FALLOC_FL_INSERT_RANGE },
	{ "unshare", FALLOC_FL_UNSHARE_RANGE },
	{ }
};

static int mode_bits(const char *name)
{
	const struct mode *mode;

	for (mode = modes; mode->name; mode++)
		if (!strcmp(mode->name, name))
			return mode->bits;
	fail_say("no such mode: %s", name);
}

/* fallocate FILE OFFSET LENGTH [MODE] */
int cmd_fallocate(int argc, char **argv)
{
	int mode = argc == 5 ? mode_bits(argv[4]) : 0;

	if (argc < 4 || argc > 5)
		fail_say("usage: fallocate FILE OFFSET LENGTH [MODE]");
	if (fallocate(open_file(argv[1], O_RDWR), mode, number(argv[2]),
		      number(argv[3])))
		fail("fallocate");
	return 0;
}

/* posix-fallocate FILE OFFSET LENGTH: as the C library does it */
int cmd_posix_fallocate(int argc, char **argv)
{
	int err;

	if (argc != 4)
		fail_say("usage: posix-fallocate FILE OFFSET LENGTH");
	err = posix_fallocate(open_file(argv[1], O_RDWR), number(argv[2]),
			      number(argv[3]));
	if (err) {
		errno = err;
		fail("posix_fallocate");
	}
	return 0;
}

/* The child of store-race. */
static void allocate_for_ever(const char *path)
{
	int fd = open_file(path, O_RDWR);

	while (!posix_fallocate(fd, 0, PMD_BYTES))
		;
	_exit(1);
}

/* What the first byte of each page holds is ours alone. */
static uint64_t count_lost(volatile uint8_t *at, uint64_t rounds)
{
	uint64_t lost = 0, round, i;

	for (round = 1; round <= rounds; round++) {
		for (i = 0; i < PMD_BYTES; i += 4096)
			at[i] = round;
		for (i = 0; i < PMD_BYTES; i += 4096)
			lost += at[i] != (uint8_t)round;
	}
	return lost;
}

/*
 * store-race FILE ROUNDS: store to a mapping while another process allocates the
 * file over and over, and tell how many stores were lost
 */
int cmd_store_race(int argc, char **argv)
{
	uint8_t *at;
	pid_t pid;
	int status;

	if (argc != 3)
		fail_say("usage: store-race FILE ROUNDS");
	at = map_range(open_file(argv[1], O_RDWR), 0, PMD_BYTES,
		       PROT_READ | PROT_WRITE, MAP_SHARED);
	pid = fork();
	if (pid < 0)
		fail("fork");
	if (!pid)
		allocate_for_ever(argv[1]);
	printf("lost: %lu\n", count_lost(at, number(argv[2])));
	kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
		fail_say("posix_fallocate failed meanwhile");
	return 0;
}
