# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# pin=long: a mapping can be the fixed buffer of an io_uring, as it can be given to
# devices.  Its pages are pinned for as long as the ring is there: through fsync, unlink,
# umount, memory that fails, and the removal of the device, which waits.
#
# hosts: 1
# only: stock debug: later kernels pin no page of a dax file system for long
# memory: static 256M
# modules: hwpoison famfs disk
# timeout: 120

f=$MNT/f
# The kernel turns huge pages off on a host with so little memory.
thp=/sys/kernel/mm/transparent_hugepage/enabled
before=$(sed 's/.*\[\(.*\)\].*/\1/' $thp)
echo madvise >$thp
run dd if=/boot/vmlinuz of=/dev/ram0 bs=64K count=16 conv=notrunc status=none
first=$(od -An -N1 -t u1 /dev/ram0 | xargs)

# mount_pinning: and make a file of 8 MiB, which a process maps
mount_pinning() {
	run mount -t famfs -o pin=long "/dev/$DEV" "$MNT"
	map_new "$f"
}

# map_new FILE: its memory may just be coming back
map_new() {
	run soon create "$1" size=8M ext=32M:4M ext=8M:4M
	hold "$1"
	gives ok "$1 is mapped" ask map 0 8M
}

# registers SENTENCE: all of it is the ring's
registers() {
	gives ok "$1" ask register 0 8M
}

# flushed POS...: what fsync writes back
flushed() {
	watch famfs/famfs_flush
	ask fsync 0 >/dev/null
	echo 0 >/sys/kernel/tracing/events/enable
	sed -n 's/.*famfs_flush:.* pos \([^ ]*\) .*/\1/p' \
		/sys/kernel/tracing/trace | xargs
}

to_fsdev "$DEV"
mkdir -p "$MNT"
run mount -t famfs "/dev/$DEV" "$MNT"
map_new "$f"
gives EOPNOTSUPP "without the option no page is pinned for long" ask register 0 8M
release
run umount "$MNT"

mount_pinning
prints ",pin=long" "the option is shown" findmnt -n -o FS-OPTIONS "$MNT"
refused EINVAL "a remount to pin=short" famfs-poke remount "$MNT" pin=short
refused EINVAL "pin= with another value" \
	famfs-poke mount "/dev/$DEV" "$MNT" pin=maybe

# Loads of what can be stored to without a fault count as stores.
gives 0 "a process may only load" ask protect 8M 1
prints "" "and does" ask value 1M
gives 0 "it may store again" ask protect 8M 3
gives ok "and does, without a fault" ask store 1M 9
gives 0x0 "fsync writes that back" flushed
gives "" "once" flushed
gives ok "what is stored after that" ask store 5M 9
gives 0x400000 "is written back" flushed

show trace ask register 0 8M
trace ask register 0 8M >/run/answer
gives ok "all of it becomes the buffer of a ring" cat /run/answer
gives 4 "by huge pages, as each was" faults pmd
gives 65536 "direct I/O goes there" ask fixed 1M 65536
gives "$first" "where the process finds it" ask value 1M
gives 65536 "it is in the file" sh -c \
	"cmp -n 65536 $f /dev/ram0 1048576 0 && echo 65536"
gives "0x0 0x200000 0x400000 0x600000" \
	"fsync takes for dirty what a device can store to" flushed
gives "0x0 0x200000 0x400000 0x600000" "each time" flushed

run rm "$f"
gives 65536 "unlinked, it is as it was" ask fixed 5M 65536
gives ok "unmapped and closed" ask forget 8M
: >"$MNT/g"
refused EBUSY "the memory is no other file's" \
	famfs-poke map "$MNT/g" size=2M ext=10M:2M
gives 65536 "and still the ring's" ask fixed 5M 65536
gives 0 "until the ring ends" ask unregister 0
check "then it is free" soon famfs-poke map "$MNT/g" size=2M ext=10M:2M
release
run rm "$MNT/g"

map_new "$f"
registers "umount: pinned"
run rm "$f"
gives ok "umount: unmapped and closed" ask forget 8M
check "umount does not wait" umount "$MNT"
refused EBUSY "but the device is in use" \
	famfs-poke mount "/dev/$DEV" "$MNT" pin=long
gives 65536 "direct I/O goes on" ask fixed 5M 65536
release
check "the end of the process is that of its pins" \
	soon mount -t famfs -o pin=long "/dev/$DEV" "$MNT"

map_new "$f"
registers "failure: pinned"
corrupt "$DEV" $((8 * 1024 * 1024 + 4096)) || :
prints SIGBUS "a page failed: who touches it is told" ask touch $((4194304 + 4096))
gives ok "what is beside it is there" ask touch 4M
gives 65536 "and the pins are" ask fixed 5M 65536
gives 0 "they can be dropped" ask unregister 0
gives ok "other pages of the file can be pinned as before" ask register 0 2M
gives 0 "and dropped" ask unregister 0
gives 4096 "the page is made good" ask write $((4194304 + 4096))
gives ok "and is there again" ask touch $((4194304 + 4096))
release
run rm "$f"

map_new "$f"
registers "a new file there is pinned"
(dax_sysfs "$DEV" fsdev_dax/unbind; : >/run/unbound) &
unbinder=$!
check "removal waits" soon grep -q "^State:.D" /proc/$unbinder/status
check "for the pins" not test -e /run/unbound
gives SIGBUS "the mapping is gone" ask touch 5M
gives 0 "the ring ends" ask unregister 0
check "removal ends" soon test -e /run/unbound
release
run umount "$MNT"

# The same memory as a block device.
run ndctl create-namespace -f -e "$NAMESPACE" -m fsdax -M mem >/dev/null
run mount -t famfs -o pin=long "$PMEM" "$MNT"
map_new "$f"
show trace ask register 0 8M
trace ask register 0 8M >/run/answer
gives ok "a file on pmem becomes the buffer of a ring" cat /run/answer
gives 4 "by huge pages, as each was" faults pmd
gives 65536 "direct I/O goes there" ask fixed 1M 65536
check "it is in the file" cmp -n 65536 "$f" /dev/ram0 1048576 0
run rm "$f"
gives ok "pmem: unlinked, unmapped and closed" ask forget 8M
: >"$MNT/g"
refused EBUSY "pmem: the memory is no other file's" \
	famfs-poke map "$MNT/g" size=2M ext=10M:2M
check "pmem: umount does not wait" umount "$MNT"
refused EBUSY "but the device is in use" \
	famfs-poke mount "$PMEM" "$MNT" pin=long
gives 65536 "direct I/O goes on" ask fixed 5M 65536
nd=$(basename "$(readlink -f "/sys/block/${PMEM#/dev/}/device")")
(echo "$nd" >/sys/bus/nd/drivers/nd_pmem/unbind; : >/run/removed) &
remover=$!
check "pmem: removal waits" soon grep -q "^State:.D" /proc/$remover/status
gives 65536 "direct I/O goes on meanwhile" ask fixed 5M 65536
check "it still waits" not test -e /run/removed
gives 0 "the ring ends" ask unregister 0
check "removal ends" soon test -e /run/removed
release
run sh -c "echo $nd >/sys/bus/nd/drivers/nd_pmem/bind"
check "then it mounts again" mount -t famfs -o pin=long "$PMEM" "$MNT"
echo "$before" >$thp
