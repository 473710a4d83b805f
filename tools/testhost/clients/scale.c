// SPDX-License-Identifier: GPL-2.0
/*
 * Many files, and places all over a large one.  Costs are in ticks of the time
 * stamp counter; on a host whose clock counts instructions, those are
 * instructions.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/famfs_ioctl.h>

#include "poke.h"

#define READ_BYTES 4096
#define UNITS (16UL << 40 >> 21)
#define MAX_SAMPLES 2048

static uint64_t samples[MAX_SAMPLES];

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static uint64_t median(size_t nr)
{
	qsort(samples, nr, sizeof(samples[0]), compare);
	return samples[nr / 2];
}

/* Numbers below UNITS in an order that looks random; 0 remains 0. */
static uint64_t scatter(uint64_t n)
{
	n = n * 5931641 % UNITS;
	n ^= n >> 12;
	return n * 2654435 % UNITS;
}

static void make_file(uint64_t nr, bool scattered)
{
	char name[32];
	int fd;

	snprintf(name, sizeof(name), "%lu", nr);
	fd = open(name, O_CREAT | O_EXCL | O_RDWR, 0644);
	if (fd < 0)
		fail(name);
	give_map(fd, (scattered ? scatter(nr) : nr) * PMD_BYTES);
	close(fd);
}

/*
 * files DIR FIRST COUNT ordered|scattered: make files with maps of 2 MiB, named
 * by numbers from FIRST on; file N has the Nth 2 MiB of 16 TiB, or others.
 * Prints what a file cost on average, in the median of ten parts: what else the kernel
 * does now and then is in one or two of them.
 */
#define PARTS 10
int cmd_files(int argc, char **argv)
{
	uint64_t first, count, start, part, i;
	bool scattered;

	if (argc != 5)
		fail_say("usage: files DIR FIRST COUNT ordered|scattered");
	if (chdir(argv[1]))
		fail(argv[1]);
	first = number(argv[2]);
	count = number(argv[3]);
	scattered = !strcmp(argv[4], "scattered");
	if (!count || count % PARTS)
		fail_say("COUNT is not a multiple of 10");
	for (part = 0; part < PARTS; part++) {
		start = ticks();
		for (i = 0; i < count / PARTS; i++)
			make_file(first++, scattered);
		samples[part] = (ticks() - start) / (count / PARTS);
	}
	printf("%lu\n", median(PARTS));
	return 0;
}

/*
 * Places in a file: the Nth is the Nth 2 MiB of a random period, so that no two
 * are the same memory where that repeats with each period.
 */
struct places {
	int fd;
	uint64_t size;
	uint64_t period;
	size_t nr;
};

/* The same in every run.  The period is that of SplitMix64, far from a pattern. */
static uint64_t place(const struct places *places, uint64_t i)
{
	uint64_t x = (i + 1) * 0x9e3779b97f4a7c15ULL;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	x ^= x >> 31;
	return x % (places->size / places->period) * places->period +
	       i * PMD_BYTES;
}

static struct places open_places(int argc, char **argv)
{
	struct places places = {};
	struct stat st;

	if (argc != 4)
		fail_say("usage: %s FILE N PERIOD", argv[0]);
	places.fd = open_file(argv[1], O_RDWR);
	if (fstat(places.fd, &st))
		fail("fstat");
	places.size = st.st_size;
	places.nr = number(argv[2]);
	places.period = number(argv[3]);
	if (places.nr > MAX_SAMPLES || places.period > places.size ||
	    places.nr > places.period / PMD_BYTES)
		fail_say("too many places");
	return places;
}

/* reads FILE N PERIOD: pread 4 KiB at places; prints what the median cost */
int cmd_reads(int argc, char **argv)
{
	struct places places = open_places(argc, argv);
	static char buf[READ_BYTES];
	uint64_t start;
	ssize_t n;
	size_t i;

	memset(buf, 1, sizeof(buf));
	memset(samples, 1, sizeof(samples));
	for (i = 0; i < places.nr; i++) {
		start = ticks();
		n = pread(places.fd, buf, sizeof(buf), place(&places, i));
		samples[i] = ticks() - start;
		if (n != sizeof(buf))
			fail("pread");
	}
	printf("%lu\n", median(places.nr));
	return 0;
}

static uint64_t fault_places(const struct places *places)
{
	volatile char *p;
	uint64_t start;
	size_t i;

	p = mmap(NULL, places->size, PROT_READ | PROT_WRITE, MAP_SHARED,
		 places->fd, 0);
	if (p == MAP_FAILED)
		fail("mmap");
	for (i = 0; i < places->nr; i++) {
		start = ticks();
		(void)p[place(places, i)];
		samples[i] = ticks() - start;
	}
	if (munmap((void *)p, places->size))
		fail("munmap");
	return median(places->nr);
}

/*
 * faults FILE N PERIOD: fault at places of a mapping of all the file, and once
 * more in a new one; prints what the median cost there
 */
int cmd_faults(int argc, char **argv)
{
	struct places places = open_places(argc, argv);

	memset(samples, 1, sizeof(samples));
	fault_places(&places);
	printf("%lu\n", fault_places(&places));
	return 0;
}
