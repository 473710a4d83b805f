/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FAMFS_RACE_H
#define FAMFS_RACE_H

#include "poke.h"

/* Which side of a race came first; BOTH if each was in the middle of the other. */
enum race_order {
	FIRST,
	SECOND,
	BOTH,
	NR_ORDERS,
};

/**
 * struct race - two things that may happen at once
 * @name: what it is called
 * @prepare: once, before all rounds; or NULL
 * @begin: before each round
 * @first: one thing, in a thread of its own
 * @second: the other one
 * @end: after each round: checks what came of it, tells the order
 */
struct race {
	const char *name;
	void (*prepare)(void);
	void (*begin)(void);
	void (*first)(void);
	void (*second)(void);
	enum race_order (*end)(void);
};

extern const struct race race_unbind_fault, race_unbind_map;
extern const struct race race_map_map, race_map_files, race_unlink_pinned;
extern const struct race race_mount_mount, race_umount_failure;
extern const struct race race_unload_failure, race_sizes;

/* The order where nothing else tells it. */
enum race_order who_ended_first(void);

/* The round, from 0. */
extern uint64_t race_round;
/* Name of the device, as dax0.0; its node; where it is mounted. */
extern const char *race_device, *race_dir;
extern char race_node[64];

#define UNIT (2UL << 20)

/* Ways to give a file a map of LENGTH bytes at OFFSET, in two pieces. */
enum map_way {
	MAP_V1,
	MAP_V2,
	MAP_STRIPED,
	NR_MAP_WAYS,
};

/* 0 or an errno, of the map's ioctl or of mount(2). */
int make_map(int fd, enum map_way way, uint64_t offset, uint64_t length);
int make_mount(const char *dir);
/* What must not fail. */
void expect_map(int fd, enum map_way way, uint64_t offset, uint64_t length);
void expect_no_map(int fd);
void must_umount(const char *dir);
void write_text(const char *path, const char *text);
int new_file(const char *name);
void remove_file(const char *name);
uint64_t used_bytes(void);
void unbind_device(void);
void bind_device(void);

/* Load or store a word; false if that gave SIGBUS, after catch_sigbus(). */
void catch_sigbus(void);
bool try_load(volatile uint64_t *addr, uint64_t *value);
bool try_store(volatile uint64_t *addr, uint64_t value);

#endif
