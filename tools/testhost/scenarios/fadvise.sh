# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# POSIX_FADV_DONTNEED drops what this host's caches hold of a range of a file.  An
# emulated machine has no caches that could be told from the memory: a probe in the
# function that drops lines, and writes back those that are dirty, tells addresses and
# lengths.  That is the kernel's, but on arm64, which exports none.
#
# hosts: 1
# memory: static 256M
# modules: hwpoison famfs

t=/sys/kernel/tracing
case $(uname -m) in
x86_64) probe="clflush_cache_range addr=%di:x64 size=%si:u32" ;;
aarch64) probe="famfs:drop_lines addr=%x1:x64 size=%x2:u64" ;;
esac
echo "p:drop $probe" >$t/kprobe_events
echo 1 >$t/events/kprobes/enable
start=$(cat "/sys/bus/dax/devices/$DEV/resource")

# The ranges of the device that were dropped, as OFFSET:LENGTH.  Others drop lines, too.
ranges() {
	local addr size

	sed -n 's/.*: drop: .*addr=0xffff\(.*\) size=\(.*\)/\1 \2/p' \
		$t/trace | while read -r addr size; do
		addr=$((0x$addr - MAPPED_AT - start))
		[ $addr -lt 0 ] || [ $addr -ge 268435456 ] ||
			echo "$addr:$size"
	done | xargs
}

# drops RANGES SENTENCE ARGUMENT...: advice to the file works, and drops just these
drops() {
	local want=$1 sentence=$2
	shift 2

	echo >$t/trace
	capture famfs-poke advise "$f" "$@"
	# shellcheck disable=SC2154 # capture leaves it
	if [ "$status" -eq 0 ]; then
		gives "$want" "$sentence" ranges
	else
		fail "$sentence (exit status $status)"
	fi
}

mount_famfs
f=$MNT/f
: >"$f"
refused EIO "of a file without a map there is nothing to drop" \
	famfs-poke advise "$f" dontneed
check "other advice is taken" famfs-poke advise "$f" sequential
rm "$f"
create "$f" size=$((8388608 - 100)) ext=32M:4M ext=8M:4M

drops "33554432:2097152 35651584:2097152 8388608:2097152 10485760:2097052" \
	"a file is dropped as a whole" dontneed
drops "33554442:100" "a range of bytes" dontneed 10 100
drops "37748731:5 8388608:7" "one across two extents" dontneed $((4194304 - 5)) 12
drops "12582811:1" "the last byte of all, whatever the length" \
	dontneed $((8388608 - 101)) 0x7fffffffffffffff
drops "10485760:2097052" "length 0 is to the end" dontneed 6M 0
drops "" "behind the end is nothing" dontneed 8M 0
refused EINVAL "a negative offset" famfs-poke advise "$f" dontneed -4096 8192
refused EINVAL "a negative length" famfs-poke advise "$f" dontneed 0 -1
refused EINVAL "advice that nobody knows" famfs-poke advise "$f" unknown
for advice in normal sequential random noreuse willneed; do
	drops "" "$advice drops nothing" $advice
done

hold "$f"
ask map 0 6M
ask store 1M 17
drops "34603008:4096" "what this host has stored to is dropped" dontneed 1M 4K
gives 17 "and written back before" ask value 1M
gives ok "it is mapped as before" ask store 1M 18
gives 0 "fsync finds it" ask fsync 0
gives 18 "and the store" ask value 1M
release

# In the second page of the second extent.
second=8388608
corrupt "$DEV" $((second + PAGE)) || :
drops "$second:$PAGE $((second + 2 * PAGE)):$((2 * PAGE))" \
	"a bad page is passed over" dontneed 4M $((4 * PAGE))
gives "$PAGE" "and made good" famfs-poke write "$f" $((4194304 + PAGE)) "$PAGE"
drops "$second:$((4 * PAGE))" "it is dropped again" dontneed 4M $((4 * PAGE))

run umount "$MNT"
run mount -t famfs -o memory=ro "/dev/$DEV" "$MNT"
create "$f" size=2M ext=32M:2M
drops "33554432:2097152" "memory=ro: dropping is not writing" dontneed
hold "$f" read
dax_sysfs "$DEV" fsdev_dax/unbind
echo >$t/trace
refused EIO "a device that is gone" famfs-poke advise "$f" dontneed
gives "" "is left alone" ranges
release
echo 0 >$t/events/kprobes/enable
echo >$t/kprobe_events
