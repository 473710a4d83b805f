// SPDX-License-Identifier: GPL-2.0
/*
 * The rules that documents of map files must keep, by themselves and together.  Those of
 * a map are the extent library's; here they get words.
 */
#include <limits.h>
#include <search.h>
#include <string.h>

#include "famfs-mini.h"

#define SUPERBLOCK_PATH ".meta/.superblock"
#define LOG_PATH ".meta/.log"

/* Room for the name of a place; no strip but the extent; no extent but a list of them. */
#define PLACE_SIZE 48
#define NO_STRIP UINT32_MAX
#define NO_EXTENT UINT32_MAX

/* Tell of a mistake in an extent or strip of a document. */
#define place_error(file, extent, strip, format, ...) \
	fail("%s, %s: " format, (file)->label, \
	     place_name((char[PLACE_SIZE]) {}, extent, strip), ##__VA_ARGS__)

/* How messages call an extent or a strip, both counted from 0 here. */
static const char *place_name(char *buf, u32 extent, u32 strip)
{
	int length = sprintf(buf, "extent %u", extent + 1);

	if (strip != NO_STRIP)
		sprintf(buf + length, ", strip %u", strip + 1);
	return buf;
}

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

/* What the request that is made of them can no longer tell. */
static void check_stripes(const struct map_file *file)
{
	const struct map_stripes *stripes = file->stripes.at;
	u32 i;

	for (i = 0; i < file->stripes.nr; i++, stripes++) {
		if (stripes->ext.ie_nstrips != stripes->strips.nr)
			place_error(file, i, NO_STRIP,
				    "nstrips is %llu, but the list has %u strips",
				    stripes->ext.ie_nstrips, stripes->strips.nr);
		if (!stripes->has_nbytes && file->stripes.nr > 1)
			place_error(file, i, NO_STRIP,
				    "nbytes is missing, as only the extent of a file that has one may leave it out");
	}
}

static void check_file(const struct map_file *file)
{
	u32 count = file->extents.nr + file->stripes.nr;
	const char *problem = path_problem(file->path);

	if (problem)
		fail("%s: %s", file->label, problem);
	if (file->mode > 07777)
		fail("%s: mode 0%llo is above 07777", file->label, file->mode);
	/* All ones means "leave it as it is" to chown(2). */
	if (file->uid == UINT_MAX)
		fail("%s: uid %llu is not a user", file->label, file->uid);
	if (file->gid == UINT_MAX)
		fail("%s: gid %llu is not a group", file->label, file->gid);
	if (file->extents.nr && file->stripes.nr)
		fail("%s: has both simple_ext_list and striped_ext_list", file->label);
	else if (file->has_nextents && file->nextents != count)
		fail("%s: nextents is %llu, but the list has %u extents", file->label,
		     file->nextents, count);
	else
		check_stripes(file);
}

/* The value of a struct famfs_reason, and then its limit. */
#define VALUE "0x%1$" PRIx64
#define LIMIT "0x%2$" PRIx64

static const char * const sentences[FAMFS_NR_RULES] = {
	[FAMFS_RULE_FILE_SIZE] = "size " VALUE " is above " LIMIT,
	[FAMFS_RULE_NO_EXTENTS] = "has no extents: its list is missing or empty",
	[FAMFS_RULE_TOO_MANY] = "%1$" PRIu64 " extents are more than the limit of %2$" PRIu64,
	[FAMFS_RULE_DEVINDEX] = "device %1$" PRIu64 " is above the last one, %2$" PRIu64,
	[FAMFS_RULE_OFFSET_ALIGN] = "offset " VALUE " is not a multiple of 2 MiB",
	[FAMFS_RULE_WRAP] = "offset " VALUE " plus length " LIMIT " does not fit into 64 bits",
	[FAMFS_RULE_BEYOND_DEVICE] = "ends at " VALUE ", past the end of the device at " LIMIT,
	[FAMFS_RULE_OFFSET_ZERO] = "offset 0 is the superblock's (.meta/.superblock)",
	[FAMFS_RULE_SUPERBLOCK] = "the superblock must start at offset 0 of device 0",
	[FAMFS_RULE_TOTAL] = "the lengths add up to more than " VALUE,
	[FAMFS_RULE_TOO_SHORT] = "the extents hold " VALUE " bytes, less than the size " LIMIT,
	[FAMFS_RULE_NO_MEMORY] = "out of memory",
	[FAMFS_RULE_STRIPS] = "nstrips %1$" PRIu64 " is above %2$" PRIu64,
	[FAMFS_RULE_CHUNK] = "chunk_size " VALUE " is not a power of two of at least 2 MiB",
	[FAMFS_RULE_STRIP_SHORT] = "length " VALUE " is less than " LIMIT
				   ", its share of the extent",
};

/* The strip that is to blame, if it is one. */
static u32 blamed_strip(const struct famfs_map_request *map, const struct famfs_reason *r)
{
	u64 bytes;

	if (map->ext_type != FAMFS_IOC_EXT_INTERLEAVE || r->rule == FAMFS_RULE_TOTAL ||
	    r->rule == FAMFS_RULE_STRIPS || r->rule == FAMFS_RULE_CHUNK)
		return NO_STRIP;
	/* The library looks at nbytes before it looks at the strips. */
	bytes = map->interleaved[r->extent].ie_nbytes;
	if ((r->rule == FAMFS_RULE_NO_LENGTH && !bytes) ||
	    (r->rule == FAMFS_RULE_LENGTH_ALIGN && r->extent + 1 < map->nr_extents &&
	     !IS_ALIGNED(bytes, FAMFS_ALLOC_UNIT)))
		return NO_STRIP;
	return r->strip;
}

/* What is wrong there. */
void reason_text(char *buf, size_t size, const struct famfs_map_request *map,
		 const struct famfs_reason *r)
{
	bool striped = map->ext_type == FAMFS_IOC_EXT_INTERLEAVE;
	bool whole = blamed_strip(map, r) == NO_STRIP;
	const char *length = striped && whole ? "nbytes" : "length";
	char other[PLACE_SIZE];

	if (r->rule == FAMFS_RULE_NO_LENGTH)
		snprintf(buf, size, "%s is 0", length);
	else if (r->rule == FAMFS_RULE_LENGTH_ALIGN)
		snprintf(buf, size, "%s 0x%" PRIx64
			 " is not a multiple of 2 MiB, as all but the last %s's must be",
			 length, r->value, whole ? "extent" : "strip");
	else if (r->rule == FAMFS_RULE_OVERLAP)
		snprintf(buf, size, "overlaps %s (offsets 0x%" PRIx64 " and 0x%" PRIx64 ")",
			 place_name(other, r->other, striped ? r->other_strip : NO_STRIP),
			 r->value, r->limit);
	else if (r->rule == FAMFS_RULE_FILE_SIZE && !r->value)
		snprintf(buf, size, "size is 0");
	else if (r->rule == FAMFS_RULE_STRIPS && !r->value)
		snprintf(buf, size, "nstrips is 0");
	else if (r->rule == FAMFS_RULE_DEVINDEX && r->limit == 1)
		snprintf(buf, size, "there is no device %" PRIu64 ", only device 0",
			 r->value);
	else if (sentences[r->rule])
		snprintf(buf, size, sentences[r->rule],
			 r->rule == FAMFS_RULE_TOTAL ? r->limit : r->value,
			 r->limit - (r->rule == FAMFS_RULE_DEVINDEX));
	else
		snprintf(buf, size, "breaks the rule %s", famfs_rule_name(r->rule));
}

/* Build the map if it keeps the rules, on that many devices of the same size. */
bool map_file_build(struct map_file *file, u32 nr_devices, u64 device_size,
		    struct map_request *request, struct famfs_reason *reason)
{
	u64 sizes[FAMFS_MAX_DEVICES];
	const struct famfs_limits limits = { FAMFS_MAP_MAX_EXTENTS, nr_devices, sizes };
	u32 i;

	for (i = 0; i < nr_devices; i++)
		sizes[i] = device_size;
	map_file_request(file, request);
	if (famfs_map_validate(&request->map, &limits, reason))
		return false;
	file->map = or_die(famfs_map_build(&request->map));
	return true;
}

static void check_map(struct map_file *file, u32 nr_devices, u64 device_size)
{
	struct famfs_reason reason;
	struct map_request request;
	char text[PRINTABLE_SIZE];

	/* What a file is follows from where it is. */
	if (!strcmp(file->path, SUPERBLOCK_PATH))
		file->type = FAMFS_SUPERBLOCK;
	else if (!strcmp(file->path, LOG_PATH))
		file->type = FAMFS_LOG;
	if (map_file_build(file, nr_devices, device_size, &request, &reason))
		return;
	reason_text(text, sizeof(text), &request.map, &reason);
	switch (reason.rule) {
	case FAMFS_RULE_NONE ... FAMFS_RULE_TOO_MANY:
	case FAMFS_RULE_TOO_SHORT:
	case FAMFS_RULE_NO_MEMORY:
		fail("%s: %s", file->label, text);
		break;
	default:
		place_error(file, reason.extent, blamed_strip(&request.map, &reason),
			    "%s", text);
	}
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(((const struct map_file *)a)->path,
		      ((const struct map_file *)b)->path);
}

/* A file cannot be a directory on another file's path. */
static void check_parents(const struct map_file *file, void *tree)
{
	struct map_file parent = { .path = or_die(strdup(file->path)) };
	const struct map_file **found;
	char *slash;

	while ((slash = strrchr(parent.path, '/'))) {
		*slash = '\0';
		found = tfind(&parent, &tree, compare_paths);
		if (found)
			fail("%s: lies below %s, which is a file", file->label,
			     (*found)->label);
	}
	free(parent.path);
}

static void check_paths(const struct map_file *files, u32 nr)
{
	const struct map_file **found;
	void *tree = NULL;
	u32 i;

	for (i = 0; i < nr; i++) {
		found = or_die(tsearch(&files[i], &tree, compare_paths));
		if (*found != &files[i])
			fail("%s: has the same path as %s", files[i].label,
			     (*found)->label);
		*found = &files[i];
	}
	for (i = 0; i < nr; i++)
		check_parents(&files[i], tree);
	while (tree)
		tdelete(*(const struct map_file **)tree, &tree, compare_paths);
}

/* An extent or a strip of a document, and where on a device it is. */
struct place {
	const struct famfs_ioc_simple_extent *range;
	const struct map_file *file;
	u32 extent;
	u32 strip;
};

/* By where they are, and in the order of the map files where that is equal. */
static int compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->range->devindex != y->range->devindex)
		return x->range->devindex < y->range->devindex ? -1 : 1;
	if (x->range->offset != y->range->offset)
		return x->range->offset < y->range->offset ? -1 : 1;
	return (x->file > y->file) - (x->file < y->file);
}

/* The extents of a list, or the strips of an extent. */
static void add_places(struct list *places, const struct map_file *file,
		       const struct list *ranges, u32 extent)
{
	struct place *place;
	u32 i;

	for (i = 0; i < ranges->nr; i++) {
		place = list_add(places, sizeof(*place));
		place->range = (struct famfs_ioc_simple_extent *)ranges->at + i;
		place->file = file;
		place->extent = extent == NO_EXTENT ? i : extent;
		place->strip = extent == NO_EXTENT ? NO_STRIP : i;
	}
}

static u64 end_of(const struct place *place)
{
	return place->range->offset + place->range->len;
}

/* Blame the one that comes later in the map files. */
static void report_overlap(const struct place *a, const struct place *b)
{
	const struct place *later = a->file > b->file ? a : b;
	const struct place *first = later == a ? b : a;
	char name[PLACE_SIZE];

	place_error(later->file, later->extent, later->strip,
		    "overlaps %s, %s (0x%llx-0x%" PRIx64 " and 0x%llx-0x%" PRIx64 ")",
		    first->file->label, place_name(name, first->extent, first->strip),
		    later->range->offset, end_of(later) - 1,
		    first->range->offset, end_of(first) - 1);
}

/*
 * Sorted by start, a place overlaps an earlier one only if it overlaps the
 * one that reaches furthest.
 */
static void check_overlaps(const struct list *places)
{
	const struct place *place = places->at, *furthest = place;
	const struct place *end = place + places->nr;

	if (places->nr)
		qsort(places->at, places->nr, sizeof(*place), compare_places);
	for (; place < end; place++) {
		if (place->range->devindex != furthest->range->devindex)
			furthest = place;
		/* The same path twice has been reported as such. */
		if (place->range->offset < end_of(furthest) &&
		    strcmp(place->file->path, furthest->file->path))
			report_overlap(furthest, place);
		if (end_of(place) > end_of(furthest))
			furthest = place;
	}
}

/* Check all documents, and build the maps of those that are valid. */
void map_files_validate(const struct list *list, u32 nr_devices, u64 device_size)
{
	struct map_file *file = list->at, *end = file + list->nr;
	const struct map_stripes *stripes;
	struct list places = {};
	size_t errors;
	u32 i;

	for (; file < end; file++) {
		errors = nr_errors;
		check_file(file);
		if (nr_errors == errors)
			check_map(file, nr_devices, device_size);
		if (!file->map)
			continue;
		add_places(&places, file, &file->extents, NO_EXTENT);
		stripes = file->stripes.at;
		for (i = 0; i < file->stripes.nr; i++)
			add_places(&places, file, &stripes[i].strips, i);
	}
	check_paths(list->at, list->nr);
	check_overlaps(&places);
	free(places.at);
}
