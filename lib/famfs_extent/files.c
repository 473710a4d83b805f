// SPDX-License-Identifier: GPL-2.0
/*
 * famfs extent library: do several files share bytes of a device?  For programs,
 * which know all files at once; famfs itself learns of one after another.
 */
#include "internal.h"

/**
 * famfs_sort_claims() - sort claims by where they are on the devices
 * @claims: the claims of any number of valid requests
 * @nr: how many
 *
 * Those that start at the same place are in the order of their files.
 *
 * Context: Any.
 */
void famfs_sort_claims(struct famfs_claim *claims, u32 nr)
{
	sort(claims, nr, sizeof(*claims), famfs_compare_claims, NULL);
}
EXPORT_SYMBOL_GPL(famfs_sort_claims);

static u64 end_of(const struct famfs_claim *claim)
{
	return claim->range->offset + claim->range->len;
}

/**
 * famfs_next_overlap() - next two claims that share bytes of a device
 * @claims: the claims, sorted by famfs_sort_claims()
 * @nr: how many
 * @walk: the two, and how far the walk has come
 *
 * Call it until it returns false.  Each claim that overlaps earlier ones in the
 * list is told once, with the one of them that reaches furthest.
 *
 * Context: Any.
 * Return: true if there were two more.
 */
bool famfs_next_overlap(const struct famfs_claim *claims, u32 nr,
			struct famfs_overlap *walk)
{
	const struct famfs_claim *claim, *furthest;
	bool apart, found = false;

	while (!found && walk->next < nr) {
		claim = &claims[walk->next];
		furthest = &claims[walk->furthest];
		apart = claim->range->devindex != furthest->range->devindex ||
			claim->range->offset >= end_of(furthest);
		if (!apart && walk->next) {
			found = true;
			walk->first = claim->file < furthest->file ?
				      claim : furthest;
			walk->second = walk->first == claim ? furthest : claim;
		}
		if (apart || end_of(claim) > end_of(furthest))
			walk->furthest = walk->next;
		walk->next++;
	}
	return found;
}
EXPORT_SYMBOL_GPL(famfs_next_overlap);
