// SPDX-License-Identifier: GPL-2.0
/*
 * famfs extent library: what a refusal means, in words.  For programs: the
 * modules give an errno and the name of the rule, and are built without it.
 */
#include "internal.h"

/* With the value of a reason and then its limit; the rest is put_sentence()'s. */
static const char * const sentences[FAMFS_NR_RULES] = {
	[FAMFS_RULE_NONE] = "nothing is wrong",
	[FAMFS_RULE_FILE_TYPE] = "file type %llu is above %llu",
	[FAMFS_RULE_EXT_TYPE] = "extent type %llu is above %llu",
	[FAMFS_RULE_FILE_SIZE] = "size 0x%llx is above 0x%llx",
	[FAMFS_RULE_NO_EXTENTS] = "has no extents: its list is missing or empty",
	[FAMFS_RULE_TOO_MANY] = "%llu extents are more than the limit of %llu",
	[FAMFS_RULE_OFFSET_ALIGN] = "offset 0x%llx is not a multiple of 2 MiB",
	[FAMFS_RULE_WRAP] =
		"offset 0x%llx plus length 0x%llx does not fit into 64 bits",
	[FAMFS_RULE_BEYOND_DEVICE] =
		"ends at 0x%llx, past the end of the device at 0x%llx",
	[FAMFS_RULE_OFFSET_ZERO] =
		"offset 0 is the superblock's (.meta/.superblock)",
	[FAMFS_RULE_SUPERBLOCK] =
		"the superblock must start at offset 0 of device 0",
	[FAMFS_RULE_TOO_SHORT] =
		"the extents hold 0x%llx bytes, less than the size 0x%llx",
	[FAMFS_RULE_NO_MEMORY] = "out of memory",
	[FAMFS_RULE_STRIPS] = "nstrips %llu is above %llu",
	[FAMFS_RULE_CHUNK] =
		"chunk_size 0x%llx is not a power of two of at least 2 MiB",
	[FAMFS_RULE_STRIP_SHORT] =
		"length 0x%llx is less than 0x%llx, its share of the extent",
};

/**
 * famfs_part_text() - what users call a part of a request
 * @text: room of FAMFS_TEXT_SIZE for the name, which is empty for the file as a
 *	whole
 * @part: what part it is
 * @extent: index of the extent
 * @strip: index of the strip within the extent
 *
 * Users count from 1.
 *
 * Context: Any.
 * Return: the length of the name.
 */
int famfs_part_text(char *text, enum famfs_part part, u32 extent, u32 strip)
{
	switch (part) {
	case FAMFS_PART_EXTENT:
		return sprintf(text, "extent %u", extent + 1);
	case FAMFS_PART_STRIP:
		return sprintf(text, "extent %u, strip %u", extent + 1,
			       strip + 1);
	default:
		*text = '\0';
		return 0;
	}
}
EXPORT_SYMBOL_GPL(famfs_part_text);

static void put_sentence(char *text, const struct famfs_map_request *req,
			 const struct famfs_reason *reason)
{
	bool strip = reason->part == FAMFS_PART_STRIP;
	bool striped = req->ext_type == FAMFS_IOC_EXT_INTERLEAVE;
	const char *length = striped && !strip ? "nbytes" : "length";

	switch (reason->rule) {
	case FAMFS_RULE_NO_LENGTH:
		sprintf(text, "%s is 0", length);
		break;
	case FAMFS_RULE_LENGTH_ALIGN:
		sprintf(text, "%s 0x%llx is not a multiple of 2 MiB, as all but the last %s's must be",
			length, reason->value, strip ? "strip" : "extent");
		break;
	case FAMFS_RULE_TOTAL:
		sprintf(text, "the lengths add up to more than 0x%llx",
			reason->limit);
		break;
	case FAMFS_RULE_OVERLAP:
		text += sprintf(text, "overlaps ");
		text += famfs_part_text(text, reason->part, reason->other,
					reason->other_strip);
		sprintf(text, " (offsets 0x%llx and 0x%llx)", reason->value,
			reason->limit);
		break;
	case FAMFS_RULE_DEVINDEX:
		sprintf(text, reason->limit == 1 ?
			"there is no device %llu, only device 0" :
			"device %llu is above the last one, %llu",
			reason->value, reason->limit - 1);
		break;
	default:
		sprintf(text, sentences[reason->rule], reason->value,
			reason->limit);
	}
}

/**
 * famfs_reason_text() - why a request was refused, in a sentence
 * @text: room of FAMFS_TEXT_SIZE for the sentence, in the words that map files
 *	have for values; it begins with the extent or strip if one is to blame
 * @req: the request
 * @reason: what famfs_map_validate() says about it
 *
 * Context: Any.
 */
void famfs_reason_text(char *text, const struct famfs_map_request *req,
		       const struct famfs_reason *reason)
{
	text += famfs_part_text(text, reason->part, reason->extent,
				reason->strip);
	if (reason->part != FAMFS_PART_FILE)
		text += sprintf(text, ": ");
	if (reason->rule == FAMFS_RULE_FILE_SIZE && !reason->value)
		sprintf(text, "size is 0");
	else if (reason->rule == FAMFS_RULE_STRIPS && !reason->value)
		sprintf(text, "nstrips is 0");
	else
		put_sentence(text, req, reason);
}
EXPORT_SYMBOL_GPL(famfs_reason_text);
