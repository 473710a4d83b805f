# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# A dynamic device of two physical ranges, the second one below the first: a
# file across both is whole, device_dax finds its bytes where they belong, and
# pages that fail at the boundary are written anew across it.
#
# machine: x86_64: QEMU's arm64 machine has no dynamic dax region
# hosts: 1
# memory: dynamic 256M
# modules: famfs

region=$(readlink -f "/sys/bus/dax/devices/$DEV/..")/dax_region
dax=/sys/bus/dax/devices
id=${DEV%.0}
mib() {
	echo $(($1 * 1024 * 1024))
}

dax_sysfs "$DEV" device_dax/unbind
# The first device keeps 64 MiB, two more take 64 MiB each; then the one in the
# middle goes, and the last one grows into the hole.
mib 64 >"$dax/$id.0/size"
echo 1 >"$region/create"
mib 64 >"$dax/$id.1/size"
mkdir -p "$MNT"
refused ENODEV "a device that no driver has had yet" \
	famfs-poke mount "/dev/$id.1" "$MNT"
echo 1 >"$region/create"
mib 64 >"$dax/$id.2/size"
echo 0 >"$dax/$id.1/size"
mib 128 >"$dax/$id.2/size"
dev=$id.2
start0=$(($(cat "$dax/$dev/mapping0/start")))
start1=$(($(cat "$dax/$dev/mapping1/start")))
check "the device's second range is below its first" [ $start1 -lt $start0 ]

dax_sysfs "$dev" fsdev_dax/new_id
run mount -t famfs "/dev/$dev" "$MNT"
prints "bytes=$(mib 128) " "the file system has both" famfs-poke statfs "$MNT"
f=$MNT/f
check "a file across both ranges" create "$f" size=8M ext=60M:8M
check "is written" famfs-poke fill "$f" 0 8M 1
check "reads the same by read" famfs-poke verify "$f" 0 8M 1
check "reads the same through mmap" famfs-poke verify "$f" 0 8M 1 mmap
run trace famfs-poke touch "$f" 0 8M 4K write
gives 4 "is served by huge faults" faults pmd
run famfs-poke fill "$f" 0 8M 2 mmap

# The boundary is 4 MiB into the file.
last=$((4 * 1024 * 1024 - 4096))
first=$((4 * 1024 * 1024))
for page in $last $first; do
	prints "failing: SIGBUS BUS_MCEERR_AR" "the page at $page fails" \
		famfs-poke poison "$f" "$page"
	refused EIO "and cannot be read" famfs-poke read "$f" "$page" 4096
done
gives 4096 "a read ends where the poison begins" \
	famfs-poke read "$f" $((last - 4096)) 16K
refused EIO "and does not start in it" famfs-poke read "$f" $last 16K
gives 4096 "behind it is read" famfs-poke read "$f" $((first + 4096)) 4096
gives 16384 "one write across the boundary and both pages" \
	famfs-poke write "$f" $((last - 4096)) 16K
gives 16384 "makes them good" famfs-poke read "$f" $((last - 4096)) 16K
prints "wanted" "it wrote zeroes there" \
	famfs-poke verify "$f" $((last - 4096)) 16K 2
check "before that the bytes are the old ones" \
	famfs-poke verify "$f" 0 $((last - 4096)) 2
check "and behind it" famfs-poke verify "$f" $((first + 8192)) \
	$((8388608 - first - 8192)) 2
check "an unaligned write across the boundary" \
	famfs-poke fill "$f" $((last - 4096 - 5)) 16394 2
check "is read through mmap" famfs-poke verify "$f" 0 8M 2 mmap
run umount "$MNT"

dax_sysfs "$dev" fsdev_dax/unbind
dax_sysfs "$dev" device_dax/new_id
check "device_dax finds the bytes" \
	famfs-poke verify "/dev/$dev" 60M 8M $((2 - 30 * M2 / 8)) mmap
