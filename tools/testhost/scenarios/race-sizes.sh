# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Race: a huge and a small fault of the same 2 MiB.  Both are served, the bytes are
# those that were stored, and the kernel has nothing to warn of.
#
# hosts: 1
# memory: static 128M
# modules: famfs

to_fsdev "$DEV"
mkdir -p "$MNT"
check "faults of two sizes, 3000 times" \
	famfs-poke race sizes "$DEV" "$MNT" 3000
