// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzz target of the extent library.  Makes a request of the input, and
 * compares what the library says about it with rules.h and oracle.h.  A
 * difference aborts, after printing the request.
 */
#include "fuzz.h"

/* Enough for every shape of a search; the naive checks are quadratic. */
#define MAX_LIST 48

static const struct job *current_job;

static void print_list(const struct famfs_ioc_simple_extent *ext, u64 nr)
{
	u64 i;

	for (i = 0; i < nr; i++)
		fprintf(stderr, "  dev %llu offset %#llx length %#llx\n",
			ext[i].devindex, ext[i].offset, ext[i].len);
}

static void print_job(const struct job *job)
{
	const struct famfs_ioc_interleaved_ext *ext = job->striped;
	u32 i;

	fprintf(stderr, "\nsize %#llx type %u ext_type %u extents %u\n",
		job->req.file_size, job->req.file_type, job->req.ext_type,
		job->req.nr_extents);
	fprintf(stderr, "limits: %u extents\n", job->limits.max_extents);
	for (i = 0; i < job->limits.nr_devices; i++)
		fprintf(stderr, "device %u: %#llx\n", i, job->sizes[i]);
	if (job->simple)
		print_list(job->simple, job->nr_listed);
	for (i = 0; ext && i < job->nr_listed; i++) {
		fprintf(stderr, " strips %llu chunk %#llx bytes %#llx\n",
			ext[i].ie_nstrips, ext[i].ie_chunk_size,
			ext[i].ie_nbytes);
		if (ext[i].ie_strips)
			print_list(ext[i].ie_strips, ext[i].ie_nstrips);
	}
}

void give_up(void)
{
	print_job(current_job);
	abort();
}

static void *allocate(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	if (!memory && count) {
		fprintf(stderr, "fuzz: out of memory\n");
		exit(1);
	}
	return memory;
}

u64 take(struct input *in, u32 bytes)
{
	u64 value = 0;

	for (; bytes; bytes--) {
		value <<= 8;
		if (!in->left)
			continue;
		value |= *in->data++;
		in->left--;
	}
	return value;
}

u64 take_bytes(struct input *in)
{
	u32 kind = take(in, 1);
	u64 value;

	switch (kind % 8) {
	case 0:
		return take(in, 8);
	case 1:
		value = 2ULL << take(in, 1) % 64;
		return value + (signed char)take(in, 1) * UNIT;
	case 2:
		value = kind & 8 ? 2ULL << take(in, 1) % 64 :
			take(in, 1) * UNIT;
		return value + (signed char)take(in, 1);
	case 3:
		return take(in, 2) * UNIT;
	default:
		return kind / 8 * UNIT;
	}
}

static void take_devices(struct job *job)
{
	u32 i;

	job->limits.max_extents = MAX_LIST;
	if (take(&job->in, 1) % 16 == 15)
		job->limits.max_extents = take(&job->in, 4);
	job->limits.nr_devices = take(&job->in, 1) % (MAX_DEVICES + 1);
	job->sizes = allocate(job->limits.nr_devices, sizeof(*job->sizes));
	for (i = 0; i < job->limits.nr_devices; i++)
		job->sizes[i] = take(&job->in, 1) % 4 ? U64_MAX :
				take_bytes(&job->in);
	job->limits.device_size = job->sizes;
}

/* @next holds the first free byte of each device: most ranges go there. */
static void take_range(struct job *job, struct famfs_ioc_simple_extent *ext,
		       u64 length, u64 *next)
{
	u32 kind = take(&job->in, 1);

	ext->devindex = kind % 8 == 7 ? take(&job->in, 8) :
			kind % max(job->limits.nr_devices, 1U);
	ext->len = length;
	if (kind / 8 % 4 == 3)
		ext->offset = take_bytes(&job->in);
	else if (ext->devindex < MAX_DEVICES)
		ext->offset = next[ext->devindex] + kind / 8 % 4 * UNIT;
	if (ext->devindex < MAX_DEVICES)
		next[ext->devindex] = ext->offset + length;
}

static void take_simple(struct job *job, u64 *next)
{
	u32 i;

	job->simple = allocate(job->nr_listed, sizeof(*job->simple));
	for (i = 0; i < job->nr_listed; i++)
		take_range(job, &job->simple[i], take_bytes(&job->in), next);
	job->req.simple = job->simple;
}

static void take_strips(struct job *job, struct famfs_ioc_interleaved_ext *ext,
			u64 *next)
{
	u32 kind = take(&job->in, 1), i;
	u64 length;

	ext->ie_nstrips = kind % 32 == 31 ? take(&job->in, 8) : kind % 32;
	ext->ie_chunk_size = kind / 32 == 7 ? take_bytes(&job->in) :
			     UNIT << kind / 32;
	ext->ie_nbytes = take_bytes(&job->in);
	/* The library must not look at the strips of such an extent. */
	if (!ext->ie_nstrips || ext->ie_nstrips > FAMFS_MAX_STRIPS ||
	    !ext->ie_chunk_size)
		return;
	ext->ie_strips = allocate(ext->ie_nstrips, sizeof(*ext->ie_strips));
	for (i = 0; i < ext->ie_nstrips; i++) {
		length = max(strip_used(ext, i), 1);
		if (take(&job->in, 1) % 8 == 7)
			length = take_bytes(&job->in);
		else if (i + 1 < ext->ie_nstrips)
			length = (length + UNIT - 1) / UNIT * UNIT;
		take_range(job, &ext->ie_strips[i], length, next);
	}
}

static void take_striped(struct job *job, u64 *next)
{
	u32 i;

	job->striped = allocate(job->nr_listed, sizeof(*job->striped));
	for (i = 0; i < job->nr_listed; i++)
		take_strips(job, &job->striped[i], next);
	job->req.interleaved = job->striped;
}

static void take_request(struct job *job)
{
	u64 next[MAX_DEVICES] = {};
	u32 kind = take(&job->in, 1), i;

	/* A superblock may start at 0, nothing else may. */
	job->req.file_type = kind % 8 == 7 ? take(&job->in, 4) : kind % 8 % 3;
	for (i = job->req.file_type == FAMFS_SUPERBLOCK; i < MAX_DEVICES; i++)
		next[i] = UNIT;
	job->nr_listed = take(&job->in, 1) % (MAX_LIST + 1);
	if (kind / 8 % 2) {
		job->nr_listed %= FAMFS_IOC_MAX_INTERLEAVED_EXTENTS + 2;
		take_striped(job, next);
	} else {
		take_simple(job, next);
	}
	job->req.ext_type = kind / 8 % 2;
	job->req.nr_extents = job->nr_listed;
	job->req.file_size = total_bytes(&job->req);
	if (kind / 16 % 4 == 3)
		job->req.file_size += (signed char)take(&job->in, 1);
	else if (kind / 16 % 4 == 2)
		job->req.file_size = take_bytes(&job->in);
	/* Refused before the list is looked at. */
	if (kind / 64 == 3)
		job->req.ext_type |= take(&job->in, 4) << 1;
	else if (kind / 64 == 2)
		job->req.nr_extents += FAMFS_MAP_MAX_EXTENTS + 1;
}

static void free_job(struct job *job)
{
	u32 i;

	for (i = 0; job->striped && i < job->nr_listed; i++)
		free(job->striped[i].ie_strips);
	free(job->striped);
	free(job->simple);
	free(job->sizes);
}

/* Validate a request; build and look up the map if it is valid. */
static void try_request(struct job *job)
{
	struct famfs_reason reason;
	struct famfs_map *map;
	int err;

	take_devices(job);
	take_request(job);
	err = famfs_map_validate(&job->req, &job->limits, &reason);
	check_validation(job, err, &reason);
	if (err)
		return;
	map = famfs_map_build(&job->req);
	expect(map, "build() fails");
	check_map(map, &job->req, &job->in);
	famfs_map_free(map);
}

static int want_append(const struct famfs_map *map, const struct job *job,
		       const struct famfs_ioc_simple_extent *ext)
{
	const struct famfs_ioc_simple_extent *last = ext - 1;
	bool grows = job->req.nr_extents && last->devindex == ext->devindex &&
		     last->offset + last->len == ext->offset;

	if (!ext->len || (u128)ext->offset + ext->len > U64_MAX)
		return -EINVAL;
	if ((u128)map->length + ext->len > U64_MAX)
		return -EOVERFLOW;
	return grows || map->nr_segments < map->nr_entries ? 0 : -ENOSPC;
}

/* Append ranges that nobody validated, as a driver does. */
static void try_ranges(struct job *job)
{
	struct famfs_ioc_simple_extent *ext;
	u64 next[MAX_DEVICES] = {};
	struct famfs_map *map;
	int err, want;

	job->nr_listed = take(&job->in, 1) % MAX_LIST + 1;
	job->limits.nr_devices = 0;
	job->simple = allocate(job->nr_listed, sizeof(*job->simple));
	job->req.simple = job->simple;
	map = famfs_map_alloc(take(&job->in, 1) % MAX_LIST + 1);
	expect(map, "alloc() fails");
	while (job->req.nr_extents < job->nr_listed && job->in.left) {
		ext = &job->simple[job->req.nr_extents];
		take_range(job, ext, take_bytes(&job->in), next);
		ext->devindex = (u32)ext->devindex;
		want = want_append(map, job, ext);
		err = famfs_map_append(map, ext->devindex, ext->offset,
				       ext->len);
		expect(err == want, "append(%#llx+%#llx): %d, not %d",
		       ext->offset, ext->len, err, want);
		job->req.nr_extents += !err;
	}
	job->req.file_size = total_bytes(&job->req);
	check_map(map, &job->req, &job->in);
	famfs_map_free(map);
}

/* Called LLVMFuzzerTestOneInput: the Makefile renames it. */
int fuzz_one_input(const unsigned char *data, size_t size);
int fuzz_one_input(const unsigned char *data, size_t size)
{
	struct job job = { .in = { .data = data, .left = size } };

	current_job = &job;
	if (take(&job.in, 1) % 4 == 3)
		try_ranges(&job);
	else
		try_request(&job);
	free_job(&job);
	return 0;
}
