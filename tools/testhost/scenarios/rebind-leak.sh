# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Twenty times from device_dax to fsdev and back, with a mount, a file and a raw
# mapping in between: no object and no page map stays behind.  The kernel counts
# its objects by who allocated them.
#
# hosts: 1
# memory: static 256M dynamic 128M
# modules: famfs
# kernel: slab_debug=U
# timeout: 600

OURS="[[]famfs|[[]fsdev_dax|dax_|do_id_store|cdev_alloc|badblocks|alloc_resource"
OURS="$OURS|request_region|percpu_ref|devm_|devres|memremap"

# objects: how many there are, by function
objects() {
	# The exit of famfs waits for objects whose end RCU delays.
	rmmod famfs
	cat /sys/kernel/debug/slab/*/alloc_traces |
		awk -v ours="$OURS" '$2 ~ ours || $3 ~ ours {
			n[$2] += $1
		}
		END {
			for (f in n)
				print f, n[f]
		}' | sort
	insmod /modules/famfs.ko
}

free_kib() {
	awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo
}

# rounds N: quietly
rounds() {
	local n dev

	for n in $(seq "$1"); do
		for dev in "$STATIC_DEV" "$DYNAMIC_DEV"; do
			mount_famfs "$dev"
			create "$MNT/f" size=4M ext=2M:4M
			famfs-poke fill "$MNT/f" 0 4M "$n"
			famfs-poke verify "$MNT/f" 0 4M "$n" mmap
			umount "$MNT"
			! fsdev_is_ours || famfs-poke word "/dev/$dev" 2M
			to_device_dax "$dev"
			famfs-poke verify "/dev/$dev" 2M 4M \
				$((n - M2 / 8)) mmap
		done
	done >/run/rounds.log
}

# What is allocated once is there after this.
run rounds 2
objects >/run/before
free=$(free_kib)
check "20 rounds" rounds 20
objects >/run/after
check "objects are counted" grep -E "do_id_store|dax_" /run/before
check "no object stays behind" diff /run/before /run/after
# A page map of the smaller device takes 2 MiB.
now=$(free_kib)
check "nor does a page map: of $free KiB free before, $now KiB are" \
	[ $((free - now)) -lt 2048 ]
