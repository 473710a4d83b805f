// SPDX-License-Identifier: GPL-2.0
/*
 * A virtual machine whose memory is a mapping: it runs two pieces of code, which
 * store and load one byte.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "poke.h"

#ifdef __x86_64__
/* Where the guest has its code, and the mapping. */
#define CODE 0x10000UL
#define MEMORY 0x40000000UL
#define LOAD 16			/* behind the code that stores */

/* mov %al,(%ebx) and out %al,$1; and mov (%ebx),%al and out %al,$1 */
static const uint8_t store_code[] = { 0x88, 0x03, 0xe6, 0x01 };
static const uint8_t load_code[] = { 0x8a, 0x03, 0xe6, 0x01 };

static int cpu;
static struct kvm_run *run;
static uint8_t *guest_memory;
static int run_error;

static int kvm(int fd, unsigned long request, void *arg, const char *what)
{
	int ret = ioctl(fd, request, arg);

	if (ret < 0)
		fail(what);
	return ret;
}

static void give_memory(int vm, unsigned int slot, uint64_t at, void *p,
			uint64_t len)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot,
		.guest_phys_addr = at,
		.memory_size = len,
		.userspace_addr = (uintptr_t)p,
	};

	kvm(vm, KVM_SET_USER_MEMORY_REGION, &region, "memory of the guest");
}

static void *make_code(void)
{
	uint8_t *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		fail("mmap");
	memcpy(page, store_code, sizeof(store_code));
	memcpy(page + LOAD, load_code, sizeof(load_code));
	return page;
}

/* 32 bits, all memory flat, no paging of its own. */
static void set_mode(void)
{
	struct kvm_segment flat = {
		.limit = 0xffffffff, .present = 1, .db = 1, .s = 1, .g = 1,
		.selector = 8, .type = 11,
	};
	struct kvm_sregs sregs;

	kvm(cpu, KVM_GET_SREGS, &sregs, "registers");
	sregs.cr0 |= 1;
	sregs.cs = flat;
	flat.type = 3;
	flat.selector = 16;
	sregs.ds = flat;
	sregs.ss = flat;
	kvm(cpu, KVM_SET_SREGS, &sregs, "registers");
}

void guest_start(uint8_t *memory, uint64_t len)
{
	int dev = open_file("/dev/kvm", O_RDWR);
	int vm = kvm(dev, KVM_CREATE_VM, NULL, "guest");

	give_memory(vm, 0, CODE, make_code(), 4096);
	give_memory(vm, 1, MEMORY, memory, len);
	guest_memory = memory;
	cpu = kvm(vm, KVM_CREATE_VCPU, NULL, "processor");
	run = mmap(NULL, kvm(dev, KVM_GET_VCPU_MMAP_SIZE, NULL, "processor"),
		   PROT_READ | PROT_WRITE, MAP_SHARED, cpu, 0);
	if (run == MAP_FAILED)
		fail("mmap of the processor");
	set_mode();
}

/* Runs until the guest says that it has done it. */
static void step(volatile uint8_t *addr)
{
	(void)addr;
	do
		run_error = ioctl(cpu, KVM_RUN, NULL) ? errno : 0;
	while (run_error == EINTR);
}

const char *guest_access(uint64_t offset, int *byte)
{
	struct kvm_regs regs = {
		.rip = *byte < 0 ? CODE + LOAD : CODE,
		.rax = *byte < 0 ? 0 : *byte,
		.rbx = MEMORY + offset,
		.rflags = 2,
	};
	const char *answer;

	kvm(cpu, KVM_SET_REGS, &regs, "registers");
	answer = try_access(step, guest_memory + offset);
	if (strcmp(answer, "ok"))
		return answer;
	if (run_error)
		return strerrorname_np(run_error);
	if (run->exit_reason != KVM_EXIT_IO)
		fail_say("the guest ended with %u", run->exit_reason);
	*byte = *((uint8_t *)run + run->io.data_offset);
	return "ok";
}
#else
void guest_start(uint8_t *memory, uint64_t len)
{
	(void)memory;
	(void)len;
	fail_say("what the guest would run is code of x86-64");
}

const char *guest_access(uint64_t offset, int *byte)
{
	(void)offset;
	(void)byte;
	fail_say("there is no guest");
}
#endif
