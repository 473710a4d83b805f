# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# CXL memory that cannot be used as it is: each gets one line that says why, and
# nothing is lost.
#
# hosts: 1
# machine: x86_64: QEMU's arm64 machine has no CXL memory
# only: stock 7.2: the kernels that look for bugs have no CXL
# memory: cxl 256M
# modules: cxl-volatile famfs

dev=/sys/bus/dax/devices/$DEV
size=../../dax/devices/$DEV/size

# The first half, as a host has it that made the region larger since.
cat >/run/map <<MAP
---
file:
  path: a
  size: 0x400000
  simple_ext_list:
  - {devindex: 0, offset: 0x200000, length: 0x400000}
---
file:
  path: b
  size: 0x800000
  simple_ext_list:
  - {devindex: 0, offset: 0x8000000, length: 0x800000}
MAP

dax_sysfs "$DEV" device_dax/unbind
mkdir -p "$MNT"
refused ENODEV "a device without a driver" famfs-poke mount "/dev/$DEV" "$MNT"
also "write its name to /sys/bus/dax/drivers/fsdev_dax/new_id" "and what to do is said"
dax_sysfs "$DEV" fsdev_dax/new_id
mount_famfs
create "$MNT/f" size=8M ext=2M:8M
run famfs-poke fill "$MNT/f" 0 8M 1
run umount "$MNT"
dax_sysfs "$DEV" fsdev_dax/unbind

run cxl_write 0 "$size"
refused EINVAL "the kernel makes no device of less than 2 MiB" \
	cxl_write 1048576 "$size"
refused EINVAL "nor of an odd size" cxl_write $((M2 + 4096)) "$size"
run cxl_write $((64 * M2)) "$size"
dax_sysfs "$DEV" fsdev_dax/bind
mount_famfs
gives $((64 * M2)) "a smaller device is mounted with the size it has" \
	sh -c "famfs-poke statfs $MNT | sed 's/.*bytes=\([0-9]*\).*/\1/'"
prints "file 2 (b), extent 1: ends at 0x8800000, past the end of the device at 0x8000000" \
	"a map of those who have a larger one is refused" \
	famfs-mini mapfile --root "$MNT" /run/map
check "all of it" test ! -e "$MNT/a"
create "$MNT/f" size=8M ext=2M:8M
check "and its bytes are there" famfs-poke verify "$MNT/f" 0 8M 1
run umount "$MNT"

# shellcheck disable=SC2046 # two numbers
run mknod /run/stale c $(tr : ' ' <"$dev/dev")
cxl_end
refused ENOENT "a region that vanished after it was bound" \
	famfs-poke mount "/dev/$DEV" "$MNT"
also "/dev/$DEV: no such device" "is said to be no device"
refused ENODEV "and so is a node that is left of it" famfs-poke mount /run/stale "$MNT"
also "/run/stale: not a dax device" "in one line"

cxl_name_region ram
# shellcheck disable=SC2154 # set by it
run cxl_write 256 "$region/interleave_granularity"
run cxl_write 1 "$region/interleave_ways"
refused EINVAL "the kernel makes no region of less than 2 MiB" \
	cxl_write 1048576 "$region/size"
refused EINVAL "nor of an odd size" cxl_write $((256 * 1024 * 1024 + 4096)) "$region/size"
run cxl_write "$region" decoder0.0/delete_region
setup_cxl_volatile 1
DEV=$DYNAMIC_DEV
mount_famfs
create "$MNT/f" size=8M ext=2M:8M
check "a good one has the bytes of before" famfs-poke verify "$MNT/f" 0 8M 1
