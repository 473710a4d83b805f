// SPDX-License-Identifier: GPL-2.0
/* One entry of a map file becomes a file: whole, or not at all. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "famfs-mini.h"

/* What the kernel means by the errno of an open below the root. */
static const char *path_hint(void)
{
	return errno == ELOOP ? " (a symbolic link is in the way)" :
	       errno == EXDEV ? " (the path leaves the mount)" : "";
}

/* What it means by the errno of FAMFSIOC_MAP_CREATE and its version 2. */
static const char *map_hint(void)
{
	switch (errno) {
	case EPERM:
		return " (installing a map needs CAP_SYS_ADMIN)";
	case ENOTTY:
		return " (this kernel module takes only simple maps of at most 2 extents)";
	case EBUSY:
		return " (another file of the mount owns part of the range)";
	default:
		return "";
	}
}

/* Say what could not be done, and why by errno. */
static enum install_result cannot(const struct map_entry *entry, const char *what,
				  const char *hint)
{
	entry_error(entry, "%s: %s%s", what, strerror(errno), hint);
	return INSTALL_FAILED;
}

/*
 * PRESENT if an open file is the entry's, DONE if it only lacks the map.  Who has a
 * file without a map open keeps that access to the memory, so it has to be a file of
 * ours or of its future owner.
 */
static enum install_result judge(const struct map_entry *entry, int fd)
{
	struct stat st;
	int differs;

	if (fstat(fd, &st)) {
		entry_error(entry, "exists and %s", strerror(errno));
	} else if (!S_ISREG(st.st_mode)) {
		entry_error(entry, "exists and is not a regular file");
	} else if (!on_famfs(fd)) {
		entry_error(entry, "exists and is not on famfs");
	} else {
		differs = kmap_compare(fd, entry->map);
		if (!differs)
			return INSTALL_PRESENT;
		if (differs > 0)
			entry_error(entry, "exists and has a different map");
		else if (errno != EINVAL)
			entry_error(entry, "exists and %s", strerror(errno));
		else if (st.st_uid != geteuid() && st.st_uid != entry->file.uid)
			entry_error(entry,
				    "exists, has no map and belongs to user %u; remove it first",
				    st.st_uid);
		else
			return INSTALL_DONE;
	}
	return INSTALL_FAILED;
}

/*
 * Another run may have given the file a map since we saw that it had none.  Then
 * it must be the same one, and @theirs tells that the file is not ours to remove.
 */
static bool give_map(const struct map_entry *entry, int fd, bool *theirs)
{
	if (!on_famfs(fd) || kmap_probe(fd)) {
		entry_error(entry, "is not on famfs");
		return false;
	}
	if (!kmap_create(fd, entry->map))
		return true;
	*theirs = errno == EEXIST;
	if (*theirs && !kmap_compare(fd, entry->map))
		return true;
	errno = *theirs ? EEXIST : errno;
	cannot(entry, "cannot install the map", map_hint());
	return false;
}

/* Give a file without a map its map, owner and mode. */
static bool set_up(const struct map_entry *entry, int fd, bool *theirs)
{
	const struct map_file *file = &entry->file;

	*theirs = false;
	if (!give_map(entry, fd, theirs))
		return false;
	/* The owner first: changing it clears the set-user-ID bits. */
	if (fchown(fd, file->uid, file->gid)) {
		entry_error(entry, "cannot set the owner %llu:%llu: %s", file->uid,
			    file->gid, strerror(errno));
		return false;
	}
	if (fchmod(fd, file->mode)) {
		entry_error(entry, "cannot set the mode 0%llo: %s", file->mode,
			    strerror(errno));
		return false;
	}
	return true;
}

/* The file was there, and another run that made it may have removed it again. */
static enum install_result install_existing(const struct map_entry *entry, int root,
					    bool dry_run)
{
	int fd = beneath_open(root, entry->file.path,
			      O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW, 0);
	enum install_result result;
	struct stat st;
	bool theirs;

	if (fd < 0)
		return cannot(entry, "exists and cannot be opened", path_hint());
	result = judge(entry, fd);
	if (result == INSTALL_DONE && !dry_run) {
		if (!set_up(entry, fd, &theirs)) {
			result = INSTALL_FAILED;
		} else if (fstat(fd, &st) || !st.st_nlink) {
			entry_error(entry, "was removed meanwhile");
			result = INSTALL_FAILED;
		}
	}
	close(fd);
	return result;
}

/* Tell what install_entry() would do, as far as that can be known. */
enum install_result install_preview(const struct map_entry *entry, int root)
{
	int fd = beneath_open(root, entry->file.path, O_PATH, 0);

	if (fd >= 0) {
		close(fd);
		return install_existing(entry, root, true);
	}
	if (errno == ENOENT)
		return INSTALL_DONE;
	return cannot(entry, "cannot be created", path_hint());
}

/* Make the file; nobody else gets at it before it is complete. */
static enum install_result install_new(const struct map_entry *entry, int root)
{
	int fd = beneath_open(root, entry->file.path,
			      O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
	bool theirs, good;

	if (fd < 0 && errno == EEXIST)
		return install_existing(entry, root, false);
	if (fd < 0)
		return cannot(entry, "cannot create the file", path_hint());
	good = set_up(entry, fd, &theirs);
	if (!good && !theirs && beneath_unlink(root, entry->file.path, 0))
		cannot(entry, "cannot remove the new file", "");
	close(fd);
	return good ? INSTALL_DONE : INSTALL_FAILED;
}

enum install_result install_entry(const struct map_entry *entry, int root)
{
	enum install_result result;
	size_t made;

	if (beneath_make_parents(root, entry->file.path, &made))
		result = cannot(entry, "cannot create its directory", path_hint());
	else
		result = install_new(entry, root);
	if (result == INSTALL_FAILED &&
	    beneath_remove_parents(root, entry->file.path, made))
		cannot(entry, "cannot remove the new directories", "");
	return result;
}
