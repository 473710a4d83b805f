// SPDX-License-Identifier: GPL-2.0
/* Messages, memory and text. */
#include <ctype.h>
#include <fnmatch.h>

#include "famfs-mini.h"

size_t nr_errors;

void *or_die(void *memory)
{
	if (memory)
		return memory;
	fputs("famfs-mini: out of memory\n", stderr);
	exit(EXIT_FAILURE);
}

/* A new last entry of @size bytes, all zero.  The room doubles when it is used up. */
void *list_add(struct list *list, size_t size)
{
	if (!(list->nr & (list->nr - 1)))
		list->at = or_die(realloc(list->at, size * max(2 * list->nr, 1U)));
	return memset(list->at + size * list->nr++, 0, size);
}

/* Length of the first character.  A byte that is not UTF-8 is one of value NOT_UTF8. */
#define NOT_UTF8 UINT32_MAX
static size_t first_character(const char *text, u32 *value)
{
	static const u32 least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *c = (const unsigned char *)text;
	size_t i, length = *c < 0xc2 ? 1 : *c < 0xe0 ? 2 : *c < 0xf0 ? 3 : 4;

	*value = length == 1 ? *c : *c & 0xff >> length;
	for (i = 1; i < length && (c[i] & 0xc0) == 0x80; i++)
		*value = *value << 6 | (c[i] & 0x3f);
	if (i == length && *value >= least[length] && *value <= 0x10ffff &&
	    (*value < 0xd800 || *value > 0xdfff) && (length > 1 || *c < 0x80))
		return length;
	*value = NOT_UTF8;
	return 1;
}

bool valid_utf8(const char *text)
{
	u32 value = 0;

	while (*text && value != NOT_UTF8)
		text += first_character(text, &value);
	return value != NOT_UTF8;
}

static bool is_control(u32 value)
{
	return value < ' ' || (value >= 0x7f && value < 0xa0);
}

/* A path has one spelling, so that equal paths are equal strings. */
const char *path_problem(const char *path)
{
	const char *name = path, *at = path;
	size_t length;
	u32 value;

	if (!*path)
		return "path is empty";
	if (*path == '/')
		return "path is absolute; it must be relative to the mount point";
	if (strlen(path) >= PATH_MAX)
		return "path is longer than 4095 bytes";
	while (*at) {
		at += first_character(at, &value);
		if (is_control(value))
			return "path has a control character";
	}
	for (; ; name += length + 1) {
		length = strcspn(name, "/");
		if (!length)
			return "path has an empty component";
		if (!strncmp(name, ".", length))
			return "path has a component '.'";
		if (!strncmp(name, "..", length))
			return "path has a component '..'";
		if (length > NAME_MAX)
			return "path has a component of more than 255 bytes";
		if (!name[length])
			return NULL;
	}
}

/* Foreign text, fit for a terminal: without control characters, and not too long. */
const char *escape(char *buf, size_t size, const char *text)
{
	size_t length, used = 0;
	u32 value;

	while (*text && used + sizeof("\\xc2\\x80...") <= size) {
		length = first_character(text, &value);
		for (; length; length--, text++)
			used += sprintf(buf + used, is_control(value) ?
					"\\x%02x" : "%c", (unsigned char)*text);
	}
	snprintf(buf + used, size - used, "%s", *text ? "..." : "");
	return buf;
}

/*
 * Quoted, but for YAML plain where no reader can take it for something but a string.
 * What YAML has for a line's end, for a mark of the byte order, or not at all is escaped.
 */
void print_string(FILE *out, const char *text, bool json)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-";
	bool name = isalpha((unsigned char)*text) &&
		    fnmatch("@(null|true|false|yes|no|on|off|y|n)", text,
			    FNM_CASEFOLD | FNM_EXTMATCH);
	bool hidden = *text == '.' && strchr(text, '/');
	bool quoted = json || (!name && !hidden) || text[strspn(text, plain)];
	size_t length;
	u32 value;

	fputs(quoted ? "\"" : "", out);
	for (; *text; text += length) {
		length = first_character(text, &value);
		if (is_control(value) || value == 0x2028 || value == 0x2029 ||
		    value == 0xfeff || value == 0xfffe || value == 0xffff)
			fprintf(out, "\\u%04x", value);
		else
			fprintf(out, "%s%.*s", value == '"' || value == '\\' ?
				"\\" : "", (int)length, text);
	}
	fputs(quoted ? "\"" : "", out);
}

/* A number as in YAML 1.1.  NULL, or what is wrong with it. */
const char *parse_number(const char *text, u64 *value)
{
	int base = *text != '0' ? 10 : text[1] == 'x' || text[1] == 'X' ? 16 : 8;
	char *end;

	errno = 0;
	*value = strtoull(text, &end, base);
	if (*text == '-' && isdigit((unsigned char)text[1]))
		return "is negative";
	if (!isdigit((unsigned char)*text) || *end)
		return "is not a number (decimal, 0x hexadecimal or 0 octal)";
	return errno ? "does not fit into 64 bits" : NULL;
}

/* A size on the command line: a number, and K, M, G or T after it. */
bool parse_size(const char *text, u64 *value)
{
	static const char units[] = "KMGT";
	size_t length = strlen(text);
	const char *unit = length ? strchr(units, text[length - 1]) : NULL;
	u64 factor = unit ? 1024ULL << 10 * (unit - units) : 1;

	return !parse_number(strndupa(text, length - !!unit), value) && *value &&
	       !__builtin_mul_overflow(*value, factor, value);
}
