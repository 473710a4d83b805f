# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# pmem below the device mapper: either it is refused with the reason, or memory that
# fails there is told to who has it mapped.
#
# hosts: 1
# memory: static 256M
# modules: famfs mapper hwpoison
# programs: dmsetup
# timeout: 100

run ndctl create-namespace -f -e namespace0.0 -m fsdax -M mem >/dev/null
sectors=$(cat /sys/block/pmem0/size)
echo "0 $sectors linear /dev/pmem0 0" >/run/table
run dmsetup create linear --noudevsync --noudevrules /run/table
memory=$(($(cat "$(readlink -f /sys/block/pmem0/device)/resource")))
mkdir -p "$MNT"

# told: memory of a mapped file fails, and the next touch is SIGBUS
told() {
	create "$MNT/f" size=8M ext=16M:8M || return
	hold "$MNT/f" && ask map 0 8M && ask touch 2M || return
	echo $(((memory + (18 << 20)) / 4096)) \
		>/sys/kernel/debug/hwpoison/corrupt-pfn
	[ "$(ask touch 2M)" != ok ]
}

capture famfs-poke mount /dev/dm-0 "$MNT"
# shellcheck disable=SC2154 # set by capture
if [ "$status" -eq 0 ]; then
	check "memory that fails below it is told" told
	release || :
	run umount "$MNT"
else
	also EOPNOTSUPP "it is refused"
	also "/dev/dm-0: " "and says why"
fi
run dmsetup remove --noudevsync --noudevrules linear
