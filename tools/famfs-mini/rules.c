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
	if (has_control(path))
		return "path has a control character";
	for (; ; at += length + 1) {
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

/* What the request that is made of them can no longer tell. */
static void check_stripes(struct map_set *set, const struct map_entry *entry,
			  u32 index)
{
	const struct map_file *file = &entry->document->file;
	const struct map_stripes *stripes = &file->stripes[index];

	if (stripes->nstrips != stripes->strips_count)
		extent_error(set, entry, index, NO_STRIP,
			     "nstrips is %llu, but the list has %u strips",
			     (unsigned long long)stripes->nstrips,
			     stripes->strips_count);
	if (!stripes->nbytes && file->stripes_count > 1)
		extent_error(set, entry, index, NO_STRIP,
			     "nbytes is missing, as only the extent of a file that has one may leave it out");
}

static bool check_lists(struct map_set *set, const struct map_entry *entry)
{
	const struct map_file *file = &entry->document->file;

	u32 i, count = file->extents_count + file->stripes_count;
	size_t errors = set->errors;

	/* The lists are NULL when absent, and also when they are empty. */
	if (file->stripes_count && file->extents_count) {
		entry_error(set, entry,
			    "has both simple_ext_list and striped_ext_list");
		return false;
	}
	if (file->nextents && *file->nextents != count) {
		entry_error(set, entry,
			    "nextents is %llu, but the list has %u extents",
			    (unsigned long long)*file->nextents, count);
		return false;
	}
	for (i = 0; i < file->stripes_count; i++)
		check_stripes(set, entry, i);
	return set->errors == errors;
}

static void report(struct map_set *set, const struct map_entry *entry,
		   const struct famfs_map_request *request,
		   const struct famfs_reason *reason)
{
	char text[PRINTABLE_SIZE];

	reason_text(text, sizeof(text), request, reason);
	switch (reason_scope(request, reason)) {
	case REASON_FILE:
		entry_error(set, entry, "%s", text);
		break;
	case REASON_EXTENT:
		extent_error(set, entry, reason->extent, NO_STRIP, "%s", text);
		break;
	case REASON_STRIP:
		extent_error(set, entry, reason->extent, reason->strip, "%s",
			     text);
		break;
	}
}

/* The list as the library takes it, to be freed, or NULL if it is simple. */
static struct famfs_ioc_interleaved_ext *
interleaved_list(const struct map_file *file)
{
	struct famfs_ioc_interleaved_ext *list;
	const struct map_stripes *stripes;
	u32 i;

	if (!file->stripes_count)
		return NULL;
	list = xcalloc(file->stripes_count, sizeof(*list));
	for (i = 0; i < file->stripes_count; i++) {
		stripes = &file->stripes[i];
		list[i] = (struct famfs_ioc_interleaved_ext) {
			.ie_nstrips = stripes->nstrips,
			.ie_chunk_size = stripes->chunk_size,
			.ie_nbytes = stripes->nbytes ? *stripes->nbytes :
				     file->size,
			.ie_strips = stripes->strips,
		};
	}
	return list;
}

static struct famfs_map *build_map(struct map_set *set,
				   const struct map_entry *entry,
				   const struct famfs_map_request *request,
				   const struct famfs_limits *limits)
{
	struct famfs_reason reason;
	struct famfs_map *map;

	if (famfs_map_validate(request, limits, &reason)) {
		report(set, entry, request, &reason);
		return NULL;
	}
	map = famfs_map_build(request);
	if (!map)
		entry_error(set, entry, "out of memory");
	return map;
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
	struct famfs_ioc_interleaved_ext *list = interleaved_list(file);

	if (list) {
		request.ext_type = FAMFS_IOC_EXT_INTERLEAVE;
		request.nr_extents = file->stripes_count;
		request.interleaved = list;
	}
	entry->map = build_map(set, entry, &request, limits);
	free(list);
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
