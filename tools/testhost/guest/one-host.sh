# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# One host on $DEV, of whatever kind: bind, mount, map, write, read, df, umount, and
# back to device_dax.  For the scenarios static and dynamic.

gives device_dax "fsdev_dax takes no device by itself" driver_of "$DEV"
mount_famfs
gives fsdev_dax "the device is bound to fsdev_dax" driver_of "$DEV"
gives "/dev/$DEV $MNT famfs" "/proc/mounts shows the device as it was given" \
	findmnt --raw -n -o SOURCE,TARGET,FSTYPE "$MNT"
size=$(cat "/sys/bus/dax/devices/$DEV/size")
gives "magic=0x87b282fe bsize=$PAGE bytes=$size free=$size" \
	"statfs gives magic, size and all free" famfs-poke statfs "$MNT"

check "a file gets 64 MiB of the device" create "$MNT/a" size=64M ext=2M:64M
gives "magic=0x87b282fe bsize=$PAGE bytes=$size free=$((size - 32 * M2))" \
	"statfs counts them as used" famfs-poke statfs "$MNT"
gives "$((size / 1024)) 65536" "df shows the same" \
	sh -c "df -k $MNT | awk 'NR == 2 { print \$2, \$3 }'"
gives 67108864 "the file has the size of its map" stat -c %s "$MNT/a"
check "its first and last 8 MiB are written" sh -c \
	"famfs-poke fill $MNT/a 0 8M 1 && famfs-poke fill $MNT/a 56M 8M 1"
check "and read back through mmap" famfs-poke verify "$MNT/a" 56M 8M 1 mmap
check "and read back through read" famfs-poke verify "$MNT/a" 0 8M 1

check "umount" umount "$MNT"
to_device_dax "$DEV"
gives device_dax "the device is back at device_dax" driver_of "$DEV"
# The pattern is by file offset, and the file started 2 MiB into the device.
check "device_dax maps the bytes that the file had" \
	famfs-poke verify "/dev/$DEV" 58M 8M $((1 - M2 / 8)) mmap
