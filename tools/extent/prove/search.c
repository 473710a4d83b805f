// SPDX-License-Identifier: GPL-2.0
/*
 * The hints of a table of ENTRIES linear segments, and the search that uses
 * them: whatever the lengths of the segments, no access leaves the table, and
 * the segment found is the one that holds the position.
 */
#include "prove.h"

void prove_search(void)
{
	struct famfs_range range;
	struct famfs_map map = {};
	u64 start[ENTRIES], length, pos;
	u32 i;

	map.nr_segments = ENTRIES;
	map.nr_entries = ENTRIES;
	map.length = length;
	assume(length <= S64_MAX);
	for (i = 0; i < ENTRIES; i++) {
		map.seg[i].start = i ? start[i] : 0;
		map.seg[i].dev = i;
		assume(map.seg[i].start < length);
		assume(!i || map.seg[i].start > map.seg[i - 1].start);
	}
	add_hints(&map);
	assume(pos < length);
	assert(!famfs_map_resolve(&map, pos, 1, &range));
	assert(range.dev < ENTRIES && range.length == 1);
	assert(map.seg[range.dev].start <= pos);
	assert(range.dev + 1 == ENTRIES || pos < map.seg[range.dev + 1].start);
}
