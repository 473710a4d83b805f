// SPDX-License-Identifier: GPL-2.0
/* Files: made with maps of all shapes, named, opened, read, written, synced. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/param.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/famfs_ioctl.h>

#include "fuzz_mm.h"

static void path_of(char path[static 192], int mount, int name)
{
	snprintf(path, 192, "%s/%d", w.mount[mount].dir, name);
}

void mm_mount(int mount)
{
	struct mm_mount *m = &w.mount[mount];
	bool two = m->nr_devices > 1;
	int tries = 30000;
	char options[80];

	snprintf(options, sizeof(options), "pin=%s%s%s", w.mount_pin ?: "short",
		 two ? ",daxdev=" : "", two ? w.device[m->device[1]].node : "");
	/* The kernel gives devices back behind who drops the last use of a page. */
	while (syscall(SYS_mount, w.device[m->device[0]].node, m->dir, "famfs",
		       0, options)) {
		if (errno != EBUSY || !tries--)
			wrong_errno("mount");
		usleep(1000);
	}
}

int open_model(struct mm_file *file)
{
	struct mm_mount *m = &w.mount[file->mount];
	char path[192];
	int i;

	if (file->fd >= 0)
		return file->fd;
	for (i = 0; i < NR_PATHS; i++)
		if (m->path[i] == file)
			break;
	if (i == NR_PATHS)
		return -1;
	path_of(path, file->mount, i);
	file->fd = open(path, O_RDWR | O_CLOEXEC);
	if (file->fd < 0)
		wrong_errno("open");
	return file->fd;
}

/* A unit that nobody has, and whose @nr - 1 followers nobody has either. */
static int free_units(struct device *device, uint32_t nr)
{
	uint32_t start = 1 + pick(NR_UNITS - 1), i, j, unit;

	for (i = 0; i < NR_UNITS; i++) {
		unit = (start + i) % NR_UNITS;
		if (!unit || unit + nr > NR_UNITS)
			continue;
		for (j = 0; j < nr; j++)
			if (device->owner[unit + j] || device->pins[unit + j])
				break;
		if (j == nr)
			return unit;
	}
	return -1;
}

/* Claim a run of units for the extent. */
static bool add_extent(struct mm_file *file, uint32_t nr)
{
	struct mm_shape *shape = &file->shape;
	struct mm_mount *m = &w.mount[file->mount];
	int index = pick(m->nr_devices), unit;
	struct device *device = &w.device[m->device[index]];
	uint32_t i;

	unit = free_units(device, nr);
	if (unit < 0)
		return false;
	shape->list[shape->nr++] = (struct famfs_ioc_simple_extent){
		index, unit * PMD_BYTES, nr * PMD_BYTES
	};
	for (i = 0; i < nr; i++) {
		device->owner[unit + i] = file;
		file->unit[file->nr_units].dev = device - w.device;
		file->unit[file->nr_units++].unit = unit + i;
	}
	return true;
}

static void give_back(struct mm_file *file)
{
	uint32_t i;

	for (i = 0; i < file->nr_units; i++)
		w.device[file->unit[i].dev].owner[file->unit[i].unit] = NULL;
	file->nr_units = 0;
	file->shape.nr = 0;
}

/* Units of the file, in file order, are those of the strips in turn. */
static void interleave(struct mm_file *file, uint32_t strips)
{
	typeof(file->unit) by_strip;
	uint32_t i, each = file->nr_units / strips;

	memcpy(by_strip, file->unit, sizeof(by_strip));
	for (i = 0; i < file->nr_units; i++)
		file->unit[i] = by_strip[i % strips * each + i / strips];
}

static bool make_shape(struct mm_file *file)
{
	uint32_t nr = 1 + pick(MAX_FILE_UNITS), i;

	switch (pick(4)) {
	case 0:
		return add_extent(file, nr);
	case 1:
		for (i = 0; i < 2; i++)
			if (!add_extent(file, MAX_FILE_UNITS / 2))
				return false;
		file->shape.chunk = PMD_BYTES;
		interleave(file, 2);
		return true;
	default:
		for (i = 0; i < nr; i++)
			if (!add_extent(file, 1))
				return false;
		return true;
	}
}

/* What is interleaved may end with the file; other extents have whole units. */
static int install(struct mm_file *file)
{
	struct mm_shape *shape = &file->shape;
	struct famfs_ioc_interleaved_ext ext = {
		shape->nr, shape->chunk,
		pick(2) ? file->size : file->nr_units * PMD_BYTES, shape->list
	};
	struct famfs_ioc_fmap map = {
		.fioc_file_size = file->size,
		.fioc_ext_type = FAMFS_IOC_EXT_SIMPLE,
		.fioc_nextents = shape->nr,
		.kse = shape->list,
	};
	struct famfs_ioc_map old = {
		.file_size = file->size,
		.ext_list_count = 1,
		.ext_list = { { shape->list[0].offset, shape->list[0].len } },
	};

	if (shape->chunk) {
		map.fioc_ext_type = FAMFS_IOC_EXT_INTERLEAVE;
		map.fioc_niext = 1;
		map.kie = &ext;
	}
	if (shape->nr == 1 && !shape->list[0].devindex && !shape->chunk)
		return ioctl(file->fd, FAMFSIOC_MAP_CREATE, &old);
	return ioctl(file->fd, FAMFSIOC_MAP_CREATE_V2, &map);
}

/* All of its units, or anything less, mostly in the last page or unit of some. */
static uint64_t any_size(const struct mm_file *file)
{
	uint64_t units = file->nr_units;

	switch (pick(6)) {
	case 0:
		return 1 + pick(units * PMD_BYTES);
	case 1:
		return (1 + pick(units)) * PMD_BYTES - pick(MM_PAGE);
	case 2:
		return units * PMD_BYTES - pick(PMD_BYTES);
	default:
		return units * PMD_BYTES;
	}
}

/* Ask for the units that the model has claimed for the file. */
static void ask_for_map(struct mm_file *file)
{
	struct mm_mount *m = &w.mount[file->mount];
	int ret;

	file->size = any_size(file);
	note(" %u %s, %u units, size %lu", file->shape.nr,
	     file->shape.chunk ? "strips" : "extents", file->nr_units,
	     file->size);
	ret = install(file);
	if (m->going) {
		if (!ret || errno != EIO)
			wrong("a map on a device that is gone: %m");
		give_back(file);
		return;
	}
	if (ret && errno == EBUSY && left_out("exact-pins")) {
		note(" busy");
		give_back(file);
		return;
	}
	if (ret)
		wrong_errno("MAP_CREATE");
	file->mapped = true;
}

static struct mm_file *create_file(int mount, int name)
{
	struct mm_mount *m = &w.mount[mount];
	struct mm_file *file = new_file_model(mount);
	char path[192];

	if (!file)
		return NULL;
	path_of(path, mount, name);
	file->fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (file->fd < 0)
		wrong_errno("create");
	m->path[name] = file;
	file->nr_names = 1;
	file->gone = m->going;
	return file;
}

static void op_create(void)
{
	int mount = pick(w.nr_mounts), name = pick(NR_PATHS);
	struct mm_file *file = NULL;
	bool with_map = pick(8);

	if (!w.mount[mount].path[name])
		file = create_file(mount, name);
	if (!file)
		return;
	note("create %d/%d as file %ld:", mount, name, file - w.file);
	if (!with_map) {
		note(" no map");
	} else if (!make_shape(file)) {
		note(" no room");
		give_back(file);
	} else {
		ask_for_map(file);
	}
}

/* Two units of zeroes, on device 0 of mount 0. */
struct mm_file *make_race_file(int name)
{
	struct mm_file *file = new_file_model(0);
	static uint8_t zeroes[PMD_BYTES];
	char path[192];
	int i;

	path_of(path, 0, name);
	file->fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	file->size = 2 * PMD_BYTES;
	file->shape.nr = 1;
	file->shape.list[0] = (struct famfs_ioc_simple_extent){
		0, (1 + 2 * name) * PMD_BYTES, file->size
	};
	if (file->fd < 0 || install(file))
		wrong_errno("a file for all");
	for (i = 0; i < 2; i++)
		if (pwrite(file->fd, zeroes, PMD_BYTES, i * PMD_BYTES) !=
		    (ssize_t)PMD_BYTES)
			wrong_errno("write");
	file->gone = true;
	return file;
}

static void remove_name(int mount, int name)
{
	struct mm_file *file = w.mount[mount].path[name];
	char path[192];

	path_of(path, mount, name);
	if (unlink(path))
		wrong_errno("unlink");
	w.mount[mount].path[name] = NULL;
	file->nr_names--;
	drop_file(file);
}

static void op_unlink(void)
{
	int mount = pick(w.nr_mounts), name = pick(NR_PATHS);

	if (!w.mount[mount].path[name])
		return;
	note("unlink %s/%d", w.mount[mount].dir, name);
	remove_name(mount, name);
}

static bool is_pinned(const struct mm_file *file)
{
	uint32_t i;

	for (i = 0; i < file->nr_units; i++)
		if (w.device[file->unit[i].dev].pins[file->unit[i].unit])
			return true;
	return false;
}

/* Each unit by one touch: as a huge page, if nobody maps small ones of it. */
static void touch_units(const struct mm_file *file)
{
	size_t len = file->nr_units * PMD_BYTES, at;
	uint8_t *bytes, byte;

	bytes = mmap(NULL, len, PROT_READ, MAP_SHARED, file->fd, 0);
	if (bytes == MAP_FAILED)
		wrong_errno("mmap");
	for (at = 0; at < file->size; at += PMD_BYTES)
		copy_out(&byte, bytes + at, sizeof(byte));
	munmap(bytes, len);
}

/* Nothing is left of a file that is open and has a name: which one? */
static int remove_file(struct mm_file *file)
{
	int mount = file->mount, name = -1;
	uint32_t i;

	for (i = 0; i < ARENA_PAGES; i++) {
		if (w.page[i].file != file)
			continue;
		munmap(arena + i * MM_PAGE, MM_PAGE);
		clear_pages(i, 1);
	}
	touch_units(file);
	close(file->fd);
	file->fd = -1;
	for (i = 0; i < NR_PATHS; i++)
		if (w.mount[mount].path[i] == file)
			remove_name(mount, name = i);
	check_free("once its file is gone", false);
	return name;
}

static struct mm_file *any_to_replace(void)
{
	uint64_t start = pick(NR_FILES), i;
	struct mm_file *file;

	for (i = 0; i < NR_FILES; i++) {
		file = &w.file[(start + i) % NR_FILES];
		if (file->used && file->mapped && file->nr_names &&
		    !file->gone && !is_pinned(file))
			return file;
	}
	return NULL;
}

/* Another file gets the memory of one that goes, and is longer or shorter. */
static void op_replace(void)
{
	struct mm_file *file = any_to_replace(), old;
	uint32_t i;
	int name;

	if (!file)
		return;
	note("replace file %ld:", file - w.file);
	open_model(file);
	old = *file;
	name = remove_file(file);
	file = create_file(old.mount, name);
	file->shape = old.shape;
	file->nr_units = old.nr_units;
	memcpy(file->unit, old.unit, sizeof(file->unit));
	for (i = 0; i < file->nr_units; i++)
		w.device[file->unit[i].dev].owner[file->unit[i].unit] = file;
	ask_for_map(file);
}

static void op_rename(void)
{
	int mount = pick(w.nr_mounts), from = pick(NR_PATHS), to = pick(NR_PATHS);
	bool hard = pick(2);
	struct mm_mount *m = &w.mount[mount];
	struct mm_file *file = m->path[from], *old = m->path[to];
	char path[192], other[192];

	if (!file || from == to || old == file || (hard && old))
		return;
	path_of(path, mount, from);
	path_of(other, mount, to);
	note("%s %s to %s", hard ? "link" : "rename", path, other);
	if (hard ? link(path, other) : rename(path, other))
		wrong_errno("link or rename");
	m->path[to] = file;
	if (hard)
		file->nr_names++;
	else
		m->path[from] = NULL;
	if (old) {
		old->nr_names--;
		drop_file(old);
	}
}

static void op_close(void)
{
	struct mm_file *file = any_file();

	if (!file || file->fd < 0)
		return;
	note("close file %ld", file - w.file);
	close(file->fd);
	file->fd = -1;
	drop_file(file);
}

/* Does a part of a file hold a page that may be bad? */
static bool may_be_bad(const struct mm_file *file, uint64_t offset, uint64_t len)
{
	uint64_t at;

	for (at = offset / MM_PAGE; at <= (offset + len - 1) / MM_PAGE; at++)
		if (page_badness(file, at) != GOOD)
			return true;
	return false;
}

static void draw_range(const struct mm_file *file, uint64_t *offset,
		       uint32_t *len)
{
	*offset = any_file_page() * MM_PAGE;
	*len = 1 + pick(3 * MM_PAGE);
	if (one_in(3))
		*len = MM_PAGE * (1 + pick(3));
	else
		*offset += pick(MM_PAGE);
	if (one_in(16) && file->size > *len)
		*offset = file->size - pick(*len);
	else if (one_in(16))
		*offset = file->size + pick(MM_PAGE);
}

/* What a read or write of the range must give, if no page of it may be bad. */
static int64_t must_give(const struct mm_file *file, uint64_t offset,
			 uint32_t len, bool write)
{
	if (!file->mapped || file->gone)
		return -EIO;
	if (offset >= file->size)
		return write ? -EFBIG : 0;
	return MIN(len, file->size - offset);
}

static void check_result(const struct mm_file *file, uint64_t offset,
			 uint32_t len, bool write, int64_t ret)
{
	int64_t must = must_give(file, offset, len, write);

	if (ret == must)
		return;
	/* A part of a bad page cannot be written, which the core calls EFAULT. */
	if (must > 0 && may_be_bad(file, offset, must) &&
	    (ret == -EIO || (write && ret == -EFAULT) || (ret > 0 && ret < must)))
		return;
	wrong("%s of %u bytes at %lu of file %ld: %ld, not %ld",
	      write ? "write" : "read", len, offset, file - w.file, ret, must);
}

/* Compare with what is there, or put it there; without pages that are bad. */
static void with_bytes(struct mm_file *file, uint64_t offset, uint8_t *bytes,
		       int64_t len, bool write)
{
	struct spot spot;
	int64_t part;

	for (; len > 0; len -= part, offset += part, bytes += part) {
		part = MM_PAGE - offset % MM_PAGE;
		if (part > len)
			part = len;
		if (!find_page(file, offset / MM_PAGE, &spot))
			wrong("read or write behind the end");
		if (write) {
			memcpy(spot.bytes + offset % MM_PAGE, bytes, part);
			if (part == MM_PAGE && spot.device->kind != PMEM)
				spot.device->bad[spot.page] = GOOD;
		} else {
			check_bytes(bytes, spot.bytes + offset % MM_PAGE, part,
				    "read");
		}
	}
}

static void plain_io(bool write)
{
	static uint8_t buffer[4 * MM_PAGE];
	struct mm_file *file = any_file();
	uint64_t offset;
	uint32_t len;
	int64_t ret;

	if (!file || open_model(file) < 0)
		return;
	draw_range(file, &offset, &len);
	if (write)
		memset(buffer, pick(256), len);
	note("%s file %ld, %u bytes at %lu", write ? "write" : "read", file - w.file,
	     len, offset);
	ret = write ? pwrite(file->fd, buffer, len, offset) :
		      pread(file->fd, buffer, len, offset);
	if (ret < 0)
		ret = -errno;
	check_result(file, offset, len, write, ret);
	with_bytes(file, offset, buffer, ret, write);
}

static void op_read(void)
{
	plain_io(false);
}

static void op_write(void)
{
	plain_io(true);
}

/* Read into or write from the arena, where it may have the very same memory. */
static void op_transfer(void)
{
	struct mm_file *file = any_file();
	uint32_t page = any_page(), nr, len, addr;
	bool write = pick(2);
	uint64_t offset;
	uint8_t want[4 * MM_PAGE];
	int64_t ret;

	if (!file || open_model(file) < 0)
		return;
	draw_range(file, &offset, &len);
	addr = page * MM_PAGE + pick(MM_PAGE);
	nr = (addr + len - 1) / MM_PAGE - page + 1;
	if (pages_ok(page, nr, !write) < nr || same_memory(page, nr, file, offset, len))
		return;
	note("%s file %ld, %u bytes at %lu, arena + 0x%x",
	     write ? "write" : "read", file - w.file, len, offset, addr);
	gather(addr, len, want);
	ret = write ? pwrite(file->fd, arena + addr, len, offset) :
		      pread(file->fd, arena + addr, len, offset);
	if (ret < 0)
		ret = -errno;
	check_result(file, offset, len, write, ret);
	if (write) {
		with_bytes(file, offset, want, ret, true);
	} else if (ret > 0) {
		/* Bytes as the model has them; loads tell if they arrived. */
		memcpy(want, arena + addr, ret);
		with_bytes(file, offset, want, ret, false);
		was_stored(addr, want, ret);
	}
}

/* After syncfs: those that nobody has open, or has a name for, too. */
static void check_all_synced(int mount)
{
	struct mm_file *file;

	for (file = w.file; file < w.file + NR_FILES; file++)
		if (file->used && !file->gone && file->mount == mount)
			check_synced(file);
}

static void op_sync(void)
{
	struct mm_file *file = any_file();
	int ret = 0, way = pick(5);

	if (!file || open_model(file) < 0)
		return;
	note("sync file %ld, way %d", file - w.file, way);
	switch (way) {
	case 0:
		ret = fdatasync(file->fd);
		break;
	case 1:
		ret = sync_file_range(file->fd, pick(8) * PMD_BYTES / 2,
				      PMD_BYTES, pick(8));
		break;
	case 2:
		ret = syncfs(file->fd);
		break;
	default:
		ret = fsync(file->fd);
	}
	if (ret && errno != EIO)
		wrong_errno("sync");
	/* Once each hears of memory that failed, and that may be good again. */
	if (ret && way != 2 && !file->gone && !w.failed)
		wrong_errno("sync of a file without bad pages");
	if ((way == 0 || way > 2) && !file->gone)
		check_synced(file);
	if (way == 2 && !file->gone)
		check_all_synced(file->mount);
}

/* The size never changes.  Nothing is lost by it. */
static void op_resize(void)
{
	struct mm_file *file = any_file();
	uint64_t at = any_file_page() * MM_PAGE, len = 1 + pick(PMD_BYTES);
	int mode = pick(2) ? 0 : pick(128), way = pick(3), err = 0;

	if (!file || open_model(file) < 0)
		return;
	note("%s of file %ld, %lu bytes at %lu, mode 0x%x",
	     way ? "fallocate" : "ftruncate", file - w.file, len, at, mode);
	if (!way && file->mapped && at != file->size && !ftruncate(file->fd, at))
		wrong("ftruncate changed the size");
	if (way)
		err = fallocate(file->fd, mode, at, len) ? errno : 0;
	if (way && file->mapped && !file->gone && mode <= FALLOC_FL_KEEP_SIZE &&
	    err != (at + len > file->size ? EFBIG : 0))
		wrong("fallocate: %s", strerrorname_np(err));
	if (file->mapped && lseek(file->fd, 0, SEEK_END) != (off_t)file->size)
		wrong("another size");
}

/* By way of a pipe, or without one. */
static void op_splice(void)
{
	struct mm_file *file = any_mapped_file(), *to = any_mapped_file();
	uint32_t at = any_file_page(), put = any_file_page();
	off_t in = at * MM_PAGE + pick(MM_PAGE), out = put * MM_PAGE;
	bool copy = pick(2);
	uint8_t bytes[MM_PAGE];
	struct spot spot, target;
	int64_t ret, got;
	int ends[2];

	if (!file || !to || file == to || open_model(file) < 0 ||
	    open_model(to) < 0 || file->gone || to->gone ||
	    !find_page(file, at, &spot) || !find_page(to, put, &target) ||
	    spot.device->bad[spot.page] || target.device->bad[target.page] ||
	    (uint64_t)in >= file->size || spot.bytes == target.bytes)
		return;
	if (pipe2(ends, O_CLOEXEC))
		fail("pipe");
	note("splice file %ld at %lu to file %ld at %lu", file - w.file, in,
	     to - w.file, out);
	got = MM_PAGE - in % MM_PAGE;
	ret = splice(file->fd, &in, ends[1], NULL, got, 0);
	if (ret <= 0)
		wrong("splice from the file: %ld %m", ret);
	memcpy(bytes, spot.bytes + (in - ret) % MM_PAGE, ret);
	got = copy ? read(ends[0], bytes, ret) :
		     splice(ends[0], NULL, to->fd, &out, ret, 0);
	if (copy)
		check_bytes(bytes, spot.bytes + (in - ret) % MM_PAGE, got,
			    "splice");
	else if (got > 0)
		memcpy(target.bytes, bytes, got);
	if (got <= 0)
		wrong("splice out of the pipe: %ld %m", got);
	close(ends[0]);
	close(ends[1]);
}

static void check_file(struct mm_file *file)
{
	static uint8_t buffer[16 * MM_PAGE];
	uint64_t at;
	int64_t ret;

	if (!file->mapped || file->gone || open_model(file) < 0)
		return;
	for (at = 0; at < file->size; at += sizeof(buffer)) {
		if (may_be_bad(file, at, sizeof(buffer)))
			continue;
		ret = pread(file->fd, buffer, sizeof(buffer), at);
		check_result(file, at, sizeof(buffer), false,
			     ret < 0 ? -errno : ret);
		with_bytes(file, at, buffer, ret, false);
	}
}

/* All bytes of all files, and of all that is mapped. */
void check_all(void)
{
	uint32_t i;

	note("the end: all bytes of all files");
	for (i = 0; i < NR_FILES; i++)
		if (w.file[i].used)
			check_file(&w.file[i]);
	for (i = 0; i < ARENA_PAGES; i++)
		if (w.page[i].file)
			load_check(i, 0, 64);
}

const struct operation file_operations[] = {
	{ "create", 14, op_create },
	{ "replace", 8, op_replace },
	{ "unlink", 3, op_unlink },
	{ "rename", 3, op_rename },
	{ "close", 3, op_close },
	{ "read", 16, op_read },
	{ "write", 16, op_write },
	{ "transfer", 16, op_transfer },
	{ "sync", 12, op_sync },
	{ "resize", 4, op_resize },
	{ "splice", 4, op_splice },
	{ }
};
