// SPDX-License-Identifier: GPL-2.0
/* Access to the arena, and whether what comes of it is what must. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz_mm.h"

static __thread sigjmp_buf before;
static __thread volatile sig_atomic_t guarded;

static void on_signal(int sig, siginfo_t *info, void *context)
{
	static const char text[] = "FAULT: a signal that nobody caused\n";

	(void)context;
	/* A failure that somebody else found, told early. */
	if (sig == SIGBUS && info->si_code == BUS_MCEERR_AO)
		return;
	if (guarded)
		siglongjmp(before, sig);
	(void)!write(STDOUT_FILENO, text, sizeof(text) - 1);
	signal(sig, SIG_DFL);
}

void catch_signals(void)
{
	struct sigaction action = {
		.sa_sigaction = on_signal,
		.sa_flags = SA_SIGINFO | SA_RESTART,
	};

	if (sigaction(SIGBUS, &action, NULL) || sigaction(SIGSEGV, &action, NULL))
		fail("sigaction");
}

enum outcome guard(void (*call)(void *data), void *data)
{
	int sig = sigsetjmp(before, 1);

	if (!sig) {
		guarded = 1;
		call(data);
	}
	guarded = 0;
	if (!sig)
		return DONE;
	return sig == SIGBUS ? BUS : SEGV;
}

struct copy {
	uint8_t *to;
	const uint8_t *from;
	size_t len;
};

/* One access where the length is that of one. */
static void do_copy(void *data)
{
	struct copy *c = data;

	switch (c->len) {
	case 1:
		*(volatile uint8_t *)c->to = *(volatile uint8_t *)c->from;
		break;
	case 8:
		*(volatile uint64_t *)c->to = *(volatile uint64_t *)c->from;
		break;
	default:
		memcpy(c->to, c->from, c->len);
	}
}

enum outcome copy_out(void *to, const void *from, size_t len)
{
	struct copy c = { to, from, len };

	return guard(do_copy, &c);
}

enum outcome copy_in(void *to, const void *from, size_t len)
{
	return copy_out(to, from, len);
}

/* What may come of an access, as a set of outcomes. */
unsigned int may_access(const struct mm_page *page, bool store)
{
	struct spot spot;

	if (!page->file || page->prot == PROT_NONE ||
	    (store && !(page->prot & PROT_WRITE)))
		return SEGV;
	if (page->copy)
		return DONE;
	if (page->file->gone || !find_page(page->file, page->index, &spot))
		return BUS;
	switch (spot.device->bad[spot.page]) {
	case BAD:
		return BUS;
	case UNKNOWN:
		return BUS | DONE;
	}
	return DONE;
}

/* How many pages from the first on can surely be accessed. */
uint32_t pages_ok(uint32_t first, uint32_t nr, bool store)
{
	uint32_t i;

	for (i = 0; i < nr && first + i < ARENA_PAGES; i++)
		if (may_access(&w.page[first + i], store) != DONE)
			break;
	return i;
}

static const char *name_of_outcome(unsigned int outcome)
{
	static const char * const names[] = {
		[DONE] = "access", [SEGV] = "SIGSEGV", [BUS] = "SIGBUS",
		[BUS | DONE] = "access or SIGBUS",
	};

	return names[outcome];
}

void check_bytes(const void *have, const void *want, size_t len,
		 const char *what)
{
	const uint8_t *h = have, *n = want;
	size_t i;

	if (!memcmp(have, want, len))
		return;
	for (i = 0; h[i] == n[i]; i++)
		;
	wrong("%s: byte %zu of %zu is 0x%02x, not 0x%02x", what, i, len, h[i],
	      n[i]);
}

static void check_outcome(uint32_t page, bool store, enum outcome outcome)
{
	unsigned int may = may_access(&w.page[page], store);

	if (!(outcome & may))
		wrong("%s of arena page %u: %s, not %s",
		      store ? "store" : "load", page, name_of_outcome(outcome),
		      name_of_outcome(may));
}

void load_check(uint32_t page, uint32_t offset, uint32_t len)
{
	uint8_t have[MM_PAGE];
	enum outcome outcome = copy_out(have, arena + page * MM_PAGE + offset, len);

	check_outcome(page, false, outcome);
	if (outcome == DONE)
		check_bytes(have, page_bytes(&w.page[page]) + offset, len,
			    "load");
}

/* A private page that is stored to becomes a copy. */
void before_store(struct mm_page *page)
{
	uint8_t *copy;

	if (page->shared || page->copy)
		return;
	copy = malloc(MM_PAGE);
	memcpy(copy, page_bytes(page), MM_PAGE);
	page->copy = copy;
}

void was_stored(uint32_t addr, const void *bytes, size_t len)
{
	const uint8_t *from = bytes;
	struct mm_page *page;
	size_t part;

	for (; len; len -= part, addr += part, from += part) {
		page = &w.page[addr / MM_PAGE];
		part = MM_PAGE - addr % MM_PAGE;
		if (part > len)
			part = len;
		before_store(page);
		is_dirty(page);
		memcpy(page_bytes(page) + addr % MM_PAGE, from, part);
	}
}

void store_check(uint32_t page, uint32_t offset, uint32_t len)
{
	uint8_t value[MM_PAGE];
	enum outcome outcome;

	memset(value, pick(256), len);
	*(uint8_t *)value = pick(256);
	outcome = copy_in(arena + page * MM_PAGE + offset, value, len);
	check_outcome(page, true, outcome);
	if (outcome == DONE)
		was_stored(page * MM_PAGE + offset, value, len);
}

/* What must be in a range that can be loaded. */
void gather(uint32_t addr, size_t len, uint8_t *to)
{
	size_t part;

	for (; len; len -= part, addr += part, to += part) {
		part = MM_PAGE - addr % MM_PAGE;
		if (part > len)
			part = len;
		memcpy(to, page_bytes(&w.page[addr / MM_PAGE]) + addr % MM_PAGE,
		       part);
	}
}

/* Do pages of the arena show what a range of a file has? */
bool same_memory(uint32_t first, uint32_t nr, const struct mm_file *file,
		 uint64_t offset, uint64_t len)
{
	struct spot a, b;
	uint64_t at;
	uint32_t i;

	for (at = offset / MM_PAGE; at <= (offset + len) / MM_PAGE; at++)
		for (i = first; i < first + nr; i++)
			if (w.page[i].file && !w.page[i].copy &&
			    find_page(w.page[i].file, w.page[i].index, &a) &&
			    find_page(file, at, &b) && a.bytes == b.bytes)
				return true;
	return false;
}

uint64_t pagemap_of(uint32_t page)
{
	uint64_t entry;
	off_t at = ((uintptr_t)arena / MM_PAGE + page) * sizeof(entry);

	if (pread(w.pagemap, &entry, sizeof(entry), at) != sizeof(entry))
		wrong_errno("pagemap");
	return entry;
}

/*
 * Memory of the file, and not a copy, as mlock makes some of private pages.  On 7.2
 * nothing tells of pages behind the RAM, of which no copies are made.
 */
bool is_file_page_mapped(uint32_t page)
{
	uint64_t entry = pagemap_of(page), flags = 0;
	static int kpageflags = -1;
	ssize_t len;

	if (!(entry & PM_PRESENT))
		return false;
	if (kpageflags < 0)
		kpageflags = open_file("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	len = pread(kpageflags, &flags, sizeof(flags),
		    (entry & ((1UL << 55) - 1)) * sizeof(flags));
	if (len < 0)
		wrong_errno("kpageflags");
	return !(flags & 1UL << KPF_ANON);
}
