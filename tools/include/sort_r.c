// SPDX-License-Identifier: GPL-2.0
/* The kernel's sort_r() on top of the C library's, whose arguments differ. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <famfs_user.h>

struct sort_arg {
	cmp_r_func_t cmp;
	const void *priv;
};

static int cmp_with_priv(const void *a, const void *b, void *arg)
{
	const struct sort_arg *sort = arg;

	return sort->cmp(a, b, sort->priv);
}

void sort_r(void *base, size_t num, size_t size, cmp_r_func_t cmp,
	    const void *swap, const void *priv)
{
	struct sort_arg arg = { .cmp = cmp, .priv = priv };

	(void)swap;		/* the C library swaps on its own */
	qsort_r(base, num, size, cmp_with_priv, &arg);
}
