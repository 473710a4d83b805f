/* SPDX-License-Identifier: GPL-2.0 */
/* Maps as the kernel takes and gives them. */
#ifndef FAMFS_MINI_KMAP_H
#define FAMFS_MINI_KMAP_H

#include <linux/famfs_extent.h>

bool kmap_fits_v1(const struct famfs_map *map);
int kmap_probe(int fd);
int kmap_create(int fd, const struct famfs_map *map);
struct famfs_map *kmap_get(int fd);
bool kmap_equal(const struct famfs_map *a, const struct famfs_map *b);
int kmap_compare(int fd, const struct famfs_map *map);

#endif /* FAMFS_MINI_KMAP_H */
