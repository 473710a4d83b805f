# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # host.sh has the variables
#
# The machines that QEMU makes for test hosts, for host.sh: leaves in $emulator the
# program, in $board the machine, in $console what the kernel calls its serial port, in
# $emulated_cpu the processor without KVM, and in $firmware_mib what the firmware has of
# the memory.

case $arch in
amd64)
	emulator=qemu-system-x86_64
	board=(-machine "q35,nvdimm=on")
	console=ttyS0
	firmware_mib=0
	# rdrand, because a guest waits seconds for random numbers otherwise;
	# pdpe1gb for device_dax, which maps pages of 1 GiB without asking for it.
	emulated_cpu=qemu64,+rdrand,+pdpe1gb
	;;
arm64)
	# NVDIMMs are in the tables of ACPI, which come by UEFI.
	emulator=qemu-system-aarch64
	board=(-machine "virt,nvdimm=on,acpi=on,gic-version=3"
		-bios /usr/share/qemu-efi-aarch64/QEMU_EFI.fd)
	console=ttyAMA0
	# It has the initramfs in a piece, while the kernel has another copy.
	firmware_mib=512
	# A tick of its clock is a nanosecond, as of the other one.
	emulated_cpu=neoverse-n1,cntfrq=1000000000
	;;
esac

# by_tsc KHZ: the kernel's option that says how fast the processor's clock is, where it
# would have to find out
by_tsc() {
	[ "$arch" != amd64 ] || echo "tsc_early_khz=$1"
}

# may_use_kvm: only a machine of the same kind runs here without being emulated
may_use_kvm() {
	[ -z "$foreign" ] && [ -w /dev/kvm ]
}

# dynamic_memory MIB: of a dynamic dax region.  Into $options, $cmdline and $ram.
dynamic_memory() {
	local label=2

	if [ "$arch" = amd64 ]; then
		soft_reserved "$1"
	else
		# Neither the firmware nor the kernel of this machine reserves RAM:
		# another NVDIMM, which nobody shares, with as much for its label as
		# the kernel aligns it to.
		[ "$KERNEL" != 16k ] || label=32
		options+=(-object "memory-backend-ram,id=dynamic,size=$(($1 + label))M"
			-device "nvdimm,memdev=dynamic,node=1")
		room=$((room + $1 + label))
	fi
}

# soft_reserved MIB: an EFI-less boot marks part of the RAM Soft Reserved, aligned as
# far as the device's size allows
soft_reserved() {
	local low

	[ "$1" -le 1024 ] || die "a dynamic device has at most 1G"
	low=$(($1 > ram ? $1 : ram))
	cmdline+=" memmap=$1M%${low}M-1+0xefffffff"
	ram=$((low + $1 + HIGH_MIB))
}
