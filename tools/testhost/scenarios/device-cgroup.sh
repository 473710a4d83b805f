# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Who may not open a device may not mount it either: device cgroups and the
# permissions of the node are honoured as if it were opened.
#
# hosts: 1
# memory: static 64M dynamic 64M
# modules: famfs

to_fsdev "$STATIC_DEV"
to_fsdev "$DYNAMIC_DEV"
a=/dev/$STATIC_DEV
b=/dev/$DYNAMIC_DEV
mkdir -p "$MNT" /run/devices
run mount -t cgroup -o devices none /run/devices
mkdir /run/devices/none
run sh -c "echo a >/run/devices/none/devices.deny"

# inside COMMAND...: by a process that the cgroup allows no device
inside() {
	sh -c 'echo $$ >/run/devices/none/cgroup.procs && exec "$@"' inside "$@"
}

refused EPERM "the cgroup keeps it from being opened" inside famfs-poke nop "$a"
refused EPERM "and from being mounted" inside famfs-poke mount "$a" "$MNT"
number=$(cat "/sys/bus/dax/devices/$STATIC_DEV/dev")
run sh -c "echo c $number rwm >/run/devices/none/devices.allow"
mounts_as_allowed "$a" "$b"
