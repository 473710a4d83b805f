// SPDX-License-Identifier: GPL-2.0
/*
 * All ways to write to a file, for mounts through which nobody may: each is tried
 * and its result told.
 */
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/famfs_ioctl.h>

#include "poke.h"

#define PAGE 4096

static uint8_t old[PAGE], new[PAGE];

/* A result as of a system call. */
static void say(const char *way, ssize_t result)
{
	printf("%s: %s\n", way, result < 0 ? strerrorname_np(errno) : "ok");
}

static ssize_t try_splice(int fd)
{
	loff_t offset = 0;
	int ends[2];

	if (pipe(ends) || write(ends[1], new, PAGE) != PAGE)
		fail("pipe");
	return splice(ends[0], NULL, fd, &offset, PAGE, 0);
}

static ssize_t try_uring(int fd)
{
	struct io_uring_cqe *cqe;
	struct io_uring ring;
	ssize_t res;

	if (io_uring_queue_init(1, &ring, 0))
		fail_say("no io_uring");
	io_uring_prep_write(io_uring_get_sqe(&ring), fd, new, PAGE, 0);
	io_uring_submit(&ring);
	if (io_uring_wait_cqe(&ring, &cqe))
		fail_say("no completion");
	res = cqe->res;
	io_uring_queue_exit(&ring);
	errno = -res;
	return res;
}

static ssize_t try_reopen(int fd)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_RDWR);
}

static void by_descriptor(int fd, int other)
{
	loff_t zero = 0;

	say("write", pwrite(fd, new, PAGE, 0));
	say("splice", try_splice(fd));
	say("sendfile", sendfile(fd, other, &zero, PAGE));
	zero = 0;
	say("copy_file_range", copy_file_range(other, &zero, fd, NULL, PAGE, 0));
	say("io_uring", try_uring(fd));
	say("fallocate", fallocate(fd, 0, 0, PAGE));
	say("reopen", try_reopen(fd));
}

static void *map_page(int fd, int prot, int flags)
{
	void *p = mmap(NULL, PMD_BYTES, prot, flags, fd, 0);

	return p == MAP_FAILED ? NULL : p;
}

static ssize_t try_mem(void *at)
{
	return pwrite(open_file("/proc/self/mem", O_RDWR), new, PAGE,
		      (off_t)at);
}

/* Into a child's mapping, which is a copy of ours. */
static ssize_t try_poke(void *at)
{
	pid_t pid = fork();
	int status, err;
	long ret;

	if (pid < 0)
		fail("fork");
	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		_exit(0);
	}
	if (waitpid(pid, &status, WUNTRACED) != pid || !WIFSTOPPED(status))
		fail("waitpid");
	ret = ptrace(PTRACE_POKEDATA, pid, at, (void *)-1);
	err = errno;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	errno = err;
	return ret;
}

static void by_mapping(int fd, int other)
{
	struct iovec from = { .iov_base = new, .iov_len = PAGE };
	struct iovec to = { .iov_len = PAGE };
	uint8_t *at;

	say("mmap", map_page(fd, PROT_READ | PROT_WRITE, MAP_SHARED) ? 0 : -1);
	at = map_page(fd, PROT_READ, MAP_SHARED);
	if (!at)
		fail("mmap to read");
	say("mprotect", mprotect(at, PMD_BYTES, PROT_READ | PROT_WRITE));
	say("populate", madvise(at, PAGE, MADV_POPULATE_WRITE));
	to.iov_base = at;
	say("process_vm_writev", process_vm_writev(getpid(), &from, 1, &to, 1, 0));
	say("direct read into it", pread(other, at, PAGE, 0));
	say("/proc/self/mem", try_mem(at));
	say("ptrace", try_poke(at));
}

/* Stores to a private mapping are the process's own. */
static void by_copy(int fd)
{
	uint8_t *at = map_page(fd, PROT_READ | PROT_WRITE, MAP_PRIVATE);

	say("private mmap", at ? 0 : -1);
	if (!at)
		return;
	memcpy(at, new, PAGE);
	say("/proc/self/mem of it", try_mem(at));
	at = map_page(fd, PROT_READ, MAP_PRIVATE);
	say("ptrace of it", at ? try_poke(at) : -1);
}

static void set_map(int fd, uint64_t offset)
{
	struct famfs_ioc_map map = {
		.file_size = PMD_BYTES,
		.ext_list_count = 1,
		.ext_list = { { .offset = offset, .len = PMD_BYTES } },
	};

	if (ioctl(fd, FAMFSIOC_MAP_CREATE, &map))
		fail("MAP_CREATE");
}

/*
 * stores FILE OFFSET OTHER: make FILE, open for writing, and give it the memory at
 * OFFSET; then write to it in every way, also from OTHER
 */
int cmd_stores(int argc, char **argv)
{
	uint8_t now[PAGE];
	int fd, other;

	if (argc != 4)
		fail_say("usage: stores FILE OFFSET OTHER");
	fd = open(argv[1], O_RDWR | O_CREAT | O_EXCL, 0600);
	if (fd < 0)
		fail("open");
	other = open_file(argv[3], O_RDONLY | O_DIRECT);
	say("write before the map", pwrite(fd, new, PAGE, 0));
	set_map(fd, number(argv[2]));
	if (pread(fd, old, PAGE, 0) != PAGE)
		fail("pread");
	memset(new, ~old[0], PAGE);
	by_descriptor(fd, other);
	by_mapping(fd, other);
	by_copy(fd);
	if (pread(fd, now, PAGE, 0) != PAGE)
		fail("pread");
	puts(memcmp(old, now, PAGE) ? "changed" : "unchanged");
	return 0;
}
