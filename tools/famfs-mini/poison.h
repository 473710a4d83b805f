/* SPDX-License-Identifier: GPL-2.0 */
/* What of a file's memory the kernel found poisoned. */
#ifndef FAMFS_MINI_POISON_H
#define FAMFS_MINI_POISON_H

#include <stdbool.h>

#include <linux/famfs_extent.h>

/* Called with each range of the file, and whether it is the first one. */
typedef void (*poison_visit)(u64 pos, u64 length, bool first);

bool poison_walk(int fd, const struct famfs_map *map, poison_visit visit);

#endif /* FAMFS_MINI_POISON_H */
