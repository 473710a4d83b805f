# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# cachestat(2) finds no page cache where a file is mapped, by huge pages and by small
# ones, and nothing else that it would follow.
#
# hosts: 1
# memory: static 64M
# modules: famfs

mount_famfs
f=$MNT/f
create "$f" size=16M ext=2M:16M
run chmod 666 "$f"
user="setpriv --reuid 1000 --regid 1000 --clear-groups"
# shellcheck disable=SC2086 # a list of words
gives "0 there, 0 dirty, 0 evicted" "huge pages are mapped" \
	$user famfs-poke cachestat "$f" 2M 4M
# shellcheck disable=SC2086 # a list of words
gives "0 there, 0 dirty, 0 evicted" "small ones are" \
	$user famfs-poke cachestat "$f" 8196K 64K
