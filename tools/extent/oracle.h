/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a look-up has to answer, in the words of the ABI: by walking the request
 * from its first extent, with plain divisions.  Slow, and short enough to be
 * right at a glance.  The library's tests compare it with this.
 */
#ifndef _FAMFS_EXTENT_ORACLE_H
#define _FAMFS_EXTENT_ORACLE_H

#include <linux/famfs_extent.h>

static inline bool oracle_simple(const struct famfs_map_request *req, u64 pos,
				 struct famfs_range *range)
{
	const struct famfs_ioc_simple_extent *ext = req->simple;
	const struct famfs_ioc_simple_extent *end = ext + req->nr_extents;

	for (; ext < end && pos >= ext->len; ext++)
		pos -= ext->len;
	if (ext == end)
		return false;
	range->dev = ext->devindex;
	range->addr = ext->offset + pos;
	range->length = ext->len - pos;
	for (ext++; ext < end && ext->devindex == range->dev &&
	     ext->offset == range->addr + range->length; ext++)
		range->length += ext->len;
	return true;
}

static inline bool oracle_striped(const struct famfs_map_request *req, u64 pos,
				  struct famfs_range *range)
{
	const struct famfs_ioc_interleaved_ext *ext = req->interleaved;
	const struct famfs_ioc_interleaved_ext *end = ext + req->nr_extents;
	const struct famfs_ioc_simple_extent *strip;
	u64 chunk, within;

	for (; ext < end && pos >= ext->ie_nbytes; ext++)
		pos -= ext->ie_nbytes;
	if (ext == end)
		return false;
	chunk = pos / ext->ie_chunk_size;
	within = pos % ext->ie_chunk_size;
	strip = &ext->ie_strips[chunk % ext->ie_nstrips];
	range->dev = strip->devindex;
	range->addr = strip->offset + within +
		      chunk / ext->ie_nstrips * ext->ie_chunk_size;
	range->length = min(ext->ie_chunk_size - within, ext->ie_nbytes - pos);
	return true;
}

/*
 * Where the byte at @pos lives, and how many bytes follow it there: up to the
 * end of the chunk, or of the last simple extent that continues it.  False
 * past the end of the map.
 */
static inline bool oracle_resolve(const struct famfs_map_request *req, u64 pos,
				  struct famfs_range *range)
{
	if (req->ext_type == FAMFS_IOC_EXT_INTERLEAVE)
		return oracle_striped(req, pos, range);
	return oracle_simple(req, pos, range);
}

/*
 * First file range from @pos on that lives in @where: walks the file piece by
 * piece.  Goes on behind the range that it found: @pos += @length.
 */
static inline bool oracle_reverse(const struct famfs_map_request *req,
				  const struct famfs_range *where, u64 *pos,
				  u64 *length)
{
	struct famfs_range piece;
	u64 skip, ahead;

	for (; oracle_resolve(req, *pos, &piece); *pos += piece.length) {
		skip = where->addr - min(where->addr, piece.addr);
		ahead = piece.addr - min(where->addr, piece.addr);
		if (piece.dev != where->dev || skip >= piece.length ||
		    ahead >= where->length)
			continue;
		*pos += skip;
		*length = min(piece.length - skip, where->length - ahead);
		return true;
	}
	return false;
}

#endif /* _FAMFS_EXTENT_ORACLE_H */
