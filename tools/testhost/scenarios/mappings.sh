# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Mappings and the processes that have them: populated and locked ones,
# programs run from the file system, ptrace and core dumps.
#
# hosts: 1
# memory: static 256M
# modules: famfs

mount_famfs
f=$MNT/f
create "$f" size=8M ext=32M:4M ext=8M:4M
run famfs-poke fill "$f" 0 8M 1

# served N SENTENCE WAY: mapping 8 MiB that way takes N huge faults, no small.
served() {
	run trace famfs-poke mmap "$f" 0 8M "$3"
	gives "$1 huge, 0 small" "$2" \
		echo "$(faults pmd) huge, $(faults pte) small"
}
served 0 "mmap alone faults nothing" shared
served 4 "MAP_POPULATE faults 8 MiB by huge pages" populate
served 4 "and so does mlock" mlock
served 0 "MAP_SYNC is granted, and faults nothing" sync

# Locks that processes share: the kernel finds who waits by the page and what has it.
locks=$MNT/locks
create "$locks" size=4M ext=128M:4M
gives ok "processes share a lock in a huge page" famfs-poke futex "$locks" 0 2M
gives ok "and in a small one" famfs-poke futex "$locks" 2M 8K
run rm "$locks"
create "$locks" size=4M ext=128M:4M
gives ok "also in memory that another file had" famfs-poke futex "$locks" 0 2M
run rm "$locks"
gives "0 woken" "who waits in a file that is gone is not woken in the next one" \
	famfs-poke futex-left "$MNT" 128M

program=$MNT/busybox
size=$(stat -c %s /usr/bin/busybox)
create "$program" size="$size" ext=64M:4M
run dd if=/usr/bin/busybox of="$program" conv=notrunc 2>/dev/null
run chmod 755 "$program"
gives hello "a program runs from the file system" "$program" echo hello
"$program" sleep 1000 &
pid=$!
until [ "$(readlink /proc/$pid/exe)" = "$program" ]; do :; done
refused ETXTBSY "while it runs it cannot be written" \
	famfs-poke write "$program" 0 4K
run kill $pid
wait $pid || :
check "it can when it has ended" famfs-poke append "$program" 0
run mount -o remount,noexec "$MNT"
refused EACCES "not with noexec" "$program" echo hello
run mount -o remount,exec "$MNT"

run famfs-poke word "$f" 4M 0x1122334455667788
gives "0x1122334455667788
0xdecade" "ptrace reads and writes a shared mapping" \
	famfs-poke ptrace "$f" 4M shared 0xdecade
gives 0xdecade "the file has what was written" famfs-poke word "$f" 4M
gives "0xdecade
0xfacade" "ptrace reads and writes a private mapping" \
	famfs-poke ptrace "$f" 4M private 0xfacade
gives 0xdecade "the file has not" famfs-poke word "$f" 4M
refused EIO "ptrace cannot write a shared mapping that is read-only" \
	famfs-poke ptrace "$f" 4M readonly 0xfacade
gives 0xdecade "and the file is as it was" famfs-poke word "$f" 4M

# Bits of /proc/PID/coredump_filter: 7 is for private, 8 for shared dax pages.
echo /run/core >/proc/sys/kernel/core_pattern

# dumped yes|no SENTENCE KIND FILTER
dumped() {
	rm -f /run/core
	capture famfs-poke core "$f" "$3" "$4"
	gives "$1" "$2" famfs-poke contains /run/core "$f" 2M
}
dumped yes "a core dump has the bytes of a shared mapping, if asked for" shared 0x133
dumped no "and has not by default" shared 0x33
dumped no "nor if private ones are asked for" shared 0xb3
dumped yes "a core dump has the bytes of a private mapping, if asked for" private 0xb3
dumped no "and has not by default" private 0x33

# Of a part that huge pages do not fit: the kernel copies a page for the process that
# has it, whoever stores to it.
check "another process stores into a private page, of which all else is the file's" \
	famfs-poke remote-copy "$f" 12K 4K 77
check "and of a place that huge pages fit" famfs-poke remote-copy "$f" 4M 2M 78
check "the file has its bytes" famfs-poke verify "$f" 0 4M 1
echo core >/proc/sys/kernel/core_pattern
