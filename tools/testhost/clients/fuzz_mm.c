// SPDX-License-Identifier: GPL-2.0
/*
 * fuzz-mm DIRECTORY NAME=VALUE...: random operations on files of famfs, and on what
 * is mapped of them, against a model of what must be in memory:
 *
 *   device=NODE   a memory device that is bound; once or twice
 *   other=FILE    a file of another file system for direct I/O
 *   seed=N ops=N  which operations, and how many of them
 *   round=N       only this round
 *   list=FILE     only these operations of the round: numbers
 *   without=NAMES,  of operations that are left out
 *   verbose=1     say what each one does
 *
 * DIRECTORY has the subdirectories 0 and 1.  A round starts with files anew, so
 * that what fails in it fails without the rounds before.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/famfs_ioctl.h>

#include "fuzz.h"
#include "fuzz_mm.h"

struct world w;
uint8_t *const arena = (uint8_t *)0x200000000000;

static const char *list_file, *without = "", *directory;

uint64_t pick(uint64_t n)
{
	return below(&w.state, n);
}

bool one_in(uint64_t n)
{
	return pick(n) == 0;
}

void note(const char *fmt, ...)
{
	size_t used = strlen(w.text);
	va_list args;

	if (!w.verbose)
		return;
	va_start(args, fmt);
	/* A text that ends with a colon goes on. */
	vsnprintf(w.text + used, sizeof(w.text) - used, fmt, args);
	va_end(args);
	if (fmt[strlen(fmt) - 1] == ':')
		return;
	printf("%lu: %s\n", *w.nr, w.text);
	fflush(stdout);
	w.text[0] = 0;
}

void wrong(const char *fmt, ...)
{
	va_list args;

	printf("FAULT: operation %lu: ", *w.nr);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
	_exit(1);
}

void wrong_errno(const char *what)
{
	wrong("%s: %s", what, strerrorname_np(errno));
}

static const struct operation *const tables[] = {
	map_operations, io_operations, file_operations, upset_operations,
};

static const struct operation *choose(void)
{
	static uint64_t total;
	const struct operation *op;
	uint64_t i, n;

	if (!total)
		for (i = 0; i < ARRAY_SIZE(tables); i++)
			for (op = tables[i]; op->name; op++)
				total += op->weight;
	n = pick(total);
	for (i = 0; ; i++)
		for (op = tables[i]; op->name; op++) {
			if (n < op->weight)
				return op;
			n -= op->weight;
		}
}

static bool is_in(const char *names, const char *name)
{
	size_t len = strlen(name);
	const char *p;

	for (p = names; (p = strstr(p, name)); p += len)
		if ((p == names || p[-1] == ',') && (!p[len] || p[len] == ','))
			return true;
	return false;
}

bool left_out(const char *name)
{
	return is_in(without, name);
}

/* Numbers that are close to each other become such as are not. */
static uint64_t mix(uint64_t n)
{
	n += 0x9e3779b97f4a7c15;
	n = (n ^ n >> 30) * 0xbf58476d1ce4e5b9;
	n = (n ^ n >> 27) * 0x94d049bb133111eb;
	return (n ^ n >> 31) | 1;
}

/* What it does follows from seed, round and number, and from what is there. */
static void operate(uint64_t nr)
{
	const struct operation *op;

	*w.nr = nr;
	w.text[0] = 0;
	w.state = mix(mix(mix(w.seed) + w.round) + nr);
	op = choose();
	if (left_out(op->name))
		return;
	op->run();
	if (w.dropped)
		check_free("once its file is gone", false);
	w.dropped = false;
}

static void fill_unit(struct device *device, uint32_t unit, int fd)
{
	uint8_t *bytes = device->bytes + unit * PMD_BYTES;
	uint32_t i;

	for (i = 0; i < UNIT_PAGES; i++)
		memset(bytes + i * MM_PAGE, unit * 31 + i * 7 + 1, MM_PAGE);
	if (pwrite(fd, bytes, PMD_BYTES, (unit - 1) * PMD_BYTES) !=
	    (ssize_t)PMD_BYTES)
		fail("write");
	memset(device->bad + unit * UNIT_PAGES, GOOD, UNIT_PAGES);
}

/* A file that has all units of a device but the superblock's. */
static int open_all(const struct device *device)
{
	struct famfs_ioc_simple_extent ext = {
		device->index, PMD_BYTES, (NR_UNITS - 1) * PMD_BYTES
	};
	struct famfs_ioc_fmap map = {
		.fioc_file_size = ext.len, .fioc_nextents = 1, .kse = &ext,
	};
	char path[192];
	int fd;

	snprintf(path, sizeof(path), "%s/all", w.mount[device->mount].dir);
	fd = open(path, O_RDWR | O_CREAT, 0600);
	if (fd < 0 || unlink(path) || ioctl(fd, FAMFSIOC_MAP_CREATE_V2, &map))
		fail("a file of the whole device");
	return fd;
}

/* All units of a device get known bytes. */
static void fill_device(struct device *device)
{
	int fd = open_all(device);
	uint32_t i;

	for (i = 1; i < NR_UNITS; i++)
		if (device->kind != PMEM ||
		    !memchr(device->bad + i * UNIT_PAGES, UNKNOWN, UNIT_PAGES))
			fill_unit(device, i, fd);
	close(fd);
}

/* Bytes that no file had are what they were, too. */
static void check_device(const struct device *device)
{
	size_t len = (NR_UNITS - 1) * PMD_BYTES;
	int fd = open_all(device);
	uint8_t *bytes = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, 0);
	uint32_t i;

	if (bytes == MAP_FAILED)
		fail("mmap");
	for (i = UNIT_PAGES; i < NR_DEVICE_PAGES; i++)
		if (device->bad[i] == GOOD)
			check_bytes(bytes + (i - UNIT_PAGES) * MM_PAGE,
				    device->bytes + i * MM_PAGE, MM_PAGE,
				    "memory after the round");
	munmap(bytes, len);
	close(fd);
}

static void reserve_arena(void)
{
	size_t len = (ARENA_UNITS + 8) * PMD_BYTES;
	uint8_t *start = arena - PMD_BYTES;

	if (mmap(start, len, PROT_NONE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE,
		 -1, 0) != start)
		fail("arena");
	/* What lies before and behind it stays taken. */
	if (munmap(arena, ARENA_PAGES * MM_PAGE))
		fail("munmap");
}

static void operate_all(void)
{
	uint64_t nr;
	FILE *list;

	if (!list_file) {
		for (nr = 0; nr < ROUND_OPERATIONS; nr++)
			operate(nr);
		return;
	}
	list = fopen(list_file, "re");
	if (!list)
		fail(list_file);
	while (fscanf(list, "%lu", &nr) == 1)
		operate(nr);
}

/* Of these nobody knows in which order they store. */
static bool is_race(void)
{
	return w.round % 4 == 3 && mm_can_race();
}

static int run_round(void)
{
	int i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	peer_start();
	reserve_arena();
	w.pagemap = open_file("/proc/self/pagemap", O_RDWR | O_CLOEXEC);
	catch_signals();
	if (is_race())
		mm_race();
	else
		operate_all();
	for (i = 0; i < w.nr_mounts; i++)
		finish_removal(&w.mount[i]);
	check_all();
	fflush(stdout);
	_exit(0);
}

/* One device each, or one mount of both. */
static void plan_mounts(void)
{
	bool together = w.nr_devices == 2 && w.round % 2;
	int i;

	w.nr_mounts = together ? 1 : w.nr_devices;
	memset(w.mount, 0, sizeof(w.mount));
	for (i = 0; i < w.nr_devices; i++) {
		struct mm_mount *m = &w.mount[together ? 0 : i];

		w.device[i].mount = m - w.mount;
		w.device[i].index = m->nr_devices;
		m->device[m->nr_devices++] = i;
		snprintf(m->dir, sizeof(m->dir), "%s/%ld", directory,
			 m - w.mount);
	}
}

static uint64_t faults_of(pid_t pid)
{
	uint64_t faults = 0;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (!file || fscanf(file, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %lu",
			    &faults) != 1)
		faults = 0;
	if (file)
		fclose(file);
	return faults;
}

/* An access that faults again and again never ends: no operation has so many. */
#define MOST_FAULTS 200000

static int wait_for_round(pid_t pid)
{
	uint64_t nr = ~0UL, faults = 0, now;
	int status;

	while (waitpid(pid, &status, WNOHANG) != pid) {
		usleep(20000);
		now = faults_of(pid);
		if (nr != *w.nr) {
			nr = *w.nr;
			faults = now;
		} else if (now > faults + MOST_FAULTS) {
			printf("FAULT: operation %lu faults without end\n", nr);
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
			return -1;
		}
	}
	return status;
}

static void mount_all(void)
{
	int i;

	for (i = 0; i < w.nr_mounts; i++)
		mm_mount(i);
}

static void umount_all(void)
{
	int i;

	for (i = 0; i < w.nr_mounts; i++)
		if (umount(w.mount[i].dir))
			fail("umount");
}

/* Memory that was bad is good now, and a mount that begins then knows of none. */
static void begin_round(void)
{
	int i;

	plan_mounts();
	mount_all();
	for (i = 0; i < w.nr_devices; i++)
		fill_device(&w.device[i]);
	umount_all();
	mount_all();
}

static void end_round(void)
{
	int i;

	umount_all();
	check_free("after umount", true);
	if (is_race())
		return;
	mount_all();
	for (i = 0; i < w.nr_devices; i++)
		check_device(&w.device[i]);
	umount_all();
}

static void one_round(void)
{
	int i, status;
	pid_t pid;

	begin_round();
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid == 0)
		run_round();
	status = wait_for_round(pid);
	if (!status) {
		end_round();
		return;
	}
	/* What went wrong may end the kernel once nobody uses the files. */
	printf("fuzz-mm: seed=%lu round=%lu operation=%lu status=0x%x\n",
	       w.seed, w.round, *w.nr, status);
	fflush(stdout);
	for (i = 0; i < w.nr_mounts; i++)
		umount2(w.mount[i].dir, MNT_DETACH);
	exit(1);
}

static void add_device(const char *node)
{
	struct device *device = &w.device[w.nr_devices];
	size_t bytes = NR_UNITS * PMD_BYTES;

	if (w.nr_devices++ == NR_DEVICES)
		fail_say("too many devices");
	snprintf(device->node, sizeof(device->node), "%s", node);
	snprintf(device->name, sizeof(device->name), "%s", strrchr(node, '/') + 1);
	device->kind = strstr(node, "pmem") ? PMEM :
		       access("/modules/fsdev", F_OK) ? FSDEV : FSDEV_CORE;
	/* The next round's process goes on where this one's was. */
	device->bytes = mmap(NULL, bytes + 2 * NR_DEVICE_PAGES, PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (device->bytes == MAP_FAILED)
		fail("mmap");
	device->bad = device->bytes + bytes;
	device->dirty = device->bad + NR_DEVICE_PAGES;
}

static void open_other(const char *path)
{
	w.other = open(path, O_RDWR | O_CREAT | O_DIRECT | O_CLOEXEC, 0600);
	w.other_bytes = mmap(NULL, OTHER_BYTES, PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (w.other < 0 || w.other_bytes == MAP_FAILED ||
	    pwrite(w.other, w.other_bytes, OTHER_BYTES, 0) != (ssize_t)OTHER_BYTES)
		fail(path);
}

int cmd_fuzz_mm(int argc, char **argv)
{
	uint64_t ops = ROUND_OPERATIONS, first = 0, last;
	bool one = false;
	char *value;
	int i;

	if (argc < 2)
		fail_say("usage: fuzz-mm DIRECTORY NAME=VALUE...");
	directory = argv[1];
	w.watch = -1;
	w.nr = mmap(NULL, MM_PAGE, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (i = 2; i < argc; i++) {
		value = strchr(argv[i], '=');
		if (!value)
			fail_say("not NAME=VALUE: %s", argv[i]);
		*value++ = 0;
		if (!strcmp(argv[i], "device"))
			add_device(value);
		else if (!strcmp(argv[i], "other"))
			open_other(value);
		else if (!strcmp(argv[i], "seed"))
			w.seed = number(value);
		else if (!strcmp(argv[i], "ops"))
			ops = number(value);
		else if (!strcmp(argv[i], "round"))
			one = true, first = number(value);
		else if (!strcmp(argv[i], "list"))
			list_file = value;
		else if (!strcmp(argv[i], "without"))
			without = value;
		else if (!strcmp(argv[i], "pin"))
			w.mount_pin = value;
		else if (!strcmp(argv[i], "verbose"))
			w.verbose = number(value);
		else
			fail_say("no such setting: %s", argv[i]);
	}
	flush_watch();
	last = one ? first : (ops + ROUND_OPERATIONS - 1) / ROUND_OPERATIONS - 1;
	for (w.round = first; w.round <= last; w.round++) {
		one_round();
		printf("round %lu: %d operations\n", w.round, ROUND_OPERATIONS);
		fflush(stdout);
	}
	flush_unwatch();
	return 0;
}
