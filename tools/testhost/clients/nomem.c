// SPDX-License-Identifier: GPL-2.0
/*
 * System calls that find no memory: on a kernel with fault injection, the first
 * allocation of a call fails, then the second one in its place, and so on until
 * a call makes fewer.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <unistd.h>

#include <linux/famfs_ioctl.h>

#include "poke.h"

#define UNIT (2ULL << 20)

/*
 * The call, 0 or -1 with errno, and what takes it back when it succeeded.  A
 * region of memory cannot be reserved, without memory for the record of it, and
 * the kernel tells no driver why: such a call may say EBUSY.
 */
struct call {
	const char *name;
	int nr_args;
	bool may_be_busy;
	int (*begin)(char **args);
	int (*make)(void);
	int (*undo)(void);
};

static char **call_args;
static int call_fd = -1;

/* Undoing is making the file anew: a map stays for as long as the file does. */
static int make_file(void)
{
	if (call_fd >= 0) {
		if (close(call_fd) || unlink(call_args[0]))
			return -1;
	}
	call_fd = open(call_args[0], O_RDWR | O_CREAT | O_EXCL, 0600);
	return call_fd < 0 ? -1 : 0;
}

static int begin_file(char **args)
{
	call_args = args;
	return make_file();
}

static int make_map(void)
{
	struct famfs_ioc_map map = {
		.file_size = 2 * UNIT,
		.ext_list_count = 2,
		.ext_list = { { 8 * UNIT, UNIT }, { 4 * UNIT, UNIT } },
	};

	return ioctl(call_fd, FAMFSIOC_MAP_CREATE, &map);
}

#define NR_LIST 4

static struct famfs_ioc_simple_extent list[NR_LIST] = {
	{ 0, 8 * UNIT, UNIT }, { 0, 4 * UNIT, UNIT }, { 0, 12 * UNIT, UNIT },
	{ 0, 6 * UNIT, UNIT },
};

static int make_map2(void)
{
	struct famfs_ioc_fmap map = {
		.fioc_file_size = NR_LIST * UNIT,
		.fioc_ext_type = FAMFS_IOC_EXT_SIMPLE,
		.fioc_nextents = NR_LIST,
		.kse = list,
	};

	return ioctl(call_fd, FAMFSIOC_MAP_CREATE_V2, &map);
}

static int make_striped(void)
{
	struct famfs_ioc_interleaved_ext striped = {
		NR_LIST, UNIT, NR_LIST * UNIT, list,
	};
	struct famfs_ioc_fmap map = {
		.fioc_file_size = NR_LIST * UNIT,
		.fioc_ext_type = FAMFS_IOC_EXT_INTERLEAVE,
		.fioc_niext = 1,
		.kie = &striped,
	};

	return ioctl(call_fd, FAMFSIOC_MAP_CREATE_V2, &map);
}

static void *mapping;

static int make_mapped(void)
{
	return make_file() ? -1 : make_map2();
}

static int begin_mmap(char **args)
{
	call_args = args;
	return make_mapped();
}

static int make_mmap(void)
{
	mapping = mmap(NULL, NR_LIST * UNIT, PROT_READ | PROT_WRITE, MAP_SHARED,
		       call_fd, 0);
	return mapping == MAP_FAILED ? -1 : 0;
}

static int undo_mmap(void)
{
	return munmap(mapping, NR_LIST * UNIT) ? -1 : make_mapped();
}

static int begin_mount(char **args)
{
	call_args = args;
	return 0;
}

static int make_mount(void)
{
	return mount(call_args[0], call_args[1], "famfs", 0, NULL);
}

static int undo_mount(void)
{
	return umount(call_args[1]);
}

static int undo_fd = -1;

static int begin_bind(char **args)
{
	call_args = args;
	call_fd = open("/sys/bus/dax/drivers/fsdev_dax/bind", O_WRONLY);
	undo_fd = open("/sys/bus/dax/drivers/fsdev_dax/unbind", O_WRONLY);
	return call_fd < 0 || undo_fd < 0 ? -1 : 0;
}

static int write_name(int fd)
{
	ssize_t n = pwrite(fd, call_args[0], strlen(call_args[0]), 0);

	return n < 0 ? -1 : 0;
}

static int make_bind(void)
{
	return write_name(call_fd);
}

static int undo_bind(void)
{
	return write_name(undo_fd);
}

static const struct call calls[] = {
	{ "map", 1, false, begin_file, make_map, make_file },
	{ "map2", 1, false, begin_file, make_map2, make_file },
	{ "striped", 1, false, begin_file, make_striped, make_file },
	{ "mmap", 1, false, begin_mmap, make_mmap, undo_mmap },
	{ "mount", 2, false, begin_mount, make_mount, undo_mount },
	{ "bind", 1, true, begin_bind, make_bind, undo_bind },
	{ }
};

static const struct call *find_call(const char *name)
{
	const struct call *call;

	for (call = calls; call->name; call++)
		if (!strcmp(call->name, name))
			return call;
	fail_say("no call is named %s", name);
}

/* Let the nth allocation from here on fail; 0: none. */
static void arm(int fd, int nth)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%d", nth);

	if (pwrite(fd, text, n, 0) != n)
		fail("fail-nth");
}

/* Whether the allocation that arm() was told failed. */
static bool disarm(int fd)
{
	char text[16] = "";

	if (pread(fd, text, sizeof(text) - 1, 0) < 1)
		fail("fail-nth");
	arm(fd, 0);
	return !strcmp(text, "0\n");
}

/* One call with an allocation that fails: whether there was one to fail. */
static bool try_call(const struct call *call, int fd, int nth, int *refused)
{
	bool failed;
	int ret, err;

	arm(fd, nth);
	ret = call->make();
	err = errno;
	failed = disarm(fd);
	errno = err;
	if (ret && !failed)
		fail("a call with all the memory it wants");
	if (ret && err != ENOMEM && !(err == EBUSY && call->may_be_busy))
		fail("a call without memory");
	if (ret) {
		++*refused;
		if (call->make())
			fail("the next try");
	}
	if (call->undo())
		fail("undo");
	return failed;
}

/*
 * nomem map|map2|striped|mmap FILE, nomem mount DEVICE DIR, nomem bind NAME: how many
 * allocations the call makes, and without how many of them it is refused.
 */
int cmd_nomem(int argc, char **argv)
{
	const struct call *call;
	int fd, nth, refused = 0;

	if (argc < 3)
		fail_say("usage: nomem CALL ARGUMENT...");
	call = find_call(argv[1]);
	if (argc != 2 + call->nr_args)
		fail_say("%s: %d arguments", call->name, call->nr_args);
	fd = open("/proc/self/fail-nth", O_RDWR);
	if (fd < 0)
		fail("fail-nth");
	if (call->begin(argv + 2))
		fail(call->name);
	for (nth = 1; try_call(call, fd, nth, &refused); nth++)
		;
	printf("allocations=%d refused=%d\n", nth - 1, refused);
	return 0;
}
