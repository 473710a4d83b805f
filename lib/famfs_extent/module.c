// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>

MODULE_DESCRIPTION("famfs extent library");
MODULE_LICENSE("GPL");
