// SPDX-License-Identifier: GPL-2.0
/* Validation: behaves well on any request, and accepts no unsound one. */
#define must(condition) assert(condition)
#include "request.h"

static void check_reason(int err, const struct famfs_reason *reason)
{
	assert(reason->rule < FAMFS_NR_RULES);
	assert(famfs_rule_name(reason->rule));
	assert(!err == (reason->rule == FAMFS_RULE_NONE));
	assert(!err || err == -EINVAL || err == -E2BIG || err == -ENOMEM);
}

/*
 * For famfs_check_overlap(), whose calls scripts/prove replaces: what overlap.c
 * shows that it answers to requests like this.
 */
int proved_check_overlap(const struct famfs_map_request *req,
			 struct famfs_reason *reason)
{
	int err;

	assert(all_sound(req));
	assert(reason->rule == FAMFS_RULE_NONE);
	if (err) {
		assume(err == -EINVAL || err == -ENOMEM);
		reason->rule = FAMFS_RULE_OVERLAP;
		return err;
	}
	assume(all_disjoint(req));
	return 0;
}

/*
 * For strip_share(): anything, but always the same.  stripe.c shows that it is
 * enough for the strip's bytes.
 */
static u64 *shares;
static const struct famfs_ioc_interleaved_ext *first_extent;

u64 any_share(const struct famfs_ioc_interleaved_ext *ext, u32 strip)
{
	return shares[(ext - first_extent) * STRIPS + strip];
}

void prove_validate(void)
{
	struct famfs_reason reason;
	struct input in = any_input();
	u32 i;
	int err;

	shares = any_list(u64, RANGES);
	first_extent = in.request.interleaved;

	err = famfs_map_validate(&in.request, &in.limits, &reason);
	check_reason(err, &reason);
	assert(reason.extent < EXTENTS);
	assert(reason.strip < (STRIPS ? STRIPS : 1));
	if (err)
		return;
	accepted(&in);
	for (i = 0; STRIPS && i < RANGES; i++)
		assert(nth_range(&in.request, i)->len >= shares[i]);
}

/* Lists that are too long or of a wrong type are refused and not read. */
void prove_counts(void)
{
	struct famfs_map_request request;
	struct famfs_limits limits;
	struct famfs_reason reason;
	u32 most = min(limits.max_extents,
		       request.ext_type == FAMFS_IOC_EXT_INTERLEAVE ?
		       FAMFS_IOC_MAX_INTERLEAVED_EXTENTS :
		       FAMFS_MAP_MAX_EXTENTS);
	int err;

	assume(request.ext_type > FAMFS_IOC_EXT_INTERLEAVE ||
	       !request.nr_extents || request.nr_extents > most);
	request.simple = NULL;
	request.interleaved = NULL;
	err = famfs_map_validate(&request, &limits, &reason);
	check_reason(err, &reason);
	assert(err);
}

/* So are strips, whatever stands in for the list of them. */
void prove_strip_counts(void)
{
	struct famfs_ioc_interleaved_ext ext;
	struct famfs_map_request request;
	struct famfs_limits limits;
	struct famfs_reason reason;
	int err;

	assume(!ext.ie_nstrips || ext.ie_nstrips > FAMFS_MAX_STRIPS);
	ext.ie_strips = NULL;
	request.ext_type = FAMFS_IOC_EXT_INTERLEAVE;
	request.nr_extents = 1;
	request.simple = NULL;
	request.interleaved = &ext;
	err = famfs_map_validate(&request, &limits, &reason);
	check_reason(err, &reason);
	assert(err);
}
