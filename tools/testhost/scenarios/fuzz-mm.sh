# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Random operations on files and mappings of them, against a model of what must be
# in memory: two devices, in mounts of their own and in one.  The kernel panics where
# it would warn.  SETTINGS: ops=N and seed=N, as `make fuzz-mm` explains; here few.
#
# hosts: 1
# memory: static 64M dynamic 64M
# modules: famfs hwpoison disk
# kernel: panic_on_warn=1 oops=panic softlockup_panic=1 sysctl.kernel.hung_task_panic=1
# timeout: 600

fuzz_mm_setup "$STATIC_DEV" "$DYNAMIC_DEV"
# shellcheck disable=SC2154 # set by fuzz_mm_setup
check "what is in memory is what must be" famfs-poke fuzz-mm "$MNT" \
	device="/dev/$STATIC_DEV" device="/dev/$DYNAMIC_DEV" other=/mnt/disk/file \
	ops="$(setting ops 40000)" seed="$(setting seed 1)" verbose="$(setting verbose 0)" without="$(setting without -)" \
	pin="$(setting pin short)"
