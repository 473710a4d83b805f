/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whether a request keeps every rule, told a second time: one rule after the
 * other over the whole request, in 128-bit arithmetic, overlaps by comparing
 * each range with each.  For the fuzzer, which compares it with the library.
 */
#ifndef _FAMFS_EXTENT_RULES_H
#define _FAMFS_EXTENT_RULES_H

#include <linux/famfs_extent.h>

/* A name of the compiler's, and of the kernel's where it has one. */
#define u128 __uint128_t

#define UNIT FAMFS_ALLOC_UNIT

static inline bool file_ok(const struct famfs_map_request *req,
			   const struct famfs_limits *limits)
{
	u32 most = FAMFS_MAP_MAX_EXTENTS;

	if (req->ext_type == FAMFS_IOC_EXT_INTERLEAVE)
		most = FAMFS_IOC_MAX_INTERLEAVED_EXTENTS;
	return req->file_type <= FAMFS_LOG &&
	       req->ext_type <= FAMFS_IOC_EXT_INTERLEAVE &&
	       req->file_size >= 1 && req->file_size <= S64_MAX &&
	       req->nr_extents >= 1 && req->nr_extents <= most &&
	       req->nr_extents <= limits->max_extents;
}

static inline bool stripes_ok(const struct famfs_map_request *req)
{
	const struct famfs_ioc_interleaved_ext *ext;
	u32 i;

	if (req->ext_type != FAMFS_IOC_EXT_INTERLEAVE)
		return true;
	for (i = 0; i < req->nr_extents; i++) {
		ext = &req->interleaved[i];
		if (ext->ie_nstrips < 1 || ext->ie_nstrips > FAMFS_MAX_STRIPS)
			return false;
		if (__builtin_popcountll(ext->ie_chunk_size) != 1 ||
		    ext->ie_chunk_size < UNIT)
			return false;
		if (!ext->ie_nbytes)
			return false;
		if (ext->ie_nbytes % UNIT && i != req->nr_extents - 1)
			return false;
	}
	return true;
}

/* The ranges of a request whose counts are in order, in their order. */
static inline u32 nr_ranges(const struct famfs_map_request *req)
{
	u32 i, nr = 0;

	if (req->ext_type == FAMFS_IOC_EXT_SIMPLE)
		return req->nr_extents;
	for (i = 0; i < req->nr_extents; i++)
		nr += req->interleaved[i].ie_nstrips;
	return nr;
}

static inline const struct famfs_ioc_simple_extent *
nth_range(const struct famfs_map_request *req, u32 nth)
{
	const struct famfs_ioc_interleaved_ext *ext = req->interleaved;

	if (req->ext_type == FAMFS_IOC_EXT_SIMPLE)
		return &req->simple[nth];
	for (; nth >= ext->ie_nstrips; ext++)
		nth -= ext->ie_nstrips;
	return &ext->ie_strips[nth];
}

static inline bool range_ok(const struct famfs_map_request *req,
			    const struct famfs_limits *limits, u32 nth)
{
	const struct famfs_ioc_simple_extent *range = nth_range(req, nth);
	bool last = nth == nr_ranges(req) - 1;

	if (range->devindex >= limits->nr_devices || !range->len)
		return false;
	if (range->offset % UNIT || (range->len % UNIT && !last))
		return false;
	if ((u128)range->offset + range->len >
	    limits->device_size[range->devindex])
		return false;
	if (req->file_type != FAMFS_SUPERBLOCK)
		return range->offset != 0;
	return nth != 0 || (range->offset == 0 && range->devindex == 0);
}

static inline bool overlap(const struct famfs_ioc_simple_extent *a,
			   const struct famfs_ioc_simple_extent *b)
{
	return a->devindex == b->devindex &&
	       (u128)a->offset + a->len > b->offset &&
	       (u128)b->offset + b->len > a->offset;
}

static inline bool ranges_ok(const struct famfs_map_request *req,
			     const struct famfs_limits *limits)
{
	u32 i, k, nr = nr_ranges(req);

	for (i = 0; i < nr; i++) {
		if (!range_ok(req, limits, i))
			return false;
		for (k = 0; k < i; k++)
			if (overlap(nth_range(req, i), nth_range(req, k)))
				return false;
	}
	return true;
}

/* Bytes of a strip up to the end of the last chunk that is in it. */
static inline u128 strip_used(const struct famfs_ioc_interleaved_ext *ext,
			      u32 strip)
{
	u128 size = ext->ie_chunk_size, rows, start;
	u128 chunks = (ext->ie_nbytes + size - 1) / size;

	if (chunks <= strip)
		return 0;
	rows = (chunks - strip - 1) / ext->ie_nstrips;
	start = (rows * ext->ie_nstrips + strip) * size;
	return rows * size + min(size, ext->ie_nbytes - start);
}

static inline bool shares_ok(const struct famfs_map_request *req)
{
	const struct famfs_ioc_interleaved_ext *ext;
	u32 i, strip;

	if (req->ext_type != FAMFS_IOC_EXT_INTERLEAVE)
		return true;
	for (i = 0; i < req->nr_extents; i++) {
		ext = &req->interleaved[i];
		for (strip = 0; strip < ext->ie_nstrips; strip++)
			if (ext->ie_strips[strip].len < strip_used(ext, strip))
				return false;
	}
	return true;
}

static inline u128 total_bytes(const struct famfs_map_request *req)
{
	u128 total = 0;
	u32 i;

	for (i = 0; i < req->nr_extents; i++)
		total += req->ext_type == FAMFS_IOC_EXT_SIMPLE ?
			 req->simple[i].len : req->interleaved[i].ie_nbytes;
	return total;
}

static inline bool rules_accept(const struct famfs_map_request *req,
				const struct famfs_limits *limits)
{
	return file_ok(req, limits) && stripes_ok(req) &&
	       ranges_ok(req, limits) && shares_ok(req) &&
	       total_bytes(req) >= req->file_size &&
	       total_bytes(req) <= S64_MAX;
}

#endif /* _FAMFS_EXTENT_RULES_H */
