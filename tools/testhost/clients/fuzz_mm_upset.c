// SPDX-License-Identifier: GPL-2.0
/* Bad memory, devices and mounts that come and go, and the device as it is. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "fuzz_mm.h"

static int write_text_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t ret;

	if (fd < 0)
		return -1;
	ret = write(fd, text, strlen(text));
	close(fd);
	return ret < 0 ? -1 : 0;
}

/* The page that is mapped there tells where the device begins. */
void learn_pfn(uint32_t page)
{
	struct mm_page *p = &w.page[page];
	struct spot spot;
	uint64_t entry;

	if (may_access(p, false) != DONE || p->copy)
		return;
	find_page(p->file, p->index, &spot);
	if (spot.device->pfn)
		return;
	load_check(page, 0, 8);
	entry = pagemap_of(page);
	if (entry & PM_PRESENT)
		spot.device->pfn = (entry & ((1UL << 55) - 1)) - spot.page;
}

static void is_bad_now(const struct spot *spot)
{
	struct mm_page *page;
	struct spot other;
	uint32_t i;

	w.failed = true;
	spot->device->bad[spot->page] =
		spot->device->kind == PMEM ? UNKNOWN : BAD;
	is_lost(spot);
	for (i = 0; i < ARENA_PAGES; i++) {
		page = &w.page[i];
		if (!page->file || page->copy ||
		    !find_page(page->file, page->index, &other) ||
		    other.bytes != spot->bytes)
			continue;
		if (is_file_page_mapped(i))
			wrong("arena page %u has a bad page mapped", i);
	}
}

/*
 * A page that can fail.  As soon as one did, famfs asks the driver for pages, so that
 * none does in the first half of a round.
 */
static bool find_good(uint32_t page, struct spot *spot)
{
	struct mm_page *p = &w.page[page];

	return *w.nr >= ROUND_OPERATIONS / 2 && may_access(p, false) == DONE && !p->copy &&
	       find_page(p->file, p->index, spot);
}

static void call_hwpoison(void *addr)
{
	if (madvise(addr, MM_PAGE, MADV_HWPOISON))
		wrong_errno("MADV_HWPOISON");
}

/* This process finds it. */
static void op_poison(void)
{
	uint32_t page = any_page();
	struct spot spot;

	if (!find_good(page, &spot))
		return;
	note("poison arena page %u", page);
	guard(call_hwpoison, arena + page * MM_PAGE);
	is_bad_now(&spot);
}

/* Another process, or nobody, finds it: by debugfs. */
static void op_fail(void)
{
	uint32_t page = any_page();
	struct letter l = { .order = PEER_FAIL };
	struct spot spot;

	if (!find_good(page, &spot))
		return;
	learn_pfn(page);
	if (!spot.device->pfn)
		return;
	if (pick(2))
		load_check(page, 0, 8);
	note("the memory of arena page %u fails", page);
	l.addr = spot.device->pfn + spot.page;
	if (peer_do(&l))
		wrong("corrupt-pfn: %ld", l.ret);
	is_bad_now(&spot);
}

static void op_early(void)
{
	static const int policy[] = {
		PR_MCE_KILL_EARLY, PR_MCE_KILL_LATE, PR_MCE_KILL_DEFAULT
	};
	int i = pick(3);

	note("memory failure policy %d", i);
	if (prctl(PR_MCE_KILL, PR_MCE_KILL_SET, policy[i], 0, 0))
		wrong_errno("PR_MCE_KILL");
}

/* The driver of pmem hears of a page from the platform. */
static void op_badblock(void)
{
	uint32_t page = any_page();
	char path[64], text[32];
	struct spot spot;

	if (!find_good(page, &spot) || spot.device->kind != PMEM)
		return;
	note("list arena page %u as bad blocks", page);
	snprintf(path, sizeof(path), "/sys/block/%s/badblocks", spot.device->name);
	snprintf(text, sizeof(text), "%lu 8", spot.page * (MM_PAGE / 512));
	if (write_text_to(path, text))
		wrong_errno("badblocks");
	spot.device->bad[spot.page] = UNKNOWN;
	is_lost(&spot);
}

/* Write a page anew, which makes it good. */
static void op_repair(void)
{
	struct mm_file *file = any_mapped_file();
	static uint8_t bytes[MM_PAGE];
	struct spot spot;
	uint32_t i;

	if (!file || file->gone || open_model(file) < 0)
		return;
	note("repair file %ld", file - w.file);
	for (i = 0; find_page(file, i, &spot) &&
	     (i + 1) * MM_PAGE <= file->size; i++) {
		if (spot.device->bad[spot.page] != BAD)
			continue;
		memset(bytes, pick(256), sizeof(bytes));
		if (pwrite(file->fd, bytes, MM_PAGE, i * MM_PAGE) != MM_PAGE)
			wrong_errno("write of a bad page");
		memcpy(spot.bytes, bytes, MM_PAGE);
		spot.device->bad[spot.page] = GOOD;
	}
}

static void op_drop_caches(void)
{
	const char * const text[] = { "1", "2", "3" };
	int i = pick(3);

	note("drop_caches %s", text[i]);
	write_text_to("/proc/sys/vm/drop_caches", text[i]);
}

static void op_remount(void)
{
	struct mm_mount *m = &w.mount[pick(w.nr_mounts)];
	int ret;

	note("remount %s ro and rw", m->dir);
	ret = mount(NULL, m->dir, NULL, MS_REMOUNT | MS_RDONLY, NULL);
	if (ret && errno != EBUSY)
		wrong_errno("remount ro");
	if (mount(NULL, m->dir, NULL, MS_REMOUNT, NULL))
		wrong_errno("remount rw");
}

static void drop_names(int mount)
{
	struct mm_file *file;
	int i;

	for (i = 0; i < NR_PATHS; i++) {
		file = w.mount[mount].path[i];
		w.mount[mount].path[i] = NULL;
		if (!file)
			continue;
		file->nr_names--;
		drop_file(file);
	}
}

static void drop_uses(int mount, bool gone)
{
	struct mm_file *file;
	uint32_t i;

	for (i = 0; i < ARENA_PAGES; i++) {
		file = w.page[i].file;
		if (!file || file->mount != mount || file->gone != gone)
			continue;
		munmap(arena + i * MM_PAGE, MM_PAGE);
		cut_vma(i, 1);
		forget_page(&w.page[i]);
	}
	for (i = 0; i < NR_FILES; i++) {
		file = &w.file[i];
		if (!file->used || file->mount != mount || file->gone != gone ||
		    file->fd < 0)
			continue;
		close(file->fd);
		file->fd = -1;
		drop_file(file);
	}
}

static void unpin_all(void)
{
	int i;

	for (i = 0; i < NR_PINS; i++)
		unpin(&w.pin[i]);
}

/* What was bad is not known by all that may hear of a device anew. */
static void doubt(int mount, bool removed)
{
	struct mm_mount *m = &w.mount[mount];
	struct device *device;
	uint32_t page;
	int i;

	for (i = 0; i < m->nr_devices; i++) {
		device = &w.device[m->device[i]];
		if (device->kind == FSDEV && !removed)
			continue;
		for (page = 0; page < NR_DEVICE_PAGES; page++)
			if (device->bad[page])
				device->bad[page] = UNKNOWN;
	}
}

/* Nothing of a mount is used any more; its names go with it. */
void drop_mount(int mount)
{
	unpin_all();
	drop_uses(mount, false);
	drop_names(mount);
	doubt(mount, false);
}

static bool in_use(int mount)
{
	int i;

	for (i = 0; i < NR_FILES; i++)
		if (w.file[i].used && w.file[i].mount == mount &&
		    !w.file[i].gone && (w.file[i].fd >= 0 || w.file[i].nr_pages))
			return true;
	return false;
}

static void op_umount(void)
{
	int mount = pick(w.nr_mounts);
	struct mm_mount *m = &w.mount[mount];
	bool lazy = pick(2), busy = in_use(mount);

	note("umount %s%s%s", m->dir, lazy ? ", lazy" : "",
	     busy ? ", in use" : "");
	if (m->going)
		return;
	if (lazy && umount2(m->dir, MNT_DETACH))
		wrong_errno("lazy umount");
	if (!lazy && umount(m->dir) == 0) {
		if (busy)
			wrong("a mount that is in use unmounts");
	} else if (!lazy) {
		if (!busy || errno != EBUSY)
			wrong_errno("umount");
		return;
	}
	if (lazy) {
		drop_names(mount);
		load_check(any_page(), 0, 64);
		store_check(any_page(), 0, 64);
	}
	drop_mount(mount);
	mm_mount(mount);
}

static bool can_unbind(const struct device *device)
{
	return device->kind == FSDEV || device->kind == FSDEV_CORE;
}

void start_removal(struct mm_mount *m, struct device *device)
{
	struct letter l = { .order = PEER_UNBIND };

	sprintf((char *)l.bytes, "%s%cdax/drivers/fsdev_dax", device->name, 0);
	if (peer_do(&l))
		wrong("unbind: %ld", l.ret);
	m->going = true;
	m->removed = device - w.device;
}

/* Is a page of the mount still mapped? */
static bool is_mapped(int mount)
{
	struct mm_page *page;
	uint32_t i;

	for (i = 0; i < ARENA_PAGES; i++) {
		page = &w.page[i];
		if (page->file && page->file->mount == mount && !page->copy &&
		    !page->file->gone && is_file_page_mapped(i))
			return true;
	}
	return false;
}

/* Does a read say that it is gone?  Behind the end there is nothing, and no error. */
static bool is_gone(int mount)
{
	struct mm_file *file;
	char byte;

	for (file = w.file; file < w.file + NR_FILES; file++)
		if (file->used && file->mount == mount && file->mapped &&
		    !file->gone && open_model(file) >= 0)
			return pread(file->fd, &byte, 1, file->size) < 0;
	return false;
}

/* From then on nothing works.  Who has pages pinned holds up the rest. */
static void wait_until_gone(int mount)
{
	struct letter l;

	do {
		usleep(1000);
		l = (struct letter){ .order = PEER_UNBOUND };
		if (peer_do(&l))
			break;
	} while (!is_gone(mount));
	while (is_mapped(mount)) {
		l = (struct letter){ .order = PEER_UNBOUND };
		if (peer_do(&l) && is_mapped(mount))
			wrong("a page is mapped after the removal");
		usleep(1000);
	}
}

static bool has_mapped_file(int mount)
{
	struct mm_file *file;

	for (file = w.file; file < w.file + NR_FILES; file++)
		if (file->used && file->mount == mount && file->mapped &&
		    !file->gone && open_model(file) >= 0)
			return true;
	return false;
}

/* The device goes away while it is used, and comes back some operations later. */
static void op_unbind(void)
{
	struct device *device = &w.device[pick(w.nr_devices)];
	int mount = device->mount, i;

	if (!can_unbind(device) || w.mount[mount].going ||
	    w.mount[1 - mount].going)
		return;
	note("unbind %s", device->name);
	/* It would not be known when it is gone. */
	if (!has_mapped_file(mount))
		unpin_all();
	start_removal(&w.mount[mount], device);
	wait_until_gone(mount);
	for (i = 0; i < NR_FILES; i++)
		if (w.file[i].used && w.file[i].mount == mount)
			w.file[i].gone = true;
}

void finish_removal(struct mm_mount *m)
{
	struct device *device = &w.device[m->removed];
	struct letter l = { .order = PEER_UNBOUND, .addr = true };
	int mount = m - w.mount, i;

	if (!m->going)
		return;
	note("bind %s", device->name);
	unpin_all();
	if (peer_do(&l) < 0 && l.ret != -ECHILD)
		wrong("unbind: %ld", l.ret);
	drop_names(mount);
	if (umount2(m->dir, MNT_DETACH))
		wrong_errno("umount after the removal");
	drop_uses(mount, true);
	if (write_text_to("/sys/bus/dax/drivers/fsdev_dax/bind", device->name))
		wrong_errno("bind");
	m->going = false;
	for (i = 0; i < m->nr_devices; i++)
		memset(w.device[m->device[i]].owner, 0,
		       sizeof(w.device[m->device[i]].owner));
	doubt(mount, true);
	mm_mount(mount);
}

static void op_bind(void)
{
	finish_removal(&w.mount[pick(w.nr_mounts)]);
}

struct raw {
	struct device *device;
	uint8_t *map;
	uint32_t unit, nr;
};

/* Stores by a system call that gets the pages, and by the processor. */
static void use_raw(struct raw *raw)
{
	uint32_t page = pick(raw->nr) * UNIT_PAGES + pick(UNIT_PAGES);
	uint32_t at = raw->unit * UNIT_PAGES + page;
	uint8_t *bytes = raw->device->bytes + at * MM_PAGE, value[64];
	uint8_t *addr = raw->map + page * MM_PAGE;
	struct iovec here = { value, sizeof(value) }, there = { addr, sizeof(value) };
	bool by_call = pick(2);

	if (raw->device->bad[at])
		return;
	check_bytes(addr, bytes, MM_PAGE, "load from the device");
	memset(value, pick(256), sizeof(value));
	if (!by_call)
		memcpy(addr, value, sizeof(value));
	else if (process_vm_writev(getpid(), &here, 1, &there, 1, 0) != 64)
		wrong_errno("process_vm_writev to the device");
	memcpy(bytes, value, sizeof(value));
	check_bytes(addr, bytes, MM_PAGE, "load from the device");
	msync(addr, MM_PAGE, MS_SYNC);
}

/* In pieces that may become one VMA, in any order. */
static void map_raw(struct raw *raw, int fd)
{
	uint32_t i, from = pick(raw->nr), unit;

	raw->map = arena + (ARENA_UNITS + 1) * PMD_BYTES;
	for (i = 0; i < raw->nr; i++) {
		unit = (from + raw->nr - i) % raw->nr;
		if (mmap(raw->map + unit * PMD_BYTES, PMD_BYTES,
			 PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd,
			 (raw->unit + unit) * PMD_BYTES) == MAP_FAILED)
			wrong_errno("mmap of the device");
	}
}

static void reserve(uint8_t *from, size_t len)
{
	if (mmap(from, len, PROT_NONE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1,
		 0) == MAP_FAILED)
		wrong_errno("reserve");
}

/* The device itself, while nobody has it mounted; then it can be mounted again. */
static void op_raw(void)
{
	struct device *device = &w.device[pick(w.nr_devices)];
	struct raw raw = { .device = device, .nr = 1 + pick(4) };
	struct mm_mount *m = &w.mount[device->mount];
	uint32_t i, uses = pick(8);
	int fd;

	raw.unit = 1 + pick(NR_UNITS - raw.nr);
	if (device->kind != FSDEV || m->going)
		return;
	note("umount, raw mapping of %s, unit %u, %u units, %u uses, mount",
	     device->name, raw.unit, raw.nr, uses);
	drop_mount(device->mount);
	if (umount(m->dir))
		wrong_errno("umount");
	fd = open(device->node, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		wrong_errno("open of the device");
	map_raw(&raw, fd);
	for (i = 0; i < uses; i++)
		use_raw(&raw);
	reserve(raw.map, raw.nr * PMD_BYTES);
	close(fd);
	mm_mount(device->mount);
}

const struct operation upset_operations[] = {
	{ "poison", 2, op_poison },
	{ "fail", 2, op_fail },
	{ "early", 1, op_early },
	{ "badblock", 2, op_badblock },
	{ "repair", 2, op_repair },
	{ "drop-caches", 1, op_drop_caches },
	{ "remount", 1, op_remount },
	{ "umount", 1, op_umount },
	{ "unbind", 1, op_unbind },
	{ "bind", 10, op_bind },
	{ "raw", 1, op_raw },
	{ }
};
