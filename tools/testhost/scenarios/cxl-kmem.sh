# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# CXL memory that kmem takes when its region is made, as the kernel wants it: from
# there to famfs and back, as the documentation has it.
#
# hosts: 1
# machine: x86_64: QEMU's arm64 machine has no CXL memory
# only: stock 7.2: the kernels that look for bugs have no CXL
# memory: cxl 256M
# modules: famfs

auto=/sys/devices/system/memory/auto_online_blocks
online=$(cat $auto)

# What is onlined for any use may not come back.
run sh -c "echo offline >$auto"
run insert kmem
run insert cxl-volatile
cxl_region_of ram 1
soon has_dax_below dax_region
DEV=$(dax_below dax_region)
gives kmem "kmem takes it" driver_of "$DEV"
run sh -c "echo address $(cat "/sys/bus/dax/devices/$DEV/resource") >/etc/famfs/fsdev.conf"
prints "belongs to kmem" "fsdev-bind does not take it away" \
	/usr/local/lib/famfs/fsdev-bind
check "daxctl onlines it as memory" \
	daxctl reconfigure-device --force --mode=system-ram "$DEV"
check "and takes it from kmem" \
	daxctl reconfigure-device --force --mode=devdax "$DEV"
check "fsdev-bind gives it to fsdev_dax" /usr/local/lib/famfs/fsdev-bind
gives fsdev_dax "which has it" driver_of "$DEV"
cxl_works
run umount "$MNT"
: >/etc/famfs/fsdev.conf
check "and daxctl gives it to kmem" \
	daxctl reconfigure-device --mode=system-ram "$DEV"
gives kmem "which has it again" driver_of "$DEV"
check "it can be taken from kmem once more" \
	daxctl reconfigure-device --force --mode=devdax "$DEV"
run sh -c "echo $online >$auto"
