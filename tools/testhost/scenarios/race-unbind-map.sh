# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Race: the device is taken away while files get their maps.  A file has its map
# as a whole or EIO, and only that from the first EIO on.
#
# hosts: 1
# memory: static 128M
# modules: famfs
# timeout: 120

to_fsdev "$DEV"
mkdir -p "$MNT"
check "unbind and MAP_CREATE, 24 times" \
	famfs-poke race unbind-map "$DEV" "$MNT" 24
run dax_sysfs "$DEV" fsdev_dax/bind
check "after that it mounts" mount_famfs
