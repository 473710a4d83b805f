# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# What is stored through raw mappings: by the kernel's hand, too, and through areas
# that merge, split and move.  Nothing of it keeps a mount away, and it is flushed by
# msync, by who takes the device over, and at unbind.
#
# hosts: 1
# only: stock debug: the kernel's own fsdev_dax offers no raw mappings
# memory: static 256M dynamic 128M
# modules: famfs disk

dev_sysfs=/sys/bus/dax/devices

# stored WAY COMMAND...: it stores 0x1234 at 2M
stored() {
	local way=$1
	shift

	run famfs-poke word "/dev/$dev" 2M 0
	check "$dev: $way stores into a raw mapping" "$@"
	gives 0x1234 "$dev: and the word is there" famfs-poke word "/dev/$dev" 2M
}

by_ptrace() {
	famfs-poke ptrace "/dev/$dev" 2M shared 0x1234
}

# Its first word is what is stored.
printf '\064\022\000\000\000\000\000\000' >/run/word
run mke2fs -q -t ext4 /dev/ram0
mkdir -p /mnt/disk "$MNT"
run mount -t ext4 /dev/ram0 /mnt/disk
cp /run/word /mnt/disk/page
run dd if=/dev/zero of=/mnt/disk/page bs=1 seek=8 count=4088 conv=notrunc

holder() {
	cat "$dev_sysfs/$dev/fsdev/holder"
}

for dev in "$STATIC_DEV" "$DYNAMIC_DEV"; do
	node=/dev/$dev
	to_fsdev "$dev"
	for way in process_vm_writev /proc/self/mem pipe vmsplice io_uring \
		io_uring-direct; do
		stored "$way" famfs-poke kernel-store "$way" "$node" 2M 0x1234
	done
	stored ptrace by_ptrace
	stored "direct I/O" famfs-poke direct in /mnt/disk/page "$node" 2M 4096
	check "$dev: direct I/O out of a raw mapping" \
		famfs-poke direct out /mnt/disk/page "$node" 2M 4096

	check "$dev: areas merge, split, move, go in parts" \
		famfs-poke areas "$node"
	gives none "$dev: and nothing is left of them" holder
	check "$dev: a mount gets it" famfs-poke mount "$node" "$MNT"
	run umount "$MNT"

	hold "$node"
	run ask map 0 8M
	gives EFAULT "$dev: it is no fixed buffer of a ring, pinned for long" \
		ask register 0 8M
	run ask store 2M 7
	watch fsdev/fsdev_flush
	gives 0 "$dev: msync of a range that nothing was stored to" ask msync 4M 4096
	check "$dev: flushes nothing" not traced fsdev_flush
	gives 0 "$dev: msync of one that was" ask msync 2M 4096
	check "$dev: flushes it" traced "$dev pgoff 0x200 pages 512"
	run ask store 2M 8
	run ask store 6M 9
	watch fsdev/fsdev_flush
	gives 0 "$dev: fsync after two more stores, one to that page" ask fsync 0
	check "$dev: flushes it again" traced "$dev pgoff 0x200 pages 512"
	check "$dev: and the other one" traced "$dev pgoff 0x600 pages 512"
	gives 8 "$dev: what was stored is there" ask value 2M
	run ask store 0 5
	run ask pin 2M 4096
	run ask forget 8M
	refused EBUSY "$dev: no mount while a page of it is used" \
		famfs-poke mount "$node" "$MNT"
	run ask unpin 0
	release
	watch fsdev/fsdev_flush
	run mount -t famfs "$node" "$MNT"
	check "$dev: a mount flushes what nobody did" traced "$dev pgoff 0x0 pages 512"
	run umount "$MNT"

	watch fsdev/fsdev_flush
	run famfs-poke word "$node" 4M 0x77
	check "$dev: nothing is flushed as long as nobody asks" \
		not traced fsdev_flush
	run dax_sysfs "$dev" fsdev_dax/unbind
	check "$dev: unbind flushes" traced "$dev pgoff 0x400 pages 512"
	run dax_sysfs "$dev" fsdev_dax/bind
	gives 0x77 "$dev: bound again, it has the word" famfs-poke word "$node" 4M
done
