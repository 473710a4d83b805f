// SPDX-License-Identifier: GPL-2.0
/* What a refusal means, in words. */
#include <inttypes.h>
#include <stdio.h>

#include "reason.h"

#define HEX "0x%" PRIx64

/* Whether one extent is to blame, and not the file as a whole. */
bool reason_names_extent(const struct famfs_reason *reason)
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
		return false;
	default:
		return true;
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
			 "has no extents: simple_ext_list is missing or empty");
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

static void extent_text(char *buf, size_t size, const struct famfs_reason *r)
{
	switch (r->rule) {
	case FAMFS_RULE_DEVINDEX:
		device_text(buf, size, r);
		break;
	case FAMFS_RULE_NO_LENGTH:
		snprintf(buf, size, "length is 0");
		break;
	case FAMFS_RULE_OFFSET_ALIGN:
		snprintf(buf, size, "offset " HEX " is not a multiple of 2 MiB",
			 r->value);
		break;
	case FAMFS_RULE_LENGTH_ALIGN:
		snprintf(buf, size, "length " HEX
			 " is not a multiple of 2 MiB, as all but the last extent's must be",
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
		snprintf(buf, size, "overlaps extent %" PRIu32
			 " (offsets " HEX " and " HEX ")", r->other + 1,
			 r->value, r->limit);
		break;
	default:
		snprintf(buf, size, "breaks the rule %s",
			 famfs_rule_name(r->rule));
	}
}

/* A sentence without the extent's number, which the caller prints. */
void reason_text(char *buf, size_t size, const struct famfs_reason *reason)
{
	if (reason_names_extent(reason))
		extent_text(buf, size, reason);
	else
		file_text(buf, size, reason);
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

/* What it means by the errno of FAMFSIOC_MAP_CREATE. */
const char *map_hint(int error)
{
	switch (error) {
	case EPERM:
		return " (installing a map needs CAP_SYS_ADMIN)";
	case EBUSY:
		return " (another file of the mount owns part of the range)";
	default:
		return "";
	}
}

/* What it means by the errno of FAMFSIOC_MAP_GET. */
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
