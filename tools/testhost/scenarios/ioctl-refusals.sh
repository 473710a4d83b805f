# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Maps that FAMFSIOC_MAP_CREATE must refuse.  After each refusal the file is as
# it was: empty, without a map, and its memory free.
#
# hosts: 1
# memory: static 256M
# modules: famfs

mount_famfs
f=$MNT/f
: >"$f"
size=$(cat "/sys/bus/dax/devices/$DEV/size")
clean="magic=0x87b282fe bsize=4096 bytes=$size free=$size"

is_untouched() {
	[ "$(famfs-poke get "$f")" = "MAP_GET: EINVAL (Invalid argument)" ] &&
		[ "$(stat -c %s "$f")" = 0 ] &&
		[ "$(famfs-poke statfs "$MNT")" = "$clean" ]
}

# bad ERRNAME SENTENCE FIELD=VALUE...
bad() {
	local name=$1 sentence=$2
	shift 2
	refused "$name" "$sentence" famfs-poke map "$f" "$@"
	is_untouched || fail "$sentence: leaves the file as it was"
}

bad EINVAL "an extent type of 1, interleaved" extent_type=1 size=2M ext=2M:2M
bad EINVAL "an extent type of 2, invalid" extent_type=2 size=2M ext=2M:2M
bad EINVAL "an extent type of all ones" extent_type=0xffffffff size=2M ext=2M:2M
bad EINVAL "a file type of 3" file_type=3 size=2M ext=2M:2M
bad EINVAL "a file type of all ones" file_type=0xffffffff size=2M ext=2M:2M
bad EINVAL "no extents" size=2M count=0
bad E2BIG "3 extents, 1 more than the structure has" \
	size=2M ext=2M:2M ext=4M:2M count=3
bad E2BIG "extents that would be 1 in 32 bits" size=2M ext=2M:2M count=0x100000001
bad E2BIG "extents without end" size=2M ext=2M:2M count=0xffffffffffffffff
bad EINVAL "a file of size 0" size=0 ext=2M:2M
bad EINVAL "a file larger than its extents" size=2097153 ext=2M:2M
bad EINVAL "a size above 2^63" size=0x8000000000000000 ext=2M:2M
bad EINVAL "an offset that is not a multiple of 2 MiB" size=2M ext=2101248:2M
bad EINVAL "an offset that is off by one" size=2M ext=2097153:2M
bad EINVAL "a short extent that is not the last" size=3M ext=2M:1M ext=4M:2M
bad EINVAL "a first extent of length 0" size=2M ext=2M:0 ext=4M:2M
bad EINVAL "a last extent of length 0" size=2M ext=2M:2M ext=4M:0
bad EINVAL "an offset at the device's end" size=2M "ext=$size:2M"
bad EINVAL "an extent that ends 2 MiB behind the device" \
	size=4M "ext=$((size - M2)):4M"
bad EINVAL "an extent longer than the device" size=2M ext=2M:1024G
bad EINVAL "an extent that wraps around" size=4M ext=0xffffffffffe00000:4M
bad EINVAL "an extent that wraps around to where it was" \
	size=4M ext=2M:0xffffffffffe00000
bad EINVAL "offset 0, which is the superblock's" size=2M ext=0:2M
bad EINVAL "a superblock that is not at offset 0" file_type=1 size=2M ext=2M:2M
bad EINVAL "two extents in the same place" size=4M ext=2M:2M ext=2M:2M
bad EINVAL "an extent that reaches into the next one" size=6M ext=2M:4M ext=4M:2M

refused EFAULT "a structure that is not in memory" famfs-poke map-bad-pointer "$f"
refused ENOTTY "a directory" famfs-poke nop "$MNT"
refused ENOTTY "a number behind the last call" famfs-poke ioctl "$f" 0x755f
refused ENOTTY "a file of another file system" famfs-poke nop /lib.sh
check "FAMFSIOC_NOP says that a file is ours" famfs-poke nop "$f"
refused EINVAL "MAP_GET without a map" famfs-poke get "$f"
refused EINVAL "MAP_GETEXT without a map" famfs-poke getext "$f" 1

# On the other side of the boundaries; the structure ends where memory ends.
check "the last 2 MiB of the device make a file" \
	famfs-poke map "$f" size=2M "ext=$((size - M2)):2M"
gives "extent_type=0 file_type=0 size=2097152 $(printf '0x%x:0x200000' $((size - M2)))" \
	"MAP_GET tells its map, unused bytes are zero" famfs-poke get "$f"
refused EEXIST "a second map" famfs-poke map "$f" size=2M ext=2M:2M
gives "extent_type=0 file_type=0 size=2097152 $(printf '0x%x:0x200000' $((size - M2)))" \
	"which leaves the first as it was" famfs-poke get "$f"
check "a superblock file at offset 0" \
	create "$MNT/super" file_type=1 size=2M ext=0:2M
check "a log file" create "$MNT/log" file_type=2 size=8M ext=2M:8M
prints "file_type=2" "MAP_GET tells the file type" famfs-poke get "$MNT/log"
check "a file of 1 byte in a last extent of 1 byte" \
	create "$MNT/tiny" size=1 ext=16M:1
gives 1 "has that size" stat -c %s "$MNT/tiny"
check "2 extents, the last one short" \
	create "$MNT/two" size=3M ext=32M:2M ext=64M:1M
gives "extents: 0x2000000:0x200000 0x4000000:0x100000" \
	"MAP_GETEXT fills room for exactly 2" famfs-poke getext "$MNT/two" 2
