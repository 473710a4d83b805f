/* SPDX-License-Identifier: GPL-2.0 */
/* Paths below a directory that they cannot leave. */
#ifndef FAMFS_MINI_BENEATH_H
#define FAMFS_MINI_BENEATH_H

#include <stddef.h>
#include <sys/types.h>

int beneath_open(int root, const char *path, int flags, mode_t mode);
int beneath_unlink(int root, const char *path, int flags);
int beneath_make_parents(int root, const char *path, size_t *made);
int beneath_remove_parents(int root, const char *path, size_t made);

#endif /* FAMFS_MINI_BENEATH_H */
