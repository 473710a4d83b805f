# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Which times of a file an access changes, and that no time is kept on the
# shared memory.
#
# hosts: 1
# memory: static 256M
# modules: famfs

mount_famfs
f=$MNT/f
create "$f" size=8M ext=32M:8M
run famfs-poke fill "$f" 0 8M 1

gives "read: atime" "read" famfs-poke times "$f" read
gives "write: mtime ctime" "write" famfs-poke times "$f" write
gives "mmap: atime
load:
store: mtime ctime" "a shared mapping: mmap, load, store" \
	famfs-poke times "$f" mmap load store
gives "mmap: atime
store: mtime ctime
msync:
store: mtime ctime" "a store after msync, as after mmap" \
	famfs-poke times "$f" mmap store msync store
gives "private-store: atime" "a private mapping: only mmap counts" \
	famfs-poke times "$f" private-store
run mount -o remount,noatime "$MNT"
gives "read:
mmap:
write: mtime ctime" "with noatime no access changes it" \
	famfs-poke times "$f" read mmap write
run mount -o remount,relatime "$MNT"

run famfs-poke fill "$f" 0 8M 1
run chmod 4777 "$f"
check "a write by another user" setpriv --reuid 1 --regid 1 --clear-groups \
	famfs-poke write "$f" 0 4096
gives 777 "takes the setuid bit away" stat -c %a "$f"
run famfs-poke fill "$f" 0 8M 1
run touch -d @1 "$f"
check "and no byte of the file has changed by all this" \
	famfs-poke verify "$f" 0 8M 1
