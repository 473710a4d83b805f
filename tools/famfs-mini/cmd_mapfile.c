// SPDX-License-Identifier: GPL-2.0
/* famfs-mini mapfile: install every map of a map file. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "commands.h"
#include "devices.h"
#include "install.h"
#include "kmap.h"

static const char usage[] =
	"famfs-mini mapfile [--root DIR] [--dry-run] [--] FILE...\n";

static const char help[] =
	"\n"
	"Install every map of map files (\"-\": standard input). Nothing is touched\n"
	"before all of them have been found valid.\n"
	"\n"
	"  -r, --root DIR  the famfs mount point (default: the current directory)\n"
	"  -n, --dry-run   tell what would be done, and do nothing\n"
	"  -h, --help      this help\n";

/**
 * struct device_limits - what is known of a mount's devices
 * @nr: their number
 * @size: at most so many bytes each; statfs(2) tells the sum
 */
struct device_limits {
	u32 nr;
	u64 size;
};

/* An open famfs directory and the limits of the memory devices below it. */
static int open_root(const char *name, struct device_limits *devices)
{
	struct statfs fs;
	u32 nr;
	int root;

	root = open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0 || fstatfs(root, &fs)) {
		fprintf(stderr, "%s: %s\n", name, strerror(errno));
		goto fail;
	}
	if (!on_famfs(root)) {
		fprintf(stderr, "%s: not a famfs mount\n", name);
		goto fail;
	}
	nr = count_devices(root);
	if (!nr || nr > FAMFS_MAX_DEVICES) {
		fprintf(stderr, "%s: cannot find its mount options: %s\n", name,
			nr ? "too many devices" : strerror(errno));
		goto fail;
	}
	devices->nr = nr;
	if (__builtin_mul_overflow((u64)fs.f_blocks, (u64)fs.f_bsize,
				   &devices->size))
		devices->size = U64_MAX;
	return root;

fail:
	if (root >= 0)
		close(root);
	return -1;
}

static void validate(struct map_set *set, const struct device_limits *devices)
{
	u64 sizes[FAMFS_MAX_DEVICES];
	const struct famfs_limits limits = {
		.max_extents = FAMFS_MAP_MAX_EXTENTS,
		.nr_devices = devices->nr,
		.device_size = sizes,
	};
	u32 i;

	for (i = 0; i < devices->nr; i++)
		sizes[i] = devices->size;
	map_set_validate(set, &limits);
	map_set_check_paths(set);
	map_set_check_overlaps(set);
}

static void preview_all(struct map_set *set, int root)
{
	const struct map_entry *entry;
	size_t i;

	for (i = 0; i < set->nr; i++) {
		entry = &set->entries[i];
		switch (install_preview(set, entry, root)) {
		case INSTALL_DONE:
			printf("%s: would be installed\n", entry->label);
			break;
		case INSTALL_PRESENT:
			printf("%s: is already there\n", entry->label);
			break;
		case INSTALL_FAILED:
			break;
		}
	}
}

/* An entry is installed whole even when somebody presses Ctrl-C. */
static enum install_result install_undisturbed(struct map_set *set,
					       const struct map_entry *entry,
					       int root)
{
	enum install_result result;
	sigset_t block, old;

	sigemptyset(&block);
	sigaddset(&block, SIGINT);
	sigaddset(&block, SIGTERM);
	sigaddset(&block, SIGHUP);
	sigprocmask(SIG_BLOCK, &block, &old);
	result = install_entry(set, entry, root);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return result;
}

/* Stops at the first refusal. */
static void install_all(struct map_set *set, int root)
{
	enum install_result result = INSTALL_DONE;
	size_t i, done[INSTALL_FAILED + 1] = {};

	for (i = 0; i < set->nr && result != INSTALL_FAILED; i++) {
		result = install_undisturbed(set, &set->entries[i], root);
		done[result]++;
	}
	printf("installed %zu of %zu", done[INSTALL_DONE], set->nr);
	if (done[INSTALL_PRESENT])
		printf(", %zu already there", done[INSTALL_PRESENT]);
	putchar('\n');
}

static int map_files(char **names, const char *root_name, bool dry_run)
{
	struct device_limits devices = { .nr = 1, .size = U64_MAX };
	struct map_set set = {};
	int root;

	root = open_root(root_name, &devices);
	if (root < 0)
		set.errors++;
	for (; *names; names++)
		map_set_load(&set, *names);
	validate(&set, &devices);
	if (set.errors)
		fputs("famfs-mini: nothing was installed\n", stderr);
	else if (dry_run)
		preview_all(&set, root);
	else
		install_all(&set, root);
	if (root >= 0)
		close(root);
	map_set_free(&set);
	return set.errors ? STATUS_FAILED : STATUS_OK;
}

int cmd_mapfile(int argc, char **argv)
{
	static const struct option options[] = {
		{ "root", required_argument, NULL, 'r' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{}
	};
	const char *root = ".";
	bool dry_run = false;
	int option;

	while ((option = getopt_long(argc, argv, "r:nh", options, NULL)) != -1) {
		switch (option) {
		case 'r':
			root = optarg;
			break;
		case 'n':
			dry_run = true;
			break;
		case 'h':
			printf("usage: %s%s", usage, help);
			return STATUS_OK;
		default:
			return usage_error("mapfile ", usage);
		}
	}
	if (optind == argc)
		return usage_error("mapfile ", usage);
	umask(0);	/* modes are given in full */
	return map_files(argv + optind, root, dry_run);
}
