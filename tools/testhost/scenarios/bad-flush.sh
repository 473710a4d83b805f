# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Bad pages in a unit that was stored to, one that the driver lists and one that only
# famfs was told of: fsync writes back all the others and never those, and memory that
# fails there later is told to who has it mapped.
#
# hosts: 1
# memory: static 256M
# modules: famfs hwpoison
# timeout: 100

run ndctl create-namespace -f -e namespace0.0 -m fsdax -M mem >/dev/null
run sh -c "echo 1 >/proc/sys/vm/memory_failure_early_kill"
mkdir -p "$MNT"
run mount -t famfs /dev/pmem0 "$MNT"
create "$MNT/f" size=8M ext=16M:8M
events=/sys/kernel/tracing/events/famfs/famfs_fault
memory=$(($(cat "$(readlink -f /sys/block/pmem0/device)/resource")))

# The probe in the kernel's function that writes cache lines back.
t=/sys/kernel/tracing
# shellcheck disable=SC2016 # the kernel's words
echo 'p:write_back arch_wb_cache_pmem addr=$arg1:x64 size=$arg2:u64' >$t/kprobe_events

# written_back: by fsync, as OFFSET:LENGTH in the file; and what fsync says if it fails
written_back() {
	local answer addr size

	echo >$t/trace
	echo 1 >$t/events/kprobes/enable
	answer=$(ask fsync 0)
	echo 0 >$t/events/kprobes/enable
	[ "$answer" = 0 ] || echo "fsync: $answer"
	sed -n 's/.*: write_back: .*addr=0xffff\(.*\) size=\(.*\)/\1 \2/p' \
		$t/trace | while read -r addr size; do
		echo "$((0x$addr - MAPPED_AT - memory - 16 * 1024 * 1024)):$size"
	done | xargs
}

# Of the second unit: page 16 is bad, and then page 64, too.
around_one="2097152:65536 2166784:2027520"
around_two="2097152:65536 2166784:192512 2363392:1830912"

# stores_fault OFFSET: a store there takes a fault, as one to a clean page does
stores_fault() {
	echo >/sys/kernel/tracing/trace
	echo 1 >$events/enable
	ask touch "$1"
	echo 0 >$events/enable
	grep famfs_fault: /sys/kernel/tracing/trace
}

hold "$MNT/f"
gives ok "a process maps the file" ask map 0 8M
gives ok "and stores into a unit" ask touch 2M
check "a second store there takes no fault" not stores_fault 2M
run sh -c "echo $(((18 * 1024 * 1024 + 65536) / 512)) 8 >/sys/block/pmem0/badblocks"
gives "$around_one" "fsync writes back all but the bad block in the unit" written_back
check "the next store takes a fault" stores_fault 2M
gives 0 "fsync again" ask fsync 0
check "memory fails in the unit, of which the driver hears nothing" sh -c \
	"echo $(((memory + 18 * 1024 * 1024 + 262144) / 4096)) >/sys/kernel/debug/hwpoison/corrupt-pfn"
gives ok "the process stores into the unit" ask touch 2M
gives "$around_two" "fsync writes back all but the two bad pages" written_back
gives ok "the process stores to another page" ask touch $((2097152 + 131072))
check "memory fails in the unit" sh -c \
	"echo $(((memory + 18 * 1024 * 1024 + 131072) / 4096)) >/sys/kernel/debug/hwpoison/corrupt-pfn"
ended=0
release || ended=$?
gives $((128 + 7)) "who has it mapped is killed by SIGBUS" echo "$ended"
echo >$t/kprobe_events
