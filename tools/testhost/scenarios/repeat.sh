# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# The whole way of a device, 20 times in one boot: to fsdev, mounted, written,
# read, unmounted and back.  Each time device_dax maps the bytes that were
# written, and nothing is left behind: no object, no page.
#
# hosts: 1
# memory: static 256M dynamic 128M
# modules: famfs
# timeout: 180

TIMES=20

# once DEVICE N
once() {
	mount_famfs "$1" &&
	create "$MNT/f" size=4M ext=2M:4M &&
	famfs-poke fill "$MNT/f" 0 2M "$2" &&
	famfs-poke fill "$MNT/f" 2M 2M "$2" mmap &&
	famfs-poke verify "$MNT/f" 0 2M "$2" mmap &&
	famfs-poke verify "$MNT/f" 2M 2M "$2" &&
	umount "$MNT" &&
	{ ! fsdev_is_ours ||
		famfs-poke verify "/dev/$1" 2M 4M $(($2 - M2 / 8)) mmap; } &&
	to_device_dax "$1" &&
	# The pattern is by file offset, and the file started 2 MiB in.
	famfs-poke verify "/dev/$1" 2M 4M $(($2 - M2 / 8)) mmap &&
	famfs-poke word "/dev/$1" 64M "$2"
}

# objects CACHE: how many there are
objects() {
	echo 1 >"/sys/kernel/slab/$1/shrink"
	sed 's/ .*//' "/sys/kernel/slab/$1/objects"
}

free_mib() {
	echo 3 >/proc/sys/vm/drop_caches
	awk '$1 == "MemFree:" { print int($2 / 1024) }' /proc/meminfo
}

# What fsdev_dax and famfs allocate comes from these, among others.  The rest of
# the kernel uses them as well, but not once more for each time.
CACHES="dax_cache kmalloc-256 kmalloc-512 kmalloc-1k kmalloc-4k"
# Where a CPU keeps free objects in sheaves, those are counted as well: nothing can
# be told from it, and rebind-leak, which knows who allocated what, has to do.
[ ! -e /sys/kernel/slab/dax_cache/sheaf_capacity ] || CACHES=

for dev in "$STATIC_DEV" "$DYNAMIC_DEV"; do
	check "$dev: before it is counted" once "$dev" 100
	before=
	for cache in $CACHES; do
		before="$before $(objects "$cache")"
	done
	free=$(free_mib)
	n=1
	while [ $n -le $TIMES ]; do
		check "$dev: time $n" once "$dev" $n
		n=$((n + 1))
	done
	# shellcheck disable=SC2086 # a list of numbers
	set -- $before
	for cache in $CACHES; do
		now=$(objects "$cache")
		check "$dev: of $cache there are as many: $now, were $1" \
			[ $((now - $1)) -lt $TIMES ]
		shift
	done
	now=$(free_mib)
	check "$dev: as many MiB are free: $now, were $free" \
		[ $((free - now)) -lt $((TIMES / 2)) ]
done
