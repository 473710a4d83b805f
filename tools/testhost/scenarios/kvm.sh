# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154,SC2034 # run and host.sh have the variables
#
# A virtual machine whose memory is a file: what it stores is in the file, by huge
# pages; unlinking, memory that fails, and the removal of the device reach it as they
# reach a process, and leave nothing in use.
#
# hosts: 0
# machine: x86_64: the machine that runs in it, emulated, is x86's
# only: stock 7.2: the kernel that looks for bugs has no KVM
# timeout: 120

# Whatever this machine has: the host needs a processor that is known to do it.
emulate
hardware=(-cpu "qemu64,+rdrand,+pdpe1gb,+svm,+npt")
boot A static 256M
on A setup static hwpoison famfs kvm
on A mount_famfs

f=/mnt/famfs/f
bad=$((4 * 1024 * 1024 + 5 * 4096))

# start_guest FILE: a process maps its 8 MiB, and runs a guest in them
start_guest() {
	on A create "$1" size=8M ext=32M:4M ext=8M:4M
	on A hold "$1"
	on A gives ok "a process maps $1" ask map 0 8M
	on A gives ok "and has a guest with that memory" ask guest 0 8M
}

start_guest $f
on A gives ok "the guest stores a byte" ask gstore 1M 17
on A gives ok "and one in the next extent" ask gstore 5M 34
on A gives 17 "the process finds the first" ask value 1M
on A gives 0x22 "the file has the second" famfs-poke word $f 5M
on A gives 2 "the guest has huge pages" sh -c "cat /sys/kernel/debug/kvm/*-*/pages_2m"
on A gives ok "the process stores" ask store 3M 51
on A gives 51 "and the guest finds it" ask gload 3M
on A gives 0 "fsync takes what the guest has stored" ask fsync 0
on A gives 17 "it is there when the guest comes again" ask gload 1M
on A gives ok "who stores anew" ask gstore 1M 18
on A gives 18 "which is there" ask value 1M

on A run rm $f
on A gives ok "unlinked, the guest's memory stays" ask gstore 5M 35
on A gives 35 "with what it stores" ask value 5M
on A eval ': >/mnt/famfs/g'
on A refused EBUSY "and is no other file's" \
	famfs-poke map /mnt/famfs/g size=2M ext=8M:2M
on A release
on A check "once the guest has ended it is free" \
	soon famfs-poke map /mnt/famfs/g size=2M ext=8M:2M
on A run rm /mnt/famfs/g

start_guest $f
on A gives ok "the guest stores" ask gstore $bad 1
# shellcheck disable=SC2016 # the host knows its device
on A eval 'corrupt $DEV $((8 * 1024 * 1024 + 5 * 4096)) || :'
on A prints "SIGBUS BUS_MCEERR_AR" "its page failed: the process is told the address" \
	ask gload $bad
on A also "at +0, 2^12 bytes" "which is the page's"
on A gives 0 "the page beside it is there" ask gload $((bad + 4096))
on A gives ok "and can be stored to" ask gstore $((bad - 4096)) 2
on A gives 4096 "the page is made good" ask write $bad
on A gives ok "and stored to" ask gstore $bad 3

on A check "the device is removed under the guest" \
	sh -c "echo dax0.0 >/sys/bus/dax/drivers/fsdev_dax/unbind"
on A gives EFAULT "which has no memory" ask gload 1M
on A gives SIGBUS "as the process has none" ask touch 1M
on A release
on A run umount /mnt/famfs
on A check "nobody has the modules of KVM" rmmod kvm_amd kvm
leave A
