/* SPDX-License-Identifier: GPL-2.0 */
/* famfs-mini: what its files offer each other, lowest layer first. */
#ifndef FAMFS_MINI_H
#define FAMFS_MINI_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include <linux/famfs_extent.h>

#define FAMFS_MAGIC 0x87b282feU

/* utils.c: messages, memory and text. */

enum exit_status {
	STATUS_OK,
	STATUS_FAILED,		/* a file or an entry failed */
	STATUS_USAGE,
};

/* Room for a piece of foreign text in a message, and for the name of a place. */
#define PRINTABLE_SIZE 200
#define PLACE_SIZE 48

/* No strip but the whole extent, no extent but the whole file. */
#define NO_STRIP UINT32_MAX
#define NO_EXTENT UINT32_MAX

struct list {
	void *at;
	u32 nr;
};

extern size_t nr_errors;	/* that fail() told */

/* Tell of a mistake in one line. */
__attribute__((format(printf, 1, 2))) void fail(const char *format, ...);
/* The same of an entry's extent or strip, and of an entry. */
#define extent_error(entry, extent, strip, format, ...) \
	fail("%s, %s: " format, (entry)->label, \
	     place_name((char[PLACE_SIZE]) {}, extent, strip), ##__VA_ARGS__)
#define entry_error(entry, format, ...) \
	fail("%s: " format, (entry)->label, ##__VA_ARGS__)

void *or_die(void *memory);
void *list_add(struct list *list, size_t size);
const char *place_name(char buf[PLACE_SIZE], u32 extent, u32 strip);
bool has_control(const char *text);
bool valid_utf8(const char *text);
const char *printable(char *buf, size_t size, const char *text);
void print_json_string(FILE *out, const char *text);
void print_yaml_string(FILE *out, const char *text);
bool parse_number(const char *text, u64 *value, const char **problem);
bool parse_size(const char *text, u64 *value);

/* beneath.c: paths below a directory that they cannot leave. */

int beneath_open(int root, const char *path, int flags, mode_t mode);
int beneath_unlink(int root, const char *path, int flags);
int beneath_make_parents(int root, const char *path, size_t *made);
int beneath_remove_parents(int root, const char *path, size_t made);

/* format.c: the format of map files, read and printed. */

/* An entry of striped_ext_list. */
struct map_stripes {
	__u64 nstrips;
	__u64 chunk_size;
	__u64 nbytes;
	bool has_nbytes;
	struct list strips;	/* struct famfs_ioc_simple_extent */
};

/* The mapping "file". */
struct map_file {
	char *path;
	__u64 size;
	__u64 mode;
	__u64 uid;
	__u64 gid;
	__u64 nextents;
	bool has_nextents;
	struct list extents;	/* struct famfs_ioc_simple_extent */
	struct list stripes;	/* struct map_stripes */
};

struct famfs_map_request map_file_request(const struct map_file *file, u32 type);
void map_request_free(struct famfs_map_request *request);
void map_file_fill(struct map_file *file, const struct famfs_map *map);
void map_file_print(const struct map_file *file, bool json);
void map_file_free(struct map_file *file);

/*
 * One document of a map file.  @label names it in messages.  @map is there
 * once the entry has been found valid.
 */
struct map_entry {
	struct map_file file;
	char *label;
	struct famfs_map *map;
};

void entries_load(struct list *entries, const char *name);
void entries_free(struct list *entries);

/* reason.c: what a refusal by the extent library means, in words. */

void reason_place(const struct famfs_map_request *request,
		  const struct famfs_reason *r, u32 *extent, u32 *strip);
void reason_text(char *buf, size_t size, const struct famfs_map_request *request,
		 const struct famfs_reason *r);

/* rules.c: whether entries are allowed. */

const char *path_problem(const char *path);
struct famfs_limits limits_of(u64 sizes[FAMFS_MAX_DEVICES], u32 max_extents,
			      u32 nr_devices, u64 device_size);
void entries_validate(const struct list *entries, u32 nr_devices, u64 device_size);

/* kmap.c: maps as the kernel takes and gives them. */

bool on_famfs(int fd);
bool kmap_fits_v1(const struct famfs_map *map);
int kmap_probe(int fd);
int kmap_create(int fd, const struct famfs_map *map);
struct famfs_map *kmap_get(int fd);
bool kmap_equal(const struct famfs_map *a, const struct famfs_map *b);
int kmap_compare(int fd, const struct famfs_map *map);

/* devices.c: the memory devices of a mount, and what of them is poisoned. */

struct devices {
	char *line;		/* what the names are in */
	char *name[FAMFS_MAX_DEVICES];
	u32 nr;
};

bool mount_id(int directory, const char *path, u64 *id);
bool devices_find(struct devices *devices, int fd);
void print_poison(int fd, const struct famfs_map *map, bool json);

/* install.c: one entry becomes a file: whole, or not at all. */

enum install_result {
	INSTALL_DONE,		/* or, for a preview: would be done */
	INSTALL_PRESENT,	/* the file is there and has this map */
	INSTALL_FAILED,		/* and was reported */
};

enum install_result install_entry(const struct map_entry *entry, int root);
enum install_result install_preview(const struct map_entry *entry, int root);

/* commands.c, for main.c. */

struct settings {
	const char *root;
	bool dry_run;
	bool json;
	u64 size;
};

int cmd_check(char **names, const struct settings *settings);
int cmd_mapfile(char **names, const struct settings *settings);
int cmd_show(char **names, const struct settings *settings);

#endif /* FAMFS_MINI_H */
