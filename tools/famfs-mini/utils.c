// SPDX-License-Identifier: GPL-2.0
/* Small helpers that every command uses. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <strings.h>
#include <sys/vfs.h>

#include "utils.h"

static void *or_die(void *memory)
{
	if (memory)
		return memory;
	fputs("famfs-mini: out of memory\n", stderr);
	exit(STATUS_FAILED);
}

void *xcalloc(size_t count, size_t size)
{
	return or_die(calloc(count, size));
}

void *xrealloc(void *old, size_t size)
{
	return or_die(realloc(old, size));
}

char *xstrndup(const char *text, size_t length)
{
	return or_die(strndup(text, length));
}

char *xasprintf(const char *format, ...)
{
	va_list args;
	char *text;
	int length;

	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	return or_die(length < 0 ? NULL : text);
}

/* How messages call an extent or a strip, both counted from 0 here. */
const char *place_name(char buf[PLACE_SIZE], u32 extent, u32 strip)
{
	int length = snprintf(buf, PLACE_SIZE, "extent %u", extent + 1);

	if (strip != NO_STRIP)
		snprintf(buf + length, PLACE_SIZE - length, ", strip %u",
			 strip + 1);
	return buf;
}

/* Bytes of the control character at the start of @c, 0 if there is none. */
static size_t control_length(const unsigned char *c)
{
	if (*c < ' ' || *c == 0x7f)
		return 1;
	return c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0 ? 2 : 0;
}

bool has_control(const char *text)
{
	const unsigned char *c = (const unsigned char *)text;

	while (*c && !control_length(c))
		c++;
	return *c;
}

/*
 * Text from a map file, made fit for a terminal: control characters become
 * escapes, and what does not fit ends in dots.
 */
const char *printable(char *buf, size_t size, const char *text)
{
	const unsigned char *from = (const unsigned char *)text;
	size_t used = 0, escape = 0;

	for (; *from; from++) {
		/* At a character's first byte, leave room for all of it. */
		if (used + ((*from & 0xc0) == 0x80 ? sizeof("\\xff...") :
			    sizeof("\\xc2\\x80...")) > size) {
			snprintf(buf + used, size - used, "...");
			return buf;
		}
		if (!escape)
			escape = control_length(from);
		if (!escape)
			buf[used++] = *from;
		else
			used += sprintf(buf + used, "\\x%02x", *from);
		escape -= escape > 0;
	}
	buf[used] = '\0';
	return buf;
}

/* A number as YAML 1.1 writes it: decimal, 0x hexadecimal or 0 octal. */
bool parse_number(const char *text, u64 *value, const char **problem)
{
	const char *digits = "0123456789", *start = text;
	char *end;

	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		digits = "0123456789abcdefABCDEF";
		start += 2;
	} else if (text[0] == '0' && text[1]) {
		digits = "01234567";
	}
	if (text[0] == '-' && isdigit((unsigned char)text[1])) {
		*problem = "is negative";
		return false;
	}
	if (!*start || start[strspn(start, digits)]) {
		*problem = "is not a number (decimal, 0x hexadecimal or 0 octal)";
		return false;
	}
	errno = 0;
	*value = strtoull(text, &end, 0);
	if (errno == ERANGE) {
		*problem = "does not fit into 64 bits";
		return false;
	}
	return true;
}

/* A size on the command line: a number, and K, M, G or T after it. */
bool parse_size(const char *text, u64 *value)
{
	static const char units[] = "KMGT";
	size_t length = strlen(text);
	const char *problem, *unit;
	u64 factor = 1;
	char *number;
	bool good;

	unit = length ? strchr(units, text[length - 1]) : NULL;
	if (unit) {
		factor = 1ULL << (10 * (unit - units + 1));
		length--;
	}
	number = xstrndup(text, length);
	good = parse_number(number, value, &problem);
	free(number);
	return good && *value &&
	       !__builtin_mul_overflow(*value, factor, value);
}

/*
 * What YAML takes for a line's end, for a mark of the byte order, or not at all: all
 * of three bytes.  0 if @c starts with none of them.
 */
static unsigned int unsafe_in_yaml(const unsigned char *c)
{
	static const unsigned int unsafe[] = {
		0x2028, 0x2029, 0xfeff, 0xfffe, 0xffff
	};
	unsigned int value;
	size_t i;

	if ((c[0] & 0xf0) != 0xe0 || !c[1] || !c[2])
		return 0;
	value = (c[0] & 0xf) << 12 | (c[1] & 0x3f) << 6 | (c[2] & 0x3f);
	for (i = 0; i < ARRAY_SIZE(unsafe); i++)
		if (value == unsafe[i])
			return value;
	return 0;
}

/* Valid in JSON, and in YAML as a double-quoted scalar. */
void print_json_string(FILE *out, const char *text)
{
	const unsigned char *c = (const unsigned char *)text;

	putc('"', out);
	for (; *c; c++) {
		if (*c == '"' || *c == '\\') {
			fprintf(out, "\\%c", *c);
		} else if (unsafe_in_yaml(c)) {
			fprintf(out, "\\u%04x", unsafe_in_yaml(c));
			c += 2;
		} else if (!control_length(c)) {
			putc(*c, out);
		} else {
			fprintf(out, "\\u%04x",
				control_length(c) == 2 ? *++c : *c);
		}
	}
	putc('"', out);
}

/* Words that a YAML reader may take for something else than a string. */
static bool yaml_word(const char *text)
{
	static const char * const words[] = {
		"null", "true", "false", "yes", "no", "on", "off", "y", "n"
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcasecmp(text, words[i]))
			return true;
	return false;
}

/* Plain where that cannot be misread by any YAML reader. */
void print_yaml_string(FILE *out, const char *text)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-";
	bool name = *text && strchr(letters, *text) && !yaml_word(text);
	bool hidden = *text == '.' && strchr(text, '/');

	if ((name || hidden) && !text[strspn(text, plain)])
		fputs(text, out);
	else
		print_json_string(out, text);
}

/* Bytes that follow the first one of a character, and its least value. */
static int utf8_tail(unsigned char first, u32 *value, u32 *least)
{
	if (first < 0x80) {
		*value = first;
		*least = 0;
		return 0;
	}
	if (first >= 0xc2 && first < 0xe0) {
		*value = first & 0x1f;
		*least = 0x80;
		return 1;
	}
	if (first >= 0xe0 && first < 0xf0) {
		*value = first & 0x0f;
		*least = 0x800;
		return 2;
	}
	if (first >= 0xf0 && first < 0xf5) {
		*value = first & 0x07;
		*least = 0x10000;
		return 3;
	}
	return -1;
}

bool valid_utf8(const char *text)
{
	const unsigned char *c = (const unsigned char *)text;
	u32 value, least;
	int tail;

	while (*c) {
		tail = utf8_tail(*c++, &value, &least);
		if (tail < 0)
			return false;
		for (; tail; tail--, c++) {
			if ((*c & 0xc0) != 0x80)
				return false;
			value = value << 6 | (*c & 0x3f);
		}
		if (value < least || value > 0x10ffff ||
		    (value >= 0xd800 && value < 0xe000))
			return false;
	}
	return true;
}

int usage_error(const char *command, const char *usage)
{
	fprintf(stderr, "usage: %sTry 'famfs-mini %s--help'.\n", usage, command);
	return STATUS_USAGE;
}

bool on_famfs(int fd)
{
	struct statfs fs;

	return !fstatfs(fd, &fs) && (u32)fs.f_type == FAMFS_MAGIC;
}
