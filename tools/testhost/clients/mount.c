// SPDX-License-Identifier: GPL-2.0
/*
 * Mounting as mount(8) of util-linux 2.39 and later does it: with a file system
 * context, whose log says why a mount was refused.  Earlier ones, Debian 12's
 * among them, use mount(2), and the reason goes to the kernel log.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "poke.h"

/* Print the context's log and exit, with the errno of the step that failed. */
static void refuse(int ctx, const char *step)
{
	char message[512];
	int err = errno;
	ssize_t n;

	while ((n = read(ctx, message, sizeof(message) - 1)) > 0) {
		message[n] = '\0';
		printf("%s\n", message);
	}
	errno = err;
	fail(step);
}

static void set_option(int ctx, char *option)
{
	char *value = strchr(option, '=');
	int ret;

	if (value) {
		*value = '\0';
		ret = fsconfig(ctx, FSCONFIG_SET_STRING, option, value + 1, 0);
		*value = '=';
	} else {
		ret = fsconfig(ctx, FSCONFIG_SET_FLAG, option, NULL, 0);
	}
	if (ret)
		refuse(ctx, option);
}

/* mount SOURCE DIR [OPTION...]: SOURCE "" gives none */
int cmd_mount(int argc, char **argv)
{
	int ctx, mnt, i;

	if (argc < 3)
		fail_say("usage: mount SOURCE DIR [OPTION...]");
	ctx = fsopen("famfs", FSOPEN_CLOEXEC);
	if (ctx < 0)
		fail("fsopen");
	if (argv[1][0] &&
	    fsconfig(ctx, FSCONFIG_SET_STRING, "source", argv[1], 0))
		refuse(ctx, "source");
	for (i = 3; i < argc; i++)
		set_option(ctx, argv[i]);
	if (fsconfig(ctx, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		refuse(ctx, "create");
	mnt = fsmount(ctx, FSMOUNT_CLOEXEC, 0);
	if (mnt < 0)
		refuse(ctx, "fsmount");
	if (move_mount(mnt, "", AT_FDCWD, argv[2], MOVE_MOUNT_F_EMPTY_PATH))
		fail("move_mount");
	return 0;
}

/*
 * contexts NR [OPTION...] -- COMMAND...: run a command that has NR mounts open which
 * were given options, and were not made
 */
int cmd_contexts(int argc, char **argv)
{
	int nr, ctx, i;

	for (i = 2; i < argc - 1 && strcmp(argv[i], "--"); i++)
		;
	if (i >= argc - 1)
		fail_say("usage: contexts NR [OPTION...] -- COMMAND...");
	argc = i;
	for (nr = number(argv[1]); nr; nr--) {
		ctx = fsopen("famfs", 0);
		if (ctx < 0)
			fail("fsopen");
		for (i = 2; i < argc; i++)
			set_option(ctx, argv[i]);
	}
	execvp(argv[argc + 1], argv + argc + 1);
	fail("execvp");
	return 1;
}

/* remount DIR [OPTION...]: with these options and no others */
int cmd_remount(int argc, char **argv)
{
	int ctx, i;

	if (argc < 2)
		fail_say("usage: remount DIR [OPTION...]");
	ctx = fspick(AT_FDCWD, argv[1], FSPICK_CLOEXEC);
	if (ctx < 0)
		fail("fspick");
	for (i = 2; i < argc; i++)
		set_option(ctx, argv[i]);
	if (fsconfig(ctx, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0))
		refuse(ctx, "reconfigure");
	return 0;
}

/* statfs DIR: magic, block size, bytes in all and bytes free */
int cmd_statfs(int argc, char **argv)
{
	struct statfs st;

	if (argc != 2)
		fail_say("usage: statfs DIR");
	if (statfs(argv[1], &st))
		fail("statfs");
	printf("magic=0x%lx bsize=%ld bytes=%lu free=%lu\n",
	       (unsigned long)st.f_type, (long)st.f_bsize,
	       st.f_blocks * st.f_bsize, st.f_bfree * st.f_bsize);
	return 0;
}
