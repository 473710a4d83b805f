// SPDX-License-Identifier: GPL-2.0
/* Telling the kernel how a file is used. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "poke.h"

static const struct advice {
	const char *name;
	int number;
} advices[] = {
	{ "normal", POSIX_FADV_NORMAL },
	{ "sequential", POSIX_FADV_SEQUENTIAL },
	{ "random", POSIX_FADV_RANDOM },
	{ "noreuse", POSIX_FADV_NOREUSE },
	{ "willneed", POSIX_FADV_WILLNEED },
	{ "dontneed", POSIX_FADV_DONTNEED },
	{ "unknown", 99 },
	{ }
};

static int advice_number(const char *name)
{
	const struct advice *advice;

	for (advice = advices; advice->name; advice++)
		if (!strcmp(advice->name, name))
			return advice->number;
	fail_say("no such advice: %s", name);
}

/* advise FILE ADVICE [OFFSET LENGTH]: posix_fadvise; OFFSET and LENGTH can be < 0 */
int cmd_advise(int argc, char **argv)
{
	off_t offset = 0, length = 0;
	int fd;

	if (argc != 3 && argc != 5)
		fail_say("usage: advise FILE ADVICE [OFFSET LENGTH]");
	if (argc == 5) {
		offset = number(argv[3]);
		length = number(argv[4]);
	}
	fd = open_file(argv[1], O_RDONLY);
	errno = posix_fadvise(fd, offset, length, advice_number(argv[2]));
	if (errno)
		fail("posix_fadvise");
	return 0;
}
