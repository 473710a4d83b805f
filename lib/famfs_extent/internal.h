/* SPDX-License-Identifier: GPL-2.0 */
/* What the library takes from its surroundings: the kernel, or user space. */
#ifndef _FAMFS_EXTENT_INTERNAL_H
#define _FAMFS_EXTENT_INTERNAL_H

#ifdef __KERNEL__
#include <linux/align.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/sort.h>
#endif
#include <linux/famfs_extent.h>

#endif /* _FAMFS_EXTENT_INTERNAL_H */
