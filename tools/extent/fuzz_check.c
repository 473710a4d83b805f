// SPDX-License-Identifier: GPL-2.0
/*
 * What the fuzz target expects of the library's answers.
 */
#include <string.h>

#include "fuzz.h"
#include "oracle.h"

/* Pieces of a file, and answers to one reverse look-up, that are walked. */
#define MAX_PIECES 256

#define RANGE "%u:%#llx+%#llx"

void check_validation(const struct job *job, int err,
		      const struct famfs_reason *reason)
{
	bool good = rules_accept(&job->req, &job->limits);
	const char *name = famfs_rule_name(reason->rule);

	expect(!err == good, "validate() says %d (%s), the rules say %s", err,
	       name, good ? "yes" : "no");
	expect(!err == (reason->rule == FAMFS_RULE_NONE),
	       "validate() says %d with reason %s", err, name);
	expect((err == -E2BIG) == (reason->rule == FAMFS_RULE_TOO_MANY),
	       "validate() says %d with reason %s", err, name);
	expect(!reason->extent || reason->extent < job->req.nr_extents,
	       "%s: blames extent %u", name, reason->extent);
	expect(strcmp(name, "unknown"), "rule %d has no name", reason->rule);
}

static bool same(const struct famfs_range *a, const struct famfs_range *b)
{
	return a->dev == b->dev && a->addr == b->addr && a->length == b->length;
}

static void check_resolve(const struct famfs_map *map,
			  const struct famfs_map_request *req, u64 pos,
			  u64 length)
{
	struct famfs_range want = {}, got = {};
	int err = famfs_map_resolve(map, pos, length, &got);

	if (!length) {
		expect(err == -EINVAL, "resolve(%#llx, 0): %d", pos, err);
		return;
	}
	if (!oracle_resolve(req, pos, &want)) {
		expect(err == -ERANGE, "resolve(%#llx): %d", pos, err);
		return;
	}
	want.length = min(want.length, length);
	expect(!err && same(&got, &want),
	       "resolve(%#llx, %#llx): %d, " RANGE ", not " RANGE, pos, length,
	       err, got.dev, got.addr, got.length, want.dev, want.addr,
	       want.length);
}

/* At, and one byte to each side of, the place where something changes. */
static void check_edge(const struct famfs_map *map,
		       const struct famfs_map_request *req, u64 edge,
		       u64 length)
{
	check_resolve(map, req, edge - 1, length);
	check_resolve(map, req, edge, U64_MAX);
	check_resolve(map, req, edge, 1);
	check_resolve(map, req, edge + 1, length);
}

static void check_striped_edges(const struct famfs_map *map,
				const struct famfs_map_request *req,
				const struct famfs_ioc_interleaved_ext *ext,
				u64 start, struct input *in)
{
	u64 row = ext->ie_chunk_size * ext->ie_nstrips;
	u64 rows = ext->ie_nbytes / ext->ie_chunk_size / ext->ie_nstrips;
	u64 chunk = take_bytes(in) / UNIT;
	u32 i;

	for (i = 1; i <= ext->ie_nstrips; i++)
		check_edge(map, req, start + i * ext->ie_chunk_size, row);
	check_edge(map, req, start + rows * row, row);
	check_edge(map, req, start + chunk * ext->ie_chunk_size, row);
}

static void check_forward(const struct famfs_map *map,
			  const struct famfs_map_request *req,
			  struct input *in)
{
	bool striped = req->ext_type == FAMFS_IOC_EXT_INTERLEAVE;
	u64 start = 0, length = take_bytes(in);
	u32 i;

	for (i = 0; i < req->nr_extents; i++) {
		check_edge(map, req, start, length);
		if (striped)
			check_striped_edges(map, req, &req->interleaved[i],
					    start, in);
		start += striped ? req->interleaved[i].ie_nbytes :
			 req->simple[i].len;
	}
	check_edge(map, req, start, length);
	for (i = 0; i < 8; i++)
		check_edge(map, req, start ? take(in, 8) % start : 0, length);
	check_resolve(map, req, take_bytes(in), take_bytes(in));
	check_resolve(map, req, U64_MAX, U64_MAX);
}

/* Whether the pieces of the file are few enough to walk them all. */
static bool is_small(const struct famfs_map_request *req)
{
	u64 pieces = req->nr_extents;
	u32 i;

	if (req->ext_type == FAMFS_IOC_EXT_SIMPLE)
		return true;
	for (i = 0; i < req->nr_extents; i++)
		pieces += req->interleaved[i].ie_nbytes /
			  req->interleaved[i].ie_chunk_size;
	return pieces <= MAX_PIECES;
}

/* Bytes that two ranges of one device share. */
static u128 shared(const struct famfs_range *where, u64 addr, u128 length)
{
	u128 end = min((u128)where->addr + where->length, addr + length);
	u128 start = max(where->addr, addr);

	return end > start ? end - start : 0;
}

/* Bytes of the file in a device range, by sums over the extents and strips. */
static u128 bytes_within(const struct famfs_map_request *req,
			 const struct famfs_range *where)
{
	const struct famfs_ioc_interleaved_ext *ext;
	u128 bytes = 0;
	u32 i, k;

	if (req->ext_type == FAMFS_IOC_EXT_SIMPLE) {
		for (i = 0; i < req->nr_extents; i++)
			if (req->simple[i].devindex == where->dev)
				bytes += shared(where, req->simple[i].offset,
						req->simple[i].len);
		return bytes;
	}
	for (i = 0; i < req->nr_extents; i++) {
		ext = &req->interleaved[i];
		for (k = 0; k < ext->ie_nstrips; k++)
			if (ext->ie_strips[k].devindex == where->dev)
				bytes += shared(where, ext->ie_strips[k].offset,
						strip_used(ext, k));
	}
	return bytes;
}

/* Each answer must be in the range, and resolve to it without a gap. */
static void check_answer(const struct famfs_map_request *req,
			 const struct famfs_range *where, u64 pos, u64 length)
{
	struct famfs_range back = {};
	bool found = oracle_resolve(req, pos, &back);

	expect(found && length && back.length >= length &&
	       back.dev == where->dev && back.addr >= where->addr &&
	       back.addr - where->addr < where->length &&
	       length <= where->length - (back.addr - where->addr),
	       "reverse(" RANGE "): %#llx+%#llx, which is " RANGE, where->dev,
	       where->addr, where->length, pos, length, back.dev, back.addr,
	       back.length);
}

/*
 * The answers are right if each of them is, if they rise, and if together they
 * hold as many bytes as there are: that works for files of any size.
 */
static void check_reverse(const struct famfs_map *map,
			  const struct famfs_map_request *req,
			  const struct famfs_range *where)
{
	struct famfs_reverse walk = {
		.dev = where->dev,
		.addr = where->addr,
		.length = where->length,
	};
	u64 pos, length, end = 0;
	u128 sum = 0;
	u32 found;

	for (found = 0; famfs_map_reverse(map, &walk, &pos, &length); found++) {
		check_answer(req, where, pos, length);
		expect(pos >= end, "reverse(" RANGE "): %#llx after %#llx",
		       where->dev, where->addr, where->length, pos, end);
		end = pos + length;
		sum += length;
		if (found == MAX_PIECES)
			return;
	}
	expect(sum == bytes_within(req, where),
	       "reverse(" RANGE ") ends early, at %#llx", where->dev,
	       where->addr, where->length, end);
}

/* A file of few pieces is walked as well, and must give the same answers. */
static void check_reverse_walk(const struct famfs_map *map,
			       const struct famfs_map_request *req,
			       const struct famfs_range *where)
{
	struct famfs_reverse walk = {
		.dev = where->dev,
		.addr = where->addr,
		.length = where->length,
	};
	u64 got = 0, got_length = 0, want = 0, length = 0;

	while (oracle_reverse(req, where, &want, &length)) {
		expect(famfs_map_reverse(map, &walk, &got, &got_length) &&
		       got == want && got_length == length,
		       "reverse(" RANGE "): %#llx+%#llx, not %#llx+%#llx",
		       where->dev, where->addr, where->length, got, got_length,
		       want, length);
		want += length;
	}
	expect(!famfs_map_reverse(map, &walk, &got, &got_length),
	       "reverse(" RANGE "): %#llx+%#llx is too much", where->dev,
	       where->addr, where->length, got, got_length);
}

static void check_where(const struct famfs_map *map,
			const struct famfs_map_request *req,
			const struct famfs_range *where)
{
	check_reverse(map, req, where);
	if (is_small(req))
		check_reverse_walk(map, req, where);
}

/* Device ranges around what the file has, all of a device, and anything. */
static void check_backward(const struct famfs_map *map,
			   const struct famfs_map_request *req,
			   struct input *in)
{
	const struct famfs_ioc_simple_extent *ext;
	u32 i, nr = nr_ranges(req);
	struct famfs_range where;

	where.addr = 0;
	where.length = U64_MAX;
	for (where.dev = 0; where.dev < MAX_DEVICES; where.dev++)
		check_where(map, req, &where);
	for (i = 0; i < 6 && nr; i++) {
		ext = nth_range(req, take(in, 1) % nr);
		where.dev = ext->devindex;
		where.addr = ext->offset + take_bytes(in) % ext->len;
		where.addr -= min(where.addr, take_bytes(in));
		where.length = take_bytes(in);
		check_where(map, req, &where);
	}
	where.dev = take(in, 1);
	where.addr = take(in, 8);
	where.length = take(in, 8);
	check_where(map, req, &where);
}

/* A map of simple extents has one segment for each run, and lists just them. */
static void check_segments(const struct famfs_map *map,
			   const struct famfs_map_request *req)
{
	struct famfs_range want, got = {};
	u32 i, entry = 0;
	u64 pos = 0;

	for (i = 0; oracle_resolve(req, pos, &want); i++) {
		expect(i < map->nr_segments &&
		       famfs_map_segment(map, i, &got) &&
		       same(&got, &want),
		       "segment %u of %u at %#llx", i, map->nr_segments,
		       pos);
		expect(famfs_map_next_range(map, &entry, &got) &&
		       same(&got, &want), "range %u", i);
		pos += want.length;
	}
	expect(i == map->nr_segments, "%u segments, not %u", map->nr_segments,
	       i);
	expect(!famfs_map_next_range(map, &entry, &got), "more than %u ranges",
	       i);
}

static bool is_range(const struct famfs_range *range,
		     const struct famfs_ioc_simple_extent *ext)
{
	return range->dev == ext->devindex && range->addr == ext->offset &&
	       range->length == ext->len;
}

/* A map of striped extents gives them back as they were. */
static void check_stripes(const struct famfs_map *map,
			  const struct famfs_map_request *req)
{
	struct famfs_ioc_interleaved_ext ext = {}, want;
	struct famfs_range range = {};
	u32 i, k, entry = 0;

	expect(map->nr_segments == req->nr_extents, "%u segments",
	       map->nr_segments);
	for (i = 0; i < req->nr_extents; i++) {
		want = req->interleaved[i];
		want.ie_strips = NULL;
		expect(famfs_map_interleaved(map, i, &ext) &&
		       !memcmp(&ext, &want, sizeof(ext)), "extent %u", i);
		for (k = 0; k < want.ie_nstrips; k++) {
			famfs_map_strip(map, i, k, &range);
			expect(is_range(&range,
					&req->interleaved[i].ie_strips[k]),
			       "extent %u, strip %u", i, k);
		}
	}
	for (i = 0; i < nr_ranges(req); i++)
		expect(famfs_map_next_range(map, &entry, &range) &&
		       is_range(&range, nth_range(req, i)), "range %u", i);
	expect(!famfs_map_next_range(map, &entry, &range),
	       "more than %u ranges", i);
}

void check_map(const struct famfs_map *map, const struct famfs_map_request *req,
	       struct input *in)
{
	expect(map->length == total_bytes(req), "length %#llx",
	       map->length);
	expect(map->size == req->file_size && map->file_type == req->file_type,
	       "size %#llx type %u", map->size, map->file_type);
	if (req->ext_type == FAMFS_IOC_EXT_INTERLEAVE)
		check_stripes(map, req);
	else
		check_segments(map, req);
	check_forward(map, req, in);
	check_backward(map, req, in);
}
