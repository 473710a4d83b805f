# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# The ioctls of 32-bit processes: those whose structures have no pointers work.
#
# machine: x86_64: a process of arm64 cannot make the system calls of 32-bit ones
# hosts: 1
# memory: static 256M
# modules: famfs

mount_famfs
f=$MNT/f
: >"$f"
gives "nop ok
create_v2 ENOTTY
create ok
create again EEXIST
get ok
size 2097152 extents 1 8388608:2097152
getext ok
8388608:2097152
get_v2 ENOTTY" "every call of a 32-bit process" famfs-poke ioctl32 "$f" 8M
gives "extent_type=0 file_type=0 size=2097152 0x800000:0x200000" \
	"a 64-bit process sees the same map" famfs-poke get "$f"
