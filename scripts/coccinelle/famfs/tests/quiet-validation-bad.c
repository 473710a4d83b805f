// SPDX-License-Identifier: GPL-2.0
static int check_extents(struct request *req)
{
	u32 i;

	guard(mutex)(&req->lock);
	for (i = 0; i < req->nr; i++) {
		if (WARN_ON(!req->list[i].len)) /* bad */
			return -EINVAL;
		if (!req->list[i].offset)
			pr_err("extent %u starts at 0\n", i); /* bad */
	}
	scoped_guard(spinlock, &req->inner)
		printk_ratelimited(KERN_INFO "here\n"); /* bad */
	BUG_ON(req->nr != i); /* bad */
	dev_warn_once(req->dev, "done\n"); /* bad */
	return VM_WARN_ON_ONCE(req->nr) ? -EIO : 0; /* bad */
}
