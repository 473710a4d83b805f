/* SPDX-License-Identifier: GPL-2.0 */
/* What the suites of the famfs extent library share. */
#ifndef _FAMFS_KUNIT_H
#define _FAMFS_KUNIT_H

#include <kunit/test.h>
#include <linux/famfs_extent.h>

#define UNIT FAMFS_ALLOC_UNIT

/* A question about a map, and the answer: what @length bytes from @pos on are. */
struct famfs_resolve_case {
	const char *name;
	u64 pos;
	u64 length;
	int err;
	struct famfs_range range;	/* device, addr, length */
};

/* Where in the file the bytes of a device's range are, in order. */
struct famfs_reverse_case {
	const char *name;
	struct famfs_range range;
	u32 nr_found;
	struct {
		u64 pos;
		u64 length;
	} found[7];
};

struct famfs_map *famfs_kunit_own(struct kunit *test, struct famfs_map *map);
struct famfs_map *famfs_kunit_map(struct kunit *test,
				  const struct famfs_range *list, u32 nr);
struct famfs_ioc_simple_extent *famfs_kunit_extents(struct kunit *test, u32 nr);
struct famfs_ioc_interleaved_ext *famfs_kunit_interleaved(struct kunit *test,
							  u32 nr);
void famfs_kunit_expect_range(struct kunit *test, const char *what,
			      const struct famfs_range *found,
			      const struct famfs_range *expected);
void famfs_kunit_expect_resolved(struct kunit *test, const struct famfs_map *map,
				 const struct famfs_resolve_case *c);
void famfs_kunit_expect_reversed(struct kunit *test, const struct famfs_map *map,
				 const struct famfs_reverse_case *c);
void famfs_kunit_expect_reason(struct kunit *test,
			       const struct famfs_reason *given,
			       const struct famfs_reason *expected);

#endif /* _FAMFS_KUNIT_H */
