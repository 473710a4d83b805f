# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# A bad block in a unit that was stored to: what is good of the unit is written back
# by fsync, and memory that fails there later is told to who has it mapped.
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
gives 0 "fsync, with a bad block in the unit" ask fsync 0
check "has written it back: the next store takes a fault" stores_fault 2M
gives 0 "fsync again" ask fsync 0
gives ok "the process stores to another page" ask touch $((2097152 + 131072))
check "memory fails in the unit" sh -c \
	"echo $(((memory + 18 * 1024 * 1024 + 131072) / 4096)) >/sys/kernel/debug/hwpoison/corrupt-pfn"
ended=0
release || ended=$?
gives $((128 + 7)) "who has it mapped is killed by SIGBUS" echo "$ended"
