// SPDX-License-Identifier: GPL-2.0
/* famfs-mini: install and show the maps of famfs files. */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include <linux/famfs_extent.h>

#include "commands.h"
#include "utils.h"

static const char usage[] =
	"famfs-mini COMMAND [ARGUMENT...]\n";

static const char help[] =
	"\n"
	"Install and show the maps of famfs files.\n"
	"\n"
	"  mapfile   install every map of a map file\n"
	"  show      print the map of a file\n"
	"  check     validate map files without a kernel\n"
	"\n"
	"  -h, --help     this help; 'famfs-mini COMMAND --help' for a command\n"
	"  -V, --version  the version of the program and of the kernel interface\n"
	"\n"
	"Exit status: 0 all done, 1 a file or an entry failed, 2 wrong usage.\n";

static const struct {
	const char *name;
	char *title;		/* for getopt's messages */
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "mapfile", "famfs-mini mapfile", cmd_mapfile },
	{ "show", "famfs-mini show", cmd_show },
	{ "check", "famfs-mini check", cmd_check },
};

static int run_command(int argc, char **argv)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (strcmp(commands[i].name, argv[0]))
			continue;
		argv[0] = commands[i].title;
		optind = 0;	/* start getopt again */
		return commands[i].run(argc, argv);
	}
	fprintf(stderr, "famfs-mini: there is no command '%s'\n", argv[0]);
	return usage_error("", usage);
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{}
	};

	switch (getopt_long(argc, argv, "+hV", options, NULL)) {
	case -1:
		break;
	case 'h':
		printf("usage: %s%s", usage, help);
		return STATUS_OK;
	case 'V':
		printf("famfs-mini %s, interface %d\n", VERSION,
		       FAMFS_KABI_VERSION);
		return STATUS_OK;
	default:
		return usage_error("", usage);
	}
	if (optind == argc)
		return usage_error("", usage);
	return run_command(argc - optind, argv + optind);
}

int main(int argc, char **argv)
{
	int status = run(argc, argv);

	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "famfs-mini: cannot write the output: %s\n",
			strerror(errno));
		return STATUS_FAILED;
	}
	return status;
}
