# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# A CXL memory device tells of poison: in its list, and by an event.  The kernel tells
# the address, to who traces, and does nothing: readers go on until memory fails, as it
# does here when that address is reported to the kernel.
#
# hosts: 0
# machine: x86_64: QEMU's arm64 machine has no CXL memory
# only: stock 7.2: the kernels that look for bugs have no CXL

# shellcheck disable=SC2016 # the host knows its devices
file=/mnt/famfs/f
mib=$((1024 * 1024))

# inject COMMAND ARGUMENTS: into the first memory device
inject() {
	monitor A "{\"execute\": \"$1\", \"arguments\":
		{\"path\": \"/machine/peripheral/cxl0\", $2}}" ||
		echo "not ok - QEMU does $1"
}

boot A cxl 256M
on A setup cxl cxl-volatile famfs
on A eval 'mount_famfs "$DEV"'
on A create $file size=8M ext=16M:8M
on A run famfs-poke fill $file 0 8M 1
on A hold $file
on A gives ok "a process maps a file" ask map 0 8M
start=$(on A eval 'cat "/sys/bus/dax/devices/$DEV/resource"')
bad=$(printf '%x' $((start + 20 * mib)))

on A watch cxl/cxl_poison
inject cxl-inject-poison "\"start\": $((20 * mib)), \"length\": 64"
on A eval 'echo 1 >"$CXL/$(cxl_memories_of ram 1)/trigger_poison_list"'
on A check "the kernel reads the list, and tells the address" traced "hpa=0x$bad "
on A watch cxl/cxl_general_media
inject cxl-inject-general-media-event "\"log\": \"failure\", \"flags\": 1,
	\"dpa\": $((20 * mib)), \"descriptor\": 3, \"type\": 0, \"transaction-type\": 1"
on A check "the kernel hears of an event, and tells the address" \
	soon traced "hpa=$bad "
on A check "neither keeps anybody from reading" famfs-poke verify $file 0 8M 1
on A gives ok "nor from loading" ask touch 4M

on A check "the address is reported to the kernel" \
	sh -c "echo 0x$bad >/sys/devices/system/memory/hard_offline_page"
on A prints SIGBUS "from then on loads get SIGBUS" ask touch 4M
on A refused EIO "and reads EIO" famfs-poke read $file 4M 4096
on A gives ok "all else goes on" ask touch 6M
on A check "the rest can be read" famfs-poke verify $file 0 4M 1
on A release
on A gives 4096 "a write of the whole page makes it good" famfs-poke write $file 4M 4096
on A gives 4096 "for reads" famfs-poke read $file 4M 4096
leave A
