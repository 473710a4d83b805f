# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# A region of persistent CXL memory with a namespace of mode devdax.  Its labels are
# on the memory: the region is made again, and the namespace and the bytes are there.
#
# hosts: 1
# machine: x86_64: QEMU's arm64 machine has no CXL memory
# only: stock 7.2: the kernels that look for bugs have no CXL
# memory: cxl 256M
# modules: cxl-persistent famfs

uuid() {
	cat "/sys/bus/dax/devices/$DEV/../uuid"
}

prints nvdimm-bridge "the device is below CXL's bridge to libnvdimm" \
	readlink -f "/sys/bus/dax/devices/$DEV"
cxl_works
run umount "$MNT"
before=$(uuid)
cxl_end
gives "" "without the region there is no device" dax_below ndbus
setup_cxl_persistent
gives "$before" "made again, it has the same namespace" uuid
mount_famfs
create "$MNT/f" size=16M ext=2M:8M ext=32M:8M
check "and the bytes" famfs-poke verify "$MNT/f" 0 16M 1
