// SPDX-License-Identifier: GPL-2.0
/* What must be where: files, the memory that they own, and the arena's pages. */
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "fuzz_mm.h"

bool find_page(const struct mm_file *file, uint32_t index, struct spot *spot)
{
	uint32_t unit = index / UNIT_PAGES;

	if (!file->mapped || (uint64_t)index * MM_PAGE >= file->size)
		return false;
	spot->device = &w.device[file->unit[unit].dev];
	spot->page = file->unit[unit].unit * UNIT_PAGES + index % UNIT_PAGES;
	spot->bytes = spot->device->bytes + spot->page * MM_PAGE;
	return true;
}

/* Does it show nothing although it is mapped? */
bool is_behind_end(const struct mm_page *page)
{
	struct spot spot;

	return page->file && !find_page(page->file, page->index, &spot);
}

enum badness page_badness(const struct mm_file *file, uint32_t index)
{
	struct spot spot;

	return find_page(file, index, &spot) ? spot.device->bad[spot.page] :
					       GOOD;
}

uint8_t *page_bytes(const struct mm_page *page)
{
	struct spot spot;

	if (page->copy)
		return page->copy;
	return find_page(page->file, page->index, &spot) ? spot.bytes : NULL;
}

struct mm_file *new_file_model(int mount)
{
	struct mm_file *file;

	for (file = w.file; file < w.file + NR_FILES; file++) {
		if (file->used)
			continue;
		*file = (struct mm_file){
			.used = true, .mount = mount, .fd = -1
		};
		return file;
	}
	return NULL;
}

/* One that nothing refers to any more is gone, and its memory free. */
void drop_file(struct mm_file *file)
{
	struct device *device;
	uint32_t i;

	if (file->nr_names || file->fd >= 0 || file->nr_pages)
		return;
	for (i = 0; i < file->nr_units; i++) {
		device = &w.device[file->unit[i].dev];
		if (device->owner[file->unit[i].unit] == file)
			device->owner[file->unit[i].unit] = NULL;
	}
	file->used = false;
	w.dropped = true;
}

void forget_page(struct mm_page *page)
{
	struct mm_file *file = page->file;

	free(page->copy);
	*page = (struct mm_page){};
	if (file) {
		file->nr_pages--;
		drop_file(file);
	}
}

void clear_pages(uint32_t first, uint32_t nr)
{
	uint32_t i;

	cut_vma(first, nr);
	for (i = first; i < first + nr; i++)
		forget_page(&w.page[i]);
}

/* What was one VMA may be three now. */
void cut_vma(uint32_t first, uint32_t nr)
{
	uint32_t i, old = 0, end = first + nr;

	if (end < ARENA_PAGES) {
		old = w.page[end].vma;
		w.last_vma++;
		for (i = end; i < ARENA_PAGES && w.page[i].vma == old; i++)
			w.page[i].vma = w.last_vma;
	}
	for (i = first; i < end; i++) {
		if (i == first || w.page[i].vma != old)
			w.last_vma++;
		old = w.page[i].vma;
		w.page[i].vma = w.last_vma;
	}
}

bool one_vma(uint32_t first, uint32_t nr)
{
	uint32_t i;

	if (!w.page[first].file || first + nr > ARENA_PAGES)
		return false;
	for (i = first; i < first + nr; i++)
		if (w.page[i].vma != w.page[first].vma)
			return false;
	return true;
}

/* The first that there is from a random one on, or NULL. */
static struct mm_file *some_file(bool mapped)
{
	uint64_t start = pick(NR_FILES), i;
	struct mm_file *file;

	for (i = 0; i < NR_FILES; i++) {
		file = &w.file[(start + i) % NR_FILES];
		if (file->used && (file->mapped || !mapped))
			return file;
	}
	return NULL;
}

struct mm_file *any_file(void)
{
	return some_file(false);
}

struct mm_file *any_mapped_file(void)
{
	return some_file(true);
}

static uint32_t page_in_unit(void)
{
	static const uint16_t often[] = { 0, 1, 2, 7, 255, 256, 510, 511 };
	uint64_t n = pick(ARRAY_SIZE(often) + 2);

	return n < ARRAY_SIZE(often) ? often[n] : pick(UNIT_PAGES);
}

/* One that shows a file's last page, or the next one, which shows nothing. */
static uint32_t page_at_end(void)
{
	uint32_t start = pick(ARENA_PAGES), i, page;
	struct mm_file *file;

	for (i = 0; i < ARENA_PAGES; i++) {
		page = (start + i) % ARENA_PAGES;
		file = w.page[page].file;
		if (file && w.page[page].index - (file->size - 1) / MM_PAGE < 2)
			return page;
	}
	return start;
}

uint32_t any_page(void)
{
	uint32_t unit = pick(ARENA_UNITS);

	if (one_in(8))
		return page_at_end();
	return unit * UNIT_PAGES + page_in_unit();
}

uint32_t any_file_page(void)
{
	uint32_t unit = pick(MAX_FILE_UNITS);

	return unit * UNIT_PAGES + page_in_unit();
}

/* Pages, at least 1 and not more than there is room for. */
uint32_t any_length(uint32_t room)
{
	uint32_t nr;

	switch (pick(6)) {
	case 0:
		nr = 1;
		break;
	case 1:
		nr = 1 + pick(8);
		break;
	case 2:
		nr = UNIT_PAGES;
		break;
	case 3:
		nr = UNIT_PAGES * (1 + pick(3));
		break;
	case 4:
		nr = 1 + pick(UNIT_PAGES);
		break;
	default:
		nr = 1 + pick(3 * UNIT_PAGES);
	}
	return MIN(nr, room);
}
