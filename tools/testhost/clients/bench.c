// SPDX-License-Identifier: GPL-2.0
/*
 * famfs-bench: what one operation costs, in ticks of the processor's clock; on
 * a host that counts, those are instructions.
 *
 *   famfs-bench OPERATION ARGUMENT...
 *
 * prints "COUNT MEDIAN MEAN MINIMUM" of the operations done.  The cost of
 * reading the counter is taken off.
 */
#include <err.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/famfs_ioctl.h>

#include "bench.h"
#include "poke.h"
#include "ticks.h"

#define PAGE_BYTES 4096UL
#define ROUNDS 200
#define MAX_SAMPLES 65536
#define FEW 8

static uint64_t samples[MAX_SAMPLES];
static size_t nr_samples;
static uint64_t overhead;

void add_sample(uint64_t ticks)
{
	if (nr_samples == MAX_SAMPLES)
		errx(1, "too many samples");
	samples[nr_samples++] = ticks;
}

static void sample(uint64_t start)
{
	uint64_t t = read_ticks() - start;

	add_sample(t > overhead ? t - overhead : 0);
}

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void print_samples(void)
{
	uint64_t sum = 0;
	size_t i;

	if (!nr_samples)
		errx(1, "nothing was measured");
	for (i = 0; i < nr_samples; i++)
		sum += samples[i];
	qsort(samples, nr_samples, sizeof(samples[0]), compare);
	printf("%zu %lu %.1f %lu\n", nr_samples, samples[nr_samples / 2],
	       (double)sum / nr_samples, samples[0]);
}

/* Also makes sure that the samples' memory is there. */
static void calibrate(void)
{
	size_t i;

	memset(samples, 1, sizeof(samples));
	for (i = 0; i < ROUNDS; i++)
		sample(read_ticks());
	qsort(samples, nr_samples, sizeof(samples[0]), compare);
	overhead = samples[nr_samples / 2];
	nr_samples = 0;
}

char *map_file(int fd, uint64_t offset, uint64_t len, int prot)
{
	char *p = mmap(NULL, len, prot, MAP_SHARED, fd, offset);

	if (p == MAP_FAILED)
		err(1, "mmap");
	return p;
}

static void touch(volatile char *p, uint64_t len, uint64_t step, char how)
{
	uint64_t i, start;

	for (i = 0; i < len; i += step) {
		start = read_ticks();
		if (how == 'w')
			p[i] = 1;
		else
			(void)p[i];
		sample(start);
	}
}

/*
 * fault FILE OFFSET LENGTH STEP HOW: map the range and access one byte in every
 * STEP bytes.  HOW is r or w for one round, and rw for reading all of it, which
 * does not count, and writing then.
 */
static void do_fault(char **argv)
{
	const char *how = argv[4];
	int fd = open_file(argv[0], O_RDWR);
	uint64_t len = number(argv[2]), step = number(argv[3]);
	char *p = map_file(fd, number(argv[1]), len, PROT_READ | PROT_WRITE);

	touch(p, len, step, how[0]);
	if (how[1]) {
		nr_samples = 0;
		touch(p, len, step, how[1]);
	}
}

/* sweep FILE LENGTH: load from each page of it, which is one sample */
static void do_sweep(char **argv)
{
	int fd = open_file(argv[0], O_RDONLY), i;
	uint64_t len = number(argv[1]), start, at;
	volatile char *p;

	for (i = 0; i < FEW; i++) {
		p = map_file(fd, 0, len, PROT_READ);
		start = read_ticks();
		for (at = 0; at < len; at += PAGE_BYTES)
			(void)p[at];
		sample(start);
		munmap((void *)p, len);
	}
}

/* One byte in every 2 MiB. */
static void load_all(char *p, uint64_t len)
{
	uint64_t i;

	for (i = 0; i < len; i += PMD_BYTES)
		(void)((volatile char *)p)[i];
}

/*
 * wide FILE LENGTH TIMES: map the file so often, one mapping after the other, and load
 * one byte in every 2 MiB; all of it is one sample
 */
static void do_wide(char **argv)
{
	int fd = open_file(argv[0], O_RDONLY);
	uint64_t len = number(argv[1]), times = number(argv[2]), start, i;

	start = read_ticks();
	for (i = 0; i < times; i++)
		load_all(map_file(fd, 0, len, PROT_READ), len);
	sample(start);
}

static void store_all(char *p, uint64_t len)
{
	uint64_t i;

	for (i = 0; i < len; i += PMD_BYTES)
		((volatile char *)p)[i] = 1;
}

/* unmap FILE LENGTH: of which all huge pages were stored to */
static void do_unmap(char **argv)
{
	int fd = open_file(argv[0], O_RDWR), i;
	uint64_t len = number(argv[1]), start;
	char *p;

	for (i = 0; i < FEW; i++) {
		p = map_file(fd, 0, len, PROT_READ | PROT_WRITE);
		store_all(p, len);
		start = read_ticks();
		munmap(p, len);
		sample(start);
	}
}

/* fork FILE LENGTH: with it mapped, and all huge pages there */
static void do_fork(char **argv)
{
	int fd = open_file(argv[0], O_RDWR), i;
	uint64_t len = number(argv[1]), start;
	pid_t pid;

	load_all(map_file(fd, 0, len, PROT_READ | PROT_WRITE), len);
	for (i = 0; i < FEW; i++) {
		start = read_ticks();
		pid = fork();
		if (!pid)
			_exit(0);
		sample(start);
		if (waitpid(pid, NULL, 0) != pid)
			err(1, "fork");
	}
}

/* sync FILE LENGTH: fsync after a store to each huge page */
static void do_sync(char **argv)
{
	int fd = open_file(argv[0], O_RDWR), i;
	uint64_t len = number(argv[1]), start;
	char *p = map_file(fd, 0, len, PROT_READ | PROT_WRITE);

	for (i = 0; i < FEW; i++) {
		store_all(p, len);
		start = read_ticks();
		if (fsync(fd))
			err(1, "fsync");
		sample(start);
	}
}

/* A buffer that is there, and where a page starts. */
static char *buffer(size_t len)
{
	char *p = aligned_alloc(PAGE_BYTES, len < PAGE_BYTES ? PAGE_BYTES : len);

	if (!p)
		err(1, "malloc");
	return memset(p, 'f', len);
}

/*
 * From one page or more to the next, at 16 places.  Inline, so that what is counted is
 * the call alone.
 */
static inline void transfer(char **argv, bool write)
{
	int fd = open_file(argv[0], write ? O_RDWR : O_RDONLY);
	size_t len = number(argv[1]), i;
	char *buf = buffer(len);
	uint64_t start;
	ssize_t n;

	for (i = 0; i < ROUNDS; i++) {
		start = read_ticks();
		n = write ? pwrite(fd, buf, len, i % 16 * PMD_BYTES) :
			    pread(fd, buf, len, i % 16 * PMD_BYTES);
		sample(start);
		if (n != (ssize_t)len)
			err(1, "%s gave %zd", write ? "pwrite" : "pread", n);
	}
}

/* read FILE LENGTH */
static void do_read(char **argv)
{
	transfer(argv, false);
}

/* write FILE LENGTH */
static void do_write(char **argv)
{
	transfer(argv, true);
}

/* drop FILE LENGTH: by posix_fadvise */
static void do_drop(char **argv)
{
	int fd = open_file(argv[0], O_RDONLY), ret;
	uint64_t len = number(argv[1]), start, i;

	for (i = 0; i < ROUNDS; i++) {
		start = read_ticks();
		ret = posix_fadvise(fd, i % 16 * PMD_BYTES, len,
				    POSIX_FADV_DONTNEED);
		sample(start);
		if (ret)
			errx(1, "posix_fadvise gave %d", ret);
	}
}

/* open FILE: and close it */
static void do_open(char **argv)
{
	uint64_t start;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		start = read_ticks();
		close(open(argv[0], O_RDWR));
		sample(start);
	}
}

/* stat FILE */
static void do_stat(char **argv)
{
	struct stat st;
	uint64_t start;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		start = read_ticks();
		if (stat(argv[0], &st))
			err(1, "%s", argv[0]);
		sample(start);
	}
}

/* mmap FILE LENGTH: and unmap it, untouched */
static void do_mmap(char **argv)
{
	int fd = open_file(argv[0], O_RDWR);
	uint64_t len = number(argv[1]), start;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		start = read_ticks();
		munmap(map_file(fd, 0, len, PROT_READ | PROT_WRITE), len);
		sample(start);
	}
}

/* mount DEVICE DIRECTORY TYPE OPTIONS: and unmount it; only the mounting counts */
static void do_mount(char **argv)
{
	uint64_t start;
	int i;

	for (i = 0; i < 20; i++) {
		start = read_ticks();
		if (mount(argv[0], argv[1], argv[2], MS_NOATIME, argv[3]))
			err(1, "mount %s", argv[0]);
		sample(start);
		if (umount(argv[1]))
			err(1, "umount %s", argv[1]);
	}
}

/* N extents of LENGTH one after the other, in falling order: none can merge. */
static struct famfs_ioc_simple_extent *falling(size_t n, uint64_t offset,
					       uint64_t len)
{
	struct famfs_ioc_simple_extent *list = calloc(n, sizeof(*list));
	size_t i;

	if (!list)
		err(1, "malloc");
	for (i = 0; i < n; i++) {
		list[i].offset = offset + (n - 1 - i) * len;
		list[i].len = len;
	}
	return list;
}

static void create_map(const char *path, struct famfs_ioc_fmap *map)
{
	int fd = open_file(path, O_CREAT | O_RDWR);
	uint64_t start = read_ticks();
	int ret = ioctl(fd, FAMFSIOC_MAP_CREATE_V2, map);

	sample(start);
	if (ret)
		err(1, "MAP_CREATE_V2");
	close(fd);
}

static void create_falling(const char *path, size_t n, uint64_t offset,
			   uint64_t len)
{
	struct famfs_ioc_fmap map = {
		.fioc_file_size = n * len,
		.fioc_ext_type = FAMFS_IOC_EXT_SIMPLE,
		.fioc_nextents = n,
		.kse = falling(n, offset, len),
	};

	create_map(path, &map);
	free(map.kse);
}

/* map FILE EXTENTS OFFSET LENGTH: FAMFSIOC_MAP_CREATE_V2 of a new file */
static void do_map(char **argv)
{
	create_falling(argv[0], number(argv[1]), number(argv[2]),
		       number(argv[3]));
}

/*
 * maps DIRECTORY FILES EXTENTS KEEP: the same, extents of 2 MiB, and a next file
 * behind the last one, or in its place if KEEP is 0
 */
static void do_maps(char **argv)
{
	size_t files = number(argv[1]), n = number(argv[2]), i;
	uint64_t offset = PMD_BYTES;
	char path[4096];

	for (i = 0; i < files; i++) {
		snprintf(path, sizeof(path), "%s/map%zu", argv[0], i);
		create_falling(path, n, offset, PMD_BYTES);
		if (number(argv[3]))
			offset += n * PMD_BYTES;
		else if (unlink(path))
			err(1, "%s", path);
	}
}

/* stripes FILE STRIPS OFFSET LENGTH: one interleaved extent, chunks of 2 MiB */
static void do_stripes(char **argv)
{
	size_t n = number(argv[1]);
	uint64_t len = number(argv[3]);
	struct famfs_ioc_interleaved_ext ext = {
		.ie_nstrips = n,
		.ie_chunk_size = PMD_BYTES,
		.ie_nbytes = n * len,
		.ie_strips = falling(n, number(argv[2]), len),
	};
	struct famfs_ioc_fmap map = {
		.fioc_file_size = n * len,
		.fioc_ext_type = FAMFS_IOC_EXT_INTERLEAVE,
		.fioc_niext = 1,
		.kie = &ext,
	};

	create_map(argv[0], &map);
}

/*
 * create DIRECTORY COUNT HOW FIRST: new files, empty, or of 2 MiB by a map or by
 * fallocate; the names of the files are numbers from FIRST on, and so are the
 * places on the memory, in 2 MiB
 */
static void do_create(char **argv)
{
	size_t count = number(argv[1]), first = number(argv[3]), i;
	char how = argv[2][0];
	char path[64];
	uint64_t start;
	int fd;

	if (chdir(argv[0]))
		err(1, "%s", argv[0]);
	for (i = first; i < first + count; i++) {
		snprintf(path, sizeof(path), "%zu", i);
		start = read_ticks();
		fd = open(path, O_CREAT | O_RDWR, 0644);
		if (fd < 0)
			err(1, "%s", path);
		if (how == 'm')
			give_map(fd, i * PMD_BYTES);
		if (how == 'f' && fallocate(fd, 0, 0, PMD_BYTES))
			err(1, "fallocate");
		close(fd);
		sample(start);
	}
}

static const struct operation {
	const char *name;
	void (*run)(char **argv);
	int nr_args;
} operations[] = {
	{ "fault", do_fault, 5 },
	{ "sweep", do_sweep, 2 },
	{ "wide", do_wide, 3 },
	{ "unmap", do_unmap, 2 },
	{ "fork", do_fork, 2 },
	{ "sync", do_sync, 2 },
	{ "pair", bench_pair, 3 },
	{ "read", do_read, 2 },
	{ "write", do_write, 2 },
	{ "drop", do_drop, 2 },
	{ "open", do_open, 1 },
	{ "stat", do_stat, 1 },
	{ "mmap", do_mmap, 2 },
	{ "mount", do_mount, 4 },
	{ "map", do_map, 4 },
	{ "maps", do_maps, 4 },
	{ "stripes", do_stripes, 4 },
	{ "create", do_create, 4 },
	{ }
};

int main(int argc, char **argv)
{
	const struct operation *op;

	for (op = operations; argc > 1 && op->name; op++) {
		if (strcmp(op->name, argv[1]))
			continue;
		if (argc != op->nr_args + 2)
			errx(1, "%s takes %d arguments", op->name, op->nr_args);
		calibrate();
		op->run(argv + 2);
		print_samples();
		return 0;
	}
	errx(1, "no such operation: %s", argc > 1 ? argv[1] : "");
}
