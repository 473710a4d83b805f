// SPDX-License-Identifier: GPL-2.0
/* Map files: reading them into structures. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "mapfile.h"
#include "syntax.h"

/* devindex is optional: it is 0 on a mount of one device. */
static const cyaml_schema_field_t extent_fields[] = {
	CYAML_FIELD_UINT("devindex", CYAML_FLAG_OPTIONAL,
			 struct famfs_ioc_simple_extent, devindex),
	CYAML_FIELD_UINT("offset", CYAML_FLAG_DEFAULT,
			 struct famfs_ioc_simple_extent, offset),
	CYAML_FIELD_UINT("length", CYAML_FLAG_DEFAULT,
			 struct famfs_ioc_simple_extent, len),
	CYAML_FIELD_END
};

static const cyaml_schema_value_t extent_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct famfs_ioc_simple_extent,
			    extent_fields),
};

static const cyaml_schema_field_t stripes_fields[] = {
	CYAML_FIELD_UINT("nstrips", CYAML_FLAG_DEFAULT, struct map_stripes,
			 nstrips),
	CYAML_FIELD_UINT("chunk_size", CYAML_FLAG_DEFAULT, struct map_stripes,
			 chunk_size),
	CYAML_FIELD_UINT_PTR("nbytes", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
			     struct map_stripes, nbytes),
	CYAML_FIELD_SEQUENCE("simple_ext_list", CYAML_FLAG_POINTER,
			     struct map_stripes, strips, &extent_schema,
			     0, CYAML_UNLIMITED),
	CYAML_FIELD_END
};

static const cyaml_schema_value_t stripes_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct map_stripes,
			    stripes_fields),
};

/* flags is in what upstream's tools write, and says nothing about the map. */
static const cyaml_schema_field_t file_fields[] = {
	CYAML_FIELD_STRING_PTR("path", CYAML_FLAG_POINTER, struct map_file,
			       path, 0, CYAML_UNLIMITED),
	CYAML_FIELD_UINT("size", CYAML_FLAG_DEFAULT, struct map_file, size),
	CYAML_FIELD_IGNORE("flags", CYAML_FLAG_OPTIONAL),
	CYAML_FIELD_UINT_PTR("mode", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
			     struct map_file, mode),
	CYAML_FIELD_UINT("uid", CYAML_FLAG_OPTIONAL, struct map_file, uid),
	CYAML_FIELD_UINT("gid", CYAML_FLAG_OPTIONAL, struct map_file, gid),
	CYAML_FIELD_UINT_PTR("nextents",
			     CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
			     struct map_file, nextents),
	CYAML_FIELD_SEQUENCE("simple_ext_list",
			     CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
			     struct map_file, extents, &extent_schema,
			     0, CYAML_UNLIMITED),
	CYAML_FIELD_SEQUENCE("striped_ext_list",
			     CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
			     struct map_file, stripes, &stripes_schema,
			     0, CYAML_UNLIMITED),
	CYAML_FIELD_END
};

static const cyaml_schema_field_t document_fields[] = {
	CYAML_FIELD_MAPPING("file", CYAML_FLAG_DEFAULT, struct map_document,
			    file, file_fields),
	CYAML_FIELD_END
};

static const cyaml_schema_value_t document_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct map_document,
			    document_fields),
};

/* What libcyaml logs, each line after the name of the map file. */
static void log_line(cyaml_log_t level, void *name, const char *format,
		     va_list args)
{
	(void)level;
	fprintf(stderr, "%s: ", (const char *)name);
	vfprintf(stderr, format, args);
}

static const cyaml_config_t load_config = {
	.log_fn = log_line,
	.mem_fn = cyaml_mem,
	.log_level = CYAML_LOG_ERROR,
	.flags = CYAML_CFG_NO_ALIAS,
};

static struct map_entry *add_entry(struct map_set *set)
{
	set->entries = xrealloc(set->entries,
				(set->nr + 1) * sizeof(*set->entries));
	set->entries[set->nr] = (struct map_entry) {};
	return &set->entries[set->nr++];
}

static void load_document(struct map_set *set, const char *name, size_t number,
			  const char *text, size_t size)
{
	cyaml_config_t config = load_config;
	struct map_document *document;
	char path[PRINTABLE_SIZE];
	struct map_entry *entry;
	cyaml_err_t err;

	config.log_ctx = (void *)name;
	err = cyaml_load_data((const uint8_t *)text, size, &config,
			      &document_schema, (cyaml_data_t **)&document,
			      NULL);
	if (err) {
		fprintf(stderr, "%s: file %zu: %s\n", name, number,
			cyaml_strerror(err));
		set->errors++;
		return;
	}
	printable(path, sizeof(path), document->file.path);
	entry = add_entry(set);
	entry->document = document;
	entry->label = xasprintf("%s: file %zu (%s)", name, number, path);
}

/* Up to one byte more than the limit, which tells that there is more. */
static char *read_all(int fd, size_t *size)
{
	size_t room = 0;
	char *text = NULL;
	ssize_t got;

	*size = 0;
	do {
		if (*size == room) {
			room = room ? room * 2 : 1 << 16;
			text = xrealloc(text, room);
		}
		got = read(fd, text + *size, room - *size);
		if (got < 0) {
			free(text);
			return NULL;
		}
		*size += got;
	} while (got && *size <= MAPFILE_MAX_SIZE);
	return text;
}

static char *read_file(const char *name, size_t *size)
{
	bool standard_input = !strcmp(name, "-");
	int fd = STDIN_FILENO, error;
	char *text;

	if (!standard_input)
		fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	text = read_all(fd, size);
	error = errno;
	if (!standard_input)
		close(fd);
	errno = error;
	return text;
}

static void load_text(struct map_set *set, const char *name, const char *text,
		      size_t size)
{
	static const char byte_order_mark[] = "\xef\xbb\xbf";
	struct yaml_slices slices;
	size_t i;

	if (size >= 3 && !memcmp(text, byte_order_mark, 3)) {
		text += 3;
		size -= 3;
	}
	syntax_check(name, text, size, &document_schema, &slices);
	set->errors += slices.errors;
	if (!slices.nr && !slices.errors) {
		fprintf(stderr, "%s: holds no document\n", name);
		set->errors++;
	}
	for (i = 0; i < slices.nr; i++)
		if (slices.slice[i].good)
			load_document(set, name, i + 1,
				      text + slices.slice[i].start,
				      slices.slice[i].end -
				      slices.slice[i].start);
	free(slices.slice);
}

/* Add the documents of a map file ("-": standard input) to the set. */
void map_set_load(struct map_set *set, const char *name)
{
	size_t size;
	char *text;

	text = read_file(name, &size);
	if (!text) {
		fprintf(stderr, "%s: %s\n", name, strerror(errno));
		set->errors++;
		return;
	}
	if (!strcmp(name, "-"))
		name = "standard input";
	if (size > MAPFILE_MAX_SIZE) {
		fprintf(stderr, "%s: is larger than %lu MiB\n", name,
			MAPFILE_MAX_SIZE >> 20);
		set->errors++;
	} else {
		load_text(set, name, text, size);
	}
	free(text);
}

void map_set_free(struct map_set *set)
{
	size_t i;

	for (i = 0; i < set->nr; i++) {
		cyaml_free(&load_config, &document_schema,
			   set->entries[i].document, 0);
		famfs_map_free(set->entries[i].map);
		free(set->entries[i].label);
	}
	free(set->entries);
}

u32 map_entry_mode(const struct map_entry *entry)
{
	const u32 *mode = entry->document->file.mode;

	return mode ? *mode : 0644;
}

/* What a file is follows from where it is. */
u32 map_path_type(const char *path)
{
	if (!strcmp(path, SUPERBLOCK_PATH))
		return FAMFS_SUPERBLOCK;
	if (!strcmp(path, LOG_PATH))
		return FAMFS_LOG;
	return FAMFS_REG;
}

void entry_error(struct map_set *set, const struct map_entry *entry,
		 const char *format, ...)
{
	va_list args;

	set->errors++;
	fprintf(stderr, "%s: ", entry->label);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	putc('\n', stderr);
}

void extent_error(struct map_set *set, const struct map_entry *entry,
		  u32 extent, u32 strip, const char *format, ...)
{
	char place[PLACE_SIZE];
	va_list args;

	set->errors++;
	fprintf(stderr, "%s, %s: ", entry->label,
		place_name(place, extent, strip));
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	putc('\n', stderr);
}
