# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# The device goes from device_dax to fsdev and back, five times, with the
# modules loaded in both orders; the bytes stay.  Modules in use stay, too.
#
# hosts: 1
# memory: static 256M dynamic 128M
# modules: famfs

# round DEVICE N: a file on it, then the same bytes through device_dax
round() {
	mount_famfs "$1"
	create "$MNT/f" size=4M ext=2M:4M
	check "$1, round $2: a file is written through mmap" \
		famfs-poke fill "$MNT/f" 0 4M "$2" mmap
	run umount "$MNT"
	to_device_dax "$1"
	# The pattern is by file offset, and the file started 2 MiB in.
	check "$1, round $2: device_dax maps the same bytes" \
		famfs-poke verify "/dev/$1" 2M 4M $(($2 - M2 / 8)) mmap
}

for n in 1 2 3 4 5; do
	round "$STATIC_DEV" $n
	round "$DYNAMIC_DEV" $n
done

mount_famfs "$STATIC_DEV"
refused EAGAIN "rmmod famfs while it is mounted" rmmod famfs
# The kernel's own could go, and would take the device away from the mount.
! fsdev_is_ours ||
	refused EAGAIN "rmmod fsdev_dax while famfs needs it" rmmod fsdev_dax
refused EAGAIN "rmmod famfs_extent while both need it" rmmod famfs_extent
check "the mount works after that" create "$MNT/f" size=2M ext=2M:2M
hold "$MNT/f"
check "umount while a file is open is refused" not umount "$MNT"
also "target is busy" "and umount says why"
release
run umount "$MNT"

run rmmod famfs
check "fsdev_dax unloads with a device bound to it" rmmod fsdev_dax
gives "" "which leaves the device without a driver" driver_of "$STATIC_DEV"
dax_sysfs "$STATIC_DEV" device_dax/bind
gives device_dax "and device_dax can have it" driver_of "$STATIC_DEV"

run rmmod device_dax
run insert famfs
gives "" "fsdev_dax loaded before device_dax takes nothing" driver_of "$STATIC_DEV"
run insert static
gives device_dax "and device_dax takes its own, loaded later" \
	driver_of "$STATIC_DEV"
round "$STATIC_DEV" 6
