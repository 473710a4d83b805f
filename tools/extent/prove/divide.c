// SPDX-License-Identifier: GPL-2.0
/*
 * divide() answers what division means, for every chunk number and STRIPS
 * strips.  A solver cannot see through a full product, so there are two steps:
 * the product times STRIPS has a simple form, and what has that form is shifted
 * to the quotient.
 */
#include <famfs_user.h>

/* A name of the compiler's. */
#define u128 __uint128_t

static u64 product_of(u64 chunk, u64 reciprocal, unsigned int shift);

/* Of the library alone. */
#define mul_u64_u64_shr product_of
#include "prove.h"

/* What the reciprocal is too large by, times STRIPS. */
static u128 excess(u64 reciprocal, unsigned int shift)
{
	return (u128)reciprocal * STRIPS - ((u128)1 << shift);
}

static bool has_form(u128 product, u64 chunk, u64 reciprocal,
		     unsigned int shift)
{
	return product <= ~(u128)0 / STRIPS && product * STRIPS ==
	       ((u128)chunk << shift) + chunk * excess(reciprocal, shift);
}

#ifdef PRODUCT
static u64 product_of(u64 chunk, u64 reciprocal, unsigned int shift)
{
	u128 product = (u128)chunk * reciprocal;

	assert(has_form(product, chunk, reciprocal, shift));
	return product >> shift;
}
#else
static u64 product_of(u64 chunk, u64 reciprocal, unsigned int shift)
{
	u128 product;

	assert(excess(reciprocal, shift) < STRIPS);
	assume(has_form(product, chunk, reciprocal, shift));
	return product >> shift;
}
#endif

void prove_product(void)
{
	u64 chunk;

	assume(chunk <= MAX_CHUNK);
	divide(chunk, STRIPS);
}

void prove_quotient(void)
{
	u64 chunk, quotient;

	assume(chunk <= MAX_CHUNK);
	quotient = divide(chunk, STRIPS);
	assert(quotient <= chunk);
	assert(quotient * STRIPS <= chunk);
	assert(chunk - quotient * STRIPS < STRIPS);
}

void prove_in_order(void)
{
	struct division a, b;

	a.strips = STRIPS;
	b.strips = STRIPS;
	assume(is_division(&a) && is_division(&b));
	assert(in_order(&a, &b));
}
