// SPDX-License-Identifier: GPL-2.0
/* What races are made of: a device, its mount, and files with maps. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/famfs_ioctl.h>

#include "race.h"

/* The second half goes first: neighbours would be one extent. */
static int make_v1(int fd, uint64_t offset, uint64_t length)
{
	struct famfs_ioc_map map = {
		.file_size = length,
		.ext_list_count = 2,
		.ext_list = { { offset + length / 2, length / 2 },
			      { offset, length / 2 } },
	};

	return ioctl(fd, FAMFSIOC_MAP_CREATE, &map) ? errno : 0;
}

static int make_v2(int fd, bool striped, uint64_t offset, uint64_t length)
{
	struct famfs_ioc_simple_extent list[] = {
		{ 0, offset + length / 2, length / 2 },
		{ 0, offset, length / 2 },
	};
	struct famfs_ioc_interleaved_ext ext = { 2, UNIT, length, list };
	struct famfs_ioc_fmap map = {
		.fioc_file_size = length,
		.fioc_ext_type = FAMFS_IOC_EXT_SIMPLE,
		.fioc_nextents = 2,
		.kse = list,
	};

	if (striped) {
		map.fioc_ext_type = FAMFS_IOC_EXT_INTERLEAVE;
		map.fioc_niext = 1;
		map.kie = &ext;
	}
	return ioctl(fd, FAMFSIOC_MAP_CREATE_V2, &map) ? errno : 0;
}

int make_map(int fd, enum map_way way, uint64_t offset, uint64_t length)
{
	if (way == MAP_V1)
		return make_v1(fd, offset, length);
	return make_v2(fd, way == MAP_STRIPED, offset, length);
}

static bool is_half(const struct famfs_ioc_simple_extent *ext, uint64_t offset,
		    uint64_t length)
{
	return ext->devindex == 0 && ext->offset == offset &&
	       ext->len == length / 2;
}

void expect_map(int fd, enum map_way way, uint64_t offset, uint64_t length)
{
	const struct famfs_ioc_simple_extent *list;
	struct famfs_ioc_get_fmap map;
	bool as_asked;

	if (ioctl(fd, FAMFSIOC_MAP_GET_V2, &map))
		fail("MAP_GET_V2");
	list = way == MAP_STRIPED ? map.ks.kie_strips : map.ikse;
	as_asked = map.iocmap.fioc_file_size == length &&
		   is_half(&list[0], offset + length / 2, length) &&
		   is_half(&list[1], offset, length);
	if (way == MAP_STRIPED)
		as_asked &= map.iocmap.fioc_ext_type ==
			    FAMFS_IOC_EXT_INTERLEAVE &&
			    map.iocmap.fioc_niext == 1 &&
			    map.ks.ikie.ie_nstrips == 2 &&
			    map.ks.ikie.ie_chunk_size == UNIT &&
			    map.ks.ikie.ie_nbytes == length;
	else
		as_asked &= map.iocmap.fioc_ext_type == FAMFS_IOC_EXT_SIMPLE &&
			    map.iocmap.fioc_nextents == 2;
	if (!as_asked)
		fail_say("round %lu: not the map that was asked for", race_round);
}

void expect_no_map(int fd)
{
	struct famfs_ioc_get_fmap map;

	if (!ioctl(fd, FAMFSIOC_MAP_GET_V2, &map))
		fail_say("round %lu: a refused map is there", race_round);
	if (errno != EINVAL)
		fail("MAP_GET_V2");
	if (lseek(fd, 0, SEEK_END) != 0)
		fail_say("round %lu: a refused map gave a size", race_round);
}

int make_mount(const char *dir)
{
	return mount(race_node, dir, "famfs", 0, NULL) ? errno : 0;
}

void must_umount(const char *dir)
{
	if (umount(dir))
		fail("umount");
}

void write_text(const char *path, const char *text)
{
	int fd = open_file(path, O_WRONLY);

	if (write(fd, text, strlen(text)) < 0)
		fail(path);
	close(fd);
}

static void path_of(char path[static 256], const char *name)
{
	snprintf(path, 256, "%s/%s", race_dir, name);
}

int new_file(const char *name)
{
	char path[256];
	int fd;

	path_of(path, name);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
	if (fd < 0)
		fail(path);
	return fd;
}

void remove_file(const char *name)
{
	char path[256];

	path_of(path, name);
	if (unlink(path))
		fail(path);
}

uint64_t used_bytes(void)
{
	struct statfs st;

	if (statfs(race_dir, &st))
		fail("statfs");
	return (st.f_blocks - st.f_bfree) * st.f_bsize;
}

void unbind_device(void)
{
	write_text("/sys/bus/dax/drivers/fsdev_dax/unbind", race_device);
}

void bind_device(void)
{
	write_text("/sys/bus/dax/drivers/fsdev_dax/bind", race_device);
}
