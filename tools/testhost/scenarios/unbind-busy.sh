# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# The device is taken away while its pages are in use.  The unbind waits for
# them, and nothing else does: not who uses them, nor other memory that fails,
# nor a new mount, nor umount.  Reads and writes in flight end.  It does not wait for
# those of other mounts.
#
# hosts: 1
# memory: static 256M dynamic 128M
# modules: famfs hwpoison
# timeout: 120

# unbind DEVICE: in the background, into /run/unbound when it has ended.
unbind() {
	rm -f /run/unbound
	(dax_sysfs "$1" fsdev_dax/unbind; : >/run/unbound) &
}

is_gone() {
	[ "$(ask touch 0)" = SIGBUS ]
}

# A page of the device fails; whether anybody is told does not matter here.
struck() {
	corrupt "$dev" $((32 * 1024 * 1024)) || [ $? -le 2 ]
}

# pinned FILE WHAT: take its device away while a process has two pages of it
# in a pipe and the rest mapped.
pinned() {
	hold "$1"
	gives ok "$2: a process maps it" ask map 0 4M
	gives ok "$2: stores into it" ask store 2M 42
	gives 8192 "$2: and puts two pages into a pipe" ask pin 2M 8192
	! fsdev_is_ours || watch fsdev/fsdev_remove
	unbind "$dev"
	check "$2, unbound: it gets SIGBUS and does not wait for itself" \
		soon is_gone
	gives SIGBUS "$2: also for the pages in the pipe" ask touch 2M
	check "$2: unbind waits" not test -e /run/unbound
	[ "$1" = "/dev/$dev" ] || refused "$busy" "$2: a mount does not" \
		famfs-poke mount "/dev/$dev" /mnt/other
	check "$2: a failure on the device does not" struck
	[ "$1" = "/dev/$dev" ] || ! fsdev_is_ours ||
		check "$2: the kernel's log tells of it" \
			logged "taken away from famfs_holder_ops [famfs], waiting"
}

# let_go WHAT HELD
let_go() {
	gives 42 "$1: the pipe holds what was stored" ask unpin 0
	check "$1: then unbind ends" soon test -e /run/unbound
	! fsdev_is_ours || check "$1: the trace has it" \
		traced "fsdev_remove: $dev held $2 err 0"
	release
	run dax_sysfs "$dev" fsdev_dax/bind
}

raw() {
	pinned "/dev/$dev" "$dev, raw"
	refused ENODEV "$dev, raw: meanwhile a mount" \
		famfs-poke mount "/dev/$dev" "$MNT"
	gives ENXIO "$dev, raw: and a mapping" ask map 0 2M
	let_go "$dev, raw" 0
}

# load COMMAND...: again and again, until it fails.
load() {
	while "$@" >/dev/null 2>&1; do
		:
	done
}

flush() {
	famfs-poke fsync "$1" && famfs-poke read "$1" 0 1
}

# in_flight N
in_flight() {
	mount_famfs "$dev"
	create "$MNT/f" size=16M ext=2M:16M
	load famfs-poke read "$MNT/f" 0 8M & loads=$!
	load famfs-poke write "$MNT/f" 8M 8M & loads="$loads $!"
	load famfs-poke touch "$MNT/f" 0 16M 4K write & loads="$loads $!"
	load flush "$MNT/f" & loads="$loads $!"
	run soon pidof famfs-poke
	check "$dev, time $1: unbind under load ends" \
		dax_sysfs "$dev" fsdev_dax/unbind
	# shellcheck disable=SC2086 # numbers
	wait $loads
	pass "$dev, time $1: and so do reads, writes, stores and flushes"
	run umount "$MNT"
	run dax_sysfs "$dev" fsdev_dax/bind
}

busy=ENODEV
fsdev_is_ours || busy=EBUSY
mkdir -p /mnt/other
for dev in "$STATIC_DEV" "$DYNAMIC_DEV"; do
	mount_famfs "$dev"
	create "$MNT/f" size=4M ext=8M:4M
	pinned "$MNT/f" "$dev, a file"
	let_go "$dev, a file" 1
	run umount "$MNT"

	mount_famfs "$dev"
	create "$MNT/f" size=4M ext=8M:4M
	pinned "$MNT/f" "$dev, unmounted"
	gives ok "$dev, unmounted: it unmaps and closes the file" ask forget 4M
	check "$dev, unmounted: umount does not wait for the unbind" umount "$MNT"
	check "$dev, unmounted: unbind still waits" not test -e /run/unbound
	let_go "$dev, unmounted" 1

	! fsdev_is_ours || raw

	for n in 1 2 3 4 5; do
		in_flight $n
	done
	to_device_dax "$dev"
	gives device_dax "$dev: and it goes back to device_dax" driver_of "$dev"
done

# A write stops where a page of the writer is not there yet, for as long as that takes.
mount_famfs "$STATIC_DEV"
to_fsdev "$DYNAMIC_DEV"
run mount -t famfs "/dev/$DYNAMIC_DEV" /mnt/other
create "$MNT/f" size=2M ext=8M:2M
famfs-poke stopped "$MNT/f" 1 >/run/stopped & writer=$!
run soon grep -q stopped /run/stopped
unbind "$DYNAMIC_DEV"
check "unbind does not wait for a write to another device that waits" \
	soon test -e /run/unbound
check "nor does umount" umount /mnt/other
unbind "$STATIC_DEV"
check "that of its own device does" soon grep -q "^State:.D" /proc/$!/status
check "and does not end" not test -e /run/unbound
kill $writer
killed=0
wait $writer || killed=$?
check "the writer can be killed while it waits" test "$killed" -eq 143
check "then the unbind ends" soon test -e /run/unbound
