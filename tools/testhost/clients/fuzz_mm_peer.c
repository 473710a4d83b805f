// SPDX-License-Identifier: GPL-2.0
/*
 * Another process, which looks into this one, and does what must not be done by
 * this one: find memory bad that this one uses, or wait for a removal.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz_mm.h"

static int line = -1;
static pid_t served;
static pid_t unbinder;

static int64_t write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int64_t ret;

	if (fd < 0)
		return -errno;
	ret = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

static int64_t by_process_vm(struct letter *l, bool write)
{
	struct iovec here = { l->bytes, l->len };
	struct iovec there = { (void *)l->addr, l->len };

	return write ? process_vm_writev(served, &here, 1, &there, 1, 0) :
		       process_vm_readv(served, &here, 1, &there, 1, 0);
}

static int64_t by_ptrace(struct letter *l, bool write)
{
	int64_t ret = 8;
	long word;

	if (ptrace(PTRACE_SEIZE, served, NULL, NULL) ||
	    ptrace(PTRACE_INTERRUPT, served, NULL, NULL) ||
	    waitpid(served, NULL, __WALL) != served)
		return -EPERM;
	errno = 0;
	if (write) {
		memcpy(&word, l->bytes, sizeof(word));
		ptrace(PTRACE_POKEDATA, served, (void *)l->addr, (void *)word);
	} else {
		word = ptrace(PTRACE_PEEKDATA, served, (void *)l->addr, NULL);
		memcpy(l->bytes, &word, sizeof(word));
	}
	if (errno)
		ret = -errno;
	ptrace(PTRACE_DETACH, served, NULL, NULL);
	return ret;
}

static int64_t by_memory_file(struct letter *l, bool write)
{
	char path[64];
	int64_t ret;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", served);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = write ? pwrite(fd, l->bytes, l->len, l->addr) :
		      pread(fd, l->bytes, l->len, l->addr);
	close(fd);
	return ret;
}

static int64_t fail_page(uint64_t pfn)
{
	char text[32];

	snprintf(text, sizeof(text), "%lu", pfn);
	return write_to("/sys/kernel/debug/hwpoison/corrupt-pfn", text);
}

static int64_t unbind(struct letter *l)
{
	char path[128], *text = (char *)l->bytes;

	unbinder = fork();
	if (unbinder == 0) {
		snprintf(path, sizeof(path), "/sys/bus/%s/unbind",
			 text + strlen(text) + 1);
		_exit(write_to(path, text) ? 1 : 0);
	}
	return unbinder < 0 ? -errno : 0;
}

/* 1 once it has ended; waits for that if @addr says so. */
static int64_t unbound(struct letter *l)
{
	int status;
	pid_t pid = waitpid(unbinder, &status, l->addr ? 0 : WNOHANG);

	if (pid < 0)
		return -errno;
	if (pid == 0)
		return 0;
	return status ? -EIO : 1;
}

static int64_t follow(struct letter *l)
{
	int64_t ret;

	switch (l->order) {
	case PEER_READ:
	case PEER_WRITE:
		ret = by_process_vm(l, l->order == PEER_WRITE);
		break;
	case PEER_PEEK:
	case PEER_POKE:
		return by_ptrace(l, l->order == PEER_POKE);
	case PEER_MEM_READ:
	case PEER_MEM_WRITE:
		ret = by_memory_file(l, l->order == PEER_MEM_WRITE);
		break;
	case PEER_FAIL:
		return fail_page(l->addr);
	case PEER_UNBIND:
		return unbind(l);
	default:
		return unbound(l);
	}
	return ret < 0 ? -errno : ret;
}

static void serve(void)
{
	struct letter l;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (recv(line, &l, sizeof(l), 0) == sizeof(l)) {
		l.ret = follow(&l);
		if (send(line, &l, sizeof(l), 0) != sizeof(l))
			break;
	}
	_exit(0);
}

void peer_start(void)
{
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		fail("socketpair");
	served = getpid();
	pid = fork();
	if (pid < 0)
		fail("fork");
	line = ends[pid == 0];
	close(ends[pid != 0]);
	if (pid == 0)
		serve();
}

int64_t peer_do(struct letter *letter)
{
	if (send(line, letter, sizeof(*letter), 0) != sizeof(*letter))
		wrong_errno("send to the other process");
	while (recv(line, letter, sizeof(*letter), 0) != sizeof(*letter))
		if (errno != EINTR)
			wrong_errno("the other process");
	return letter->ret;
}
