# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Device cgroups of cgroup v2, which are BPF programs: who may not open a device may not
# mount it either.
#
# hosts: 1
# only: stock 7.2: the kernels that look for bugs have no BPF
# memory: static 64M dynamic 64M
# modules: famfs

to_fsdev "$STATIC_DEV"
to_fsdev "$DYNAMIC_DEV"
a=/dev/$STATIC_DEV
b=/dev/$DYNAMIC_DEV
cgroup=/run/cgroup/one
mkdir -p "$MNT" /run/cgroup
run mount -t cgroup2 none /run/cgroup
mkdir $cgroup

# inside COMMAND...: by a process of the cgroup
inside() {
	sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' $cgroup "$@"
}

# allow DEVICE: and no other
allow() {
	run famfs-poke device-cgroup $cgroup "$(cat "/sys/bus/dax/devices/$1/dev")"
}

check "a cgroup without a program mounts it" inside famfs-poke mount "$a" "$MNT"
run umount "$MNT"
allow "$DYNAMIC_DEV"
refused EPERM "the cgroup keeps it from being opened" inside famfs-poke nop "$a"
refused EPERM "and from being mounted" inside famfs-poke mount "$a" "$MNT"
also "$a: cannot be opened" "which is said"
check "the other one is mounted" inside famfs-poke mount "$b" "$MNT"
run umount "$MNT"
allow "$STATIC_DEV"
mounts_as_allowed "$a" "$b"
