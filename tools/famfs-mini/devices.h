/* SPDX-License-Identifier: GPL-2.0 */
/* The memory devices of a mount. */
#ifndef FAMFS_MINI_DEVICES_H
#define FAMFS_MINI_DEVICES_H

#include <famfs_user.h>

u32 count_devices(int fd);
char *device_name(int fd, u32 index);

#endif /* FAMFS_MINI_DEVICES_H */
