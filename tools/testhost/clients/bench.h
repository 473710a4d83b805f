/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _BENCH_H
#define _BENCH_H

#include <stdint.h>

#define PMD_BYTES (2UL << 20)

/* bench.c */
void add_sample(uint64_t ticks);
uint64_t number(const char *text);
int open_file(const char *path, int flags);
char *map_file(int fd, uint64_t offset, uint64_t len, int prot);

/* bench_pair.c */
void bench_pair(char **argv);

#endif /* _BENCH_H */
