// SPDX-License-Identifier: GPL-2.0
static u64 count(struct range *range, u64 addr)
{
	u64 end = round_up(range->end, 4096); /* bad */
	u64 page = addr >> 12; /* bad */

	if (range->len > SZ_2M) /* bad */
		return range->len / 2097152; /* bad */
	if (addr & 0xfff) /* bad */
		return page << 9; /* bad */
	range->pages = 512 * page; /* bad */
	range->end = end + (2ULL << 20); /* bad */
	return addr & (0x200000UL - 1); /* bad */
}
