# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Where the kernel pins no page of a dax file system for long, pin=long is refused; the
# raw device, with device_dax, is the fixed buffer of an io_uring.
#
# hosts: 1
# only: 7.2: earlier kernels have pin=long
# memory: static 256M
# modules: famfs disk

run dd if=/boot/vmlinuz of=/dev/ram0 bs=64K count=16 conv=notrunc status=none
first=$(od -An -N1 -t u1 /dev/ram0 | xargs)

hold "/dev/$DEV"
gives ok "the device is mapped" ask map 32M 8M
gives ok "it becomes the buffer of a ring" ask register 0 8M
gives 65536 "direct I/O goes there" ask fixed 1M 65536
gives "$first" "where the process finds it" ask value 1M
gives 0 "the ring ends" ask unregister 0
release

to_fsdev "$DEV"
mkdir -p "$MNT"
refused EOPNOTSUPP "pin=long" famfs-poke mount "/dev/$DEV" "$MNT" pin=long
also "this kernel pins no page of a dax file system for long" "and why"
check "pin=short" mount -t famfs -o pin=short "/dev/$DEV" "$MNT"
create "$MNT/f" size=8M ext=32M:8M
check "what came by the ring is in a file over that memory" \
	cmp -n 65536 "$MNT/f" /dev/ram0 1048576 0
hold "$MNT/f"
gives ok "it is mapped" ask map 0 8M
gives EOPNOTSUPP "which is no buffer" ask register 0 8M
release
