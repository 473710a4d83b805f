// SPDX-License-Identifier: GPL-2.0
/* Locks in a file that processes share: those of pthreads, and what they stand on. */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
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

/* Wait until somebody waits for a word: requeueing onto the same word finds it. */
static void await_waiter(uint32_t *word, pid_t child)
{
	long found;

	do {
		found = syscall(SYS_futex, word, FUTEX_CMP_REQUEUE, 0, 1, word, 0);
		if (found < 0)
			fail("FUTEX_CMP_REQUEUE");
	} while (!found && !waitpid(child, NULL, WNOHANG));
	if (!found)
		fail_say("the child did not wait");
}

/* The child waits by a mapping of its own, and the parent wakes it, and nobody else. */
static void wake_child(struct shared *shared)
{
	struct shared *next = (void *)shared + PAGE;
	pid_t child = fork();

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
	await_waiter(&shared->word, child);
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

/* A new file of 2 MiB, mapped. */
static uint32_t *new_file(const char *name, uint64_t memory)
{
	int fd = open_file(name, O_CREAT | O_EXCL | O_RDWR);
	uint32_t *at;

	give_map(fd, memory);
	at = mmap(NULL, PMD_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		fail("mmap");
	close(fd);
	return at;
}

static void *wait_for_ever(void *word)
{
	futex(word, FUTEX_WAIT, 0);
	return NULL;
}

/*
 * futex-left DIR MEMORY: a thread waits in a file there, which goes; who wakes in the file
 * that has the memory then does not wake it
 */
int cmd_futex_left(int argc, char **argv)
{
	uint32_t *word, *next;
	pthread_t thread;
	int go[2], gone[2];
	pid_t child;
	long woken;
	char byte;

	if (argc != 3)
		fail_say("usage: futex-left DIR MEMORY");
	if (chdir(argv[1]) || pipe(go) || pipe(gone))
		fail(argv[1]);
	word = new_file("old", number(argv[2]));
	*word = 0;
	child = fork();
	if (!child) {
		pthread_create(&thread, NULL, wait_for_ever, word);
		if (read(go[0], &byte, 1) != 1 || munmap(word, PMD_BYTES) ||
		    write(gone[1], "", 1) != 1)
			fail("child");
		pause();
	}
	await_waiter(word, child);
	if (write(go[1], "", 1) != 1 || read(gone[0], &byte, 1) != 1 ||
	    munmap(word, PMD_BYTES) || unlink("old"))
		fail("old");
	next = new_file("new", number(argv[2]));
	*next = 0;
	woken = futex(next, FUTEX_WAKE, 1);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	unlink("new");
	printf("%ld woken\n", woken);
	return 0;
}
