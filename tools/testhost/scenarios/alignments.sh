# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Devices of every alignment, their page structures in RAM and on the device
# itself: files at the beginning and at the end of each are whole, are mapped by
# huge pages, and are where device_dax finds them.
#
# hosts: 1
# memory: static 2G dynamic 1G
# modules: famfs
# timeout: 300
# long: yes

dax=/sys/bus/dax/devices

# use_file OFFSET SEED: a file of 4 MiB on the device, through every way in
use_file() {
	create "$MNT/$1" size=4M "ext=$1:4M"
	run famfs-poke fill "$MNT/$1" 0 2M "$2"
	run famfs-poke fill "$MNT/$1" 2M 2M "$2" mmap
	check "$dev: a file at $1 reads back" \
		famfs-poke verify "$MNT/$1" 0 4M "$2"
	check "$dev: and through mmap" \
		famfs-poke verify "$MNT/$1" 0 4M "$2" mmap
	run trace famfs-poke touch "$MNT/$1" 0 4M 4K write
	gives "$(kinds 2 0)" "$dev: by huge pages" \
		echo "$(faults pmd) huge, $(faults pte) small"
	run famfs-poke fill "$MNT/$1" 0 4M "$2" mmap
}

# found OFFSET SEED: device_dax has the file's bytes there
found() {
	check "$dev: device_dax has the file at $1" famfs-poke \
		verify "/dev/$dev" "$1" 4M $(($2 - $1 / 8)) mmap
}

# use_device DEVICE ALIGN [dev]: famfs on the whole of it; dev: its page structures are
# on it, too
use_device() {
	local dev=$1 size

	size=$(cat "$dax/$dev/size")
	gives "$2" "$dev: is aligned to $2" cat "$dax/$dev/align"
	if [ "${3-}" = dev ]; then
		mount_famfs "$dev" -o unshared
	else
		mount_famfs "$dev"
	fi
	prints "bytes=$size " "$dev: the file system has $size bytes" \
		famfs-poke statfs "$MNT"
	use_file 2097152 1
	use_file $((size - 4194304)) 2
	run umount "$MNT"
	to_device_dax "$dev"
	found 2097152 1
	found $((size - 4194304)) 2
}

# dynamic ALIGN SIZE: a device that daxctl makes
dynamic() {
	local dev

	show "daxctl create-device -r $region -s $2 -a $1"
	dev=$(daxctl create-device -r "$region" -s "$2" -a "$1" |
		sed -n 's/.*"chardev":"\(.*\)".*/\1/p')
	use_device "$dev" "$1"
	run daxctl disable-device "$dev"
	run daxctl destroy-device "$dev"
}

# Only of memory that is no NVDIMM can devices be made in a region.
if [ -n "$(dax_below hmem.)" ]; then
	region=${DYNAMIC_DEV#dax}
	region=${region%.*}
	run daxctl disable-device "$DYNAMIC_DEV"
	run daxctl reconfigure-device -s 0 "$DYNAMIC_DEV"
	dynamic 4096 64M
	dynamic 2097152 64M
	dynamic 1073741824 1G
fi

# The kernel of arm64 maps nothing by 1 GiB.
aligns="$PAGE $HUGE"
[ "$(uname -m)" != x86_64 ] || aligns="$aligns 1073741824"
for where in mem dev; do
	for align in $aligns; do
		run ndctl create-namespace -f -e "$NAMESPACE" -m devdax \
			-M $where -a "$align"
		use_device "$STATIC_DEV" "$align" $where
	done
done
