// SPDX-License-Identifier: GPL-2.0
/*
 * famfs-poke: one system call or one access at a time, for the scenarios.
 *
 * Every subcommand prints what happened and exits with 0, or prints the errno's
 * name and exits with 1.
 */
#include <stdio.h>
#include <string.h>

#include "poke.h"

/* errno NAME: its message, as programs other than this one print it */
static int cmd_errno(int argc, char **argv)
{
	const char *name;
	int err;

	if (argc != 2)
		fail_say("usage: errno NAME");
	for (err = 1; err < 200; err++) {
		name = strerrorname_np(err);
		if (name && !strcmp(name, argv[1])) {
			puts(strerror(err));
			return 0;
		}
	}
	fail_say("no errno is called %s", argv[1]);
}

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "errno", cmd_errno },
	{ "map", cmd_map },
	{ "map-bad-pointer", cmd_map_bad_pointer },
	{ "get", cmd_get },
	{ "map2", cmd_map2 },
	{ "get2", cmd_get2 },
	{ "getext", cmd_getext },
	{ "nop", cmd_nop },
	{ "ioctl", cmd_ioctl },
	{ "ioctl32", cmd_ioctl32 },
	{ "fill", cmd_fill },
	{ "verify", cmd_verify },
	{ "read", cmd_read },
	{ "write", cmd_write },
	{ "half-buffer", cmd_half_buffer },
	{ "append", cmd_append },
	{ "fsync", cmd_fsync },
	{ "open-trunc", cmd_open_trunc },
	{ "truncate", cmd_truncate },
	{ "ftruncate", cmd_ftruncate },
	{ "fallocate", cmd_fallocate },
	{ "posix-fallocate", cmd_posix_fallocate },
	{ "store-race", cmd_store_race },
	{ "advise", cmd_advise },
	{ "stores", cmd_stores },
	{ "features", cmd_features },
	{ "futex", cmd_futex },
	{ "futex-left", cmd_futex_left },
	{ "mmap", cmd_mmap },
	{ "cachestat", cmd_cachestat },
	{ "touch", cmd_touch },
	{ "cat", cmd_cat },
	{ "view", cmd_view },
	{ "private", cmd_private },
	{ "guard", cmd_guard },
	{ "store-first", cmd_store_first },
	{ "word", cmd_word },
	{ "poison", cmd_poison },
	{ "uring-buffer", cmd_uring_buffer },
	{ "stopped", cmd_stopped },
	{ "uring-nowait", cmd_uring_nowait },
	{ "nowait", cmd_nowait },
	{ "copy", cmd_copy },
	{ "seek", cmd_seek },
	{ "direct", cmd_direct },
	{ "ptrace", cmd_ptrace },
	{ "remote-copy", cmd_remote_copy },
	{ "kernel-store", cmd_kernel_store },
	{ "areas", cmd_areas },
	{ "core", cmd_core },
	{ "contains", cmd_contains },
	{ "times", cmd_times },
	{ "hold", cmd_hold },
	{ "vfio", cmd_vfio },
	{ "device-cgroup", cmd_device_cgroup },
	{ "mount", cmd_mount },
	{ "contexts", cmd_contexts },
	{ "remount", cmd_remount },
	{ "statfs", cmd_statfs },
	{ "idmap", cmd_idmap },
	{ "tmpfile", cmd_tmpfile },
	{ "files", cmd_files },
	{ "reads", cmd_reads },
	{ "faults", cmd_faults },
	{ "nomem", cmd_nomem },
	{ "journal", cmd_journal },
	{ "journal-check", cmd_journal_check },
	{ "race", cmd_race },
	{ "fuzz-ioctl", cmd_fuzz_ioctl },
	{ "written", cmd_written },
	{ "fuzz-mm", cmd_fuzz_mm },
	{ "pins", cmd_pins },
	{ }
};

int main(int argc, char **argv)
{
	const struct command *c;

	for (c = commands; argc > 1 && c->name; c++)
		if (!strcmp(c->name, argv[1]))
			return c->run(argc - 1, argv + 1);
	fail_say("famfs-poke: no such command: %s", argc > 1 ? argv[1] : "");
}
