/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The extent library under CBMC, a bounded model checker: its C files are
 * included as they are.  A local variable without an initializer has any
 * value, and so has new memory.
 *
 * EXTENTS, STRIPS and ENTRIES are the shape that a run of the checker is for;
 * scripts/prove lists the shapes.
 */
#ifndef _FAMFS_PROVE_H
#define _FAMFS_PROVE_H

#include <assert.h>
#include <famfs_user.h>
#include <uapi/linux/famfs_ioctl.h>

/* Extents of the request. */
#ifndef EXTENTS
#define EXTENTS 1
#endif

/* Strips of each extent; 0 for simple extents. */
#ifndef STRIPS
#define STRIPS 0
#endif

/* Entries of the map's table: simple extents may become fewer. */
#ifndef ENTRIES
#define ENTRIES (EXTENTS * (STRIPS + 1))
#endif

/* Device ranges of the request. */
#define RANGES (EXTENTS * (STRIPS ? STRIPS : 1))

/*
 * The checker is slow where a type leaves open what it holds.  So for it the
 * two lists that a request may have are side by side and no union (the library
 * only reads, and the one that is not there is NULL), and the table of a map
 * has the size that was allocated for it, ENTRIES, in its type.
 */
#define union struct
#define seg seg[ENTRIES]; struct famfs_segment nothing
#include <linux/famfs_extent.h>
#undef seg
#undef union

#define assume(condition) __CPROVER_assume(condition)

/* Memory of exactly the size asked for, in types that the checker knows. */
struct famfs_claim;
static struct famfs_claim *prove_claims(size_t count, size_t size);
static u64 *prove_words(size_t count, size_t size);
static void prove_free(void *memory);
static struct famfs_map *prove_map_memory(size_t nr_entries);

#undef struct_size
#define struct_size(ptr, member, count) (count)
#undef kvzalloc
#define kvzalloc(size, gfp) prove_map_memory(size)
#undef kvmalloc_array
#define kvmalloc_array(count, size, gfp) prove_claims(count, size)
#undef kvcalloc
#define kvcalloc(count, size, gfp) prove_words(count, size)
#undef kvfree
#define kvfree(ptr) prove_free(ptr)

/* Chunks are 2^21 bytes or more. */
#define MAX_CHUNK ((1ULL << 43) - 1)

/**
 * struct division - a number of chunks, divided by a number of strips
 * @chunks: the chunks
 * @strips: the strips
 * @rows: the quotient
 * @rest: the remainder
 */
struct division {
	u64 chunks;
	u32 strips;
	u64 rows;
	u32 rest;
};

static bool is_division(const struct division *d)
{
	return d->chunks <= MAX_CHUNK && d->rows <= MAX_CHUNK &&
	       d->rest < d->strips &&
	       d->chunks == d->rows * d->strips + d->rest;
}

/* By the same number, more chunks are more rows or a larger rest. */
static bool in_order(const struct division *a, const struct division *b)
{
	return (a->chunks <= b->chunks) ==
	       (a->rows < b->rows ||
		(a->rows == b->rows && a->rest <= b->rest));
}

/*
 * What division means, which is cheaper to solve than a divider.  It helps the
 * solver much to be told how the results compare with those of one division
 * that is known; prove_in_order() in divide.c shows that what it is told holds.
 */
static struct division known;

static inline struct division any_division(u64 chunks, u32 strips)
{
	struct division d;

	d.chunks = chunks;
	d.strips = strips;
	assume(is_division(&d));
	if (known.strips == strips)
		assume(in_order(&d, &known) && in_order(&known, &d));
	return d;
}

static inline u64 prove_div_u64_rem(u64 dividend, u32 divisor, u32 *remainder)
{
	struct division d;

	assert(divisor && dividend <= MAX_CHUNK);
	d = any_division(dividend, divisor);
	*remainder = d.rest;
	return d.rows;
}

#define div_u64_rem prove_div_u64_rem

/*
 * Any sort that sorts: the claims come out in some order that is not falling.
 * prove_order() shows that there is one, as the comparison is an order.
 */
#undef sort
#define sort(base, num, size, cmp, swap) prove_sort(base, num)

static void prove_sort(struct famfs_claim *claims, u32 nr);

#include "../../../lib/famfs_extent/map.c"
#include "../../../lib/famfs_extent/resolve.c"
#include "../../../lib/famfs_extent/validate.c"
#include "../../../lib/famfs_extent/overlap.c"

static struct famfs_claim *prove_claims(size_t count, size_t size)
{
	assert(count == RANGES && size == sizeof(struct famfs_claim));
	return malloc(RANGES * sizeof(struct famfs_claim));
}

/*
 * Words of bits take no more memory than the claims.  The checker is slow where their
 * number is open, so there are always all of them: who touches one past those that were
 * asked for sets a bit there, which is seen when they are freed.
 */
#define WORDS (RANGES * sizeof(struct famfs_claim) / sizeof(u64) + 1)

static u64 *words;
static size_t nr_words;

static u64 *prove_words(size_t count, size_t size)
{
	size_t i;

	words = malloc(sizeof(u64[WORDS]));
	assert(count && count <= WORDS && size == sizeof(u64));
	nr_words = count;
	for (i = 0; words && i < WORDS; i++)
		words[i] = 0;
	return words;
}

static void prove_free(void *memory)
{
	size_t i;

	for (i = 0; words && memory == words && i < WORDS; i++)
		assert(i < nr_words || !words[i]);
	free(memory);
}

/* Maps with a table of another size are another run's. */
static struct famfs_map *prove_map_memory(size_t nr_entries)
{
	struct famfs_map *map = malloc(sizeof(*map));
	bool out_of_memory;

	assume(map && nr_entries == ENTRIES);
	*map = (struct famfs_map) {};
	return out_of_memory ? NULL : map;
}

static void prove_sort(struct famfs_claim *claims, u32 nr)
{
	struct famfs_claim unsorted[RANGES];
	u32 from[RANGES], i, j;

	assert(nr == RANGES);
	for (i = 0; i < RANGES; i++)
		unsorted[i] = claims[i];
	for (i = 0; i < RANGES; i++) {
		assume(from[i] < RANGES);
		for (j = 0; j < i; j++)
			assume(from[i] != from[j]);
		claims[i] = unsorted[from[i]];
		assume(!i || famfs_compare_claims(&claims[i - 1], &claims[i]) <= 0);
	}
}

/*
 * For divide(), whose calls scripts/prove replaces: what divide.c shows that
 * it answers.
 */
u64 proved_divide(u64 chunk, u32 nr_strips)
{
	assert(chunk <= MAX_CHUNK);
	assert(nr_strips >= 1 && nr_strips <= FAMFS_MAX_STRIPS);
	return any_division(chunk, nr_strips).rows;
}

#endif /* _FAMFS_PROVE_H */
