# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# trinity's system calls at random for two minutes, if SETTINGS do not say seconds=N,
# by a user, with the files of a mount as what they are called with.  The kernel stays
# well, and so does what the user may not write.
#
# hosts: 1
# memory: static 128M
# modules: famfs
# programs: trinity
# timeout: 300
# optional: yes

mount_famfs
run chmod 777 "$MNT"
mkdir "$MNT/victims"
for n in 1 2 3 4; do
	create "$MNT/victims/$n" size=4M ext=$((n * 8))M:4M
	run chmod 666 "$MNT/victims/$n"
done
: >"$MNT/victims/empty"
run chmod 777 "$MNT/victims" "$MNT/victims/empty"
create "$MNT/kept" size=8M ext=64M:8M
run famfs-poke fill "$MNT/kept" 0 8M 1
run chmod 644 "$MNT/kept"

# Sockets and perf events are none of it, and trinity does not get over those that
# are missing.  Debian's kernel says that it is tainted when asked for fanotify.
# Its own files may not grow until there is no memory: they are on a tmpfs of 64 MiB,
# and it has none in memory that is limited by nothing.
mkdir -p /run/trinity
run mount -t tmpfs -o mode=777,size=64M tmpfs /run/trinity
calls="trinity -q -l off -C 4 -s 1 -a64 -g vfs -V $MNT/victims"
calls="$calls --disable-fds=sockets --disable-fds=perf"
calls="$calls --disable-fds=memfd -x memfd_create"
calls="$calls -x fanotify_init -x fanotify_mark"
capture setpriv --reuid 65534 --regid 65534 --clear-groups \
	sh -c "cd /run/trinity && timeout -s INT $(setting seconds 120) $calls >log 2>&1"
run grep -v Marking /run/trinity/log | tail -n 5
check "trinity made calls" grep -E "Ran [0-9]{4,} syscalls" /run/trinity/log
check "what the user may not write is as it was" \
	famfs-poke verify "$MNT/kept" 0 8M 1
