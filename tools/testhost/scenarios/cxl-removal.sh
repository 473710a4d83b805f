# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# CXL memory goes away under a mount that is mapped and busy, in three ways; each time
# users get SIGBUS and EIO, umount works, fsdev-bind finds what was made again, and the
# bytes are there.  Likewise under those who map and read the device itself, where they
# can.
#
# hosts: 1
# machine: x86_64: QEMU's arm64 machine has no CXL memory
# only: stock 7.2: the kernels that look for bugs have no CXL
# memory: cxl 256M
# modules: cxl-volatile famfs
# timeout: 120

# busy: mount, with a process that has a file mapped, and one that reads and writes
busy() {
	mount_famfs
	create "$MNT/f" size=8M ext=2M:8M
	run famfs-poke fill "$MNT/f" 0 8M 1
	hold "$MNT/f"
	gives ok "a process maps a file" ask map 0 8M
	gives ok "and uses it" ask touch 0
	(while famfs-poke fill "$MNT/f" 2M 4M 1; do :; done >/run/why 2>&1) &
	writer=$!
}

# gone WAY: who used it knows, and nothing hangs
gone() {
	gives SIGBUS "$1: the mapping is gone" ask touch 0
	gives EIO "$1: reads fail" ask read 0
	release
	run wait $writer
	prints "EIO" "$1: who was just writing gets EIO" cat /run/why
	check "$1: umount works" umount "$MNT"
	check "$1: there is no dax device" soon test ! -e "/sys/bus/dax/devices/$DEV"
}

# back: the region is there again, and goes to whom fsdev.conf says
back() {
	soon has_dax_below dax_region
	check "fsdev-bind gives it to fsdev_dax" /usr/local/lib/famfs/fsdev-bind
	DEV=$(dax_below dax_region)
	gives fsdev_dax "which has it" driver_of "$DEV"
}

# raw_busy: without a mount; one has the device mapped, and one reads it
raw_busy() {
	hold "/dev/$DEV"
	gives ok "a process maps the device" ask map 0 8M
	gives ok "and uses it" ask touch 2M
	rm -f /run/reads
	(while dd if="/dev/$DEV" of=/dev/null bs=1M 2>/run/why; do
		echo >>/run/reads
	done) &
	reader=$!
	check "another one reads it" soon test -s /run/reads
}

# raw_gone: both know
raw_gone() {
	gives SIGBUS "the mapping of the device is gone" ask touch 2M
	gives ENXIO "and it cannot be read" ask read 0
	release
	run wait $reader
	check "who was just reading is told that the device is gone" \
		grep -E "No such device|Input/output error" /run/why
	check "there is no dax device any more" \
		soon test ! -e "/sys/bus/dax/devices/$DEV"
}

cxl_driver=/sys/bus/cxl/drivers/cxl_region
memory=$(cxl_memories_of ram 1)
pci=$(basename "$(readlink -f "$CXL/$memory/..")")
echo "address $(cat "/sys/bus/dax/devices/$DEV/resource")" >/etc/famfs/fsdev.conf

busy
# shellcheck disable=SC2154 # set by setup
check "the region is unbound" sh -c "echo $region >$cxl_driver/unbind"
gone "region unbound"
check "it is decommitted" cxl_write 0 "$region/commit"
check "committed" cxl_write 1 "$region/commit"
check "and bound again" sh -c "echo $region >$cxl_driver/bind"
back

busy
check "the region is destroyed" cxl_end
gone "region destroyed"
setup_cxl_volatile 1
back

busy
check "the memory device is removed from PCI" \
	sh -c "echo 1 >/sys/bus/pci/devices/$pci/remove"
gone "device removed"
check "what is left of the region goes" cxl_write "$region" decoder0.0/delete_region
run sh -c "echo 1 >/sys/bus/pci/rescan"
check "the device is found again" soon cxl_memories 3
setup_cxl_volatile 1
back
! fsdev_is_ours || {
	raw_busy
	check "the region is destroyed under them" cxl_end
	raw_gone
	setup_cxl_volatile 1
	back
}
mount_famfs
create "$MNT/f" size=8M ext=2M:8M
check "the bytes are there after all that" \
	famfs-poke verify "$MNT/f" 4096 8384512 1
: >/etc/famfs/fsdev.conf
