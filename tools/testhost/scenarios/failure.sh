# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Memory fails.  Who uses it is told, with the offset on the device; where
# nobody does, the kernel's generic action runs; the page is remembered either
# way.  Back at device_dax, the device's failures are no business of ours.
#
# hosts: 1
# only: stock debug: the list of poison, raw mappings and the events are our fsdev_dax's
# memory: static 256M dynamic 128M
# modules: famfs hwpoison
# timeout: 120

corrupt=/sys/kernel/debug/hwpoison/corrupt-pfn
mb() {
	echo $(($1 * 1024 * 1024 + ${2:-0}))
}

badblocks() {
	cat "/sys/bus/dax/devices/$1/fsdev/badblocks"
}

# told WHOM OFFSET: of one page, as the trace and the kernel's log have it.
told() {
	check "the trace has it: $1" traced \
		"fsdev_failure: $dev offset $2 length 0x1000 mf_flags $3 told $1 err $4"
	check "and so has the kernel's log" \
		logged "poison: 0x1000 bytes at offset $2, told $1"
}

unheld() {
	local node=/dev/$dev

	to_fsdev "$dev"
	watch fsdev/fsdev_failure
	check "$dev: nobody uses the page that fails" not corrupt "$dev" "$(mb 10)"
	told nobody 0xa00000 0x20 -95
	gives "20480 8" "it is remembered, in sectors" badblocks "$dev"
	prints "SIGBUS" "who maps it gets SIGBUS" famfs-poke touch "$node" 10M 1 1
	check "the next page can be used" \
		famfs-poke touch "$node" "$(mb 10 4096)" 1 1
	prints "failing: SIGBUS BUS_MCEERR_AR" "$dev: a raw mapping fails" \
		famfs-poke poison "$node" "$(mb 12 4096)"
	told mappings 0xc01000 0x23 0
}

mounted() {
	local f=$MNT/f status=0

	run mount_famfs "$dev"
	create "$f" size=8M ext=8M:8M
	refused EIO "$dev: the file's page that failed unmapped" \
		famfs-poke read "$f" 2M 4096
	refused EIO "and the one that failed in a raw mapping" \
		famfs-poke read "$f" "$(mb 4 4096)" 4096
	gives 4096 "and the next one can be read" \
		famfs-poke read "$f" "$(mb 4 8192)" 4096
	prints "failing: SIGBUS BUS_MCEERR_AR" "$dev: a mapped file fails" \
		famfs-poke poison "$f" 1M
	told holder 0x900000 0x23 0
	hold "$f"
	gives ok "a process maps the file" ask map 0 8M
	check "$dev: a page fails that it did not touch" corrupt "$dev" "$(mb 14)"
	told holder 0xe00000 0x20 0
	prints SIGBUS "then it does" ask touch 6M
	gives ok "it uses another page" ask touch 5M
	run sh -c 'echo 1 >/proc/sys/vm/memory_failure_early_kill'
	check "$dev: that page fails" corrupt "$dev" "$(mb 13)"
	release || status=$?
	gives 135 "the process is told at once if the administrator wants that" \
		echo $status
	run sh -c 'echo 0 >/proc/sys/vm/memory_failure_early_kill'
	told holder 0xd00000 0x20 0
	check "$dev: a page of no file fails" not corrupt "$dev" "$(mb 40)"
	told holder 0x2800000 0x20 -16
	gives 4096 "$dev: a write of a whole page" famfs-poke write "$f" 2M 4096
	gives 4096 "makes it good" famfs-poke read "$f" 2M 4096
	check "and the list forgets it" \
		not sh -c "grep '^20480 ' /sys/bus/dax/devices/$dev/fsdev/badblocks"
	run umount "$MNT"
}

# Were the page map not as it was, this would call code that is not there.
handed_back() {
	to_device_dax "$dev"
	run rmmod famfs
	run rmmod fsdev_dax
	prints "failing: SIGBUS BUS_MCEERR_AR" \
		"$dev: fails under device_dax, fsdev_dax unloaded" \
		famfs-poke poison "/dev/$dev" 20M
	check "$dev: what failed before is there again" \
		famfs-poke touch "/dev/$dev" 8M 8M 4096
	run insert famfs
}

for dev in "$STATIC_DEV" "$DYNAMIC_DEV"; do
	unheld
	mounted
	handed_back
done

# Every other page, until the list is full, and then some.
dev=$DYNAMIC_DEV
to_fsdev "$dev"
pfn=$(($(cat "/sys/bus/dax/devices/$dev/resource") / 4096 + 16384))
i=0
while [ $i -lt 520 ]; do
	echo $((pfn + 2 * i)) 2>/dev/null >$corrupt || :
	i=$((i + 1))
done
check "the list of poison has an end, and the kernel's log says so" \
	logged "poison list is full: offset 0x4400000 will not be refused"
gives 4095 "as much of it is shown as fits a sysfs file" \
	sh -c "wc -c </sys/bus/dax/devices/$dev/fsdev/badblocks"
prints "failing: SIGBUS BUS_MCEERR_AR" "who uses a page is told all the same" \
	famfs-poke poison "/dev/$dev" 4M
