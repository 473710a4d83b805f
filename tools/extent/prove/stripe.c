// SPDX-License-Identifier: GPL-2.0
/* A strip's share has room for every byte of the extent that is in the strip. */
#define must(condition) assume(condition)
#include "request.h"

void prove_share(void)
{
	struct famfs_ioc_interleaved_ext ext;
	struct stripe_byte byte;
	u64 share;

	ext.ie_nstrips = STRIPS;
#ifdef SHIFT
	ext.ie_chunk_size = 1ULL << SHIFT;
#endif
	assume(ext.ie_chunk_size >= FAMFS_ALLOC_UNIT);
	assume(is_power_of_2(ext.ie_chunk_size));
	assume(ext.ie_nbytes >= 1 && ext.ie_nbytes <= S64_MAX);
	byte = any_stripe_byte(&ext);
	share = strip_share(&ext, byte.strip);
	assert(byte.offset < share && byte.rest <= share - byte.offset);
}
