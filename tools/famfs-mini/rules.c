// SPDX-License-Identifier: GPL-2.0
/* The rules that each entry of a map file must keep by itself. */
#include <limits.h>
#include <string.h>

#include "mapfile.h"
#include "reason.h"

static const char *component_problem(const char *name, size_t length)
{
	if (!length)
		return "path has an empty component";
	if (length == 1 && name[0] == '.')
		return "path has a component '.'";
	if (length == 2 && name[0] == '.' && name[1] == '.')
		return "path has a component '..'";
	if (length > NAME_MAX)
		return "path has a component of more than 255 bytes";
	return NULL;
}

/* A path has one spelling, so that equal paths are equal strings. */
const char *path_problem(const char *path)
{
	const char *at = path, *problem;
	size_t length;

	if (!*path)
		return "path is empty";
	if (*path == '/')
		return "path is absolute; it must be relative to the mount point";
	if (strlen(path) >= PATH_MAX)
		return "path is longer than 4095 bytes";
	for (; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			return "path has a control character";
	for (at = path; ; at += length + 1) {
		length = strcspn(at, "/");
		problem = component_problem(at, length);
		if (problem || !at[length])
			return problem;
	}
}

static bool check_attributes(struct map_set *set, const struct map_entry *entry)
{
	const struct map_file *file = &entry->document->file;
	const char *problem = path_problem(file->path);
	size_t errors = set->errors;

	if (problem)
		entry_error(set, entry, "%s", problem);
	if (map_entry_mode(entry) > 07777)
		entry_error(set, entry, "mode 0%o is above 07777",
			    map_entry_mode(entry));
	/* All ones means "leave it as it is" to chown(2). */
	if (file->uid == UINT_MAX)
		entry_error(set, entry, "uid %u is not a user", file->uid);
	if (file->gid == UINT_MAX)
		entry_error(set, entry, "gid %u is not a group", file->gid);
	return set->errors == errors;
}

static bool check_lists(struct map_set *set, const struct map_entry *entry)
{
	const struct map_file *file = &entry->document->file;

	/* The lists are NULL when absent, and also when they are empty. */
	if (file->stripes_count) {
		entry_error(set, entry, file->extents_count ?
			    "has both simple_ext_list and striped_ext_list" :
			    "interleaved maps (striped_ext_list) are not supported by this version");
		return false;
	}
	if (file->nextents && *file->nextents != file->extents_count) {
		entry_error(set, entry,
			    "nextents is %llu, but the list has %u extents",
			    (unsigned long long)*file->nextents,
			    file->extents_count);
		return false;
	}
	return true;
}

static void report(struct map_set *set, const struct map_entry *entry,
		   const struct famfs_reason *reason)
{
	char text[PRINTABLE_SIZE];

	reason_text(text, sizeof(text), reason);
	if (reason_names_extent(reason))
		extent_error(set, entry, reason->extent, "%s", text);
	else
		entry_error(set, entry, "%s", text);
}

static void check_map(struct map_set *set, struct map_entry *entry,
		      const struct famfs_limits *limits)
{
	const struct map_file *file = &entry->document->file;
	struct famfs_map_request request = {
		.file_size = file->size,
		.file_type = map_path_type(file->path),
		.ext_type = FAMFS_IOC_EXT_SIMPLE,
		.nr_extents = file->extents_count,
		.simple = file->extents,
	};
	struct famfs_reason reason;

	if (famfs_map_validate(&request, limits, &reason)) {
		report(set, entry, &reason);
		return;
	}
	entry->map = famfs_map_build(&request);
	if (!entry->map)
		entry_error(set, entry, "out of memory");
}

/* Check each entry, and build the maps of those that are valid. */
void map_set_validate(struct map_set *set, const struct famfs_limits *limits)
{
	struct map_entry *entry;
	bool good;
	size_t i;

	for (i = 0; i < set->nr; i++) {
		entry = &set->entries[i];
		good = check_attributes(set, entry);
		if (check_lists(set, entry) && good)
			check_map(set, entry, limits);
	}
}
