// SPDX-License-Identifier: GPL-2.0
/* The format of map files: one description, by which they are read and printed. */
#include <yaml.h>

#include "famfs-mini.h"

/* Larger than any sensible map file, and small enough to be in memory at once. */
#define MAPFILE_MAX_SIZE (256UL << 20)
#define PIECE_SIZE (1UL << 16)
#define BYTE_ORDER_MARK "\xef\xbb\xbf"
/* No key that is known is deeper than 6; libyaml slows down with the depth. */
#define MAX_DEPTH 64

static const struct kind {
	yaml_event_type_t event;	/* how it starts */
	const char *wanted;		/* what one that starts otherwise should be */
	const char *format;		/* to print a number, which is a __u64 */
} string = { YAML_SCALAR_EVENT, "a string", NULL },
	decimal = { YAML_SCALAR_EVENT, "a number", "%llu" },
	octal = { YAML_SCALAR_EVENT, "a number", "0%03llo" },
	hex = { YAML_SCALAR_EVENT, "a number", "0x%llx" },
	list = { YAML_SEQUENCE_START_EVENT, "a list", NULL },
	mapping = { YAML_MAPPING_START_EVENT, "a mapping of keys to values", NULL };

/* A key of a mapping, which a structure stands for. */
struct field {
	const char *key;
	const struct kind *kind;	/* of its value; none if that is ignored */
	bool optional;
	unsigned int bits;		/* that a number may have */
	size_t at;			/* where the value is in the structure */
	size_t given;			/* where a bool tells whether it is there, or 0 */
	const struct field *inner;	/* keys of a mapping, or of each in a list */
	size_t size;			/* of the structures of those in a list */
};

#define AT(type, member) .at = offsetof(struct type, member)
#define GIVEN(type, member) .given = offsetof(struct type, member)
#define LIST_OF(type, keys) .inner = keys, .size = sizeof(struct type)
#define EXTENTS LIST_OF(famfs_ioc_simple_extent, extent_keys)

static const struct field extent_keys[] = {
	/* It is 0 on a mount of one device. */
	{ "devindex", &decimal, true, 64, AT(famfs_ioc_simple_extent, devindex) },
	{ "offset", &hex, false, 64, AT(famfs_ioc_simple_extent, offset) },
	{ "length", &hex, false, 64, AT(famfs_ioc_simple_extent, len) },
	{}
};

static const struct field stripes_keys[] = {
	{ "nstrips", &decimal, false, 64, AT(map_stripes, ext.ie_nstrips) },
	{ "chunk_size", &hex, false, 64, AT(map_stripes, ext.ie_chunk_size) },
	{ "nbytes", &hex, true, 64, AT(map_stripes, ext.ie_nbytes),
	  GIVEN(map_stripes, has_nbytes) },
	{ "simple_ext_list", &list, false, 0, AT(map_stripes, strips), EXTENTS },
	{}
};

static const struct field file_keys[] = {
	{ "path", &string, false, 0, AT(map_file, path) },
	{ "size", &decimal, false, 64, AT(map_file, request.file_size) },
	/* Upstream's tools write it, and it says nothing about the map. */
	{ "flags", NULL, .optional = true },
	{ "mode", &octal, true, 32, AT(map_file, mode) },
	{ "uid", &decimal, true, 32, AT(map_file, uid) },
	{ "gid", &decimal, true, 32, AT(map_file, gid) },
	{ "nextents", &decimal, true, 64, AT(map_file, nextents),
	  GIVEN(map_file, has_nextents) },
	{ "simple_ext_list", &list, true, 0, AT(map_file, extents), EXTENTS },
	{ "striped_ext_list", &list, true, 0, AT(map_file, stripes),
	  LIST_OF(map_stripes, stripes_keys) },
	{}
};

static const struct field outer_keys[] = { { "file", &mapping, .inner = file_keys }, {} };
static const struct field document = { "the document", &mapping, .inner = outer_keys };

/* Where the reader is in a map file.  @event is the one that is being looked at. */
struct reader {
	const char *name, *text;
	size_t size;
	yaml_parser_t parser;
	yaml_event_t event;
	yaml_mark_t mark;	/* what messages are about: mostly the event */
	bool broken;		/* there is no next event */
	bool json;		/* the last key was quoted, as in JSON */
};

/* Tell of a mistake at the reader's mark in a map file. */
#define fail_here(at, format, ...) ({					\
	const struct reader *_at = (at);				\
									\
	fail("%s: line %zu, column %zu: " format, _at->name,		\
	     _at->mark.line + 1, _at->mark.column + 1, ##__VA_ARGS__);	\
})

/* A position in bytes as line and column; the bytes before it are UTF-8. */
static yaml_mark_t mark_of_byte(const char *text, size_t at)
{
	yaml_mark_t mark = {};

	for (; at; at--, text++) {
		mark.column += (*text & 0xc0) != 0x80;
		if (*text == '\n')
			mark = (yaml_mark_t) { .line = mark.line + 1 };
	}
	return mark;
}

/* Go to the next event.  False once the stream cannot be read on. */
static bool next(struct reader *reader)
{
	const yaml_parser_t *parser = &reader->parser;

	yaml_event_delete(&reader->event);
	if (reader->broken)
		return false;
	if (yaml_parser_parse(&reader->parser, &reader->event)) {
		reader->mark = reader->event.start_mark;
		return true;
	}
	reader->broken = true;
	reader->mark = parser->error == YAML_READER_ERROR ?
		       mark_of_byte(reader->text, parser->problem_offset) :
		       parser->error == YAML_MEMORY_ERROR ? parser->mark :
		       parser->problem_mark;
	return fail_here(reader, "%s%s%s", parser->problem ? : "out of memory",
			 parser->context ? " " : "", parser->context ? : "");
}

/*
 * Each function that reads a value is called at its first event, and returns at its last
 * one, or when the stream is broken.  This one is for mistakes, or to ignore a @key.
 */
static void skip_value(struct reader *reader, const char *key)
{
	yaml_event_type_t type;
	int depth = 0;

	do {
		type = reader->event.type;
		if (type == YAML_ALIAS_EVENT && key)
			fail_here(reader, "%s holds an alias, and map files have no aliases",
				  key);
		depth += type == YAML_MAPPING_START_EVENT ||
			 type == YAML_SEQUENCE_START_EVENT;
		depth -= type == YAML_MAPPING_END_EVENT ||
			 type == YAML_SEQUENCE_END_EVENT;
	} while (depth && depth <= MAX_DEPTH && next(reader));
	if (depth > MAX_DEPTH)
		reader->broken = !fail_here(reader, "more than %d levels in one another",
					    MAX_DEPTH);
}

static void read_scalar(struct reader *reader, const struct field *field, void *to)
{
	const char *text = (const char *)reader->event.data.scalar.value;
	char **copy = to;
	u64 value;
	const char *problem = parse_number(text, &value);

	if (strlen(text) != reader->event.data.scalar.length) {
		fail_here(reader, "%s holds a NUL character", field->key);
	} else if (field->kind == &string) {
		free(*copy);	/* of a key that is repeated */
		*copy = or_die(strdup(text));
	} else if (problem) {
		fail_here(reader, "%s: '%s' %s", field->key, printable(text), problem);
	} else if (value > U64_MAX >> (64 - field->bits)) {
		fail_here(reader, "%s: %s does not fit into %u bits", field->key,
			  printable(text), field->bits);
	} else if (field->kind == &octal && !reader->json && *text != '0' &&
		   !text[strspn(text, "01234567")]) {
		/* 644 is 01204.  But JSON knows no other numbers. */
		fail_here(reader, "%s: %s is decimal but looks octal; write 0%s (or 0%llo)",
			  field->key, text, text, value);
	} else {
		*(__u64 *)to = value;
	}
}

/* The field that a key names; if there is none, say so and return the end. */
static const struct field *read_key(struct reader *reader, const struct field *keys)
{
	bool word = reader->event.type == YAML_SCALAR_EVENT;
	const char *text = word ? (const char *)reader->event.data.scalar.value : "";

	while (keys->key && (strcmp(keys->key, text) ||
			     strlen(text) != reader->event.data.scalar.length))
		keys++;
	reader->json = word && reader->event.data.scalar.style ==
		       YAML_DOUBLE_QUOTED_SCALAR_STYLE;
	if (!word) {
		fail_here(reader, "a key must be a word");
		skip_value(reader, NULL);
	} else if (!keys->key) {
		fail_here(reader, "unknown key '%s'", printable(text));
	}
	return keys;
}

static void read_value(struct reader *reader, const struct field *field, void *base);

static void read_mapping(struct reader *reader, const struct field *keys, void *to)
{
	yaml_mark_t start = reader->mark;
	const struct field *field;
	u64 seen = 0;

	while (next(reader) && reader->event.type != YAML_MAPPING_END_EVENT) {
		field = read_key(reader, keys);
		if (field->key && seen & 1ULL << (field - keys))
			fail_here(reader, "key '%s' is repeated", field->key);
		seen |= 1ULL << (field - keys);
		if (next(reader))
			read_value(reader, field, to);
	}
	reader->mark = start;
	for (field = keys; field->key && !reader->broken; field++)
		if (!field->optional && !(seen & 1ULL << (field - keys)))
			fail_here(reader, "key '%s' is missing", field->key);
}

/* What belongs into the structure at @base. */
static void read_value(struct reader *reader, const struct field *field, void *base)
{
	const struct field entry = { field->key, &mapping, .inner = field->inner };
	yaml_event_type_t type = reader->event.type;
	void *to = base + field->at;

	if (field->given)
		*(bool *)(base + field->given) = true;
	if (!field->kind) {
		skip_value(reader, field->key);
	} else if (type != field->kind->event) {
		fail_here(reader, "%s must be %s%s", field->key, field->kind->wanted,
			  type == YAML_ALIAS_EVENT ?
			  ", and map files have no aliases" : "");
		skip_value(reader, NULL);
	} else if (field->kind == &mapping) {
		read_mapping(reader, field->inner, to);
	} else if (field->kind == &list) {
		while (next(reader) && reader->event.type != YAML_SEQUENCE_END_EVENT)
			read_value(reader, &entry, list_add(to, field->size));
	} else {
		read_scalar(reader, field, to);
	}
}

/* The document of that number, from its first event to its last one. */
static void read_document(struct reader *reader, size_t number, struct list *files)
{
	struct map_file *file = list_add(files, sizeof(*file));
	const yaml_event_t *event = &reader->event;
	size_t errors = nr_errors;

	file->mode = 0644;
	if (next(reader) && event->type == YAML_SCALAR_EVENT &&
	    !event->data.scalar.length && event->data.scalar.plain_implicit)
		fail_here(reader, "the document is empty");
	else if (!reader->broken)
		read_value(reader, &document, file);
	next(reader);
	if (nr_errors > errors) {
		map_file_free(file);
		files->nr--;
		return;
	}
	or_die(asprintf(&file->label, "%s: file %zu (%s)", reader->name, number,
			printable(file->path)) < 0 ? NULL : file);
}

static void read_documents(struct reader *reader, struct list *files)
{
	size_t documents = 0, skip = strlen(BYTE_ORDER_MARK);

	if (reader->size >= skip && !memcmp(reader->text, BYTE_ORDER_MARK, skip)) {
		reader->text += skip;
		reader->size -= skip;
	}
	or_die(yaml_parser_initialize(&reader->parser) ? reader : NULL);
	yaml_parser_set_encoding(&reader->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reader->parser, (const void *)reader->text,
				     reader->size);
	while (next(reader) && reader->event.type != YAML_STREAM_END_EVENT)
		if (reader->event.type == YAML_DOCUMENT_START_EVENT)
			read_document(reader, ++documents, files);
	if (!documents && !reader->broken)
		fail("%s: holds no document", reader->name);
	yaml_event_delete(&reader->event);
	yaml_parser_delete(&reader->parser);
}

/* Add the documents of a map file ("-": standard input). */
void map_files_read(struct list *files, const char *name)
{
	FILE *stream = strcmp(name, "-") ? fopen(name, "re") : stdin;
	struct reader reader = { .name = stream == stdin ? "standard input" : name };
	struct list pieces = {};
	size_t got = stream ? PIECE_SIZE : 0;

	while (got == PIECE_SIZE && reader.size <= MAPFILE_MAX_SIZE) {
		got = fread(list_add(&pieces, PIECE_SIZE), 1, PIECE_SIZE, stream);
		reader.size += got;
	}
	reader.text = pieces.at;
	if (!stream || ferror(stream))
		fail("%s: %m", name);
	else if (reader.size > MAPFILE_MAX_SIZE)
		fail("%s: is larger than %lu MiB", reader.name, MAPFILE_MAX_SIZE >> 20);
	else
		read_documents(&reader, files);
	if (stream && stream != stdin)
		fclose(stream);
	free(pieces.at);
}

/* The first key, which is always there, goes on a line that was begun. */
static void print_keys(const struct field *keys, const void *base, int indent, bool json)
{
	for (const struct field *field = keys; field->key; field++) {
		const void *from = base + field->at;
		const struct list *entries = field->kind == &list ? from : NULL;

		if (!field->kind || (entries && !entries->nr) ||
		    (field->given && !*(const bool *)(base + field->given)))
			continue;
		if (field != keys)
			printf(json ? ", " : "\n%*s", indent, "");
		printf(json ? "\"%s\": " : entries ? "%s:" : "%s: ", field->key);
		if (field->kind == &string)
			print_string(stdout, *(char * const *)from, json);
		else if (!entries)
			printf(json ? "%llu" : field->kind->format, *(__u64 *)from);
		for (u32 i = 0; entries && i < entries->nr; i++) {
			printf(!json ? "\n%*s- " : i ? "}, {" : "[{", indent, "");
			print_keys(field->inner, entries->at + i * field->size,
				   indent + 2, json);
		}
		fputs(json && entries ? "}]" : "", stdout);
	}
}

/* A document of a map file, or what is in the braces of a JSON object. */
void map_file_print(const struct map_file *file, bool json)
{
	fputs(json ? "" : "---\nfile:\n  ", stdout);
	print_keys(file_keys, file, 2, json);
	fputs(json ? "" : "\n", stdout);
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
