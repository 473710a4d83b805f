// SPDX-License-Identifier: GPL-2.0
/* Two ranges of a request that share bytes are found, and only those. */
#define must(condition) assume(condition)
#include "request.h"

static const struct famfs_ioc_simple_extent *
place(const struct famfs_map_request *req, u32 extent, u32 strip)
{
	assert(extent < EXTENTS);
	assert(strip < (STRIPS ? STRIPS : 1));
	return nth_range(req, STRIPS ? extent * STRIPS + strip : extent);
}

/* For are_apart(), whose calls scripts/prove replaces: what apart.c shows of it. */
bool proved_apart(const struct famfs_map_request *req)
{
	bool apart;

	assume(!apart || all_disjoint(req));
	return apart;
}

void prove_overlap(void)
{
	struct famfs_reason reason = { .rule = FAMFS_RULE_NONE };
	struct input in = any_input();
	const struct famfs_map_request *req = &in.request;
	int err;

	assume(all_sound(req));
	err = famfs_check_overlap(req, &reason);
	assert(!err == (reason.rule == FAMFS_RULE_NONE));
	assert((err == -ENOMEM) == (reason.rule == FAMFS_RULE_NO_MEMORY));
	if (err == -EINVAL) {
		assert(reason.rule == FAMFS_RULE_OVERLAP);
		assert(!disjoint(place(req, reason.extent, reason.strip),
				 place(req, reason.other, reason.other_strip)));
		return;
	}
	assert(err == -ENOMEM || (!err && all_disjoint(req)));
}

static int sign(int value)
{
	return (value > 0) - (value < 0);
}

/* The comparison that claims are sorted by is an order, so they can be. */
void prove_order(void)
{
	struct famfs_ioc_simple_extent x, y, z;
	struct famfs_claim a = { .range = &x }, b = { .range = &y };
	struct famfs_claim c = { .range = &z };

	assert(sign(famfs_compare_claims(&a, &b)) == -sign(famfs_compare_claims(&b, &a)));
	if (famfs_compare_claims(&a, &b) <= 0 && famfs_compare_claims(&b, &c) <= 0)
		assert(famfs_compare_claims(&a, &c) <= 0);
}
