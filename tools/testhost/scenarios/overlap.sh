# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Two live files never share memory; a file that is unlinked but open, or only
# mapped, is alive.
#
# hosts: 1
# memory: static 256M
# modules: famfs

mount_famfs
unused=$(famfs-poke statfs "$MNT")
a=$MNT/a
b=$MNT/b
create "$a" size=6M ext=8M:6M
: >"$b"
refused EBUSY "the same extent" famfs-poke map "$b" size=6M ext=8M:6M
refused EBUSY "its first 2 MiB" famfs-poke map "$b" size=2M ext=8M:2M
refused EBUSY "its middle" famfs-poke map "$b" size=2M ext=10M:2M
refused EBUSY "its last 2 MiB" famfs-poke map "$b" size=2M ext=12M:2M
refused EBUSY "an extent around it" famfs-poke map "$b" size=16M ext=2M:16M
refused EBUSY "an extent that ends in it" famfs-poke map "$b" size=4M ext=6M:4M
refused EBUSY "an extent that starts in it" famfs-poke map "$b" size=4M ext=12M:4M
refused EBUSY "a second extent in it" \
	famfs-poke map "$b" size=4M ext=32M:2M ext=10M:2M
check "a refused map holds nothing of its first extent" \
	create "$MNT/c" size=2M ext=32M:2M
check "the neighbour before" create "$MNT/before" size=2M ext=6M:2M
check "the neighbour behind, from where it ends" \
	create "$MNT/behind" size=2M ext=14M:2M

create "$MNT/short" size=1 ext=64M:1
refused EBUSY "the 2 MiB in which another file has 1 byte" \
	famfs-poke map "$b" size=2M ext=64M:2M

hold "$a"
run rm "$a"
refused EBUSY "unlinked but open: its memory" famfs-poke map "$b" size=2M ext=8M:2M
gives ok "mapped by who has it open" ask map 0 6M
gives ok "who uses it" ask touch 4M
refused EBUSY "unlinked but mapped: its memory" \
	famfs-poke map "$b" size=2M ext=8M:2M
release
check "free once nobody has it open" famfs-poke map "$b" size=6M ext=8M:6M
run rm "$b"
check "free once it is removed" create "$MNT/d" size=4M ext=8M:4M
run rm -r "$MNT"/*
gives "$unused" "nothing is used when all files are gone" \
	famfs-poke statfs "$MNT"
