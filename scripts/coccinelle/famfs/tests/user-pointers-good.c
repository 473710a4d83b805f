// SPDX-License-Identifier: GPL-2.0
#include <linux/uio.h>

static ssize_t famfs_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct user_namespace *user_ns = iocb->ki_filp->f_cred->user_ns;

	if (!get_user_ns(user_ns))
		return -EPERM;
	return dax_iomap_rw(iocb, to, &famfs_iomap_ops);
}
