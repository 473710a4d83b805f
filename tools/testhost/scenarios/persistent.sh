# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Binding at boot, by udev and what "make install" installs, on a host that is
# booted again and again: nothing without a configuration, and otherwise what it
# names.
#
# machine: x86_64: a device by its address is one of dax_hmem, which has none on QEMU's arm64 machine
# hosts: 0
# timeout: 600

MEMORY=(static 256M dynamic 256M)

# configure HOST LINE
configure() {
	echo "# echo $2 >> /etc/famfs/fsdev.conf"
	on "$1" sh -c "echo $2 >>/etc/famfs/fsdev.conf"
}

# who_has HOST STATIC DYNAMIC: the drivers of the two devices
who_has() {
	on "$1" gives "$2" "the namespace is with ${2:-nobody}" \
		driver_of "$(on "$1" dax_below ndbus)"
	on "$1" gives "$3" "the dynamic device is with ${3:-nobody}" \
		driver_of "$(on "$1" dax_below hmem.)"
}

# works HOST PARENT: famfs mounts the device below it
works() {
	on "$1" run modprobe famfs
	on "$1" check "famfs mounts it" mount_famfs "$(on "$1" dax_below "$2")"
}

# next HOST [LINE [LINE]]: the machine boots again; the devices may get each other's names
next() {
	boot "$1" "${MEMORY[@]}"
	[ -z "${2-}" ] || configure "$1" "$2"
	[ -z "${3-}" ] || configure "$1" "$3"
	on "$1" start_udev /dev/dax0.0 /dev/dax1.0
}

boot label "${MEMORY[@]}"
on label setup static dynamic
uuid=$(on label sh -c "ndctl list | sed -n 's/.*\"uuid\":\"\(.*\)\".*/\1/p'")
address=$(on label cat "/sys/bus/dax/devices/$(on label dax_below hmem.)/resource")
halt label

next first
who_has first device_dax kmem
# The kernel's own is loaded with any dax device.
on first fsdev_is_ours && on first check "fsdev_dax is not even loaded" \
	test ! -e /sys/module/fsdev_dax
configure first dax0.0
on first prints "neither uuid" "a line that is wrong is shown" \
	/usr/local/lib/famfs/fsdev-bind
configure first "address $address"
on first prints "belongs to kmem" "what kmem has is not taken away" \
	/usr/local/lib/famfs/fsdev-bind
who_has first device_dax kmem
leave first

next second "uuid $uuid"
who_has second fsdev_dax kmem
works second ndbus
leave second

next third "address $address"
who_has third device_dax fsdev_dax
works third hmem.
leave third

next fourth "uuid $uuid" "address $address"
who_has fourth fsdev_dax fsdev_dax
leave fourth

# Where a device is missing that kmem would take when it appears.
next fifth "address 0x7000"
who_has fifth device_dax ""
on fifth prints "kmem has to wait" "modprobe kmem says why" modprobe kmem
on fifth check "and loads nothing" test ! -e /sys/module/kmem
leave fifth
