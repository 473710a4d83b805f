// SPDX-License-Identifier: GPL-2.0
/*
 * A round of several processes with two threads each, which use the same files by
 * mappings that the threads of a process share.  A thread owns a slot of each
 * page: what it stored there is there, however it looks.  What others store is no
 * older than what they had stored before the look, and no newer than what they had
 * begun to store after it.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz.h"
#include "fuzz_mm.h"

#define PROCESSES 3
#define THREADS 2
#define WORKERS (PROCESSES * THREADS)
#define SLOT 512
#define RACE_UNITS 4UL
#define RACE_OPERATIONS 1500
#define NR_KINDS 16

static const uint16_t race_pages[] = { 0, 1, 7, 255, 511 };

/* What a slot has at least, and at most. */
struct slot {
	atomic_ulong begun, done;
};

struct shared {
	atomic_ulong operations;
	atomic_bool gone;	/* of the device: nothing of it can be used */
	atomic_bool going;
	struct slot slot[RACE_UNITS][ARRAY_SIZE(race_pages)][WORKERS];
};

struct worker {
	unsigned int id;
	uint64_t state;
	unsigned int weight[NR_KINDS], total;
	struct mm_file *file[2];
	struct slot (*slot)[ARRAY_SIZE(race_pages)][WORKERS];
};

/* A slot of a page, and where it is. */
struct place {
	unsigned int unit, page, owner;
	uint8_t *addr;
	struct mm_file *file;
	off_t offset;
};

static struct shared *shared;

static uint64_t draw_of(struct worker *me, uint64_t n)
{
	return below(&me->state, n);
}

static struct place a_place(struct worker *me, unsigned int owner)
{
	struct place p = {
		.unit = draw_of(me, RACE_UNITS), .owner = owner,
		.page = draw_of(me, ARRAY_SIZE(race_pages)),
	};
	uint64_t in_unit = race_pages[p.page] * MM_PAGE + owner * SLOT;

	p.addr = arena + p.unit * PMD_BYTES + in_unit;
	p.file = me->file[p.unit / 2];
	p.offset = p.unit % 2 * PMD_BYTES + in_unit;
	return p;
}

static struct slot *slot_of(const struct place *p)
{
	return &shared->slot[p->unit][p->page][p->owner];
}

static void check_value(const struct place *p, uint64_t value, uint64_t least,
			const char *way)
{
	uint64_t most = atomic_load(&slot_of(p)->begun);

	if (value < least || value > most)
		wrong("%s, unit %u page %u: worker %u has stored %lu to %lu, not %lu",
		      way, p->unit, race_pages[p->page], p->owner, least, most,
		      value);
}

static void may_be_gone(bool was_gone, bool worked, const char *way)
{
	if (was_gone && worked)
		wrong("%s works on a device that is gone", way);
}

static void do_load(struct worker *me, bool own)
{
	struct place p = a_place(me, own ? me->id : draw_of(me, WORKERS));
	uint64_t least = atomic_load(&slot_of(&p)->done), value;
	bool gone = atomic_load(&shared->gone);
	enum outcome outcome = copy_out(&value, p.addr, sizeof(value));

	may_be_gone(gone, outcome == DONE, "a load");
	if (outcome == DONE)
		check_value(&p, value, least, "load");
	else if (outcome == BUS && !atomic_load(&shared->going))
		wrong("load: SIGBUS in unit %u page %u", p.unit,
		      race_pages[p.page]);
}

static void do_store(struct worker *me)
{
	struct place p = a_place(me, me->id);
	struct slot *slot = slot_of(&p);
	uint64_t value = atomic_load(&slot->begun) + 1;
	bool gone = atomic_load(&shared->gone);
	enum outcome outcome;

	atomic_store(&slot->begun, value);
	outcome = copy_in(p.addr, &value, sizeof(value));
	may_be_gone(gone, outcome == DONE, "a store");
	if (outcome == DONE)
		atomic_store(&slot->done, value);
	else if (outcome == BUS && !atomic_load(&shared->going))
		wrong("store: SIGBUS in unit %u page %u", p.unit,
		      race_pages[p.page]);
}

static void check_call(int64_t ret, int64_t want, const char *way)
{
	if (ret == want || atomic_load(&shared->going))
		return;
	wrong("%s: %ld, not %ld: %m", way, ret, want);
}

static void do_write(struct worker *me)
{
	struct place p = a_place(me, me->id);
	struct slot *slot = slot_of(&p);
	uint64_t value = atomic_load(&slot->begun) + 1;
	int64_t ret;

	atomic_store(&slot->begun, value);
	ret = pwrite(p.file->fd, &value, sizeof(value), p.offset);
	check_call(ret, sizeof(value), "write");
	if (ret == sizeof(value))
		atomic_store(&slot->done, value);
}

static void do_read(struct worker *me)
{
	struct place p = a_place(me, draw_of(me, WORKERS));
	uint64_t least = atomic_load(&slot_of(&p)->done), value;
	int64_t ret = pread(p.file->fd, &value, sizeof(value), p.offset);

	check_call(ret, sizeof(value), "read");
	if (ret == sizeof(value))
		check_value(&p, value, least, "read");
}

/* Where another thread may unmap it meanwhile. */
static void do_process_vm(struct worker *me)
{
	struct place p = a_place(me, me->id);
	struct slot *slot = slot_of(&p);
	uint64_t value = atomic_load(&slot->begun) + 1;
	struct iovec here = { &value, sizeof(value) };
	struct iovec there = { p.addr, sizeof(value) };

	atomic_store(&slot->begun, value);
	if (process_vm_writev(getpid(), &here, 1, &there, 1, 0) == sizeof(value))
		atomic_store(&slot->done, value);
}

static void do_pin(struct worker *me)
{
	struct place p = a_place(me, draw_of(me, WORKERS));
	uint64_t least = atomic_load(&slot_of(&p)->done), value;
	struct iovec page = { p.addr, sizeof(value) };
	int ends[2];

	if (pipe(ends))
		wrong_errno("pipe");
	if (vmsplice(ends[1], &page, 1, SPLICE_F_NONBLOCK) == sizeof(value)) {
		if (draw_of(me, 2))
			sched_yield();
		if (read(ends[0], &value, sizeof(value)) != sizeof(value))
			wrong_errno("read of the pipe");
		check_value(&p, value, least, "pinned page");
	}
	close(ends[0]);
	close(ends[1]);
}

/* A part of a unit, mostly all of it. */
static uint8_t *a_part(struct worker *me, unsigned int *unit, size_t *skip,
		       size_t *len)
{
	*unit = draw_of(me, RACE_UNITS);
	*skip = 0;
	*len = PMD_BYTES;
	if (!draw_of(me, 3)) {
		*skip = draw_of(me, UNIT_PAGES) * MM_PAGE;
		*len = (1 + draw_of(me, UNIT_PAGES - *skip / MM_PAGE)) * MM_PAGE;
	}
	return arena + *unit * PMD_BYTES + *skip;
}

static void do_mmap(struct worker *me)
{
	int prot = draw_of(me, 4) ? PROT_READ | PROT_WRITE : PROT_READ;
	int flags = draw_of(me, 8) ? 0 : MAP_POPULATE;
	unsigned int unit;
	size_t skip, len;
	uint8_t *addr = a_part(me, &unit, &skip, &len);

	if (mmap(addr, len, prot, MAP_SHARED | MAP_FIXED | flags,
		 me->file[unit / 2]->fd, unit % 2 * PMD_BYTES + skip) == MAP_FAILED)
		check_call(-1, 0, "mmap");
}

static void do_unmap(struct worker *me)
{
	unsigned int unit;
	size_t skip, len;
	uint8_t *addr = a_part(me, &unit, &skip, &len);

	munmap(addr, len);
}

static void do_protect(struct worker *me)
{
	unsigned int unit;
	size_t skip, len;
	uint8_t *addr = a_part(me, &unit, &skip, &len);

	mprotect(addr, len, draw_of(me, 3) ? PROT_READ | PROT_WRITE : PROT_READ);
}

static void do_advise(struct worker *me)
{
	static const int advice[] = {
		MADV_DONTNEED, MADV_NOHUGEPAGE, MADV_HUGEPAGE, MADV_COLD,
		MADV_PAGEOUT, MADV_POPULATE_READ, MADV_POPULATE_WRITE,
	};
	unsigned int unit;
	size_t skip, len;
	uint8_t *addr = a_part(me, &unit, &skip, &len);

	madvise(addr, len, advice[draw_of(me, ARRAY_SIZE(advice))]);
}

static void do_thp(struct worker *me)
{
	prctl(PR_SET_THP_DISABLE, draw_of(me, 2), 0, 0, 0);
}

static void do_sync(struct worker *me)
{
	unsigned int unit;
	size_t skip, len;
	uint8_t *addr = a_part(me, &unit, &skip, &len);

	if (draw_of(me, 2))
		check_call(fsync(me->file[unit / 2]->fd), 0, "fsync");
	else
		msync(addr, len, MS_SYNC);
}

static uint8_t *away(unsigned int thread)
{
	return arena + (ARENA_UNITS + 1 + thread) * PMD_BYTES;
}

/* Away, and back to where it was if that is free. */
static void do_move(struct worker *me)
{
	uint8_t *from = arena + draw_of(me, RACE_UNITS) * PMD_BYTES;
	uint8_t *to = away(me->id % THREADS);

	if (mremap(from, PMD_BYTES, PMD_BYTES, MREMAP_MAYMOVE | MREMAP_FIXED,
		   to) == to)
		mremap(to, PMD_BYTES, PMD_BYTES, MREMAP_MAYMOVE | MREMAP_FIXED,
		       from);
}

static void do_switch_and_store(struct worker *me)
{
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	do_store(me);
	prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);
}

static void do_map_and_store(struct worker *me)
{
	do_mmap(me);
	do_store(me);
}

static void do_own_load(struct worker *me)
{
	do_load(me, true);
}

static void do_any_load(struct worker *me)
{
	do_load(me, false);
}

static void (*const kinds[NR_KINDS])(struct worker *me) = {
	do_store, do_own_load, do_any_load, do_write, do_read, do_process_vm,
	do_pin, do_mmap, do_unmap, do_protect, do_advise, do_thp, do_sync, do_move,
	do_switch_and_store, do_map_and_store,
};

/* Some things often and others not at all: of each worker's own. */
static void choose_weights(struct worker *me)
{
	static const unsigned int weights[] = { 0, 0, 1, 4, 16 };
	unsigned int i;

	for (i = 0; i < NR_KINDS; i++) {
		me->weight[i] = weights[draw_of(me, ARRAY_SIZE(weights))];
		if (i < 3 && !me->weight[i])
			me->weight[i] = 1;
		me->total += me->weight[i];
	}
}

static void *work(void *data)
{
	struct worker *me = data;
	unsigned int i, kind, n;

	choose_weights(me);
	for (i = 0; i < RACE_OPERATIONS; i++) {
		n = draw_of(me, me->total);
		for (kind = 0; n >= me->weight[kind]; kind++)
			n -= me->weight[kind];
		kinds[kind](me);
		*w.nr = atomic_fetch_add(&shared->operations, 1);
	}
	return NULL;
}

static void work_process(unsigned int process, struct mm_file *file[2])
{
	struct worker worker[THREADS] = {};
	pthread_t thread[THREADS];
	unsigned int i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Kernels that move a unit with its gaps would bring back what is in them. */
	if (munmap(away(0), THREADS * PMD_BYTES))
		wrong_errno("munmap");
	for (i = 0; i < THREADS; i++) {
		worker[i].id = process * THREADS + i;
		worker[i].state = (w.seed ^ w.round << 20 ^ worker[i].id << 8) *
				  0x9e3779b97f4a7c15 | 1;
		memcpy(worker[i].file, file, sizeof(worker[i].file));
		errno = pthread_create(&thread[i], NULL, work, &worker[i]);
		if (errno)
			wrong_errno("pthread_create");
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	_exit(0);
}

/* The device goes away halfway; from then on nothing works. */
static void take_away(void)
{
	struct letter l = { .order = PEER_UNBIND };
	struct mm_mount *m = &w.mount[0];

	while (atomic_load(&shared->operations) < WORKERS * RACE_OPERATIONS / 2)
		usleep(1000);
	atomic_store(&shared->going, true);
	start_removal(m, &w.device[m->device[0]]);
	l = (struct letter){ .order = PEER_UNBOUND, .addr = true };
	if (peer_do(&l) < 0)
		wrong("unbind: %ld", l.ret);
	atomic_store(&shared->gone, true);
}

static void wait_for_all(pid_t pid[PROCESSES])
{
	unsigned int i;
	int status;

	for (i = 0; i < PROCESSES; i++) {
		if (waitpid(pid[i], &status, 0) != pid[i])
			wrong_errno("waitpid");
		if (status)
			wrong("a worker ended with 0x%x", status);
	}
}

/* Is all memory of its files good?  What failed of pmem may stay so. */
bool mm_can_race(void)
{
	const uint8_t *bad = w.device[0].bad + UNIT_PAGES;
	uint32_t i;

	for (i = 0; i < RACE_UNITS * UNIT_PAGES; i++)
		if (bad[i] != GOOD)
			return false;
	return true;
}

void mm_race(void)
{
	struct mm_file *file[2];
	pid_t pid[PROCESSES];
	unsigned int i;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		fail("mmap");
	file[0] = make_race_file(0);
	file[1] = make_race_file(1);
	for (i = 0; i < PROCESSES; i++) {
		pid[i] = fork();
		if (pid[i] < 0)
			wrong_errno("fork");
		if (pid[i] == 0)
			work_process(i, file);
	}
	if (w.round % 3 == 0 && w.device[0].kind != PMEM)
		take_away();
	wait_for_all(pid);
}
