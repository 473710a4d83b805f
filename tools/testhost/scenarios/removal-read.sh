# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# While the removal of a device waits for pages that are in use, nothing of it comes
# back: who had only read a page of another file gets SIGBUS, and umount works.
#
# hosts: 1
# memory: dynamic 256M
# modules: famfs
# timeout: 100

mount_famfs
create "$MNT/a" size=4M ext=8M:4M
create "$MNT/f" size=8M ext=16M:8M
create "$MNT/g" size=8M ext=64M:8M
# The first huge page of all may be served in another way than the rest.
run famfs-poke touch "$MNT/a" 0 4M 4K write

# A second holder, beside the one of hold and ask.
show "famfs-poke hold $MNT/f"
mkfifo /run/reader.in /run/reader.out
famfs-poke hold "$MNT/f" </run/reader.in >/run/reader.out 2>&1 &
reader=$!
exec 6>/run/reader.in 7</run/reader.out
read -r answer <&7

# reader_does ORDER...
reader_does() {
	local answer

	echo "$*" >&6
	read -r answer <&7 && echo "$answer"
}

gives ok "a process maps a file" reader_does map 0 8M
prints "" "and reads a page" reader_does value 2M
hold "$MNT/g"
gives ok "another one maps another file" ask map 0 8M
gives ok "stores into it" ask store 2M 42
gives 4096 "and pins a page of it" ask pin 2M 4096
(dax_sysfs "$DEV" fsdev_dax/unbind; : >/run/unbound) &
unbinder=$!
check "the device is being removed" soon not famfs-poke read "$MNT/a" 0 1
# It has forgotten the files before the one that is pinned.
check "removal waits" soon grep -q "^State:.D" /proc/$unbinder/status
check "for the pin" not test -e /run/unbound
gives SIGBUS "the page that was read is gone" reader_does touch 2M
gives SIGBUS "and so is one beside it" reader_does touch 2101248
gives 42 "the pipe is read" ask unpin 0
check "removal ends" soon test -e /run/unbound
gives SIGBUS "the page that was read is still gone" reader_does touch 2M
# It has the reader's input open, too.
release
exec 6>&- 7<&-
wait $reader
check "umount works" umount "$MNT"
