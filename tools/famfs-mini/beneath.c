// SPDX-License-Identifier: GPL-2.0
/*
 * Paths below a directory that they cannot leave: neither by "..", nor by a
 * symbolic link, nor into another mount.
 *
 * A close(2) that succeeds, and free(3), leave errno as it is.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "famfs-mini.h"

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

/* Like unlinkat(2). */
int beneath_unlink(int root, const char *path, int flags)
{
	const char *slash = strrchr(path, '/');
	char *parent = or_die(slash ? strndup(path, slash - path) : strdup("."));
	int fd = beneath_open(root, parent, O_PATH | O_DIRECTORY, 0);
	int status = -1;

	if (fd >= 0) {
		status = unlinkat(fd, slash ? slash + 1 : path, flags);
		close(fd);
	}
	free(parent);
	return status;
}

/* Go from @*dir into a directory of it.  1 if it was made, 0 if not, -1 and errno. */
static int enter(int *dir, const char *name)
{
	int made = !mkdirat(*dir, name, 0755), next;

	/* Others may make it, too, at the same time. */
	if (!made && errno != EEXIST)
		return -1;
	next = beneath_open(*dir, name, O_PATH | O_DIRECTORY, 0);
	if (next < 0)
		return -1;
	close(*dir);
	*dir = next;
	return made;
}

/*
 * Make the directories on the way to @path that are missing.  @made becomes
 * the length of the first one's path, or 0 if there was none to make; also on
 * failure, so that beneath_remove_parents() can undo what was done.
 */
int beneath_make_parents(int root, const char *path, size_t *made)
{
	char *copy = or_die(strdup(path)), *name = copy, *slash;
	int status = 0, dir = beneath_open(root, ".", O_PATH | O_DIRECTORY, 0);

	*made = 0;
	while (dir >= 0 && status >= 0 && (slash = strchr(name, '/'))) {
		*slash = '\0';
		status = enter(&dir, name);
		if (status > 0 && !*made)
			*made = slash - copy;
		name = slash + 1;
	}
	if (dir >= 0)
		close(dir);
	free(copy);
	return dir < 0 || status < 0 ? -1 : 0;
}

/*
 * Remove the directories that beneath_make_parents() made, deepest first.
 * One that is not there, because making it failed, is none to remove; and one in
 * which others have put something by now stays.
 */
int beneath_remove_parents(int root, const char *path, size_t made)
{
	char *parent = or_die(strdup(path)), *slash;
	int status = 0;

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
