// SPDX-License-Identifier: GPL-2.0
/*
 * The format of map files: one description, by which they are read, from
 * libyaml's events, and printed.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <yaml.h>

#include "famfs-mini.h"

/* Larger than any sensible map file, and small enough to be read at once. */
#define MAPFILE_MAX_SIZE (256UL << 20)

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* No key that is known is deeper than 6; libyaml slows down with the depth. */
#define MAX_DEPTH 64

/* What a value is; numbers, which are __u64, by how they are printed. */
enum kind {
	STRING,
	DECIMAL,
	OCTAL,
	HEX,
	LIST,
	MAPPING,
	IGNORED,
};

/* How it starts, and what a value that starts otherwise should have been. */
static const struct {
	yaml_event_type_t event;
	const char *wanted;
} kinds[] = {
	[STRING] = { YAML_SCALAR_EVENT, "a string" },
	[DECIMAL ... HEX] = { YAML_SCALAR_EVENT, "a number" },
	[LIST] = { YAML_SEQUENCE_START_EVENT, "a list" },
	[MAPPING] = { YAML_MAPPING_START_EVENT, "a mapping of keys to values" },
};

/*
 * A key of a mapping.  Its value is at @at of the structure that stands for the
 * mapping.  A number has up to @bits, and is optional; if it matters whether it is
 * there, a bool at @given tells.  @inner are the keys of a mapping, or the one entry
 * that describes those of a list, which have @size bytes each.
 */
struct field {
	const char *key;
	enum kind kind;
	bool optional;
	unsigned int bits;
	size_t at;
	size_t given;
	const struct field *inner;
	size_t size;
};

#define AT(type, member) .at = offsetof(struct type, member)
#define GIVEN(type, member) .given = offsetof(struct type, member)
#define LIST_OF(type, entry) .inner = entry, .size = sizeof(struct type)

/* devindex is optional: it is 0 on a mount of one device. */
static const struct field extent_keys[] = {
	{ "devindex", DECIMAL, true, 64, AT(famfs_ioc_simple_extent, devindex) },
	{ "offset", HEX, false, 64, AT(famfs_ioc_simple_extent, offset) },
	{ "length", HEX, false, 64, AT(famfs_ioc_simple_extent, len) },
	{}
};

static const struct field extents_entry = {
	"simple_ext_list", MAPPING, .inner = extent_keys
};

static const struct field stripes_keys[] = {
	{ "nstrips", DECIMAL, false, 64, AT(map_stripes, nstrips) },
	{ "chunk_size", HEX, false, 64, AT(map_stripes, chunk_size) },
	{ "nbytes", HEX, true, 64, AT(map_stripes, nbytes),
	  GIVEN(map_stripes, has_nbytes) },
	{ "simple_ext_list", LIST, false, 0, AT(map_stripes, strips),
	  LIST_OF(famfs_ioc_simple_extent, &extents_entry) },
	{}
};

static const struct field stripes_entry = {
	"striped_ext_list", MAPPING, .inner = stripes_keys
};

/* flags is in what upstream's tools write, and says nothing about the map. */
static const struct field file_keys[] = {
	{ "path", STRING, false, 0, AT(map_file, path) },
	{ "size", DECIMAL, false, 64, AT(map_file, size) },
	{ "flags", IGNORED, .optional = true },
	{ "mode", OCTAL, true, 32, AT(map_file, mode) },
	{ "uid", DECIMAL, true, 32, AT(map_file, uid) },
	{ "gid", DECIMAL, true, 32, AT(map_file, gid) },
	{ "nextents", DECIMAL, true, 64, AT(map_file, nextents),
	  GIVEN(map_file, has_nextents) },
	{ "simple_ext_list", LIST, true, 0, AT(map_file, extents),
	  LIST_OF(famfs_ioc_simple_extent, &extents_entry) },
	{ "striped_ext_list", LIST, true, 0, AT(map_file, stripes),
	  LIST_OF(map_stripes, &stripes_entry) },
	{}
};

static const struct field document_keys[] = {
	{ "file", MAPPING, .inner = file_keys },
	{}
};

static const struct field document = {
	"the document", MAPPING, .inner = document_keys
};

/* Where the reader is in a map file.  @event is the one that is being looked at. */
struct reader {
	const char *name;
	const char *text;
	size_t size;
	yaml_parser_t parser;
	yaml_event_t event;
	bool broken;		/* there is no next event */
	bool json;		/* the last key was quoted, as in JSON */
	char place[PATH_MAX + 64];
};

/* A place in the map file, as messages name it; overwritten by the next one. */
static const char *at(struct reader *reader, yaml_mark_t mark)
{
	snprintf(reader->place, sizeof(reader->place), "%s: line %zu, column %zu",
		 reader->name, mark.line + 1, mark.column + 1);
	return reader->place;
}

/* That of the event. */
static const char *here(struct reader *reader)
{
	return at(reader, reader->event.start_mark);
}

/* A position in bytes as line and column; the bytes before it are UTF-8. */
static yaml_mark_t mark_of_byte(const struct reader *reader, size_t at)
{
	yaml_mark_t mark = {};
	size_t i;

	for (i = 0; i < at && i < reader->size; i++) {
		if (reader->text[i] == '\n') {
			mark.line++;
			mark.column = 0;
		} else if ((reader->text[i] & 0xc0) != 0x80) {
			mark.column++;
		}
	}
	return mark;
}

static void syntax_error(struct reader *reader)
{
	const yaml_parser_t *parser = &reader->parser;

	if (parser->error == YAML_READER_ERROR)
		fail("%s: %s", at(reader, mark_of_byte(reader, parser->problem_offset)),
		     parser->problem);
	else if (parser->error == YAML_MEMORY_ERROR)
		fail("%s: out of memory", at(reader, parser->mark));
	else
		fail("%s: %s%s%s", at(reader, parser->problem_mark), parser->problem,
		     parser->context ? " " : "", parser->context ? : "");
	reader->broken = true;
}

/* Go to the next event.  False once the stream cannot be read on. */
static bool next(struct reader *reader)
{
	yaml_event_delete(&reader->event);
	if (!reader->broken && !yaml_parser_parse(&reader->parser, &reader->event))
		syntax_error(reader);
	return !reader->broken;
}

/*
 * Each function below that reads a value is called at its first event, and
 * returns at its last one, or when the stream is broken.  What is skipped has been
 * complained about, unless @key names what is ignored.
 */
static void skip_value(struct reader *reader, const char *key)
{
	yaml_event_type_t type;
	int depth = 0;

	do {
		type = reader->event.type;
		if (type == YAML_ALIAS_EVENT && key)
			fail("%s: %s holds an alias, and map files have no aliases",
			     here(reader), key);
		depth += type == YAML_MAPPING_START_EVENT ||
			 type == YAML_SEQUENCE_START_EVENT;
		depth -= type == YAML_MAPPING_END_EVENT ||
			 type == YAML_SEQUENCE_END_EVENT;
		if (depth > MAX_DEPTH) {
			fail("%s: more than %d levels in one another", here(reader),
			     MAX_DEPTH);
			reader->broken = true;
		}
	} while (depth && next(reader));
}

/* The text of a scalar, or NULL when it holds a NUL character. */
static const char *scalar_text(const struct reader *reader)
{
	const char *text = (const char *)reader->event.data.scalar.value;

	return strlen(text) == reader->event.data.scalar.length ? text : NULL;
}

static void read_number(struct reader *reader, const struct field *field,
			const char *text, __u64 *to)
{
	/* 644 is not what it looks like: 01204.  But JSON knows no other numbers. */
	bool looks_octal = field->kind == OCTAL && !reader->json && *text != '0' &&
			   !text[strspn(text, "01234567")];
	char shown[PRINTABLE_SIZE];
	const char *problem;
	u64 value = 0;

	printable(shown, sizeof(shown), text);
	if (!parse_number(text, &value, &problem))
		fail("%s: %s: '%s' %s", here(reader), field->key, shown, problem);
	else if (value > U64_MAX >> (64 - field->bits))
		fail("%s: %s: %s does not fit into %u bits", here(reader), field->key,
		     shown, field->bits);
	else if (looks_octal)
		fail("%s: %s: %s is decimal but looks octal; write 0%s (or 0%" PRIo64 ")",
		     here(reader), field->key, text, text, value);
	*to = value;
}

static void read_scalar(struct reader *reader, const struct field *field, void *to)
{
	const char *text = scalar_text(reader);
	char **string = to;

	if (!text) {
		fail("%s: %s holds a NUL character", here(reader), field->key);
	} else if (field->kind == STRING) {
		free(*string);	/* of a key that is repeated */
		*string = or_die(strdup(text));
	} else {
		read_number(reader, field, text, to);
	}
}

/* The field that a key names, or NULL after saying why there is none. */
static const struct field *find_field(struct reader *reader,
				      const struct field *keys, u64 *seen)
{
	const char *text = scalar_text(reader);
	const struct field *field = keys;
	char shown[PRINTABLE_SIZE];
	u64 bit;

	while (text && field->key && strcmp(field->key, text))
		field++;
	if (!text || !field->key) {
		text = (const char *)reader->event.data.scalar.value;
		fail("%s: unknown key '%s'", here(reader),
		     printable(shown, sizeof(shown), text));
		return NULL;
	}
	bit = 1ULL << (field - keys);
	if (*seen & bit)
		fail("%s: key '%s' is repeated", here(reader), field->key);
	*seen |= bit;
	return field;
}

static void read_value(struct reader *reader, const struct field *field, void *base);

static void read_mapping(struct reader *reader, const struct field *keys, void *to)
{
	yaml_mark_t start = reader->event.start_mark;
	const struct field *field;
	u64 seen = 0;

	while (next(reader) && reader->event.type != YAML_MAPPING_END_EVENT) {
		field = NULL;
		if (reader->event.type == YAML_SCALAR_EVENT) {
			reader->json = reader->event.data.scalar.style ==
				       YAML_DOUBLE_QUOTED_SCALAR_STYLE;
			field = find_field(reader, keys, &seen);
		} else {
			fail("%s: a key must be a word", here(reader));
			skip_value(reader, NULL);
		}
		if (!next(reader))
			return;
		if (field)
			read_value(reader, field, to);
		else
			skip_value(reader, NULL);
	}
	for (field = keys; field->key && !reader->broken; field++)
		if (!field->optional && !(seen & 1ULL << (field - keys)))
			fail("%s: key '%s' is missing", at(reader, start), field->key);
}

/* What belongs into the structure at @base. */
static void read_value(struct reader *reader, const struct field *field, void *base)
{
	yaml_event_type_t type = reader->event.type;
	void *to = base + field->at;

	if (field->given)
		*(bool *)(base + field->given) = true;
	if (field->kind == IGNORED) {
		skip_value(reader, field->key);
	} else if (type != kinds[field->kind].event) {
		fail("%s: %s must be %s%s", here(reader), field->key,
		     kinds[field->kind].wanted, type == YAML_ALIAS_EVENT ?
		     ", and map files have no aliases" : "");
		skip_value(reader, NULL);
	} else if (field->kind == MAPPING) {
		read_mapping(reader, field->inner, to);
	} else if (field->kind == LIST) {
		while (next(reader) && reader->event.type != YAML_SEQUENCE_END_EVENT)
			read_value(reader, field->inner, list_add(to, field->size));
	} else {
		read_scalar(reader, field, to);
	}
}

/* The document of that number, from its first event to its last one. */
static void read_document(struct reader *reader, size_t number,
			  struct list *entries)
{
	struct map_file file = { .mode = 0644 };
	yaml_event_t *event = &reader->event;
	char path[PRINTABLE_SIZE];
	struct map_entry *entry;
	size_t errors = nr_errors;

	if (next(reader) && event->type == YAML_SCALAR_EVENT &&
	    !event->data.scalar.length && event->data.scalar.plain_implicit)
		fail("%s: the document is empty", here(reader));
	else if (!reader->broken)
		read_value(reader, &document, &file);
	next(reader);
	if (nr_errors > errors) {
		map_file_free(&file);
		return;
	}
	entry = list_add(entries, sizeof(*entry));
	entry->file = file;
	printable(path, sizeof(path), file.path);
	if (asprintf(&entry->label, "%s: file %zu (%s)", reader->name, number,
		     path) < 0)
		or_die(NULL);
}

static void read_text(struct list *entries, const char *name, const char *text,
		      size_t size)
{
	struct reader reader = { .name = name, .text = text, .size = size };
	size_t documents = 0;

	or_die(yaml_parser_initialize(&reader.parser) ? &reader : NULL);
	yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text,
				     size);
	while (next(&reader) && reader.event.type != YAML_STREAM_END_EVENT)
		if (reader.event.type == YAML_DOCUMENT_START_EVENT)
			read_document(&reader, ++documents, entries);
	if (!documents && !reader.broken)
		fail("%s: holds no document", name);
	yaml_event_delete(&reader.event);
	yaml_parser_delete(&reader.parser);
}

/* What a map file holds: up to a bit more than the limit; or NULL and errno. */
static char *read_file(const char *name, size_t *size)
{
	FILE *file = strcmp(name, "-") ? fopen(name, "re") : stdin;
	size_t room = 1 << 16;
	char *text = NULL;

	if (!file)
		return NULL;
	*size = 0;
	do {
		room *= 2;
		text = or_die(realloc(text, room));
		*size += fread(text + *size, 1, room - *size, file);
	} while (*size == room && *size <= MAPFILE_MAX_SIZE);
	if (ferror(file)) {
		free(text);
		text = NULL;
	}
	if (file != stdin)
		fclose(file);
	return text;
}

/* Add the documents of a map file ("-": standard input). */
void entries_load(struct list *entries, const char *name)
{
	size_t size, skip;
	char *text = read_file(name, &size);

	if (!text) {
		fail("%s: %s", name, strerror(errno));
		return;
	}
	if (!strcmp(name, "-"))
		name = "standard input";
	skip = size >= 3 && !memcmp(text, BYTE_ORDER_MARK, 3) ? 3 : 0;
	if (size > MAPFILE_MAX_SIZE)
		fail("%s: is larger than %lu MiB", name, MAPFILE_MAX_SIZE >> 20);
	else
		read_text(entries, name, text + skip, size - skip);
	free(text);
}

static bool is_given(const struct field *field, const void *base)
{
	const struct list *list = base + field->at;

	if (field->given)
		return *(const bool *)(base + field->given);
	return field->kind != IGNORED && (field->kind != LIST || list->nr);
}

static void print_scalar(const struct field *field, const void *from, bool json)
{
	if (field->kind == STRING && json)
		print_json_string(stdout, *(char * const *)from);
	else if (field->kind == STRING)
		print_yaml_string(stdout, *(char * const *)from);
	else
		printf(field->kind == DECIMAL || json ? "%llu" :
		       field->kind == OCTAL ? "0%03llo" : "0x%llx",
		       *(const __u64 *)from);
}

static void print_mapping(const struct field *field, const void *base, int indent,
			  bool json);

static void print_list(const struct field *field, const struct list *list,
		       int indent, bool json)
{
	u32 i;

	for (i = 0; i < list->nr; i++) {
		if (json)
			fputs(i ? ", {" : "[{", stdout);
		else
			printf("\n%*s- ", indent, "");
		print_mapping(field->inner->inner, list->at + i * field->size,
			      indent + 2, json);
		if (json)
			fputs(i + 1 < list->nr ? "}" : "}]", stdout);
	}
}

/* From where in a line the first key goes; the next ones have @indent blanks. */
static void print_mapping(const struct field *field, const void *base, int indent,
			  bool json)
{
	bool first = true;

	for (; field->key; field++) {
		if (!is_given(field, base))
			continue;
		if (!first && json)
			fputs(", ", stdout);
		else if (!first)
			printf("\n%*s", indent, "");
		first = false;
		printf(json ? "\"%s\":" : "%s:", field->key);
		if (json || field->kind != LIST)
			putchar(' ');
		if (field->kind == LIST)
			print_list(field, base + field->at, indent, json);
		else
			print_scalar(field, base + field->at, json);
	}
}

/* Without what is around the keys and values. */
void map_file_print(const struct map_file *file, bool json)
{
	print_mapping(file_keys, file, 2, json);
}

static void add_range(struct list *list, const struct famfs_range *range)
{
	struct famfs_ioc_simple_extent *extent = list_add(list, sizeof(*extent));

	extent->devindex = range->dev;
	extent->offset = range->addr;
	extent->len = range->length;
}

static void add_stripes(struct map_file *file, const struct famfs_map *map, u32 index)
{
	struct map_stripes *stripes = list_add(&file->stripes, sizeof(*stripes));
	struct famfs_ioc_interleaved_ext ext;
	struct famfs_range range;
	u32 strip;

	famfs_map_interleaved(map, index, &ext);
	stripes->nstrips = ext.ie_nstrips;
	stripes->chunk_size = ext.ie_chunk_size;
	stripes->nbytes = ext.ie_nbytes;
	/* Upstream's tools do not know nbytes, which mostly says nothing new. */
	stripes->has_nbytes = map->nr_segments > 1 || ext.ie_nbytes != map->size;
	for (strip = 0; strip < ext.ie_nstrips; strip++) {
		famfs_map_strip(map, index, strip, &range);
		add_range(&stripes->strips, &range);
	}
}

/* A file with this map, without path, mode and owner. */
void map_file_fill(struct map_file *file, const struct famfs_map *map)
{
	struct famfs_range range;
	u32 i;

	*file = (struct map_file) {
		.size = map->size,
		.nextents = map->nr_segments,
		.has_nextents = true,
	};
	for (i = 0; i < map->nr_segments; i++)
		if (famfs_map_segment(map, i, &range))
			add_range(&file->extents, &range);
		else
			add_stripes(file, map, i);
}

/* The file's lists as the library and the kernel take them. */
struct famfs_map_request map_file_request(const struct map_file *file, u32 type)
{
	const struct map_stripes *stripes = file->stripes.at;
	struct famfs_map_request request = {
		.file_size = file->size,
		.file_type = type,
		.ext_type = FAMFS_IOC_EXT_SIMPLE,
		.nr_extents = file->extents.nr,
		.simple = file->extents.at,
	};
	struct famfs_ioc_interleaved_ext *list;
	u32 i, nr = file->stripes.nr;

	if (!nr)
		return request;
	list = or_die(calloc(nr, sizeof(*list)));
	for (i = 0; i < nr; i++) {
		list[i].ie_nstrips = stripes[i].nstrips;
		list[i].ie_chunk_size = stripes[i].chunk_size;
		list[i].ie_nbytes = stripes[i].has_nbytes ? stripes[i].nbytes :
				    file->size;
		list[i].ie_strips = stripes[i].strips.at;
	}
	request.ext_type = FAMFS_IOC_EXT_INTERLEAVE;
	request.nr_extents = nr;
	request.interleaved = list;
	return request;
}

void map_request_free(struct famfs_map_request *request)
{
	if (request->ext_type == FAMFS_IOC_EXT_INTERLEAVE)
		free((void *)request->interleaved);
}

void map_file_free(struct map_file *file)
{
	struct map_stripes *stripes = file->stripes.at;
	u32 i;

	for (i = 0; i < file->stripes.nr; i++)
		free(stripes[i].strips.at);
	free(file->stripes.at);
	free(file->extents.at);
	free(file->path);
}

void entries_free(struct list *entries)
{
	struct map_entry *entry = entries->at;
	u32 i;

	for (i = 0; i < entries->nr; i++, entry++) {
		map_file_free(&entry->file);
		famfs_map_free(entry->map);
		free(entry->label);
	}
	free(entries->at);
}
