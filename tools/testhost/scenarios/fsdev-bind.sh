# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# What fsdev-bind leaves alone: drivers' devices as long as fsdev_dax cannot be loaded,
# devices without memory, and those that get the name of one that it bound.
#
# hosts: 1
# machine: x86_64: only there is memory that other dax devices can be made in
# memory: static 256M dynamic 128M
# modules: famfs

bind=/usr/local/lib/famfs/fsdev-bind
dax=/sys/bus/dax/devices
conf=/etc/famfs/fsdev.conf
region=$(readlink -f "$dax/$DYNAMIC_DEV/../dax_region")
address=$(cat "$dax/$DYNAMIC_DEV/resource")

# put VALUE FILE: of sysfs; a refusal is one of the kernel's
put() {
	env echo "$1" >"$2"
}

# The default of a host that hands such memory to nobody.
run dax_sysfs "$DYNAMIC_DEV" device_dax/remove_id
run sh -c "echo address $address >$conf"

run rmmod famfs
run rmmod fsdev_dax
mkdir -p /run/modprobe.d
echo "install fsdev_dax exit 1" >/run/modprobe.d/broken.conf
prints "cannot load fsdev_dax" "where fsdev_dax cannot be loaded, that is said" $bind
gives device_dax "and the device stays with the driver that it has" \
	driver_of "$DYNAMIC_DEV"
check "nor is kmem loaded" not $bind
rm /run/modprobe.d/broken.conf
run insert famfs

gives "" "otherwise it is bound, without a word" $bind
gives fsdev_dax "to fsdev_dax" driver_of "$DYNAMIC_DEV"
run dax_sysfs "$DYNAMIC_DEV" fsdev_dax/unbind
put "$DYNAMIC_DEV" /sys/bus/dax/drivers_probe
gives "" "what appears under its name is not taken" driver_of "$DYNAMIC_DEV"

run put 0 "$dax/$DYNAMIC_DEV/size"
prints "$DYNAMIC_DEV at $address has no memory (size 0)" \
	"a device without memory is not bound, and that is said" $bind
check "and kmem has to wait" not $bind
mkdir -p "$MNT"
refused ENODEV "nor is it mounted" famfs-poke mount "/dev/$DYNAMIC_DEV" "$MNT"
also "which does nothing if its size is 0" "maybe for that reason"
run dax_sysfs "$DYNAMIC_DEV" fsdev_dax/new_id
gives "" "its name in new_id does nothing" driver_of "$DYNAMIC_DEV"
refused ENXIO "and bind is refused" put "$DYNAMIC_DEV" /sys/bus/dax/drivers/fsdev_dax/bind
run dax_sysfs "$DYNAMIC_DEV" fsdev_dax/remove_id

run put 1 "$region/create"
other=$(dax_below hmem. | grep -v "^$DYNAMIC_DEV\$")
run put $((32 * M2)) "$dax/$other/size"
gives "" "one that has memory there is bound" $bind
gives fsdev_dax "to fsdev_dax" driver_of "$other"
gives "" "and the empty one is passed over" driver_of "$DYNAMIC_DEV"
mount_famfs "$other"
run umount "$MNT"

# What udev starts for several devices runs at the same time.
run dax_sysfs "$other" fsdev_dax/unbind
for n in 1 2 3 4; do
	$bind >"/run/said$n" 2>&1 &
done
wait
gives "" "four at the same time have nothing to say" cat /run/said1 /run/said2 \
	/run/said3 /run/said4
gives fsdev_dax "and it is bound" driver_of "$other"

run dax_sysfs "$other" fsdev_dax/unbind
run put 0 "$dax/$other/size"
run put "$other" "$region/delete"
: >$conf
