// SPDX-License-Identifier: GPL-2.0
/* One entry of a map file becomes a file: whole, or not at all. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "beneath.h"
#include "install.h"
#include "kmap.h"
#include "reason.h"

/*
 * Whether a file without a map may get the entry's.  Who has it open keeps that
 * access to the memory, so it has to be a file of ours or of its future owner.
 */
static bool may_adopt(struct map_set *set, const struct map_entry *entry,
		      const struct stat *st)
{
	if (st->st_uid == geteuid() || st->st_uid == entry->document->file.uid)
		return true;
	entry_error(set, entry,
		    "exists, has no map and belongs to user %u; remove it first",
		    st->st_uid);
	return false;
}

/* PRESENT if an open file is the entry's, DONE if it only lacks the map. */
static enum install_result judge(struct map_set *set,
				 const struct map_entry *entry, int fd)
{
	const char *why = "has a different map";
	struct stat st;

	if (fstat(fd, &st)) {
		why = strerror(errno);
	} else if (!S_ISREG(st.st_mode)) {
		why = "is not a regular file";
	} else if (!on_famfs(fd)) {
		why = "is not on famfs";
	} else {
		switch (kmap_compare(fd, entry->map)) {
		case 0:
			return INSTALL_PRESENT;
		case 1:
			break;
		default:
			if (errno == EINVAL)
				return may_adopt(set, entry, &st) ?
				       INSTALL_DONE : INSTALL_FAILED;
			why = strerror(errno);
		}
	}
	entry_error(set, entry, "exists and %s", why);
	return INSTALL_FAILED;
}

static int open_existing(struct map_set *set, const struct map_entry *entry,
			 int root)
{
	int fd = beneath_open(root, entry->document->file.path,
			      O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW, 0);

	if (fd < 0)
		entry_error(set, entry, "exists and cannot be opened: %s%s",
			    strerror(errno), path_hint(errno));
	return fd;
}

/* Tell what install_entry() would do, as far as that can be known. */
enum install_result install_preview(struct map_set *set,
				    const struct map_entry *entry, int root)
{
	enum install_result result = INSTALL_FAILED;
	int fd;

	fd = beneath_open(root, entry->document->file.path, O_PATH, 0);
	if (fd >= 0) {
		close(fd);
		fd = open_existing(set, entry, root);
		if (fd < 0)
			return result;
		result = judge(set, entry, fd);
		close(fd);
		return result;
	}
	if (errno == ENOENT)
		return INSTALL_DONE;
	entry_error(set, entry, "cannot be created: %s%s", strerror(errno),
		    path_hint(errno));
	return INSTALL_FAILED;
}

/*
 * Another run may have given the file a map since we saw that it had none.  Then
 * it must be the same one, and @theirs tells that the file is not ours to remove.
 */
static bool give_map(struct map_set *set, const struct map_entry *entry, int fd,
		     bool *theirs)
{
	if (!on_famfs(fd) || kmap_probe(fd)) {
		entry_error(set, entry, "is not on famfs");
		return false;
	}
	if (!kmap_create(fd, entry->map))
		return true;
	*theirs = errno == EEXIST;
	if (*theirs && !kmap_compare(fd, entry->map))
		return true;
	errno = *theirs ? EEXIST : errno;
	entry_error(set, entry, "cannot install the map: %s%s",
		    strerror(errno), map_hint(errno));
	return false;
}

/* Give a file without a map its map, owner and mode. */
static bool set_up(struct map_set *set, const struct map_entry *entry, int fd,
		   bool *theirs)
{
	const struct map_file *file = &entry->document->file;

	if (!give_map(set, entry, fd, theirs))
		return false;
	/* The owner first: changing it clears the set-user-ID bits. */
	if (fchown(fd, file->uid, file->gid)) {
		entry_error(set, entry, "cannot set the owner %u:%u: %s",
			    file->uid, file->gid, strerror(errno));
		return false;
	}
	if (fchmod(fd, map_entry_mode(entry))) {
		entry_error(set, entry, "cannot set the mode 0%o: %s",
			    map_entry_mode(entry), strerror(errno));
		return false;
	}
	return true;
}

/* The file was there, and another run that made it may have removed it again. */
static bool complete(struct map_set *set, const struct map_entry *entry, int fd)
{
	bool theirs;
	struct stat st;

	if (!set_up(set, entry, fd, &theirs))
		return false;
	if (!fstat(fd, &st) && st.st_nlink)
		return true;
	entry_error(set, entry, "was removed meanwhile");
	return false;
}

static enum install_result install_existing(struct map_set *set,
					    const struct map_entry *entry,
					    int root)
{
	enum install_result result;
	int fd = open_existing(set, entry, root);

	if (fd < 0)
		return INSTALL_FAILED;
	result = judge(set, entry, fd);
	if (result == INSTALL_DONE && !complete(set, entry, fd))
		result = INSTALL_FAILED;
	close(fd);
	return result;
}

static void undo_parents(struct map_set *set, const struct map_entry *entry,
			 int root, size_t made)
{
	if (beneath_remove_parents(root, entry->document->file.path, made))
		entry_error(set, entry, "cannot remove the new directories: %s",
			    strerror(errno));
}

static void undo_file(struct map_set *set, const struct map_entry *entry,
		      int root)
{
	if (beneath_unlink(root, entry->document->file.path, 0))
		entry_error(set, entry, "cannot remove the new file: %s",
			    strerror(errno));
}

enum install_result install_entry(struct map_set *set,
				  const struct map_entry *entry, int root)
{
	const char *path = entry->document->file.path;
	bool good = false, theirs = false;
	size_t made;
	int fd;

	if (beneath_make_parents(root, path, &made)) {
		entry_error(set, entry, "cannot create its directory: %s%s",
			    strerror(errno), path_hint(errno));
		undo_parents(set, entry, root, made);
		return INSTALL_FAILED;
	}
	/* Nobody else gets at the file before it is complete. */
	fd = beneath_open(root, path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW,
			  0600);
	if (fd < 0 && errno == EEXIST)
		return install_existing(set, entry, root);
	if (fd < 0) {
		entry_error(set, entry, "cannot create the file: %s%s",
			    strerror(errno), path_hint(errno));
	} else {
		good = set_up(set, entry, fd, &theirs);
		if (!good && !theirs)
			undo_file(set, entry, root);
		close(fd);
	}
	if (!good)
		undo_parents(set, entry, root, made);
	return good ? INSTALL_DONE : INSTALL_FAILED;
}
