// SPDX-License-Identifier: GPL-2.0
/* Device cgroups of cgroup v2, which are BPF programs, as container managers attach. */
#include <fcntl.h>
#include <linux/bpf.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "poke.h"

#define LOAD(to, field) \
	{ .code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = (to), .src_reg = BPF_REG_1, \
	  .off = offsetof(struct bpf_cgroup_dev_ctx, field) }
#define ANSWER(value) \
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = (value) }
#define UNLESS(reg, value, skip) \
	{ .code = BPF_JMP | BPF_JNE | BPF_K, .dst_reg = (reg), .off = (skip), \
	  .imm = (value) }
#define EXIT { .code = BPF_JMP | BPF_EXIT }

static int sys_bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

/* One that allows a device and nothing else. */
static int load_program(int major, int minor)
{
	static char log[4096];
	const struct bpf_insn program[] = {
		LOAD(BPF_REG_2, major),
		LOAD(BPF_REG_3, minor),
		ANSWER(0),
		UNLESS(BPF_REG_2, major, 2),
		UNLESS(BPF_REG_3, minor, 1),
		ANSWER(1),
		EXIT,
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
		.insns = (uintptr_t)program,
		.insn_cnt = ARRAY_SIZE(program),
		.license = (uintptr_t)"GPL",
		.log_buf = (uintptr_t)log,
		.log_size = sizeof(log),
		.log_level = 1,
	};
	int fd = sys_bpf(BPF_PROG_LOAD, &attr);

	if (fd < 0) {
		puts(log);
		fail("BPF_PROG_LOAD");
	}
	return fd;
}

/*
 * device-cgroup DIRECTORY MAJOR:MINOR: its processes may open that device, and no
 * other
 */
int cmd_device_cgroup(int argc, char **argv)
{
	union bpf_attr attr = { .attach_type = BPF_CGROUP_DEVICE };
	int major, minor;

	if (argc != 3 || sscanf(argv[2], "%d:%d", &major, &minor) != 2)
		fail_say("usage: device-cgroup DIRECTORY MAJOR:MINOR");
	attr.target_fd = open_file(argv[1], O_RDONLY | O_DIRECTORY);
	attr.attach_bpf_fd = load_program(major, minor);
	if (sys_bpf(BPF_PROG_ATTACH, &attr))
		fail("BPF_PROG_ATTACH");
	return 0;
}
