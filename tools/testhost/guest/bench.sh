# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# The benchmark, inside the guest: sourced by bench, after lib.sh.  A figure is
# one line "figure OPERATION TARGET COUNT MEDIAN MEAN MINIMUM".
# shellcheck disable=SC2153 # MNT is that of lib.sh

SIZE=268435456		# of the file that all do the same to: 128 huge pages
HALF=134217728
PMD=2097152
GIB=1073741824
TAIL=5767168		# two units and 1.5 MiB
PMNT=/mnt/peer

# figure OPERATION TARGET ARGUMENT...: measure, and print it.
figure() {
	local name=$1 target=$2 result
	shift 2

	result=$(famfs-bench "$@" 2>&1) || {
		echo "not ok - $name of $target: $result"
		return 1
	}
	echo "figure $name $target $result"
}

# faults_of TARGET FILE: which nobody has touched since the file system is there.
faults_of() {
	figure pmd-first-read "$1" fault "$2" 0 $HALF $PMD r
	figure pmd-first-write "$1" fault "$2" $HALF $HALF $PMD w
	figure pmd-again-read "$1" fault "$2" 0 $HALF $PMD r
	figure pmd-again-write "$1" fault "$2" $HALF $HALF $PMD w
	figure pmd-write-after-read "$1" fault "$2" $HALF $HALF $PMD rw
	figure mmap "$1" mmap "$2" $HALF
	figure munmap "$1" unmap "$2" $HALF
}

# next_of TARGET FILE: with the memory of one that was mapped before it, and is gone
next_of() {
	figure pmd-next-read "$1" fault "$2" 0 $HALF $PMD r
	figure pmd-next-write "$1" fault "$2" $HALF $HALF $PMD w
}

# large_of TARGET FILE: of 128 GiB; 4 GiB of it, 256 times, are 1 TiB
large_of() {
	figure pmd-large "$1" fault "$2" 0 $((128 * GIB)) $PMD r
	figure wide "$1" wide "$2" $((4 * GIB)) 256
	figure fork "$1" fork "$2" $((64 * GIB))
}

# ends_of TARGET DIRECTORY: a file that ends within a unit, and one of 1 GiB
ends_of() {
	figure sweep "$1" sweep "$2/tail" $TAIL
	figure fsync "$1" sync "$2/gib" $GIB
	rm "$2/tail" "$2/gib"
}

# pairs_of TARGET FILE [read write]: by one processor, and by two at once
pairs_of() {
	local target=$1 file=$2 how n
	shift 2

	for how in fault "$@"; do
		for n in 1 2; do
			figure "pair-$how-$n" "$target" pair "$file" "$how" $n
		done
	done
}

# huge_faults_of TARGET FILE: make sure that such faults are what was measured,
# but for the few pieces that ext4 puts behind the metadata of a group.
huge_faults_of() {
	local huge small

	trace famfs-bench fault "$2" 0 $SIZE $PMD w >/dev/null
	huge=$(faults pmd) small=$(faults pte)
	echo "# faults of $1: $huge huge, $small small"
	[ "$huge" -ge $((SIZE / PMD - 4)) ] ||
		echo "not ok - the faults of $1 are huge"
}

# pte_faults_of TARGET FILE: of 1 MiB, too short for a huge page.
pte_faults_of() {
	figure pte-first-write "$1" fault "$2" 0 1048576 4096 w
	figure pte-again-read "$1" fault "$2" 0 1048576 4096 r
	figure pte-again-write "$1" fault "$2" 0 1048576 4096 w
}

# calls_of TARGET FILE
calls_of() {
	local size

	for size in 1 4096 $PMD; do
		figure "pread-$size" "$1" read "$2" "$size"
		figure "pwrite-$size" "$1" write "$2" "$size"
	done
	figure open-close "$1" open "$2"
	figure stat "$1" stat "$2"
}

# drops_of FILE: for xfs and ext4 on dax it is advice that is ignored
drops_of() {
	local size

	for size in 4096 $PMD; do
		figure "drop-$size" famfs drop "$1" "$size"
	done
}

creation_of() {
	mkdir "$2/new" "$2/sized"
	figure create-empty "$1" create "$2/new" 10000 empty 1
	[ -z "$3" ] || figure create-2M "$1" create "$2/sized" 10000 "$3" 1024
	rm -r "$2/new" "$2/sized"
}

# settle: give back what waits to be used again.
settle() {
	local cache

	sync
	# Nodes of trees are freed a grace period later.
	sleep 1
	for cache in /sys/kernel/slab/*; do
		echo 1 >"$cache/shrink"
	done
}

# kib_of FIELD...: sum of fields of /proc/meminfo
kib_of() {
	awk -v fields=" $* " 'index(fields, " " $1 " ") { sum += $2 }
		END { print sum }' /proc/meminfo
}

# memory_of NAME TARGET DIRECTORY FILES OPERATION ARGUMENT...: of the files that
# the operation leaves behind; a line "memory NAME TARGET FILES BYTES", the bytes
# per file.
memory_of() {
	local name=$1 target=$2 dir=$3 files=$4 before after
	shift 4

	mkdir "$dir"
	echo 3 >/proc/sys/vm/drop_caches
	settle
	before=$(kib_of Slab: VmallocUsed:)
	grep -v '^#' /proc/slabinfo >/run/slab.before
	echo "#   Slab and VmallocUsed, KiB: $(kib_of Slab:), $(kib_of VmallocUsed:)"
	famfs-bench "$@" >/run/result 2>&1 || {
		echo "not ok - $name of $target: $(cat /run/result)"
		return 1
	}
	settle
	after=$(kib_of Slab: VmallocUsed:)
	echo "#   Slab and VmallocUsed, KiB: $(kib_of Slab:), $(kib_of VmallocUsed:)"
	echo "memory $name $target $files $(((after - before) * 1024 / files))"
	awk -v n="$files" 'NR == FNR { had[$1] = $2; next }
		$2 - had[$1] > n / 2 {
			print "#   " $1, $2 - had[$1], "of", $4, "bytes" }' \
		/run/slab.before /proc/slabinfo
	rm -r "$dir"
}

# sized_memory_of TARGET DIRECTORY HOW COMMAND...: files of 2 MiB; the command
# comes after each number of them.
sized_memory_of() {
	local target=$1 dir=$2 how=$3 n
	shift 3

	for n in 1000 10000 60000; do
		memory_of "memory-$n" "$target" "$dir/new" $n \
			create "$dir/new" $n "$how" 1024
		"$@"
	done
}

memory_of_extents() {
	memory_of memory-extents-16 famfs "$MNT/new" 2000 \
		maps "$MNT/new" 2000 16 1
	memory_of memory-extents-1024 famfs "$MNT/new" 32 maps "$MNT/new" 32 1024 1
	memory_of memory-extents-65536 famfs "$MNT/new" 1 maps "$MNT/new" 1 65536 1
}

bench_device_dax() {
	faults_of device_dax "/dev/$DEV"
	next_of device_dax "/dev/$DEV"
	large_of device_dax "/dev/$DEV"
}

# extents_of NAME FILE: huge faults in the middle of it, the second time.
extents_of() {
	local middle=$(($(stat -c %s "$2") / 2 / M2 * M2))

	[ $middle -gt $HALF ] || middle=0
	famfs-bench fault "$2" $middle $HALF $PMD w >/dev/null
	figure "pmd-again-$1" famfs fault "$2" $middle $HALF $PMD w
	rm "$2"
}

bench_extents() {
	local n

	for n in 1 16 1024 65536; do
		figure "map-$n" famfs maps "$MNT" 16 $n 0
		famfs-bench map "$MNT/x" $n $PMD \
			$((n < 64 ? HALF / n : M2)) >/dev/null
		extents_of "extents-$n" "$MNT/x"
	done
	famfs-bench stripes "$MNT/x" 4 $PMD $((HALF / 4)) >/dev/null
	extents_of 4-way "$MNT/x"
}

# write_once DIRECTORY
write_once() {
	run dd if=/dev/zero of="$1/f" bs=2M count=128 conv=notrunc status=none
	run dd if=/dev/zero of="$1/short" bs=1M count=1 conv=notrunc status=none
	[ ! -e "$1/tail" ] ||
		run dd if=/dev/zero of="$1/tail" bs=512K count=11 conv=notrunc status=none
}

bench_famfs() {
	to_fsdev "$DEV"
	mkdir -p "$MNT"
	figure mount famfs mount "/dev/$DEV" "$MNT" famfs ""
	run mount -t famfs -o noatime "/dev/$DEV" "$MNT"
	create "$MNT/f" size=256M ext=2M:256M
	create "$MNT/short" size=1M ext=512M:2M
	write_once "$MNT"
	faults_of famfs "$MNT/f"
	huge_faults_of famfs "$MNT/f"
	pte_faults_of famfs "$MNT/short"
	calls_of famfs "$MNT/f"
	drops_of "$MNT/f"
	rm "$MNT/f" "$MNT/short"
	create "$MNT/f" size=256M ext=2M:256M
	next_of famfs "$MNT/f"
	rm "$MNT/f"
	create "$MNT/tail" size=$TAIL ext=2M:6M
	create "$MNT/gib" size=1G ext=1G:1G
	ends_of famfs "$MNT"
	create "$MNT/f" size=128G ext=2M:128G
	large_of famfs "$MNT/f"
	rm "$MNT/f"
	bench_extents
	creation_of famfs "$MNT" map
	sized_memory_of famfs "$MNT" map :
	memory_of_extents
	umount "$MNT"
}

# mount_peer TYPE OPTIONS SOURCE
mount_peer() {
	run mount -t "$1" -o "noatime,$2" "$3" $PMNT
}

remount_peer() {
	run umount $PMNT
	mount_peer "$@"
}

# preallocate FILE SIZE: by 2 MiB, as ext4 aligns such a piece, and not a larger one.
preallocate() {
	local at=0

	while [ $at -lt "$2" ]; do
		fallocate -o $at -l $PMD "$1" || return
		at=$((at + PMD))
	done
}

# bench_peer TYPE OPTIONS SOURCE: files preallocated and written once.
bench_peer() {
	mkdir -p $PMNT
	figure mount "$1" mount "$3" $PMNT "$1" "$2"
	mount_peer "$@"
	preallocate $PMNT/f $SIZE
	preallocate $PMNT/gib $GIB
	preallocate $PMNT/tail $((3 * PMD))
	run truncate -s $TAIL $PMNT/tail
	run fallocate -l 1M $PMNT/short
	write_once $PMNT
	remount_peer "$@"
	faults_of "$1" $PMNT/f
	huge_faults_of "$1" $PMNT/f
	pte_faults_of "$1" $PMNT/short
	calls_of "$1" $PMNT/f
	rm $PMNT/f $PMNT/short
	ends_of "$1" $PMNT
	creation_of "$1" $PMNT fallocate
	# Without what is left to do for the files that are gone.
	remount_peer "$@"
	sized_memory_of "$1" $PMNT fallocate remount_peer "$@"
	run umount $PMNT
}

bench_tmpfs() {
	mkdir -p $PMNT
	mount_peer tmpfs huge=always none
	write_once $PMNT
	faults_of tmpfs $PMNT/f
	pte_faults_of tmpfs $PMNT/short
	calls_of tmpfs $PMNT/f
	rm $PMNT/f $PMNT/short
	creation_of tmpfs $PMNT ""
	run umount $PMNT
}

# fio_of TARGET DIRECTORY: the job of the review thread; a line "fio NAME TARGET N" with
# instructions per MiB: a nanosecond of this host is one.  The first job lays out the
# files.
fio_of() {
	local engine way

	fio_job "$2" --rw=write --ioengine=psync >/dev/null || return
	for engine in psync mmap "io_uring --direct=1"; do
		way=${engine%% *}
		for rw in read write; do
			[ "$1 $way" != "tmpfs io_uring" ] || continue
			# shellcheck disable=SC2086 # the engine and its option
			fio_job "$2" --rw=$rw --loops=8 --ioengine=$engine \
				>/run/fio || return
			awk -F ';' -v name="fio-${way#io_}-$rw $1" '$1 == 3 {
				printf "fio %s %.0f\n", name,
				1024 * 1e9 / ($7 + $48) }' /run/fio
		done
	done
}

# The caches that fio drops before it begins are no part of what it measures.
fio_job() {
	local dir=$1
	shift

	fio --name=job --directory="$dir" --nrfiles=10 --filesize=8M --bs=2M \
		--numjobs=2 --group_reporting --invalidate=0 --output-format=terse "$@"
}

fio_famfs() {
	local job file at=2

	to_fsdev "$DEV"
	mkdir -p "$MNT"
	run mount -t famfs -o noatime "/dev/$DEV" "$MNT"
	for job in 0 1; do
		for file in 0 1 2 3 4 5 6 7 8 9; do
			create "$MNT/job.$job.$file" size=8M ext=${at}M:8M
			at=$((at + 8))
		done
	done
	fio_of famfs "$MNT"
	run umount "$MNT"
	dax_sysfs "$DEV" fsdev_dax/unbind
}

# fio_peer TYPE OPTIONS SOURCE
fio_peer() {
	mkdir -p $PMNT
	mount_peer "$@"
	fio_of "$1" $PMNT
	run umount $PMNT
}

bench_fio() {
	insert static && insert famfs && insert peer && setup_static || return
	fio_famfs
	fio_peer tmpfs huge=always none
	make_pmem && make_ext4 && fio_peer ext4 dax=always /dev/pmem0
	make_xfs && fio_peer xfs dax=always /dev/pmem0
}

pairs_famfs() {
	to_fsdev "$DEV"
	mkdir -p "$MNT"
	run mount -t famfs -o noatime "/dev/$DEV" "$MNT"
	create "$MNT/f" size=256M ext=2M:256M
	pairs_of famfs "$MNT/f" read write
	run umount "$MNT"
	dax_sysfs "$DEV" fsdev_dax/unbind
}

# pairs_peer TYPE OPTIONS SOURCE
pairs_peer() {
	mkdir -p $PMNT
	mount_peer "$@"
	[ "$1" = tmpfs ] || preallocate $PMNT/f $SIZE
	run dd if=/dev/zero of=$PMNT/f bs=2M count=128 conv=notrunc status=none
	pairs_of "$1" $PMNT/f read write
	run umount $PMNT
}

bench_pairs() {
	insert static && insert famfs && insert peer && setup_static || return
	pairs_of device_dax "/dev/$DEV"
	pairs_famfs
	pairs_peer tmpfs huge=always none
	make_pmem && make_ext4 && pairs_peer ext4 dax=always /dev/pmem0
	make_xfs && pairs_peer xfs dax=always /dev/pmem0
}

make_pmem() {
	run ndctl create-namespace -f -e namespace0.0 -m fsdax -M mem >/dev/null
}

# Files aligned to huge pages; what ext4 does later would fall into a figure.
make_ext4() {
	run mke2fs -q -F -t ext4 -b 4096 -N 131072 \
		-E stride=512,stripe_width=512 \
		-E lazy_itable_init=0,lazy_journal_init=0,nodiscard /dev/pmem0
}

make_xfs() {
	run mkfs.xfs -q -f -K -m reflink=0 -d su=2m,sw=1 /dev/pmem0
}

bench() {
	insert static && insert famfs && insert peer && setup_static || return
	bench_device_dax
	bench_famfs
	dax_sysfs "$DEV" fsdev_dax/unbind
	bench_tmpfs
	make_pmem && make_ext4 && bench_peer ext4 dax=always /dev/pmem0
	make_xfs && bench_peer xfs dax=always /dev/pmem0
}
