# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Maps by FAMFSIOC_MAP_CREATE_V2: long lists and interleaved extents, that the
# bytes are where the map says, and what is refused.
#
# hosts: 1
# memory: static 256M
# modules: famfs
# timeout: 180

mount_famfs
f=$MNT/f

# made SIZE SENTENCE FIELD=VALUE...: a file with that map holds its bytes, by
# read, write and mmap.
made() {
	local size=$1 sentence=$2
	shift 2
	: >"$f"
	check "$sentence" famfs-poke map2 "$f" size="$size" "$@"
	check "$sentence: written by write" famfs-poke fill "$f" 0 "$size" 1
	check "$sentence: reads the same by mmap" \
		famfs-poke verify "$f" 0 "$size" 1 mmap
	check "$sentence: written by mmap" famfs-poke fill "$f" 0 "$size" 2 mmap
	check "$sentence: reads the same by read" \
		famfs-poke verify "$f" 0 "$size" 2
}

# same_chunk OFFSET N: 2 MiB at that offset of the device are chunk N of what was
# copied from the file.
same_chunk() {
	local same=0

	create "$MNT/at" size=2M ext="$1:2M"
	dd if=/run/copy bs=2M skip="$2" count=1 2>/dev/null |
		cmp - "$MNT/at" || same=1
	rm "$MNT/at"
	return $same
}

made 6M "three extents" ext=0:8M:2M ext=0:32M:2M ext=0:4M:2M
refused EOVERFLOW "MAP_GET has no room for them" famfs-poke get "$f"
refused EOVERFLOW "nor has MAP_GET_V2" famfs-poke get2 "$f"
prints "3 extents found" "FIEMAP shows them" filefrag "$f"
run rm "$f"

made 4M "two extents" ext=0:8M:2M ext=0:32M:2M
gives "size=4194304 file_type=0 0:0x800000:0x200000 0:0x2000000:0x200000" \
	"MAP_GET_V2 gives them back" famfs-poke get2 "$f"
refused EEXIST "a second map" famfs-poke map2 "$f" size=2M ext=0:64M:2M
run rm "$f"

made 32M "16 extents in falling order" down=16:64M:4M:2M
run rm "$f"

made 15M "4 strips, chunks of 2 MiB, the last one cut" striped=4:2M:15M \
	ext=0:8M:4M ext=0:64M:4M ext=0:32M:4M ext=0:128M:4M
gives "size=15728640 file_type=0 striped=4:2097152:15728640 0:0x800000:0x400000 0:0x4000000:0x400000 0:0x2000000:0x400000 0:0x8000000:0x400000" \
	"MAP_GET_V2 gives them back" famfs-poke get2 "$f"
gives "extent_type=1 file_type=0 size=15728640" \
	"MAP_GET tells type and size, and no list" famfs-poke get "$f"
refused EOVERFLOW "MAP_GETEXT has no room for strips" famfs-poke getext "$f" 2
run cp "$f" /run/copy
run rm "$f"
check "chunk 1 was in strip 1" same_chunk 64M 1
check "chunk 5 was behind it" same_chunk 66M 5
check "chunk 3 was in strip 3" same_chunk 128M 3
check "and not behind it" not same_chunk 130M 3

made 18M "3 strips, chunks of 4 MiB" striped=3:4M:18M \
	ext=0:8M:8M ext=0:64M:8M ext=0:32M:4M
run rm "$f"
made 16M "two interleaved extents" striped=2:2M:8M ext=0:8M:4M ext=0:64M:4M \
	striped=2:4M:8M ext=0:32M:4M ext=0:128M:4M
refused EOVERFLOW "MAP_GET_V2 has room for one" famfs-poke get2 "$f"
gives "extent_type=1 file_type=0 size=16777216" \
	"MAP_GET says that there is a map" famfs-poke get "$f"
prints "6 extents found" "FIEMAP shows their chunks" filefrag "$f"
run rm "$f"

: >"$f"
# bad ERRNAME SENTENCE FIELD=VALUE...
bad() {
	local name=$1 sentence=$2
	shift 2
	refused "$name" "$sentence" famfs-poke map2 "$f" "$@"
	[ "$(stat -c %s "$f")" = 0 ] || fail "$sentence: leaves the file as it was"
}
bad EINVAL "an extent type of 2" size=2M ext_type=2 ext=0:2M:2M
bad EINVAL "no extents" size=2M
bad EINVAL "a device that the mount has not" size=2M ext=1:2M:2M
bad E2BIG "65,537 extents" size=2M count=65537 ext=0:2M:2M
bad E2BIG "all the extents in 32 bits" size=2M count=0xffffffff ext=0:2M:2M
bad EFAULT "a list that ends too early" size=4M count=2 ext=0:2M:2M
bad EFAULT "a list that is not there" size=2M bad=list ext=0:2M:2M
bad EINVAL "no strips" size=2M striped=0:2M:2M
bad EINVAL "17 strips" size=2M striped=17:2M:2M ext=0:2M:2M
bad EFAULT "strips that are not there" size=2M bad=strips striped=1:2M:2M ext=0:2M:2M
bad EINVAL "a chunk of 3 MiB" size=2M striped=1:3M:2M ext=0:2M:2M
bad EINVAL "a strip that is too short" size=6M striped=2:2M:6M ext=0:2M:2M ext=0:8M:2M
bad EINVAL "strips that overlap" size=4M striped=2:2M:4M ext=0:8M:4M ext=0:10M:2M
bad E2BIG "5 interleaved extents" size=10M striped=1:2M:2M ext=0:2M:2M \
	striped=1:2M:2M ext=0:4M:2M striped=1:2M:2M ext=0:6M:2M \
	striped=1:2M:2M ext=0:8M:2M striped=1:2M:2M ext=0:10M:2M
create "$MNT/other" size=2M ext=32M:2M
bad EBUSY "a strip that is another file's" size=4M striped=2:2M:4M \
	ext=0:2M:2M ext=0:32M:2M
check "a refused map holds none of its strips" \
	create "$MNT/free" size=2M ext=2M:2M

t=/sys/kernel/tracing
echo 1 >$t/events/famfs/famfs_map_create/enable
refused EINVAL "a strip that is misaligned" famfs-poke map2 "$f" size=4M \
	striped=2:2M:4M ext=0:8M:2M ext=0:0x900001:2M
prints "err -22 rule offset-alignment extent 0 strip 1 value 0x900001 limit 0x200000" \
	"the trace tells the rule, the strip and the value" cat $t/trace
echo 0 >$t/events/famfs/famfs_map_create/enable
