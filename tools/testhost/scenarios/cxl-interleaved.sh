# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# A region interleaved over two CXL memories: a file on it lies in both, by turns.
#
# hosts: 1
# machine: x86_64: QEMU's arm64 machine has no CXL memory
# only: stock 7.2: the kernels that look for bugs have no CXL
# memory: cxl 256M
# modules: cxl-interleaved famfs
# long: yes

# lines: 4 MiB, each piece of 256 bytes with its number
lines() {
	awk 'BEGIN { for (i = 0; i < 16384; i++) printf "%-255d\n", i }'
}

cxl_works
gives $((512 * 1024 * 1024)) "the device is as large as both memories" \
	cat "/sys/bus/dax/devices/$DEV/size"
create "$MNT/lines" size=4M ext=64M:4M
lines >/run/lines
check "lines of 256 bytes are written" \
	dd if=/run/lines of="$MNT/lines" bs=1M conv=notrunc
check "and read back" cmp /run/lines "$MNT/lines"
run umount "$MNT"

cxl_end
setup_cxl_volatile 1
DEV=$DYNAMIC_DEV
mount_famfs
create "$MNT/lines" size=2M ext=32M:2M
# shellcheck disable=SC2016 # for awk
gives 8192 "the first memory has each second line" \
	awk '$1 == 2 * (NR - 1) { n++ } END { print n }' "$MNT/lines"
