/* SPDX-License-Identifier: GPL-2.0 */
/* One entry of a map file becomes a file: whole, or not at all. */
#ifndef FAMFS_MINI_INSTALL_H
#define FAMFS_MINI_INSTALL_H

#include "mapfile.h"

enum install_result {
	INSTALL_DONE,		/* or, for a preview: would be done */
	INSTALL_PRESENT,	/* the file is there and has this map */
	INSTALL_FAILED,		/* and was reported */
};

enum install_result install_entry(struct map_set *set,
				  const struct map_entry *entry, int root);
enum install_result install_preview(struct map_set *set,
				    const struct map_entry *entry, int root);

#endif /* FAMFS_MINI_INSTALL_H */
