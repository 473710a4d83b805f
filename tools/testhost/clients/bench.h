/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _BENCH_H
#define _BENCH_H

#include <stdint.h>

/* bench.c */
void add_sample(uint64_t ticks);
char *map_file(int fd, uint64_t offset, uint64_t len, int prot);

/* bench_pair.c */
void bench_pair(char **argv);

#endif /* _BENCH_H */
