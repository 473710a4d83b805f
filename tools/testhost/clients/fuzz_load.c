// SPDX-License-Identifier: GPL-2.0
/*
 * What goes on beside the requests: files are used in every way, and the mount
 * and its device come and go.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/fiemap.h>
#include <linux/fs.h>

#include "fuzz.h"

#define PAGE 4096UL
#define BUFFER_BYTES (16 * PAGE)

uint64_t nr_umounts, nr_unbinds, nr_remounts;

void name_of(char path[static 256], uint64_t n)
{
	snprintf(path, 256, "%s/%lu", race_dir, n);
}

/* Anywhere, but not where the units have their signature. */
static uint64_t any_offset(uint64_t *state)
{
	uint64_t offset = below(state, 8) * UNIT +
			  PAGE + below(state, UNIT - PAGE - BUFFER_BYTES);

	return below(state, 16) ? offset : offset | UNIT << below(state, 43);
}

static char buffer[BUFFER_BYTES];

static void read_or_write(int fd, uint64_t *state)
{
	uint64_t offset = any_offset(state), len = below(state, BUFFER_BYTES);

	if (below(state, 2))
		(void)!pread(fd, buffer, len, offset);
	else
		(void)!pwrite(fd, buffer, len, offset);
}

/* Pages of the mapping into a pipe and out of it again. */
static void splice_pages(uint8_t *mapping)
{
	struct iovec pages = { .iov_base = mapping, .iov_len = 2 * PAGE };
	int ends[2];

	if (pipe(ends))
		fail("pipe");
	if (vmsplice(ends[1], &pages, 1, SPLICE_F_NONBLOCK) > 0)
		(void)!read(ends[0], buffer, PAGE);
	close(ends[0]);
	close(ends[1]);
}

static void use_mapping(uint8_t *mapping, uint64_t start, uint64_t len,
			uint64_t *state)
{
	uint64_t i, value, offset;

	for (i = 0; i < 8; i++) {
		offset = below(state, len / PAGE) * PAGE;
		if ((start + offset) % UNIT == 0)
			continue;
		if (below(state, 2))
			try_load((uint64_t *)(mapping + offset), &value);
		else
			try_store((uint64_t *)(mapping + offset), i);
	}
	if (!below(state, 4))
		splice_pages(mapping + PAGE);
	if (!below(state, 4))
		msync(mapping, len, MS_SYNC);
	if (!below(state, 4))
		madvise(mapping, len, MADV_DONTNEED);
}

static void map_and_use(int fd, uint64_t *state)
{
	uint64_t len = (1 + below(state, 4)) * UNIT;
	uint64_t start = below(state, 4) * PAGE;
	int flags = below(state, 4) ? MAP_SHARED : MAP_PRIVATE;
	uint8_t *mapping = mmap(NULL, len, PROT_READ | PROT_WRITE, flags, fd,
				start);

	if (mapping == MAP_FAILED)
		return;
	use_mapping(mapping, start, len, state);
	if (munmap(mapping, len))
		fail("munmap");
}

/* The answer lies at the end of memory, or is cut off there. */
static void get_map(int fd, uint64_t *state)
{
	static const struct {
		unsigned long cmd;
		uint64_t bytes;
	} gets[] = {
		{ FAMFSIOC_MAP_GET, sizeof(struct famfs_ioc_map) },
		{ FAMFSIOC_MAP_GETEXT, 2 * sizeof(struct famfs_extent) },
		{ FAMFSIOC_MAP_GET_V2, sizeof(struct famfs_ioc_get_fmap) },
	};
	static char *room;
	uint64_t i = below(state, 3), cut = 0;

	if (!room)
		room = (char *)before_hole(PAGE) + PAGE;
	if (!below(state, 4))
		cut = 8 + below(state, gets[i].bytes - 8);
	ioctl(fd, gets[i].cmd, room - gets[i].bytes + cut);
}

static void report_extents(int fd, uint64_t *state)
{
	static struct {
		struct fiemap head;
		struct fiemap_extent list[16];
	} report;

	report.head = (struct fiemap){
		.fm_start = below(state, 2) ? 0 : draw(state),
		.fm_length = below(state, 2) ? FIEMAP_MAX_OFFSET : draw(state),
		.fm_flags = below(state, 8) ? 0 : draw(state),
		.fm_extent_count = below(state, 17),
	};
	ioctl(fd, FS_IOC_FIEMAP, &report);
}

static void change_size(int fd, uint64_t *state)
{
	if (below(state, 2))
		(void)!ftruncate(fd, below(state, 8) * UNIT);
	else
		fallocate(fd, below(state, 64), any_offset(state), UNIT);
}

static void change_name(const char *path, uint64_t *state)
{
	char other[256];

	name_of(other, below(state, NR_NAMES));
	switch (below(state, 4)) {
	case 0:
		rename(path, other);
		break;
	case 1:
		(void)!link(path, other);
		break;
	default:
		unlink(path);
	}
}

/* Whatever comes of it, if it is no crash: nobody keeps the file as it is. */
void use_file(uint64_t *state)
{
	char path[256];
	int fd;

	name_of(path, below(state, NR_NAMES));
	fd = open(path, O_RDWR);
	switch (below(state, 12)) {
	case 0 ... 2:
		read_or_write(fd, state);
		break;
	case 3 ... 5:
		map_and_use(fd, state);
		break;
	case 6 ... 7:
		get_map(fd, state);
		break;
	case 8:
		report_extents(fd, state);
		break;
	case 9:
		change_size(fd, state);
		break;
	case 10:
		fsync(fd);
		break;
	default:
		change_name(path, state);
	}
	if (fd >= 0)
		close(fd);
}

/* Who has files open of an earlier mount closes them, once it finds no others. */
void ensure_mounted(void)
{
	int err;

	while ((err = make_mount(race_dir)) != 0) {
		if (err != EBUSY)
			fail_say("mount: errno %d", err);
		usleep(1000);
	}
}

static void unmount_lazily(void)
{
	if (umount2(race_dir, MNT_DETACH))
		fail("umount");
}

static void remount(void)
{
	if (mount(NULL, race_dir, NULL, MS_REMOUNT | MS_RDONLY, NULL) == 0) {
		nr_remounts++;
		usleep(1000);
	} else if (errno != EBUSY) {
		fail("remount to ro");
	}
	if (mount(NULL, race_dir, NULL, MS_REMOUNT, NULL))
		fail("remount to rw");
}

static void unmount(void)
{
	if (umount(race_dir)) {
		if (errno != EBUSY)
			fail("umount");
		return;
	}
	nr_umounts++;
	ensure_mounted();
}

static void unbind(uint64_t *state)
{
	bool bind_first = below(state, 2);

	unbind_device();
	nr_unbinds++;
	usleep(below(state, 5000));
	if (bind_first)
		bind_device();
	unmount_lazily();
	if (!bind_first)
		bind_device();
	ensure_mounted();
}

/* The nth time; each kind comes in the first four. */
void upset(uint64_t n, uint64_t *state)
{
	switch (n % 8) {
	case 0:
		unbind(state);
		break;
	case 1:
		unmount_lazily();
		nr_umounts++;
		ensure_mounted();
		break;
	case 2:
	case 5:
		unmount();
		break;
	default:
		remount();
	}
}
