// SPDX-License-Identifier: GPL-2.0
/* The commands. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "famfs-mini.h"

static void load(struct list *files, char **names)
{
	for (; *names; names++)
		map_files_load(files, *names);
}

static int unload(struct list *files)
{
	struct map_file *file = files->at;
	u32 i;

	for (i = 0; i < files->nr; i++)
		map_file_free(&file[i]);
	free(files->at);
	return nr_errors ? STATUS_FAILED : STATUS_OK;
}

/* No mount says how many devices there are; none has more than these. */
int cmd_check(char **names, const struct settings *settings)
{
	struct list files = {};

	load(&files, names);
	map_files_validate(&files, FAMFS_MAX_DEVICES, settings->size);
	if (nr_errors)
		printf("%zu error%s\n", nr_errors, nr_errors == 1 ? "" : "s");
	else
		printf("%u file%s, no errors\n", files.nr, files.nr == 1 ? "" : "s");
	return unload(&files);
}

/*
 * An open famfs directory, and what is known of the mount's devices: their number,
 * and that none is larger than their sum, which statfs(2) tells.
 */
static int open_root(const char *name, u32 *nr_devices, u64 *device_size)
{
	int root = open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct mount mount = {};
	struct statfs fs;

	if (root < 0 || fstatfs(root, &fs)) {
		fail("%s: %m", name);
	} else if (!on_famfs(root)) {
		fail("%s: not a famfs mount", name);
	} else if (!mount_find(&mount, root)) {
		fail("%s: cannot find its mount options: %m", name);
	} else {
		*nr_devices = mount.nr_devices;
		if (__builtin_mul_overflow((u64)fs.f_blocks, (u64)fs.f_bsize,
					   device_size))
			*device_size = U64_MAX;
	}
	free(mount.line);
	return root;
}

/* Stops at the first refusal; a preview tells of all. */
static void install_all(const struct list *files, int root, bool dry_run)
{
	static const char * const verdicts[] = {
		[INSTALL_DONE] = "would be installed",
		[INSTALL_PRESENT] = "is already there",
	};
	u32 i, done[INSTALL_FAILED + 1] = {};
	const struct map_file *file = files->at;
	enum install_result result;
	sigset_t block, old;

	sigfillset(&block);
	for (i = 0; i < files->nr && (dry_run || !done[INSTALL_FAILED]); i++, file++) {
		/* It is installed whole even when somebody presses Ctrl-C. */
		sigprocmask(SIG_BLOCK, &block, &old);
		result = install(file, root, dry_run);
		sigprocmask(SIG_SETMASK, &old, NULL);
		done[result]++;
		if (dry_run && result != INSTALL_FAILED)
			printf("%s: %s\n", file->label, verdicts[result]);
	}
	if (dry_run)
		return;
	printf("installed %u of %u", done[INSTALL_DONE], files->nr);
	if (done[INSTALL_PRESENT])
		printf(", %u already there", done[INSTALL_PRESENT]);
	putchar('\n');
}

int cmd_mapfile(char **names, const struct settings *settings)
{
	u64 device_size = U64_MAX;
	struct list files = {};
	struct rlimit limit;
	u32 nr_devices = 1;
	int root;

	umask(0);	/* modes are given in full */
	/* All directories of a path are open at once, and there may be 2,047. */
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	root = open_root(settings->root, &nr_devices, &device_size);
	load(&files, names);
	map_files_validate(&files, nr_devices, device_size);
	if (nr_errors)
		fputs("famfs-mini: nothing was installed\n", stderr);
	else
		install_all(&files, root, settings->dry_run);
	if (root >= 0)
		close(root);
	return unload(&files);
}

/*
 * The part of an absolute path without symbolic links that lies below the mount point,
 * or its last component if the file itself is a mount point.
 */
static const char *below_mount(const char *path, const char *mount_point)
{
	size_t length = strcmp(mount_point, "/") ? strlen(mount_point) : 0;

	return path[length] ? path + length + 1 : strrchr(path, '/') + 1;
}

/* Print the map that was found, unless its path cannot be printed. */
static bool show_map(int fd, const char *name, struct map_file *file, bool json,
		     bool first)
{
	char *full = realpath(name, NULL), shown[PRINTABLE_SIZE];
	struct mount mount = {};
	bool good = false;

	if (full && mount_find(&mount, fd))
		file->path = or_die(strdup(below_mount(full, mount.directory)));
	if (!file->path) {
		fail("%s: cannot find its mount point: %m", name);
	} else if (!valid_utf8(file->path)) {
		fail("%s: the path is not UTF-8", name);
	} else if (!json && path_problem(file->path)) {
		fail("%s: no map file can name it: %s",
		     printable(shown, sizeof(shown), name), path_problem(file->path));
	} else {
		fputs(!json ? "---\nfile:\n  " : first ? "\n  {" : ",\n  {", stdout);
		map_file_print(file, json);
		fputs(json ? "" : "\n", stdout);
		print_poison(&mount, file->map, json);
		fputs(json ? "}" : "", stdout);
		good = true;
	}
	free(mount.line);
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
	struct map_file file = {};
	bool shown = false;
	struct stat st;

	if (fd < 0 || fstat(fd, &st)) {
		fail("%s: %m", name);
	} else if (!on_famfs(fd)) {
		fail("%s: not on famfs", name);
	} else if (!S_ISREG(st.st_mode)) {
		fail("%s: not a regular file", name);
	} else if (!kmap_get(fd, &file)) {
		fail("%s: cannot get the map: %m%s", name, get_hint());
	} else {
		file.mode = st.st_mode & 07777;
		file.uid = st.st_uid;
		file.gid = st.st_gid;
		shown = show_map(fd, name, &file, json, first);
	}
	map_file_free(&file);
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
	return nr_errors ? STATUS_FAILED : STATUS_OK;
}
