// SPDX-License-Identifier: GPL-2.0
/*
 * written FILE LENGTH WORD...: map the file, and follow the words
 *
 *   load PAGE..., store PAGE...   access pages
 *   watch                         have userfaultfd notice stores, asynchronously
 *   scan                          print the pages that PAGEMAP_SCAN tells to be stored
 *                                 to since the last time
 */
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "poke.h"

/* From linux/fs.h and linux/userfaultfd.h of 6.12; Debian 12's are older. */
struct scan {
	uint64_t size;
	uint64_t flags;
	uint64_t start;
	uint64_t end;
	uint64_t walk_end;
	uint64_t vec;
	uint64_t vec_len;
	uint64_t max_pages;
	uint64_t category_inverted;
	uint64_t category_mask;
	uint64_t category_anyof_mask;
	uint64_t return_mask;
};

struct region {
	uint64_t start;
	uint64_t end;
	uint64_t categories;
};

#define SCAN _IOWR('f', 16, struct scan)
#define SCAN_WP_MATCHING 1
#define SCAN_CHECK_WPASYNC 2
#define PAGE_WRITTEN 2
#define FEATURE_WP_UNPOPULATED (1 << 13)
#define FEATURE_WP_ASYNC (1 << 15)

static void watch(uint8_t *mapping, uint64_t length)
{
	struct uffdio_api api = {
		.api = UFFD_API,
		.features = FEATURE_WP_UNPOPULATED | FEATURE_WP_ASYNC,
	};
	struct uffdio_register range = {
		.range = { (uintptr_t)mapping, length },
		.mode = UFFDIO_REGISTER_MODE_WP,
	};
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);

	if (fd < 0)
		fail("userfaultfd");
	if (ioctl(fd, UFFDIO_API, &api))
		fail("UFFDIO_API");
	if (ioctl(fd, UFFDIO_REGISTER, &range))
		fail("UFFDIO_REGISTER");
}

static void scan_written(int pagemap, uint8_t *mapping, uint64_t length)
{
	struct region regions[64];
	struct scan scan = {
		.size = sizeof(scan),
		.flags = SCAN_WP_MATCHING | SCAN_CHECK_WPASYNC,
		.start = (uintptr_t)mapping,
		.end = (uintptr_t)mapping + length,
		.vec = (uintptr_t)regions,
		.vec_len = 64,
		.category_mask = PAGE_WRITTEN,
		.return_mask = PAGE_WRITTEN,
	};
	long page = sysconf(_SC_PAGESIZE);
	int i, nr = ioctl(pagemap, SCAN, &scan);

	if (nr < 0)
		fail("PAGEMAP_SCAN");
	for (i = 0; i < nr; i++)
		printf("%lu-%lu ",
		       (regions[i].start - (uintptr_t)mapping) / page,
		       (regions[i].end - (uintptr_t)mapping) / page - 1);
	puts(nr ? "" : "none");
}

int cmd_written(int argc, char **argv)
{
	const char *way = "";
	uint64_t length;
	uint8_t *mapping;
	int pagemap, i;

	if (argc < 4)
		fail_say("usage: written FILE LENGTH WORD...");
	length = number(argv[2]);
	mapping = map_range(open_file(argv[1], O_RDWR), 0, length,
			    PROT_READ | PROT_WRITE, MAP_SHARED);
	pagemap = open("/proc/self/pagemap", O_RDONLY);
	if (pagemap < 0)
		fail("/proc/self/pagemap");
	for (i = 3; i < argc; i++) {
		volatile uint8_t *page;

		if (!strcmp(argv[i], "watch")) {
			watch(mapping, length);
		} else if (!strcmp(argv[i], "scan")) {
			scan_written(pagemap, mapping, length);
		} else if (!strcmp(argv[i], "load") || !strcmp(argv[i], "store")) {
			way = argv[i];
		} else {
			page = mapping + number(argv[i]) *
			       sysconf(_SC_PAGESIZE);
			if (!strcmp(way, "store"))
				*page = 1;
			else
				(void)*page;
		}
	}
	return 0;
}
