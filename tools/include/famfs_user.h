/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The few names of the kernel that lib/famfs_extent uses, for user space.
 * Compile its files with -Itools/include -Iinclude.
 */
#ifndef _FAMFS_USER_H
#define _FAMFS_USER_H

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
/* Defines __counted_by in newer versions, and is included by other headers. */
#include <linux/stddef.h>

/* As in the kernel, and as __u64 is: %llu prints it on every machine. */
typedef unsigned long long u64;
typedef uint32_t u32;
typedef uint16_t u16;
typedef uint8_t u8;

#define S64_MAX INT64_MAX
#define U64_MAX UINT64_MAX

#undef __counted_by
#define __counted_by(member)
#define noinline __attribute_noinline__
#define EXPORT_SYMBOL_GPL(symbol)
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define IS_ALIGNED(value, to) (((value) & ((to) - 1)) == 0)
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#define check_add_overflow(a, b, sum) __builtin_add_overflow(a, b, sum)

/* SIZE_MAX where the size does not fit, which no allocator can serve. */
static inline size_t famfs_flex_size(size_t fixed, size_t each, size_t count)
{
	size_t bytes;
	bool overflowed = __builtin_mul_overflow(each, count, &bytes);

	overflowed |= __builtin_add_overflow(bytes, fixed, &bytes);
	return overflowed ? SIZE_MAX : bytes;
}

#define struct_size(ptr, member, count) \
	famfs_flex_size(sizeof(*(ptr)), sizeof(*(ptr)->member), count)

#define array_size(count, each) famfs_flex_size(0, each, count)

#define BITS_PER_BYTE 8
#define GFP_KERNEL 0
#define GFP_KERNEL_ACCOUNT 0
#define kvzalloc(size, gfp) calloc(1, size)
#define kvmalloc_array(count, size, gfp) calloc(count, size)
#define kvcalloc(count, size, gfp) calloc(count, size)
#define kvfree(ptr) free(ptr)

#define is_power_of_2(n) ((n) != 0 && ((n) & ((n) - 1)) == 0)
#define ilog2(n) (63 - __builtin_clzll(n))

static inline u64 div_u64_rem(u64 dividend, u32 divisor, u32 *remainder)
{
	*remainder = dividend % divisor;
	return dividend / divisor;
}

static inline u64 mul_u64_u64_shr(u64 a, u64 b, unsigned int shift)
{
	return (__uint128_t)a * b >> shift;
}

/* The kernel's sort() can be told how to swap; the C library's cannot. */
#define sort(base, num, size, cmp, swap) qsort(base, num, size, cmp)

#endif /* _FAMFS_USER_H */
