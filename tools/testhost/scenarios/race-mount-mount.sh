# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Race: two mounts of one device.  One works, the other one is EBUSY.
#
# hosts: 1
# memory: static 128M
# modules: famfs

to_fsdev "$DEV"
mkdir -p "$MNT"
check "mount and mount, 300 times" \
	famfs-poke race mount-mount "$DEV" "$MNT" 300
check "nothing is mounted after that" not grep ' famfs ' /proc/mounts
! fsdev_is_ours || check "and nobody holds the device" \
	grep -x none "/sys/bus/dax/devices/$DEV/fsdev/holder"
