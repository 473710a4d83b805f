// SPDX-License-Identifier: GPL-2.0
/* io_uring, and I/O that must not wait. */
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "poke.h"

#define REQUESTS 8
#define PAGE 4096

static void check_uring(int ret, const char *what)
{
	if (ret < 0) {
		errno = -ret;
		fail(what);
	}
}

static void wait_for_all(struct io_uring *ring, unsigned int nr, size_t part)
{
	struct io_uring_cqe *cqe;

	while (nr--) {
		check_uring(io_uring_wait_cqe(ring, &cqe), "wait_cqe");
		check_uring(cqe->res, "request");
		if ((size_t)cqe->res != part)
			fail_say("request: %d of %zu bytes", cqe->res, part);
		io_uring_cqe_seen(ring, cqe);
	}
}

void uring_io(int fd, uint8_t *buf, uint64_t offset, uint64_t len, bool write)
{
	size_t part = len / REQUESTS;
	struct io_uring_sqe *sqe;
	struct io_uring ring;
	unsigned int i;

	if (len % REQUESTS)
		fail_say("%lu bytes are not %d requests", len, REQUESTS);
	check_uring(io_uring_queue_init(REQUESTS, &ring, 0), "queue_init");
	for (i = 0; i < REQUESTS; i++) {
		sqe = io_uring_get_sqe(&ring);
		if (write)
			io_uring_prep_write(sqe, fd, buf + i * part, part,
					    offset + i * part);
		else
			io_uring_prep_read(sqe, fd, buf + i * part, part,
					   offset + i * part);
	}
	check_uring(io_uring_submit(&ring), "submit");
	wait_for_all(&ring, REQUESTS, part);
	io_uring_queue_exit(&ring);
}

static struct io_uring fixed;

int ring_register(void *buffer, uint64_t len)
{
	struct iovec iov = { .iov_base = buffer, .iov_len = len };
	int ret;

	check_uring(io_uring_queue_init(1, &fixed, 0), "queue_init");
	ret = io_uring_register_buffers(&fixed, &iov, 1);
	if (ret < 0)
		io_uring_queue_exit(&fixed);
	return -ret;
}

int ring_read(const char *path, void *to, uint64_t len)
{
	int fd = open_file(path, O_RDONLY | O_DIRECT);
	struct io_uring_sqe *sqe = io_uring_get_sqe(&fixed);
	struct io_uring_cqe *cqe;
	int ret;

	io_uring_prep_read_fixed(sqe, fd, to, len, 0, 0);
	check_uring(io_uring_submit(&fixed), "submit");
	check_uring(io_uring_wait_cqe(&fixed, &cqe), "wait_cqe");
	ret = cqe->res;
	io_uring_cqe_seen(&fixed, cqe);
	close(fd);
	check_uring(ret, "read");
	return ret;
}

int ring_end(void)
{
	int ret = io_uring_unregister_buffers(&fixed);

	io_uring_queue_exit(&fixed);
	return ret;
}

ssize_t uring_read(int fd, void *to, size_t len)
{
	struct io_uring_cqe *cqe;
	struct io_uring ring;
	ssize_t res;

	check_uring(io_uring_queue_init(1, &ring, 0), "queue_init");
	io_uring_prep_read(io_uring_get_sqe(&ring), fd, to, len, 0);
	check_uring(io_uring_submit(&ring), "submit");
	check_uring(io_uring_wait_cqe(&ring, &cqe), "wait_cqe");
	res = cqe->res;
	io_uring_queue_exit(&ring);
	check_uring(res, "request");
	return res;
}

/* uring-buffer FILE: register a mapping of the file as buffer of a ring */
int cmd_uring_buffer(int argc, char **argv)
{
	struct io_uring ring;
	struct iovec iov;

	if (argc != 2)
		fail_say("usage: uring-buffer FILE");
	iov.iov_base = map_range(open_file(argv[1], O_RDWR), 0, PAGE,
				 PROT_READ | PROT_WRITE, MAP_SHARED);
	iov.iov_len = PAGE;
	check_uring(io_uring_queue_init(1, &ring, 0), "queue_init");
	check_uring(io_uring_register_buffers(&ring, &iov, 1), "register");
	return 0;
}

/**
 * struct stopped - a write of the first pages that has stopped halfway
 * @fd: the file
 * @faults: userfaultfd of the last page of @source
 * @source: of the write; its last page is not there, so that the write waits
 * @len: bytes
 * @writer: who writes
 */
struct stopped {
	int fd;
	int faults;
	uint8_t *source;
	size_t len;
	pthread_t writer;
};

static void *write_source(void *data)
{
	struct stopped *s = data;

	if (pwrite(s->fd, s->source, s->len, 0) != (ssize_t)s->len)
		fail("stopped write");
	return NULL;
}

static void stop_write(struct stopped *s, int fd, size_t pages)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register area = {
		.mode = UFFDIO_REGISTER_MODE_MISSING,
		.range.len = sysconf(_SC_PAGESIZE),
	};
	struct uffd_msg msg;

	s->fd = fd;
	s->len = pages * area.range.len;
	s->source = mmap(NULL, s->len, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (s->source == MAP_FAILED)
		fail("mmap");
	area.range.start = (uintptr_t)s->source + s->len - area.range.len;
	s->faults = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (s->faults < 0 || ioctl(s->faults, UFFDIO_API, &api) ||
	    ioctl(s->faults, UFFDIO_REGISTER, &area))
		fail("userfaultfd");
	errno = pthread_create(&s->writer, NULL, write_source, s);
	if (errno)
		fail("pthread_create");
	/* The message is the write that waits for its source. */
	if (read(s->faults, &msg, sizeof(msg)) != sizeof(msg))
		fail("read of userfaultfd");
}

static void let_write_go_on(struct stopped *s)
{
	struct uffdio_zeropage zero = { .range.len = sysconf(_SC_PAGESIZE) };

	zero.range.start = (uintptr_t)s->source + s->len - zero.range.len;
	if (ioctl(s->faults, UFFDIO_ZEROPAGE, &zero))
		fail("UFFDIO_ZEROPAGE");
	pthread_join(s->writer, NULL);
}

/*
 * stopped FILE PAGES: says "stopped" when a write of the file's first pages waits for the
 * last one of its source; that is there after SIGUSR1
 */
int cmd_stopped(int argc, char **argv)
{
	struct stopped stopped;
	sigset_t go_on;
	int sig;

	if (argc != 3)
		fail_say("usage: stopped FILE PAGES");
	sigemptyset(&go_on);
	sigaddset(&go_on, SIGUSR1);
	sigprocmask(SIG_BLOCK, &go_on, NULL);
	stop_write(&stopped, open_file(argv[1], O_RDWR), number(argv[2]));
	puts("stopped");
	fflush(stdout);
	sigwait(&go_on, &sig);
	let_write_go_on(&stopped);
	return 0;
}

static void say(const char *what, ssize_t n)
{
	if (n < 0)
		printf("%s %s\n", what, strerrorname_np(errno));
	else
		printf("%s %zd\n", what, n);
}

static void try_nowait(int fd)
{
	static char buf[PAGE];
	struct iovec iov = { buf, sizeof(buf) };

	say("read", preadv2(fd, &iov, 1, 0, RWF_NOWAIT));
	say("write", pwritev2(fd, &iov, 1, 0, RWF_NOWAIT));
	say("write across its end", pwritev2(fd, &iov, 1, PAGE - 1, RWF_NOWAIT));
	say("write behind it", pwritev2(fd, &iov, 1, PAGE, RWF_NOWAIT));
}

/*
 * nowait FILE [direct]: what RWF_NOWAIT gives, first while nobody is in the way, then
 * while a write to the first page is under way
 */
int cmd_nowait(int argc, char **argv)
{
	struct stopped stopped;
	int fd;

	if (argc != 2 && argc != 3)
		fail_say("usage: nowait FILE [direct]");
	fd = open_file(argv[1], O_RDWR | (argc == 3 ? O_DIRECT : 0));
	try_nowait(fd);
	stop_write(&stopped, fd, 1);
	try_nowait(fd);
	let_write_go_on(&stopped);
	return 0;
}

static void submit_both(struct io_uring *ring, int fd, int rw_flags)
{
	static char buf[2][PAGE];
	struct io_uring_sqe *sqe;

	sqe = io_uring_get_sqe(ring);
	io_uring_prep_read(sqe, fd, buf[0], PAGE, 0);
	sqe->rw_flags = rw_flags;
	sqe = io_uring_get_sqe(ring);
	io_uring_prep_write(sqe, fd, buf[1], PAGE, 0);
	sqe->rw_flags = rw_flags;
	check_uring(io_uring_submit(ring), "submit");
}

/*
 * uring-nowait FILE: a read and a write that must not be handed to a worker,
 * and how many that may be are complete once they are submitted while a write to the
 * same place is under way
 */
int cmd_uring_nowait(int argc, char **argv)
{
	struct stopped stopped;
	struct io_uring ring;
	int fd;

	if (argc != 2)
		fail_say("usage: uring-nowait FILE");
	fd = open_file(argv[1], O_RDWR);
	check_uring(io_uring_queue_init(2, &ring, 0), "queue_init");
	submit_both(&ring, fd, RWF_NOWAIT);
	wait_for_all(&ring, 2, PAGE);
	stop_write(&stopped, fd, 1);
	submit_both(&ring, fd, 0);
	printf("complete %u\n", io_uring_cq_ready(&ring));
	let_write_go_on(&stopped);
	wait_for_all(&ring, 2, PAGE);
	puts("then both");
	return 0;
}
