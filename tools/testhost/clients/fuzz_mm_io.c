// SPDX-License-Identifier: GPL-2.0
/* Other ways to the bytes of a mapping: other processes, pins, direct I/O, rings. */
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <linux/fs.h>
#include <linux/userfaultfd.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "fuzz_mm.h"

/* linux/fs.h has them from 6.7 on. */
struct scan_region {
	uint64_t start, end, categories;
};

struct scan {
	uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
	uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};

#define SCAN_IOCTL _IOWR('f', 16, struct scan)
#define SCAN_WP_MATCHING 1
#define SCAN_CHECK_WPASYNC 2
#define SCAN_WRITTEN 2

#ifndef UFFD_FEATURE_WP_ASYNC
#define UFFD_FEATURE_WP_ASYNC (1 << 15)
#endif
#ifndef UFFD_FEATURE_WP_UNPOPULATED
#define UFFD_FEATURE_WP_UNPOPULATED (1 << 13)
#endif

/* A few bytes of a page, which can surely be accessed if @ok says so. */
struct piece {
	uint32_t page, addr, len;
	bool write, ok, sure;
};

static struct piece any_piece(uint32_t most)
{
	struct piece p = { .page = any_page(), .write = pick(2) };
	unsigned int may = may_access(&w.page[p.page], p.write);
	uint32_t offset;

	p.len = 8 * (1 + pick(most / 8));
	offset = pick((MM_PAGE - p.len) / 8 + 1) * 8;
	p.addr = p.page * MM_PAGE + offset;
	p.ok = may == DONE;
	p.sure = !(may & (may - 1));
	return p;
}

/* What came of a piece. */
static void piece_done(const struct piece *p, int64_t ret, uint8_t *bytes,
		       const char *what)
{
	if (p->sure && p->ok && ret != p->len)
		wrong("%s of %u bytes: %ld", what, p->len, ret);
	if (p->sure && !p->ok && ret >= 0)
		wrong("%s of %u bytes that cannot be: %ld", what, p->len, ret);
	if (ret != p->len)
		return;
	if (p->write)
		was_stored(p->addr, bytes, p->len);
	else
		check_bytes(bytes, page_bytes(&w.page[p->page]) +
			    p->addr % MM_PAGE, p->len, what);
}

static void op_process_vm(void)
{
	struct piece p = any_piece(1024);
	uint8_t bytes[1024];
	struct iovec here = { bytes, p.len };
	struct iovec there = { arena + p.addr, p.len };
	int64_t ret;

	note("process_vm_%sv, arena + 0x%x, %u bytes", p.write ? "write" : "read",
	     p.addr, p.len);
	memset(bytes, pick(256), sizeof(bytes));
	ret = p.write ? process_vm_writev(getpid(), &here, 1, &there, 1, 0) :
			process_vm_readv(getpid(), &here, 1, &there, 1, 0);
	piece_done(&p, ret, bytes, "process_vm");
}

static void op_peer(void)
{
	static const enum order orders[][2] = {
		{ PEER_READ, PEER_WRITE }, { PEER_PEEK, PEER_POKE },
		{ PEER_MEM_READ, PEER_MEM_WRITE },
	};
	int way = pick(3);
	struct piece p = any_piece(way == 1 ? 8 : 1024);
	struct letter l = {
		.order = orders[way][p.write], .len = p.len,
		.addr = (uintptr_t)arena + p.addr,
	};
	int64_t ret;

	/* Two of these ways pass over the protection of pages. */
	if (way && !p.ok && (p.write || w.page[p.page].prot == PROT_NONE))
		return;
	if (p.write && !w.page[p.page].shared && !w.page[p.page].copy &&
	    left_out("remote-copy"))
		return;
	note("another process %ss by %s, arena + 0x%x, %u bytes",
	     p.write ? "write" : "read",
	     way == 0 ? "process_vm" : way == 1 ? "ptrace" : "/proc/PID/mem",
	     p.addr, p.len);
	memset(l.bytes, pick(256), sizeof(l.bytes));
	ret = peer_do(&l);
	piece_done(&p, ret, l.bytes, "access by another process");
}

static void op_pagemap(void)
{
	uint32_t page = any_page();
	uint64_t entry = pagemap_of(page);

	note("pagemap of arena page %u: 0x%lx", page, entry);
	if ((entry & PM_PRESENT) && !w.page[page].file)
		wrong("pagemap: a page where nothing is mapped");
	if ((entry & PM_PRESENT) && !w.page[page].copy &&
	    page_badness(w.page[page].file, w.page[page].index) == BAD)
		wrong("pagemap: a bad page is mapped");
	if ((entry & PM_PRESENT) && !w.page[page].copy && w.page[page].file->gone)
		wrong("pagemap: a page of a device that is gone is mapped");
	if ((entry & PM_PRESENT) && is_behind_end(&w.page[page]))
		wrong("pagemap: a page behind the end of its file is mapped");
}

static void op_pin(void)
{
	struct mm_pin *pin = &w.pin[pick(NR_PINS)];
	uint32_t page = any_page(), nr = 1 + pick(MAX_PIN), i, skip = pick(MM_PAGE);
	struct iovec pages;
	struct spot spot;
	int64_t ret;

	nr = pages_ok(page, nr, false);
	for (i = 0; i < nr && !w.page[page + i].copy; i++)
		;
	nr = i;
	if (pin->nr || !nr)
		return;
	note("pin %ld: arena page %u, %u pages", pin - w.pin, page, nr);
	if (pipe2(pin->ends, O_CLOEXEC))
		wrong_errno("pipe");
	pages.iov_base = arena + page * MM_PAGE + skip;
	pages.iov_len = nr * MM_PAGE - skip;
	ret = vmsplice(pin->ends[1], &pages, 1, SPLICE_F_NONBLOCK);
	if (ret != (int64_t)pages.iov_len)
		wrong("vmsplice: %ld %m", ret);
	pin->nr = nr;
	pin->skip = skip;
	pin->len = ret;
	for (i = 0; i < nr; i++) {
		find_page(w.page[page + i].file, w.page[page + i].index, &spot);
		pin->page[i].dev = spot.device - w.device;
		pin->page[i].page = spot.page;
		spot.device->pins[spot.page / UNIT_PAGES]++;
	}
}

static uint8_t *pinned_page(struct mm_pin *pin, uint32_t i)
{
	return w.device[pin->page[i].dev].bytes + pin->page[i].page * MM_PAGE;
}

/* What the pipe has is what the memory has now. */
void unpin(struct mm_pin *pin)
{
	static uint8_t have[MAX_PIN * MM_PAGE], want[MAX_PIN * MM_PAGE];
	struct device *device;
	uint32_t i;

	if (!pin->nr)
		return;
	note("unpin %ld", pin - w.pin);
	for (i = 0; i < pin->nr; i++)
		memcpy(want + i * MM_PAGE, pinned_page(pin, i), MM_PAGE);
	if (read(pin->ends[0], have, sizeof(have)) != pin->len)
		wrong_errno("read of the pipe");
	check_bytes(have, want + pin->skip, pin->len, "pinned pages");
	close(pin->ends[0]);
	close(pin->ends[1]);
	for (i = 0; i < pin->nr; i++) {
		device = &w.device[pin->page[i].dev];
		device->pins[pin->page[i].page / UNIT_PAGES]--;
	}
	pin->nr = 0;
}

static void op_unpin(void)
{
	unpin(&w.pin[pick(NR_PINS)]);
}

/* Direct I/O of another file system's file, into a mapping and out of it. */
static void op_direct(void)
{
	uint32_t page = any_page(), nr = 1 + pick(8), addr, len;
	uint64_t at = pick(OTHER_BYTES / 512) * 512;
	bool into = pick(2);
	int64_t ret;

	nr = pages_ok(page, nr, into);
	addr = page * MM_PAGE + pick(8) * 512;
	len = (1 + pick(nr * 8 + 1)) * 512;
	if (addr + len > (page + nr) * MM_PAGE || at + len > OTHER_BYTES)
		return;
	note("direct I/O %s the arena + 0x%x, %u bytes", into ? "into" : "out of",
	     addr, len);
	ret = into ? pread(w.other, arena + addr, len, at) :
		     pwrite(w.other, arena + addr, len, at);
	if (ret != len)
		wrong("direct I/O: %ld of %u %m", ret, len);
	if (into)
		was_stored(addr, w.other_bytes + at, len);
	else
		gather(addr, len, w.other_bytes + at);
}

/* A buffer where nothing can be accessed: behind a file's end, as a rule. */
static void op_refused(void)
{
	uint32_t page = any_page();
	struct iovec iov = { arena + page * MM_PAGE, MM_PAGE };
	int way = pick(3), ends[2];
	int64_t ret;

	if (may_access(&w.page[page], way == 0) & DONE)
		return;
	note("%s, arena page %u, that cannot be", way == 0 ? "direct read" :
	     way == 1 ? "direct write" : "vmsplice", page);
	if (pipe2(ends, O_CLOEXEC))
		wrong_errno("pipe");
	if (way == 0)
		ret = pread(w.other, iov.iov_base, iov.iov_len, 0);
	else if (way == 1)
		ret = pwrite(w.other, iov.iov_base, iov.iov_len, 0);
	else
		ret = vmsplice(ends[1], &iov, 1, SPLICE_F_NONBLOCK);
	if (ret >= 0)
		wrong("arena page %u, that cannot be accessed, is a buffer", page);
	close(ends[0]);
	close(ends[1]);
}

static int64_t ring_result(struct io_uring *ring)
{
	struct io_uring_cqe *cqe;
	int64_t ret;

	if (io_uring_submit(ring) != 1 || io_uring_wait_cqe(ring, &cqe))
		wrong("io_uring");
	ret = cqe->res;
	io_uring_cqe_seen(ring, cqe);
	return ret;
}

/* One request of the other file, with a buffer in the arena, registered or not. */
static void op_uring(void)
{
	uint32_t page = any_page(), nr = 1 + pick(4), len;
	bool into = pick(2), fixed = pick(2);
	struct io_uring_sqe *sqe;
	struct io_uring ring;
	struct iovec iov;
	int64_t ret;

	nr = pages_ok(page, nr, true);
	len = nr * MM_PAGE;
	if (!nr)
		return;
	note("io_uring %s the arena page %u, %u pages%s", into ? "into" : "out of",
	     page, nr, fixed ? ", registered" : "");
	if (io_uring_queue_init(2, &ring, 0))
		wrong("io_uring_queue_init");
	iov = (struct iovec){ arena + page * MM_PAGE, len };
	/* To register them stores to them, as far as copies go. */
	if (fixed) {
		ret = io_uring_register_buffers(&ring, &iov, 1);
		for (uint32_t i = 0; i < nr; i++)
			if (!ret || w.page[page + i].copy)
				before_store(&w.page[page + i]);
		if (ret)
			goto out;
	}
	sqe = io_uring_get_sqe(&ring);
	if (into && fixed)
		io_uring_prep_read_fixed(sqe, w.other, iov.iov_base, len, 0, 0);
	else if (into)
		io_uring_prep_read(sqe, w.other, iov.iov_base, len, 0);
	else if (fixed)
		io_uring_prep_write_fixed(sqe, w.other, iov.iov_base, len, 0, 0);
	else
		io_uring_prep_write(sqe, w.other, iov.iov_base, len, 0);
	ret = ring_result(&ring);
	if (ret != len)
		wrong("io_uring: %ld of %u", ret, len);
	if (into)
		was_stored(page * MM_PAGE, w.other_bytes, len);
	else
		gather(page * MM_PAGE, len, w.other_bytes);
out:
	io_uring_queue_exit(&ring);
}

static int open_watch(void)
{
	struct uffdio_api api = {
		.api = UFFD_API,
		.features = UFFD_FEATURE_WP_ASYNC | UFFD_FEATURE_WP_UNPOPULATED,
	};

	if (w.watch >= 0)
		return w.watch;
	w.watch = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (w.watch < 0)
		wrong_errno("userfaultfd");
	if (ioctl(w.watch, UFFDIO_API, &api))
		wrong_errno("UFFDIO_API");
	return w.watch;
}

/* Ask which pages were written to, and let the next answer be about later ones. */
static int64_t scan(uint32_t page, uint32_t nr, struct scan_region *found,
		    uint32_t room, uint64_t flags)
{
	struct scan arg = {
		.size = sizeof(arg), .flags = flags,
		.start = (uintptr_t)arena + page * MM_PAGE,
		.end = (uintptr_t)arena + (page + nr) * MM_PAGE,
		.vec = (uintptr_t)found, .vec_len = room,
		.category_mask = SCAN_WRITTEN, .return_mask = SCAN_WRITTEN,
	};

	return ioctl(w.pagemap, SCAN_IOCTL, &arg);
}

/* A store after a scan is reported by the next one. */
static void op_watch(void)
{
	uint32_t first = any_page(), nr = any_length(ARENA_PAGES - first), i, page;
	struct uffdio_register area = {
		.range = { (uintptr_t)arena + first * MM_PAGE, nr * MM_PAGE },
		.mode = UFFDIO_REGISTER_MODE_WP,
	};
	struct scan_region found[32];

	if (!one_vma(first, nr) || pages_ok(first, nr, true) < nr)
		return;
	note("watch stores to arena page %u, %u pages", first, nr);
	if (ioctl(open_watch(), UFFDIO_REGISTER, &area))
		return;
	cut_vma(first, nr);
	for (i = first; i < first + nr; i++)
		w.page[i].watched = true;
	page = first + pick(nr);
	store_check(page, 8, 8);
	if (scan(first, nr, found, 32, SCAN_WP_MATCHING | SCAN_CHECK_WPASYNC) < 0)
		wrong_errno("PAGEMAP_SCAN");
	store_check(page, 16, 8);
	if (scan(page, 1, found, 32, SCAN_CHECK_WPASYNC) != 1)
		wrong("PAGEMAP_SCAN does not tell a store to page %u", page);
}

static void op_unwatch(void)
{
	uint32_t i;

	if (w.watch < 0)
		return;
	note("watch no stores any more");
	close(w.watch);
	w.watch = -1;
	cut_vma(0, ARENA_PAGES);
	for (i = 0; i < ARENA_PAGES; i++)
		w.page[i].watched = false;
}

const struct operation io_operations[] = {
	{ "process-vm", 6, op_process_vm },
	{ "peer", 6, op_peer },
	{ "pagemap", 4, op_pagemap },
	{ "pin", 5, op_pin },
	{ "unpin", 4, op_unpin },
	{ "direct", 8, op_direct },
	{ "refused", 6, op_refused },
	{ "uring", 3, op_uring },
	{ "watch", 3, op_watch },
	{ "unwatch", 2, op_unwatch },
	{ }
};
