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

/* What keeps an open file from being the entry's, or NULL. */
static const char *difference(int fd, const struct map_entry *entry)
{
	struct stat st;

	if (fstat(fd, &st))
		return strerror(errno);
	if (!S_ISREG(st.st_mode))
		return "is not a regular file";
	if (!on_famfs(fd))
		return "is not on famfs";
	switch (kmap_compare(fd, entry->map)) {
	case 0:
		return NULL;
	case 1:
		return "has a different map";
	default:
		return errno == EINVAL ? "has no map" : strerror(errno);
	}
}

static enum install_result compare_existing(struct map_set *set,
					    const struct map_entry *entry,
					    int root)
{
	const char *why;
	int fd;

	fd = beneath_open(root, entry->document->file.path,
			  O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW, 0);
	if (fd < 0) {
		entry_error(set, entry, "exists and cannot be opened: %s%s",
			    strerror(errno), path_hint(errno));
		return INSTALL_FAILED;
	}
	why = difference(fd, entry);
	if (why)
		entry_error(set, entry, "exists and %s", why);
	close(fd);
	return why ? INSTALL_FAILED : INSTALL_PRESENT;
}

/* Tell what install_entry() would do, as far as that can be known. */
enum install_result install_preview(struct map_set *set,
				    const struct map_entry *entry, int root)
{
	int fd;

	fd = beneath_open(root, entry->document->file.path, O_PATH, 0);
	if (fd >= 0) {
		close(fd);
		return compare_existing(set, entry, root);
	}
	if (errno == ENOENT)
		return INSTALL_DONE;
	entry_error(set, entry, "cannot be created: %s%s", strerror(errno),
		    path_hint(errno));
	return INSTALL_FAILED;
}

/* Give a new file its map, owner and mode. */
static bool set_up(struct map_set *set, const struct map_entry *entry, int fd)
{
	const struct map_file *file = &entry->document->file;

	if (!on_famfs(fd) || kmap_probe(fd)) {
		entry_error(set, entry, "is not on famfs");
		return false;
	}
	if (kmap_create(fd, entry->map)) {
		entry_error(set, entry, "cannot install the map: %s%s",
			    strerror(errno), map_hint(errno));
		return false;
	}
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
	bool good = false;
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
		return compare_existing(set, entry, root);
	if (fd < 0) {
		entry_error(set, entry, "cannot create the file: %s%s",
			    strerror(errno), path_hint(errno));
	} else {
		good = set_up(set, entry, fd);
		if (!good)
			undo_file(set, entry, root);
		close(fd);
	}
	if (!good)
		undo_parents(set, entry, root, made);
	return good ? INSTALL_DONE : INSTALL_FAILED;
}
