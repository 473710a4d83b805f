// SPDX-License-Identifier: GPL-2.0
/* Where bits for units tell that extents are apart, they are. */
#define must(condition) assume(condition)
#include "request.h"

void prove_apart(void)
{
	struct input in = any_input();
	const struct famfs_map_request *req = &in.request;
	u32 i;

	for (i = 0; i < RANGES; i++)
		assume(nth_range(req, i)->devindex < DEVICES);
	assume(all_sound(req));
	assert(!are_apart(req) || all_disjoint(req));
}
