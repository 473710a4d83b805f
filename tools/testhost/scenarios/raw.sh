# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# The character device of a device that is bound to fsdev: it can be mapped
# while no file system holds the device, and only then.
#
# hosts: 1
# only: stock debug: the kernel's own fsdev_dax offers no raw mappings
# memory: static 256M dynamic 128M
# modules: famfs

raw() {
	local dev=$1 node=/dev/$1

	to_fsdev "$dev"
	check "$dev: a word stored by a raw mapping" \
		famfs-poke word "$node" 2M 0x1234567
	gives 0x1234567 "$dev: is loaded by another one" famfs-poke word "$node" 2M
	check "$dev: MAP_SYNC is granted" famfs-poke mmap "$node" 0 2M sync
	run trace famfs-poke touch "$node" 16M 8M 4K write
	gives "4 huge, 0 small" "$dev: 8 MiB by huge pages" \
		echo "$(faults pmd) huge, $(faults pte) small"

	hold "$node"
	run mount_famfs "$dev"
	gives EBUSY "$dev: a mounted device is not mapped" ask map 0 2M
	create "$MNT/f" size=2M ext=2M:2M
	gives 0x1234567 "$dev: the file has the word" famfs-poke word "$MNT/f" 0
	check "$dev: the file gets another word" famfs-poke word "$MNT/f" 0 0x89
	run umount "$MNT"
	gives ok "$dev: mapped again after umount" ask map 2M 2M
	gives 137 "$dev: and the word is there" ask value 0
	refused EBUSY "$dev: a mapped device is not mounted" \
		famfs-poke mount "$node" "$MNT"
	run dax_sysfs "$dev" fsdev_dax/unbind
	gives SIGBUS "$dev: unbound under the mapping" ask touch 0
	gives ENXIO "$dev: nor can it be mapped again" ask map 0 2M
	run dax_sysfs "$dev" fsdev_dax/remove_id
	run dax_sysfs "$dev" device_dax/bind
	refused ENXIO "$dev: nor opened, as long as the old descriptor is" \
		famfs-poke word "$node" 2M
	release
	gives 0x89 "$dev: device_dax has the same bytes" famfs-poke word "$node" 2M
}

raw "$STATIC_DEV"
raw "$DYNAMIC_DEV"
