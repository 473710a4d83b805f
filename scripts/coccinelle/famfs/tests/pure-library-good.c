// SPDX-License-Identifier: GPL-2.0
#include <linux/errno.h>
#include <linux/slab.h>

static u64 look_up(const struct map *map, u64 pos)
{
	u32 block = pos / map->block_size;

	if (block_is_unlocked(map, block))
		return setup_block(map, block);
	return round_down(pos, map->block_size);
}
