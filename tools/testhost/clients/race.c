// SPDX-License-Identifier: GPL-2.0
/*
 * Races: two things at once, time and again.  In the first round one has ended
 * before the other one begins, in the second round the other way round; after
 * that one of them begins when a larger and larger part of the time is over that
 * the other one took alone.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "race.h"

static const struct race *const races[] = {
	&race_unbind_fault, &race_unbind_map, &race_map_map, &race_map_files,
	&race_unlink_pinned, &race_mount_mount, &race_umount_failure,
	&race_unload_failure, &race_sizes, NULL,
};

uint64_t race_round;
const char *race_device, *race_dir;
char race_node[64];

static const struct race *race;
static pthread_barrier_t start;
static atomic_int ended;	/* sides, in this round */
static int ended_first;
static uint64_t alone[2];	/* ticks */
static uint64_t delay[2];	/* ticks */

static __thread sigjmp_buf before_access;
static __thread volatile bool accessing;

/*
 * Who makes the memory fail that it has mapped is told at once, in the middle of
 * something else.
 */
static void on_sigbus(int sig)
{
	if (accessing)
		siglongjmp(before_access, sig);
}

void catch_sigbus(void)
{
	struct sigaction action = { .sa_handler = on_sigbus };

	if (sigaction(SIGBUS, &action, NULL))
		fail("sigaction");
}

bool try_load(volatile uint64_t *addr, uint64_t *value)
{
	volatile bool loaded = false;

	if (!sigsetjmp(before_access, 1)) {
		accessing = true;
		*value = *addr;
		loaded = true;
	}
	accessing = false;
	return loaded;
}

bool try_store(volatile uint64_t *addr, uint64_t value)
{
	volatile bool stored = false;

	if (!sigsetjmp(before_access, 1)) {
		accessing = true;
		*addr = value;
		stored = true;
	}
	accessing = false;
	return stored;
}

static void run(int i)
{
	if (i)
		race->second();
	else
		race->first();
	if (!atomic_fetch_add(&ended, 1))
		ended_first = i;
}

enum race_order who_ended_first(void)
{
	return ended_first ? SECOND : FIRST;
}

static void run_alone(int i)
{
	uint64_t began = ticks();

	run(i);
	alone[i] = ticks() - began;
}

static void *run_side(void *arg)
{
	int i = (intptr_t)arg;
	uint64_t began;

	pthread_barrier_wait(&start);
	began = ticks();
	while (ticks() - began < delay[i])
		;
	run(i);
	return NULL;
}

static void run_both(uint64_t times)
{
	uint64_t steps = (times - 1) / 2, step = race_round / 2 - 1;
	int late = race_round % 2;
	pthread_t thread[2];
	intptr_t i;

	delay[late] = alone[!late] * step / steps;
	delay[!late] = 0;
	for (i = 0; i < 2; i++)
		if (pthread_create(&thread[i], NULL, run_side, (void *)i))
			fail_say("no thread");
	for (i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
}

static enum race_order run_round(uint64_t times)
{
	race->begin();
	ended = 0;
	if (race_round < 2) {
		run_alone(race_round);
		run(!race_round);
	} else {
		run_both(times);
	}
	return race->end();
}

static const struct race *find_race(const char *name)
{
	int i;

	for (i = 0; races[i]; i++)
		if (!strcmp(races[i]->name, name))
			return races[i];
	fail_say("no race is called %s", name);
}

/*
 * race NAME DEVICE DIR TIMES: prints how often which side came first, and fails
 * if one of them never did.
 */
int cmd_race(int argc, char **argv)
{
	uint64_t count[NR_ORDERS] = {}, times;

	if (argc != 5)
		fail_say("usage: race NAME DEVICE DIR TIMES");
	race = find_race(argv[1]);
	race_device = argv[2];
	snprintf(race_node, sizeof(race_node), "/dev/%s", race_device);
	race_dir = argv[3];
	times = number(argv[4]);
	if (times < 3)
		fail_say("not both sides can be late in %lu rounds", times);
	setvbuf(stdout, NULL, _IOLBF, 0);
	pthread_barrier_init(&start, NULL, 2);
	catch_sigbus();
	if (race->prepare)
		race->prepare();
	for (race_round = 0; race_round < times; race_round++)
		count[run_round(times)]++;
	printf("first=%lu second=%lu both=%lu\n", count[FIRST], count[SECOND],
	       count[BOTH]);
	return !count[FIRST] || !count[SECOND];
}
