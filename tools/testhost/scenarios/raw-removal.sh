# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# A device is unbound, again and again, under processes that read and write it all the
# time and one that has it mapped: they are told, nothing hangs, and what was written
# is there.  Meanwhile the driver cannot be unloaded.
#
# hosts: 1
# only: stock debug: the kernel's own fsdev_dax offers no raw access
# memory: static 128M dynamic 128M
# modules: famfs
# timeout: 180

ROUNDS=5

# again COMMAND: until it fails, which it tells in a file; each time a line in /run/done
again() {
	while "$1" 2>"/run/why-$1"; do
		echo >>/run/done
	done
}

reads() {
	dd if="/dev/$dev" of=/dev/null bs=1M
}

writes() {
	dd if=/run/bytes of="/dev/$dev" bs=64K seek=512 conv=notrunc
}

# told WHO
told() {
	grep -qE "No such device or address|Input/output error" "/run/why-$1"
}

round() {
	rm -f /run/done
	hold "/dev/$dev"
	ask map 0 8M >/dev/null
	again reads &
	reader=$!
	again writes &
	writer=$!
	soon test -s /run/done && ! rmmod fsdev_dax 2>/dev/null &&
		dax_sysfs "$dev" fsdev_dax/unbind >/dev/null || return
	[ "$(ask touch 0)" = SIGBUS ] && [ "$(ask read 0)" = ENXIO ] || return
	release
	wait $reader
	wait $writer
	told reads && told writes && dax_sysfs "$dev" fsdev_dax/bind >/dev/null
}

head -c 4194304 /boot/vmlinuz >/run/bytes
run rmmod famfs
for dev in "$STATIC_DEV" "$DYNAMIC_DEV"; do
	to_fsdev "$dev"
	run famfs-poke fill "/dev/$dev" 0 8M 1
	n=0
	while [ $n -lt $ROUNDS ] && round; do
		n=$((n + 1))
	done
	gives $ROUNDS "$dev: unbound under them, and bound again" echo $n
	gives none "$dev: nobody is left" cat "/sys/bus/dax/devices/$dev/fsdev/holder"
	run dd if=/run/bytes of="/dev/$dev" bs=64K seek=512 conv=notrunc
	check "$dev: what was written by calls is there" cmp -n 4194304 \
		/run/bytes "/dev/$dev" 0 33554432
	check "$dev: and the rest" famfs-poke verify "/dev/$dev" 4096 8384512 1
done
check "then the driver can be unloaded" rmmod fsdev_dax
