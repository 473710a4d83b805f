// SPDX-License-Identifier: GPL-2.0
/*
 * What a look-up costs: the library beside a linear walk of the same table, by
 * number of segments.  Tells time by the clock, and instructions by stepping a
 * child through the look-ups one instruction at a time, which gives the same
 * figure on every machine and needs no counter.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/famfs_extent.h>

#define UNIT FAMFS_ALLOC_UNIT
/* Short rounds, and the best of many: others may use the machine as well. */
#define ROUNDS 51
#define ROUND_NS 1000000
/* Look-ups to step through; a step takes microseconds, so long walks are not. */
#define STEPPED 16
#define STEPPED_SEGMENTS 1024

typedef int (*resolve_fn)(const struct famfs_map *map, u64 pos, u64 length,
			  struct famfs_range *range);

/* The offsets to look up: @step bytes apart, or anywhere if that is 0. */
struct offsets {
	u64 state;
	u64 step;
};

struct cost {
	double ns;
	double instructions;
};

/* What other implementations do: go through the list until it is found. */
static int linear_resolve(const struct famfs_map *map, u64 pos, u64 length,
			  struct famfs_range *range)
{
	u32 i = 0;
	u64 end;

	if (!length)
		return -EINVAL;
	if (pos >= map->length)
		return -ERANGE;
	while (i + 1 < map->nr_segments && map->seg[i + 1].start <= pos)
		i++;
	end = i + 1 < map->nr_segments ? map->seg[i + 1].start : map->length;
	range->dev = map->seg[i].dev;
	range->addr = map->seg[i].addr + (pos - map->seg[i].start);
	range->length = min(length, end - pos);
	return 0;
}

/* One striped segment, found by division and remainder. */
static int linear_striped(const struct famfs_map *map, u64 pos, u64 length,
			  struct famfs_range *range)
{
	const struct famfs_segment *seg = &map->seg[0], *strip;
	u64 size = 1ULL << seg->chunk_shift;

	if (!length)
		return -EINVAL;
	if (pos >= map->length)
		return -ERANGE;
	strip = &map->seg[seg->addr + pos / size % seg->nr_strips];
	range->dev = strip->dev;
	range->addr = strip->addr + pos / size / seg->nr_strips * size +
		      pos % size;
	range->length = min(min(length, map->length - pos), size - pos % size);
	return 0;
}

/* Costs what the loop around a look-up costs. */
static int no_resolve(const struct famfs_map *map, u64 pos, u64 length,
		      struct famfs_range *range)
{
	range->addr = pos;
	range->length = length;
	return map->nr_segments == 0;
}

static u64 next_offset(struct offsets *at, u64 length)
{
	if (at->step) {
		at->state += at->step;
		if (at->state >= length)
			at->state = 0;
		return at->state;
	}
	at->state = at->state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (__uint128_t)at->state * length >> 64;
}

/* Through a pointer, so that neither is inlined or optimised away. */
static void look_up(const struct famfs_map *map, resolve_fn resolve,
		    struct offsets at, u32 count)
{
	struct famfs_range range;

	for (; count; count--)
		if (resolve(map, next_offset(&at, map->length), 4096, &range))
			abort();
}

static u64 now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static double time_round(const struct famfs_map *map, resolve_fn resolve,
			 struct offsets at, u32 count)
{
	u64 start = now();

	look_up(map, resolve, at, count);
	return (double)(now() - start) / count;
}

/* As many look-ups as take a few milliseconds. */
static u32 calibrate(const struct famfs_map *map, resolve_fn resolve,
		     struct offsets at)
{
	u32 count = 16;

	while (time_round(map, resolve, at, count) * count < ROUND_NS)
		count *= 2;
	return count;
}

/* Steps of a child that does @count look-ups between two stops; 0 if none. */
static u64 step(const struct famfs_map *map, resolve_fn resolve, u32 count)
{
	/* All over the map, so that a few make a fair mean. */
	struct offsets at = {
		.state = map->length / STEPPED / 2,
		.step = map->length / STEPPED,
	};
	pid_t child = fork();
	u64 steps = 0;
	int status;

	if (child < 0)
		return 0;
	if (!child) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
			_exit(1);
		raise(SIGSTOP);
		look_up(map, resolve, at, count);
		raise(SIGSTOP);
		_exit(0);
	}
	if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status))
		return 0;
	do {
		steps++;
		if (ptrace(PTRACE_SINGLESTEP, child, NULL, NULL) ||
		    waitpid(child, &status, 0) != child)
			return 0;
	} while (WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP);
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	return steps;
}

static double instructions(const struct famfs_map *map, resolve_fn resolve)
{
	u64 none = step(map, resolve, 0);
	u64 some = step(map, resolve, STEPPED);

	return none ? (double)(some - none) / STEPPED : 0;
}

/* The rounds of the two take turns, so that both see the same disturbance. */
static void measure(const struct famfs_map *map, const resolve_fn fn[2],
		    struct offsets at, struct cost cost[2])
{
	u32 count[2], round, i;
	double ns;

	for (i = 0; i < 2; i++)
		count[i] = calibrate(map, fn[i], at);
	for (round = 0; round < ROUNDS; round++) {
		/* Other offsets, or the branch predictor would learn them. */
		at.state += !at.step;
		for (i = 0; i < 2; i++) {
			ns = time_round(map, fn[i], at, count[i]);
			if (!round || ns < cost[i].ns)
				cost[i].ns = ns;
		}
	}
	for (i = 0; i < 2; i++)
		if (!i || map->nr_segments <= STEPPED_SEGMENTS)
			cost[i].instructions = instructions(map, fn[i]);
}

static struct famfs_map *build(const struct famfs_map_request *req)
{
	struct famfs_map *map = famfs_map_build(req);

	if (!map) {
		fprintf(stderr, "bench: out of memory\n");
		exit(1);
	}
	return map;
}

/* One to four units with a gap behind each, so that none are merged. */
static struct famfs_map *build_simple(u32 segments)
{
	struct famfs_ioc_simple_extent *ext = calloc(segments, sizeof(*ext));
	struct famfs_map_request req = {
		.nr_extents = segments,
		.simple = ext,
	};
	struct famfs_map *map;
	u32 i;

	for (i = 0; ext && i < segments; i++) {
		ext[i].offset = (5 * i + 1) * UNIT;
		ext[i].len = (1 + i * 2654435761U / (1U << 30)) * UNIT;
		req.file_size += ext[i].len;
	}
	if (!ext) {
		fprintf(stderr, "bench: out of memory\n");
		exit(1);
	}
	map = build(&req);
	free(ext);
	return map;
}

static struct famfs_map *build_striped(u32 strips)
{
	struct famfs_ioc_simple_extent strip[FAMFS_MAX_STRIPS];
	struct famfs_ioc_interleaved_ext ext = {
		.ie_nstrips = strips,
		.ie_chunk_size = UNIT,
		.ie_nbytes = 1024 * UNIT,
		.ie_strips = strip,
	};
	struct famfs_map_request req = {
		.file_size = ext.ie_nbytes,
		.ext_type = FAMFS_IOC_EXT_INTERLEAVE,
		.nr_extents = 1,
		.interleaved = &ext,
	};
	u32 i;

	for (i = 0; i < strips; i++) {
		strip[i].devindex = i;
		strip[i].offset = UNIT;
		strip[i].len = 1024 / strips * UNIT;
	}
	return build(&req);
}

static void print_instructions(double count)
{
	if (count > 0)
		printf(" %9.0f", count);
	else
		printf(" %9s", "n/a");
}

/* Prints a row; returns what the library's look-up takes. */
static double row(const char *name, const char *order,
		  const struct famfs_map *map, resolve_fn other, u64 stride)
{
	const resolve_fn fn[2] = { famfs_map_resolve, other };
	struct offsets at = { .state = 1, .step = stride };
	struct cost cost[2] = {};

	measure(map, fn, at, cost);
	printf("%-14s %-10s %9.1f", name, order, cost[0].ns);
	print_instructions(cost[0].instructions);
	printf(" %10.1f", cost[1].ns);
	print_instructions(cost[1].instructions);
	printf(" %8.2f\n", cost[1].ns / cost[0].ns);
	fflush(stdout);
	return cost[0].ns;
}

static void print_head(void)
{
	struct famfs_map *map = build_simple(1);
	const resolve_fn fn[2] = { no_resolve, no_resolve };
	struct offsets at = { .state = 1 };
	struct cost cost[2] = {};

	measure(map, fn, at, cost);
	printf("Each figure holds the loop around the look-up: %.1f ns, ",
	       cost[0].ns);
	printf("%.0f instructions.\n", cost[0].instructions);
	printf("Memory: %zu bytes per segment, and %zu per map.\n\n",
	       sizeof(struct famfs_segment), sizeof(struct famfs_map));
	printf("%-14s %-10s %19s %20s %8s\n", "", "", "library     ",
	       "linear walk     ", "");
	printf("%-14s %-10s %9s %9s %10s %9s %8s\n", "map", "offsets", "ns",
	       "instr.", "ns", "instr.", "ratio");
	famfs_map_free(map);
}

int main(void)
{
	static const u32 segments[] = { 1, 2, 16, 1024, 65536 };
	double random[ARRAY_SIZE(segments)];
	struct famfs_map *map;
	char name[32];
	u32 i;

	print_head();
	for (i = 0; i < ARRAY_SIZE(segments); i++) {
		snprintf(name, sizeof(name), "%u segments", segments[i]);
		map = build_simple(segments[i]);
		random[i] = row(name, "random", map, linear_resolve, 0);
		row(name, "sequential", map, linear_resolve, UNIT);
		famfs_map_free(map);
	}
	for (i = 4; i <= FAMFS_MAX_STRIPS; i *= 4) {
		snprintf(name, sizeof(name), "%u strips", i);
		map = build_striped(i);
		row(name, "random", map, linear_striped, 0);
		row(name, "sequential", map, linear_striped, UNIT);
		famfs_map_free(map);
	}
	printf("\n65536 segments take %.2f times as long as 1024 (random).\n",
	       random[4] / random[3]);
	return 0;
}
