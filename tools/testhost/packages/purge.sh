# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# What the administrator did is undone, the packages are purged, and nothing is
# left of them.

# Sorted by bytes, as the list from before the packages is.  systemd notes there
# when it saw an update of /usr.
list_files() {
	find /etc /usr -xdev ! -path /etc/.updated | LC_ALL=C sort
}

left_behind() {
	find / -xdev \( -name '*famfs*' -o -name '*fsdev*' \) |
		grep -v '^/usr/lib/modules/[^/]*/kernel/'
}

run systemctl disable --now famfs-map@mnt-famfs.service
run umount "$MNT"
run rmdir "$MNT"
run sed -i '/ famfs /d' /etc/fstab
run rm /etc/famfs/mnt-famfs.map
DEV=$(dax_below ndbus)
run to_device_dax "$DEV"
finish stock

check "the packages are purged" \
	apt-get -q -y purge famfs-dkms famfs-mini
gives "" "dkms has nothing left of them" dkms status
check "no file has their name" not left_behind
show "list_files >/after"
list_files >/after
check "/etc and /usr have the files that they had before" diff /before /after
check "modprobe knows no famfs" not modprobe -n famfs
gives running "no unit has failed" systemctl is-system-running
