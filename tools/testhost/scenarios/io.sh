# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# read, write and mmap of one file agree, across extents that are not
# neighbours; nothing works before the map; nothing grows at the end.
#
# hosts: 1
# memory: static 256M
# modules: famfs

mount_famfs
f=$MNT/f
: >"$f"
refused EIO "read before the map" famfs-poke read "$f" 0 4K
refused EIO "write before the map" famfs-poke write "$f" 0 4K
refused EIO "mmap before the map" famfs-poke mmap "$f" 0 2M

# 5 MiB and 100 bytes: second extent first on the device, and not filled.
size=$((5 * 1024 * 1024 + 100))
check "a file of two extents" famfs-poke map "$f" size=$size ext=32M:2M ext=8M:4M
check "written by write" famfs-poke fill "$f" 0 $size 1
check "reads the same by mmap" famfs-poke verify "$f" 0 $size 1 mmap
check "written by mmap" famfs-poke fill "$f" 0 $size 2 mmap
check "reads the same by read" famfs-poke verify "$f" 0 $size 2
check "a write across the extents, unaligned" famfs-poke fill "$f" 2097001 333 3
check "reads the same by mmap" famfs-poke verify "$f" 2097001 333 3 mmap
check "and what is before is untouched" famfs-poke verify "$f" 0 2097001 2
check "and what is behind is untouched" \
	famfs-poke verify "$f" 2097334 $((size - 2097334)) 2
check "another file is next to it" create "$MNT/g" size=4M ext=12M:4M
check "filled" famfs-poke fill "$MNT/g" 0 4M 4
check "without a change to the first" \
	famfs-poke verify "$f" 2097334 $((size - 2097334)) 2
check "fsync" famfs-poke fsync "$f"

gives 100 "a read across the end is short" famfs-poke read "$f" $((size - 100)) 4K
gives 0 "a read at the end gives nothing" famfs-poke read "$f" $size 4K
gives 0 "a read far behind the end gives nothing" famfs-poke read "$f" 1G 4K
gives 0 "a read of the last byte that could be gives nothing" \
	famfs-poke read "$f" 0x7ffffffffffffffe 1
gives 0 "a read of nothing gives nothing" famfs-poke read "$f" 0 0
gives 100 "a write across the end is short" \
	famfs-poke write "$f" $((size - 100)) 4K
refused EFBIG "a write at the end" famfs-poke write "$f" $size 1
refused EFBIG "a write behind the end" famfs-poke write "$f" 1G 4K
refused EFBIG "a write with O_APPEND" famfs-poke append "$f" 1
gives 0 "a write of nothing writes nothing" famfs-poke write "$f" $size 0
gives $size "none of which changed the size" stat -c %s "$f"
gives "$size" "cat sees all of it" sh -c "cat $f | wc -c"
prints "SIGBUS" "touching a page behind the end: SIGBUS" \
	famfs-poke touch "$f" 5300224 4K 4K
check "touching the page that the end is in works" \
	famfs-poke touch "$f" 5242880 4K 4K

check "a private mapping is a copy" famfs-poke private "$f" 0
check "in the second extent, too" famfs-poke private "$f" 2M
check "MAP_SYNC is granted" famfs-poke mmap "$f" 0 2M sync
