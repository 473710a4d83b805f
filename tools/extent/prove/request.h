/* SPDX-License-Identifier: GPL-2.0 */
/* Requests with everything but their shape free, and what accepted ones keep. */
#ifndef _FAMFS_PROVE_REQUEST_H
#define _FAMFS_PROVE_REQUEST_H

#include "prove.h"

#define DEVICES 2

/**
 * struct input - what a caller of the library has
 * @request: the request
 * @limits: the limits
 */
struct input {
	struct famfs_map_request request;
	struct famfs_limits limits;
};

/* Each list is an object of its own: reading past it is an error. */
static void *any_memory(void *memory)
{
	assume(memory);
	return memory;
}

#define any_list(type, nr) ((type *)any_memory(malloc((nr) * sizeof(type))))

static struct input any_input(void)
{
	struct famfs_ioc_interleaved_ext *extents;
	struct input in;
	u32 i;

	assume(in.limits.nr_devices <= DEVICES);
	in.limits.device_size = any_list(u64, DEVICES);
	in.request.nr_extents = EXTENTS;
	in.request.simple = NULL;
	in.request.interleaved = NULL;
	if (!STRIPS) {
		in.request.ext_type = FAMFS_IOC_EXT_SIMPLE;
		in.request.simple = any_list(struct famfs_ioc_simple_extent,
					     EXTENTS);
		return in;
	}
	extents = any_list(struct famfs_ioc_interleaved_ext, EXTENTS);
	for (i = 0; i < EXTENTS; i++) {
		extents[i].ie_nstrips = STRIPS;
#ifdef SHIFT
		extents[i].ie_chunk_size = 1ULL << SHIFT;
#endif
		extents[i].ie_strips = any_list(struct famfs_ioc_simple_extent,
						STRIPS);
	}
	in.request.ext_type = FAMFS_IOC_EXT_INTERLEAVE;
	in.request.interleaved = extents;
	return in;
}

/* The device ranges, counted through. */
static const struct famfs_ioc_simple_extent *
nth_range(const struct famfs_map_request *req, u32 nth)
{
#if STRIPS
	return &req->interleaved[nth / STRIPS].ie_strips[nth % STRIPS];
#else
	return &req->simple[nth];
#endif
}

static bool disjoint(const struct famfs_ioc_simple_extent *a,
		     const struct famfs_ioc_simple_extent *b)
{
	if (a->devindex != b->devindex)
		return true;
	if (a->offset < b->offset)
		return b->offset - a->offset >= a->len;
	return a->offset - b->offset >= b->len;
}

/* No range is empty or wraps. */
static bool all_sound(const struct famfs_map_request *req)
{
	const struct famfs_ioc_simple_extent *range;
	u32 i;

	for (i = 0; i < RANGES; i++) {
		range = nth_range(req, i);
		if (!range->len || range->len > U64_MAX - range->offset)
			return false;
	}
	return true;
}

static bool all_disjoint(const struct famfs_map_request *req)
{
	u32 i, j;

	for (i = 0; i < RANGES; i++)
		for (j = 0; j < i; j++)
			if (!disjoint(nth_range(req, j), nth_range(req, i)))
				return false;
	return true;
}

/* Bytes of the file in an extent. */
static u64 extent_bytes(const struct input *in, u32 extent)
{
	if (STRIPS)
		return in->request.interleaved[extent].ie_nbytes;
	return in->request.simple[extent].len;
}

/*
 * What a request that validation accepts is sure to keep: validate.c includes
 * this with "must" meaning that it is asserted, lookup.c with "must" meaning
 * that it relies on it.
 */
static void accepted_file(const struct input *in)
{
	u64 total = 0;
	u32 i;

	for (i = 0; i < EXTENTS; i++) {
		must(extent_bytes(in, i) >= 1);
		must(extent_bytes(in, i) <= S64_MAX - total);
		total += extent_bytes(in, i);
	}
	must(in->request.file_size >= 1 && in->request.file_size <= total);
	must(in->request.file_type <= FAMFS_LOG);
	must(in->request.nr_extents <= in->limits.max_extents);
}

static void accepted_range(const struct input *in,
			   const struct famfs_ioc_simple_extent *range)
{
	u64 size;

	must(range->devindex < in->limits.nr_devices);
	must(range->len >= 1);
	must(range->offset % FAMFS_ALLOC_UNIT == 0);
	size = in->limits.device_size[range->devindex];
	must(range->len <= size && range->offset <= size - range->len);
	must(range->offset || in->request.file_type == FAMFS_SUPERBLOCK);
}

static void accepted(const struct input *in)
{
	const struct famfs_map_request *req = &in->request;
	u32 i, j;

	accepted_file(in);
	for (i = 0; i < RANGES; i++) {
		accepted_range(in, nth_range(req, i));
		for (j = 0; j < i; j++)
			must(disjoint(nth_range(req, j), nth_range(req, i)));
	}
	for (i = 0; STRIPS && i < EXTENTS; i++) {
		must(req->interleaved[i].ie_chunk_size >= FAMFS_ALLOC_UNIT);
		must(is_power_of_2(req->interleaved[i].ie_chunk_size));
	}
}

/**
 * struct stripe_byte - any one byte of an interleaved extent
 * @strip: the strip that it is in
 * @at: offset from the start of the extent
 * @offset: offset from the start of the strip
 * @rest: bytes from it on up to the end of the chunk or the extent
 *
 * By the words of the ABI chunk i is in strip (i mod n), (i div n) chunks from
 * the strip's start.
 */
struct stripe_byte {
	u32 strip;
	u64 at;
	u64 offset;
	u64 rest;
};

#if STRIPS
static struct stripe_byte
any_stripe_byte(const struct famfs_ioc_interleaved_ext *ext)
{
	u32 shift = ilog2(ext->ie_chunk_size);
	struct stripe_byte byte;
	struct division chunk;
	u64 within;

	chunk.strips = STRIPS;
	assume(is_division(&chunk));
	assume(chunk.chunks <= (ext->ie_nbytes - 1) >> shift);
	assume(within < 1ULL << shift);
	byte.strip = chunk.rest;
	byte.at = chunk.chunks << shift | within;
	assume(byte.at < ext->ie_nbytes);
	byte.offset = chunk.rows << shift | within;
	byte.rest = min((1ULL << shift) - within, ext->ie_nbytes - byte.at);
	known = chunk;
	return byte;
}
#endif

#endif /* _FAMFS_PROVE_REQUEST_H */
