/* SPDX-License-Identifier: GPL-2.0 */
/* Where a file's bytes are, as FIEMAP tells: without strips and file type. */
#ifndef FAMFS_MINI_LAYOUT_H
#define FAMFS_MINI_LAYOUT_H

#include <linux/famfs_extent.h>

struct famfs_map *layout_get(int fd);
int layout_compare(int fd, const struct famfs_map *map);

#endif /* FAMFS_MINI_LAYOUT_H */
