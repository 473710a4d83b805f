// SPDX-License-Identifier: GPL-2.0
/*
 * Paths below a directory that they cannot leave: neither by "..", nor by a
 * symbolic link, nor into another mount.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "beneath.h"
#include "utils.h"

/* Like openat(2), also in what it returns. */
int beneath_open(int root, const char *path, int flags, mode_t mode)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC,
		.mode = mode,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
			   RESOLVE_NO_XDEV,
	};

	return syscall(SYS_openat2, root, path, &how, sizeof(how));
}

/* The directory that holds the last component of @path, which is @name. */
static int open_parent(int root, const char *path, const char **name)
{
	const char *slash = strrchr(path, '/');
	char *parent;
	int fd;

	*name = slash ? slash + 1 : path;
	parent = slash ? xstrndup(path, slash - path) : xstrndup(".", 1);
	fd = beneath_open(root, parent, O_PATH | O_DIRECTORY, 0);
	free(parent);
	return fd;
}

/* Close @fd and return @status with the errno that came with it. */
static int done(int fd, int status)
{
	int error = errno;

	close(fd);
	errno = error;
	return status;
}

/* Like unlinkat(2). */
int beneath_unlink(int root, const char *path, int flags)
{
	const char *name;
	int fd;

	fd = open_parent(root, path, &name);
	if (fd < 0)
		return -1;
	return done(fd, unlinkat(fd, name, flags));
}

static int make_directory(int root, const char *path)
{
	const char *name;
	int fd;

	fd = open_parent(root, path, &name);
	if (fd < 0)
		return -1;
	return done(fd, mkdirat(fd, name, 0755));
}

/*
 * 0 if @path is a directory, 1 if it is now, -1 and errno if it cannot be.  Others
 * may make it, too, at the same time.
 */
static int need_directory(int root, const char *path)
{
	int fd, made = 0;

	fd = beneath_open(root, path, O_PATH | O_DIRECTORY, 0);
	if (fd < 0 && errno == ENOENT) {
		if (!make_directory(root, path))
			made = 1;
		else if (errno != EEXIST)
			return -1;
		fd = beneath_open(root, path, O_PATH | O_DIRECTORY, 0);
	}
	return fd < 0 ? -1 : done(fd, made);
}

/*
 * Make the directories on the way to @path that are missing.  @made becomes
 * the length of the first one's path, or 0 if there was none to make; also on
 * failure, so that beneath_remove_parents() can undo what was done.
 */
int beneath_make_parents(int root, const char *path, size_t *made)
{
	const char *slash = path;
	char *parent;
	int status;

	*made = 0;
	while ((slash = strchr(slash, '/'))) {
		parent = xstrndup(path, slash - path);
		status = need_directory(root, parent);
		free(parent);
		if (status < 0)
			return -1;
		if (status && !*made)
			*made = slash - path;
		slash++;
	}
	return 0;
}

/*
 * Remove the directories that beneath_make_parents() made, deepest first.
 * One that is not there, because making it failed, is none to remove; and one in
 * which others have put something by now stays.
 */
int beneath_remove_parents(int root, const char *path, size_t made)
{
	char *parent = xstrndup(path, strlen(path));
	int status = 0;
	char *slash;

	while (made && !status && (slash = strrchr(parent, '/')) &&
	       (size_t)(slash - parent) >= made) {
		*slash = '\0';
		status = beneath_unlink(root, parent, AT_REMOVEDIR);
		if (status && errno == ENOENT)
			status = 0;
	}
	free(parent);
	return status && errno == ENOTEMPTY ? 0 : status;
}
