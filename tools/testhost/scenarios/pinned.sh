# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Pages that somebody still uses when their file is gone: the memory is nobody
# else's until they are let go, whether umount or unbind comes first.
#
# hosts: 1
# memory: static 256M
# modules: famfs

# pin FILE: a process maps the new file, puts two pages of it into a pipe, and
# keeps nothing of the file but that.
pin() {
	create "$1" size=4M ext=8M:4M
	hold "$1"
	gives ok "$2: a process maps the file" ask map 0 4M
	gives ok "$2: stores into it" ask store 2M 42
	gives 8192 "$2: and puts two pages into a pipe" ask pin 2M 8192
	run rm "$1"
	gives ok "$2: it unmaps and closes the file, which is unlinked" \
		ask forget 4M
}

mount_famfs
used=$(famfs-poke statfs "$MNT")
pin "$MNT/a" "unlink"
: >"$MNT/b"
refused EBUSY "another file does not get the memory" \
	famfs-poke map "$MNT/b" size=2M ext=10M:2M
check "df counts it as used" not test "$(famfs-poke statfs "$MNT")" = "$used"
gives 42 "the pipe holds what was stored" ask unpin 0
check "then the memory is free" soon famfs-poke map "$MNT/b" size=2M ext=10M:2M
check "and can be mapped" famfs-poke fill "$MNT/b" 0 2M 1 mmap
release
run rm "$MNT/b"
gives "$used" "df counts nothing as used" famfs-poke statfs "$MNT"

# The least that can be in use: a page, by one reference.
create "$MNT/c" size=4096 ext=16M:2M
hold "$MNT/c"
gives ok "one page: a process maps the file" ask map 0 4096
gives ok "one page: stores into it" ask store 0 42
gives 4096 "one page: and puts it into a pipe" ask pin 0 4096
run rm "$MNT/c"
gives ok "one page: it unmaps and closes the file, which is unlinked" ask forget 4096
: >"$MNT/d"
refused EBUSY "one page: another file does not get the memory" \
	famfs-poke map "$MNT/d" size=2M ext=16M:2M
gives 42 "one page: the pipe holds what was stored" ask unpin 0
check "one page: then the memory is free" \
	soon famfs-poke map "$MNT/d" size=2M ext=16M:2M
release
run rm "$MNT/d"

# A page that nobody stored to is in use as well.
create "$MNT/e" size=2M ext=24M:2M
run famfs-poke fill "$MNT/e" 0 2M 1
hold "$MNT/e"
gives ok "a load: a process maps the file" ask map 0 2M
first=$(ask value 0)
gives 4096 "a load: and puts a page that it loaded into a pipe" ask pin 0 4096
run rm "$MNT/e"
gives ok "a load: it unmaps and closes the file, which is unlinked" ask forget 2M
: >"$MNT/f"
refused EBUSY "a load: another file does not get the memory" \
	famfs-poke map "$MNT/f" size=2M ext=24M:2M
gives "$first" "a load: the pipe holds what was there" ask unpin 0
check "a load: then the memory is free" \
	soon famfs-poke map "$MNT/f" size=2M ext=24M:2M
release
run rm "$MNT/f"

# written_back: by fsync, how many units; and what fsync says if it fails
written_back() {
	local events=/sys/kernel/tracing/events/famfs/famfs_flush/enable answer

	echo >/sys/kernel/tracing/trace
	echo 1 >$events
	answer=$(ask fsync 0)
	echo 0 >$events
	[ "$answer" = 0 ] || echo "fsync: $answer"
	grep -c famfs_flush: /sys/kernel/tracing/trace || :
}

# Who has a page in use may store to it without a fault that would tell.
create "$MNT/g" size=4M ext=32M:4M
hold "$MNT/g"
gives ok "fsync: a process maps the file" ask map 0 4M
gives ok "fsync: stores into it" ask store 0 42
gives ok "fsync: and elsewhere" ask store 2M 43
gives 4096 "fsync: and puts a page into a pipe" ask pin 2M 4096
gives 2 "fsync writes both back" written_back
gives 1 "and once more the one with the page in use" written_back
gives 43 "fsync: the pipe is read" ask unpin 0
gives 1 "fsync: then it is written back for the last time" written_back
gives 0 "fsync: and not again" written_back
release
run rm "$MNT/g"

pin "$MNT/a" "umount"
check "umount does not wait" umount "$MNT"
refused EBUSY "but the device is still in use" \
	famfs-poke mount "/dev/$DEV" "$MNT"
refused EAGAIN "and so is the module" rmmod famfs
gives 42 "the pipe holds what was stored" ask unpin 0
check "then the device can be mounted" soon mount -t famfs "/dev/$DEV" "$MNT"
release

pin "$MNT/a" "unbind"
(dax_sysfs "$DEV" fsdev_dax/unbind; : >/run/unbound) &
sleep 1
check "unbind waits" not test -e /run/unbound
gives 42 "the pipe holds what was stored" ask unpin 0
check "then unbind ends" soon test -e /run/unbound
release
check "umount works" umount "$MNT"
