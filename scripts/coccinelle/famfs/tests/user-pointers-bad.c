// SPDX-License-Identifier: GPL-2.0
#include <linux/uaccess.h> /* bad */

static long fill(struct map *map, unsigned long arg)
{
	void __user *to = (void *)arg; /* bad */
	struct map copy;

	if (copy_from_user(&copy, to, sizeof(copy))) /* bad */
		return -EFAULT;
	if (get_user(map->nr, &to->nr)) /* bad */
		return -EFAULT;
	map->list = vmemdup_array_user(to, map->nr, 8); /* bad */
	scoped_guard(mutex, &map->lock) {
		if (__put_user(map->nr, &to->nr)) /* bad */
			return -EFAULT;
	}
	return copy_to_user(to, map, sizeof(*map)) ? -EFAULT : 0; /* bad */
}
