// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzzing of the ioctls: two threads make requests and look whether what was
 * accepted is what they asked for and nobody else's, a third one makes requests
 * that a fourth one changes while the kernel reads them, which uses the files as
 * well, and a fifth one takes mount and device away all the time.
 *
 * Each unit of the device starts with its own number, so that reading a file
 * tells which units it has.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"

#define NR_HELD 5
#define NR_MAPPERS 3
#define VICTIM 2	/* the one whose requests are changed under way */

/* An accepted file that is kept open, so that its units stay its own. */
struct held {
	int fd;
	uint64_t owner;
	uint16_t units[MAX_UNITS];
	uint64_t nr_units;
};

struct mapper {
	uint64_t state;
	bool checks;
	struct request req;
	struct tally tally;
	struct held held[NR_HELD];
};

struct user {
	uint64_t state;
	struct tally tally;
};

static struct mapper mapper[NR_MAPPERS];
static atomic_ulong owners[MAX_UNITS];
static atomic_bool stop;
static atomic_ulong serial, nr_requests;
static uint64_t nr_units;

static uint64_t signature(uint64_t unit)
{
	return 0xfa3f5000 + unit;
}

static void let_go(struct held *held)
{
	uint64_t i, me;

	if (held->fd < 0)
		return;
	for (i = 0; i < held->nr_units; i++) {
		me = held->owner;
		atomic_compare_exchange_strong(&owners[held->units[i]], &me, 0);
	}
	close(held->fd);
	held->fd = -1;
}

/* Who is of another mount has lost its memory: that mount's device is gone. */
static void own_units(struct held *held, uint64_t dev)
{
	uint64_t i, old;

	held->owner = dev << 48 | (atomic_fetch_add(&serial, 1) + 1);
	for (i = 0; i < held->nr_units; i++) {
		old = atomic_exchange(&owners[held->units[i]], held->owner);
		if (old && old >> 48 == dev)
			fail_say("unit %u has two files", held->units[i]);
	}
}

/* Units as text, for a message. */
static char *listed(const uint16_t *units, uint64_t nr)
{
	char *text = calloc(nr + 1, sizeof("65535 "));
	uint64_t i, at = 0;

	for (i = 0; text && i < nr; i++)
		at += sprintf(text + at, "%u ", units[i]);
	return text;
}

static void expect_units(const struct held *held, const struct request *answer)
{
	uint16_t units[MAX_UNITS];
	uint64_t nr = request_units(answer, units);

	if (nr != held->nr_units || memcmp(units, held->units, nr * 2))
		fail_say("ioctl 0x%lx tells other units: %s, and not %s", answer->cmd,
			 listed(units, nr), listed(held->units, held->nr_units));
}

/* The answers of all calls that tell a map, to one that was accepted. */
static void expect_answers(const struct held *held, uint64_t size)
{
	struct request answer = { .cmd = FAMFSIOC_MAP_CREATE_V2 };
	struct famfs_extent list[FAMFS_MAX_EXTENTS];
	struct famfs_ioc_get_fmap v2;
	struct famfs_ioc_map v1;

	if (!ioctl(held->fd, FAMFSIOC_MAP_GET_V2, &v2)) {
		if (v2.iocmap.fioc_ext_type == FAMFS_IOC_EXT_SIMPLE) {
			v2.iocmap.kse = v2.ikse;
		} else {
			v2.iocmap.kie = &v2.ks.ikie;
			v2.ks.ikie.ie_strips = v2.ks.kie_strips;
		}
		answer.arg = &v2.iocmap;
		expect_units(held, &answer);
	} else if (errno != EOVERFLOW) {
		fail("MAP_GET_V2");
	}
	if (ioctl(held->fd, FAMFSIOC_MAP_GET, &v1)) {
		if (errno != EOVERFLOW)
			fail("MAP_GET");
		return;
	}
	if (v1.extent_type == INTERLEAVED_EXTENT) {
		if (v1.file_size != size || v1.ext_list_count)
			fail_say("MAP_GET tells a list of an interleaved file");
		return;
	}
	answer = (struct request){ .cmd = FAMFSIOC_MAP_CREATE, .arg = &v1 };
	expect_units(held, &answer);
	if (v1.file_size != size || ioctl(held->fd, FAMFSIOC_MAP_GETEXT, list) ||
	    memcmp(list, v1.ext_list, v1.ext_list_count * sizeof(list[0])))
		fail_say("MAP_GET and MAP_GETEXT differ");
}

/* The memory is that of the units; EIO: the device is gone meanwhile. */
static uint64_t expect_signatures(const struct held *held, uint64_t size)
{
	uint64_t i, found;

	for (i = 0; i < held->nr_units; i++) {
		if (i * UNIT + sizeof(found) > size)
			break;
		if (pread(held->fd, &found, sizeof(found), i * UNIT) < 0) {
			if (errno != EIO)
				fail("pread");
			break;
		}
		if (found != signature(held->units[i]))
			fail_say("offset 0x%lx has 0x%lx and not unit %u",
				 i * UNIT, found, held->units[i]);
	}
	return i;
}

static void check_accepted(struct mapper *m, struct held *held)
{
	uint64_t size = request_size(&m->req);
	struct stat st;

	held->nr_units = 0;
	if (fstat(held->fd, &st))
		fail("fstat");
	if (!m->checks || !request_is_own(&m->req))
		return;
	if ((uint64_t)st.st_size != size)
		fail_say("size 0x%lx, wanted 0x%lx", st.st_size, size);
	held->nr_units = request_units(&m->req, held->units);
	own_units(held, st.st_dev);
	expect_answers(held, size);
	m->tally.units_read += expect_signatures(held, size);
}

static bool documented(const struct request *req, int err)
{
	switch (err) {
	case EFAULT:
	case EINVAL:
		return req->cmd != FAMFSIOC_NOP;
	case EOVERFLOW:
		return !request_is_map(req) && req->cmd != FAMFSIOC_NOP;
	case E2BIG:
	case EEXIST:
	case EBUSY:
	case EIO:
	case EROFS:
	case ENOMEM:
		return request_is_map(req);
	case ENOTTY:
		return !request_is_known(req);
	default:
		return false;
	}
}

static void make_request(struct mapper *m, struct held *held)
{
	int err;

	request_make(&m->req, &m->state, nr_units);
	err = ioctl(held->fd, m->req.cmd, m->req.arg) ? errno : 0;
	m->tally.calls++;
	atomic_fetch_add(&nr_requests, 1);
	if (err && !documented(&m->req, err))
		fail_say("ioctl 0x%lx: errno %d", m->req.cmd, err);
	if (!request_is_map(&m->req))
		return;
	if (err) {
		m->tally.refused[err]++;
	} else {
		m->tally.accepted++;
		check_accepted(m, held);
	}
}

/* A file, or what is there without one while nothing is mounted. */
static void *make_requests(void *arg)
{
	struct mapper *m = arg;
	struct held *held;
	char path[256];
	uint64_t i;

	while (!atomic_load(&stop)) {
		held = &m->held[below(&m->state, NR_HELD)];
		let_go(held);
		name_of(path, below(&m->state, NR_NAMES));
		if (!below(&m->state, 3))
			unlink(path);
		/* Not for writing: a remount to ro is to work now and then. */
		held->fd = open(path, O_RDONLY | O_CREAT, 0600);
		held->nr_units = 0;
		if (held->fd < 0 && errno != EROFS)
			fail("open");
		if (held->fd >= 0)
			make_request(m, held);
	}
	for (i = 0; i < NR_HELD; i++)
		let_go(&m->held[i]);
	return NULL;
}

static void *make_use(void *arg)
{
	struct user *user = arg;

	while (!atomic_load(&stop)) {
		use_file(&user->state);
		request_scribble(&mapper[VICTIM].req, &user->state);
		user->tally.calls++;
	}
	return NULL;
}

/* Between two times the others come to something, however slow the machine is. */
static void *make_upset(void *arg)
{
	uint64_t *state = arg, n = 0, until = 0;

	while (!atomic_load(&stop)) {
		if (atomic_load(&nr_requests) < until) {
			usleep(1000);
			continue;
		}
		upset(n++, state);
		until = atomic_load(&nr_requests) + below(state, 1000);
	}
	return NULL;
}

static void sign_units(void)
{
	char path[128];
	uint64_t i, size;
	uint8_t *memory;
	FILE *file;

	snprintf(path, sizeof(path), "/sys/bus/dax/devices/%s/size",
		 race_device);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%lu", &size) != 1)
		fail(path);
	fclose(file);
	nr_units = size / UNIT;
	if (nr_units > MAX_UNITS)
		fail_say("the device has %lu units", nr_units);
	memory = map_range(open_file(race_node, O_RDWR), 0, nr_units * UNIT,
			   PROT_READ | PROT_WRITE, MAP_SHARED);
	for (i = 0; i < nr_units; i++)
		*(uint64_t *)(memory + i * UNIT) = signature(i);
	if (munmap(memory, nr_units * UNIT))
		fail("munmap");
}

/* All memory is free when all files are gone, and a new one works. */
static void expect_working(void)
{
	char path[256];
	uint64_t i;
	int fd;

	for (i = 0; i < NR_NAMES; i++) {
		name_of(path, i);
		if (unlink(path) && errno != ENOENT)
			fail("unlink");
	}
	for (i = 0; used_bytes() && i < 1000; i++)
		usleep(10000);
	if (used_bytes())
		fail_say("%lu bytes are used by nobody", used_bytes());
	fd = new_file("last");
	errno = make_map(fd, MAP_V1, UNIT, 2 * UNIT);
	if (errno)
		fail("MAP_CREATE in the end");
	if (pwrite(fd, path, 8, UNIT + 8) != 8 ||
	    pread(fd, path + 8, 8, UNIT + 8) != 8 || memcmp(path, path + 8, 8))
		fail_say("what was written is not read");
	close(fd);
	remove_file("last");
}

static uint64_t seed_of(uint64_t seed, uint64_t thread)
{
	return (seed * 16 + thread + 1) * 0x9e3779b97f4a7c15UL;
}

static void begin_mapper(struct mapper *m, uint64_t seed, int i)
{
	int j;

	m->state = seed_of(seed, i);
	m->checks = i != VICTIM;
	request_init(&m->req);
	for (j = 0; j < NR_HELD; j++)
		m->held[j].fd = -1;
}

static void add_tally(struct tally *sum, const struct tally *add)
{
	uint64_t i;

	sum->calls += add->calls;
	sum->accepted += add->accepted;
	sum->units_read += add->units_read;
	for (i = 0; i < NR_ERRNOS; i++)
		sum->refused[i] += add->refused[i];
}

/* One line, and the errnos behind it. */
static uint64_t print_tally(const struct tally *tally)
{
	uint64_t i, refused = 0;

	for (i = 0; i < NR_ERRNOS; i++)
		refused += tally->refused[i];
	printf("calls=%lu accepted=%lu refused=%lu ", tally->calls,
	       tally->accepted, refused);
	printf("units_read=%lu umounts=%lu unbinds=%lu remounts=%lu\n",
	       tally->units_read, nr_umounts, nr_unbinds, nr_remounts);
	for (i = 0; i < NR_ERRNOS; i++)
		if (tally->refused[i])
			printf("%s=%lu ", strerrorname_np(i),
			       tally->refused[i]);
	putchar('\n');
	return refused;
}

static struct user user;
static uint64_t upset_state;

static void seed_threads(uint64_t seed)
{
	uint64_t i;

	for (i = 0; i < NR_MAPPERS; i++)
		begin_mapper(&mapper[i], seed, i);
	user.state = seed_of(seed, i++);
	upset_state = seed_of(seed, i);
}

static void begin_thread(pthread_t *thread, void *(*run)(void *), void *arg)
{
	if (pthread_create(thread, NULL, run, arg))
		fail_say("no thread");
}

static void run_threads(uint64_t seconds)
{
	pthread_t thread[NR_MAPPERS + 2];
	int i;

	for (i = 0; i < NR_MAPPERS; i++)
		begin_thread(&thread[i], make_requests, &mapper[i]);
	begin_thread(&thread[i++], make_use, &user);
	begin_thread(&thread[i++], make_upset, &upset_state);
	sleep(seconds);
	atomic_store(&stop, true);
	while (i--)
		pthread_join(thread[i], NULL);
}

/*
 * fuzz-ioctl DEVICE DIR SECONDS SEED: where nothing is mounted on DIR, nothing can
 * be made in it.
 */
int cmd_fuzz_ioctl(int argc, char **argv)
{
	struct tally sum = {};
	int i;

	if (argc != 5)
		fail_say("usage: fuzz-ioctl DEVICE DIR SECONDS SEED");
	race_device = argv[1];
	race_dir = argv[2];
	snprintf(race_node, sizeof(race_node), "/dev/%s", race_device);
	printf("seed=%s\n", argv[4]);
	fflush(stdout);
	seed_threads(number(argv[4]));
	catch_sigbus();
	sign_units();
	ensure_mounted();
	run_threads(number(argv[3]));
	expect_working();
	add_tally(&sum, &user.tally);
	for (i = 0; i < NR_MAPPERS; i++)
		add_tally(&sum, &mapper[i].tally);
	return !print_tally(&sum) || !sum.accepted || !nr_umounts ||
	       !nr_unbinds;
}
