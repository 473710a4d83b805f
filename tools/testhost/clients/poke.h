/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FAMFS_POKE_H
#define FAMFS_POKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Print what failed with its errno's name, and exit with status 1. */
void fail(const char *what) __attribute__((noreturn));
/* Print a message and exit with status 1. */
void fail_say(const char *fmt, ...)
	__attribute__((noreturn, format(printf, 1, 2)));
/* A number: decimal or 0x, with K, M or G behind it. */
uint64_t number(const char *text);
int open_file(const char *path, int flags);
/* Give an open file a map of 2 MiB: one extent, at an offset of the memory. */
void give_map(int fd, uint64_t offset);
/* Of the time stamp counter, which counts instructions on hosts that do. */
uint64_t ticks(void);
/* Memory of that size that ends where the address space has a hole. */
void *before_hole(size_t size);
/*
 * Map a range of a file, or of a device that maps whole units only (2 MiB, or
 * more if it is aligned to more): whole units are mapped, and the address of the
 * offset returned.
 */
void *map_range(int fd, uint64_t offset, uint64_t len, int prot, int flags);

#define PMD_BYTES (2UL << 20)
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
/* Access memory and answer "ok", or which SIGBUS came of it. */
const char *try_access(void (*access)(volatile uint8_t *addr),
		       volatile uint8_t *addr);
void load_byte(volatile uint8_t *addr);
/* Store the byte that is there. */
void store_byte(volatile uint8_t *addr);

int cmd_map(int argc, char **argv);
int cmd_map_bad_pointer(int argc, char **argv);
int cmd_get(int argc, char **argv);
int cmd_map2(int argc, char **argv);
int cmd_get2(int argc, char **argv);
int cmd_getext(int argc, char **argv);
int cmd_nop(int argc, char **argv);
int cmd_ioctl(int argc, char **argv);
int cmd_ioctl32(int argc, char **argv);

int cmd_fill(int argc, char **argv);
int cmd_verify(int argc, char **argv);
int cmd_read(int argc, char **argv);
int cmd_write(int argc, char **argv);
int cmd_half_buffer(int argc, char **argv);
int cmd_append(int argc, char **argv);
int cmd_fsync(int argc, char **argv);
int cmd_open_trunc(int argc, char **argv);
int cmd_truncate(int argc, char **argv);
int cmd_ftruncate(int argc, char **argv);

int cmd_fallocate(int argc, char **argv);
int cmd_posix_fallocate(int argc, char **argv);
int cmd_store_race(int argc, char **argv);

int cmd_advise(int argc, char **argv);

int cmd_stores(int argc, char **argv);

int cmd_features(int argc, char **argv);
int cmd_futex(int argc, char **argv);
int cmd_futex_left(int argc, char **argv);

int cmd_mmap(int argc, char **argv);
int cmd_cachestat(int argc, char **argv);
int cmd_touch(int argc, char **argv);
int cmd_cat(int argc, char **argv);
int cmd_view(int argc, char **argv);
int cmd_private(int argc, char **argv);
int cmd_guard(int argc, char **argv);
int cmd_store_first(int argc, char **argv);
int cmd_word(int argc, char **argv);
int cmd_poison(int argc, char **argv);

/* 8 requests in flight, waited for. */
void uring_io(int fd, uint8_t *buf, uint64_t offset, uint64_t len, bool write);
/* A ring with that memory as its fixed buffer: 0, or the errno of registering it. */
int ring_register(void *buffer, uint64_t len);
/* Direct I/O from the start of a file into a part of it; bytes. */
int ring_read(const char *path, void *to, uint64_t len);
int ring_end(void);
/* A read from the start of a file, or of a pipe, into memory that no ring knows. */
ssize_t uring_read(int fd, void *to, size_t len);
int cmd_uring_buffer(int argc, char **argv);
int cmd_stopped(int argc, char **argv);
int cmd_uring_nowait(int argc, char **argv);
int cmd_nowait(int argc, char **argv);

int cmd_copy(int argc, char **argv);
int cmd_seek(int argc, char **argv);
int cmd_direct(int argc, char **argv);

int cmd_remote_copy(int argc, char **argv);
int cmd_ptrace(int argc, char **argv);
int cmd_core(int argc, char **argv);
int cmd_kernel_store(int argc, char **argv);
int cmd_areas(int argc, char **argv);
int cmd_contains(int argc, char **argv);
int cmd_times(int argc, char **argv);

/* A virtual machine whose memory starts with that. */
void guest_start(uint8_t *memory, uint64_t len);
/*
 * Have it store *BYTE at an offset of it, or load *BYTE if that is -1: "ok", or which
 * SIGBUS or errno came of it.
 */
const char *guest_access(uint64_t offset, int *byte);
int cmd_hold(int argc, char **argv);

int cmd_vfio(int argc, char **argv);
int cmd_device_cgroup(int argc, char **argv);

int cmd_mount(int argc, char **argv);
int cmd_contexts(int argc, char **argv);
int cmd_remount(int argc, char **argv);
int cmd_statfs(int argc, char **argv);
int cmd_idmap(int argc, char **argv);
int cmd_tmpfile(int argc, char **argv);

int cmd_files(int argc, char **argv);
int cmd_reads(int argc, char **argv);
int cmd_faults(int argc, char **argv);

int cmd_nomem(int argc, char **argv);

int cmd_journal(int argc, char **argv);
int cmd_journal_check(int argc, char **argv);

int cmd_race(int argc, char **argv);

int cmd_written(int argc, char **argv);
int cmd_fuzz_ioctl(int argc, char **argv);
int cmd_fuzz_mm(int argc, char **argv);
int cmd_pins(int argc, char **argv);

#endif
