# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# famfs-mini on a real mount: a map file makes files, a second time changes
# nothing, a refused entry leaves no file behind, and the exit status tells.
#
# hosts: 1
# memory: static 256M
# modules: famfs

mount_famfs

{
	map_entry data/a.bin 4194304 0x200000:4194304
	map_entry b.bin 2097152 0x800000:2097152
} >/run/good.map
check "check accepts a good map file" famfs-mini check /run/good.map
check "--dry-run is accepted" famfs-mini mapfile --root "$MNT" --dry-run /run/good.map
gives "" "and makes nothing" ls "$MNT"
check "mapfile makes the files" famfs-mini mapfile --root "$MNT" /run/good.map
gives "extent_type=0 file_type=0 size=4194304 0x200000:0x400000" \
	"with the map that it says" famfs-poke get "$MNT/data/a.bin"
gives 644 "and the mode" stat -c %a "$MNT/data/a.bin"
check "the same again changes nothing, and is no error" \
	famfs-mini mapfile --root "$MNT" /run/good.map
check "from standard input, too" \
	sh -c "famfs-mini mapfile --root $MNT - </run/good.map"
check "show prints what mapfile and check accept" \
	sh -c "famfs-mini show $MNT/b.bin >/run/shown.map && famfs-mini check /run/shown.map"
prints "0x800000" "with the offset that was given" cat /run/shown.map
prints '"offset"' "show --json" famfs-mini show --json "$MNT/b.bin"

map_entry c.bin 2097152 0x600800:2097152 >/run/bad.map
prints "offset 0x600800 is not a multiple of 2 MiB" \
	"check explains a misaligned offset" famfs-mini check /run/bad.map
check "and fails" not famfs-mini check /run/bad.map
check "mapfile fails as well" not famfs-mini mapfile --root "$MNT" /run/bad.map
check "and leaves no file" not test -e "$MNT/c.bin"

# What only the kernel can know: the memory is taken, or not there.
map_entry taken.bin 2097152 0x800000:2097152 >/run/taken.map
prints "taken.bin" "a map that overlaps another file's is refused by name" \
	famfs-mini mapfile --root "$MNT" /run/taken.map
check "with an exit status" not famfs-mini mapfile --root "$MNT" /run/taken.map
check "and leaves no file" not test -e "$MNT/taken.bin"
map_entry far.bin 2097152 0x4000000000:2097152 >/run/far.map
check "a map beyond the device is refused" \
	not famfs-mini mapfile --root "$MNT" /run/far.map
check "and leaves no file" not test -e "$MNT/far.bin"
map_entry b.bin 2097152 0x1000000:2097152 >/run/other.map
check "another map for a file that has one is refused" \
	not famfs-mini mapfile --root "$MNT" /run/other.map
gives "extent_type=0 file_type=0 size=2097152 0x800000:0x200000" \
	"and leaves the file as it was" famfs-poke get "$MNT/b.bin"

{
	map_entry long.bin 8388608 0x4000000:0x200000 0x3000000:0x200000 \
		0x2000000:0x200000 0x1000000:0x200000
	map_striped striped.bin 12582912 0x200000 0x5000000:0x400000 \
		0x7000000:0x400000 0x6000000:0x400000
} >/run/long.map
prints "installed 2 of 2" "a long list and a striped file" \
	famfs-mini mapfile --root "$MNT" /run/long.map
prints "2 already there" "the same again changes nothing" \
	famfs-mini mapfile --root "$MNT" /run/long.map
gives "size=12582912 file_type=0 striped=3:2097152:12582912 0:0x5000000:0x400000 0:0x7000000:0x400000 0:0x6000000:0x400000" \
	"the strips are as the map says" famfs-poke get2 "$MNT/striped.bin"
prints "4 extents found" "and so are the extents" filefrag "$MNT/long.bin"
map_entry spare.bin 6291456 0xa00000:0x200000 0xe00000:0x200000 \
	0x1200000:0x200000 0x1600000:0x200000 >/run/spare.map
run famfs-mini mapfile --root "$MNT" /run/spare.map
prints "1 already there" "so is an extent behind the end of the file" \
	famfs-mini mapfile --root "$MNT" /run/spare.map
map_entry spare.bin 6291456 0xa00000:0x200000 0xe00000:0x200000 \
	0x1200000:0x200000 >/run/less.map
prints "has a different map" "without it the map is another one" \
	famfs-mini mapfile --root "$MNT" /run/less.map
check "show prints both so that check accepts them" sh -c \
	"famfs-mini show $MNT/long.bin $MNT/striped.bin >/run/shown.map && famfs-mini check /run/shown.map"
check "and mapfile finds them there" \
	famfs-mini mapfile --root "$MNT" /run/shown.map
sed 's/0x3000000/0x5200000/' /run/long.map >/run/clash.map
check "an extent in a strip of the other file is refused" \
	not famfs-mini check /run/clash.map
