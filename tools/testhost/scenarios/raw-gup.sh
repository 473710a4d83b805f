# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# System calls that get the pages of a raw mapping store to it, one that looks for page
# cache finds none, and mappings that become one leave nothing behind.
#
# hosts: 1
# only: stock debug: the kernel's own fsdev_dax offers no raw mappings
# memory: static 64M
# modules: famfs disk

to_fsdev "$DEV"
node=/dev/$DEV
mkdir -p "$MNT" /mnt/disk
run mke2fs -q -F -t ext4 /dev/ram0 16M
run mount -t ext4 /dev/ram0 /mnt/disk
run famfs-poke fill "$node" 2M 4M 7 mmap
gives 0x1 "before" famfs-poke word "$node" 4M 0x1
prints 0x55 "ptrace stores a word" famfs-poke ptrace "$node" 4M shared 0x55
gives 0x55 "which is there" famfs-poke word "$node" 4M
run dd if=/dev/urandom of=/mnt/disk/x bs=4096 count=64
check "direct I/O into it" famfs-poke direct in /mnt/disk/x "$node" 6M 256K
run umount /mnt/disk
gives 0x55 "it maps as before" famfs-poke word "$node" 4M
gives "0 there, 0 dirty, 0 evicted" "what is mapped is not taken for page cache" \
	famfs-poke cachestat "$node" 2M 4M
gives "0 there, 0 dirty, 0 evicted" "small pages are not, either" \
	famfs-poke cachestat "$node" 8196K 64K
check "and is free for a mount" mount -t famfs "$node" "$MNT"
