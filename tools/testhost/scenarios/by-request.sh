# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# fsdev_dax takes no device that nobody asked it to take: not one that has no
# driver, not when it is the only driver, and not when it is loaded later.
#
# hosts: 1
# memory: static 256M dynamic 128M
# modules: famfs

# probed DEVICE: offer a device to all drivers, and tell who has it then.
probed() {
	echo "$1" >/sys/bus/dax/drivers_probe
	driver_of "$1"
}

for dev in "$STATIC_DEV" "$DYNAMIC_DEV"; do
	gives device_dax "$dev is with device_dax" driver_of "$dev"
	run dax_sysfs "$dev" device_dax/unbind
	gives "" "$dev, unbound, stays so" driver_of "$dev"
done
run rmmod device_dax
for dev in "$STATIC_DEV" "$DYNAMIC_DEV"; do
	gives "" "$dev, offered to fsdev_dax alone, is not taken" probed "$dev"
done

run rmmod famfs
run rmmod fsdev_dax
run insert famfs
for dev in "$STATIC_DEV" "$DYNAMIC_DEV"; do
	gives "" "$dev is not taken when fsdev_dax is loaded" driver_of "$dev"
done

run insert static
gives device_dax "the static device goes to device_dax when that is loaded" \
	driver_of "$STATIC_DEV"
# QEMU's arm64 machine has no device of dax_hmem, and another NVDIMM in its place.
waiting=$(dax_below hmem.)
if [ -n "$waiting" ]; then
	gives "" "the dynamic one waits for kmem, as without us" driver_of "$waiting"
else
	waiting=$DYNAMIC_DEV
	run dax_sysfs "$waiting" device_dax/unbind
fi
run dax_sysfs "$waiting" fsdev_dax/new_id
gives fsdev_dax "written to new_id, it is taken" driver_of "$waiting"
run dax_sysfs "$STATIC_DEV" fsdev_dax/new_id
gives device_dax "one that another driver has is not moved by new_id" \
	driver_of "$STATIC_DEV"
