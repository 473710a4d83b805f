/* SPDX-License-Identifier: GPL-2.0 */
/* What a refusal means, in words. */
#ifndef FAMFS_MINI_REASON_H
#define FAMFS_MINI_REASON_H

#include <linux/famfs_extent.h>

/* What is to blame. */
enum reason_scope {
	REASON_FILE,
	REASON_EXTENT,
	REASON_STRIP,
};

enum reason_scope reason_scope(const struct famfs_map_request *request,
			       const struct famfs_reason *reason);
void reason_text(char *buf, size_t size,
		 const struct famfs_map_request *request,
		 const struct famfs_reason *reason);
const char *path_hint(int error);
const char *map_hint(int error);
const char *get_hint(int error);

#endif /* FAMFS_MINI_REASON_H */
