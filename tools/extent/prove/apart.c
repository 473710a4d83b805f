// SPDX-License-Identifier: GPL-2.0
/* Where bits for units tell that extents are apart, they are. */
#define must(condition) assume(condition)
#include "request.h"

void prove_apart(void)
{
	struct input in = any_input();
	const struct famfs_map_request *req = &in.request;
	u32 i, j;

	for (i = 0; i < RANGES; i++) {
		assume(nth_range(req, i)->devindex < DEVICES);
		assume(nth_range(req, i)->len);
		assume(nth_range(req, i)->len <=
		       U64_MAX - nth_range(req, i)->offset);
	}
	if (!are_apart(req))
		return;
	for (i = 0; i < RANGES; i++)
		for (j = 0; j < i; j++)
			assert(disjoint(nth_range(req, j), nth_range(req, i)));
}
