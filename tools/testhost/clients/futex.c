// SPDX-License-Identifier: GPL-2.0
/* Locks in a file that processes share: those of pthreads, and what they stand on. */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "poke.h"

#define ROUNDS 200
#define PAGE 4096UL

struct shared {
	pthread_mutex_t lock;
	pthread_cond_t turned;
	int turn;		/* whose it is: the child's or the parent's */
	uint32_t word;
};

static const char *path;
static uint64_t offset, length;

static struct shared *map(void)
{
	int fd = open_file(path, O_RDWR);
	void *at = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);

	if (at == MAP_FAILED)
		fail("mmap");
	close(fd);
	return at;
}

static void finish(pid_t child)
{
	int status;

	if (waitpid(child, &status, 0) != child || status)
		fail_say("the child failed");
}

static void prepare(struct shared *shared)
{
	pthread_mutexattr_t lock;
	pthread_condattr_t turned;

	memset(shared, 0, sizeof(*shared));
	pthread_mutexattr_init(&lock);
	pthread_mutexattr_setpshared(&lock, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&lock, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&shared->lock, &lock);
	pthread_condattr_init(&turned);
	pthread_condattr_setpshared(&turned, PTHREAD_PROCESS_SHARED);
	pthread_cond_init(&shared->turned, &turned);
}

/* One process waits until it is its turn, and gives it to the other. */
static void take_turns(struct shared *shared, int self)
{
	for (int i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&shared->lock);
		while (shared->turn != self)
			pthread_cond_wait(&shared->turned, &shared->lock);
		shared->turn = !self;
		pthread_cond_broadcast(&shared->turned);
		pthread_mutex_unlock(&shared->lock);
	}
}

static long futex(uint32_t *word, int operation, uint32_t value)
{
	return syscall(SYS_futex, word, operation, value, NULL, NULL, 0);
}

/* The child waits by a mapping of its own, and the parent wakes it, and nobody else. */
static void wake_child(struct shared *shared)
{
	struct shared *next = (void *)shared + PAGE;
	pid_t child = fork();
	long woken;

	if (!child) {
		shared = map();
		while (!__atomic_load_n(&shared->word, __ATOMIC_ACQUIRE))
			if (futex(&shared->word, FUTEX_WAIT, 0) &&
			    errno != EAGAIN && errno != EINTR)
				fail("FUTEX_WAIT");
		_exit(0);
	}
	if (futex(&next->word, FUTEX_WAKE, 1))
		fail_say("the word of another page woke somebody");
	/* It is in the queue once requeueing onto the same word finds it. */
	do {
		woken = syscall(SYS_futex, &shared->word, FUTEX_CMP_REQUEUE, 0, 1,
				&shared->word, 0);
		if (woken < 0)
			fail("FUTEX_CMP_REQUEUE");
	} while (!woken && !waitpid(child, NULL, WNOHANG));
	if (!woken)
		fail_say("the child did not wait");
	if (futex(&next->word, FUTEX_WAKE, 1))
		fail_say("the word of another page woke the child");
	__atomic_store_n(&shared->word, 1, __ATOMIC_RELEASE);
	if (futex(&shared->word, FUTEX_WAKE, 1) != 1)
		fail_say("the child was not woken");
	finish(child);
}

/* futex FILE OFFSET LENGTH: in the first two pages of what two processes map */
int cmd_futex(int argc, char **argv)
{
	struct shared *shared;
	pid_t child;

	if (argc != 4)
		fail_say("usage: futex FILE OFFSET LENGTH");
	path = argv[1];
	offset = number(argv[2]);
	length = number(argv[3]);
	shared = map();
	prepare(shared);
	child = fork();
	if (!child) {
		take_turns(map(), 1);
		_exit(0);
	}
	take_turns(shared, 0);
	finish(child);
	wake_child(shared);
	puts("ok");
	return 0;
}
