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

static int rule_errno(enum famfs_rule rule)
{
	switch (rule) {
	case FAMFS_RULE_TOO_MANY:
		return -E2BIG;
	case FAMFS_RULE_NO_MEMORY:
		return -ENOMEM;
	default:
		return -EINVAL;
	}
}

static int refuse(struct famfs_reason *reason, enum famfs_rule rule, u32 extent,
		  u64 value, u64 limit)
{
	*reason = (struct famfs_reason) {
		.rule = rule,
		.extent = extent,
		.value = value,
		.limit = limit,
	};
	return rule_errno(rule);
}

static int check_file(const struct famfs_map_request *req,
		      const struct famfs_limits *limits,
		      struct famfs_reason *reason)
{
	u32 max_extents = min(limits->max_extents, FAMFS_MAP_MAX_EXTENTS);

	if (req->file_type > FAMFS_LOG)
		return refuse(reason, FAMFS_RULE_FILE_TYPE, 0, req->file_type,
			      FAMFS_LOG);
	if (req->ext_type != FAMFS_IOC_EXT_SIMPLE)
		return refuse(reason, FAMFS_RULE_EXT_TYPE, 0, req->ext_type,
			      FAMFS_IOC_EXT_SIMPLE);
	if (!req->file_size || req->file_size > S64_MAX)
		return refuse(reason, FAMFS_RULE_FILE_SIZE, 0, req->file_size,
			      S64_MAX);
	if (!req->nr_extents)
		return refuse(reason, FAMFS_RULE_NO_EXTENTS, 0, 0, 1);
	if (req->nr_extents > max_extents)
		return refuse(reason, FAMFS_RULE_TOO_MANY, 0, req->nr_extents,
			      max_extents);
	return 0;
}

/* Offset 0 of a device is the superblock's, and the superblock starts there. */
static int check_superblock(const struct famfs_map_request *req, u32 i,
			    struct famfs_reason *reason)
{
	const struct famfs_ioc_simple_extent *ext = &req->simple[i];

	if (req->file_type != FAMFS_SUPERBLOCK) {
		if (!ext->offset)
			return refuse(reason, FAMFS_RULE_OFFSET_ZERO, i, 0, 0);
		return 0;
	}
	if (i == 0 && (ext->offset || ext->devindex))
		return refuse(reason, FAMFS_RULE_SUPERBLOCK, i, ext->offset, 0);
	return 0;
}

static int check_extent(const struct famfs_map_request *req,
			const struct famfs_limits *limits, u32 i,
			struct famfs_reason *reason)
{
	const struct famfs_ioc_simple_extent *ext = &req->simple[i];
	u64 end;

	if (ext->devindex >= limits->nr_devices)
		return refuse(reason, FAMFS_RULE_DEVINDEX, i, ext->devindex,
			      limits->nr_devices);
	if (!ext->len)
		return refuse(reason, FAMFS_RULE_NO_LENGTH, i, 0, 1);
	if (!IS_ALIGNED(ext->offset, FAMFS_ALLOC_UNIT))
		return refuse(reason, FAMFS_RULE_OFFSET_ALIGN, i, ext->offset,
			      FAMFS_ALLOC_UNIT);
	if (i + 1 < req->nr_extents &&
	    !IS_ALIGNED(ext->len, FAMFS_ALLOC_UNIT))
		return refuse(reason, FAMFS_RULE_LENGTH_ALIGN, i, ext->len,
			      FAMFS_ALLOC_UNIT);
	if (check_add_overflow(ext->offset, ext->len, &end))
		return refuse(reason, FAMFS_RULE_WRAP, i, ext->offset,
			      ext->len);
	if (end > limits->device_size[ext->devindex])
		return refuse(reason, FAMFS_RULE_BEYOND_DEVICE, i, end,
			      limits->device_size[ext->devindex]);
	return check_superblock(req, i, reason);
}

static int check_extents(const struct famfs_map_request *req,
			 const struct famfs_limits *limits,
			 struct famfs_reason *reason)
{
	u64 total = 0;
	int err;
	u32 i;

	for (i = 0; i < req->nr_extents; i++) {
		err = check_extent(req, limits, i, reason);
		if (err)
			return err;
		/* Neither term exceeds S64_MAX once this was checked. */
		if (req->simple[i].len > S64_MAX - total)
			return refuse(reason, FAMFS_RULE_TOTAL, i, total,
				      S64_MAX);
		total += req->simple[i].len;
	}
	if (total < req->file_size)
		return refuse(reason, FAMFS_RULE_TOO_SHORT,
			      req->nr_extents - 1, total, req->file_size);
	return 0;
}

static int cmp_place(const void *a, const void *b, const void *priv)
{
	const struct famfs_ioc_simple_extent *list = priv;
	const struct famfs_ioc_simple_extent *x = &list[*(const u32 *)a];
	const struct famfs_ioc_simple_extent *y = &list[*(const u32 *)b];

	if (x->devindex != y->devindex)
		return x->devindex < y->devindex ? -1 : 1;
	if (x->offset != y->offset)
		return x->offset < y->offset ? -1 : 1;
	return 0;
}

/* Sorted by place, extents overlap only if neighbours do. */
static int check_sorted(const struct famfs_map_request *req, const u32 *order,
			struct famfs_reason *reason)
{
	const struct famfs_ioc_simple_extent *list = req->simple;
	u32 i, a, b;

	for (i = 1; i < req->nr_extents; i++) {
		a = order[i - 1];
		b = order[i];
		if (list[a].devindex != list[b].devindex ||
		    list[b].offset - list[a].offset >= list[a].len)
			continue;
		refuse(reason, FAMFS_RULE_OVERLAP, max(a, b),
		       list[max(a, b)].offset, list[min(a, b)].offset);
		reason->other = min(a, b);
		return rule_errno(FAMFS_RULE_OVERLAP);
	}
	return 0;
}

static int check_overlap(const struct famfs_map_request *req,
			 struct famfs_reason *reason)
{
	u32 *order;
	int err;
	u32 i;

	if (req->nr_extents == 1)
		return 0;
	order = kvmalloc_array(req->nr_extents, sizeof(*order), GFP_KERNEL);
	if (!order)
		return refuse(reason, FAMFS_RULE_NO_MEMORY, 0, 0, 0);
	for (i = 0; i < req->nr_extents; i++)
		order[i] = i;
	sort_r(order, req->nr_extents, sizeof(*order), cmp_place, NULL,
	       req->simple);
	err = check_sorted(req, order, reason);
	kvfree(order);
	return err;
}

/**
 * famfs_map_validate() - check a request against the rules and the limits
 * @req: the request
 * @limits: what it may ask for
 * @reason: which rule it breaks and where; FAMFS_RULE_NONE if none
 *
 * Takes O(n log n) time in the number of extents.
 *
 * Context: May sleep (allocates memory for more than one extent).
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
	return check_overlap(req, reason);
}
EXPORT_SYMBOL_GPL(famfs_map_validate);
