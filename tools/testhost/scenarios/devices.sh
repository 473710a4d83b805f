# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# A mount of two memory devices: maps name them by index, a file can stripe over
# both, and both are held and given back.
#
# hosts: 1
# memory: static 256M dynamic 128M
# modules: famfs

a=/dev/$STATIC_DEV
b=/dev/$DYNAMIC_DEV
f=$MNT/f
mkdir -p "$MNT" /mnt/other
size() {
	cat "/sys/bus/dax/devices/$1/size"
}

to_fsdev "$STATIC_DEV"
refused EOPNOTSUPP "a second device that device_dax has" \
	famfs-poke mount "$a" "$MNT" "daxdev=$b"
also "$b: bound to another driver" "and says which"
check "the first device is not held by a mount that was refused" \
	mount -t famfs "$a" "$MNT"
run umount "$MNT"
to_fsdev "$DYNAMIC_DEV"
refused ENODEV "a second device of another kind" \
	famfs-poke mount "$a" "$MNT" daxdev=/dev/null
also "/dev/null: not a dax device" "and says which"
refused ENOENT "a second device that is not there" \
	famfs-poke mount "$a" "$MNT" daxdev=/dev/dax9.9
also "/dev/dax9.9: no such device" "and says which"
refused EINVAL "daxdev= without a device" famfs-poke mount "$a" "$MNT" daxdev=
refused EINVAL "daxdev= but no source" famfs-poke mount "" "$MNT" "daxdev=$a"
also "no device given" "and says so"
refused EINVAL "the source again" famfs-poke mount "$a" "$MNT" "daxdev=$a"
also "$a: given before as $a" "and says so"
ln -s "$b" /run/name
refused EINVAL "a device by two names" \
	famfs-poke mount "$a" "$MNT" "daxdev=$b" daxdev=/run/name
also "/run/name: given before as $b" "and says so"
# Numbers of character devices that are not there: 16 and the source are too many.
mkdir /run/many
set --
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
	mknod "/run/many/$i" c 240 "$i"
	set -- "$@" "daxdev=/run/many/$i"
done
refused EINVAL "17 devices" famfs-poke mount "$a" "$MNT" "$@"
also "/run/many/16: more than 16 devices" "and says so"
shift
refused ENODEV "16 devices are not too many, were they there" \
	famfs-poke mount "$a" "$MNT" "$@"

check "two devices" mount -t famfs -o "daxdev=$b" "$a" "$MNT"
gives "$a rw,daxdev=$b,dax=always" "/proc/mounts shows both" \
	findmnt --raw -n -o SOURCE,FS-OPTIONS "$MNT"
all=$(($(size "$STATIC_DEV") + $(size "$DYNAMIC_DEV")))
gives "magic=0x87b282fe bsize=4096 bytes=$all free=$all" \
	"statfs adds them up" famfs-poke statfs "$MNT"
refused EBUSY "the second device alone" famfs-poke mount "$b" /mnt/other
also "$b: already in use by a file system" "and says so"
check "ro" mount -o remount,ro "$MNT"
check "rw, by what /proc/mounts shows" mount -o remount,rw "$MNT"
check "a remount with the second device by another name" \
	famfs-poke remount "$MNT" daxdev=/run/name
refused EINVAL "a remount with another second device" \
	famfs-poke remount "$MNT" daxdev=/dev/null
also "a remount cannot change the devices" "and says so"
refused EINVAL "a remount with a third device" \
	famfs-poke remount "$MNT" "daxdev=$b" daxdev=/dev/null

: >"$f"
refused EINVAL "a map on device 2" famfs-poke map2 "$f" size=2M ext=2:2M:2M
refused EINVAL "a map behind the end of device 1" \
	famfs-poke map2 "$f" size=2M "ext=1:$(size "$DYNAMIC_DEV"):2M"
check "a map behind that offset of device 0" \
	famfs-poke map2 "$f" size=2M "ext=0:$(size "$DYNAMIC_DEV"):2M"
run rm "$f"

: >"$MNT/zero"
: >"$MNT/one"
check "a file on device 0" famfs-poke map2 "$MNT/zero" size=4M ext=0:8M:4M
check "one at the same offset of device 1" \
	famfs-poke map2 "$MNT/one" size=4M ext=1:8M:4M
run famfs-poke fill "$MNT/zero" 0 4M 1
run famfs-poke fill "$MNT/one" 0 4M 2 mmap
check "device 0 has its bytes" famfs-poke verify "$MNT/zero" 0 4M 1 mmap
check "device 1 has its own" famfs-poke verify "$MNT/one" 0 4M 2
: >"$f"
refused EBUSY "memory of device 1 that a file has" \
	famfs-poke map2 "$f" size=4M ext=0:32M:2M ext=1:10M:2M
refused EOVERFLOW "MAP_GET has no room for a device" famfs-poke get "$MNT/one"
refused EOVERFLOW "nor has MAP_GETEXT" famfs-poke getext "$MNT/one" 1
gives "size=4194304 file_type=0 1:0x800000:0x400000" "MAP_GET_V2 tells it" \
	famfs-poke get2 "$MNT/one"

# 2 MiB chunks in turn: the bytes are where the strips say.
check "a file striped over both" famfs-poke map2 "$f" size=8M \
	striped=2:2M:8M ext=0:64M:4M ext=1:32M:4M
gives "magic=0x87b282fe bsize=4096 bytes=$all free=$((all - 8 * M2))" \
	"statfs counts all of them" famfs-poke statfs "$MNT"
run famfs-poke fill "$f" 0 8M 3
run trace famfs-poke touch "$f" 0 8M 4K write
gives "4 huge, 0 small" "its faults are huge, on both devices" \
	echo "$(faults pmd) huge, $(faults pte) small"
run famfs-poke fill "$f" 0 8M 4 mmap
check "fsync" famfs-poke fsync "$f"
run cp "$f" /run/copy
run rm "$f"
create "$MNT/at" size=4M ext=64M:4M
check "chunks 0 and 2 are on device 0" sh -c \
	"{ dd if=/run/copy bs=2M count=1; dd if=/run/copy bs=2M skip=2 count=1; } 2>/dev/null | cmp - $MNT/at"
: >"$MNT/at1"
run famfs-poke map2 "$MNT/at1" size=4M ext=1:32M:4M
check "chunks 1 and 3 are on device 1" sh -c \
	"{ dd if=/run/copy bs=2M skip=1 count=1; dd if=/run/copy bs=2M skip=3 count=1; } 2>/dev/null | cmp - $MNT/at1"
run rm "$MNT/at" "$MNT/at1"

# famfs-mini knows the devices, of lists of any length.
{
	map_entry long.bin 8388608 0:0x4000000:0x200000 1:0x2200000:0x200000 \
		1:0x2000000:0x200000 0:0x3000000:0x200000
	map_striped striped.bin 8388608 0x200000 1:0x3000000:0x400000 \
		0:0x5000000:0x400000
} >/run/all.map
prints "installed 2 of 2" "famfs-mini installs on both devices" \
	famfs-mini mapfile --root "$MNT" /run/all.map
prints "2 already there" "and finds them there" \
	famfs-mini mapfile --root "$MNT" /run/all.map
famfs-mini show "$MNT/long.bin" "$MNT/striped.bin" >/run/shown.map
gives "0 1 1 0 1 0 " "and shows the devices" \
	sh -c "sed -n 's/.*devindex: //p' /run/shown.map | tr '\n' ' '"
prints "2 already there" "so that mapfile takes it" \
	famfs-mini mapfile --root "$MNT" /run/shown.map
prints " $(((1 << 56) + 0x2200000)).." "FIEMAP has the device in bits 56 and up" \
	filefrag -b1 -v "$MNT/long.bin"
sed 's/devindex: 1/devindex: 2/' /run/all.map >/run/two.map
prints "extent 2: device 2 is above the last one, 1" \
	"famfs-mini refuses a device that the mount has not" \
	famfs-mini mapfile --root "$MNT" /run/two.map

check "umount" umount "$MNT"
check "gives both back" mount -t famfs "$b" /mnt/other
create /mnt/other/one size=4M ext=8M:4M
check "device 1 has its bytes when it is mounted alone" \
	famfs-poke verify /mnt/other/one 0 4M 2
refused EBUSY "a second device that a mount has" \
	famfs-poke mount "$a" "$MNT" "daxdev=$b"
also "$b: already in use by a file system" "and says which"
check "the first one is free all the same" mount -t famfs "$a" "$MNT"
