# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Races: two maps for one file, and two files for one memory.  Exactly one of
# them gets it, and what it has is what was asked for.
#
# hosts: 1
# memory: static 128M
# modules: famfs

to_fsdev "$DEV"
mkdir -p "$MNT"
for race in map-map map-files; do
	check "$race, 1000 times" \
		famfs-poke race $race "$DEV" "$MNT" 1000
	before=$(famfs-poke statfs "$MNT")
	run umount "$MNT"
	run mount -t famfs "/dev/$DEV" "$MNT"
	gives "$before" "$race: no memory is taken after it" \
		famfs-poke statfs "$MNT"
	run umount "$MNT"
done
