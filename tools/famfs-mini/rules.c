// SPDX-License-Identifier: GPL-2.0
/* The rules that entries of map files must keep, by themselves and together. */
#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "famfs-mini.h"

#define SUPERBLOCK_PATH ".meta/.superblock"
#define LOG_PATH ".meta/.log"

/* A path has one spelling, so that equal paths are equal strings. */
const char *path_problem(const char *path)
{
	const char *name = path;
	size_t length;

	if (!*path)
		return "path is empty";
	if (*path == '/')
		return "path is absolute; it must be relative to the mount point";
	if (strlen(path) >= PATH_MAX)
		return "path is longer than 4095 bytes";
	if (has_control(path))
		return "path has a control character";
	for (; ; name += length + 1) {
		length = strcspn(name, "/");
		if (!length)
			return "path has an empty component";
		if (!strncmp(name, ".", length))
			return "path has a component '.'";
		if (!strncmp(name, "..", length))
			return "path has a component '..'";
		if (length > NAME_MAX)
			return "path has a component of more than 255 bytes";
		if (!name[length])
			return NULL;
	}
}

/* What a file is follows from where it is. */
static u32 file_type(const char *path)
{
	if (!strcmp(path, SUPERBLOCK_PATH))
		return FAMFS_SUPERBLOCK;
	return strcmp(path, LOG_PATH) ? FAMFS_REG : FAMFS_LOG;
}

/* What the request that is made of them can no longer tell. */
static void check_stripes(const struct map_entry *entry, u32 index)
{
	const struct list *list = &entry->file.stripes;
	const struct map_stripes *stripes = &((struct map_stripes *)list->at)[index];

	if (stripes->nstrips != stripes->strips.nr)
		extent_error(entry, index, NO_STRIP,
			     "nstrips is %llu, but the list has %u strips",
			     stripes->nstrips, stripes->strips.nr);
	if (!stripes->has_nbytes && list->nr > 1)
		extent_error(entry, index, NO_STRIP,
			     "nbytes is missing, as only the extent of a file that has one may leave it out");
}

static void check_file(const struct map_entry *entry)
{
	const struct map_file *file = &entry->file;
	u32 i, count = file->extents.nr + file->stripes.nr;
	const char *problem = path_problem(file->path);

	if (problem)
		entry_error(entry, "%s", problem);
	if (file->mode > 07777)
		entry_error(entry, "mode 0%llo is above 07777", file->mode);
	/* All ones means "leave it as it is" to chown(2). */
	if (file->uid == UINT_MAX)
		entry_error(entry, "uid %llu is not a user", file->uid);
	if (file->gid == UINT_MAX)
		entry_error(entry, "gid %llu is not a group", file->gid);
	if (file->extents.nr && file->stripes.nr)
		entry_error(entry, "has both simple_ext_list and striped_ext_list");
	else if (file->has_nextents && file->nextents != count)
		entry_error(entry, "nextents is %llu, but the list has %u extents",
			    file->nextents, count);
	else
		for (i = 0; i < file->stripes.nr; i++)
			check_stripes(entry, i);
}

static void check_map(struct map_entry *entry, const struct famfs_limits *limits)
{
	struct famfs_map_request request =
		map_file_request(&entry->file, file_type(entry->file.path));
	struct famfs_reason reason;
	char text[PRINTABLE_SIZE];
	u32 extent, strip;

	if (famfs_map_validate(&request, limits, &reason)) {
		reason_place(&request, &reason, &extent, &strip);
		reason_text(text, sizeof(text), &request, &reason);
		if (extent == NO_EXTENT)
			entry_error(entry, "%s", text);
		else
			extent_error(entry, extent, strip, "%s", text);
	} else {
		entry->map = or_die(famfs_map_build(&request));
	}
	map_request_free(&request);
}

/* By path, and in the order of the map files where paths are equal. */
static int compare_paths(const void *a, const void *b)
{
	const struct map_entry *x = *(const struct map_entry * const *)a;
	const struct map_entry *y = *(const struct map_entry * const *)b;
	int order = strcmp(x->file.path, y->file.path);

	return order ? order : (x > y) - (x < y);
}

static int compare_key(const void *key, const void *member)
{
	const struct map_entry *entry = *(const struct map_entry * const *)member;

	return strcmp(key, entry->file.path);
}

/* A file cannot be a directory on another file's path. */
static void check_parents(const struct map_entry *entry,
			  const struct map_entry **sorted, u32 nr)
{
	char *parent = or_die(strdup(entry->file.path)), *slash;
	const struct map_entry **found;

	while ((slash = strrchr(parent, '/'))) {
		*slash = '\0';
		found = bsearch(parent, sorted, nr, sizeof(*sorted), compare_key);
		if (found)
			entry_error(entry, "lies below %s, which is a file",
				    (*found)->label);
	}
	free(parent);
}

static void check_paths(const struct map_entry *entries, u32 nr)
{
	const struct map_entry **sorted = or_die(calloc(nr + 1, sizeof(*sorted)));
	u32 i;

	for (i = 0; i < nr; i++)
		sorted[i] = &entries[i];
	qsort(sorted, nr, sizeof(*sorted), compare_paths);
	for (i = 1; i < nr; i++)
		if (!strcmp(sorted[i - 1]->file.path, sorted[i]->file.path))
			entry_error(sorted[i], "has the same path as %s",
				    sorted[i - 1]->label);
	for (i = 0; i < nr; i++)
		check_parents(&entries[i], sorted, nr);
	free(sorted);
}

/* An extent or a strip of an entry, and where on a device it is. */
struct place {
	u64 dev;
	u64 start;
	u64 end;
	const struct map_entry *entry;
	u32 extent;
	u32 strip;
};

/* By where they are, and in the order of the map files where that is equal. */
static int compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->dev != y->dev)
		return x->dev < y->dev ? -1 : 1;
	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return (x->entry > y->entry) - (x->entry < y->entry);
}

static void add_place(struct list *places, const struct map_entry *entry,
		      const struct famfs_ioc_simple_extent *range, u32 extent, u32 strip)
{
	struct place *place = list_add(places, sizeof(*place));

	*place = (struct place) {
		.dev = range->devindex, .start = range->offset,
		.end = range->offset + range->len,
		.entry = entry, .extent = extent, .strip = strip,
	};
}

/* What a valid entry takes of the devices; none of it wraps. */
static void add_places(struct list *places, const struct map_entry *entry)
{
	const struct famfs_ioc_simple_extent *extents = entry->file.extents.at, *strips;
	const struct map_stripes *stripes = entry->file.stripes.at;
	u32 i, strip;

	for (i = 0; i < entry->file.extents.nr; i++)
		add_place(places, entry, &extents[i], i, NO_STRIP);
	for (i = 0; i < entry->file.stripes.nr; i++) {
		strips = stripes[i].strips.at;
		for (strip = 0; strip < stripes[i].strips.nr; strip++)
			add_place(places, entry, &strips[strip], i, strip);
	}
}

/* Blame the one that comes later in the map files. */
static void report_overlap(const struct place *a, const struct place *b)
{
	const struct place *later = a->entry > b->entry ? a : b;
	const struct place *first = later == a ? b : a;
	char name[PLACE_SIZE];

	extent_error(later->entry, later->extent, later->strip,
		     "overlaps %s, %s (0x%" PRIx64 "-0x%" PRIx64 " and 0x%" PRIx64
		     "-0x%" PRIx64 ")", first->entry->label,
		     place_name(name, first->extent, first->strip),
		     later->start, later->end - 1, first->start, first->end - 1);
}

/*
 * Sorted by start, a place overlaps an earlier one only if it overlaps the
 * one that reaches furthest.
 */
static void check_overlaps(const struct map_entry *entries, u32 nr)
{
	const struct place *furthest, *place;
	struct list places = {};
	u32 i;

	for (i = 0; i < nr; i++)
		if (entries[i].map)
			add_places(&places, &entries[i]);
	if (places.nr)
		qsort(places.at, places.nr, sizeof(*place), compare_places);
	furthest = places.at;
	for (i = 1; i < places.nr; i++) {
		place = &((struct place *)places.at)[i];
		if (place->dev != furthest->dev) {
			furthest = place;
			continue;
		}
		/* The same path twice has been reported as such. */
		if (place->start < furthest->end &&
		    strcmp(place->entry->file.path, furthest->entry->file.path))
			report_overlap(furthest, place);
		if (place->end > furthest->end)
			furthest = place;
	}
	free(places.at);
}

/* That many devices of the same size, which is noted in @sizes. */
struct famfs_limits limits_of(u64 sizes[FAMFS_MAX_DEVICES], u32 max_extents,
			      u32 nr_devices, u64 device_size)
{
	u32 i;

	for (i = 0; i < nr_devices; i++)
		sizes[i] = device_size;
	return (struct famfs_limits) { max_extents, nr_devices, sizes };
}

/* Check all entries, and build the maps of those that are valid. */
void entries_validate(const struct list *list, u32 nr_devices, u64 device_size)
{
	u64 sizes[FAMFS_MAX_DEVICES];
	struct famfs_limits limits = limits_of(sizes, FAMFS_MAP_MAX_EXTENTS,
					       nr_devices, device_size);
	struct map_entry *entries = list->at;
	size_t errors;
	u32 i;

	for (i = 0; i < list->nr; i++) {
		errors = nr_errors;
		check_file(&entries[i]);
		if (nr_errors == errors)
			check_map(&entries[i], &limits);
	}
	check_paths(entries, list->nr);
	check_overlaps(entries, list->nr);
}
