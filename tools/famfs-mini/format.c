// SPDX-License-Identifier: GPL-2.0
/*
 * The format of map files: one description, by which they are read and printed.
 */
#include <string.h>

#include "famfs-mini.h"

#define AT(type, member) .at = offsetof(struct type, member)
#define GIVEN(type, member) .given = offsetof(struct type, member)
#define LIST_OF(type, keys) .inner = keys, .size = sizeof(struct type)

/* devindex is optional: it is 0 on a mount of one device. */
static const struct field extent_keys[] = {
	{ "devindex", DECIMAL, true, 64, AT(famfs_ioc_simple_extent, devindex) },
	{ "offset", HEX, false, 64, AT(famfs_ioc_simple_extent, offset) },
	{ "length", HEX, false, 64, AT(famfs_ioc_simple_extent, len) },
	{}
};

static const struct field stripes_keys[] = {
	{ "nstrips", DECIMAL, false, 64, AT(map_stripes, ext.ie_nstrips) },
	{ "chunk_size", HEX, false, 64, AT(map_stripes, ext.ie_chunk_size) },
	{ "nbytes", HEX, true, 64, AT(map_stripes, ext.ie_nbytes),
	  GIVEN(map_stripes, has_nbytes) },
	{ "simple_ext_list", LIST, false, 0, AT(map_stripes, strips),
	  LIST_OF(famfs_ioc_simple_extent, extent_keys) },
	{}
};

/* flags is in what upstream's tools write, and says nothing about the map. */
const struct field file_keys[] = {
	{ "path", STRING, false, 0, AT(map_file, path) },
	{ "size", DECIMAL, false, 64, AT(map_file, request.file_size) },
	{ "flags", IGNORED, .optional = true },
	{ "mode", OCTAL, true, 32, AT(map_file, mode) },
	{ "uid", DECIMAL, true, 32, AT(map_file, uid) },
	{ "gid", DECIMAL, true, 32, AT(map_file, gid) },
	{ "nextents", DECIMAL, true, 64, AT(map_file, nextents),
	  GIVEN(map_file, has_nextents) },
	{ "simple_ext_list", LIST, true, 0, AT(map_file, extents),
	  LIST_OF(famfs_ioc_simple_extent, extent_keys) },
	{ "striped_ext_list", LIST, true, 0, AT(map_file, stripes),
	  LIST_OF(map_stripes, stripes_keys) },
	{}
};

static bool is_given(const struct field *field, const void *base)
{
	const struct list *list = base + field->at;

	if (field->given)
		return *(const bool *)(base + field->given);
	return field->kind != IGNORED && (field->kind != LIST || list->nr);
}

static void print_scalar(const struct field *field, const void *from, bool json)
{
	if (field->kind == STRING)
		(json ? print_json_string : print_yaml_string)(stdout,
							       *(char * const *)from);
	else
		printf(field->kind == DECIMAL || json ? "%llu" :
		       field->kind == OCTAL ? "0%03llo" : "0x%llx",
		       *(const __u64 *)from);
}

/*
 * The keys and values of a mapping, without what is around them: from where in a line the
 * first one goes, which is always given; the next ones have @indent blanks.
 */
void print_mapping(const struct field *keys, const void *base, int indent, bool json)
{
	const struct field *field;
	const struct list *list;

	for (field = keys; field->key; field++) {
		if (!is_given(field, base))
			continue;
		if (field != keys)
			printf(json ? ", " : "\n%*s", indent, "");
		printf(json ? "\"%s\": " : field->kind == LIST ? "%s:" : "%s: ",
		       field->key);
		if (field->kind != LIST)
			print_scalar(field, base + field->at, json);
		list = base + field->at;
		for (u32 i = 0; field->kind == LIST && i < list->nr; i++) {
			printf(!json ? "\n%*s- " : i ? "}, {" : "[{", indent, "");
			print_mapping(field->inner, list->at + i * field->size,
				      indent + 2, json);
		}
		fputs(json && field->kind == LIST ? "}]" : "", stdout);
	}
}

/* The file's lists as the library and the kernel take them. */
void map_file_request(struct map_file *file)
{
	const struct map_stripes *stripes = file->stripes.at;
	u32 nr = file->stripes.nr;

	file->request.ext_type = nr ? FAMFS_IOC_EXT_INTERLEAVE : FAMFS_IOC_EXT_SIMPLE;
	file->request.nr_extents = nr ? : file->extents.nr;
	file->request.simple = file->extents.at;
	if (!nr)
		return;
	file->striped = or_die(calloc(nr, sizeof(*file->striped)));
	file->request.interleaved = file->striped;
	for (u32 i = 0; i < nr; i++, stripes++) {
		file->striped[i] = stripes->ext;
		file->striped[i].ie_strips = stripes->strips.at;
		if (!stripes->has_nbytes)
			file->striped[i].ie_nbytes = file->request.file_size;
	}
}

void map_file_free(struct map_file *file)
{
	struct map_stripes *stripes = file->stripes.at;

	for (u32 i = 0; i < file->stripes.nr; i++)
		free(stripes[i].strips.at);
	free(file->stripes.at);
	free(file->striped);
	free(file->extents.at);
	free(file->path);
	free(file->label);
	famfs_map_free(file->map);
}
