// SPDX-License-Identifier: GPL-2.0
/* The command mapfile: each document of map files becomes a file, whole or not at all. */
#include <linux/openat2.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "famfs-mini.h"

enum result {
	INSTALL_FAILED,		/* and was reported: what fail() returns */
	INSTALL_DONE,		/* or, for a preview: would be done */
	INSTALL_PRESENT,	/* the file is there and has this map */
};

/* As openat(2), but neither "..", a symbolic link nor a mount leads out of @dir. */
static int open_beneath(int dir, const char *path, int flags)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC,
		.mode = flags & O_CREAT ? 0600 : 0,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};

	return syscall(SYS_openat2, dir, path, &how, sizeof(how));
}

/* What the kernel means by the errno of an open below the root. */
static const char *path_hint(void)
{
	return errno == ELOOP ? " (a symbolic link is in the way)" :
	       errno == EXDEV ? " (the path leaves the mount)" : "";
}

/* What it means by the errno of FAMFSIOC_MAP_CREATE and its version 2. */
static const char *map_hint(void)
{
	return errno == EPERM ? " (installing a map needs CAP_SYS_ADMIN)" :
	       errno == EBUSY ? " (another file of the mount owns part of the range)" :
	       errno != ENOTTY ? "" :
	       " (this kernel module takes only simple maps of at most 2 extents)";
}

/*
 * Open a file that is there.  PRESENT if it has the map, DONE if it only lacks one.  Who
 * has that open keeps access to the memory, so it must be ours or its future owner's.
 */
static enum result judge(const struct map_file *file, int dir, const char *path, int *fd)
{
	struct stat st;
	int differs;

	*fd = open_beneath(dir, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
	if (*fd < 0)
		return fail_file(file, "exists and cannot be opened: %m%s", path_hint());
	if (fstat(*fd, &st))
		return fail_file(file, "exists and %m");
	if (!S_ISREG(st.st_mode))
		return fail_file(file, "exists and is not a regular file");
	if (!on_famfs(*fd))
		return fail_file(file, "exists and is not on famfs");
	differs = kmap_compare(*fd, file->map);
	if (!differs)
		return INSTALL_PRESENT;
	if (differs > 0)
		return fail_file(file, "exists and has a different map");
	if (errno != EINVAL)
		return fail_file(file, "exists and %m");
	if (st.st_uid != geteuid() && st.st_uid != file->uid)
		return fail_file(file,
				 "exists, has no map and belongs to user %u; remove it first",
				 st.st_uid);
	return INSTALL_DONE;
}

/*
 * Give a file its owner, mode and map.  The map comes last: a file that has one is taken
 * for complete.  Another run may have given it a map since we saw none: then it must be
 * the same one, and the file is not @ours to remove.
 */
static bool set_up(const struct map_file *file, int fd, bool *ours)
{
	int error;

	if (!on_famfs(fd) || ioctl(fd, FAMFSIOC_NOP))
		return fail_file(file, "is not on famfs");
	/* The owner first: changing it clears the set-user-ID bits. */
	if (fchown(fd, file->uid, file->gid))
		return fail_file(file, "cannot set the owner %llu:%llu: %m",
				 file->uid, file->gid);
	if (fchmod(fd, file->mode))
		return fail_file(file, "cannot set the mode 0%llo: %m", file->mode);
	error = kmap_create(fd, file) ? errno : 0;
	*ours &= error != EEXIST;
	if (error == EEXIST && !kmap_compare(fd, file->map))
		error = 0;
	errno = error;
	return !error || fail_file(file, "cannot install the map: %m%s", map_hint());
}

static enum result preview(const struct map_file *file, int root)
{
	int fd = open_beneath(root, file->path, O_PATH);
	enum result result;

	if (fd < 0)
		return errno == ENOENT ? INSTALL_DONE :
		       fail_file(file, "cannot be created: %m%s", path_hint());
	close(fd);
	result = judge(file, root, file->path, &fd);
	close(fd);
	return result;
}

/* Make the file or complete it; nobody else gets at a new one before that. */
static enum result install_here(const struct map_file *file, int dir, const char *name)
{
	int fd = open_beneath(dir, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW);
	enum result result = INSTALL_DONE;
	bool ours = fd >= 0;
	struct stat st;

	if (!ours && errno != EEXIST)
		return fail_file(file, "cannot create the file: %m%s", path_hint());
	if (!ours)
		result = judge(file, dir, name, &fd);
	if (result == INSTALL_DONE && !set_up(file, fd, &ours)) {
		result = INSTALL_FAILED;
		if (ours && unlinkat(dir, name, 0))
			fail_file(file, "cannot remove the new file: %m");
	}
	/* Another run that made it may have removed it again. */
	if (!ours && result == INSTALL_DONE && (fstat(fd, &st) || !st.st_nlink))
		result = fail_file(file, "was removed meanwhile");
	close(fd);
	return result;
}

/* Directories on the way that are missing are made, and removed again if it fails. */
static enum result install(const struct map_file *file, int dir, const char *path)
{
	const char *slash = strchr(path, '/');
	enum result result;
	int next = -1;
	char *name;
	bool made;

	if (!slash)
		return install_here(file, dir, path);
	name = strndupa(path, slash - path);
	made = !mkdirat(dir, name, 0755);
	/* Others may make it, too, at the same time. */
	if (made || errno == EEXIST)
		next = open_beneath(dir, name, O_PATH | O_DIRECTORY);
	result = next >= 0 ? install(file, next, slash + 1) :
		 fail_file(file, "cannot create its directory: %m%s", path_hint());
	close(next);
	/* One in which others have put something by now stays. */
	if (made && result == INSTALL_FAILED && unlinkat(dir, name, AT_REMOVEDIR) &&
	    errno != ENOTEMPTY)
		fail_file(file, "cannot remove the new directories: %m");
	return result;
}

/* Stops at the first refusal; a preview tells of all. */
static void install_all(const struct list *files, int root, bool dry_run)
{
	const struct map_file *file = files->at, *end = file + files->nr;
	u32 done[INSTALL_PRESENT + 1] = {};
	enum result result;
	sigset_t block, old;

	sigfillset(&block);
	for (; file < end && (dry_run || !done[INSTALL_FAILED]); file++) {
		/* It is installed whole even when somebody presses Ctrl-C. */
		sigprocmask(SIG_BLOCK, &block, &old);
		result = dry_run ? preview(file, root) : install(file, root, file->path);
		sigprocmask(SIG_SETMASK, &old, NULL);
		done[result]++;
		if (dry_run && result != INSTALL_FAILED)
			printf("%s: %s\n", file->label, result == INSTALL_DONE ?
			       "would be installed" : "is already there");
	}
	if (!dry_run)
		printf(done[INSTALL_PRESENT] ? "installed %u of %u, %u already there\n" :
		       "installed %u of %u\n", done[INSTALL_DONE], files->nr,
		       done[INSTALL_PRESENT]);
}

void cmd_mapfile(char **names, const struct settings *settings)
{
	u64 device_size = U64_MAX;
	struct list files = {};
	u32 nr_devices = 1;
	struct rlimit limit;
	struct mount mount;
	struct statfs fs;
	int root;

	umask(0);	/* modes are given in full */
	/* All directories of a path are open at once, and there may be 2,047. */
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	root = open(settings->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0 || fstatfs(root, &fs)) {
		fail("%s: %m", settings->root);
	} else if (!on_famfs(root)) {
		fail("%s: not a famfs mount", settings->root);
	} else if (!mount_find(&mount, root)) {
		fail("%s: cannot find its mount options: %m", settings->root);
	} else {
		nr_devices = mount.nr_devices;
		/* No device is larger than their sum. */
		device_size = (u64)fs.f_blocks * fs.f_bsize;
	}
	map_files_load(&files, names, nr_devices, device_size);
	if (nr_errors)
		fputs("famfs-mini: nothing was installed\n", stderr);
	else
		install_all(&files, root, settings->dry_run);
	close(root);
	map_files_unload(&files);
}
