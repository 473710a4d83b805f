// SPDX-License-Identifier: GPL-2.0
/*
 * First pass over a map file: is it YAML, and does it fit the schema?
 *
 * libcyaml loads one document of a stream, takes a negative number for a huge
 * one, does not see a repeated key, and tells where the enclosing mapping
 * starts, not where the mistake is.  This pass walks libyaml's events beside
 * libcyaml's schema, reports every mistake with its line and column, and cuts
 * the stream into documents that libcyaml will load.
 */
#include <string.h>
#include <yaml.h>

#include "syntax.h"

/* No key that is known is deeper than 6; libyaml slows down with the depth. */
#define MAX_DEPTH 64

/* Where the scan is.  @event is the one that is being looked at. */
struct scan {
	const char *name;
	const char *text;
	size_t size;
	yaml_parser_t parser;
	yaml_event_t event;
	size_t errors;
	size_t chars;		/* libyaml counts characters; they are at */
	size_t bytes;		/* this many bytes */
	bool json;		/* the last key was quoted, as in JSON */
};

static bool check_value(struct scan *scan, const cyaml_schema_value_t *schema,
			const char *key);

__attribute__((format(printf, 3, 4)))
static void complain(struct scan *scan, yaml_mark_t mark,
		     const char *format, ...)
{
	va_list args;

	scan->errors++;
	fprintf(stderr, "%s: line %zu, column %zu: ", scan->name,
		mark.line + 1, mark.column + 1);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	putc('\n', stderr);
}

/* A position in bytes as line and column; the bytes before it are UTF-8. */
static yaml_mark_t mark_of_byte(const struct scan *scan, size_t at)
{
	yaml_mark_t mark = {};
	size_t i;

	for (i = 0; i < at && i < scan->size; i++) {
		if (scan->text[i] == '\n') {
			mark.line++;
			mark.column = 0;
		} else if ((scan->text[i] & 0xc0) != 0x80) {
			mark.column++;
		}
	}
	return mark;
}

static void syntax_error(struct scan *scan)
{
	const yaml_parser_t *parser = &scan->parser;

	if (parser->error == YAML_READER_ERROR)
		complain(scan, mark_of_byte(scan, parser->problem_offset),
			 "%s", parser->problem);
	else if (parser->error == YAML_MEMORY_ERROR)
		complain(scan, parser->mark, "out of memory");
	else
		complain(scan, parser->problem_mark, "%s%s%s", parser->problem,
			 parser->context ? " " : "",
			 parser->context ? parser->context : "");
}

/* Go to the next event.  False once the stream cannot be read on. */
static bool next(struct scan *scan)
{
	yaml_event_delete(&scan->event);
	if (yaml_parser_parse(&scan->parser, &scan->event))
		return true;
	syntax_error(scan);
	return false;
}

/*
 * Each function below that takes a value is called at its first event, and
 * returns at its last one; it returns false if the stream broke on the way.
 */
static bool skip_value(struct scan *scan)
{
	size_t depth = 0;

	for (;;) {
		switch (scan->event.type) {
		case YAML_MAPPING_START_EVENT:
		case YAML_SEQUENCE_START_EVENT:
			depth++;
			break;
		case YAML_MAPPING_END_EVENT:
		case YAML_SEQUENCE_END_EVENT:
			depth--;
			break;
		default:
			break;
		}
		if (!depth)
			return true;
		if (depth > MAX_DEPTH) {
			complain(scan, scan->event.start_mark,
				 "more than %d levels in one another",
				 MAX_DEPTH);
			return false;
		}
		if (!next(scan))
			return false;
	}
}

static bool wrong_type(struct scan *scan, const char *key, const char *wanted)
{
	const char *extra = "";

	if (scan->event.type == YAML_ALIAS_EVENT)
		extra = ", and map files have no aliases";
	complain(scan, scan->event.start_mark, "%s must be %s%s", key, wanted,
		 extra);
	return skip_value(scan);
}

/* The text of a scalar, or NULL when it holds a NUL character. */
static const char *scalar_text(const struct scan *scan)
{
	const char *text = (const char *)scan->event.data.scalar.value;

	return strlen(text) == scan->event.data.scalar.length ? text : NULL;
}

/* 644 is not what it looks like: 01204.  But JSON knows no other numbers. */
static bool looks_octal(const struct scan *scan, const char *text)
{
	return !scan->json && *text != '0' && !text[strspn(text, "01234567")];
}

static void check_number(struct scan *scan, const cyaml_schema_value_t *schema,
			 const char *key, const char *text)
{
	u64 value, highest = U64_MAX >> (64 - 8 * schema->data_size);
	char shown[PRINTABLE_SIZE];
	const char *problem;

	printable(shown, sizeof(shown), text);
	if (!parse_number(text, &value, &problem))
		complain(scan, scan->event.start_mark, "%s: '%s' %s", key,
			 shown, problem);
	else if (value > highest)
		complain(scan, scan->event.start_mark,
			 "%s: %s does not fit into %u bits", key, shown,
			 8 * schema->data_size);
	else if (!strcmp(key, "mode") && looks_octal(scan, text))
		complain(scan, scan->event.start_mark,
			 "%s: %s is decimal but looks octal; write 0%s (or 0%lo)",
			 key, text, text, (unsigned long)value);
}

static bool check_scalar(struct scan *scan, const cyaml_schema_value_t *schema,
			 const char *key)
{
	bool number = schema->type == CYAML_UINT;
	const char *text;

	if (scan->event.type != YAML_SCALAR_EVENT)
		return wrong_type(scan, key, number ? "a number" : "a string");
	text = scalar_text(scan);
	if (!text)
		complain(scan, scan->event.start_mark,
			 "%s holds a NUL character", key);
	else if (number)
		check_number(scan, schema, key, text);
	return true;
}

static bool check_sequence(struct scan *scan,
			   const cyaml_schema_value_t *schema, const char *key)
{
	if (scan->event.type != YAML_SEQUENCE_START_EVENT)
		return wrong_type(scan, key, "a list");
	for (;;) {
		if (!next(scan))
			return false;
		if (scan->event.type == YAML_SEQUENCE_END_EVENT)
			return true;
		if (!check_value(scan, schema->sequence.entry, key))
			return false;
	}
}

/* The field that a key names, or NULL after saying why there is none. */
static const cyaml_schema_field_t *
check_key(struct scan *scan, const cyaml_schema_field_t *fields, u64 *seen)
{
	const char *text = scalar_text(scan);
	const cyaml_schema_field_t *field = fields;
	char shown[PRINTABLE_SIZE];
	u64 bit;

	while (text && field->key && strcmp(field->key, text))
		field++;
	if (!text || !field->key) {
		printable(shown, sizeof(shown),
			  (const char *)scan->event.data.scalar.value);
		complain(scan, scan->event.start_mark, "unknown key '%s'",
			 shown);
		return NULL;
	}
	bit = 1ULL << (field - fields);
	if (*seen & bit)
		complain(scan, scan->event.start_mark, "key '%s' is repeated",
			 field->key);
	*seen |= bit;
	return field;
}

static bool check_pair(struct scan *scan, const cyaml_schema_field_t *fields,
		       u64 *seen)
{
	const cyaml_schema_field_t *field = NULL;

	if (scan->event.type == YAML_SCALAR_EVENT) {
		scan->json = scan->event.data.scalar.style ==
			     YAML_DOUBLE_QUOTED_SCALAR_STYLE;
		field = check_key(scan, fields, seen);
	} else {
		complain(scan, scan->event.start_mark, "a key must be a word");
		if (!skip_value(scan))
			return false;
	}
	if (!next(scan))
		return false;
	if (!field)
		return skip_value(scan);
	return check_value(scan, &field->value, field->key);
}

static bool check_mapping(struct scan *scan, const cyaml_schema_value_t *schema,
			  const char *key)
{
	const cyaml_schema_field_t *field, *fields = schema->mapping.fields;
	yaml_mark_t start = scan->event.start_mark;
	u64 seen = 0;

	if (scan->event.type != YAML_MAPPING_START_EVENT)
		return wrong_type(scan, key, "a mapping of keys to values");
	for (;;) {
		if (!next(scan))
			return false;
		if (scan->event.type == YAML_MAPPING_END_EVENT)
			break;
		if (!check_pair(scan, fields, &seen))
			return false;
	}
	for (field = fields; field->key; field++)
		if (!(field->value.flags & CYAML_FLAG_OPTIONAL) &&
		    !(seen & 1ULL << (field - fields)))
			complain(scan, start, "key '%s' is missing",
				 field->key);
	return true;
}

static bool check_value(struct scan *scan, const cyaml_schema_value_t *schema,
			const char *key)
{
	switch (schema->type) {
	case CYAML_MAPPING:
		return check_mapping(scan, schema, key);
	case CYAML_SEQUENCE:
		return check_sequence(scan, schema, key);
	case CYAML_IGNORE:
		return skip_value(scan);
	default:
		return check_scalar(scan, schema, key);
	}
}

/* Marks are in characters, and come in rising order. */
static size_t byte_of_mark(struct scan *scan, yaml_mark_t mark)
{
	while (scan->bytes < scan->size) {
		if ((scan->text[scan->bytes] & 0xc0) != 0x80) {
			if (scan->chars == mark.index)
				break;
			scan->chars++;
		}
		scan->bytes++;
	}
	return scan->bytes;
}

static bool check_root(struct scan *scan, const cyaml_schema_value_t *schema)
{
	const yaml_event_t *event = &scan->event;

	if (event->type == YAML_SCALAR_EVENT &&
	    !event->data.scalar.length && event->data.scalar.plain_implicit) {
		complain(scan, event->start_mark, "the document is empty");
		return true;
	}
	return check_value(scan, schema, "the document");
}

/* From its first event to its last one. */
static bool check_document(struct scan *scan,
			   const cyaml_schema_value_t *schema,
			   struct yaml_slices *slices)
{
	struct yaml_slice *slice;
	size_t errors = scan->errors;

	slices->slice = xrealloc(slices->slice,
				 (slices->nr + 1) * sizeof(*slice));
	slice = &slices->slice[slices->nr++];
	*slice = (struct yaml_slice) {
		.start = byte_of_mark(scan, scan->event.start_mark),
	};
	if (!next(scan) || !check_root(scan, schema) || !next(scan))
		return false;
	slice->end = byte_of_mark(scan, scan->event.end_mark);
	slice->good = scan->errors == errors;
	return true;
}

static void check_stream(struct scan *scan, const cyaml_schema_value_t *schema,
			 struct yaml_slices *slices)
{
	while (next(scan)) {
		switch (scan->event.type) {
		case YAML_DOCUMENT_START_EVENT:
			if (!check_document(scan, schema, slices))
				return;
			break;
		case YAML_STREAM_END_EVENT:
			return;
		default:
			break;
		}
	}
}

void syntax_check(const char *name, const char *text, size_t size,
		  const cyaml_schema_value_t *schema,
		  struct yaml_slices *slices)
{
	struct scan scan = { .name = name, .text = text, .size = size };

	*slices = (struct yaml_slices) {};
	if (!yaml_parser_initialize(&scan.parser)) {
		fprintf(stderr, "%s: out of memory\n", name);
		slices->errors = 1;
		return;
	}
	yaml_parser_set_encoding(&scan.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&scan.parser, (const unsigned char *)text,
				     size);
	check_stream(&scan, schema, slices);
	yaml_event_delete(&scan.event);
	yaml_parser_delete(&scan.parser);
	slices->errors = scan.errors;
}
