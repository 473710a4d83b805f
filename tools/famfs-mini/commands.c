// SPDX-License-Identifier: GPL-2.0
/* The commands. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "famfs-mini.h"

static int status(void)
{
	return nr_errors ? STATUS_FAILED : STATUS_OK;
}

/* No mount says how many devices there are; none has more than these. */
int cmd_check(char **names, const struct settings *settings)
{
	struct list entries = {};

	for (; *names; names++)
		entries_load(&entries, *names);
	entries_validate(&entries, FAMFS_MAX_DEVICES, settings->size);
	if (nr_errors)
		printf("%zu error%s\n", nr_errors, nr_errors == 1 ? "" : "s");
	else
		printf("%u file%s, no errors\n", entries.nr,
		       entries.nr == 1 ? "" : "s");
	entries_free(&entries);
	return status();
}

/*
 * An open famfs directory, and what is known of the mount's devices: their number,
 * and that none is larger than their sum, which statfs(2) tells.
 */
static int open_root(const char *name, u32 *nr_devices, u64 *device_size)
{
	int root = open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct devices devices;
	struct statfs fs;

	if (root < 0 || fstatfs(root, &fs)) {
		fail("%s: %s", name, strerror(errno));
	} else if (!on_famfs(root)) {
		fail("%s: not a famfs mount", name);
	} else if (!devices_find(&devices, root)) {
		fail("%s: cannot find its mount options: %s", name,
		     errno == E2BIG ? "too many devices" : strerror(errno));
	} else {
		*nr_devices = devices.nr;
		free(devices.line);
		if (__builtin_mul_overflow((u64)fs.f_blocks, (u64)fs.f_bsize,
					   device_size))
			*device_size = U64_MAX;
	}
	return root;
}

static void preview_all(const struct list *entries, int root)
{
	const struct map_entry *entry = entries->at;
	static const char * const verdicts[] = {
		[INSTALL_DONE] = "would be installed",
		[INSTALL_PRESENT] = "is already there",
	};
	enum install_result result;
	u32 i;

	for (i = 0; i < entries->nr; i++, entry++) {
		result = install_preview(entry, root);
		if (result != INSTALL_FAILED)
			printf("%s: %s\n", entry->label, verdicts[result]);
	}
}

/* Stops at the first refusal. */
static void install_all(const struct list *entries, int root)
{
	const struct map_entry *entry = entries->at;
	u32 i, done[INSTALL_FAILED + 1] = {};
	sigset_t block, old;

	sigemptyset(&block);
	sigaddset(&block, SIGINT);
	sigaddset(&block, SIGTERM);
	sigaddset(&block, SIGHUP);
	for (i = 0; i < entries->nr && !done[INSTALL_FAILED]; i++, entry++) {
		/* It is installed whole even when somebody presses Ctrl-C. */
		sigprocmask(SIG_BLOCK, &block, &old);
		done[install_entry(entry, root)]++;
		sigprocmask(SIG_SETMASK, &old, NULL);
	}
	printf("installed %u of %u", done[INSTALL_DONE], entries->nr);
	if (done[INSTALL_PRESENT])
		printf(", %u already there", done[INSTALL_PRESENT]);
	putchar('\n');
}

int cmd_mapfile(char **names, const struct settings *settings)
{
	u64 device_size = U64_MAX;
	struct list entries = {};
	u32 nr_devices = 1;
	int root;

	umask(0);	/* modes are given in full */
	root = open_root(settings->root, &nr_devices, &device_size);
	for (; *names; names++)
		entries_load(&entries, *names);
	entries_validate(&entries, nr_devices, device_size);
	if (nr_errors)
		fputs("famfs-mini: nothing was installed\n", stderr);
	else if (settings->dry_run)
		preview_all(&entries, root);
	else
		install_all(&entries, root);
	if (root >= 0)
		close(root);
	entries_free(&entries);
	return status();
}

/*
 * The part of an absolute path without symbolic links that lies below the
 * mount point, or its last component if the file itself is a mount point.
 */
static char *below_mount(char *path)
{
	char *slash = strrchr(path, '/'), *cut = slash;
	u64 mount, id;
	bool same;

	if (!mount_id(AT_FDCWD, path, &mount))
		return NULL;
	while (slash) {
		*slash = '\0';
		same = mount_id(AT_FDCWD, *path ? path : "/", &id) && id == mount;
		*slash = '/';
		if (!same)
			break;
		cut = slash;
		slash = memrchr(path, '/', slash - path);
	}
	return cut + 1;
}

static void print_map(int fd, char *path, const struct stat *st,
		      const struct famfs_map *map, bool json)
{
	struct map_file file;

	map_file_fill(&file, map);
	file.path = path;
	file.mode = st->st_mode & 07777;
	file.uid = st->st_uid;
	file.gid = st->st_gid;
	fputs(json ? "  {" : "---\nfile:\n  ", stdout);
	map_file_print(&file, json);
	fputs(json ? "" : "\n", stdout);
	print_poison(fd, map, json);
	fputs(json ? "}" : "", stdout);
	file.path = NULL;
	map_file_free(&file);
}

/* Print the map that was found, unless its path cannot be printed. */
static bool show_map(int fd, const char *name, const struct stat *st,
		     const struct famfs_map *map, bool json, bool first)
{
	char *full = realpath(name, NULL);
	char *path = full ? below_mount(full) : NULL;
	char shown[PRINTABLE_SIZE];
	bool good = false;

	if (!path) {
		fail("%s: cannot find its mount point: %s", name, strerror(errno));
	} else if (!valid_utf8(path)) {
		fail("%s: the path is not UTF-8", name);
	} else if (!json && path_problem(path)) {
		fail("%s: no map file can name it: %s",
		     printable(shown, sizeof(shown), name), path_problem(path));
	} else {
		if (json)
			fputs(first ? "\n" : ",\n", stdout);
		print_map(fd, path, st, map, json);
		good = true;
	}
	free(full);
	return good;
}

/* What kmap_get() means by its errno. */
static const char *get_hint(void)
{
	return errno == EINVAL ? " (the file has no map)" :
	       errno == EOVERFLOW ?
	       " (the map has more extents than this version can read)" : "";
}

static bool show(const char *name, bool json, bool first)
{
	int fd = open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct famfs_map *map = NULL;
	bool shown = false;
	struct stat st;

	if (fd < 0 || fstat(fd, &st)) {
		fail("%s: %s", name, strerror(errno));
	} else if (!on_famfs(fd)) {
		fail("%s: not on famfs", name);
	} else if (!S_ISREG(st.st_mode)) {
		fail("%s: not a regular file", name);
	} else {
		map = kmap_get(fd);
		if (map)
			shown = show_map(fd, name, &st, map, json, first);
		else
			fail("%s: cannot get the map: %s%s", name, strerror(errno),
			     get_hint());
	}
	famfs_map_free(map);
	if (fd >= 0)
		close(fd);
	return shown;
}

int cmd_show(char **names, const struct settings *settings)
{
	bool any = false;

	if (settings->json)
		putchar('[');
	for (; *names; names++)
		any |= show(*names, settings->json, !any);
	if (settings->json)
		printf("%s]\n", any ? "\n" : "");
	return status();
}
