// SPDX-License-Identifier: GPL-2.0
/* Moving bytes by other calls than read and write, and to other places. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "poke.h"

struct copy {
	int in;
	int out;
	off_t in_at;
	off_t out_at;
};

/* One call of copy_file_range, splice by way of a pipe, or sendfile. */
static ssize_t copy_range(struct copy *c, size_t len)
{
	return copy_file_range(c->in, &c->in_at, c->out, &c->out_at, len, 0);
}

static ssize_t copy_splice(struct copy *c, size_t len)
{
	static int ends[2];
	ssize_t n, done, m;

	if (!ends[1] && pipe(ends))
		fail("pipe");
	n = splice(c->in, &c->in_at, ends[1], NULL, len, 0);
	for (done = 0; done < n; done += m) {
		m = splice(ends[0], NULL, c->out, &c->out_at, n - done, 0);
		if (m <= 0)
			return m;
	}
	return n;
}

static ssize_t copy_sendfile(struct copy *c, size_t len)
{
	ssize_t n;

	if (lseek(c->out, c->out_at, SEEK_SET) < 0)
		fail("lseek");
	n = sendfile(c->out, c->in, &c->in_at, len);
	if (n > 0)
		c->out_at += n;
	return n;
}

static const struct {
	const char *name;
	ssize_t (*copy)(struct copy *c, size_t len);
} ways[] = {
	{ "range", copy_range },
	{ "splice", copy_splice },
	{ "sendfile", copy_sendfile },
	{ }
};

/* copy WAY IN OFFSET OUT OFFSET LENGTH: until all is copied or nothing comes */
int cmd_copy(int argc, char **argv)
{
	struct copy c;
	size_t i, len, done;
	ssize_t n = 1;

	if (argc != 7)
		fail_say("usage: copy WAY IN OFFSET OUT OFFSET LENGTH");
	for (i = 0; ways[i].name && strcmp(ways[i].name, argv[1]); i++)
		;
	if (!ways[i].name)
		fail_say("no such way: %s", argv[1]);
	c.in = open_file(argv[2], O_RDONLY);
	c.in_at = number(argv[3]);
	c.out = open_file(argv[4], O_RDWR);
	c.out_at = number(argv[5]);
	len = number(argv[6]);
	for (done = 0; done < len && n; done += n) {
		n = ways[i].copy(&c, len - done);
		if (n < 0)
			fail(argv[1]);
	}
	printf("%zu\n", done);
	return 0;
}

/* seek FILE data|hole|end OFFSET: where the next data, hole or the end is */
int cmd_seek(int argc, char **argv)
{
	int whence = SEEK_HOLE;
	off_t at;

	if (argc != 4)
		fail_say("usage: seek FILE data|hole|end OFFSET");
	if (!strcmp(argv[2], "data"))
		whence = SEEK_DATA;
	if (!strcmp(argv[2], "end"))
		whence = SEEK_END;
	at = lseek(open_file(argv[1], O_RDONLY), number(argv[3]), whence);
	if (at < 0)
		fail("lseek");
	printf("%ld\n", at);
	return 0;
}

/*
 * direct in|out OTHER FILE OFFSET LENGTH: direct I/O of OTHER, into or out of a
 * mapping of FILE
 */
int cmd_direct(int argc, char **argv)
{
	size_t len, done;
	bool in;
	ssize_t n;
	char *p;
	int fd;

	if (argc != 6)
		fail_say("usage: direct in|out OTHER FILE OFFSET LENGTH");
	in = !strcmp(argv[1], "in");
	len = number(argv[5]);
	fd = open_file(argv[2], O_RDWR | O_DIRECT);
	p = map_range(open_file(argv[3], O_RDWR), number(argv[4]), len,
		      PROT_READ | PROT_WRITE, MAP_SHARED);
	for (done = 0; done < len; done += n) {
		n = in ? pread(fd, p + done, len - done, done) :
			 pwrite(fd, p + done, len - done, done);
		if (n < 0)
			fail(in ? "pread" : "pwrite");
		if (n == 0)
			fail_say("nothing at %zu", done);
	}
	return 0;
}
