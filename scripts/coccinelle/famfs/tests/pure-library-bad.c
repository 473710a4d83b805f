// SPDX-License-Identifier: GPL-2.0
#include <linux/mutex.h> /* bad */
#include <linux/rculist.h> /* bad */
#include <linux/fs.h> /* bad */

static u64 look_up(struct map *map, u64 pos)
{
	u64 found;

	guard(mutex)(&map->lock); /* bad */
	scoped_guard(spinlock, &map->inner) /* bad */
		found = map->found;
	mutex_lock(&map->lock); /* bad */
	spin_unlock_irqrestore(&map->inner, 0); /* bad */
	down_read(&map->sem); /* bad */
	rcu_read_lock(); /* bad */
	atomic_inc(&map->users); /* bad */
	pr_debug("at %llu\n", pos); /* bad */
	printk(KERN_INFO "found\n"); /* bad */
	trace_famfs_look_up(map, pos); /* bad */
	return found;
}
