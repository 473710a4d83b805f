// SPDX-License-Identifier: GPL-2.0
/* Operations on mappings. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz_mm.h"

#define MADV_COLLAPSE_ 25

static void *address(uint32_t page)
{
	return arena + page * MM_PAGE;
}

static void map_model(struct mm_file *file, uint32_t first, uint32_t nr,
		      uint32_t index, int prot, bool shared)
{
	uint32_t i;

	/* It may be the only one that keeps the file. */
	file->nr_pages++;
	clear_pages(first, nr);
	file->nr_pages--;
	w.last_vma++;
	for (i = 0; i < nr; i++) {
		w.page[first + i] = (struct mm_page){
			.file = file, .index = index + i, .prot = prot,
			.shared = shared, .vma = w.last_vma,
		};
		file->nr_pages++;
	}
}

/* What can be stored to can be loaded, as the processor has it. */
static int any_prot(void)
{
	static const int often[] = {
		PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE,
		PROT_READ | PROT_WRITE, PROT_READ, PROT_READ, PROT_NONE,
	};

	return often[pick(ARRAY_SIZE(often))];
}

/* Mostly where huge pages fit. */
static void any_place(uint32_t *first, uint32_t *nr, uint32_t *index)
{
	*first = any_page();
	*index = any_file_page();
	if (pick(3)) {
		*first -= *first % UNIT_PAGES;
		*index -= *index % UNIT_PAGES;
		if (one_in(4)) {
			*first += pick(UNIT_PAGES);
			*index += *first % UNIT_PAGES;
		}
	}
	*nr = any_length(ARENA_PAGES - *first);
}

static void op_mmap(void)
{
	struct mm_file *file = any_file();
	bool shared = pick(4), anywhere = one_in(4);
	int prot = any_prot(), flags = MAP_FIXED;
	uint32_t first, nr, index, cut = pick(4) ? 0 : pick(MM_PAGE);
	uint8_t *p;

	any_place(&first, &nr, &index);
	if (!file || open_model(file) < 0)
		return;
	flags |= shared ? MAP_SHARED : MAP_PRIVATE;
	if (shared && one_in(6))
		flags = MAP_FIXED | MAP_SHARED_VALIDATE | MAP_SYNC;
	/* Copies of all of a private mapping would be made. */
	if (one_in(6) && (shared || !(prot & PROT_WRITE)))
		flags |= MAP_POPULATE;
	if (one_in(16))
		flags |= MAP_NORESERVE;
	if (anywhere)
		flags &= ~MAP_FIXED;
	note("mmap file %ld page %u, %u pages less %u bytes to arena page %u, prot %d flags 0x%x",
	     file - w.file, index, nr, cut, first, prot, flags);
	p = mmap(anywhere && pick(2) ? NULL : address(first), nr * MM_PAGE - cut,
		 prot, flags, file->fd, index * MM_PAGE);
	if (!file->mapped || file->gone) {
		if (p != MAP_FAILED || errno != EIO)
			wrong("mmap of a file that cannot be used: %p %m", p);
		/* What was there is unmapped before the file is asked. */
		if (!anywhere) {
			munmap(address(first), nr * MM_PAGE);
			clear_pages(first, nr);
		}
		return;
	}
	if (p == MAP_FAILED)
		wrong_errno("mmap");
	/* Near a hint there may be room, too. */
	if (p >= arena && p < arena + ARENA_PAGES * MM_PAGE)
		first = (p - arena) / MM_PAGE;
	if (p != address(first) &&
	    mremap(p, nr * MM_PAGE, nr * MM_PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
		   address(first)) != address(first))
		wrong_errno("mremap of a new mapping");
	map_model(file, first, nr, index, prot, shared);
}

/* A page of a mapping of which page @last is the file's last one. */
static uint32_t page_near(uint32_t last)
{
	switch (pick(5)) {
	case 0:
		return last;
	case 1:
		return last + 1;
	case 2:
		return last | (UNIT_PAGES - 1);
	default:
		return pick(3 * UNIT_PAGES);
	}
}

/* Use a file's last unit, and what is behind: parts of its map, or nothing. */
static void op_end(void)
{
	uint32_t first = pick(ARENA_UNITS - 2) * UNIT_PAGES, uses = 4 + pick(12);
	int prot = PROT_READ | (pick(2) ? PROT_WRITE : 0);
	struct mm_file *file = any_mapped_file();
	uint32_t nr = 3 * UNIT_PAGES, index, last, i;
	bool shared = pick(4);

	if (!file || file->gone || open_model(file) < 0)
		return;
	last = (file->size - 1) / MM_PAGE % UNIT_PAGES;
	index = (file->size - 1) / MM_PAGE - last;
	note("%u uses of the end of file %ld, page %u to arena page %u, prot %d%s",
	     uses, file - w.file, index, first, prot, shared ? "" : ", private");
	if (mmap(address(first), nr * MM_PAGE, prot,
		 MAP_FIXED | (shared ? MAP_SHARED : MAP_PRIVATE), file->fd,
		 index * MM_PAGE) == MAP_FAILED)
		wrong_errno("mmap");
	map_model(file, first, nr, index, prot, shared);
	while (uses--) {
		if (pick(2))
			load_check(first + page_near(last), pick(64) * 64, 64);
		else
			store_check(first + page_near(last), pick(64) * 64, 64);
	}
	for (i = last + 1; i < nr; i += 7)
		if (pagemap_of(first + i) & PM_PRESENT)
			wrong("page %u behind the end of a file is mapped", i);
}

static void op_munmap(void)
{
	uint32_t first = any_page(), nr = any_length(ARENA_PAGES - first);

	note("munmap arena page %u, %u pages", first, nr);
	if (munmap(address(first), nr * MM_PAGE))
		wrong_errno("munmap");
	clear_pages(first, nr);
}

static void op_mprotect(void)
{
	uint32_t first = any_page(), nr = any_length(ARENA_PAGES - first), i;
	int prot = any_prot(), ret;

	note("mprotect arena page %u, %u pages, prot %d", first, nr, prot);
	for (i = 0; i < nr && w.page[first + i].file; i++)
		;
	ret = mprotect(address(first), nr * MM_PAGE, prot);
	if (ret != (i < nr ? -1 : 0) || (ret && errno != ENOMEM))
		wrong("mprotect: %d %m, %u of %u pages are mapped", ret, i, nr);
	if (i)
		cut_vma(first, i);
	while (i--)
		w.page[first + i].prot = prot;
}

/* Pages that moved, or a second mapping of them. */
static void move_model(uint32_t from, uint32_t to, uint32_t old, uint32_t nr,
		       bool stays)
{
	static struct mm_page moved[ARENA_PAGES];
	uint32_t i, index = w.page[from].index;

	for (i = 0; i < nr; i++) {
		moved[i] = w.page[from + (i < old ? i : 0)];
		moved[i].index = index + i;
		moved[i].file->nr_pages++;
		if (i < old)
			w.page[from + i].copy = NULL;
		else
			moved[i].copy = NULL;
	}
	if (!stays)
		clear_pages(from, old);
	else
		cut_vma(from, old);
	clear_pages(to, nr);
	w.last_vma++;
	for (i = 0; i < nr; i++) {
		w.page[to + i] = moved[i];
		w.page[to + i].vma = w.last_vma;
		if (stays)
			w.page[from + (i < old ? i : 0)].watched = false;
		w.page[to + i].watched = false;
	}
}

static void op_mremap(void)
{
	uint32_t from = any_page(), to = any_page(), old, nr;
	bool keep, twice;
	int flags = MREMAP_MAYMOVE | MREMAP_FIXED;
	void *p;

	old = any_length(ARENA_PAGES - from);
	nr = pick(2) ? old : any_length(ARENA_PAGES);
	keep = one_in(4);
	twice = one_in(6);
	if (pick(2))
		to = to - to % UNIT_PAGES + from % UNIT_PAGES;
	if (keep)
		nr = old;
	if (!one_vma(from, old) || to + nr > ARENA_PAGES ||
	    (from < to + nr && to < from + old) || (twice && !w.page[from].shared))
		return;
	if (keep)
		flags |= MREMAP_DONTUNMAP;
	twice &= !keep;
	note("mremap arena page %u, %u pages to arena page %u, %u pages%s%s",
	     from, old, to, nr, keep ? ", both stay" : "", twice ? ", twice" : "");
	p = mremap(address(from), twice ? 0 : old * MM_PAGE, nr * MM_PAGE, flags,
		   address(to));
	if (p != address(to))
		wrong_errno("mremap");
	move_model(from, to, old, nr, keep || twice);
}

static const struct advice {
	const char *name;
	int advice;
} advices[] = {
	{ "NORMAL", MADV_NORMAL }, { "RANDOM", MADV_RANDOM },
	{ "SEQUENTIAL", MADV_SEQUENTIAL }, { "WILLNEED", MADV_WILLNEED },
	{ "DONTNEED", MADV_DONTNEED }, { "DONTNEED", MADV_DONTNEED },
	{ "DONTNEED", MADV_DONTNEED }, { "FREE", MADV_FREE },
	{ "REMOVE", MADV_REMOVE }, { "DONTFORK", MADV_DONTFORK },
	{ "DOFORK", MADV_DOFORK }, { "MERGEABLE", MADV_MERGEABLE },
	{ "UNMERGEABLE", MADV_UNMERGEABLE }, { "HUGEPAGE", MADV_HUGEPAGE },
	{ "NOHUGEPAGE", MADV_NOHUGEPAGE }, { "DONTDUMP", MADV_DONTDUMP },
	{ "DODUMP", MADV_DODUMP }, { "WIPEONFORK", MADV_WIPEONFORK },
	{ "COLD", MADV_COLD }, { "PAGEOUT", MADV_PAGEOUT },
	{ "POPULATE_READ", MADV_POPULATE_READ },
	{ "POPULATE_WRITE", MADV_POPULATE_WRITE },
	{ "DONTNEED_LOCKED", 24 }, { "COLLAPSE", MADV_COLLAPSE_ },
};

static void advised(uint32_t page, int advice)
{
	struct mm_page *p = &w.page[page];

	switch (advice) {
	case MADV_DONTNEED:
	case 24:
		free(p->copy);
		p->copy = NULL;
		break;
	case MADV_DONTFORK:
	case MADV_DOFORK:
		p->dontfork = advice == MADV_DONTFORK;
		break;
	case MADV_HUGEPAGE:
	case MADV_NOHUGEPAGE:
		p->nohuge = advice == MADV_NOHUGEPAGE;
		break;
	case MADV_POPULATE_WRITE:
		before_store(p);
	}
}

/* It ends at the first page that cannot be accessed. */
static void check_populated(uint32_t first, uint32_t nr, bool store, int ret)
{
	uint32_t ok = pages_ok(first, nr, store);

	if (ret && ok == nr)
		wrong_errno("madvise to populate");
	if (!ret && ok < nr && !(may_access(&w.page[first + ok], store) & DONE))
		wrong("arena page %u, that cannot be accessed, is populated",
		      first + ok);
}

static void op_madvise(void)
{
	const struct advice *a = &advices[pick(ARRAY_SIZE(advices))];
	uint32_t first = any_page(), nr = any_length(ARENA_PAGES - first), i;
	int ret;

	/* What it did if it fails is not known: copies of some pages. */
	if (a->advice == MADV_POPULATE_WRITE)
		nr = 1;
	if (!one_vma(first, nr))
		return;
	note("madvise %s, arena page %u, %u pages", a->name, first, nr);
	ret = madvise(address(first), nr * MM_PAGE, a->advice);
	if (a->advice == MADV_POPULATE_READ || a->advice == MADV_POPULATE_WRITE)
		check_populated(first, nr, a->advice == MADV_POPULATE_WRITE, ret);
	cut_vma(first, nr);
	for (i = 0; !ret && i < nr; i++)
		advised(first + i, a->advice);
}

/* mlock makes copies of those, as if they were stored to, as far as it gets. */
static bool any_to_copy(uint32_t first, uint32_t nr)
{
	const struct mm_page *page;

	for (page = &w.page[first]; nr; page++, nr--)
		if (page->file && !page->shared && !page->copy &&
		    (page->prot & PROT_WRITE))
			return true;
	return false;
}

static void op_mlock(void)
{
	uint32_t first = any_page(), nr = any_length(ARENA_PAGES - first);
	bool unlock = pick(2) || any_to_copy(first, nr);

	note("%s arena page %u, %u pages", unlock ? "munlock" : "mlock", first, nr);
	if (unlock)
		munlock(address(first), nr * MM_PAGE);
	else
		mlock(address(first), nr * MM_PAGE);
	cut_vma(first, nr);
}

/* Is a file mapped all over, behind its end or not, and its device there? */
static bool can_sync(uint32_t first, uint32_t nr)
{
	const struct mm_page *page;

	for (page = &w.page[first]; nr; page++, nr--)
		if (!page->file || page->file->gone)
			return false;
	return true;
}

static void op_msync(void)
{
	static const int flags[] = { MS_SYNC, MS_SYNC, MS_ASYNC,
				     MS_SYNC | MS_INVALIDATE };
	uint32_t first = any_page(), nr = any_length(ARENA_PAGES - first);
	int flag = flags[pick(ARRAY_SIZE(flags))], ret;

	note("msync arena page %u, %u pages, flags %d", first, nr, flag);
	ret = msync(address(first), nr * MM_PAGE, flag);
	see_flushes();
	if (ret && can_sync(first, nr) &&
	    (errno != EIO || !w.failed))
		wrong_errno("msync");
}

static void op_mincore(void)
{
	static unsigned char answer[ARENA_PAGES];
	uint32_t first = any_page(), nr = any_length(ARENA_PAGES - first);

	note("mincore arena page %u, %u pages", first, nr);
	mincore(address(first), nr * MM_PAGE, answer);
}

/* Is the unit there for one huge page, and has nobody small pages of it? */
static bool huge_is_due(uint32_t first)
{
	struct mm_page *page = &w.page[first];
	struct spot spot, other;
	uint32_t i;

	if (w.small_pages || page->nohuge || !one_vma(first, UNIT_PAGES) ||
	    page->index % UNIT_PAGES ||
	    may_access(page, false) != DONE ||
	    (uint64_t)(page->index + UNIT_PAGES) * MM_PAGE > page->file->size ||
	    !find_page(page->file, page->index, &spot))
		return false;
	for (i = 0; i < UNIT_PAGES; i++)
		if (spot.device->bad[spot.page + i] || w.page[first + i].copy ||
		    w.page[first + i].watched)
			return false;
	if (spot.device->pins[spot.page / UNIT_PAGES])
		return false;
	for (i = 0; i < ARENA_PAGES; i++)
		if ((i < first || i >= first + UNIT_PAGES) && w.page[i].file &&
		    find_page(w.page[i].file, w.page[i].index, &other) &&
		    other.device == spot.device &&
		    other.page / UNIT_PAGES == spot.page / UNIT_PAGES)
			return false;
	return true;
}

/* A unit that nobody else maps is mapped as one page, whatever was before. */
static void op_huge(void)
{
	uint32_t unit = pick(ARENA_UNITS) * UNIT_PAGES;
	struct mm_file *file = any_mapped_file();
	uint32_t index = pick(MAX_FILE_UNITS) * UNIT_PAGES, i;

	if (!file || open_model(file) < 0 || file->gone ||
	    (uint64_t)index * MM_PAGE >= file->size)
		return;
	note("huge page at arena page %u, file %ld page %u", unit,
	     file - w.file, index);
	if (mmap(address(unit), PMD_BYTES, PROT_READ, MAP_SHARED | MAP_FIXED,
		 file->fd, index * MM_PAGE) != address(unit))
		wrong_errno("mmap");
	map_model(file, unit, UNIT_PAGES, index, PROT_READ, true);
	load_check(unit + 5, 0, 8);
	if (!huge_is_due(unit))
		return;
	for (i = 0; i < UNIT_PAGES; i += 7)
		if (!(pagemap_of(unit + i) & PM_PRESENT))
			wrong("one touch maps page 5 of a unit, and not page %u", i);
}

static void op_load(void)
{
	static const uint32_t sizes[] = { 1, 8, 64, 64, 512, MM_PAGE };
	uint32_t len = sizes[pick(ARRAY_SIZE(sizes))], page = any_page();
	uint32_t offset = pick(MM_PAGE / len) * len;

	note("load arena page %u + %u, %u bytes", page, offset, len);
	load_check(page, offset, len);
}

static void op_store(void)
{
	static const uint32_t sizes[] = { 1, 8, 64, 64, 512, MM_PAGE };
	uint32_t len = sizes[pick(ARRAY_SIZE(sizes))], page = any_page();
	uint32_t offset = pick(MM_PAGE / len) * len;

	note("store arena page %u + %u, %u bytes", page, offset, len);
	store_check(page, offset, len);
}

/* A page of each mapping, and what is next to it. */
static void op_look_around(void)
{
	uint32_t step = 1 + pick(97), i;

	note("load each %uth page of the arena", step);
	for (i = 0; i < ARENA_PAGES; i += step)
		if (w.page[i].file)
			load_check(i, pick(64) * 64, 64);
}

static void op_thp(void)
{
	w.small_pages = pick(3) == 0;
	note("huge pages %s", w.small_pages ? "off" : "on");
	if (prctl(PR_SET_THP_DISABLE, w.small_pages, 0, 0, 0))
		wrong_errno("PR_SET_THP_DISABLE");
}

/* The child has what we have; what it stores to shared pages we have. */
static void in_child(void)
{
	uint32_t i, nr = 8 + pick(16);

	for (i = 0; i < ARENA_PAGES; i++) {
		if (w.page[i].dontfork)
			forget_page(&w.page[i]);
		w.page[i].watched = false;
	}
	while (nr--) {
		if (pick(2))
			load_check(any_page(), pick(64) * 64, 64);
		else
			store_check(any_page(), pick(64) * 64, 64);
		if (one_in(8))
			op_munmap();
	}
	_exit(0);
}

static void op_fork(void)
{
	int status;
	pid_t pid;

	note("fork");
	pid = fork();
	if (pid < 0)
		wrong_errno("fork");
	if (pid == 0)
		in_child();
	if (waitpid(pid, &status, 0) != pid)
		wrong_errno("waitpid");
	if (status)
		wrong("the child ended with 0x%x", status);
}

const struct operation map_operations[] = {
	{ "mmap", 40, op_mmap },
	{ "end", 8, op_end },
	{ "munmap", 8, op_munmap },
	{ "mprotect", 8, op_mprotect },
	{ "mremap", 10, op_mremap },
	{ "madvise", 14, op_madvise },
	{ "mlock", 3, op_mlock },
	{ "msync", 6, op_msync },
	{ "mincore", 2, op_mincore },
	{ "huge", 8, op_huge },
	{ "load", 60, op_load },
	{ "store", 60, op_store },
	{ "look", 4, op_look_around },
	{ "thp", 6, op_thp },
	{ "fork", 2, op_fork },
	{ }
};
