# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Mounts that must be refused, each with its errno and with a reason in the log
# of the mount, which is where mount(8) gets what it prints.
#
# hosts: 1
# memory: static 256M dynamic 128M
# modules: famfs

mkdir -p "$MNT" /mnt/other /mnt/nodes
: >/run/file
other=/dev/$DYNAMIC_DEV
holder=/sys/bus/dax/devices/$DEV/fsdev/holder
# number_at MOUNTPOINT: of the file system there
number_at() {
	awk -v at="$1" '$5 == at { print $3 }' /proc/self/mountinfo
}
numbers() {
	tr : ' ' <"/sys/bus/dax/devices/$1/dev"
}

refused EINVAL "no device" famfs-poke mount "" "$MNT"
also "no device given" "and says so"
refused ENOENT "a path that is not there" famfs-poke mount /dev/dax9.9 "$MNT"
also "/dev/dax9.9: no such device" "and says so"
refused EINVAL "an ordinary file" famfs-poke mount /run/file "$MNT"
also "/run/file: not a device" "and says so"
refused ENODEV "a character device of another kind" \
	famfs-poke mount /dev/null "$MNT"
also "/dev/null: not a dax device" "and says so"
# shellcheck disable=SC2046 # two numbers
mknod /run/stale c $(numbers "$DEV" | cut -d ' ' -f 1) 77
refused ENODEV "a number that no dax device has" famfs-poke mount /run/stale "$MNT"
also "/run/stale: not a dax device" "and says so"
refused EOPNOTSUPP "a device that device_dax has" \
	famfs-poke mount "/dev/$DEV" "$MNT"
also "bound to another driver" "and says so"
also "/sys/bus/dax/drivers/fsdev_dax/new_id" "and says how to bind it"
dax_sysfs "$DEV" device_dax/unbind
refused ENODEV "a device without a driver" famfs-poke mount "/dev/$DEV" "$MNT"
also "not bound to a driver" "and says so"
dax_sysfs "$DEV" fsdev_dax/new_id

refused EINVAL "an option that does not exist" \
	famfs-poke mount "/dev/$DEV" "$MNT" colour=red
also "colour" "and names it"
refused EINVAL "dax= of an unknown value" \
	famfs-poke mount "/dev/$DEV" "$MNT" dax=never
refused EINVAL "mode= that is no mode" \
	famfs-poke mount "/dev/$DEV" "$MNT" mode=77777
refused EINVAL "mode= that is not octal" \
	famfs-poke mount "/dev/$DEV" "$MNT" mode=rwx
refused EINVAL "uid= that is no number" \
	famfs-poke mount "/dev/$DEV" "$MNT" uid=root
refused EINVAL "gid= that is no group" \
	famfs-poke mount "/dev/$DEV" "$MNT" gid=4294967295
refused EINVAL "a second device as source" \
	famfs-poke mount "/dev/$DEV" "$MNT" "source=/dev/$DEV"
also "more than one source given" "and says so"
run mount -t tmpfs -o nodev tmpfs /mnt/nodes
# shellcheck disable=SC2046 # two words
mknod /mnt/nodes/memory c $(numbers "$DEV")
refused EACCES "a device node on a nodev file system" \
	famfs-poke mount /mnt/nodes/memory "$MNT"
refused EPERM "a mount from a user namespace of one's own" \
	unshare -U -r -m famfs-poke mount "/dev/$DEV" "$MNT"
also "create: EPERM" "and it was the mount that was refused"

# mount(8) before util-linux 2.39 cannot ask for the reason: it gets logged.
check "mount(8) fails for a device of another kind" \
	not mount -t famfs /dev/null "$MNT"
# shellcheck disable=SC2154 # set by check
reason=$output$(dmesg | tail -n 1)
prints "/dev/null: not a dax device" "and the reason is in its output or in the kernel's log" \
	echo "$reason"

check "after all that it mounts" mount -t famfs -o mode=0700,dax=always \
	"/dev/$DEV" "$MNT"
gives 700 "mode= sets the root directory's mode" stat -c %a "$MNT"
prints "mode=700" "and /proc/mounts shows it" grep famfs /proc/mounts
refused EBUSY "the same device again" famfs-poke mount "/dev/$DEV" /mnt/other
also "already in use by a file system: famfs $(number_at "$MNT");" \
	"and says by which mount"
! fsdev_is_ours || prints " $(number_at "$MNT")" "as does sysfs" cat "$holder"
prints "already mounted" "mount(8) says so in its own words" \
	mount -t famfs "/dev/$DEV" /mnt/other
ln -s "/dev/$DEV" /run/link
refused EBUSY "the same device through a symlink" \
	famfs-poke mount /run/link /mnt/other
run mount --bind "/dev/$DEV" /run/file
refused EBUSY "the same device through a bind mount" \
	famfs-poke mount /run/file /mnt/other
run umount /run/file
# shellcheck disable=SC2046
mknod /run/memory c $(numbers "$DEV")
refused EBUSY "the same device through another node" \
	famfs-poke mount /run/memory /mnt/other

dax_sysfs "$DYNAMIC_DEV" device_dax/unbind
dax_sysfs "$DYNAMIC_DEV" fsdev_dax/new_id
run umount /mnt/nodes
run mount -t tmpfs tmpfs /mnt/nodes
# shellcheck disable=SC2046
mknod /mnt/nodes/memory c $(numbers "$DYNAMIC_DEV")
check "another device mounts beside it" \
	mount -t famfs /mnt/nodes/memory /mnt/other
check "a mount does not keep the file system of its node busy" \
	umount /mnt/nodes
check "each has its own files" sh -c ": >$MNT/x && ! [ -e /mnt/other/x ]"
refused EBUSY "the other one is held as well" famfs-poke mount "$other" "$MNT"

run umount "$MNT"
! fsdev_is_ours || gives none "nobody has a device after umount" cat "$holder"
# In a mount namespace of its own, as containers have.
unshare -m sh -c "mount -t famfs /dev/$DEV $MNT &&
	sed -n 's,^[^ ]* [^ ]* \\([^ ]*\\) / $MNT .*,\\1,p' /proc/self/mountinfo >/run/there &&
	exec sleep 1000" &
elsewhere=$!
run soon test -s /run/there
gives "" "a mount in another namespace is not seen here" number_at "$MNT"
refused EBUSY "and keeps the device" famfs-poke mount "/dev/$DEV" "$MNT"
also "famfs $(cat /run/there); if /proc/self/mountinfo does not list that, it is mounted in another mount namespace" \
	"and where to look is said"
! fsdev_is_ours || prints " $(cat /run/there)" "sysfs has its number" cat "$holder"
kill $elsewhere
check "with the namespace it goes" soon famfs-poke mount "/dev/$DEV" "$MNT"
