# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Race: a file is unlinked while pages of it come into a pipe and are read there,
# and another file wants its memory.  It gets it when the pages were read.
#
# hosts: 1
# memory: static 128M
# modules: famfs

to_fsdev "$DEV"
mkdir -p "$MNT"
check "unlink and pinned pages, 300 times" \
	famfs-poke race unlink-pinned "$DEV" "$MNT" 300
