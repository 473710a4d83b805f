/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _FAMFS_EXTENT_FUZZ_H
#define _FAMFS_EXTENT_FUZZ_H

#include <stdio.h>

#include "rules.h"

#define MAX_DEVICES 4

struct input {
	const unsigned char *data;
	size_t left;
};

/* Everything that one input asks for; the lists are of the exact size. */
struct job {
	struct input in;
	struct famfs_map_request req;
	struct famfs_limits limits;
	u32 nr_listed;
	u64 *sizes;
	struct famfs_ioc_simple_extent *simple;
	struct famfs_ioc_interleaved_ext *striped;
};

/* Tells what differs, and the request; aborts, which the fuzzer catches. */
#define expect(good, ...) \
	((good) ? (void)0 : (fprintf(stderr, "fuzz: " __VA_ARGS__), give_up()))

void give_up(void);

/* Next number of the input; zeroes once it has ended. */
u64 take(struct input *in, u32 bytes);
/* Mostly few units, now and then beside that or a power of two, or anything. */
u64 take_bytes(struct input *in);

void check_validation(const struct job *job, int err,
		      const struct famfs_reason *reason);
void check_map(const struct famfs_map *map, const struct famfs_map_request *req,
	       struct input *in);

#endif /* _FAMFS_EXTENT_FUZZ_H */
