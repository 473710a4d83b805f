# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# The whole way of a device, 10 times in one boot: to fsdev, mounted, written,
# read, unmounted, mapped raw and back.  Each time device_dax maps the bytes that
# were written, and nothing is left behind: no object, which the kernel counts by
# who allocated it, and no page.
#
# hosts: 1
# memory: static 256M dynamic 128M
# modules: famfs
# kernel: slab_debug=U
# timeout: 600
# long: yes

TIMES=10
OURS="[[]famfs|[[]fsdev_dax|dax_|do_id_store|cdev_alloc|badblocks|alloc_resource"
OURS="$OURS|request_region|percpu_ref|devm_|devres|memremap"

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
		{ famfs-poke verify "/dev/$1" 2M 4M $(($2 - M2 / 8)) mmap &&
			famfs-poke word "/dev/$1" 2M; }; } &&
	to_device_dax "$1" &&
	# The pattern is by file offset, and the file started 2 MiB in.
	famfs-poke verify "/dev/$1" 2M 4M $(($2 - M2 / 8)) mmap &&
	famfs-poke word "/dev/$1" 64M "$2"
}

# objects: how many of ours there are, by function
objects() {
	# The exit of famfs waits for objects whose end RCU delays.
	rmmod famfs
	allocated "$OURS" | sort
	insmod /modules/famfs.ko
}

free_kib() {
	echo 3 >/proc/sys/vm/drop_caches
	awk '$1 == "MemFree:" { print $2 }' /proc/meminfo
}

for dev in "$STATIC_DEV" "$DYNAMIC_DEV"; do
	check "$dev: before it is counted" once "$dev" 100
	objects >/run/before
	free=$(free_kib)
	n=1
	while [ $n -le $TIMES ]; do
		check "$dev: time $n" once "$dev" $n
		n=$((n + 1))
	done
	objects >/run/after
	check "$dev: objects are counted" grep -E "do_id_store|dax_" /run/before
	# KASAN keeps freed ones for a while; there kmemleak finds what is lost.
	[ -e /sys/kernel/debug/kmemleak ] ||
		check "$dev: no object stays behind" diff /run/before /run/after
	# A page map of the smaller device takes 2 MiB: five of them in 10 times.  The
	# kernel's own use of memory changes by some 2 MiB meanwhile.
	now=$(free_kib)
	check "$dev: nor does a page map: of $free KiB free before, $now KiB are" \
		[ $((free - now)) -lt $((5 * 2048)) ]
done
