// SPDX-License-Identifier: GPL-2.0
/* Races of mount and umount. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "race.h"

#define START (8 * UNIT)	/* on the device */

/*
 * mount-mount: the device is mounted twice.  Once it works, and once it is EBUSY.
 */
static char other_dir[256];
static int result[2];

static void prepare_dirs(void)
{
	snprintf(other_dir, sizeof(other_dir), "%s.other", race_dir);
	if (mkdir(other_dir, 0700))
		fail(other_dir);
}

static void begin_mounts(void)
{
}

static void mount_first(void)
{
	result[0] = make_mount(race_dir);
}

static void mount_second(void)
{
	result[1] = make_mount(other_dir);
}

static enum race_order end_mounts(void)
{
	int won = result[0] != 0;

	if (result[won] || result[!won] != EBUSY)
		fail_say("round %lu: errno %d and %d", race_round, result[0],
			 result[1]);
	must_umount(won ? other_dir : race_dir);
	return won ? SECOND : FIRST;
}

const struct race race_mount_mount = {
	.name = "mount-mount",
	.prepare = prepare_dirs,
	.begin = begin_mounts,
	.first = mount_first,
	.second = mount_second,
	.end = end_mounts,
};

/*
 * umount-failure: memory of a file fails while its mapping and its mount go away.
 * It is remembered in any case: the next mount cannot read it, until the whole
 * page is written.
 */
#define PAGE 4096UL
#define FILE_BYTES (4 * UNIT)

static char corrupt_pfn[32];	/* of the page that fails */
static uint64_t first_pfn;
static uint8_t *mapping;
static int failure_errno;

/* In the file that make_map() made, halves are swapped. */
static uint64_t bad_offset(void)
{
	return race_round % 4 * UNIT + PAGE;
}

static uint64_t device_offset(void)
{
	return START + (bad_offset() + FILE_BYTES / 2) % FILE_BYTES;
}

static void prepare_failure(void)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/bus/dax/devices/%s/mapping0/start",
		 race_device);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%lx", &first_pfn) != 1)
		fail(path);
	fclose(file);
	first_pfn /= PAGE;
}

static int mount_and_map(void)
{
	int fd;

	errno = make_mount(race_dir);
	if (errno)
		fail("mount");
	fd = new_file("f");
	errno = make_map(fd, MAP_V1, START, FILE_BYTES);
	if (errno)
		fail("MAP_CREATE");
	return fd;
}

static void begin_failure(void)
{
	int fd = mount_and_map();
	uint64_t offset;

	mapping = map_range(fd, 0, FILE_BYTES, PROT_READ | PROT_WRITE,
			    MAP_SHARED);
	for (offset = 0; offset < FILE_BYTES; offset += UNIT)
		*(volatile uint64_t *)(mapping + offset) = offset;
	close(fd);
	snprintf(corrupt_pfn, sizeof(corrupt_pfn), "%lu",
		 first_pfn + device_offset() / PAGE);
}

static void unmount_mapped(void)
{
	if (munmap(mapping, FILE_BYTES))
		fail("munmap");
	must_umount(race_dir);
}

/* Whether anybody could be told is said by the kernel as success or not. */
static void fail_memory(void)
{
	int fd = open_file("/sys/kernel/debug/hwpoison/corrupt-pfn", O_WRONLY);

	failure_errno = 0;
	if (write(fd, corrupt_pfn, strlen(corrupt_pfn)) < 0)
		failure_errno = errno;
	close(fd);
}

static void expect_remembered(int fd)
{
	uint8_t byte;

	if (pread(fd, &byte, 1, bad_offset()) != -1)
		fail_say("round %lu: a bad page can be read", race_round);
	if (errno != EIO)
		fail("pread of a bad page");
}

static void repair(int fd)
{
	static uint8_t page[PAGE];
	uint64_t offset;

	if (pwrite(fd, page, PAGE, bad_offset()) != PAGE)
		fail("pwrite of a bad page");
	for (offset = 0; offset < FILE_BYTES; offset += PAGE)
		if (pread(fd, page, PAGE, offset) != PAGE)
			fail("pread");
}

static enum race_order end_failure(void)
{
	int fd = mount_and_map();

	expect_remembered(fd);
	repair(fd);
	close(fd);
	must_umount(race_dir);
	return failure_errno ? FIRST : SECOND;
}

const struct race race_umount_failure = {
	.name = "umount-failure",
	.prepare = prepare_failure,
	.begin = begin_failure,
	.first = unmount_mapped,
	.second = fail_memory,
	.end = end_failure,
};

/*
 * unload-failure: memory fails while the module goes away that is told of it.  It
 * unloads, unless it is just being told, and comes back.
 */
static void load_module(void)
{
	int fd = open_file("/modules/famfs.ko", O_RDONLY);

	if (syscall(SYS_finit_module, fd, "", 0))
		fail("finit_module");
	close(fd);
}

static void unload_module(void)
{
	unmount_mapped();
	while (syscall(SYS_delete_module, "famfs", O_NONBLOCK))
		if (errno != EAGAIN && errno != EBUSY)
			fail("delete_module");
}

static enum race_order end_unload(void)
{
	int fd;

	load_module();
	fd = mount_and_map();
	repair(fd);
	close(fd);
	must_umount(race_dir);
	return who_ended_first();
}

const struct race race_unload_failure = {
	.name = "unload-failure",
	.prepare = prepare_failure,
	.begin = begin_failure,
	.first = unload_module,
	.second = fail_memory,
	.end = end_unload,
};
