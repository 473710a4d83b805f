# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Race: the device comes and goes, while others try to mount, map and describe it
# all the time.  Each of them gets it or an error, and the device goes every time.
#
# hosts: 1
# memory: static 256M dynamic 128M
# modules: famfs
# timeout: 120

mount_once() {
	famfs-poke mount "/dev/$dev" "$MNT" && umount "$MNT"
}

come_and_go() {
	echo "$dev" >/sys/bus/dax/drivers/fsdev_dax/unbind &&
	echo "$dev" >/sys/bus/dax/drivers/fsdev_dax/bind
}

mkdir -p "$MNT"
for dev in "$STATIC_DEV" "$DYNAMIC_DEV"; do
	to_fsdev "$dev"
	rm -f /run/stop /run/mounts /run/maps /run/reads
	until_stopped mounts mount_once & loads=$!
	names=mounts
	if fsdev_is_ours; then
		names="mounts maps reads"
		until_stopped maps famfs-poke word "/dev/$dev" 2M &
		loads="$loads $!"
		until_stopped reads \
			cat "/sys/bus/dax/devices/$dev/fsdev/holder" &
		loads="$loads $!"
	else
		slow fsdev_dax:fsdev_dax_direct_access
	fi
	n=1
	while [ $n -le 20 ]; do
		check "$dev goes and comes, time $n" come_and_go
		n=$((n + 1))
	done
	for name in $names; do
		check "$dev: some of the $name worked" soon test -s "/run/$name"
	done
	: >/run/stop
	# shellcheck disable=SC2086 # numbers
	wait $loads
	fsdev_is_ours || not_slow
	check "$dev: nothing of it is left" not grep -q " $MNT " /proc/mounts
	! fsdev_is_ours || gives none "$dev: nobody holds it" \
		cat "/sys/bus/dax/devices/$dev/fsdev/holder"
	check "$dev: it can be mounted" mount_once
	to_device_dax "$dev"
done
