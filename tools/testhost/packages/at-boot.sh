# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# The next boot: everything is there by itself.

gives running "the system boots, and no unit fails" \
	systemctl is-system-running --wait
prints inactive "a mount whose device is missing was not waited for (nofail)" \
	systemctl is-active mnt-missing.mount
gives famfs "the entry in fstab is mounted" findmnt -n -o FSTYPE "$MNT"
gives active "famfs-map@ has run" systemctl is-active famfs-map@mnt-famfs.service
check "the file has what was written before the boot" sha256sum -c /checksum

check "systemd unmounts" systemctl stop mnt-famfs.mount
prints inactive "famfs-map@ ends with the mount" \
	systemctl is-active famfs-map@mnt-famfs.service
check "systemd mounts again" systemctl start mnt-famfs.mount
check "and with it come the files" soon sha256sum -c /checksum

check "systemd unmounts once more" systemctl stop mnt-famfs.mount
run sed -i '/mnt.famfs/s/ defaults / nofail,memory=ro /' /etc/fstab
run systemctl daemon-reload
check "a host that only reads mounts" systemctl start mnt-famfs.mount
check "famfs-map@ gives it the files" soon sha256sum -c /checksum
check "which it cannot write" not dd if=/dev/zero of="$MNT/data/model.bin" \
	bs=4096 count=1 conv=notrunc
check "famfs-map@ reloads there, too" systemctl reload famfs-map@mnt-famfs.service

# As the documentation tells for an upgrade.
reload_modules() {
	local dev

	systemctl stop mnt-famfs.mount || return
	for dev in /sys/bus/dax/drivers/fsdev_dax/dax*; do
		basename "$dev" >/sys/bus/dax/drivers/fsdev_dax/unbind
	done
	modprobe -r famfs fsdev_dax famfs_extent || return
	[ ! -e /sys/module/famfs_extent ] || { lsmod; return 1; }
	/usr/lib/famfs/fsdev-bind || return
	udevadm settle
	systemctl start mnt-famfs.mount
}
check "the modules are loaded anew without a boot" reload_modules
check "and the file is there" soon sha256sum -c /checksum
