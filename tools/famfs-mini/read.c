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

/* Go to the next event.  False once the stream cannot be read on. */
static bool next(struct reader *reader)
{
	const yaml_parser_t *parser = &reader->parser;

	yaml_event_delete(&reader->event);
	if (reader->broken || yaml_parser_parse(&reader->parser, &reader->event))
		return !reader->broken;
	reader->broken = true;
	if (parser->error == YAML_READER_ERROR)
		fail("%s: %s", at(reader, mark_of_byte(reader, parser->problem_offset)),
		     parser->problem);
	else if (parser->error == YAML_MEMORY_ERROR)
		fail("%s: out of memory", at(reader, parser->mark));
	else
		fail("%s: %s%s%s", at(reader, parser->problem_mark), parser->problem,
		     parser->context ? " " : "", parser->context ? : "");
	return false;
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

static void read_number(struct reader *reader, const struct field *field,
			const char *text, __u64 *to)
{
	/* 644 is not what it looks like: 01204.  But JSON knows no other numbers. */
	bool looks_octal = field->kind == OCTAL && !reader->json && *text != '0' &&
			   !text[strspn(text, "01234567")];
	u64 value;
	const char *problem = parse_number(text, &value);

	if (problem)
		fail("%s: %s: '%s' %s", here(reader), field->key, printable(text),
		     problem);
	else if (value > U64_MAX >> (64 - field->bits))
		fail("%s: %s: %s does not fit into %u bits", here(reader), field->key,
		     printable(text), field->bits);
	else if (looks_octal)
		fail("%s: %s: %s is decimal but looks octal; write 0%s (or 0%llo)",
		     here(reader), field->key, text, text, value);
	*to = value;
}

static void read_scalar(struct reader *reader, const struct field *field, void *to)
{
	const char *text = (const char *)reader->event.data.scalar.value;
	char **string = to;

	if (strlen(text) != reader->event.data.scalar.length) {
		fail("%s: %s holds a NUL character", here(reader), field->key);
	} else if (field->kind == STRING) {
		free(*string);	/* of a key that is repeated */
		*string = or_die(strdup(text));
	} else {
		read_number(reader, field, text, to);
	}
}

/* The field that a key names, or NULL after saying why there is none. */
static const struct field *read_key(struct reader *reader, const struct field *keys,
				    u64 *seen)
{
	const char *text = (const char *)reader->event.data.scalar.value;
	const struct field *field = keys;
	u64 bit;

	if (reader->event.type != YAML_SCALAR_EVENT) {
		fail("%s: a key must be a word", here(reader));
		skip_value(reader, NULL);
		return NULL;
	}
	reader->json = reader->event.data.scalar.style == YAML_DOUBLE_QUOTED_SCALAR_STYLE;
	while (field->key && strcmp(field->key, text))
		field++;
	if (!field->key || strlen(text) != reader->event.data.scalar.length) {
		fail("%s: unknown key '%s'", here(reader), printable(text));
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
		field = read_key(reader, keys, &seen);
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

static void read_list(struct reader *reader, const struct field *field,
		      struct list *list)
{
	const struct field entry = { field->key, MAPPING, .inner = field->inner };

	while (next(reader) && reader->event.type != YAML_SEQUENCE_END_EVENT)
		read_value(reader, &entry, list_add(list, field->size));
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
		read_list(reader, field, to);
	} else {
		read_scalar(reader, field, to);
	}
}

/* The document of that number, from its first event to its last one. */
static void read_document(struct reader *reader, size_t number, struct list *files)
{
	const yaml_event_t *event = &reader->event;
	struct map_file file = { .mode = 0644 };
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
	if (asprintf(&file.label, "%s: file %zu (%s)", reader->name, number,
		     printable(file.path)) < 0)
		or_die(NULL);
	*(struct map_file *)list_add(files, sizeof(file)) = file;
}

static void read_text(struct list *files, const char *name, const char *text,
		      size_t size)
{
	size_t skip = size >= 3 && !memcmp(text, BYTE_ORDER_MARK, 3) ? 3 : 0;
	struct reader reader = { .name = name, .text = text + skip, .size = size - skip };
	size_t documents = 0;

	or_die(yaml_parser_initialize(&reader.parser) ? &reader : NULL);
	yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reader.parser,
				     (const unsigned char *)reader.text, reader.size);
	while (next(&reader) && reader.event.type != YAML_STREAM_END_EVENT)
		if (reader.event.type == YAML_DOCUMENT_START_EVENT)
			read_document(&reader, ++documents, files);
	if (!documents && !reader.broken)
		fail("%s: holds no document", name);
	yaml_event_delete(&reader.event);
	yaml_parser_delete(&reader.parser);
}

/* All that a stream holds, up to a bit more than the limit. */
static char *read_stream(FILE *stream, size_t *size)
{
	size_t room = 1 << 16;
	char *text = NULL;

	*size = 0;
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
	const char *shown = stream == stdin ? "standard input" : name;
	size_t size = 0;
	char *text = stream ? read_stream(stream, &size) : NULL;

	if (!stream || ferror(stream))
		fail("%s: %m", name);
	else if (size > MAPFILE_MAX_SIZE)
		fail("%s: is larger than %lu MiB", shown, MAPFILE_MAX_SIZE >> 20);
	else
		read_text(files, shown, text, size);
	if (stream && stream != stdin)
		fclose(stream);
	free(text);
}
