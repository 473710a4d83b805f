# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Read-only mounts, and remounts: between ro and rw with nothing but what
# /proc/mounts shows, and what a remount cannot change.
#
# hosts: 1
# memory: static 256M dynamic 128M
# modules: famfs

to_fsdev "$DEV"
to_fsdev "$DYNAMIC_DEV"
mkdir -p "$MNT" /mnt/other
f=$MNT/f
options() {
	findmnt --raw -n -o FS-OPTIONS "$MNT"
}

check "a mount with all options" mount -t famfs \
	-o mode=1770,uid=1000,gid=100,dax=always "/dev/$DEV" "$MNT"
gives "1770 1000 100" "the root directory starts with them" \
	stat -c "%a %u %g" "$MNT"
gives "rw,mode=1770,uid=1000,gid=100,dax=always" "/proc/mounts shows them" \
	options
create "$f" size=4M ext=2M:4M
run famfs-poke fill "$f" 0 4M 1
: >"$MNT/empty"
run chmod 755 "$MNT"
run chown 0:0 "$MNT"

hold "$f"
refused EBUSY "ro while a file is open for writing" \
	famfs-poke remount "$MNT" ro
gives ok "it maps the file, and closes it" ask map 0 4M
release
check "ro" mount -o remount,ro "$MNT"
gives "ro,mode=1770,uid=1000,gid=100,dax=always" "the other options stay" \
	options
gives "755 0 0" "and so does the root directory" stat -c "%a %u %g" "$MNT"
refused EROFS "ro: a map" famfs-poke map "$MNT/empty" size=2M ext=8M:2M
refused EROFS "ro: a map by V2" famfs-poke map2 "$MNT/empty" size=2M ext=0:8M:2M
refused EROFS "ro: a new file" touch "$MNT/g"
refused EROFS "ro: a file opened for writing" famfs-poke write "$f" 0 4096
refused EROFS "ro: unlink" rm "$f"
refused EROFS "ro: a new owner" chown 1 "$f"
check "ro: reads" famfs-poke verify "$f" 0 4M 1
check "ro: mmap" famfs-poke verify "$f" 0 4M 1 mmap
check "ro: and may ask for a map" famfs-poke get "$f"
check "rw" mount -o remount,rw "$MNT"
check "rw: writes" famfs-poke fill "$f" 0 4M 2
check "rw: a map" famfs-poke map "$MNT/empty" size=2M ext=8M:2M

# Alone, and all that is shown, in the form that fsconfig(2) takes.
check "a remount with nothing" famfs-poke remount "$MNT"
# shellcheck disable=SC2046 # a list of words
check "a remount with what /proc/mounts shows" \
	famfs-poke remount "$MNT" $(options | tr , ' ')
check "and with the device, by another name" sh -c \
	"ln -s /dev/$DEV /run/name && famfs-poke remount $MNT source=/run/name"
refused EINVAL "another device" \
	famfs-poke remount "$MNT" "source=/dev/$DYNAMIC_DEV"
also "a remount cannot change the devices" "and says so"
refused EINVAL "another mode" famfs-poke remount "$MNT" mode=700
also "a remount cannot change mode=; use chmod" "and says so"
refused EINVAL "another owner" famfs-poke remount "$MNT" uid=0
also "a remount cannot change uid= and gid=; use chown" "and says so"
refused EINVAL "another group" famfs-poke remount "$MNT" gid=0
refused EINVAL "another way to flush" famfs-poke remount "$MNT" flush=never
also "a remount cannot change flush=" "and says so"
refused EINVAL "an option that does not exist" \
	famfs-poke remount "$MNT" colour=red
refused EINVAL "ro with an option that is refused" \
	famfs-poke remount "$MNT" ro mode=700
check "is not done in part" famfs-poke fill "$f" 0 4M 3
refused EPERM "a remount by a user" setpriv --reuid 1000 --regid 1000 \
	--clear-groups famfs-poke remount "$MNT" ro

check "a mount that is ro" mount -t famfs -o ro "/dev/$DYNAMIC_DEV" /mnt/other
gives "ro,dax=always" "/proc/mounts shows no default" \
	findmnt --raw -n -o FS-OPTIONS /mnt/other
refused EROFS "takes no file" touch /mnt/other/f
refused EBUSY "but holds the device" \
	famfs-poke mount "/dev/$DYNAMIC_DEV" /mnt/other
check "rw makes it writable" mount -o remount,rw /mnt/other
check "and so it takes a map" create /mnt/other/f size=2M ext=2M:2M
