# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# devdax -> fsdev -> devdax -> system-ram -> devdax -> fsdev, twice, by sysfs
# and by daxctl: each driver works, and the bytes stay but for system-ram.
#
# hosts: 1
# memory: static 512M dynamic 256M
# modules: famfs kmem
# machine: x86_64: the kernel knows one node on QEMU's arm64 machine, and kmem refuses memory of another
# timeout: 400
# long: yes

dax=/sys/bus/dax/devices
mem=/sys/devices/system/memory
block=$((0x$(cat $mem/block_size_bytes)))

total() {
	awk '$1 == "MemTotal:" { print $2 * 1024 }' /proc/meminfo
}

# blocks DEVICE: the directories of the memory blocks that lie in it
blocks() {
	local dir=$dax/$1/mapping0 n end

	n=$((($(cat "$dir/start") + block - 1) / block))
	end=$((($(cat "$dir/end") + 1) / block))
	while [ $n -lt $end ]; do
		echo $mem/memory$n
		n=$((n + 1))
	done
}

# set_blocks STATE DEVICE
set_blocks() {
	local dir

	for dir in $(blocks "$2"); do
		echo "$1" >"$dir/state" || return
	done
}

fsdev_by_sysfs() {
	to_fsdev "$1"
}

back_by_sysfs() {
	to_device_dax "$1"
}

# daxctl takes a device and its name away from any driver, but cannot give it to
# one that it does not know.
fsdev_by_daxctl() {
	run daxctl disable-device "$1"
	dax_sysfs "$1" fsdev_dax/new_id
}

back_by_daxctl() {
	run daxctl disable-device "$1"
	run daxctl enable-device "$1"
}

ram_by_sysfs() {
	dax_sysfs "$1" device_dax/unbind
	dax_sysfs "$1" kmem/new_id
	run set_blocks online_movable "$1"
}

devdax_by_sysfs() {
	run set_blocks offline "$1"
	dax_sysfs "$1" kmem/unbind
	dax_sysfs "$1" kmem/remove_id
	dax_sysfs "$1" device_dax/bind
}

ram_by_daxctl() {
	show "daxctl reconfigure-device --mode=system-ram $1"
	daxctl reconfigure-device --mode=system-ram "$1" >/dev/null
}

devdax_by_daxctl() {
	show "daxctl reconfigure-device --mode=devdax --force $1"
	daxctl reconfigure-device --mode=devdax --force "$1" >/dev/null
}

# straight DEVICE: from fsdev to system-ram and back to fsdev
straight() {
	to_fsdev "$1"
	ram_by_daxctl "$1"
	gives kmem "$1: daxctl takes it from fsdev for system-ram" driver_of "$1"
	run set_blocks offline "$1"
	dax_sysfs "$1" kmem/unbind
	dax_sysfs "$1" kmem/remove_id
	dax_sysfs "$1" fsdev_dax/new_id
	as_fsdev "$1" 9
	to_device_dax "$1"
}

# same_bytes DEVICE SEED: a file of 8 MiB was 4 MiB into the device.
same_bytes() {
	gives device_dax "$1: device_dax has it" driver_of "$1"
	check "$1: it maps the bytes that the file had" famfs-poke \
		verify "/dev/$1" 4M 8M $(($2 - 2 * M2 / 8)) mmap
}

# as_fsdev DEVICE SEED: mount, write a file, leave its bytes
as_fsdev() {
	mount_famfs "$1"
	create "$MNT/f" size=8M ext=4M:8M
	run famfs-poke fill "$MNT/f" 0 4M "$2" mmap
	run famfs-poke fill "$MNT/f" 4M 4M "$2"
	check "$1: a file reads back" famfs-poke verify "$MNT/f" 0 8M "$2" mmap
	run trace famfs-poke touch "$MNT/f" 0 8M 4K read
	gives "4 huge, 0 small" "$1: by huge pages" \
		echo "$(faults pmd) huge, $(faults pte) small"
	run umount "$MNT"
}

# as_ram WAY DEVICE: the kernel gets the memory, uses it and gives it back
as_ram() {
	local before size

	before=$(total)
	"ram_by_$1" "$2"
	gives kmem "$2, by $1: kmem has it" driver_of "$2"
	size=$(($(blocks "$2" | wc -l) * block))
	gives $((before + size)) "$2: the kernel has $size bytes more" total
	run mount -t tmpfs -o "size=$size,mpol=bind:$(cat "$dax/$2/target_node")" \
		tmpfs /mnt/ram
	check "$2: it is used as memory" \
		dd if=/dev/zero of=/mnt/ram/fill bs=1M count=$((size / 2 >> 20))
	run umount /mnt/ram
	"devdax_by_$1" "$2"
	gives device_dax "$2, by $1: device_dax has it back" driver_of "$2"
	gives "$before" "$2: the kernel has what it had" total
	check "$2: device_dax stores" famfs-poke fill "/dev/$2" 4M 8M 7 mmap
	check "$2: and loads" famfs-poke verify "/dev/$2" 4M 8M 7 mmap
}

# round WAY DEVICE SEED
round() {
	"fsdev_by_$1" "$2"
	as_fsdev "$2" "$3"
	"back_by_$1" "$2"
	same_bytes "$2" "$3"
	as_ram "$1" "$2"
	"fsdev_by_$1" "$2"
	as_fsdev "$2" $(($3 + 1))
	"back_by_$1" "$2"
	same_bytes "$2" $(($3 + 1))
}

# Otherwise kmem would online it for any use, and it might not come back.
run sh -c "echo offline >$mem/auto_online_blocks"
mkdir -p /mnt/ram
for dev in "$STATIC_DEV" "$DYNAMIC_DEV"; do
	for way in sysfs daxctl; do
		for n in 1 2; do
			show "$dev, by $way, round $n"
			round $way "$dev" $n
		done
	done
	straight "$dev"
done
