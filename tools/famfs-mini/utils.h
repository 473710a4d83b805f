/* SPDX-License-Identifier: GPL-2.0 */
/* Small helpers that every command uses. */
#ifndef FAMFS_MINI_UTILS_H
#define FAMFS_MINI_UTILS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <famfs_user.h>

#define FAMFS_MAGIC 0x87b282feU

enum exit_status {
	STATUS_OK,
	STATUS_FAILED,		/* a file or an entry failed */
	STATUS_USAGE,
};

/* No strip but the whole extent; room for the name of either. */
#define NO_STRIP UINT32_MAX
#define PLACE_SIZE 48

/* Room for a piece of foreign text in a message. */
#define PRINTABLE_SIZE 200

void *xcalloc(size_t count, size_t size);
void *xrealloc(void *old, size_t size);
char *xstrndup(const char *text, size_t length);
__attribute__((format(printf, 1, 2))) char *xasprintf(const char *format, ...);

const char *place_name(char buf[PLACE_SIZE], u32 extent, u32 strip);
bool has_control(const char *text);
const char *printable(char *buf, size_t size, const char *text);
bool parse_number(const char *text, u64 *value, const char **problem);
bool parse_size(const char *text, u64 *value);

void print_json_string(FILE *out, const char *text);
void print_yaml_string(FILE *out, const char *text);
bool valid_utf8(const char *text);

int usage_error(const char *command, const char *usage);
bool on_famfs(int fd);

#endif /* FAMFS_MINI_UTILS_H */
