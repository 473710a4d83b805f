/* SPDX-License-Identifier: GPL-2.0 */
/* famfs-mini: what its files offer each other, lowest layer first. */
#ifndef FAMFS_MINI_H
#define FAMFS_MINI_H

#include <fcntl.h>
#include <linux/famfs_extent.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define FAMFS_MAGIC 0x87b282feU

/* utils.c: messages, memory and text. */
struct list {
	void *at;
	u32 nr;
};

/* Tell of a mistake in one line.  It is false, for the caller to return. */
#define fail(format, ...) ({						\
	nr_errors++;							\
	fprintf(stderr, format "\n", ##__VA_ARGS__);			\
	false;								\
})

/* A piece of foreign text, for the message that this is an argument of. */
#define printable(text) escape((char[200]) {}, 200, text)
extern size_t nr_errors;	/* that fail() told */
void *or_die(void *memory);
void *list_add(struct list *list, size_t size);
const char *path_problem(const char *path);
bool valid_utf8(const char *text);
const char *escape(char *buf, size_t size, const char *text);
void print_string(FILE *out, const char *text, bool json);
const char *parse_number(const char *text, u64 *value);
bool parse_size(const char *text, u64 *value);

/* format.c: map files are read, and printed in their format. */

/* An entry of striped_ext_list. */
struct map_stripes {
	struct famfs_ioc_interleaved_ext ext;	/* all but ie_strips */
	bool has_nbytes;
	struct list strips;	/* struct famfs_ioc_simple_extent */
};

/* A file and its map, as a document of a map file or the kernel tells it. */
struct map_file {
	char *label;		/* of the document, for messages */
	char *path;
	__u64 mode, uid, gid, nextents;
	bool has_nextents;
	struct list extents;	/* struct famfs_ioc_simple_extent */
	struct list stripes;	/* struct map_stripes */
	struct famfs_ioc_interleaved_ext *striped;	/* of @request */
	struct famfs_map_request request;
	struct famfs_reason reason;	/* why it has been found invalid */
	struct famfs_map *map;		/* once it has been found valid */
};

/* Tell of a mistake in a document, or in what it asks for. */
#define fail_file(file, format, ...) fail("%s: " format, (file)->label, ##__VA_ARGS__)
void map_files_read(struct list *files, const char *name);
void map_file_print(const struct map_file *file, bool json);
void map_file_free(struct map_file *file);

/* kmap.c: maps as the kernel takes and gives them, and its mounts. */
struct mount {
	char *directory;
	char *device[FAMFS_MAX_DEVICES];
	u32 nr_devices;
};

bool on_famfs(int fd);
int kmap_create(int fd, const struct map_file *file);
bool kmap_get(int fd, struct map_file *file);
int kmap_compare(int fd, const struct famfs_map *map);
bool mount_find(struct mount *mount, int fd);

/* check.c, mapfile.c, show.c: the rules of map files, and the commands. */
struct settings {
	const char *root;
	bool dry_run, json;
	u64 size;
};

bool map_file_build(struct map_file *file, u32 nr_devices, u64 device_size);
void map_files_load(struct list *files, char **names, u32 nr_devices, u64 device_size);
void map_files_unload(struct list *files);
void cmd_check(char **names, const struct settings *settings);
void cmd_mapfile(char **names, const struct settings *settings);
void cmd_show(char **names, const struct settings *settings);

#endif /* FAMFS_MINI_H */
