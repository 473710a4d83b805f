/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FAMFS_FUZZ_MM_H
#define FAMFS_FUZZ_MM_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/famfs_ioctl.h>

#include "poke.h"

/*
 * A process of its own runs a round: operations that follow from the seed, the
 * round and their number alone.  Beside what it does it keeps a model of what
 * each byte of the devices must be, and of what is mapped where.
 */

#define MM_PAGE 4096UL
#define UNIT_PAGES (PMD_BYTES / MM_PAGE)
#define NR_DEVICES 2
#define ROUND_OPERATIONS 2000
#define NR_UNITS 20UL		/* of each device; unit 0 is the superblock's */
#define NR_DEVICE_PAGES (NR_UNITS * UNIT_PAGES)
#define NR_FILES 10
#define NR_PATHS 6		/* of each mount */
#define MAX_FILE_UNITS 4
#define ARENA_UNITS 8
#define ARENA_PAGES (ARENA_UNITS * UNIT_PAGES)
#define NR_PINS 4
#define MAX_PIN 3
#define OTHER_BYTES (16 * MM_PAGE)	/* of the file that direct I/O goes to */

/* What is known of a page of a device. */
enum badness {
	GOOD,
	BAD,
	UNKNOWN,		/* failed, but its driver may not know */
};

enum kind { FSDEV, FSDEV_CORE, PMEM };

struct device {
	char name[32];
	char node[64];
	enum kind kind;
	int mount;		/* index of its mount */
	int index;		/* in that mount */
	uint64_t pfn;		/* of its first page; 0 if not known */
	uint64_t start;		/* its physical address */
	uint8_t *bytes;		/* what must be there */
	struct mm_file *owner[NR_UNITS];
	uint8_t pins[NR_UNITS];
	uint8_t *bad;		/* enum badness of each page */
	uint8_t *dirty;		/* pages that are stored to and not written back */
};

/* Extents, or the strips of one that is interleaved. */
struct mm_shape {
	struct famfs_ioc_simple_extent list[MAX_FILE_UNITS];
	uint32_t nr;
	uint64_t chunk;		/* 0: not interleaved */
};

/* It may be much shorter than its units. */
struct mm_file {
	bool used;
	bool mapped;		/* has a map */
	bool gone;		/* its device was removed */
	int mount;
	int fd;			/* or -1 */
	int nr_names;
	int nr_pages;		/* of the arena */
	uint64_t size;
	uint32_t nr_units;
	struct { uint8_t dev, unit; } unit[MAX_FILE_UNITS];
	struct mm_shape shape;
};

struct mm_mount {
	char dir[128];
	int nr_devices;
	int device[NR_DEVICES];
	struct mm_file *path[NR_PATHS];
	bool going;		/* a device of it is being removed */
	int removed;		/* which */
};

/* A page of the arena.  Those of one number in @vma are surely in one VMA. */
struct mm_page {
	struct mm_file *file;	/* NULL: nothing is mapped */
	uint32_t index;
	uint32_t vma;
	uint8_t prot;
	bool shared, dontfork, nohuge, watched;
	uint8_t *copy;		/* of a private page that was stored to */
};

/* Pages in a pipe. */
struct mm_pin {
	int ends[2];
	uint32_t nr;
	uint32_t skip, len;	/* bytes of the first page before it; in all */
	struct { uint8_t dev; uint32_t page; } page[MAX_PIN];
};

struct world {
	bool failed;			/* memory of any file, once */
	bool dropped;			/* a file is gone, by this operation */
	uint64_t seed, round;
	uint64_t *nr;			/* of the operation */
	uint64_t state;			/* random numbers of the operation */
	bool verbose, small_pages, may_watch;
	const char *mount_pin;	/* how long the mounts let pages be pinned */
	int nr_devices, nr_mounts;
	struct device device[NR_DEVICES];
	struct mm_mount mount[NR_DEVICES];
	struct mm_file file[NR_FILES];
	struct mm_page page[ARENA_PAGES];
	struct mm_pin pin[NR_PINS];
	uint32_t last_vma;
	int other;			/* file for direct I/O */
	uint8_t *other_bytes;
	int watch;			/* userfaultfd, or -1 */
	int pagemap, memory;		/* of /proc/self */
	char text[512];			/* what the operation does */
};

extern struct world w;
extern uint8_t *const arena;

/* fuzz_mm.c */
uint64_t pick(uint64_t n);
bool one_in(uint64_t n);
bool left_out(const char *name);	/* by the setting without= */
void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void wrong(const char *fmt, ...)
	__attribute__((noreturn, format(printf, 1, 2)));
void wrong_errno(const char *what) __attribute__((noreturn));

/* fuzz_mm_model.c */
struct spot {
	struct device *device;
	uint32_t page;		/* of the device */
	uint8_t *bytes;
};

/* Where a page of a file lives; false if it is behind the end. */
bool find_page(const struct mm_file *file, uint32_t index, struct spot *spot);
bool is_behind_end(const struct mm_page *page);
enum badness page_badness(const struct mm_file *file, uint32_t index);
uint8_t *page_bytes(const struct mm_page *page);
struct mm_file *new_file_model(int mount);
void drop_file(struct mm_file *file);
void forget_page(struct mm_page *page);
void clear_pages(uint32_t first, uint32_t nr);
void cut_vma(uint32_t first, uint32_t nr);
bool one_vma(uint32_t first, uint32_t nr);
struct mm_file *any_file(void);
struct mm_file *any_mapped_file(void);
uint32_t any_page(void);
uint32_t any_length(uint32_t room);
uint32_t any_file_page(void);

/* fuzz_mm_access.c */
enum outcome { DONE = 1, SEGV = 2, BUS = 4 };
void catch_signals(void);
unsigned int may_access(const struct mm_page *page, bool store);
uint32_t pages_ok(uint32_t first, uint32_t nr, bool store);
enum outcome copy_out(void *to, const void *from, size_t len);
enum outcome copy_in(void *to, const void *from, size_t len);
enum outcome guard(void (*call)(void *data), void *data);
void check_bytes(const void *have, const void *want, size_t len,
		 const char *what);
void load_check(uint32_t page, uint32_t offset, uint32_t len);
void store_check(uint32_t page, uint32_t offset, uint32_t len);
void before_store(struct mm_page *page);
void was_stored(uint32_t addr, const void *bytes, size_t len);
bool same_memory(uint32_t first, uint32_t nr, const struct mm_file *file,
		 uint64_t offset, uint64_t len);
uint64_t pagemap_of(uint32_t page);
bool is_file_page_mapped(uint32_t page);
#define KPF_ANON 12
#define PM_PRESENT (1UL << 63)
void gather(uint32_t addr, size_t len, uint8_t *to);

/* fuzz_mm_files.c */
void mm_mount(int mount);
int open_model(struct mm_file *file);
struct mm_file *make_race_file(int name);
void start_removal(struct mm_mount *m, struct device *device);
void finish_removal(struct mm_mount *m);
void drop_mount(int mount);
void unpin(struct mm_pin *pin);
void check_all(void);
void learn_pfn(uint32_t page);

/* fuzz_mm_flush.c */
void flush_watch(void);
void flush_unwatch(void);
void see_flushes(void);
void is_dirty(const struct mm_page *page);
void is_lost(const struct spot *spot);
void check_synced(const struct mm_file *file);
void check_free(const char *when, bool all);

/* fuzz_mm_peer.c: another process, that does things to this one */
enum order { PEER_READ, PEER_WRITE, PEER_PEEK, PEER_POKE, PEER_MEM_READ,
	     PEER_MEM_WRITE, PEER_FAIL, PEER_UNBIND, PEER_UNBOUND };
struct letter {
	enum order order;
	int64_t ret;		/* or a negative errno */
	uint64_t addr;
	uint32_t len;
	uint8_t bytes[1024];
};

void peer_start(void);
int64_t peer_do(struct letter *letter);

/* Operations. */
struct operation {
	const char *name;
	unsigned int weight;
	void (*run)(void);
};

extern const struct operation map_operations[], io_operations[],
	file_operations[], upset_operations[];

/* fuzz_mm_race.c */
bool mm_can_race(void);
void mm_race(void);

#endif
