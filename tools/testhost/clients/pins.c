// SPDX-License-Identifier: GPL-2.0
/* Many files that are gone, and whose pages are in use. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/famfs_ioctl.h>

#include "poke.h"

/* A file of one unit gets a page into a pipe, and is unmapped, closed and removed. */
static void pin_file(const char *path, uint64_t unit)
{
	struct famfs_ioc_map map = {
		.file_size = PMD_BYTES, .ext_list_count = 1,
		.ext_list = { { unit * PMD_BYTES, PMD_BYTES } },
	};
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600), ends[2];
	struct iovec page = { .iov_len = 4096 };

	if (fd < 0 || ioctl(fd, FAMFSIOC_MAP_CREATE, &map))
		fail(path);
	page.iov_base = map_range(fd, 0, PMD_BYTES, PROT_READ, MAP_SHARED);
	if (pipe(ends) || vmsplice(ends[1], &page, 1, 0) != 4096)
		fail("vmsplice");
	if (munmap(page.iov_base, PMD_BYTES) || close(fd) || unlink(path))
		fail("letting go");
}

/*
 * pins DIRECTORY N: pin a page each of N files that are gone, on units 1 to N of
 * the device; say so, and keep them until the standard input ends
 */
int cmd_pins(int argc, char **argv)
{
	char path[256];
	uint64_t i, nr;

	if (argc != 3)
		fail_say("usage: pins DIRECTORY N");
	nr = number(argv[2]);
	for (i = 1; i <= nr; i++) {
		snprintf(path, sizeof(path), "%s/pinned.%lu", argv[1], i);
		pin_file(path, i);
	}
	puts("pinned");
	fflush(stdout);
	while (getchar() != EOF)
		;
	return 0;
}
