# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# CXL memory: a volatile region becomes a dax device, which is mounted, used, and the
# same again after the region was made anew.
#
# hosts: 1
# machine: x86_64: QEMU's arm64 machine has no CXL memory
# only: stock 7.2: the kernels that look for bugs have no CXL
# memory: cxl 256M
# modules: cxl-volatile famfs

gives device_dax "nobody but who was asked takes it" driver_of "$DEV"
prints "CXL Window 0" "its memory is in a CXL window" \
	sed -n '/CXL Window/,/dax0.0/p' /proc/iomem
cxl_works
gives "magic=0x87b282fe bsize=4096 bytes=268435456 free=$((240 * 1024 * 1024))" \
	"the mount has the size of the region" famfs-poke statfs "$MNT"
run umount "$MNT"
