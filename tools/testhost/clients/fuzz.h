/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FAMFS_FUZZ_H
#define FAMFS_FUZZ_H

#include <stdatomic.h>

#include <linux/famfs_ioctl.h>

#include "race.h"

#define NR_NAMES 12
#define MAX_UNITS 1024
#define NR_ERRNOS 134

/* What was called, and what came of the calls that ask for a map. */
struct tally {
	uint64_t calls;
	uint64_t accepted;
	uint64_t units_read;
	uint64_t refused[NR_ERRNOS];
};

/* An ioctl and what its argument points to, each at the end of mapped memory. */
struct request {
	unsigned long cmd;
	void *arg;
	struct famfs_ioc_map *v1;
	struct famfs_ioc_fmap *v2;
	struct famfs_ioc_interleaved_ext *ext;
	struct famfs_ioc_simple_extent *list;	/* strips, one after another */
	uint32_t nr_ext;
	uint32_t nr_list;
	char *end[4];		/* of the memory of v1, v2, ext and list */
};

/* Numbers that follow from a seed: any one, and one below n. */
uint64_t draw(uint64_t *state);
uint64_t below(uint64_t *state, uint64_t n);

/* fuzz_request.c: requests, and what of the device an accepted one stands for */
void request_init(struct request *req);
void request_make(struct request *req, uint64_t *state, uint64_t nr_units);
void request_scribble(struct request *req, uint64_t *state);
bool request_is_known(const struct request *req);
bool request_is_map(const struct request *req);
uint64_t request_size(const struct request *req);
/* All that it is made of is memory that no other thread changes. */
bool request_is_own(const struct request *req);
/* The unit of the device for each unit of the file: how many. */
uint64_t request_units(const struct request *req, uint16_t units[MAX_UNITS]);

/* fuzz_load.c: what goes on beside the requests */
extern uint64_t nr_umounts, nr_unbinds, nr_remounts;
void name_of(char path[static 256], uint64_t n);
void use_file(uint64_t *state);
void upset(uint64_t n, uint64_t *state);
void ensure_mounted(void);

#endif
