// SPDX-License-Identifier: GPL-2.0
/* The rules of map files, but for those of a map, which are the extent library's. */
#include <search.h>

#include "famfs-mini.h"

static bool check_file(const struct map_file *file)
{
	const struct map_stripes *stripes = file->stripes.at;
	u32 count = file->extents.nr + file->stripes.nr;
	const char *problem = path_problem(file->path);
	size_t errors = nr_errors;

	if (problem)
		fail_file(file, "%s", problem);
	if (file->mode > 07777)
		fail_file(file, "mode 0%llo is above 07777", file->mode);
	/* All ones means "leave it as it is" to chown(2). */
	if (file->uid == UINT_MAX)
		fail_file(file, "uid %llu is not a user", file->uid);
	if (file->gid == UINT_MAX)
		fail_file(file, "gid %llu is not a group", file->gid);
	if (file->extents.nr && file->stripes.nr)
		return fail_file(file, "has both simple_ext_list and striped_ext_list");
	if (file->has_nextents && file->nextents != count)
		return fail_file(file, "nextents is %llu, but the list has %u extents",
				 file->nextents, count);
	/* What the request that is made of the file can no longer tell. */
	for (u32 i = 1; i <= file->stripes.nr; i++, stripes++) {
		if (stripes->ext.ie_nstrips != stripes->strips.nr)
			fail("%s, extent %u: nstrips is %llu, but the list has %u strips",
			     file->label, i, stripes->ext.ie_nstrips, stripes->strips.nr);
		if (!stripes->has_nbytes && file->stripes.nr > 1)
			fail("%s, extent %u: nbytes is missing, as only the extent of a file that has one may leave it out",
			     file->label, i);
	}
	return nr_errors == errors;
}

/* Build the map if it keeps the rules, on that many devices of the same size. */
bool map_file_build(struct map_file *file, u32 nr_devices, u64 device_size)
{
	u64 sizes[FAMFS_MAX_DEVICES] = { [0 ... FAMFS_MAX_DEVICES - 1] = device_size };
	const struct famfs_limits limits = { FAMFS_MAP_MAX_EXTENTS, nr_devices, sizes };
	const struct map_stripes *stripes = file->stripes.at;
	u32 nr = file->stripes.nr;

	file->request.nr_extents = file->extents.nr;
	file->request.simple = file->extents.at;
	if (nr) {
		file->striped = or_die(calloc(nr, sizeof(*file->striped)));
		file->request.ext_type = FAMFS_IOC_EXT_INTERLEAVE;
		file->request.nr_extents = nr;
		file->request.interleaved = file->striped;
	}
	for (u32 i = 0; i < nr; i++, stripes++) {
		file->striped[i] = stripes->ext;
		file->striped[i].ie_strips = stripes->strips.at;
		if (!stripes->has_nbytes)
			file->striped[i].ie_nbytes = file->request.file_size;
	}
	if (famfs_map_validate(&file->request, &limits, &file->reason))
		return false;
	file->map = or_die(famfs_map_build(&file->request));
	return true;
}

static void check_map(struct map_file *file, u32 nr_devices, u64 device_size)
{
	char text[FAMFS_TEXT_SIZE];

	/* What a file is follows from where it is. */
	if (!strcmp(file->path, ".meta/.superblock"))
		file->request.file_type = FAMFS_SUPERBLOCK;
	else if (!strcmp(file->path, ".meta/.log"))
		file->request.file_type = FAMFS_LOG;
	if (map_file_build(file, nr_devices, device_size))
		return;
	famfs_reason_text(text, &file->request, &file->reason);
	file->request.nr_extents = 0;	/* it claims nothing */
	fail("%s%s %s", file->label, file->reason.part ? "," : ":", text);
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(((const struct map_file *)a)->path,
		      ((const struct map_file *)b)->path);
}

static void check_paths(const struct map_file *files, u32 nr)
{
	const struct map_file **found;
	struct map_file parent;
	void *tree = NULL;
	char *slash;

	for (u32 i = 0; i < nr; i++) {
		found = or_die(tsearch(&files[i], &tree, compare_paths));
		if (*found != &files[i])
			fail_file(&files[i], "has the same path as %s", (*found)->label);
		*found = &files[i];
	}
	/* A file cannot be a directory on another file's path. */
	for (u32 i = 0; i < nr; i++) {
		parent.path = or_die(strdup(files[i].path));
		while ((slash = strrchr(parent.path, '/'))) {
			*slash = '\0';
			found = tfind(&parent, &tree, compare_paths);
			if (found)
				fail_file(&files[i], "lies below %s, which is a file",
					  (*found)->label);
		}
		free(parent.path);
	}
	while (tree)
		tdelete(*(const struct map_file **)tree, &tree, compare_paths);
}

static void check_overlaps(const struct map_file *files, u32 nr_files)
{
	char part[FAMFS_TEXT_SIZE], other[FAMFS_TEXT_SIZE];
	struct famfs_overlap walk = {};
	struct famfs_claim *claims;
	u32 i, nr = 0;

	for (i = 0; i < nr_files; i++)
		nr += famfs_count_claims(&files[i].request);
	claims = or_die(calloc(nr + 1, sizeof(*claims)));
	for (i = 0, nr = 0; i < nr_files; i++) {
		famfs_list_claims(&files[i].request, i, claims + nr);
		nr += famfs_count_claims(&files[i].request);
	}
	famfs_sort_claims(claims, nr);
	while (famfs_next_overlap(claims, nr, &walk)) {
		/* Blame the one that comes later in the map files. */
		const struct famfs_claim *x = walk.second, *y = walk.first;

		/* The same path twice has been reported as such. */
		if (!strcmp(files[x->file].path, files[y->file].path))
			continue;
		famfs_part_text(part, x->part, x->extent, x->strip);
		famfs_part_text(other, y->part, y->extent, y->strip);
		fail("%s, %s: overlaps %s, %s (0x%llx-0x%llx and 0x%llx-0x%llx)",
		     files[x->file].label, part, files[y->file].label, other,
		     x->range->offset, x->range->offset + x->range->len - 1,
		     y->range->offset, y->range->offset + y->range->len - 1);
	}
	free(claims);
}

/* Read map files, check all documents, and build the maps of those that are valid. */
void map_files_load(struct list *list, char **names, u32 nr_devices, u64 device_size)
{
	struct map_file *file;

	for (; *names; names++)
		map_files_read(list, *names);
	for (file = list->at; file < (struct map_file *)list->at + list->nr; file++)
		if (check_file(file))
			check_map(file, nr_devices, device_size);
	check_paths(list->at, list->nr);
	check_overlaps(list->at, list->nr);
}

void map_files_unload(struct list *files)
{
	struct map_file *file = files->at;

	for (u32 i = 0; i < files->nr; i++)
		map_file_free(&file[i]);
	free(files->at);
}

/* No mount says how many devices there are; none has more than these. */
void cmd_check(char **names, const struct settings *settings)
{
	struct list files = {};

	map_files_load(&files, names, FAMFS_MAX_DEVICES, settings->size);
	if (nr_errors)
		printf("%zu error%s\n", nr_errors, nr_errors == 1 ? "" : "s");
	else
		printf("%u file%s, no errors\n", files.nr, files.nr == 1 ? "" : "s");
	map_files_unload(&files);
}
