# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Hundreds of files that are gone while pages of them are in use hold up their own
# memory, and nobody else's.
#
# hosts: 1
# memory: static 1G dynamic 64M
# modules: famfs
# timeout: 200

nr=300

to_fsdev "$STATIC_DEV"
to_fsdev "$DYNAMIC_DEV"
mkdir -p "$MNT" /mnt/other
run mount -t famfs "/dev/$STATIC_DEV" "$MNT"
run mount -t famfs "/dev/$DYNAMIC_DEV" /mnt/other

show "famfs-poke pins $MNT $nr"
mkfifo /run/pins.in
famfs-poke pins "$MNT" $nr </run/pins.in >/run/pins.out 2>&1 &
pins=$!
exec 6>/run/pins.in
# The pins are made when it says so, and it ends if it cannot make them.
while kill -0 $pins 2>/dev/null && ! grep -q pinned /run/pins.out; do
	sleep 0.1
done
gives pinned "$nr files are gone, and pages of them in use" cat /run/pins.out
: >"$MNT/first"
refused EBUSY "their memory is taken" famfs-poke map "$MNT/first" size=2M ext=2M:2M

create /mnt/other/f size=4M ext=8M:4M
hold /mnt/other/f
gives ok "a file of another mount is mapped" ask map 0 4M
gives ok "stored to" ask store 2M 42
gives 4096 "a page of it is put into a pipe" ask pin 2M 4096
run rm /mnt/other/f
gives ok "and the file is gone" ask forget 4M
: >/mnt/other/g
refused EBUSY "its memory is taken" famfs-poke map /mnt/other/g size=2M ext=10M:2M
gives 42 "until the pipe is read" ask unpin 0
check "then it is free, whatever the others do" \
	soon famfs-poke map /mnt/other/g size=2M ext=10M:2M
release

exec 6>&-
wait $pins
check "and theirs is once they end, all of it" \
	soon famfs-poke map "$MNT/first" size=$((nr * 2))M ext=2M:$((nr * 2))M
