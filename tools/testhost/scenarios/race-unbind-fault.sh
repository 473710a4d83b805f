# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Race: the device is taken away while pages of a file are touched for the first
# time.  A page is the file's, or SIGBUS, and only that from the end of unbind on.
#
# hosts: 1
# memory: static 128M
# modules: famfs
# timeout: 120

to_fsdev "$DEV"
mkdir -p "$MNT"
check "unbind and faults, 24 times" \
	famfs-poke race unbind-fault "$DEV" "$MNT" 24
run dax_sysfs "$DEV" fsdev_dax/bind
check "after that it mounts" mount_famfs
