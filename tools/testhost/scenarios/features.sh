# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# What people look for in a file system: the table in famfs(5) tells what they find,
# and each of its rows is tried here.
#
# hosts: 1
# memory: static 256M
# modules: famfs overlay
# timeout: 180
# programs: sqlite3 git

mount_famfs
f=$MNT/f
create "$f" size=2M ext=2M:2M
gives "user.*: EOPNOTSUPP
trusted.*: EOPNOTSUPP
ACL: EOPNOTSUPP
listxattr: ok
chattr: ENOTTY
project: ENOTTY
handle: EOPNOTSUPP
freeze: EOPNOTSUPP
trim: ENOTTY
quota: ENOSYS
swap: EINVAL
fifo: ok
socket: ok
device node: ok
open of it: ok
whiteout node: ok
hard link: ok
symlink: ok
rename: ok
RENAME_NOREPLACE: ok
RENAME_EXCHANGE: ok
RENAME_WHITEOUT: EINVAL
O_TMPFILE: ok
birth: ok
change of a new file: its birth
STATX_ATTR_DAX: ok
O_APPEND: EFBIG
O_TRUNC: EPERM
truncate: EPERM
to the same size: ok
SEEK_DATA: ok
O_DIRECT: ok
reflink: EOPNOTSUPP
copy_file_range: ok
mlock: ok
MADV_WILLNEED: ok
MADV_DONTNEED: ok
MADV_NOHUGEPAGE: ok
MADV_HUGEPAGE: ok
MADV_POPULATE_WRITE: ok
MADV_REMOVE: EOPNOTSUPP
MADV_PAGEOUT: ok
msync: ok
flock: ok
record lock: ok
inotify: ok" "what is there and what is not" famfs-poke features "$MNT" f

# bad bytes in it would be seen
create "$MNT/prog" size=4M ext=16M:4M
check "a program is put into a file" sh -c "cat /usr/bin/busybox 1<>$MNT/prog"
run chmod 755 "$MNT/prog"
run ln "$MNT/prog" "$MNT/echo"
gives hi "and runs from there" "$MNT/echo" hi
t=/sys/kernel/tracing
echo "p $MNT/prog:0x100" >$t/uprobe_events
refused EIO "a uprobe in it" \
	sh -c "echo 1 | dd of=$t/events/uprobes/enable"
echo >$t/uprobe_events

# overlay SENTENCE LOWER UPPER
overlay() {
	check "$1" mount -t overlay \
		-o "lowerdir=$2,upperdir=$3/u,workdir=$3/w" overlay /run/merged
}

mkdir /run/merged /run/upper /run/lower
run mount -t tmpfs tmpfs /run/upper
mkdir /run/upper/u /run/upper/w "$MNT/u" "$MNT/w"
echo old >/run/lower/a
run famfs-poke fill "$f" 0 2M 1
overlay "below an overlay" "$MNT" /run/upper
check "a file is read" famfs-poke verify /run/merged/f 0 2M 1
check "and mapped" famfs-poke verify /run/merged/f 0 2M 1 mmap
check "and copied up to be written" famfs-poke fill /run/merged/f 0 2M 2
check "which leaves it as it was" famfs-poke verify "$f" 0 2M 1
run umount /run/merged
overlay "on top of an overlay" /run/lower "$MNT"
check "names are made" mkdir /run/merged/dir
check "and removed" rm /run/merged/a
refused EIO "but new files take no bytes" cp /boot/vmlinuz /run/merged/b
run umount /run/merged

refused EIO "git" git init -q "$MNT/repository"
prints "disk I/O error" "a new database of sqlite" \
	sqlite3 "$MNT/new.db" "create table a(b)"
run sqlite3 /run/small.db "create table a(b); insert into a values(1)"
create "$MNT/db" size=2M ext=32M:2M
run sh -c "cat /run/small.db 1<>$MNT/db"
gives 1 "one that was put there is read" \
	sqlite3 -readonly "$MNT/db" "select * from a"
