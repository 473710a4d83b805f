# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# What of the caches goes back to the memory, and when: what was stored through
# mmap, with fsync and msync, and when the file or the device goes; what was
# written by write(2), at once.  A probe in the kernel's function that writes
# cache lines back tells addresses and lengths.
#
# hosts: 1
# memory: static 256M
# modules: famfs

t=/sys/kernel/tracing
# shellcheck disable=SC2016 # the kernel's words
echo 'p:write_back arch_wb_cache_pmem addr=$arg1:x64 size=$arg2:u64' >$t/kprobe_events
# shellcheck disable=SC2016
echo "p:copy_past_caches $COPY_PAST_CACHES"' bytes=$arg3:u64' >>$t/kprobe_events
echo 1 >$t/events/kprobes/enable

# The ranges of the device that were written back, as OFFSET:LENGTH.
ranges() {
	local start addr size

	start=$(cat "/sys/bus/dax/devices/$DEV/resource")
	sed -n 's/.*: write_back: .*addr=0xffff\(.*\) size=\(.*\)/\1 \2/p' \
		$t/trace | while read -r addr size; do
		echo "$((0x$addr - MAPPED_AT - start)):$size"
	done | xargs
}

# flushes RANGES SENTENCE COMMAND...: it works, and writes back just these.
flushes() {
	local want=$1 sentence=$2 answer
	shift 2
	echo >$t/trace
	show "$@"
	answer=$("$@")
	if [ "${answer:-0}" = 0 ]; then
		gives "$want" "$sentence" ranges
	else
		fail "$sentence ($answer)"
	fi
}

# was_written_back RANGES
was_written_back() {
	[ "$(ranges)" = "$1" ]
}

# The holder unmaps its file, and closes it.
forget() {
	[ "$(ask forget 2M)" = ok ]
}

first=33554432:2097152
second=8388608:2097152
tail=69206016:$PAGE
mount_famfs
f=$MNT/f

# The tail's page lies behind two huge ones of its extent.
create "$MNT/tail" size=$((4194304 + PAGE)) ext=62M:$((4194304 + PAGE))
hold "$MNT/tail"
ask map 4M "$PAGE"
ask store 0 1
flushes "$tail" "a page of a tail is written back as a page" ask fsync 0
release
rm "$MNT/tail"

# The caches are written back in pieces of 64 MiB.
create "$MNT/large" size=132M ext=80M:132M
hold "$MNT/large"
ask map 0 132M
ask store 63M 1
ask store 64M 1
ask store 131M 1
flushes "148897792:2097152 150994944:2097152 220200960:2097152" \
	"in a large file nothing is left out" ask fsync 0
release
rm "$MNT/large"

create "$f" size=8M ext=32M:4M ext=8M:4M
hold "$f"
ask map 0 8M
ask store 1M 3
run famfs-poke touch "$f" 1M 4K 4K write
flushes $first "a huge page that is mapped as small ones too is written back once" \
	ask fsync 0
ask store 1M 1
ask store 5M 1
flushes "$first $second" "fsync writes back what was stored" ask fsync 0
flushes "" "and not a second time" ask fsync 0
ask store 5M 2
flushes $second "but what was stored since" ask fsync 0
ask store 1M 3
ask store 5M 3
flushes $first "msync writes back its range" ask msync 1M "$PAGE"
flushes $second "and leaves the rest to fsync" ask fsync 0
ask value 3M
flushes "" "what was only loaded is not written back" ask fsync 0
ask store 3M 5
flushes 35651584:2097152 "but what was stored after that" ask fsync 0

# Of two files, and of one that nobody has open.
create "$MNT/g" size=2M ext=48M:2M
ask store 1M 6
ask store 5M 6
run famfs-poke word "$MNT/g" 0 5
flushes "$first $second 50331648:2097152" "sync(2) writes back what was stored, of all files" sync
flushes "" "and not a second time" sync
flushes "" "and leaves nothing to fsync" ask fsync 0
ask store 5M 7
flushes $second "syncfs(2) writes back what was stored since" sync -f "$MNT"
ask value 5M
flushes "" "and nothing that was only loaded" sync -f "$MNT"

echo >$t/trace
gives 4096 "write(2)" ask write 2M
gives 1 "copies past the caches" grep -c "copy_past_caches: .*bytes=4096" $t/trace
flushes "" "and leaves nothing to fsync" ask fsync 0

ask store 5M 4
release
flushes $second "unlink writes back what nobody has synced" rm "$f"
create "$f" size=8M ext=32M:4M ext=8M:4M

# A device that has a page may store to it until it lets it go.
create "$MNT/h" size=2M ext=64M:2M
hold "$MNT/h"
ask map 0 2M
ask store 0 1
gives "$PAGE" "a page of a unit is in use" ask pin 0 "$PAGE"
run rm "$MNT/h"
flushes 67108864:2097152 "what was stored is written back when the file goes" forget
echo >$t/trace
gives 1 "the page is let go" ask unpin 0
check "and the unit is written back once more" \
	soon was_written_back 67108864:2097152
release

run famfs-poke word "$f" 0 5
flushes $first "and so does a remount to ro" mount -o remount,ro "$MNT"
run mount -o remount,rw "$MNT"
run famfs-poke word "$f" 0 6
flushes $first "and so does umount" umount "$MNT"

mount_famfs
create "$f" size=8M ext=32M:4M ext=8M:4M
hold "$f"
ask map 0 8M
ask store 0 6
flushes $first "and unbinding the device" \
	sh -c "echo $DEV >/sys/bus/dax/drivers/fsdev_dax/unbind"
gives EIO "after which there is nothing to sync" ask fsync 0
release
run umount "$MNT"

dax_sysfs "$DEV" fsdev_dax/bind
refused EINVAL "an unknown flush=" \
	famfs-poke mount "/dev/$DEV" "$MNT" flush=sometimes
run mount -t famfs -o flush=never "/dev/$DEV" "$MNT"
prints flush=never "flush=never is shown" findmnt -n -o OPTIONS "$MNT"
create "$f" size=8M ext=32M:4M ext=8M:4M
hold "$f"
ask map 0 8M
ask store 1M 7
flushes "" "flush=never: fsync leaves everything to the caches" ask fsync 0
flushes "" "and so does sync(2)" sync
release
flushes "" "and so does unlink" rm "$f"
echo 0 >$t/events/kprobes/enable
echo >$t/kprobe_events
