// SPDX-License-Identifier: GPL-2.0
/* What all clients are made of. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <linux/famfs_ioctl.h>

#include "poke.h"
#include "ticks.h"

void fail(const char *what)
{
	int err = errno;

	printf("%s: %s (%s)\n", what, strerrorname_np(err), strerror(err));
	exit(1);
}

void fail_say(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	exit(1);
}

uint64_t number(const char *text)
{
	char *end;
	uint64_t n;

	errno = 0;
	n = strtoull(text, &end, 0);
	if (errno || end == text)
		fail_say("not a number: %s", text);
	if (!strcmp(end, "K"))
		n <<= 10;
	else if (!strcmp(end, "M"))
		n <<= 20;
	else if (!strcmp(end, "G"))
		n <<= 30;
	else if (*end)
		fail_say("not a number: %s", text);
	return n;
}

int open_file(const char *path, int flags)
{
	int fd = open(path, flags, 0644);

	if (fd < 0)
		fail("open");
	return fd;
}

void give_map(int fd, uint64_t offset)
{
	struct famfs_ioc_map map = {
		.extent_type = SIMPLE_DAX_EXTENT,
		.file_type = FAMFS_REG,
		.file_size = PMD_BYTES,
		.ext_list_count = 1,
		.ext_list = { { .offset = offset, .len = PMD_BYTES } },
	};

	if (ioctl(fd, FAMFSIOC_MAP_CREATE, &map))
		fail("MAP_CREATE");
}

uint64_t ticks(void)
{
	return read_ticks();
}

void *before_hole(size_t size)
{
	size_t page = sysconf(_SC_PAGESIZE);
	size_t room = (size + page - 1) / page * page;
	char *p;

	p = mmap(NULL, room + page, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		fail("mmap");
	if (munmap(p + room, page))
		fail("munmap");
	return p + room - size;
}

/* What device_dax wants offset and length of a mapping to be multiples of. */
static uint64_t mapping_unit(int fd)
{
	uint64_t align = PMD_BYTES;
	struct stat st;
	char path[64];
	FILE *file;

	if (fstat(fd, &st))
		fail("fstat");
	if (!S_ISCHR(st.st_mode))
		return PMD_BYTES;
	snprintf(path, sizeof(path), "/sys/dev/char/%u:%u/align",
		 major(st.st_rdev), minor(st.st_rdev));
	file = fopen(path, "r");
	if (!file || fscanf(file, "%lu", &align) != 1)
		fail(path);
	fclose(file);
	if (align < PMD_BYTES)
		return PMD_BYTES;
	return align;
}

void *map_range(int fd, uint64_t offset, uint64_t len, int prot, int flags)
{
	uint64_t unit = mapping_unit(fd);
	uint64_t lead = offset % unit;
	uint64_t whole = (lead + len + unit - 1) / unit * unit;
	char *p;

	p = mmap(NULL, whole, prot, flags, fd, offset - lead);
	if (p == MAP_FAILED)
		fail("mmap");
	return p + lead;
}

static sigjmp_buf before_access;
static volatile sig_atomic_t signal_code;	/* 0: no signal came */
static void *volatile signal_addr;
static volatile sig_atomic_t signal_lsb;

static void on_sigbus(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	signal_code = info->si_code;
	signal_addr = info->si_addr;
	signal_lsb = info->si_addr_lsb;
	siglongjmp(before_access, 1);
}

const char *try_access(void (*access)(volatile uint8_t *addr),
		       volatile uint8_t *addr)
{
	struct sigaction action = {
		.sa_sigaction = on_sigbus,
		.sa_flags = SA_SIGINFO,
	};
	static char answer[64];
	struct sigaction old;

	if (sigaction(SIGBUS, &action, &old))
		fail("sigaction");
	signal_code = 0;
	if (!sigsetjmp(before_access, 1))
		access(addr);
	if (sigaction(SIGBUS, &old, NULL))
		fail("sigaction");
	if (!signal_code)
		return "ok";
	if (signal_code != BUS_MCEERR_AR)
		return "SIGBUS";
	snprintf(answer, sizeof(answer), "SIGBUS BUS_MCEERR_AR at %+td, 2^%d bytes",
		 (volatile uint8_t *)signal_addr - addr, (int)signal_lsb);
	return answer;
}

void load_byte(volatile uint8_t *addr)
{
	(void)*addr;
}

void store_byte(volatile uint8_t *addr)
{
	*addr = *addr;
}
