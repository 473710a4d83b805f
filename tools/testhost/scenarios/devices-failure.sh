# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# A mount of two memory devices when one of them fails or goes away: poison hits
# the files that live there, removal ends the mount, pins hold what they are on.
#
# hosts: 1
# memory: static 256M dynamic 128M
# modules: famfs

a=$STATIC_DEV
b=$DYNAMIC_DEV
to_fsdev "$a"
to_fsdev "$b"
mkdir -p "$MNT"

# files: one on each device at the same offset, and one striped over both.
files() {
	run mount -t famfs -o "daxdev=/dev/$b" "/dev/$a" "$MNT"
	: >"$MNT/zero"
	: >"$MNT/one"
	: >"$MNT/both"
	run famfs-poke map2 "$MNT/zero" size=8M ext=0:8M:8M
	run famfs-poke map2 "$MNT/one" size=8M ext=1:8M:8M
	run famfs-poke map2 "$MNT/both" size=8M striped=2:2M:8M \
		ext=0:32M:4M ext=1:32M:4M
}

# gone FILE
gone() {
	refused EIO "$dev: $1: read" famfs-poke read "$MNT/$1" 0 1
	refused EIO "$dev: $1: write" famfs-poke write "$MNT/$1" 0 1
	refused EIO "$dev: $1: mmap" famfs-poke touch "$MNT/$1" 0 2M 2M
}

# take_away DEVICE FILE: while a process has FILE mapped
take_away() {
	dev=$1
	files
	hold "$MNT/$2"
	gives ok "$dev: a process maps file $2" ask map 0 8M
	gives ok "$dev: and uses its first chunk" ask touch 0
	gives ok "$dev: and its second one" ask touch 2M
	check "$dev: unbind returns" \
		sh -c "echo $dev >/sys/bus/dax/drivers/fsdev_dax/unbind"
	gives SIGBUS "$dev: the process gets SIGBUS in the first chunk" ask touch 0
	gives SIGBUS "$dev: and in the second one" ask touch 2M
	gives EIO "$dev: its reads get EIO" ask read 0
	gone zero
	gone one
	gone both
	: >"$MNT/new"
	refused EIO "$dev: a map on what is left" \
		famfs-poke map2 "$MNT/new" size=2M ext=0:64M:2M
	release
	check "$dev: umount works" umount "$MNT"
	run sh -c "echo $dev >/sys/bus/dax/drivers/fsdev_dax/bind"
}

# take_both_away: at the same time, while a process uses a file on both
take_both_away() {
	files
	hold "$MNT/both"
	gives ok "a process maps the file on both devices" ask map 0 8M
	gives ok "and uses it" ask touch 0
	gives ok "and its second chunk" ask touch 2M
	(dax_sysfs "$a" fsdev_dax/unbind) &
	other=$!
	check "removal of both devices at once returns" \
		sh -c "echo $b >/sys/bus/dax/drivers/fsdev_dax/unbind"
	run wait "$other"
	gives SIGBUS "the process gets SIGBUS in the first chunk" ask touch 0
	gives SIGBUS "and in the second one" ask touch 2M
	release
	check "umount works" umount "$MNT"
	run sh -c "echo $a >/sys/bus/dax/drivers/fsdev_dax/bind"
	run sh -c "echo $b >/sys/bus/dax/drivers/fsdev_dax/bind"
}

take_away "$a" both
take_away "$b" both
take_away "$b" zero
take_away "$a" one
for round in 1 2 3 4; do
	show "round $round"
	take_both_away
done

files
run famfs-poke fill "$MNT/zero" 0 8M 1
run famfs-poke fill "$MNT/one" 0 8M 2
run famfs-poke fill "$MNT/both" 0 8M 3
hold "$MNT/zero"
gives ok "a process maps the file on device 0" ask map 0 8M
gives ok "and uses it" ask touch 0
bad=$((3 * 4096))
prints "failing: SIGBUS BUS_MCEERR_AR" "who uses a page of device 1 is told" \
	famfs-poke poison "$MNT/one" $bad
refused EIO "read of it" famfs-poke read "$MNT/one" $bad 4096
# The kernel's own fsdev_dax has no list of them.
! fsdev_is_ours ||
	prints "# poisoned: 0x1000 bytes at 0x3000" "famfs-mini shows it" \
		famfs-mini show "$MNT/one"
check "but not for the file at that offset of device 0" \
	not sh -c "famfs-mini show $MNT/zero | grep poisoned"
gives ok "who uses that offset of device 0 is not" ask touch $bad
check "which has its bytes" famfs-poke verify "$MNT/zero" 4096 8384512 1
release

# Chunk 3 is the second of strip 1.
bad=$((6 * 1024 * 1024 + 5 * 4096))
prints "failing: SIGBUS BUS_MCEERR_AR" "who uses a page of a strip is told" \
	famfs-poke poison "$MNT/both" $bad
refused EIO "read of it" famfs-poke read "$MNT/both" $bad 4096
check "the other chunks have their bytes" famfs-poke verify "$MNT/both" 0 6M 3
gives 4096 "a write of the whole page" famfs-poke write "$MNT/both" $bad 4096
gives 4096 "makes it readable" famfs-poke read "$MNT/both" $bad 4096
run umount "$MNT"

files
hold "$MNT/one"
gives ok "a process maps the file on device 1" ask map 0 8M
gives ok "stores into it" ask store 4M 42
gives 4096 "and puts a page into a pipe" ask pin 4M 4096
run rm "$MNT/one"
gives ok "it unmaps and closes the file, which is unlinked" ask forget 8M
: >"$MNT/new"
refused EBUSY "the memory of that page is taken" \
	famfs-poke map2 "$MNT/new" size=2M ext=1:12M:2M
check "all other memory of the file is free" \
	famfs-poke map2 "$MNT/new" size=4M ext=1:8M:4M
check "umount does not wait" umount "$MNT"
refused EBUSY "device 1 is still in use" famfs-poke mount "/dev/$b" "$MNT"
(dax_sysfs "$a" fsdev_dax/unbind; : >/run/unbound) &
check "removal of device 0 does not wait for it" soon test -e /run/unbound
rm -f /run/unbound
(dax_sysfs "$b" fsdev_dax/unbind; : >/run/unbound) &
sleep 1
check "removal of device 1 does" not test -e /run/unbound
gives 42 "the pipe holds what was stored" ask unpin 0
check "then it ends" soon test -e /run/unbound
release
run sh -c "echo $a >/sys/bus/dax/drivers/fsdev_dax/bind"
run sh -c "echo $b >/sys/bus/dax/drivers/fsdev_dax/bind"
check "both can be mounted again" mount -t famfs -o "daxdev=/dev/$b" "/dev/$a" "$MNT"
