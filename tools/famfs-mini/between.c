// SPDX-License-Identifier: GPL-2.0
/* The rules between entries: no path twice, no byte of a device twice. */
#include <inttypes.h>
#include <string.h>

#include "mapfile.h"

static const char *entry_path(const struct map_entry *entry)
{
	return entry->document->file.path;
}

/* By path, and in the order of the map files where paths are equal. */
static int compare_paths(const void *a, const void *b)
{
	const struct map_entry *x = *(const struct map_entry * const *)a;
	const struct map_entry *y = *(const struct map_entry * const *)b;
	int order = strcmp(entry_path(x), entry_path(y));

	return order ? order : (x > y) - (x < y);
}

static int compare_key(const void *key, const void *member)
{
	return strcmp(key, entry_path(*(const struct map_entry * const *)member));
}

/* A file cannot be a directory on another file's path. */
static void check_parents(struct map_set *set, const struct map_entry *entry,
			  const struct map_entry **sorted)
{
	char *parent = xstrndup(entry_path(entry), strlen(entry_path(entry)));
	const struct map_entry **found;
	char *slash;

	while ((slash = strrchr(parent, '/'))) {
		*slash = '\0';
		found = bsearch(parent, sorted, set->nr, sizeof(*sorted),
				compare_key);
		if (found)
			entry_error(set, entry, "lies below %s, which is a file",
				    (*found)->label);
	}
	free(parent);
}

void map_set_check_paths(struct map_set *set)
{
	const struct map_entry **sorted;
	size_t i;

	sorted = xcalloc(set->nr + 1, sizeof(*sorted));
	for (i = 0; i < set->nr; i++)
		sorted[i] = &set->entries[i];
	qsort(sorted, set->nr, sizeof(*sorted), compare_paths);
	for (i = 1; i < set->nr; i++)
		if (!strcmp(entry_path(sorted[i - 1]), entry_path(sorted[i])))
			entry_error(set, sorted[i], "has the same path as %s",
				    sorted[i - 1]->label);
	for (i = 0; i < set->nr; i++)
		check_parents(set, &set->entries[i], sorted);
	free(sorted);
}

/* One extent of one entry, or one strip; @index counts within the entry. */
struct place {
	const struct famfs_ioc_simple_extent *extent;
	const struct map_entry *entry;
	u32 index;
	u32 strip;
};

static int compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->extent->devindex != y->extent->devindex)
		return x->extent->devindex < y->extent->devindex ? -1 : 1;
	if (x->extent->offset != y->extent->offset)
		return x->extent->offset < y->extent->offset ? -1 : 1;
	if (x->entry != y->entry)
		return x->entry < y->entry ? -1 : 1;
	return 0;
}

static size_t count_places(const struct map_file *file)
{
	size_t nr = file->extents_count;
	u32 i;

	for (i = 0; i < file->stripes_count; i++)
		nr += file->stripes[i].strips_count;
	return nr;
}

/* Add what an entry takes of the devices; it is valid and cannot wrap. */
static void add_places(struct place **at, const struct map_entry *entry)
{
	const struct map_file *file = &entry->document->file;
	const struct map_stripes *stripes;
	u32 i, strip;

	for (i = 0; i < file->extents_count; i++)
		*(*at)++ = (struct place) {
			.extent = &file->extents[i],
			.entry = entry,
			.index = i,
			.strip = NO_STRIP,
		};
	for (i = 0; i < file->stripes_count; i++) {
		stripes = &file->stripes[i];
		for (strip = 0; strip < stripes->strips_count; strip++)
			*(*at)++ = (struct place) {
				.extent = &stripes->strips[strip],
				.entry = entry,
				.index = i,
				.strip = strip,
			};
	}
}

/* The extents and strips of all valid entries. */
static struct place *list_places(const struct map_set *set, size_t *nr)
{
	struct place *places, *end;
	size_t i;

	*nr = 0;
	for (i = 0; i < set->nr; i++)
		if (set->entries[i].map)
			*nr += count_places(&set->entries[i].document->file);
	places = xcalloc(*nr + 1, sizeof(*places));
	end = places;
	for (i = 0; i < set->nr; i++)
		if (set->entries[i].map)
			add_places(&end, &set->entries[i]);
	return places;
}

static u64 place_start(const struct place *place)
{
	return place->extent->offset;
}

static u64 place_end(const struct place *place)
{
	return place->extent->offset + place->extent->len;
}

/* Blame the one that comes later in the map files. */
static void report_overlap(struct map_set *set, const struct place *a,
			   const struct place *b)
{
	const struct place *later = a->entry > b->entry ? a : b;
	const struct place *first = later == a ? b : a;
	char name[PLACE_SIZE];

	extent_error(set, later->entry, later->index, later->strip,
		     "overlaps %s, %s (0x%" PRIx64 "-0x%" PRIx64
		     " and 0x%" PRIx64 "-0x%" PRIx64 ")", first->entry->label,
		     place_name(name, first->index, first->strip),
		     place_start(later), place_end(later) - 1,
		     place_start(first), place_end(first) - 1);
}

/*
 * Sorted by start, a place overlaps an earlier one only if it overlaps the
 * one that reaches furthest.
 */
void map_set_check_overlaps(struct map_set *set)
{
	const struct place *furthest, *place;
	struct place *places;
	size_t nr, i;

	places = list_places(set, &nr);
	qsort(places, nr, sizeof(*places), compare_places);
	furthest = places;
	for (i = 1; i < nr; i++) {
		place = &places[i];
		if (place->extent->devindex != furthest->extent->devindex) {
			furthest = place;
			continue;
		}
		/* The same path twice has been reported as such. */
		if (place_start(place) < place_end(furthest) &&
		    strcmp(entry_path(place->entry), entry_path(furthest->entry)))
			report_overlap(set, furthest, place);
		if (place_end(place) > place_end(furthest))
			furthest = place;
	}
	free(places);
}
