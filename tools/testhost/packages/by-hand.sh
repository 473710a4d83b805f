# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# The first boot with the packages: what they do unasked, and then what an
# administrator does to have a file system at every boot.

gives running "the system boots" systemctl is-system-running --wait
run udevadm settle		# the boot is over before the last module is in
run setup_static
run udevadm settle
gives device_dax "as installed, the packages take no device" driver_of "$DEV"
# Both of our drivers use it.
check "and load no module of ours" not test -e /sys/module/famfs_extent

# shellcheck disable=SC2016 # a field of dpkg's
prints "$(dpkg-query -W -f '${Version}' famfs-mini)" \
	"famfs-mini tells the package's version" famfs-mini --version

uuid=$(cat "$(readlink -f "/sys/bus/dax/devices/$DEV")/../uuid")
address=$(cat "/sys/bus/dax/devices/$DEV/resource")
show "echo uuid $uuid >>/etc/famfs/fsdev.conf"
echo "uuid $uuid" >>/etc/famfs/fsdev.conf
check "fsdev-bind runs" /usr/lib/famfs/fsdev-bind
gives fsdev_dax "fsdev-bind gives a device that is named to fsdev_dax" \
	driver_of "$DEV"
run udevadm settle
gives "/dev/$DEV" "udev gives it a name by uuid" \
	readlink -f "/dev/famfs/by-uuid/$uuid"
gives "/dev/$DEV" "and one by address" \
	readlink -f "/dev/famfs/by-address/$address"

show "echo /dev/famfs/by-uuid/$uuid $MNT famfs defaults 0 0 >>/etc/fstab"
echo "/dev/famfs/by-uuid/$uuid $MNT famfs defaults 0 0" >>/etc/fstab
run mkdir "$MNT"
run systemctl daemon-reload
check "an entry in fstab is mounted by hand, which loads the modules" mount "$MNT"

cat >/etc/famfs/mnt-famfs.map <<MAP
---
file:
  path: data/model.bin
  size: 4194304
  simple_ext_list:
  - {devindex: 0, offset: 0x600000, length: 0x400000}
MAP
check "famfs-map@ starts, and will at every mount" \
	systemctl enable --now famfs-map@mnt-famfs.service
gives 4194304 "the file of its map file is there" \
	stat -c %s "$MNT/data/model.bin"

cat >>/etc/famfs/mnt-famfs.map <<MAP
---
file:
  path: data/private.bin
  size: 4194304
  mode: 0600
  uid: 1000
  simple_ext_list:
  - {devindex: 0, offset: 0x1000000, length: 0x400000}
MAP
check "famfs-map@ reloads" systemctl reload famfs-map@mnt-famfs.service
gives "4194304 600 1000" "the file of an entry that is new is there" \
	stat -c "%s %a %u" "$MNT/data/private.bin"
check "it reloads when nothing is new" \
	systemctl reload famfs-map@mnt-famfs.service

# reload_by COMMAND...: confined as the service is
reload_by() {
	mkdir -p /run/systemd/system/famfs-map@.service.d
	printf '%s\n' "[Service]" "ExecReload=" "ExecReload=$*" \
		>/run/systemd/system/famfs-map@.service.d/test.conf
	systemctl daemon-reload
	systemctl reload famfs-map@mnt-famfs.service
}
check "its commands can write to the mount" reload_by /bin/mkdir "$MNT/new"
check "but not elsewhere" not reload_by /bin/mkdir /etc/famfs/new
check "nor open a device" not reload_by /bin/dd if=/dev/vda of=/dev/null count=0
check "nor make one" not reload_by /bin/mknod "$MNT/null" c 1 3
run rmdir "$MNT/new"
run rm -r /run/systemd/system/famfs-map@.service.d
run systemctl daemon-reload

# The next boot has to do without.
show "echo /dev/famfs/by-uuid/... /mnt/missing famfs nofail,... 0 0 >>/etc/fstab"
echo "/dev/famfs/by-uuid/01234567-89ab-cdef-0123-456789abcdef /mnt/missing famfs \
nofail,x-systemd.device-timeout=1s 0 0" >>/etc/fstab

run dd if=/dev/urandom of="$MNT/data/model.bin" bs=4M count=1 conv=notrunc \
	iflag=fullblock
show "sha256sum $MNT/data/model.bin >/checksum"
sha256sum "$MNT/data/model.bin" >/checksum
