/* SPDX-License-Identifier: GPL-2.0 */
/*
 * famfs extent library: validate, build and resolve piecewise linear maps.
 *
 * A file is a list of segments "file range -> (device, device range)"; a dax
 * device with several physical ranges is a list of segments "device range ->
 * physical range".  One table and one lookup serve both.
 *
 * The library takes no lock and knows nothing of inodes, dax or user pointers.
 * A map does not change once it is built, so any number of readers may use it
 * at once, in any context.  All offsets and lengths are in bytes.
 */
#ifndef _LINUX_FAMFS_EXTENT_H
#define _LINUX_FAMFS_EXTENT_H

#ifdef __KERNEL__
#include <linux/compiler_types.h>
#include <linux/types.h>
#else
#include <famfs_user.h>
#endif
#include <uapi/linux/famfs_ioctl.h>

/*
 * Unit of allocation on a memory device: what one PMD maps on x86-64 and on
 * arm64 with 4 KiB pages, so that every file can be mapped with huge pages.
 */
#define FAMFS_ALLOC_UNIT (2ULL << 20)

/*
 * Extents of one map.  65,536 of the smallest extents make 128 GiB, and their
 * table takes 1.5 MiB of memory; a file with more is better laid out anew.
 */
#define FAMFS_MAP_MAX_EXTENTS 65536U

/*
 * Memory devices of one mount: as many as an interleaved extent has strips, so
 * that each strip can be on a device of its own.
 */
#define FAMFS_MAX_DEVICES FAMFS_MAX_STRIPS

/**
 * struct famfs_segment - one piece of a map, linear or striped; or one strip
 * @start: first byte of the piece in the mapped space; of a strip: its length
 * @addr: where the byte at @start lives on device @dev; of a striped piece: the
 *	index of its first strip
 * @dev: index of the device
 * @nr_strips: 1 to FAMFS_MAX_STRIPS for a striped piece, else 0
 * @chunk_shift: log2 of the chunk size of a striped piece
 * @hint: of entry i: the segment that holds byte i << hint_shift of the map
 *
 * A piece ends where the next one starts.
 */
struct famfs_segment {
	u64 start;
	u64 addr;
	u32 dev;
	u8 nr_strips;
	u8 chunk_shift;
	u16 hint;
};

/**
 * struct famfs_map - an immutable piecewise linear map
 * @size: size of the file, at most @length
 * @length: bytes mapped; the last segment ends here
 * @file_type: enum famfs_file_type
 * @nr_segments: segments, at least 1
 * @nr_strips: strips of all striped segments
 * @nr_entries: entries of @seg that were allocated
 * @hint_shift: log2 of the distance of the hints in @seg, 0 if there are none
 * @seg: the segments, sorted by @start, the first one starting at 0; behind
 *	them the strips in the order of their segments
 */
struct famfs_map {
	u64 size;
	u64 length;
	u32 file_type;
	u32 nr_segments;
	u32 nr_strips;
	u32 nr_entries;
	u32 hint_shift;
	struct famfs_segment seg[] __counted_by(nr_entries);
};

/**
 * struct famfs_range - a contiguous range of one device
 * @dev: index of the device
 * @addr: offset on the device
 * @length: bytes, never 0
 */
struct famfs_range {
	u32 dev;
	u64 addr;
	u64 length;
};

/**
 * enum famfs_rule - the rule of validation that a request breaks
 * @FAMFS_RULE_NONE: none, the request is valid
 * @FAMFS_RULE_FILE_TYPE: the file type is not a enum famfs_file_type
 * @FAMFS_RULE_EXT_TYPE: the extent type is not supported
 * @FAMFS_RULE_FILE_SIZE: the file size is 0 or above S64_MAX
 * @FAMFS_RULE_NO_EXTENTS: the list of extents is empty
 * @FAMFS_RULE_TOO_MANY: there are more extents than the limit
 * @FAMFS_RULE_DEVINDEX: there is no device of this index
 * @FAMFS_RULE_NO_LENGTH: the length of an extent or strip is 0
 * @FAMFS_RULE_OFFSET_ALIGN: the offset is not a multiple of FAMFS_ALLOC_UNIT
 * @FAMFS_RULE_LENGTH_ALIGN: the length is not, and it is not the last extent
 * @FAMFS_RULE_WRAP: offset plus length exceeds 64 bits
 * @FAMFS_RULE_BEYOND_DEVICE: the extent ends past the end of the device
 * @FAMFS_RULE_OFFSET_ZERO: offset 0 belongs to the superblock file alone
 * @FAMFS_RULE_SUPERBLOCK: the superblock file does not start at offset 0 of
 *	device 0
 * @FAMFS_RULE_TOTAL: the sum of the lengths exceeds S64_MAX
 * @FAMFS_RULE_TOO_SHORT: the sum of the lengths is below the file size
 * @FAMFS_RULE_OVERLAP: two extents, or strips, share bytes of a device
 * @FAMFS_RULE_NO_MEMORY: out of memory while looking for overlaps
 * @FAMFS_RULE_STRIPS: the number of strips is 0 or above FAMFS_MAX_STRIPS
 * @FAMFS_RULE_CHUNK: the chunk size is not a power of two, or not a multiple of
 *	FAMFS_ALLOC_UNIT
 * @FAMFS_RULE_STRIP_SHORT: a strip is shorter than its share of the extent
 * @FAMFS_NR_RULES: number of values
 */
enum famfs_rule {
	FAMFS_RULE_NONE,
	FAMFS_RULE_FILE_TYPE,
	FAMFS_RULE_EXT_TYPE,
	FAMFS_RULE_FILE_SIZE,
	FAMFS_RULE_NO_EXTENTS,
	FAMFS_RULE_TOO_MANY,
	FAMFS_RULE_DEVINDEX,
	FAMFS_RULE_NO_LENGTH,
	FAMFS_RULE_OFFSET_ALIGN,
	FAMFS_RULE_LENGTH_ALIGN,
	FAMFS_RULE_WRAP,
	FAMFS_RULE_BEYOND_DEVICE,
	FAMFS_RULE_OFFSET_ZERO,
	FAMFS_RULE_SUPERBLOCK,
	FAMFS_RULE_TOTAL,
	FAMFS_RULE_TOO_SHORT,
	FAMFS_RULE_OVERLAP,
	FAMFS_RULE_NO_MEMORY,
	FAMFS_RULE_STRIPS,
	FAMFS_RULE_CHUNK,
	FAMFS_RULE_STRIP_SHORT,
	FAMFS_NR_RULES
};

/**
 * enum famfs_part - the part of a request that breaks a rule
 * @FAMFS_PART_FILE: the file as a whole
 * @FAMFS_PART_EXTENT: a simple extent, or an interleaved one without its strips
 * @FAMFS_PART_STRIP: a strip of an interleaved extent
 */
enum famfs_part {
	FAMFS_PART_FILE,
	FAMFS_PART_EXTENT,
	FAMFS_PART_STRIP,
};

/**
 * struct famfs_reason - why a request was refused
 * @rule: the rule that it breaks
 * @part: what of it breaks the rule
 * @extent: index of the extent that breaks it, 0 where no extent is concerned
 * @strip: index of the strip within the extent, 0 where no strip is concerned
 * @other: for FAMFS_RULE_OVERLAP the index of the other extent
 * @other_strip: for FAMFS_RULE_OVERLAP the index of the strip within @other
 * @value: the value that breaks the rule
 * @limit: what it was compared with
 *
 * @value and @limit by rule: the field and its bound for FILE_TYPE, EXT_TYPE,
 * FILE_SIZE, TOO_MANY, DEVINDEX; the field and FAMFS_ALLOC_UNIT for
 * OFFSET_ALIGN and LENGTH_ALIGN; offset and length for WRAP; the extent's end
 * and the device's size for BEYOND_DEVICE; the offset and 0 for OFFSET_ZERO and
 * SUPERBLOCK; the sum so far and the bound for TOTAL; the sum and the file size
 * for TOO_SHORT; the offsets of the two for OVERLAP; the field and its bound for
 * STRIPS and CHUNK; the strip's length and its share for STRIP_SHORT.
 */
struct famfs_reason {
	enum famfs_rule rule;
	enum famfs_part part;
	u32 extent;
	u32 strip;
	u32 other;
	u32 other_strip;
	u64 value;
	u64 limit;
};

/**
 * struct famfs_map_request - a map that somebody asks for
 * @file_size: size of the file
 * @file_type: enum famfs_file_type, not yet checked
 * @ext_type: enum famfs_ioc_ext_type, not yet checked
 * @nr_extents: entries of the list
 * @simple: the list for FAMFS_IOC_EXT_SIMPLE
 * @interleaved: the list for FAMFS_IOC_EXT_INTERLEAVE
 *
 * The lists, strips included, are in memory of the caller and are only read.
 */
struct famfs_map_request {
	u64 file_size;
	u32 file_type;
	u32 ext_type;
	u32 nr_extents;
	union {
		const struct famfs_ioc_simple_extent *simple;
		const struct famfs_ioc_interleaved_ext *interleaved;
	};
};

/**
 * struct famfs_claim - a device range that a request asks for
 * @range: the extent or strip, in a list of the request
 * @file: number of the request, if there are several
 * @extent: index of the extent
 * @strip: index of the strip within the extent, 0 for a simple extent
 * @part: FAMFS_PART_EXTENT or FAMFS_PART_STRIP
 */
struct famfs_claim {
	const struct famfs_ioc_simple_extent *range;
	u32 file;
	u16 extent;
	u8 strip;
	u8 part;
};

/**
 * struct famfs_overlap - state of a walk over claims that overlap
 * @first: the claim of the file that has the lower number
 * @second: the one that overlaps it
 * @next: claim to look at next; start with 0
 * @furthest: of the claims before it, the one that reaches furthest; start with 0
 */
struct famfs_overlap {
	const struct famfs_claim *first;
	const struct famfs_claim *second;
	u32 next;
	u32 furthest;
};

/**
 * struct famfs_limits - what a request may ask for
 * @max_extents: most extents that a request may list; of interleaved ones no
 *	request may list more than FAMFS_IOC_MAX_INTERLEAVED_EXTENTS
 * @nr_devices: number of devices
 * @device_size: size of each device
 */
struct famfs_limits {
	u32 max_extents;
	u32 nr_devices;
	const u64 *device_size;
};

/**
 * struct famfs_reverse - state of a walk from a device range to file ranges
 * @dev: device to look at
 * @addr: first byte to look for on it
 * @length: bytes to look for
 * @next: segment to look at next; start with 0
 * @chunk: chunk of a striped segment to look at next; start with 0
 */
struct famfs_reverse {
	u32 dev;
	u64 addr;
	u64 length;
	u32 next;
	u64 chunk;
};

int famfs_map_validate(const struct famfs_map_request *req,
		       const struct famfs_limits *limits,
		       struct famfs_reason *reason);
const char *famfs_rule_name(enum famfs_rule rule);

/* Room that each text about a request fits into. */
#define FAMFS_TEXT_SIZE 200

int famfs_part_text(char *text, enum famfs_part part, u32 extent, u32 strip);
void famfs_reason_text(char *text, const struct famfs_map_request *req,
		       const struct famfs_reason *reason);

u32 famfs_count_claims(const struct famfs_map_request *req);
void famfs_list_claims(const struct famfs_map_request *req, u32 file,
		       struct famfs_claim *claims);
void famfs_sort_claims(struct famfs_claim *claims, u32 nr);
bool famfs_next_overlap(const struct famfs_claim *claims, u32 nr,
			struct famfs_overlap *walk);

int famfs_request_v1(const struct famfs_ioc_map *arg,
		     struct famfs_map_request *req,
		     struct famfs_ioc_simple_extent list[FAMFS_MAX_EXTENTS]);
int famfs_map_v1(const struct famfs_map *map, struct famfs_ioc_map *arg);

struct famfs_map *famfs_map_alloc(u32 max_segments);
int famfs_map_append(struct famfs_map *map, u32 dev, u64 addr, u64 length);
struct famfs_map *famfs_map_build(const struct famfs_map_request *req);
void famfs_map_free(struct famfs_map *map);

int famfs_map_resolve(const struct famfs_map *map, u64 pos, u64 length,
		      struct famfs_range *range);
int famfs_map_resolve_pages(const struct famfs_map *map, u64 pgoff,
			    u64 nr_pages, unsigned int page_shift,
			    struct famfs_range *range);
bool famfs_map_segment(const struct famfs_map *map, u32 index,
		       struct famfs_range *range);
bool famfs_map_interleaved(const struct famfs_map *map, u32 index,
			   struct famfs_ioc_interleaved_ext *ext);
void famfs_map_strip(const struct famfs_map *map, u32 index, u32 strip,
		     struct famfs_range *range);
bool famfs_map_next_range(const struct famfs_map *map, u32 *entry,
			  struct famfs_range *range);
bool famfs_map_reverse(const struct famfs_map *map, struct famfs_reverse *walk,
		       u64 *pos, u64 *length);

#endif /* _LINUX_FAMFS_EXTENT_H */
