// SPDX-License-Identifier: GPL-2.0
/* What a refusal means, in words. */
#include "famfs-mini.h"

/* The value of a struct famfs_reason, and then its limit. */
#define VALUE "0x%1$" PRIx64
#define LIMIT "0x%2$" PRIx64

static const char * const sentences[FAMFS_NR_RULES] = {
	[FAMFS_RULE_FILE_SIZE] = "size " VALUE " is above " LIMIT,
	[FAMFS_RULE_NO_EXTENTS] = "has no extents: its list is missing or empty",
	[FAMFS_RULE_TOO_MANY] = "%1$" PRIu64 " extents are more than the limit of %2$" PRIu64,
	[FAMFS_RULE_DEVINDEX] = "device %1$" PRIu64 " is above the last one, %2$" PRIu64,
	[FAMFS_RULE_OFFSET_ALIGN] = "offset " VALUE " is not a multiple of 2 MiB",
	[FAMFS_RULE_WRAP] = "offset " VALUE " plus length " LIMIT " does not fit into 64 bits",
	[FAMFS_RULE_BEYOND_DEVICE] = "ends at " VALUE ", past the end of the device at " LIMIT,
	[FAMFS_RULE_OFFSET_ZERO] = "offset 0 is the superblock's (.meta/.superblock)",
	[FAMFS_RULE_SUPERBLOCK] = "the superblock must start at offset 0 of device 0",
	[FAMFS_RULE_TOTAL] = "the lengths add up to more than " VALUE,
	[FAMFS_RULE_TOO_SHORT] = "the extents hold " VALUE " bytes, less than the size " LIMIT,
	[FAMFS_RULE_NO_MEMORY] = "out of memory",
	[FAMFS_RULE_STRIPS] = "nstrips %1$" PRIu64 " is above %2$" PRIu64,
	[FAMFS_RULE_CHUNK] = "chunk_size " VALUE " is not a power of two of at least 2 MiB",
	[FAMFS_RULE_STRIP_SHORT] = "length " VALUE " is less than " LIMIT
				   ", its share of the extent",
};

static bool striped(const struct famfs_map_request *request)
{
	return request->ext_type == FAMFS_IOC_EXT_INTERLEAVE;
}

/* Whether nbytes is to blame and not a strip: it is looked at before those. */
static bool blames_bytes(const struct famfs_map_request *request,
			 const struct famfs_reason *r)
{
	u64 bytes = request->interleaved[r->extent].ie_nbytes;

	if (r->rule == FAMFS_RULE_NO_LENGTH)
		return !bytes;
	return r->rule == FAMFS_RULE_LENGTH_ALIGN &&
	       r->extent + 1 < request->nr_extents &&
	       !IS_ALIGNED(bytes, FAMFS_ALLOC_UNIT);
}

/* What is to blame: an extent or a strip, else @extent becomes NO_EXTENT. */
void reason_place(const struct famfs_map_request *request,
		  const struct famfs_reason *r, u32 *extent, u32 *strip)
{
	*extent = r->extent;
	*strip = NO_STRIP;
	switch (r->rule) {
	case FAMFS_RULE_NONE ... FAMFS_RULE_TOO_MANY:
	case FAMFS_RULE_TOO_SHORT:
	case FAMFS_RULE_NO_MEMORY:
		*extent = NO_EXTENT;
		break;
	case FAMFS_RULE_TOTAL:
	case FAMFS_RULE_STRIPS:
	case FAMFS_RULE_CHUNK:
		break;
	default:
		if (striped(request) && !blames_bytes(request, r))
			*strip = r->strip;
	}
}

/* What is wrong there. */
void reason_text(char *buf, size_t size, const struct famfs_map_request *request,
		 const struct famfs_reason *r)
{
	char other[PLACE_SIZE];
	u32 extent, strip;
	bool bytes;

	reason_place(request, r, &extent, &strip);
	bytes = striped(request) && strip == NO_STRIP;
	if (r->rule == FAMFS_RULE_NO_LENGTH)
		snprintf(buf, size, "%s is 0", bytes ? "nbytes" : "length");
	else if (r->rule == FAMFS_RULE_LENGTH_ALIGN)
		snprintf(buf, size, "%s 0x%" PRIx64
			 " is not a multiple of 2 MiB, as all but the last %s's must be",
			 bytes ? "nbytes" : "length", r->value,
			 strip == NO_STRIP ? "extent" : "strip");
	else if (r->rule == FAMFS_RULE_OVERLAP)
		snprintf(buf, size, "overlaps %s (offsets 0x%" PRIx64 " and 0x%" PRIx64 ")",
			 place_name(other, r->other, striped(request) ?
				    r->other_strip : NO_STRIP), r->value, r->limit);
	else if (r->rule == FAMFS_RULE_FILE_SIZE && !r->value)
		snprintf(buf, size, "size is 0");
	else if (r->rule == FAMFS_RULE_STRIPS && !r->value)
		snprintf(buf, size, "nstrips is 0");
	else if (r->rule == FAMFS_RULE_DEVINDEX && r->limit == 1)
		snprintf(buf, size, "there is no device %" PRIu64 ", only device 0",
			 r->value);
	else if (sentences[r->rule])
		snprintf(buf, size, sentences[r->rule],
			 r->rule == FAMFS_RULE_TOTAL ? r->limit : r->value,
			 r->limit - (r->rule == FAMFS_RULE_DEVINDEX));
	else
		snprintf(buf, size, "breaks the rule %s", famfs_rule_name(r->rule));
}
