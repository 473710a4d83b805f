# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# The device is taken away under a mounted file system with a file open and
# mapped: processes get SIGBUS or EIO, nothing hangs, umount works, and the
# device can be used again.
#
# hosts: 1
# memory: static 256M dynamic 128M
# modules: famfs

# again DEVICE: a new mount while the old one is still there
again() {
	run dax_sysfs "$1" fsdev_dax/bind
	check "$1: bound again, it mounts beside the old mount" \
		mount -t famfs "/dev/$1" /mnt/other
	check "$1: umount works" umount "$MNT"
	create /mnt/other/f size=8M ext=2M:8M
	hold /mnt/other/f
	gives ok "$1: a process maps the new file" ask map 0 8M
	gives ok "$1: and uses it" ask touch 0
	run dax_sysfs "$1" fsdev_dax/unbind
	gives SIGBUS "$1: the new mount hears of the next removal" ask touch 0
	release
	run umount /mnt/other
}

# take_away DEVICE
take_away() {
	local dev=$1

	mount_famfs "$dev"
	create "$MNT/f" size=8M ext=2M:8M
	create "$MNT/g" size=2M ext=16M:2M
	run famfs-poke fill "$MNT/f" 0 8M 1
	hold "$MNT/f"
	gives ok "$dev: a process maps the file" ask map 0 8M
	gives ok "$dev: and uses it" ask touch 0

	check "$dev: unbind returns" \
		sh -c "echo $dev >/sys/bus/dax/drivers/fsdev_dax/unbind"
	gives SIGBUS "$dev: the process gets SIGBUS where it was" ask touch 0
	gives SIGBUS "$dev: and where it was not yet" ask touch 4M
	gives EIO "$dev: its reads get EIO" ask read 0
	gives EIO "$dev: its writes get EIO" ask write 0
	gives EIO "$dev: its new mappings get EIO" ask map 0 2M
	refused EIO "$dev: the other file" famfs-poke read "$MNT/g" 0 1
	check "$dev: names are still there" test -e "$MNT/g"
	release
	again "$dev"

	run sh -c "echo $dev >/sys/bus/dax/drivers/fsdev_dax/bind"
	mount_famfs "$dev"
	create "$MNT/f" size=8M ext=2M:8M
	check "$dev: bound and mounted again, the bytes are there" \
		famfs-poke verify "$MNT/f" 4096 8384512 1
	run umount "$MNT"
	to_device_dax "$dev"
	gives device_dax "$dev: and it goes back to device_dax" driver_of "$dev"
}

mkdir -p /mnt/other
take_away "$STATIC_DEV"
take_away "$DYNAMIC_DEV"
