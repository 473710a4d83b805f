# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Race: memory of a file fails while it is unmapped and its file system unmounted.
# Whoever is told of it, it is remembered until the page is written.
#
# hosts: 1
# only: stock debug: the kernel's own fsdev_dax remembers nothing, famfs until umount
# memory: static 128M
# modules: famfs hwpoison

to_fsdev "$DEV"
mkdir -p "$MNT"
check "umount and memory failure, 100 times" \
	famfs-poke race umount-failure "$DEV" "$MNT" 100
gives "" "no page is bad after that" \
	cat "/sys/bus/dax/devices/$DEV/fsdev/badblocks"
