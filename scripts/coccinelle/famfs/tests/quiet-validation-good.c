// SPDX-License-Identifier: GPL-2.0
/* pr_err() in a comment says nothing. */
static int check_extents(struct request *req)
{
	BUILD_BUG_ON(sizeof(struct extent) != 24);
	if (!req->list[0].len) {
		pr_debug("no length: WARN_ON would be wrong here\n");
		return refuse(req, RULE_NO_LENGTH);
	}
	dev_dbg(req->dev, "accepted\n");
	return 0;
}
