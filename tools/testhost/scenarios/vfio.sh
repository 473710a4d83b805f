# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154,SC2034 # run and host.sh have the variables
#
# A device that a program drives by VFIO reads a file's memory, and writes there, by
# itself, with a mount that lets pages be pinned for long.
#
# hosts: 0
# machine: x86_64: QEMU's edu device is behind an Intel IOMMU
# only: stock: later kernels pin no page of a dax file system for long, and that which looks for bugs has no VFIO

edu=0000:00:10.0
emulate
hardware=(-device intel-iommu -device "edu,addr=10.0")
kernel_args="intel_iommu=on"
boot A static 128M
on A setup static famfs vfio
on A to_fsdev dax0.0
on A mkdir -p /mnt/famfs
on A eval "echo vfio-pci >/sys/bus/pci/devices/$edu/driver_override"
on A eval "echo $edu >/sys/bus/pci/drivers_probe"
group=$(on A readlink "/sys/bus/pci/devices/$edu/iommu_group")
group=/dev/vfio/${group##*/}

# mount_with OPTION: and make a file
mount_with() {
	on A run mount -t famfs -o "$1" /dev/dax0.0 /mnt/famfs
	on A create /mnt/famfs/f size=8M ext=32M:4M ext=8M:4M
}

mount_with pin=short
on A refused EOPNOTSUPP "pin=short: a device gets no memory of a file" \
	famfs-poke vfio "$group" $edu /mnt/famfs/f
on A run umount /mnt/famfs
mount_with pin=long
on A run famfs-poke fill /mnt/famfs/f 0 2M 1
on A gives copied "pin=long: it reads a page of a file, and writes another one" \
	famfs-poke vfio "$group" $edu /mnt/famfs/f
on A check "which is in the file" \
	cmp -n 2048 /mnt/famfs/f /mnt/famfs/f 0 2097152
on A run rm /mnt/famfs/f
on A check "then nothing of it is in use" \
	soon create /mnt/famfs/g size=8M ext=32M:4M ext=8M:4M
leave A
