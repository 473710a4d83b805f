// SPDX-License-Identifier: GPL-2.0
/* famfs-mini: install and show the maps of famfs files. */
#include <getopt.h>

#include "famfs-mini.h"

struct command {
	const char *name;
	const char *letters;	/* of its options, for getopt */
	struct option options[4];
	void (*run)(char **names, const struct settings *settings);
	const char *usage, *help;
};

#define HELP { "help", no_argument, NULL, 'h' }
static const struct command commands[] = {
	{ "", "+hV", { HELP, { "version", no_argument, NULL, 'V' } }, NULL,
	  "famfs-mini COMMAND [ARGUMENT...]\n",
	  "Install and show the maps of famfs files.\n\n"
	  "  mapfile   install every map of a map file\n"
	  "  show      print the map of a file\n"
	  "  check     validate map files without a kernel\n\n"
	  "  -h, --help     this help; 'famfs-mini COMMAND --help' for a command\n"
	  "  -V, --version  the version of the program and of the kernel interface\n\n"
	  "Exit status: 0 all done, 1 a file or an entry failed, 2 wrong usage.\n" },
	{ "mapfile", "r:nh",
	  { { "root", required_argument, NULL, 'r' },
	    { "dry-run", no_argument, NULL, 'n' }, HELP }, cmd_mapfile,
	  "famfs-mini mapfile [--root DIR] [--dry-run] [--] FILE...\n",
	  "Install every map of map files (\"-\": standard input). Nothing is touched\n"
	  "before all of them have been found valid.\n\n"
	  "  -r, --root DIR  the famfs mount point (default: the current directory)\n"
	  "  -n, --dry-run   tell what would be done, and do nothing\n"
	  "  -h, --help      this help\n" },
	{ "show", "jh", { { "json", no_argument, NULL, 'j' }, HELP }, cmd_show,
	  "famfs-mini show [--json] [--] PATH...\n",
	  "Print the maps of famfs files, in the format of map files.\n\n"
	  "  -j, --json  print a JSON array with an object for each file\n"
	  "  -h, --help  this help\n" },
	{ "check", "s:h", { { "size", required_argument, NULL, 's' }, HELP }, cmd_check,
	  "famfs-mini check [--size BYTES[K|M|G|T]] [--] FILE...\n",
	  "Validate map files (\"-\": standard input) without a kernel: the syntax,\n"
	  "each file's map, and that no two files share a path or a byte of a device.\n\n"
	  "  -s, --size BYTES  size of each memory device (default: unlimited)\n"
	  "  -h, --help        this help\n" },
};

static void __attribute__((noreturn)) usage_error(const struct command *command)
{
	fprintf(stderr, "usage: %sTry 'famfs-mini %s%s--help'.\n", command->usage,
		command->name, *command->name ? " " : "");
	exit(2);	/* EXIT_FAILURE is for a file or an entry that failed */
}

/* Whether the options, up to optind, leave something to do. */
static bool parse_options(const struct command *command, int argc, char **argv,
			  struct settings *settings)
{
	int option;

	optind = 0;	/* start getopt again */
	while ((option = getopt_long(argc, argv, command->letters, command->options,
				     NULL)) != -1) {
		switch (option) {
		case 'r':
			settings->root = optarg;
			break;
		case 'n':
			settings->dry_run = true;
			break;
		case 'j':
			settings->json = true;
			break;
		case 's':
			if (parse_size(optarg, &settings->size))
				break;
			fail("famfs-mini check: '%s' is not a size", optarg);
			usage_error(command);
		case 'h':
			printf("usage: %s\n%s", command->usage, command->help);
			return false;
		case 'V':
			printf("famfs-mini %s, interface %d\n", VERSION,
			       FAMFS_KABI_VERSION);
			return false;
		default:
			usage_error(command);
		}
	}
	if (optind == argc)
		usage_error(command);
	return true;
}

int main(int argc, char **argv)
{
	struct settings settings = { .root = ".", .size = U64_MAX };
	const struct command *command = commands + ARRAY_SIZE(commands) - 1;
	char title[32];		/* for getopt's messages */

	/* No file becomes what messages are written to, where that was closed. */
	for (int fd = 0; fd >= 0 && fd <= STDERR_FILENO;)
		fd = open("/", O_PATH | O_CLOEXEC);
	if (parse_options(commands, argc, argv, &settings)) {
		argc -= optind;
		argv += optind;
		while (command > commands && strcmp(command->name, argv[0]))
			command--;
		if (command == commands) {
			fail("famfs-mini: there is no command '%s'", argv[0]);
			usage_error(command);
		}
		snprintf(title, sizeof(title), "famfs-mini %s", argv[0]);
		argv[0] = title;
		if (parse_options(command, argc, argv, &settings))
			command->run(argv + optind, &settings);
	}
	if (fflush(stdout) || ferror(stdout))
		fail("famfs-mini: cannot write the output: %m");
	return nr_errors ? EXIT_FAILURE : EXIT_SUCCESS;
}
