// SPDX-License-Identifier: GPL-2.0
/* famfs-bench: what one operation costs while another processor does the same. */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench.h"
#include "poke.h"
#include "ticks.h"

#define PAIR_OPERATIONS 20000

/* What each of some threads does, on a processor of its own. */
struct pair {
	pthread_t thread;
	pthread_barrier_t *barrier;
	const char *how;
	int fd;
	int nr;
	char *p;
	uint64_t start, end;
};

/* Another place of the file for each: they share what is one for the file. */
static void pair_once(const struct pair *me, unsigned int i)
{
	uint64_t unit = me->nr * 16 + i % 16;
	char byte = 1;
	ssize_t n = 1;

	if (me->how[0] == 'f')
		((volatile char *)me->p)[unit * PMD_BYTES] = 1;
	else if (me->how[0] == 'r')
		n = pread(me->fd, &byte, 1, unit * PMD_BYTES);
	else
		n = pwrite(me->fd, &byte, 1, unit * PMD_BYTES);
	if (n != 1)
		errx(1, "%s gave %zd", me->how, n);
	if (me->how[0] == 'f' && i % 16 == 15 &&
	    madvise(me->p + me->nr * 16 * PMD_BYTES, 16 * PMD_BYTES,
		    MADV_DONTNEED))
		err(1, "madvise");
}

static void *pair_run(void *data)
{
	struct pair *me = data;
	cpu_set_t cpus;
	unsigned int i;

	CPU_ZERO(&cpus);
	CPU_SET(me->nr, &cpus);
	errno = pthread_setaffinity_np(pthread_self(), sizeof(cpus), &cpus);
	if (errno)
		err(1, "processor %d", me->nr);
	pthread_barrier_wait(me->barrier);
	me->start = read_ticks();
	for (i = 0; i < PAIR_OPERATIONS; i++)
		pair_once(me, i);
	me->end = read_ticks();
	return NULL;
}

/*
 * pair FILE HOW THREADS: 2 MiB faults, reads or writes of one file by so many threads
 * at once; a sample is what all of it took, over the number of operations.
 */
void bench_pair(char **argv)
{
	int nr = number(argv[2]), i, fd = open_file(argv[0], O_RDWR);
	char *p = map_file(fd, 0, nr * 16 * PMD_BYTES, PROT_READ | PROT_WRITE);
	uint64_t start = UINT64_MAX, end = 0;
	pthread_barrier_t barrier;
	struct pair pair[2];

	if (nr < 1 || nr > 2)
		errx(1, "not 1 or 2 threads: %d", nr);
	pthread_barrier_init(&barrier, NULL, nr);
	for (i = 0; i < nr; i++) {
		pair[i] = (struct pair){ .barrier = &barrier, .how = argv[1],
					 .fd = fd, .nr = i, .p = p };
		errno = pthread_create(&pair[i].thread, NULL, pair_run, &pair[i]);
		if (errno)
			err(1, "pthread_create");
	}
	for (i = 0; i < nr; i++) {
		pthread_join(pair[i].thread, NULL);
		if (pair[i].start < start)
			start = pair[i].start;
		if (pair[i].end > end)
			end = pair[i].end;
	}
	add_sample((end - start) / (nr * PAIR_OPERATIONS));
}
