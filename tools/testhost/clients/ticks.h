/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The processor's clock.  In a test host that counts instructions a tick is one.
 */
#ifndef _TICKS_H
#define _TICKS_H

#include <stdint.h>

#if defined(__x86_64__)
#include <x86intrin.h>

static inline uint64_t read_ticks(void)
{
	uint64_t t;

	_mm_lfence();
	t = __rdtsc();
	_mm_lfence();
	return t;
}
#elif defined(__aarch64__)
static inline uint64_t read_ticks(void)
{
	uint64_t t;

	asm volatile("isb; mrs %0, cntvct_el0; isb" : "=r" (t) : : "memory");
	return t;
}
#endif

#endif /* _TICKS_H */
