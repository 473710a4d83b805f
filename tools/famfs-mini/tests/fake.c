// SPDX-License-Identifier: GPL-2.0
/*
 * Stands in for famfs, on a directory of any file system: the ioctl(2) and
 * fstatfs(2) of the tests answer as fs/famfs/ioctl.c does.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "famfs-mini.h"
#include "fake.h"

#define PAGE 4096ULL

struct fake fake;

static struct {
	ino_t inode;
	struct famfs_map *map;
} files[FAKE_FILES];

void fake_forget(void)
{
	size_t i;

	for (i = 0; i < FAKE_FILES; i++)
		famfs_map_free(files[i].map);
	memset(files, 0, sizeof(files));
	memset(&fake, 0, sizeof(fake));
}

static int refuse(int error)
{
	errno = error;
	return -1;
}

static struct famfs_map **map_of(int fd)
{
	static struct famfs_map *none;
	struct stat st;
	size_t i;

	if (fstat(fd, &st))
		return &none;
	for (i = 0; i < FAKE_FILES; i++)
		if (files[i].map && files[i].inode == st.st_ino)
			return &files[i].map;
	for (i = 0; i < FAKE_FILES - 1 && files[i].map; i++)
		;
	files[i].inode = st.st_ino;
	return &files[i].map;
}

/* A file in the directory of @fd's. */
static int open_beside(int fd, const char *name)
{
	char path[32], target[PATH_MAX + 16] = "";
	char *slash;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (readlink(path, target, PATH_MAX - 1) < 0)
		return -1;
	slash = strrchr(target, '/');
	strcpy(slash + 1, name);
	return open(target, O_WRONLY | O_CREAT, 0600);
}

static int create(int fd, const struct famfs_map_request *request, u32 version)
{
	static const u64 sizes[] = {
		FAKE_DEVICE_SIZE, FAKE_DEVICE_SIZE, FAKE_DEVICE_SIZE,
	};
	const struct famfs_limits limits = {
		.max_extents = FAMFS_MAP_MAX_EXTENTS,
		.nr_devices = ARRAY_SIZE(sizes),
		.device_size = sizes,
	};
	struct famfs_map **map = map_of(fd);
	struct famfs_reason reason;
	char path[32];
	int err;

	if (fake.others_put)
		close(open_beside(fd, fake.others_put));
	if (fake.no_create)
		return refuse(EBUSY);
	if (*map)
		return refuse(EEXIST);
	err = famfs_map_validate(request, &limits, &reason);
	if (err)
		return refuse(-err);
	*map = famfs_map_build(request);
	fake.creates[version]++;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (truncate(path, request->file_size))
		return -1;
	return fake.others_map ? refuse(EEXIST) : 0;
}

static int create_v1(int fd, const struct famfs_ioc_map *arg)
{
	struct famfs_ioc_simple_extent list[FAMFS_MAX_EXTENTS];
	struct famfs_map_request request;
	int err = famfs_request_v1(arg, &request, list);

	return err ? refuse(-err) : create(fd, &request, 1);
}

static int create_v2(int fd, const struct famfs_ioc_fmap *arg)
{
	struct famfs_map_request request = {
		.file_size = arg->fioc_file_size,
		.file_type = arg->fioc_file_type,
		.ext_type = arg->fioc_ext_type,
		.nr_extents = arg->fioc_nextents,
		.simple = arg->kse,
	};

	if (arg->fioc_ext_type == FAMFS_IOC_EXT_INTERLEAVE) {
		request.nr_extents = arg->fioc_niext;
		request.interleaved = arg->kie;
	}
	return create(fd, &request, 2);
}

static int get_v1(const struct famfs_map *map, struct famfs_ioc_map *arg)
{
	int err = map ? famfs_map_v1(map, arg) : -EINVAL;

	return err ? refuse(-err) : 0;
}

/* Only asked for what version 1 cannot give. */
static int get_v2(const struct famfs_map *map, struct famfs_ioc_get_fmap *arg)
{
	struct famfs_range range;
	u32 i;

	if (map->nr_segments > 1)
		return refuse(EOVERFLOW);
	memset(arg, 0, sizeof(*arg));
	arg->iocmap.fioc_file_size = map->size;
	arg->iocmap.fioc_file_type = map->file_type;
	arg->iocmap.fioc_ext_type = FAMFS_IOC_EXT_INTERLEAVE;
	arg->iocmap.fioc_niext = 1;
	famfs_map_interleaved(map, 0, &arg->ks.ikie);
	for (i = 0; i < map->nr_strips; i++) {
		famfs_map_strip(map, 0, i, &range);
		arg->ks.kie_strips[i].devindex = range.dev;
		arg->ks.kie_strips[i].offset = range.addr;
		arg->ks.kie_strips[i].len = range.length;
	}
	return 0;
}

static int fiemap(const struct famfs_map *map, struct fiemap *arg)
{
	u64 pos = arg->fm_start, end = arg->fm_start + arg->fm_length;
	struct famfs_range range;

	arg->fm_mapped_extents = 0;
	while (pos < end && pos < map->length &&
	       arg->fm_mapped_extents < arg->fm_extent_count) {
		famfs_map_resolve(map, pos, end - pos, &range);
		range.length = (range.length + PAGE - 1) & ~(PAGE - 1);
		arg->fm_extents[arg->fm_mapped_extents++] =
			(struct fiemap_extent) {
				.fe_logical = pos,
				.fe_physical = range.addr |
					(u64)range.dev << FAMFS_FIEMAP_DEVICE_SHIFT,
				.fe_length = range.length,
			};
		pos += range.length;
	}
	return 0;
}

static int answer(int fd, unsigned long request, void *arg)
{
	if (fake.only_v1 && (request == FAMFSIOC_MAP_CREATE_V2 ||
			     request == FAMFSIOC_MAP_GET_V2))
		return refuse(ENOTTY);
	switch (request) {
	case FAMFSIOC_NOP:
		return 0;
	case FAMFSIOC_MAP_CREATE:
		return create_v1(fd, arg);
	case FAMFSIOC_MAP_CREATE_V2:
		return create_v2(fd, arg);
	case FAMFSIOC_MAP_GET:
		return get_v1(*map_of(fd), arg);
	case FAMFSIOC_MAP_GET_V2:
		return get_v2(*map_of(fd), arg);
	case FS_IOC_FIEMAP:
		return fiemap(*map_of(fd), arg);
	default:
		return refuse(ENOTTY);
	}
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	void *arg;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	return fake.on ? answer(fd, request, arg) :
	       (int)syscall(SYS_ioctl, fd, request, arg);
}

int fstatfs(int fd, struct statfs *fs)
{
	if (!fake.on)
		return syscall(SYS_fstatfs, fd, fs);
	*fs = (struct statfs) {
		.f_type = FAMFS_MAGIC,
		.f_bsize = PAGE,
		.f_blocks = FAKE_DEVICE_SIZE / PAGE,
	};
	return 0;
}

int fchmod(int fd, mode_t mode)
{
	return fake.no_mode ? refuse(EPERM) : (int)syscall(SYS_fchmod, fd, mode);
}

int mkdirat(int dir, const char *path, mode_t mode)
{
	if (fake.others_mkdir)
		syscall(SYS_mkdirat, dir, path, mode);
	return syscall(SYS_mkdirat, dir, path, mode);
}
