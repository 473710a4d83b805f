# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Memory that a mount refuses: with its page structures on it, unless no other host
# uses it; below the device mapper; of a number that is a disk's; and what whoever
# mounts may not open.
#
# hosts: 1
# memory: static 256M dynamic 128M
# modules: famfs mapper
# programs: dmsetup

mkdir -p "$MNT" /mnt/other /mnt/cgroup

namespace() {
	run ndctl create-namespace -f -e "$NAMESPACE" "$@" >/dev/null
}

# refused_inside NODE
refused_inside() {
	refused EOPNOTSUPP "$1: page structures on the memory" \
		famfs-poke mount "$1" "$MNT"
	also "its page structures are on the memory itself" "and says so"
	also "-o unshared if no other host uses the memory" "and how to say otherwise"
	check "with unshared it mounts" mount -t famfs -o unshared "$1" "$MNT"
	prints unshared "and /proc/mounts shows it" grep famfs /proc/mounts
	run umount "$MNT"
}

# The number of a character device that only the pmem's dax device has.
pmem_number() {
	local major minor=0

	major=$(cut -d : -f 1 "/sys/bus/dax/devices/$DYNAMIC_DEV/dev")
	while [ $minor -lt 16 ]; do
		[ -e "/sys/dev/char/$major:$minor" ] ||
			mknod "/run/number$minor" c "$major" $minor
		minor=$((minor + 1))
	done
}

namespace -m devdax -M dev
STATIC_DEV=$(nvdimm_dax "$(nvdimms | head -n 1)")
to_fsdev "$STATIC_DEV"
refused_inside "/dev/$STATIC_DEV"
! fsdev_is_ours || {
	refused EOPNOTSUPP "nor can such a device be mapped" \
		famfs-poke word "/dev/$STATIC_DEV" 2M
	check "but read" famfs-poke read "/dev/$STATIC_DEV" 0 4096
}
run dax_sysfs "$STATIC_DEV" fsdev_dax/unbind
run dax_sysfs "$STATIC_DEV" fsdev_dax/remove_id

namespace -m fsdax -M dev
refused_inside "$PMEM"
namespace -m fsdax -M mem
pmem_number
t=/sys/kernel/tracing
fsdev_is_ours || {
	# It would take any dax device's private data for a character device's, and what
	# it then reads says ENODEV or not by chance.
	echo 'p:taken fs_dax_get' >$t/kprobe_events
	echo >$t/trace
	check "calls of fs_dax_get() are traced" \
		sh -c "echo 1 >$t/events/kprobes/taken/enable"
}
for node in /run/number*; do
	refused ENODEV "$node, which is no character device" \
		famfs-poke mount "$node" "$MNT"
done
fsdev_is_ours || {
	check "and the kernel is not asked to take one" \
		sh -c "! grep ': taken: ' $t/trace"
	echo 0 >$t/events/kprobes/taken/enable
	echo >$t/kprobe_events
}
run dmsetup create linear --noudevsync --noudevrules --table \
	"0 65536 linear $PMEM 0"
refused EOPNOTSUPP "pmem below the device mapper" \
	famfs-poke mount /dev/dm-0 "$MNT"
also "its memory is another device's" "and says so"
run dmsetup remove --noudevsync --noudevrules linear

to_fsdev "$DYNAMIC_DEV"
node=/dev/$DYNAMIC_DEV
check "it mounts" mount -t famfs "$node" "$MNT"
number=$(findmnt -n -o MAJ:MIN "$MNT" | tr -d ' ')
refused EBUSY "a device that is mounted" famfs-poke mount "$node" /mnt/other
also "already in use by a file system: famfs $number" "and says by which mount"
run umount "$MNT"

# Without the capability that passes over permissions.
run chmod 0 "$node"
refused EACCES "a node that may not be opened" setpriv --bounding-set \
	-dac_override,-dac_read_search --inh-caps -all \
	famfs-poke mount "$node" "$MNT"
run chmod 600 "$node"
run mount -t cgroup -o devices devices /mnt/cgroup
mkdir /mnt/cgroup/box
echo "c $(cat "/sys/bus/dax/devices/$DYNAMIC_DEV/dev") w" \
	>/mnt/cgroup/box/devices.deny
in_box() {
	sh -c 'echo $$ >/mnt/cgroup/box/tasks && exec "$@"' sh "$@"
}
refused EPERM "a device that the device cgroup does not allow" \
	in_box famfs-poke mount "$node" "$MNT"
also "$node: cannot be opened (error -1)" "and says so"
check "one that it allows to read mounts ro" \
	in_box famfs-poke mount "$node" "$MNT" ro
refused EACCES "but not rw later" famfs-poke remount "$MNT" rw
run umount "$MNT"
check "outside it mounts" famfs-poke mount "$node" "$MNT"
