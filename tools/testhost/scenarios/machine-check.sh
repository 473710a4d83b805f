# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154,SC2034 # run and host.sh have the variables
#
# The machine reports that memory failed, and the kernel takes the page out of its own
# mapping.  Nobody touches it after that: fsync, unlink, umount and unbind write back
# what is beside it.  (On QEMU's emulator a flush of what is not mapped does nothing;
# with KVM it would be an oops.)
#
# machine: x86_64: machine checks of QEMU's are x86's
# hosts: 0
# only: stock debug 7.2: QEMU reports it to a kernel that runs in its emulator
# timeout: 200

# Processors of this maker report memory that nobody was just using.
mkdir -p "$run"
mkfifo "$run/monitor.in" "$run/monitor.out"
exec {monitor}<>"$run/monitor.in" {heard}<>"$run/monitor.out"
hardware=(-chardev "pipe,id=monitor,path=$run/monitor"
	-mon "chardev=monitor,mode=readline"
	-cpu "qemu64,vendor=GenuineIntel,+rdrand,+pdpe1gb")
boot A static 128M
on A setup static famfs
on A mount_famfs

# fails ADDRESS: a scrubber finds an error there that cannot be corrected
fails() {
	echo "# monitor: mce, address $1"
	printf 'mce -b 0 1 0xbd000000000000c0 0x5 0x%x 0x8c\n' "$1" >&"$monitor"
}

start=$(on A cat /sys/bus/dax/devices/dax0.0/mapping0/start)

# stored FILE OFFSET: a file of 8 MiB there, stored to, with a page that failed
stored() {
	on A create "/mnt/famfs/$1" size=8M "ext=$2:8M"
	on A run famfs-poke fill "/mnt/famfs/$1" 0 8M 1 mmap
	on A hold "/mnt/famfs/$1"
	on A gives ok "$1: a process maps it" ask map 0 8M
	on A gives ok "$1: and stores into it" ask touch 2M
	fails $((start + $2 + 2097152 + 4 * 4096))
	on A check "$1: the file's memory fails" soon not \
		famfs-poke read "/mnt/famfs/$1" $((2097152 + 4 * 4096)) 4096
	on A gives ok "$1: what is beside it is there" ask touch 4M
	on A prints SIGBUS "$1: what failed is not" ask touch $((2097152 + 4 * 4096))
}

stored a $((16 << 20))
on A gives EIO "a: fsync tells that stores may be lost" ask fsync 0
on A gives 0 "a: once" ask fsync 0
on A release
stored b $((32 << 20))
on A run rm /mnt/famfs/b
on A release
on A check "b: unlinked and closed, its memory is free" \
	create /mnt/famfs/b2 size=8M ext=32M:8M
stored c $((48 << 20))
on A release
on A check "c: umount" umount /mnt/famfs
on A mount_famfs
stored d $((64 << 20))
on A check "d: unbind" sh -c "echo dax0.0 >/sys/bus/dax/drivers/fsdev_dax/unbind"
on A release
on A check "d: umount" umount /mnt/famfs
on A check "nobody has the modules" rmmod famfs fsdev_dax famfs_extent
# Not what leave does: the kernel is tainted by the machine check.
halt A || echo "not ok - the host powers off"
log_is_clean A
exec {monitor}>&- {heard}>&-
