/* SPDX-License-Identifier: GPL-2.0 */
/*
 * famfs_drop_lines() - drop cache lines, and write those back that are dirty
 *
 * By one instruction that does both, so that a store which comes in between is not
 * lost.  Fenced on both sides: what was accessed before it is done, and what is
 * accessed after it comes from the memory.
 */
#ifndef _FAMFS_LINES_H
#define _FAMFS_LINES_H

#include <linux/types.h>

#if defined(CONFIG_X86_64)
#include <asm/cacheflush.h>

#define FAMFS_CAN_DROP_LINES true

static inline void famfs_drop_lines(void *addr, size_t size)
{
	clflush_cache_range(addr, size);
}

#elif defined(CONFIG_ARM64)
#include <asm/barrier.h>
#include <asm/cpufeature.h>

#define FAMFS_CAN_DROP_LINES true

/* The kernel exports an invalidation only, which discards what is dirty. */
static inline void famfs_drop_lines(void *addr, size_t size)
{
	u64 ctr = read_sanitised_ftr_reg(SYS_CTR_EL0);
	unsigned long line, end = (unsigned long)addr + size;

	/* Field DminLine: the smallest line of all CPUs, as the log2 of its words. */
	line = 4UL << (ctr >> 16 & 0xf);
	mb();	/* what was accessed before is done */
	for (addr = PTR_ALIGN_DOWN(addr, line); (unsigned long)addr < end;
	     addr += line)
		asm volatile("dc civac, %0" : : "r" (addr) : "memory");
	mb();	/* what is accessed after it comes from the memory */
}

#else
#define FAMFS_CAN_DROP_LINES false

static inline void famfs_drop_lines(void *addr, size_t size)
{
}
#endif

#endif /* _FAMFS_LINES_H */
