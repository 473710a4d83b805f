# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Race: a pmem namespace goes and comes, while others try to mount it all the time; and
# then while files on it are read, written and flushed.  Its driver is asked for each
# piece of memory, and may not be once it goes.
#
# hosts: 1
# memory: static 128M
# modules: famfs disk
# timeout: 120

mount_once() {
	famfs-poke mount "$PMEM" "$MNT" && umount "$MNT"
}

flush_once() {
	famfs-poke fill "$MNT/g" 0 64K 1 mmap && famfs-poke fsync "$MNT/g"
}

unbind() {
	echo "$nd" >/sys/bus/nd/drivers/nd_pmem/unbind
}

come() {
	echo "$nd" >/sys/bus/nd/drivers/nd_pmem/bind
}

come_and_go() {
	unbind && come
}

mkdir -p "$MNT"
run ndctl create-namespace -f -e "$NAMESPACE" -m fsdax -M mem >/dev/null
nd=$(basename "$(readlink -f "/sys/block/${PMEM#/dev/}/device")")

slow nd_pmem:pmem_dax_direct_access
until_stopped mounts mount_once & loads=$!
n=1
while [ $n -le 10 ]; do
	check "it goes and comes beside mounts, time $n" come_and_go
	n=$((n + 1))
done
check "some of the mounts worked" soon test -s /run/mounts
: >/run/stop
wait "$loads"

n=1
while [ $n -le 6 ]; do
	rm -f /run/stop /run/reads /run/writes /run/flushes
	run mount -t famfs "$PMEM" "$MNT"
	create "$MNT/f" size=64M ext=16M:64M
	create "$MNT/g" size=2M ext=8M:2M
	# Calls of many pieces: what was looked at when they began is long ago then.
	until_stopped reads dd if="$MNT/f" of=/dev/null bs=64M & loads=$!
	until_stopped writes dd if=/dev/zero of="$MNT/f" bs=64M count=1 \
		conv=notrunc & loads="$loads $!"
	until_stopped flushes flush_once &
	loads="$loads $!"
	for name in reads writes flushes; do
		soon test -s "/run/$name" || fail "no $name, time $n"
	done
	check "it goes beside reads, writes and flushes, time $n" unbind
	refused EIO "then there is no read" famfs-poke read "$MNT/f" 0 1
	: >/run/stop
	# shellcheck disable=SC2086 # numbers
	wait $loads
	run umount "$MNT"
	run come
	n=$((n + 1))
done
not_slow
check "it can be mounted" mount_once
