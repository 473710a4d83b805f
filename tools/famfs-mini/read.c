// SPDX-License-Identifier: GPL-2.0
/* Map files are read, from libyaml's events, by the description of their format. */
#include <limits.h>
#include <string.h>
#include <yaml.h>

#include "famfs-mini.h"

/* Larger than any sensible map file, and small enough to be read at once. */
#define MAPFILE_MAX_SIZE (256UL << 20)

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* No key that is known is deeper than 6; libyaml slows down with the depth. */
#define MAX_DEPTH 64

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

static const struct field document_keys[] = {
	{ "file", MAPPING, .inner = file_keys },
	{}
};

static const struct field document = { "the document", MAPPING, .inner = document_keys };

/* Where the reader is in a map file.  @event is the one that is being looked at. */
struct reader {
	const char *name;
	const char *text;
	size_t size;
	yaml_parser_t parser;
	yaml_event_t event;
	yaml_mark_t mark;	/* what messages are about: mostly the event */
	bool broken;		/* there is no next event */
	bool json;		/* the last key was quoted, as in JSON */
};

/* A place in the map file, as messages name it; overwritten by the next one. */
static const char *here(const struct reader *reader)
{
	static char place[PATH_MAX + 64];

	snprintf(place, sizeof(place), "%s: line %zu, column %zu", reader->name,
		 reader->mark.line + 1, reader->mark.column + 1);
	return place;
}

#define fail_here(reader, format, ...) \
	fail("%s: " format, here(reader), ##__VA_ARGS__)

/* A position in bytes as line and column; the bytes before it are UTF-8. */
static yaml_mark_t mark_of_byte(const struct reader *reader, size_t at)
{
	yaml_mark_t mark = {};

	for (size_t i = 0; i < at && i < reader->size; i++) {
		mark.column += (reader->text[i] & 0xc0) != 0x80;
		if (reader->text[i] == '\n')
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
		       mark_of_byte(reader, parser->problem_offset) :
		       parser->error == YAML_MEMORY_ERROR ? parser->mark :
		       parser->problem_mark;
	return fail_here(reader, "%s%s%s", parser->problem ? : "out of memory",
			 parser->context ? " " : "", parser->context ? : "");
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
			fail_here(reader, "%s holds an alias, and map files have no aliases",
				  key);
		depth += type == YAML_MAPPING_START_EVENT ||
			 type == YAML_SEQUENCE_START_EVENT;
		depth -= type == YAML_MAPPING_END_EVENT ||
			 type == YAML_SEQUENCE_END_EVENT;
		if (depth > MAX_DEPTH) {
			fail_here(reader, "more than %d levels in one another",
				  MAX_DEPTH);
			reader->broken = true;
		}
	} while (depth && next(reader));
}

static void read_scalar(struct reader *reader, const struct field *field, void *to)
{
	const char *text = (const char *)reader->event.data.scalar.value;
	char **string = to;
	u64 value;
	const char *problem = parse_number(text, &value);

	if (strlen(text) != reader->event.data.scalar.length) {
		fail_here(reader, "%s holds a NUL character", field->key);
	} else if (field->kind == STRING) {
		free(*string);	/* of a key that is repeated */
		*string = or_die(strdup(text));
	} else if (problem) {
		fail_here(reader, "%s: '%s' %s", field->key, printable(text), problem);
	} else if (value > U64_MAX >> (64 - field->bits)) {
		fail_here(reader, "%s: %s does not fit into %u bits", field->key,
			  printable(text), field->bits);
	} else if (field->kind == OCTAL && !reader->json && *text != '0' &&
		   !text[strspn(text, "01234567")]) {
		/* 644 is 01204.  But JSON knows no other numbers. */
		fail_here(reader, "%s: %s is decimal but looks octal; write 0%s (or 0%llo)",
			  field->key, text, text, value);
	} else {
		*(__u64 *)to = value;
	}
}

/* The field that a key names, or the end of @keys after saying why there is none. */
static const struct field *read_key(struct reader *reader, const struct field *keys)
{
	const yaml_event_t *event = &reader->event;
	bool word = event->type == YAML_SCALAR_EVENT;
	const char *text = word ? (const char *)event->data.scalar.value : "";

	while (keys->key && (strcmp(keys->key, text) ||
			     strlen(text) != event->data.scalar.length))
		keys++;
	reader->json = word &&
		       event->data.scalar.style == YAML_DOUBLE_QUOTED_SCALAR_STYLE;
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
	u64 bit, seen = 0;

	while (next(reader) && reader->event.type != YAML_MAPPING_END_EVENT) {
		field = read_key(reader, keys);
		bit = 1ULL << (field - keys);
		if (field->key && seen & bit)
			fail_here(reader, "key '%s' is repeated", field->key);
		seen |= bit;
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
	const struct field entry = { field->key, MAPPING, .inner = field->inner };
	yaml_event_type_t type = reader->event.type;
	void *to = base + field->at;

	if (field->given)
		*(bool *)(base + field->given) = true;
	if (field->kind == IGNORED) {
		skip_value(reader, field->key);
	} else if (type != kinds[field->kind].event) {
		fail_here(reader, "%s must be %s%s", field->key,
			  kinds[field->kind].wanted, type == YAML_ALIAS_EVENT ?
			  ", and map files have no aliases" : "");
		skip_value(reader, NULL);
	} else if (field->kind == MAPPING) {
		read_mapping(reader, field->inner, to);
	} else if (field->kind == LIST) {
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
	} else if (asprintf(&file->label, "%s: file %zu (%s)", reader->name, number,
			    printable(file->path)) < 0) {
		or_die(NULL);
	}
}

static void read_documents(struct reader *reader, struct list *files)
{
	size_t documents = 0;

	or_die(yaml_parser_initialize(&reader->parser) ? reader : NULL);
	yaml_parser_set_encoding(&reader->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reader->parser,
				     (const unsigned char *)reader->text, reader->size);
	while (next(reader) && reader->event.type != YAML_STREAM_END_EVENT)
		if (reader->event.type == YAML_DOCUMENT_START_EVENT)
			read_document(reader, ++documents, files);
	if (!documents && !reader->broken)
		fail("%s: holds no document", reader->name);
	yaml_event_delete(&reader->event);
	yaml_parser_delete(&reader->parser);
}

/* All that a stream holds, up to a bit more than the limit. */
static char *read_stream(FILE *stream, size_t *size)
{
	size_t room = 1 << 16;
	char *text = NULL;

	do {
		room *= 2;
		text = or_die(realloc(text, room));
		*size += fread(text + *size, 1, room - *size, stream);
	} while (*size == room && *size <= MAPFILE_MAX_SIZE);
	return text;
}

/* Add the documents of a map file ("-": standard input). */
void map_files_read(struct list *files, const char *name)
{
	FILE *stream = strcmp(name, "-") ? fopen(name, "re") : stdin;
	struct reader reader = { .name = stream == stdin ? "standard input" : name };
	char *text = stream ? read_stream(stream, &reader.size) : NULL;
	size_t mark = strlen(BYTE_ORDER_MARK);

	reader.text = text;
	if (!stream || ferror(stream)) {
		fail("%s: %m", name);
	} else if (reader.size > MAPFILE_MAX_SIZE) {
		fail("%s: is larger than %lu MiB", reader.name, MAPFILE_MAX_SIZE >> 20);
	} else {
		if (reader.size >= mark && !memcmp(text, BYTE_ORDER_MARK, mark)) {
			reader.text += mark;
			reader.size -= mark;
		}
		read_documents(&reader, files);
	}
	if (stream && stream != stdin)
		fclose(stream);
	free(text);
}
