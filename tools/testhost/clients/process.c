// SPDX-License-Identifier: GPL-2.0
/* What others see of a process that has a file mapped: ptrace, core dumps. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "poke.h"

/* A child of ours that we trace, stopped, with the mapping that we have. */
static pid_t traced_child(void)
{
	pid_t pid = fork();

	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
			fail("TRACEME");
		raise(SIGSTOP);
		_exit(0);
	}
	if (waitpid(pid, NULL, WUNTRACED) != pid)
		fail("waitpid");
	return pid;
}

static uint64_t peek(pid_t pid, void *addr)
{
	long word;

	errno = 0;
	word = ptrace(PTRACE_PEEKDATA, pid, addr, NULL);
	if (errno)
		fail("PEEKDATA");
	return word;
}

/* A child that has the page mapped for itself alone, and has looked at it. */
static int child_with_page(const char *file, uint64_t offset, uint64_t length,
			   int to_parent, int from_parent)
{
	int fd = open_file(file, O_RDONLY);
	uint8_t want[4096], *page, byte;

	if (pread(fd, want, sizeof(want), offset) != sizeof(want))
		fail("pread");
	page = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, offset);
	if (page == MAP_FAILED)
		fail("mmap");
	if (memcmp(page, want, sizeof(want)))
		fail_say("the mapping is not what read gives");
	if (write(to_parent, &page, sizeof(page)) != sizeof(page) ||
	    read(from_parent, &byte, 1) != 1)
		fail("pipe");
	want[8] = byte;
	return memcmp(page, want, sizeof(want)) ? 1 : 0;
}

/*
 * remote-copy FILE OFFSET LENGTH BYTE: store BYTE into the first page of a private
 * mapping of a process, from one that has nothing mapped there, and see that all others
 * are the file's
 */
int cmd_remote_copy(int argc, char **argv)
{
	uint8_t byte, *page;
	struct iovec local = { &byte, 1 }, remote = { NULL, 1 };
	int up[2], down[2], status;
	pid_t pid;

	if (argc != 5)
		fail_say("usage: remote-copy FILE OFFSET LENGTH BYTE");
	byte = number(argv[4]);
	if (pipe(up) || pipe(down))
		fail("pipe");
	pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid == 0)
		_exit(child_with_page(argv[1], number(argv[2]), number(argv[3]),
				      up[1], down[0]));
	if (read(up[0], &page, sizeof(page)) != sizeof(page))
		fail("pipe");
	remote.iov_base = page + 8;
	if (process_vm_writev(pid, &local, 1, &remote, 1, 0) != 1)
		fail("process_vm_writev");
	if (write(down[1], &byte, 1) != 1 || waitpid(pid, &status, 0) != pid)
		fail("waitpid");
	if (status)
		fail_say("the copy has other bytes than the file");
	return 0;
}

/*
 * ptrace FILE OFFSET shared|private|readonly VALUE: peek at the word in a
 * process that has it mapped, poke VALUE there, and peek again
 */
int cmd_ptrace(int argc, char **argv)
{
	int prot = PROT_READ | PROT_WRITE, flags = MAP_SHARED;
	uint64_t *word;
	pid_t pid;

	if (argc != 5)
		fail_say("usage: ptrace FILE OFFSET shared|private|readonly VALUE");
	if (!strcmp(argv[3], "private"))
		flags = MAP_PRIVATE;
	if (!strcmp(argv[3], "readonly"))
		prot = PROT_READ;
	word = map_range(open_file(argv[1], O_RDWR), number(argv[2]),
			 sizeof(*word), prot, flags);
	pid = traced_child();
	printf("0x%lx\n", peek(pid, word));
	if (ptrace(PTRACE_POKEDATA, pid, word, (void *)number(argv[4])))
		fail("POKEDATA");
	printf("0x%lx\n", peek(pid, word));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return 0;
}

static void set_core_filter(const char *filter)
{
	struct rlimit any = { RLIM_INFINITY, RLIM_INFINITY };
	int fd = open_file("/proc/self/coredump_filter", O_WRONLY);

	if (write(fd, filter, strlen(filter)) < 0)
		fail("coredump_filter");
	if (setrlimit(RLIMIT_CORE, &any))
		fail("setrlimit");
}

/* core FILE shared|private FILTER: dump core with 2 MiB of the file mapped */
int cmd_core(int argc, char **argv)
{
	if (argc != 4)
		fail_say("usage: core FILE shared|private FILTER");
	map_range(open_file(argv[1], O_RDWR), 0, PMD_BYTES,
		  PROT_READ | PROT_WRITE,
		  strcmp(argv[2], "private") ? MAP_SHARED : MAP_PRIVATE);
	set_core_filter(argv[3]);
	abort();
}

static void *whole_file(const char *path, size_t *size)
{
	int fd = open_file(path, O_RDONLY);
	struct stat st;

	if (fstat(fd, &st))
		fail("fstat");
	*size = st.st_size;
	return map_range(fd, 0, st.st_size, PROT_READ, MAP_PRIVATE);
}

/* contains FILE OTHER LENGTH: the first LENGTH bytes of OTHER are in FILE */
int cmd_contains(int argc, char **argv)
{
	size_t size, len, have;
	void *file, *other;

	if (argc != 4)
		fail_say("usage: contains FILE OTHER LENGTH");
	file = whole_file(argv[1], &size);
	other = whole_file(argv[2], &have);
	len = number(argv[3]);
	puts(memmem(file, size, other, len) ? "yes" : "no");
	return 0;
}

static ssize_t by_vm_writev(void *addr, const void *bytes, size_t len)
{
	struct iovec from = { .iov_base = (void *)bytes, .iov_len = len };
	struct iovec to = { .iov_base = addr, .iov_len = len };

	return process_vm_writev(getpid(), &from, 1, &to, 1, 0);
}

static ssize_t by_proc_mem(void *addr, const void *bytes, size_t len)
{
	return pwrite(open_file("/proc/self/mem", O_RDWR), bytes, len,
		      (uintptr_t)addr);
}

static int pipe_with(const void *bytes, size_t len)
{
	int ends[2];

	if (pipe(ends) || write(ends[1], bytes, len) != (ssize_t)len)
		fail("pipe");
	return ends[0];
}

/* From a pipe, into the mapping. */
static ssize_t by_pipe(void *addr, const void *bytes, size_t len)
{
	return read(pipe_with(bytes, len), addr, len);
}

static ssize_t by_vmsplice(void *addr, const void *bytes, size_t len)
{
	struct iovec to = { .iov_base = addr, .iov_len = len };

	return vmsplice(pipe_with(bytes, len), &to, 1, 0);
}

static ssize_t by_uring(void *addr, const void *bytes, size_t len)
{
	return uring_read(pipe_with(bytes, len), addr, len);
}

/* Of a file that has the bytes, and more. */
static ssize_t by_uring_direct(void *addr, const void *bytes, size_t len)
{
	int fd = open_file("/mnt/disk/page", O_RDONLY | O_DIRECT);

	if (uring_read(fd, addr, 4096) != 4096 || memcmp(addr, bytes, len))
		fail_say("not what /mnt/disk/page has");
	return len;
}

static const struct {
	const char *name;
	ssize_t (*store)(void *addr, const void *bytes, size_t len);
} hands[] = {
	{ "process_vm_writev", by_vm_writev },
	{ "/proc/self/mem", by_proc_mem },
	{ "pipe", by_pipe },
	{ "vmsplice", by_vmsplice },
	{ "io_uring", by_uring },
	{ "io_uring-direct", by_uring_direct },
	{ }
};

/*
 * kernel-store WAY FILE OFFSET VALUE: map a page and have the kernel store the
 * word there, in a page that the process has not touched
 */
int cmd_kernel_store(int argc, char **argv)
{
	uint64_t value;
	void *addr;
	int i;

	if (argc != 5)
		fail_say("usage: kernel-store WAY FILE OFFSET VALUE");
	for (i = 0; hands[i].name && strcmp(hands[i].name, argv[1]); i++)
		;
	if (!hands[i].name)
		fail_say("no such way: %s", argv[1]);
	addr = map_range(open_file(argv[2], O_RDWR), number(argv[3]), 4096,
			 PROT_READ | PROT_WRITE, MAP_SHARED);
	value = number(argv[4]);
	if (hands[i].store(addr, &value, sizeof(value)) != sizeof(value))
		fail(argv[1]);
	return 0;
}
