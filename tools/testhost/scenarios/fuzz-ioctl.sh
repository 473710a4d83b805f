# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Requests that are good or nearly so, by several threads at once, while files are
# used in every way and mount and device come and go.  What is accepted is what
# was asked for, and nobody else's; in the end all works and nothing is left.
# A minute on a kernel that looks for bugs, else 40 seconds, if SETTINGS do not say
# seconds=N; and seed=N.
#
# hosts: 1
# memory: static 128M
# modules: famfs
# timeout: 200
# only: stock debug: it fills the memory through a raw mapping, which our fsdev_dax offers

seconds=40
[ ! -e /sys/kernel/debug/kmemleak ] || seconds=60
to_fsdev "$DEV"
mkdir -p "$MNT"
# Nothing can be made there while famfs is not mounted.
run mount -t tmpfs tmpfs "$MNT"
mkdir "$MNT/on"
run mount -o remount,ro "$MNT"
check "the ioctls stand fuzzing" famfs-poke fuzz-ioctl "$DEV" "$MNT/on" \
	"$(setting seconds $seconds)" "$(setting seed 1)"
