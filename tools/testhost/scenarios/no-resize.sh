# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# A mapped file cannot change size, and whatever tries leaves it valid.
#
# hosts: 1
# memory: static 256M
# modules: famfs

mount_famfs
f=$MNT/f
create "$f" size=4M ext=2M:4M
run famfs-poke fill "$f" 0 4M 1

whole() {
	check "the file is whole after it" sh -c \
		"[ \$(stat -c %s $f) = 4194304 ] && famfs-poke verify $f 0 4M 1"
}

refused EPERM "truncate to nothing" famfs-poke truncate "$f" 0
whole
refused EPERM "truncate to less" famfs-poke truncate "$f" 4194303
whole
refused EPERM "truncate to more" famfs-poke truncate "$f" 4194305
whole
refused EPERM "ftruncate to nothing" famfs-poke ftruncate "$f" 0
whole
refused EPERM "open with O_TRUNC" famfs-poke open-trunc "$f"
whole
refused EPERM "a shell's > into it" sh -c "echo x >$f"
whole
refused EFBIG "fallocate behind the end" famfs-poke fallocate "$f" 4M 2M
whole
refused EFBIG "a write with O_APPEND" famfs-poke append "$f" 1
whole

refused EPERM "an empty file cannot be truncated to a size" sh -c \
	": >$MNT/empty && famfs-poke truncate $MNT/empty 4096"
check "opening it with O_TRUNC changes nothing, and works" \
	famfs-poke open-trunc "$MNT/empty"
refused EIO "cp into the file system" cp /boot/vmlinuz "$MNT/copy"
gives 0 "leaves an empty file" stat -c %s "$MNT/copy"
check "which can have a map" famfs-poke map "$MNT/copy" size=4M ext=8M:4M
