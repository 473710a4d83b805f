// SPDX-License-Identifier: GPL-2.0
/* famfs-mini check: validate map files without a kernel. */
#include <getopt.h>

#include "commands.h"
#include "mapfile.h"

static const char usage[] =
	"famfs-mini check [--size BYTES[K|M|G|T]] [--] FILE...\n";

static const char help[] =
	"\n"
	"Validate map files (\"-\": standard input) without a kernel: the syntax,\n"
	"each file's map, and that no two files share a path or a byte of a device.\n"
	"\n"
	"  -s, --size BYTES  size of each memory device (default: unlimited)\n"
	"  -h, --help        this help\n";

static int check_files(char **names, u64 device_size)
{
	/* No mount says how many there are; none has more than these. */
	u64 sizes[FAMFS_MAX_DEVICES];
	struct famfs_limits limits = {
		.max_extents = FAMFS_MAP_MAX_EXTENTS,
		.nr_devices = FAMFS_MAX_DEVICES,
		.device_size = sizes,
	};
	struct map_set set = {};
	size_t i;

	for (i = 0; i < FAMFS_MAX_DEVICES; i++)
		sizes[i] = device_size;
	for (; *names; names++)
		map_set_load(&set, *names);
	map_set_validate(&set, &limits);
	map_set_check_paths(&set);
	map_set_check_overlaps(&set);
	if (set.errors)
		printf("%zu error%s\n", set.errors, set.errors == 1 ? "" : "s");
	else
		printf("%zu file%s, no errors\n", set.nr,
		       set.nr == 1 ? "" : "s");
	map_set_free(&set);
	return set.errors ? STATUS_FAILED : STATUS_OK;
}

int cmd_check(int argc, char **argv)
{
	static const struct option options[] = {
		{ "size", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{}
	};
	u64 size = U64_MAX;
	int option;

	while ((option = getopt_long(argc, argv, "s:h", options, NULL)) != -1) {
		switch (option) {
		case 's':
			if (parse_size(optarg, &size))
				break;
			fprintf(stderr, "famfs-mini check: '%s' is not a size\n",
				optarg);
			return usage_error("check ", usage);
		case 'h':
			printf("usage: %s%s", usage, help);
			return STATUS_OK;
		default:
			return usage_error("check ", usage);
		}
	}
	if (optind == argc)
		return usage_error("check ", usage);
	return check_files(argv + optind, size);
}
