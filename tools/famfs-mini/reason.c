// SPDX-License-Identifier: GPL-2.0
/* What a refusal means, in words. */
#include <inttypes.h>
#include <stdio.h>

#include "reason.h"
#include "utils.h"

#define HEX "0x%" PRIx64

static bool striped(const struct famfs_map_request *request)
{
	return request->ext_type == FAMFS_IOC_EXT_INTERLEAVE;
}

/* Whether nbytes is to blame and not a strip: it is looked at before those. */
static bool blames_bytes(const struct famfs_map_request *request,
			 const struct famfs_reason *reason)
{
	u64 bytes = request->interleaved[reason->extent].ie_nbytes;

	switch (reason->rule) {
	case FAMFS_RULE_NO_LENGTH:
		return !bytes;
	case FAMFS_RULE_LENGTH_ALIGN:
		return reason->extent + 1 < request->nr_extents &&
		       !IS_ALIGNED(bytes, FAMFS_ALLOC_UNIT);
	default:
		return false;
	}
}

enum reason_scope reason_scope(const struct famfs_map_request *request,
			       const struct famfs_reason *reason)
{
	switch (reason->rule) {
	case FAMFS_RULE_NONE:
	case FAMFS_RULE_FILE_TYPE:
	case FAMFS_RULE_EXT_TYPE:
	case FAMFS_RULE_FILE_SIZE:
	case FAMFS_RULE_NO_EXTENTS:
	case FAMFS_RULE_TOO_MANY:
	case FAMFS_RULE_TOO_SHORT:
	case FAMFS_RULE_NO_MEMORY:
		return REASON_FILE;
	case FAMFS_RULE_TOTAL:
	case FAMFS_RULE_STRIPS:
	case FAMFS_RULE_CHUNK:
		return REASON_EXTENT;
	default:
		if (!striped(request) || blames_bytes(request, reason))
			return REASON_EXTENT;
		return REASON_STRIP;
	}
}

static void file_text(char *buf, size_t size, const struct famfs_reason *r)
{
	switch (r->rule) {
	case FAMFS_RULE_FILE_SIZE:
		if (!r->value)
			snprintf(buf, size, "size is 0");
		else
			snprintf(buf, size, "size " HEX " is above " HEX,
				 r->value, r->limit);
		break;
	case FAMFS_RULE_NO_EXTENTS:
		snprintf(buf, size,
			 "has no extents: its list is missing or empty");
		break;
	case FAMFS_RULE_TOO_MANY:
		snprintf(buf, size,
			 "%" PRIu64 " extents are more than the limit of %" PRIu64,
			 r->value, r->limit);
		break;
	case FAMFS_RULE_TOO_SHORT:
		snprintf(buf, size,
			 "the extents hold " HEX " bytes, less than the size "
			 HEX, r->value, r->limit);
		break;
	case FAMFS_RULE_NO_MEMORY:
		snprintf(buf, size, "out of memory");
		break;
	default:
		snprintf(buf, size, "breaks the rule %s",
			 famfs_rule_name(r->rule));
	}
}

static void device_text(char *buf, size_t size, const struct famfs_reason *r)
{
	if (r->limit == 1)
		snprintf(buf, size,
			 "there is no device %" PRIu64 ", only device 0",
			 r->value);
	else
		snprintf(buf, size,
			 "device %" PRIu64 " is above the last one, %" PRIu64,
			 r->value, r->limit - 1);
}

static void length_text(char *buf, size_t size,
			const struct famfs_map_request *request,
			const struct famfs_reason *r)
{
	enum reason_scope scope = reason_scope(request, r);
	const char *key = striped(request) && scope == REASON_EXTENT ?
			  "nbytes" : "length";

	if (r->rule == FAMFS_RULE_NO_LENGTH)
		snprintf(buf, size, "%s is 0", key);
	else
		snprintf(buf, size, "%s " HEX
			 " is not a multiple of 2 MiB, as all but the last %s's must be",
			 key, r->value,
			 scope == REASON_STRIP ? "strip" : "extent");
}

static void overlap_text(char *buf, size_t size,
			 const struct famfs_map_request *request,
			 const struct famfs_reason *r)
{
	char other[PLACE_SIZE];

	place_name(other, r->other,
		   striped(request) ? r->other_strip : NO_STRIP);
	snprintf(buf, size, "overlaps %s (offsets " HEX " and " HEX ")", other,
		 r->value, r->limit);
}

static void strip_text(char *buf, size_t size, const struct famfs_reason *r)
{
	switch (r->rule) {
	case FAMFS_RULE_STRIPS:
		if (!r->value)
			snprintf(buf, size, "nstrips is 0");
		else
			snprintf(buf, size, "nstrips %" PRIu64
				 " is above %" PRIu64, r->value, r->limit);
		break;
	case FAMFS_RULE_CHUNK:
		snprintf(buf, size, "chunk_size " HEX
			 " is not a power of two of at least 2 MiB", r->value);
		break;
	case FAMFS_RULE_STRIP_SHORT:
		snprintf(buf, size, "length " HEX " is less than " HEX
			 ", its share of the extent", r->value, r->limit);
		break;
	default:
		snprintf(buf, size, "breaks the rule %s",
			 famfs_rule_name(r->rule));
	}
}

static void extent_text(char *buf, size_t size,
			const struct famfs_map_request *request,
			const struct famfs_reason *r)
{
	switch (r->rule) {
	case FAMFS_RULE_DEVINDEX:
		device_text(buf, size, r);
		break;
	case FAMFS_RULE_NO_LENGTH:
	case FAMFS_RULE_LENGTH_ALIGN:
		length_text(buf, size, request, r);
		break;
	case FAMFS_RULE_OFFSET_ALIGN:
		snprintf(buf, size, "offset " HEX " is not a multiple of 2 MiB",
			 r->value);
		break;
	case FAMFS_RULE_WRAP:
		snprintf(buf, size, "offset " HEX " plus length " HEX
			 " does not fit into 64 bits", r->value, r->limit);
		break;
	case FAMFS_RULE_BEYOND_DEVICE:
		snprintf(buf, size, "ends at " HEX
			 ", past the end of the device at " HEX,
			 r->value, r->limit);
		break;
	case FAMFS_RULE_OFFSET_ZERO:
		snprintf(buf, size,
			 "offset 0 is the superblock's (.meta/.superblock)");
		break;
	case FAMFS_RULE_SUPERBLOCK:
		snprintf(buf, size,
			 "the superblock must start at offset 0 of device 0");
		break;
	case FAMFS_RULE_TOTAL:
		snprintf(buf, size, "the lengths add up to more than " HEX,
			 r->limit);
		break;
	case FAMFS_RULE_OVERLAP:
		overlap_text(buf, size, request, r);
		break;
	default:
		strip_text(buf, size, r);
	}
}

/* A sentence without the numbers of reason_scope(), which the caller prints. */
void reason_text(char *buf, size_t size,
		 const struct famfs_map_request *request,
		 const struct famfs_reason *reason)
{
	if (reason_scope(request, reason) == REASON_FILE)
		file_text(buf, size, reason);
	else
		extent_text(buf, size, request, reason);
}

/* What the kernel means by the errno of an open below the root. */
const char *path_hint(int error)
{
	switch (error) {
	case ELOOP:
		return " (a symbolic link is in the way)";
	case EXDEV:
		return " (the path leaves the mount)";
	default:
		return "";
	}
}

/* What it means by the errno of FAMFSIOC_MAP_CREATE and its version 2. */
const char *map_hint(int error)
{
	switch (error) {
	case EPERM:
		return " (installing a map needs CAP_SYS_ADMIN)";
	case ENOTTY:
		return " (this kernel module takes only simple maps of at most 2 extents)";
	case EBUSY:
		return " (another file of the mount owns part of the range)";
	default:
		return "";
	}
}

/* What kmap_get() means by its errno. */
const char *get_hint(int error)
{
	switch (error) {
	case EINVAL:
		return " (the file has no map)";
	case EOVERFLOW:
		return " (the map has more extents than this version can read)";
	default:
		return "";
	}
}
