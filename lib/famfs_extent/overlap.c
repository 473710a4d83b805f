// SPDX-License-Identifier: GPL-2.0
/*
 * famfs extent library: do ranges of one request share bytes of a device?
 */
#include "internal.h"

/**
 * famfs_count_claims() - count the device ranges that a request asks for
 * @req: a request whose lists are as long as its counts say
 *
 * Context: Any.
 * Return: the number of simple extents, or of the strips of all extents.
 */
u32 famfs_count_claims(const struct famfs_map_request *req)
{
	u32 i, nr = 0;

	if (req->ext_type != FAMFS_IOC_EXT_INTERLEAVE)
		return req->nr_extents;
	for (i = 0; i < req->nr_extents; i++)
		nr += req->interleaved[i].ie_nstrips;
	return nr;
}
EXPORT_SYMBOL_GPL(famfs_count_claims);

static void list_simple(const struct famfs_map_request *req, u32 file,
			struct famfs_claim *claim)
{
	u32 i;

	for (i = 0; i < req->nr_extents; i++)
		*claim++ = (struct famfs_claim) {
			.range = &req->simple[i],
			.file = file,
			.extent = i,
			.part = FAMFS_PART_EXTENT,
		};
}

static void list_strips(const struct famfs_map_request *req, u32 file,
			struct famfs_claim *claim)
{
	const struct famfs_ioc_interleaved_ext *ext;
	u32 i, strip;

	for (i = 0; i < req->nr_extents; i++) {
		ext = &req->interleaved[i];
		for (strip = 0; strip < ext->ie_nstrips; strip++)
			*claim++ = (struct famfs_claim) {
				.range = &ext->ie_strips[strip],
				.file = file,
				.extent = i,
				.strip = strip,
				.part = FAMFS_PART_STRIP,
			};
	}
}

/**
 * famfs_list_claims() - list the device ranges that a request asks for
 * @req: a request that keeps all rules, but for overlaps
 * @file: a number for the request
 * @claims: room for as many as famfs_count_claims() says
 *
 * Context: Any.
 */
void famfs_list_claims(const struct famfs_map_request *req, u32 file,
		       struct famfs_claim *claims)
{
	if (req->ext_type == FAMFS_IOC_EXT_INTERLEAVE)
		list_strips(req, file, claims);
	else
		list_simple(req, file, claims);
}
EXPORT_SYMBOL_GPL(famfs_list_claims);

/**
 * famfs_compare_claims() - compare two claims by where they are
 * @a: a struct famfs_claim
 * @b: another one
 *
 * Context: Any.
 * Return: as sort() wants it.
 */
int famfs_compare_claims(const void *a, const void *b)
{
	const struct famfs_claim *x = a, *y = b;

	if (x->range->devindex != y->range->devindex)
		return x->range->devindex < y->range->devindex ? -1 : 1;
	if (x->range->offset != y->range->offset)
		return x->range->offset < y->range->offset ? -1 : 1;
	if (x->file != y->file)
		return x->file < y->file ? -1 : 1;
	return 0;
}

static bool before(const struct famfs_claim *a, const struct famfs_claim *b)
{
	if (a->extent != b->extent)
		return a->extent < b->extent;
	return a->strip < b->strip;
}

/* Blames the one that comes later in the request. */
static int refuse_overlap(const struct famfs_claim *a, const struct famfs_claim *b,
			  struct famfs_reason *reason)
{
	const struct famfs_claim *first = before(a, b) ? a : b;
	const struct famfs_claim *second = first == a ? b : a;

	*reason = (struct famfs_reason) {
		.rule = FAMFS_RULE_OVERLAP,
		.part = second->part,
		.extent = second->extent,
		.strip = second->strip,
		.other = first->extent,
		.other_strip = first->strip,
		.value = second->range->offset,
		.limit = first->range->offset,
	};
	return -EINVAL;
}

/* Sorted by place, ranges overlap only if neighbours do. */
static int check_sorted(const struct famfs_claim *claims, u32 nr,
			struct famfs_reason *reason)
{
	const struct famfs_ioc_simple_extent *a, *b;
	u32 i;

	for (i = 1; i < nr; i++) {
		a = claims[i - 1].range;
		b = claims[i].range;
		if (a->devindex == b->devindex &&
		    b->offset - a->offset < a->len)
			return refuse_overlap(&claims[i - 1], &claims[i],
					      reason);
	}
	return 0;
}

/* Bits of a word. */
#define WORD 64

/**
 * struct span - the units of a device that a request asks for lie in it
 * @first: the first one
 * @last: the last one; below @first if there is none
 * @bit: index of the bit that stands for the first one
 */
struct span {
	u64 first;
	u64 last;
	u64 bit;
};

static u64 first_unit(const struct famfs_ioc_simple_extent *ext)
{
	return ext->offset / FAMFS_ALLOC_UNIT;
}

static u64 last_unit(const struct famfs_ioc_simple_extent *ext)
{
	return (ext->offset + ext->len - 1) / FAMFS_ALLOC_UNIT;
}

/* How many bits stand for all units of all spans; U64_MAX is too many. */
static u64 find_spans(const struct famfs_map_request *req, struct span *spans)
{
	const struct famfs_ioc_simple_extent *ext;
	struct span *span;
	u64 bits = 0;
	u32 i;

	for (i = 0; i < FAMFS_MAX_DEVICES; i++)
		spans[i] = (struct span) { .first = U64_MAX };
	for (i = 0; i < req->nr_extents; i++) {
		ext = &req->simple[i];
		if (ext->devindex >= FAMFS_MAX_DEVICES)
			return U64_MAX;
		span = &spans[ext->devindex];
		span->first = min(span->first, first_unit(ext));
		span->last = max(span->last, last_unit(ext));
	}
	for (span = spans; span < spans + FAMFS_MAX_DEVICES; span++) {
		if (span->first > span->last)
			continue;
		span->bit = bits;
		bits += span->last - span->first + 1;
	}
	return bits;
}

/* Set bits from @first to @last, none of which may be set. */
static bool set_bits(u64 *words, u64 first, u64 last)
{
	u64 *word = words + first / WORD, *end = words + last / WORD;
	u64 mask = U64_MAX << first % WORD;

	for (; word < end; word++, mask = U64_MAX) {
		if (*word & mask)
			return false;
		*word |= mask;
	}
	mask &= U64_MAX >> (WORD - 1 - last % WORD);
	if (*word & mask)
		return false;
	*word |= mask;
	return true;
}

/*
 * Extents that share bytes share a unit, as each starts with one.  In any order,
 * this takes O(n) time, where sorting takes longer than all else about a map.  False
 * if some overlap, or if bits would take more memory than sorting does.
 */
static bool are_apart(const struct famfs_map_request *req)
{
	const struct famfs_ioc_simple_extent *ext = req->simple;
	const struct famfs_ioc_simple_extent *end = ext + req->nr_extents;
	struct span spans[FAMFS_MAX_DEVICES], *span;
	u64 bits = find_spans(req, spans), at;
	bool apart = true;
	u64 *words;

	if (bits / BITS_PER_BYTE > array_size(req->nr_extents, sizeof(struct famfs_claim)))
		return false;
	words = kvcalloc(bits / WORD + 1, sizeof(*words), GFP_KERNEL);
	if (!words)
		return false;
	for (; apart && ext < end; ext++) {
		span = &spans[ext->devindex];
		at = span->bit + (first_unit(ext) - span->first);
		apart = set_bits(words, at, at + last_unit(ext) - first_unit(ext));
	}
	kvfree(words);
	return apart;
}

/**
 * famfs_check_overlap() - check that no two ranges of a request overlap
 * @req: a request that keeps all other rules
 * @reason: which two do
 *
 * Context: May sleep (allocates memory for more than one range).
 * Return: 0, -EINVAL or -ENOMEM.
 */
int famfs_check_overlap(const struct famfs_map_request *req,
			struct famfs_reason *reason)
{
	u32 nr = famfs_count_claims(req);
	struct famfs_claim *claims;
	int err;

	if (nr == 1)
		return 0;
	if (req->ext_type == FAMFS_IOC_EXT_SIMPLE && are_apart(req))
		return 0;
	claims = kvmalloc_array(nr, sizeof(*claims), GFP_KERNEL);
	if (!claims) {
		reason->rule = FAMFS_RULE_NO_MEMORY;
		return -ENOMEM;
	}
	famfs_list_claims(req, 0, claims);
	sort(claims, nr, sizeof(*claims), famfs_compare_claims, NULL);
	err = check_sorted(claims, nr, reason);
	kvfree(claims);
	return err;
}
