// SPDX-License-Identifier: GPL-2.0
/*
 * Requests to fuzz with: a good one, as a rule, and then a few things about it
 * made worse.
 */
#include <string.h>
#include <sys/mman.h>
#include <sys/param.h>
#include <unistd.h>

#include "fuzz.h"

#define MAX_LIST 65537

uint64_t draw(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dUL;
}

uint64_t below(uint64_t *state, uint64_t n)
{
	return (draw(state) >> 16) % n;
}

static void place_lists(struct request *req, uint32_t nr_ext, uint32_t nr_list)
{
	req->nr_ext = nr_ext;
	req->nr_list = nr_list;
	req->ext = (void *)(req->end[2] - nr_ext * sizeof(*req->ext));
	req->list = (void *)(req->end[3] - nr_list * sizeof(*req->list));
}

static char *room_end(size_t size)
{
	return (char *)before_hole(size) + size;
}

void request_init(struct request *req)
{
	req->end[0] = room_end(sizeof(*req->v1));
	req->end[1] = room_end(sizeof(*req->v2));
	req->end[2] = room_end(8 * sizeof(*req->ext));
	req->end[3] = room_end(MAX_LIST * sizeof(*req->list));
	req->v1 = (void *)(req->end[0] - sizeof(*req->v1));
	req->v2 = (void *)(req->end[1] - sizeof(*req->v2));
	place_lists(req, 0, 1);
}

static void make_extent(struct famfs_ioc_simple_extent *ext, uint64_t *state,
			uint64_t nr_units, uint64_t len)
{
	ext->devindex = 0;
	ext->offset = (1 + below(state, nr_units - 1)) * UNIT;
	ext->len = len;
}

static uint64_t file_type(uint64_t *state)
{
	return below(state, 8) ? FAMFS_REG : below(state, 3);
}

static void make_v1(struct request *req, uint64_t *state, uint64_t nr_units)
{
	struct famfs_ioc_map *map = req->v1;
	struct famfs_ioc_simple_extent ext;
	uint64_t i, sum = 0;

	memset(map, 0, sizeof(*map));
	map->file_type = file_type(state);
	map->ext_list_count = 1 + below(state, 2);
	for (i = 0; i < map->ext_list_count; i++) {
		make_extent(&ext, state, nr_units,
			    (1 + below(state, 3)) * UNIT);
		map->ext_list[i].offset = ext.offset;
		map->ext_list[i].len = ext.len;
		sum += ext.len;
	}
	map->file_size = sum - below(state, 2) * below(state, UNIT);
	req->cmd = FAMFSIOC_MAP_CREATE;
	req->arg = map;
}

/* Long lists are rare, and never good: the device has not so many units. */
static void make_simple(struct request *req, uint64_t *state, uint64_t nr_units)
{
	struct famfs_ioc_fmap *map = req->v2;
	uint64_t i, sum = 0;
	uint32_t nr = 1 + below(state, 5);

	if (!below(state, 200))
		nr = MAX_LIST - below(state, 2);
	place_lists(req, 0, nr);
	for (i = 0; i < nr; i++) {
		make_extent(&req->list[i], state, nr_units,
			    (1 + below(state, 2)) * UNIT);
		sum += req->list[i].len;
	}
	map->fioc_file_size = sum - below(state, 2) * below(state, UNIT);
	map->fioc_file_type = file_type(state);
	map->fioc_ext_type = FAMFS_IOC_EXT_SIMPLE;
	map->fioc_nextents = nr;
	map->kse = req->list;
}

static void make_striped(struct request *req, uint64_t *state, uint64_t nr_units)
{
	struct famfs_ioc_fmap *map = req->v2;
	struct famfs_ioc_simple_extent *strip;
	uint32_t nr_ext = 1 + below(state, 2), nr = 1 + below(state, 4), i, j;
	uint64_t chunk = UNIT << below(state, 2), rows = 1 + below(state, 2);

	place_lists(req, nr_ext, nr_ext * nr);
	strip = req->list;
	for (i = 0; i < nr_ext; i++) {
		req->ext[i].ie_nstrips = nr;
		req->ext[i].ie_chunk_size = chunk;
		req->ext[i].ie_nbytes = rows * nr * chunk;
		req->ext[i].ie_strips = strip;
		for (j = 0; j < nr; j++)
			make_extent(strip++, state, nr_units, rows * chunk);
	}
	map->fioc_file_size = nr_ext * rows * nr * chunk -
			      below(state, 2) * below(state, UNIT);
	map->fioc_file_type = file_type(state);
	map->fioc_ext_type = FAMFS_IOC_EXT_INTERLEAVE;
	map->fioc_niext = nr_ext;
	map->kie = req->ext;
}

static uint64_t edge(uint64_t *state, uint64_t word)
{
	static const uint64_t edges[] = {
		0, 1, 2, 3, 4, 5, 16, 17, 4095, 4096, 65536, 65537, UNIT - 1,
		UNIT, UNIT + 1, 1UL << 31, 1UL << 32, 1UL << 52, 1UL << 56,
		1UL << 63, -UNIT, -1UL, 0x7fffffffffffffff, 0xffffffff,
	};

	switch (below(state, 4)) {
	case 0:
		return word ^ 1UL << below(state, 64);
	case 1:
		return word + edges[below(state, 24)];
	case 2:
		return draw(state);
	default:
		return edges[below(state, 24)];
	}
}

/* Any 8 bytes of what the request is made of, counts and types included. */
static uint64_t *any_word(const struct request *req, uint64_t *state)
{
	if (req->cmd == FAMFSIOC_MAP_CREATE)
		return (uint64_t *)req->v1 + below(state, 7);
	switch (below(state, req->nr_ext ? 3 : 2)) {
	case 0:
		return (uint64_t *)req->v2 + below(state, 4);
	case 1:
		return (uint64_t *)req->list + below(state, 3 * req->nr_list);
	default:
		return (uint64_t *)req->ext + below(state, 4 * req->nr_ext);
	}
}

/* From the end of readable memory on, just before it, or nothing of the kind. */
static void *bad_pointer(const struct request *req, uint64_t *state)
{
	switch (below(state, 6)) {
	case 0:
		return NULL;
	case 1:
		return (void *)0xffff888000001000;
	case 2:
		return (void *)(below(state, 2) ? 0x7fffffffeff8 : 1UL << 63);
	default:
		return req->end[below(state, 4)] - 8 * below(state, 8);
	}
}

static void spoil_pointer(struct request *req, uint64_t *state)
{
	void *pointer = bad_pointer(req, state);

	if (req->cmd != FAMFSIOC_MAP_CREATE_V2 || !below(state, 3))
		req->arg = pointer;
	else if (req->nr_ext && below(state, 2))
		req->ext[below(state, req->nr_ext)].ie_strips = pointer;
	else
		req->v2->kse = pointer;
}

/* Two at the end are not ours. */
static const unsigned long commands[] = {
	FAMFSIOC_MAP_CREATE, FAMFSIOC_MAP_GET, FAMFSIOC_MAP_GETEXT,
	FAMFSIOC_NOP, FAMFSIOC_MAP_CREATE_V2, FAMFSIOC_MAP_GET_V2,
	_IO(FAMFSIOC_MAGIC, 0x56), _IOR(FAMFSIOC_MAGIC, 0x50, int),
};

static void spoil(struct request *req, uint64_t *state)
{
	uint64_t *word;

	switch (below(state, 8)) {
	case 0:
		spoil_pointer(req, state);
		break;
	case 1:
		req->cmd = commands[below(state, 8)];
		break;
	default:
		word = any_word(req, state);
		*word = edge(state, *word);
	}
}

void request_make(struct request *req, uint64_t *state, uint64_t nr_units)
{
	uint64_t i, nr_spoiled;

	req->cmd = FAMFSIOC_MAP_CREATE_V2;
	req->arg = req->v2;
	switch (below(state, 3)) {
	case 0:
		make_v1(req, state, nr_units);
		break;
	case 1:
		make_simple(req, state, nr_units);
		break;
	default:
		make_striped(req, state, nr_units);
	}
	nr_spoiled = below(state, 2) * below(state, 4);
	for (i = 0; i < nr_spoiled; i++)
		spoil(req, state);
}

/* While another thread may be making it, or the kernel reading it. */
void request_scribble(struct request *req, uint64_t *state)
{
	static const uint64_t words[] = { 7, 4, 32, 3 * 16 };
	uint64_t i = below(state, 4);
	volatile uint64_t *word = (uint64_t *)req->end[i] - 1 -
				  below(state, words[i]);

	*word = edge(state, *word);
}

bool request_is_known(const struct request *req)
{
	return req->cmd != commands[6] && req->cmd != commands[7];
}

bool request_is_map(const struct request *req)
{
	return req->cmd == FAMFSIOC_MAP_CREATE ||
	       req->cmd == FAMFSIOC_MAP_CREATE_V2;
}

uint64_t request_size(const struct request *req)
{
	const struct famfs_ioc_map *v1 = req->arg;
	const struct famfs_ioc_fmap *v2 = req->arg;

	if (req->cmd == FAMFSIOC_MAP_CREATE)
		return v1->file_size;
	return v2->fioc_file_size;
}

static uint64_t add_units(uint16_t units[MAX_UNITS], uint64_t nr,
			  uint64_t offset, uint64_t len)
{
	uint64_t done;

	for (done = 0; done < len; done += UNIT) {
		if (nr == MAX_UNITS || offset % UNIT)
			fail_say("accepted: 0x%lx, 0x%lx", offset, len);
		units[nr++] = (offset + done) / UNIT;
	}
	return nr;
}

static uint64_t striped_units(const struct famfs_ioc_interleaved_ext *ext,
			      uint16_t units[MAX_UNITS], uint64_t nr)
{
	uint64_t i, done, chunk = ext->ie_chunk_size, n = ext->ie_nstrips;

	for (i = done = 0; done < ext->ie_nbytes; i++, done += chunk)
		nr = add_units(units, nr, ext->ie_strips[i % n].offset +
			       i / n * chunk,
			       MIN(ext->ie_nbytes - done, chunk));
	return nr;
}

static bool is_own(const struct request *req, const void *list, uint64_t bytes)
{
	const size_t room[] = {
		sizeof(*req->v1), sizeof(*req->v2), 8 * sizeof(*req->ext),
		MAX_LIST * sizeof(*req->list),
	};
	const char *at = list;
	int i;

	for (i = 0; i < 4; i++)
		if (at >= req->end[i] - room[i] && at <= req->end[i] &&
		    bytes <= (uint64_t)(req->end[i] - at))
			return true;
	return false;
}

/*
 * A pointer that was made worse may lead into the request of another thread, which may
 * have changed it since the kernel read it.
 */
bool request_is_own(const struct request *req)
{
	const struct famfs_ioc_fmap *v2 = req->arg;
	uint32_t i;

	if (req->cmd == FAMFSIOC_MAP_CREATE)
		return is_own(req, req->arg, sizeof(*req->v1));
	if (!is_own(req, v2, sizeof(*v2)))
		return false;
	if (v2->fioc_ext_type == FAMFS_IOC_EXT_SIMPLE)
		return is_own(req, v2->kse, v2->fioc_nextents * sizeof(*v2->kse));
	if (!is_own(req, v2->kie, v2->fioc_niext * sizeof(*v2->kie)))
		return false;
	for (i = 0; i < v2->fioc_niext; i++)
		if (!is_own(req, v2->kie[i].ie_strips,
			    v2->kie[i].ie_nstrips * sizeof(*v2->kse)))
			return false;
	return true;
}

uint64_t request_units(const struct request *req, uint16_t units[MAX_UNITS])
{
	const struct famfs_ioc_map *v1 = req->arg;
	const struct famfs_ioc_fmap *v2 = req->arg;
	uint64_t i, nr = 0;

	if (req->cmd == FAMFSIOC_MAP_CREATE) {
		for (i = 0; i < v1->ext_list_count; i++)
			nr = add_units(units, nr, v1->ext_list[i].offset,
				       v1->ext_list[i].len);
	} else if (v2->fioc_ext_type == FAMFS_IOC_EXT_SIMPLE) {
		for (i = 0; i < v2->fioc_nextents; i++)
			nr = add_units(units, nr, v2->kse[i].offset,
				       v2->kse[i].len);
	} else {
		for (i = 0; i < v2->fioc_niext; i++)
			nr = striped_units(&v2->kie[i], units, nr);
	}
	return nr;
}
