# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# The events of famfs, each with the values that it is about.
#
# hosts: 1
# memory: static 256M
# modules: famfs
# programs: trace-cmd

t=/sys/kernel/tracing

# event NAME COMMAND...: what it says of the command, without what depends on the
# machine and not on famfs.  A fault may be repeated with another lock held.
event() {
	local name=$1
	shift
	echo >$t/trace
	echo 1 >"$t/events/famfs/$name/enable"
	"$@" >/dev/null
	echo 0 >"$t/events/famfs/$name/enable"
	sed -n "s/.* $name: dev [0-9:]* //p" $t/trace |
		sed 's/^ino [0-9]* //; s/ [a-z_]*flags [^ ]*//' | uniq
}

mount_famfs
f=$MNT/f
: >"$f"
gives "size 8392704 extents 2 err 0 rule none extent 0 strip 0 value 0x0 limit 0x0" \
	"map_create: the request and its outcome" \
	event famfs_map_create famfs-poke map "$f" size=8392704 ext=32M:4M ext=8M:4100K
for why in "map size=4M ext=8M:4M count=3|size 4194304 extents 0 err -7 rule too-many-extents extent 0 strip 0 value 0x3 limit 0x2" \
	"map size=4M ext=8M:4M extent_type=1|size 4194304 extents 0 err -22 rule extent-type extent 0 strip 0 value 0x1 limit 0x0"; do
	# shellcheck disable=SC2086 # the words of a command
	set -- ${why%%|*}
	: >"$MNT/refused"
	gives "${why#*|}" "map_create: refused before its list is read: $*" \
		event famfs_map_create not famfs-poke "$1" "$MNT/refused" "$2" "$3" "$4"
	run rm "$MNT/refused"
done
gives "pos 0x500064 length 0xa devindex 0 offset 0x900064 contiguous 0xa err 0" \
	"resolve: what was asked for and where it lives" \
	event famfs_resolve famfs-poke read "$f" 5242980 10
gives "pos 0x3ffff6 length 0x14 devindex 0 offset 0x23ffff6 contiguous 0xa err 0
pos 0x400000 length 0xa devindex 0 offset 0x800000 contiguous 0xa err 0" \
	"resolve: once per extent" \
	event famfs_resolve famfs-poke read "$f" 4194294 20
gives "pgoff 0x400 order 9 result 0x100" "fault: a huge one" \
	event famfs_fault famfs-poke word "$f" 4M 1
gives "pgoff 0x800 order 9 result 0x800
pgoff 0x800 order 0 result 0x100" "fault: one that is huge in vain, in a tail" \
	event famfs_fault famfs-poke word "$f" 8M 1
gives "offset 0x901000 length 0x1000 err 0" "failure: the bytes" \
	event famfs_failure famfs-poke poison "$f" 5246976
gives "files 1" "shutdown: how many files were on the device" \
	event famfs_shutdown sh -c \
	"echo $DEV >/sys/bus/dax/drivers/fsdev_dax/unbind"
run umount "$MNT"

dax_sysfs "$DEV" fsdev_dax/bind
mount_famfs
create "$f" size=8M ext=32M:8M
run trace-cmd record -o /run/trace.dat -e famfs:famfs_fault -f "order == 9" \
	famfs-poke touch "$f" 0 8M 4K >/dev/null
gives 4 "trace-cmd records and tells them" \
	sh -c "trace-cmd report -i /run/trace.dat | grep -c 'famfs_fault: .* order 9 '"
