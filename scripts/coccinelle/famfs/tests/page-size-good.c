// SPDX-License-Identifier: GPL-2.0
/* A unit of 2097152 bytes has 512 pages of 4096. */
static u64 count(struct range *range, u64 addr)
{
	u64 end = round_up(range->end, PAGE_SIZE);
	u64 page = addr >> PAGE_SHIFT;

	if (range->len > FAMFS_ALLOC_UNIT)
		return DIV_ROUND_UP_ULL(range->len, SECTOR_SIZE);
	pr_debug("4096 of %llu at %llu\n", end, page << 3);
	return addr >> 20;
}
