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
