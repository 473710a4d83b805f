// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of the famfs extent library: what the suites share.
 */
#include <kunit/resource.h>
#include <linux/module.h>
#include <linux/slab.h>
#include "famfs_kunit.h"

KUNIT_DEFINE_ACTION_WRAPPER(free_map, famfs_map_free, struct famfs_map *);
KUNIT_DEFINE_ACTION_WRAPPER(free_list, kvfree, const void *);

/* Have a map freed at the end of the case; without a map the case ends. */
struct famfs_map *famfs_kunit_own(struct kunit *test, struct famfs_map *map)
{
	KUNIT_ASSERT_NOT_NULL(test, map);
	KUNIT_ASSERT_EQ(test,
			kunit_add_action_or_reset(test, free_map, map), 0);
	return map;
}

/* The map of a list of ranges, with room for as many segments. */
struct famfs_map *famfs_kunit_map(struct kunit *test,
				  const struct famfs_range *list, u32 nr)
{
	struct famfs_map *map = famfs_kunit_own(test, famfs_map_alloc(nr));
	u32 i;

	for (i = 0; i < nr; i++)
		KUNIT_ASSERT_EQ_MSG(test,
				    famfs_map_append(map, list[i].dev,
						     list[i].addr,
						     list[i].length),
				    0, "range %u", i);
	return map;
}

/* Memory of exactly this size, zeroed, freed at the end of the case. */
static void *zeroed_list(struct kunit *test, u32 nr, size_t size)
{
	void *list = kvcalloc(nr, size, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, list);
	KUNIT_ASSERT_EQ(test,
			kunit_add_action_or_reset(test, free_list, list), 0);
	return list;
}

struct famfs_ioc_simple_extent *famfs_kunit_extents(struct kunit *test, u32 nr)
{
	return zeroed_list(test, nr, sizeof(struct famfs_ioc_simple_extent));
}

struct famfs_ioc_interleaved_ext *famfs_kunit_interleaved(struct kunit *test,
							  u32 nr)
{
	return zeroed_list(test, nr, sizeof(struct famfs_ioc_interleaved_ext));
}

void famfs_kunit_expect_range(struct kunit *test, const char *what,
			      const struct famfs_range *found,
			      const struct famfs_range *expected)
{
	KUNIT_EXPECT_EQ_MSG(test, found->dev, expected->dev, "%s", what);
	KUNIT_EXPECT_EQ_MSG(test, found->addr, expected->addr, "%s", what);
	KUNIT_EXPECT_EQ_MSG(test, found->length, expected->length, "%s", what);
}

void famfs_kunit_expect_resolved(struct kunit *test, const struct famfs_map *map,
				 const struct famfs_resolve_case *c)
{
	struct famfs_range found;

	KUNIT_ASSERT_EQ(test, famfs_map_resolve(map, c->pos, c->length, &found),
			c->err);
	if (!c->err)
		famfs_kunit_expect_range(test, c->name, &found, &c->range);
}

void famfs_kunit_expect_reversed(struct kunit *test, const struct famfs_map *map,
				 const struct famfs_reverse_case *c)
{
	struct famfs_reverse walk = {
		.dev = c->range.dev,
		.addr = c->range.addr,
		.length = c->range.length,
	};
	u64 pos, length;
	u32 i;

	for (i = 0; i < c->nr_found; i++) {
		KUNIT_ASSERT_TRUE(test,
				  famfs_map_reverse(map, &walk, &pos, &length));
		KUNIT_EXPECT_EQ(test, pos, c->found[i].pos);
		KUNIT_EXPECT_EQ(test, length, c->found[i].length);
	}
	KUNIT_EXPECT_FALSE(test, famfs_map_reverse(map, &walk, &pos, &length));
	KUNIT_EXPECT_FALSE(test, famfs_map_reverse(map, &walk, &pos, &length));
}

void famfs_kunit_expect_reason(struct kunit *test,
			       const struct famfs_reason *given,
			       const struct famfs_reason *expected)
{
	KUNIT_EXPECT_STREQ(test, famfs_rule_name(given->rule),
			   famfs_rule_name(expected->rule));
	KUNIT_EXPECT_EQ(test, given->extent, expected->extent);
	KUNIT_EXPECT_EQ(test, given->strip, expected->strip);
	KUNIT_EXPECT_EQ(test, given->other, expected->other);
	KUNIT_EXPECT_EQ(test, given->other_strip, expected->other_strip);
	KUNIT_EXPECT_EQ(test, given->value, expected->value);
	KUNIT_EXPECT_EQ(test, given->limit, expected->limit);
}

MODULE_DESCRIPTION("KUnit tests of the famfs extent library");
MODULE_LICENSE("GPL");
