# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# How many page faults serve a mapping: exactly one of 2 MiB for every 2 MiB of
# a file, and small ones only where a huge page does not fit, of which one serves all of
# 2 MiB.  With pages of 16 KiB a huge page is of 32 MiB: small ones serve what is shorter.
#
# hosts: 1
# memory: static 256M
# modules: famfs

mount_famfs

# served UNITS PTE SENTENCE touch-arguments...
served() {
	local want sentence=$3
	want=$(kinds "$1" "$2")
	shift 3
	run trace famfs-poke touch "$@"
	gives "$want" "$sentence" echo "$(faults pmd) huge, $(faults pte) small"
}

# How many of the huge faults in the trace fs-dax has served.
fs_dax_huge() {
	awk '/dax_pmd_fault_done:/ && $NF == "NOPAGE" { n++ } END { print n + 0 }' \
		/sys/kernel/tracing/trace
}

f=$MNT/f
create "$f" size=16M ext=2M:16M
# What is shorter than a huge page need not be aligned to it.
[ "$HUGE" != "$M2" ] || {
	gives "misaligned by 0" "mmap gives an address that huge pages fit" \
		famfs-poke mmap "$f" 0 16M
	gives "misaligned by 0" "and for a part of the file" \
		famfs-poke mmap "$f" 4M 2M
	gives "misaligned by 0" "and for a length that is no multiple of 2 MiB" \
		famfs-poke mmap "$f" 0 5124K
}
served 8 0 "16 MiB, a store every 2 MiB" "$f" 0 16M 2M write
# A private mapping has a page of 6.12 by its number, each by a fault that is not counted.
case $(uname -r) in
6.*) by_fs_dax=0 private=0 ;;
*) by_fs_dax=8 private=1 ;;
esac
gives $by_fs_dax "of these, fs-dax maps $by_fs_dax" fs_dax_huge
served 8 0 "16 MiB, a load every 2 MiB" "$f" 0 16M 2M read
gives 0 "of these it maps none" fs_dax_huge
served 8 0 "16 MiB, a store every 4 KiB" "$f" 0 16M 4K write
served 1 0 "2 MiB out of the middle" "$f" 6M 2M 4K write
served 1 0 "one byte" "$f" 10M 1 1 write

run famfs-poke fill "$f" 0 16M 1
# viewed UNITS PTE SENTENCE view-arguments...
viewed() {
	local want sentence=$3
	want=$(kinds "$1" "$2")
	shift 3
	check "$sentence: the file's bytes" trace famfs-poke view "$@"
	gives "$want" "by huge pages where they fit" \
		echo "$(faults pmd) huge, $(faults pte) small"
}
viewed 2 1 "a mapping that ends between huge pages" "$f" 0 5124K 0
viewed 2 1 "one that starts there" "$f" 1M 5M 0
viewed 0 4 "one that is a page off" "$f" 4M 8M 1
check "a private mapping is a copy where huge pages would fit" \
	famfs-poke private "$f" 4M
check "also if the first access is a store" famfs-poke private "$f" 8M store
check "the file has its bytes" famfs-poke verify "$f" 0 16M 1 mmap

two=$MNT/two
create "$two" size=8M ext=64M:4M ext=32M:4M
served 4 0 "two extents of 4 MiB" "$two" 0 8M 4K read

tail=$MNT/tail
create "$tail" size=4206592 ext=96M:4206592
# There famfs can make no page writable but the one that is stored to.
case "$(uname -m) $(uname -r)" in
"aarch64 6."*|x86_64*) stores=1 ;;
*) stores=3 ;;
esac
served 2 $stores "a tail of 12 KiB, a store to each of its 3 pages" \
	"$tail" 0 4206592 4K write
short=$MNT/short
create "$short" size=5632K ext=128M:6M
served 2 1 "5.5 MiB, the last 2 MiB not full: 384 pages" \
	"$short" 0 5632K 4K read

copied=$MNT/copied
create "$copied" size=1M ext=136M:2M
check "a private mapping that is stored to before all else has the file's bytes" \
	trace famfs-poke store-first "$copied" 0 1M
gives "0 huge, $private small" "also then one fault maps all pages that there are" \
	echo "$(faults pmd) huge, $(faults pte) small"
# Where the kernel has none, it says so.
check "a page with a guard stays as it is when those beside it are mapped" \
	famfs-poke guard "$short" 2M 1M

# A place that was mapped by small pages is mapped by a huge one again once nobody
# has the small ones: not in a mapping beside them, not for as long as the file lives.
new=$MNT/new
create "$new" size=8M ext=160M:8M
hold "$new"
gives ok "a process maps one page of 2 MiB" ask map $((3 * PAGE)) "$PAGE"
gives ok "and stores to it" ask store 0 7
check "beside it, another one maps all" trace famfs-poke touch "$new" 0 2M 4K read
release
served 1 0 "when it is gone, one huge page serves 2 MiB" "$new" 0 2M 4K read
gives 7 "which has what it stored" \
	sh -c "dd if=$new bs=$PAGE skip=3 count=1 2>/dev/null | od -An -tu1 -N1 | xargs"

# An extent that is whole huge pages of the memory's addresses.
[ "$HUGE" = "$M2" ] || {
	start=$(cat "/sys/bus/dax/devices/$DEV/resource")
	at=$((HUGE - start % HUGE + 4 * HUGE))
	run rm "$MNT"/*
	create "$f" size=64M "ext=$at:64M"
	run famfs-poke fill "$f" 0 64M 3
	gives "misaligned by 0" "mmap gives an address that huge pages fit" \
		famfs-poke mmap "$f" 0 64M
	run trace famfs-poke touch "$f" 0 64M 2M write
	gives "2 huge, 0 small" "64 MiB, a store every 2 MiB" \
		echo "$(faults pmd) huge, $(faults pte) small"
	run trace famfs-poke touch "$f" 0 64M 4K read
	gives "2 huge, 0 small" "a load every 4 KiB" \
		echo "$(faults pmd) huge, $(faults pte) small"
	run famfs-poke fill "$f" 0 64M 4
	check "which has the file's bytes" famfs-poke verify "$f" 0 64M 4 mmap
}
