// SPDX-License-Identifier: GPL-2.0
/* Idmapped mounts, which mount(8) makes from util-linux 2.39 on. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "poke.h"

/* A process in a user namespace of its own, which waits to be killed. */
static pid_t namespaced_child(void)
{
	int ready[2];
	char c;
	pid_t pid;

	if (pipe(ready))
		fail("pipe");
	pid = fork();
	if (pid < 0)
		fail("fork");
	if (!pid) {
		if (unshare(CLONE_NEWUSER))
			fail("unshare");
		if (write(ready[1], "", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	close(ready[1]);
	if (read(ready[0], &c, 1) != 1)
		fail_say("no user namespace");
	close(ready[0]);
	return pid;
}

static void write_map(pid_t pid, const char *name, const char *map)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open_file(path, O_WRONLY);
	if (dprintf(fd, "%s", map) < 0)
		fail(path);
	close(fd);
}

static int namespace_with(const char *map)
{
	pid_t pid = namespaced_child();
	char path[64];
	int fd;

	write_map(pid, "uid_map", map);
	write_map(pid, "gid_map", map);
	snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
	fd = open_file(path, O_RDONLY | O_CLOEXEC);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return fd;
}

/*
 * idmap DIR TARGET "IN_FILES SEEN COUNT": mount DIR on TARGET again, where users and
 * groups of the files are seen with other numbers
 */
int cmd_idmap(int argc, char **argv)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP };
	int tree;

	if (argc != 4)
		fail_say("usage: idmap DIR TARGET 'IN_FILES SEEN COUNT'");
	attr.userns_fd = namespace_with(argv[3]);
	tree = open_tree(AT_FDCWD, argv[1], OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (tree < 0)
		fail("open_tree");
	if (mount_setattr(tree, "", AT_EMPTY_PATH, &attr, sizeof(attr)))
		fail("mount_setattr");
	if (move_mount(tree, "", AT_FDCWD, argv[2], MOVE_MOUNT_F_EMPTY_PATH))
		fail("move_mount");
	return 0;
}

/* tmpfile DIR NAME: a file without a name, which then gets NAME */
int cmd_tmpfile(int argc, char **argv)
{
	char path[32];
	int fd;

	if (argc != 3)
		fail_say("usage: tmpfile DIR NAME");
	fd = open(argv[1], O_TMPFILE | O_RDWR, 0600);
	if (fd < 0)
		fail("open");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (linkat(AT_FDCWD, path, AT_FDCWD, argv[2], AT_SYMLINK_FOLLOW))
		fail("linkat");
	return 0;
}
