# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# The test host itself: the stock kernel offers a static and a dynamic dax
# device, and device_dax maps both.  Nothing of ours is loaded.
#
# hosts: 1
# memory: static 256M dynamic 256M

for dev in "$STATIC_DEV" "$DYNAMIC_DEV"; do
	gives device_dax "$dev belongs to device_dax" driver_of "$dev"
	check "$dev: a pattern stored through mmap" \
		famfs-poke fill "/dev/$dev" 2M 4M 7 mmap
	check "$dev: the same pattern is read back" \
		famfs-poke verify "/dev/$dev" 2M 4M 7 mmap
	prints "wanted" "$dev: another pattern is not taken for it" \
		famfs-poke verify "/dev/$dev" 2M 4M 8 mmap
done
gives $((268435456 - HUGE)) "the static device is 256 MiB less its page map" \
	cat "/sys/bus/dax/devices/$STATIC_DEV/size"
gives 268435456 "the dynamic device is 256 MiB" \
	cat "/sys/bus/dax/devices/$DYNAMIC_DEV/size"
