// SPDX-License-Identifier: GPL-2.0
/*
 * famfs extent library: the rules that a map must keep.
 */
#include "internal.h"

/* Indexed by enum famfs_rule; names for messages and tracepoints. */
static const char * const rule_names[FAMFS_NR_RULES] = {
	[FAMFS_RULE_NONE] = "none",
	[FAMFS_RULE_FILE_TYPE] = "file-type",
	[FAMFS_RULE_EXT_TYPE] = "extent-type",
	[FAMFS_RULE_FILE_SIZE] = "file-size",
	[FAMFS_RULE_NO_EXTENTS] = "no-extents",
	[FAMFS_RULE_TOO_MANY] = "too-many-extents",
	[FAMFS_RULE_DEVINDEX] = "device-index",
	[FAMFS_RULE_NO_LENGTH] = "no-length",
	[FAMFS_RULE_OFFSET_ALIGN] = "offset-alignment",
	[FAMFS_RULE_LENGTH_ALIGN] = "length-alignment",
	[FAMFS_RULE_WRAP] = "wrap-around",
	[FAMFS_RULE_BEYOND_DEVICE] = "beyond-device",
	[FAMFS_RULE_OFFSET_ZERO] = "offset-zero",
	[FAMFS_RULE_SUPERBLOCK] = "superblock-offset",
	[FAMFS_RULE_TOTAL] = "total-length",
	[FAMFS_RULE_TOO_SHORT] = "too-short",
	[FAMFS_RULE_OVERLAP] = "overlap",
	[FAMFS_RULE_NO_MEMORY] = "no-memory",
	[FAMFS_RULE_STRIPS] = "strips",
	[FAMFS_RULE_CHUNK] = "chunk-size",
	[FAMFS_RULE_STRIP_SHORT] = "strip-too-short",
};

/**
 * famfs_rule_name() - short name of a rule
 * @rule: the rule
 *
 * Context: Any.
 * Return: a constant string, "unknown" for a value that is no rule.
 */
const char *famfs_rule_name(enum famfs_rule rule)
{
	if ((u32)rule >= FAMFS_NR_RULES)
		return "unknown";
	return rule_names[rule];
}
EXPORT_SYMBOL_GPL(famfs_rule_name);

/**
 * struct place - where in a request the check is
 * @part: what is looked at
 * @extent: index of the extent
 * @strip: index of the strip within the extent, 0 for a simple extent
 */
struct place {
	enum famfs_part part;
	u32 extent;
	u32 strip;
};

static int refuse(struct famfs_reason *reason, enum famfs_rule rule,
		  struct place at, u64 value, u64 limit)
{
	*reason = (struct famfs_reason) {
		.rule = rule,
		.part = at.part,
		.extent = at.extent,
		.strip = at.strip,
		.value = value,
		.limit = limit,
	};
	return rule == FAMFS_RULE_TOO_MANY ? -E2BIG : -EINVAL;
}

static u32 max_extents(const struct famfs_map_request *req,
		       const struct famfs_limits *limits)
{
	if (req->ext_type == FAMFS_IOC_EXT_INTERLEAVE)
		return min(limits->max_extents,
			   (u32)FAMFS_IOC_MAX_INTERLEAVED_EXTENTS);
	return min(limits->max_extents, FAMFS_MAP_MAX_EXTENTS);
}

static int check_file(const struct famfs_map_request *req,
		      const struct famfs_limits *limits,
		      struct famfs_reason *reason)
{
	struct place file = {};

	if (req->file_type > FAMFS_LOG)
		return refuse(reason, FAMFS_RULE_FILE_TYPE, file,
			      req->file_type, FAMFS_LOG);
	if (req->ext_type > FAMFS_IOC_EXT_INTERLEAVE)
		return refuse(reason, FAMFS_RULE_EXT_TYPE, file, req->ext_type,
			      FAMFS_IOC_EXT_INTERLEAVE);
	if (!req->file_size || req->file_size > S64_MAX)
		return refuse(reason, FAMFS_RULE_FILE_SIZE, file,
			      req->file_size, S64_MAX);
	if (!req->nr_extents)
		return refuse(reason, FAMFS_RULE_NO_EXTENTS, file, 0, 1);
	if (req->nr_extents > max_extents(req, limits))
		return refuse(reason, FAMFS_RULE_TOO_MANY, file,
			      req->nr_extents, max_extents(req, limits));
	return 0;
}

/* Offset 0 of a device is the superblock's, and the superblock starts there. */
static int check_superblock(u32 file_type,
			    const struct famfs_ioc_simple_extent *ext,
			    struct place at, struct famfs_reason *reason)
{
	if (file_type != FAMFS_SUPERBLOCK) {
		if (!ext->offset)
			return refuse(reason, FAMFS_RULE_OFFSET_ZERO, at, 0, 0);
		return 0;
	}
	if (!at.extent && !at.strip && (ext->offset || ext->devindex))
		return refuse(reason, FAMFS_RULE_SUPERBLOCK, at, ext->offset,
			      0);
	return 0;
}

/* A simple extent or a strip.  The @last one of a file may end anywhere. */
static int check_range(u32 file_type, const struct famfs_limits *limits,
		       const struct famfs_ioc_simple_extent *ext,
		       struct place at, bool last, struct famfs_reason *reason)
{
	u64 end;

	if (ext->devindex >= limits->nr_devices)
		return refuse(reason, FAMFS_RULE_DEVINDEX, at, ext->devindex,
			      limits->nr_devices);
	if (!ext->len)
		return refuse(reason, FAMFS_RULE_NO_LENGTH, at, 0, 1);
	if (!IS_ALIGNED(ext->offset, FAMFS_ALLOC_UNIT))
		return refuse(reason, FAMFS_RULE_OFFSET_ALIGN, at, ext->offset,
			      FAMFS_ALLOC_UNIT);
	if (!last && !IS_ALIGNED(ext->len, FAMFS_ALLOC_UNIT))
		return refuse(reason, FAMFS_RULE_LENGTH_ALIGN, at, ext->len,
			      FAMFS_ALLOC_UNIT);
	if (check_add_overflow(ext->offset, ext->len, &end))
		return refuse(reason, FAMFS_RULE_WRAP, at, ext->offset,
			      ext->len);
	if (end > limits->device_size[ext->devindex])
		return refuse(reason, FAMFS_RULE_BEYOND_DEVICE, at, end,
			      limits->device_size[ext->devindex]);
	return check_superblock(file_type, ext, at, reason);
}

/*
 * Bytes of an interleaved extent that live in one strip: a chunk of each whole
 * stripe, and what the last, partial stripe leaves for it.
 */
static u64 strip_share(const struct famfs_ioc_interleaved_ext *ext, u32 strip)
{
	u32 nr = ext->ie_nstrips, shift = ilog2(ext->ie_chunk_size), rest;
	u64 chunks = ext->ie_nbytes >> shift;
	u64 share;

	share = div_u64_rem(chunks, nr, &rest) << shift;
	if (strip < rest)
		share += ext->ie_chunk_size;
	else if (strip == rest)
		share += ext->ie_nbytes & (ext->ie_chunk_size - 1);
	return share;
}

static int check_strips(const struct famfs_map_request *req,
			const struct famfs_limits *limits, u32 extent,
			struct famfs_reason *reason)
{
	const struct famfs_ioc_interleaved_ext *ext = &req->interleaved[extent];
	bool last_extent = extent + 1 == req->nr_extents;
	const struct famfs_ioc_simple_extent *strip;
	struct place at = { .part = FAMFS_PART_STRIP, .extent = extent };
	u64 share;
	int err;

	for (; at.strip < ext->ie_nstrips; at.strip++) {
		strip = &ext->ie_strips[at.strip];
		err = check_range(req->file_type, limits, strip, at,
				  last_extent && at.strip + 1 == ext->ie_nstrips,
				  reason);
		if (err)
			return err;
		share = strip_share(ext, at.strip);
		if (strip->len < share)
			return refuse(reason, FAMFS_RULE_STRIP_SHORT, at,
				      strip->len, share);
	}
	return 0;
}

static int check_interleaved(const struct famfs_map_request *req,
			     const struct famfs_limits *limits, u32 extent,
			     struct famfs_reason *reason)
{
	const struct famfs_ioc_interleaved_ext *ext = &req->interleaved[extent];
	struct place at = { .part = FAMFS_PART_EXTENT, .extent = extent };

	if (!ext->ie_nstrips || ext->ie_nstrips > FAMFS_MAX_STRIPS)
		return refuse(reason, FAMFS_RULE_STRIPS, at, ext->ie_nstrips,
			      FAMFS_MAX_STRIPS);
	if (!is_power_of_2(ext->ie_chunk_size) ||
	    !IS_ALIGNED(ext->ie_chunk_size, FAMFS_ALLOC_UNIT))
		return refuse(reason, FAMFS_RULE_CHUNK, at, ext->ie_chunk_size,
			      FAMFS_ALLOC_UNIT);
	if (!ext->ie_nbytes)
		return refuse(reason, FAMFS_RULE_NO_LENGTH, at, 0, 1);
	if (extent + 1 < req->nr_extents &&
	    !IS_ALIGNED(ext->ie_nbytes, FAMFS_ALLOC_UNIT))
		return refuse(reason, FAMFS_RULE_LENGTH_ALIGN, at,
			      ext->ie_nbytes, FAMFS_ALLOC_UNIT);
	return check_strips(req, limits, extent, reason);
}

/* Check one extent, and tell how many bytes of the file it holds. */
static int check_extent(const struct famfs_map_request *req,
			const struct famfs_limits *limits, u32 extent,
			u64 *bytes, struct famfs_reason *reason)
{
	struct place at = { .part = FAMFS_PART_EXTENT, .extent = extent };

	if (req->ext_type == FAMFS_IOC_EXT_INTERLEAVE) {
		*bytes = req->interleaved[extent].ie_nbytes;
		return check_interleaved(req, limits, extent, reason);
	}
	*bytes = req->simple[extent].len;
	return check_range(req->file_type, limits, &req->simple[extent], at,
			   extent + 1 == req->nr_extents, reason);
}

static int check_extents(const struct famfs_map_request *req,
			 const struct famfs_limits *limits,
			 struct famfs_reason *reason)
{
	u64 total = 0, bytes;
	struct place at = { .part = FAMFS_PART_EXTENT };
	int err;

	for (; at.extent < req->nr_extents; at.extent++) {
		err = check_extent(req, limits, at.extent, &bytes, reason);
		if (err)
			return err;
		/* Neither term exceeds S64_MAX once this was checked. */
		if (bytes > S64_MAX - total)
			return refuse(reason, FAMFS_RULE_TOTAL, at, total,
				      S64_MAX);
		total += bytes;
	}
	at.part = FAMFS_PART_FILE;
	at.extent--;
	if (total < req->file_size)
		return refuse(reason, FAMFS_RULE_TOO_SHORT, at, total,
			      req->file_size);
	return 0;
}

/**
 * famfs_map_validate() - check a request against the rules and the limits
 * @req: the request
 * @limits: what it may ask for
 * @reason: which rule it breaks and where; FAMFS_RULE_NONE if none
 *
 * Takes O(n log n) time in the number n of extents and strips.
 *
 * Context: May sleep (allocates memory for more than one extent or strip).
 * Return: 0, -E2BIG for more extents than the limit, -ENOMEM, or -EINVAL for
 * every other rule.
 */
int famfs_map_validate(const struct famfs_map_request *req,
		       const struct famfs_limits *limits,
		       struct famfs_reason *reason)
{
	int err;

	*reason = (struct famfs_reason) { .rule = FAMFS_RULE_NONE };
	err = check_file(req, limits, reason);
	if (err)
		return err;
	err = check_extents(req, limits, reason);
	if (err)
		return err;
	return famfs_check_overlap(req, reason);
}
EXPORT_SYMBOL_GPL(famfs_map_validate);
