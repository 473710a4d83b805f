# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Race: memory of a file fails while its file system is unmounted and unloaded.  The
# module stays for as long as it is being told.
#
# hosts: 1
# memory: static 128M
# modules: famfs hwpoison

to_fsdev "$DEV"
mkdir -p "$MNT"
check "unload and memory failure, 40 times" \
	famfs-poke race unload-failure "$DEV" "$MNT" 40
