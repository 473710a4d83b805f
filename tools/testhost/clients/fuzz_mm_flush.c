// SPDX-License-Identifier: GPL-2.0
/*
 * What was stored to is written back to the memory: by fsync and syncfs, and before the
 * memory is free for another file.  The emulator has no caches that could lose it, so a
 * probe in the kernel's function that writes cache lines back tells what was.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fuzz_mm.h"

#define TRACING "/sys/kernel/tracing/"
#define EVENT TRACING "events/kprobes/fuzz_mm_flush/enable"

/* Where the kernel has physical memory mapped, with nokaslr. */
#ifdef __aarch64__
#define MAPPED_AT 0xffff000000000000
#else
#define MAPPED_AT 0xffff888000000000
#endif

static FILE *events;

static void put_text(const char *path, const char *text, int flags)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | flags);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		fail(path);
	close(fd);
}

static void find_start(struct device *device)
{
	char path[96], text[32] = "";
	FILE *file;

	/* Without a cache that could lose something, pmem's driver writes nothing back. */
	if (device->kind == PMEM) {
		snprintf(path, sizeof(path), "/sys/block/%s/dax/write_cache",
			 device->name);
		put_text(path, "1", 0);
	}
	snprintf(path, sizeof(path), device->kind == PMEM ?
		 "/sys/block/%s/device/resource" :
		 "/sys/bus/dax/devices/%s/resource", device->name);
	file = fopen(path, "re");
	if (!file || !fgets(text, sizeof(text), file) ||
	    sscanf(text, "%lx", &device->start) != 1)
		fail(path);
	fclose(file);
}

void flush_watch(void)
{
	int fd, i;

	for (i = 0; i < w.nr_devices; i++)
		find_start(&w.device[i]);
	if (access(EVENT, F_OK))
		put_text(TRACING "kprobe_events",
			 "p:fuzz_mm_flush arch_wb_cache_pmem addr=$arg1:x64 size=$arg2:u64",
			 O_APPEND);
	put_text(EVENT, "1", 0);
	fd = open(TRACING "trace_pipe", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	events = fd < 0 ? NULL : fdopen(fd, "r");
	if (!events)
		fail("trace_pipe");
}

void flush_unwatch(void)
{
	fclose(events);
	put_text(EVENT, "0", 0);
	put_text(TRACING "kprobe_events", "-:fuzz_mm_flush", O_APPEND);
}

static void was_flushed(uint64_t start, uint64_t len)
{
	struct device *device;
	uint64_t first;

	for (device = w.device; device < w.device + w.nr_devices; device++) {
		first = start - device->start;
		if (first < NR_DEVICE_PAGES * MM_PAGE)
			memset(device->dirty + first / MM_PAGE, 0,
			       len / MM_PAGE);
	}
}

/* Take note of all that was written back until now. */
void see_flushes(void)
{
	uint64_t addr, len;
	char line[256];
	int err = errno;
	char *at;

	clearerr(events);
	while (fgets(line, sizeof(line), events)) {
		at = strstr(line, "addr=");
		if (at && sscanf(at, "addr=%lx size=%lu", &addr,
				 &len) == 2)
			was_flushed(addr - MAPPED_AT, len);
	}
	/* The end of what there is to read is one, too. */
	errno = err;
}

/* A page is stored to, through a mapping. */
void is_dirty(const struct mm_page *page)
{
	struct spot spot;

	if (!page->copy && find_page(page->file, page->index, &spot))
		spot.device->dirty[spot.page] = true;
}

/* What a page held that fails, nothing can write back any more. */
void is_lost(const struct spot *spot)
{
	spot->device->dirty[spot->page] = false;
}

static void check_clean(struct device *device, uint32_t page, const char *when)
{
	if (device->dirty[page] && device->bad[page] == GOOD)
		wrong("%s, page %u of %s was stored to and not written back",
		      when, page, device->name);
	device->dirty[page] = false;
}

/* After fsync and syncfs. */
void check_synced(const struct mm_file *file)
{
	struct spot spot;
	uint32_t i;

	see_flushes();
	for (i = 0; find_page(file, i, &spot); i++)
		check_clean(spot.device, spot.page, "after fsync or syncfs");
}

/* Memory that no file has any more. */
void check_free(const char *when, bool all)
{
	struct device *device;
	uint32_t page;

	see_flushes();
	for (device = w.device; device < w.device + w.nr_devices; device++)
		for (page = 0; page < NR_DEVICE_PAGES; page++)
			if (all || !device->owner[page / UNIT_PAGES])
				check_clean(device, page, when);
}
