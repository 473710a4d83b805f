# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Many files under one mount, and one file with as many extents as a map may
# have.  The 16 TiB of memory are 4 GiB, again and again, by the device mapper:
# what is in them does not matter.  Costs are in instructions.
#
# hosts: 1
# ram: 3G
# memory: static 4352M
# modules: famfs mapper
# programs: dmsetup
# clock: instructions
# only: stock 7.2: the debug kernel's own costs are not what it bounds
# timeout: 1800
# optional: yes

# How many files there are when the cost of one more is measured.
steps=${steps:-1000 10000 100000 1000000}
PIECE=4294967296
PIECES=4097
EXTENTS=65536
EXTENT=268435456
f=$MNT/f

sparse_device() {
	local i=0 sectors=$((PIECE / 512))

	ndctl create-namespace -f -e namespace0.0 -m fsdax -M mem >/dev/null
	while [ $i -lt $PIECES ]; do
		echo "$((i * sectors)) $sectors linear /dev/pmem0 0"
		i=$((i + 1))
	done >/run/table
	echo Y >/sys/module/famfs/parameters/allow_mapped
	dmsetup create sparse --noudevsync --noudevrules /run/table
}

mount_sparse() {
	mkdir -p "$MNT"
	run mount -t famfs /dev/dm-0 "$MNT"
}

free_bytes() {
	famfs-poke statfs "$MNT" | sed 's/.*free=//'
}

memory_free() {
	shrink
	awk '$1 == "MemFree:" { print $2 * 1024 }' /proc/meminfo
}

# No cache holds back what nobody uses.
shrink() {
	local cache

	for cache in /sys/kernel/slab/*; do
		echo 1 >"$cache/shrink"
	done
}

# Slab caches as lines "NAME OBJECTS BYTES".
caches() {
	shrink
	awk 'NR > 2 { print $1, $2, $15 * $6 * 4096 }' /proc/slabinfo
}

# grown FILE FILE: caches that have 1,000 objects more in the second list, as
# lines "NAME OBJECTS BYTES".
grown() {
	awk 'NR == FNR { objects[$1] = $2; bytes[$1] = $3; next }
		$2 - objects[$1] >= 1000 {
			print $1, $2 - objects[$1], $3 - bytes[$1]
		}' "$1" "$2"
}

# What is freed by RCU is back a moment later.
all_back() {
	caches >/run/after
	grown /run/before /run/after >/run/grown
	[ ! -s /run/grown ] || { cat /run/grown; return 1; }
}

# object CACHE: bytes of one
object() {
	awk -v name="$1" '$1 == name { print $4 }' /proc/slabinfo
}

# about A B: neither is more than 5 % above the other.
about() {
	[ $(($1 * 100)) -le $(($2 * 105)) ] && [ $(($2 * 100)) -le $(($1 * 105)) ]
}

# Extents lie in falling order, so that none continues the one before it.
in_place() {
	filefrag -v "$f" | awk -v n=$EXTENTS -v pages=$((EXTENT / 4096)) '
		$1 ~ /^[0-9]+:$/ {
			gsub(/[.:]/, " ")
			if ($1 != i || $2 != i * pages || $6 != pages ||
			    $4 != (n - i) * pages) {
				print
				bad = 1
			}
			i++
		}
		END { print i, "extents"; exit bad || i != n }'
}

# with_map SIZE EXTENTS: a file with that map, and what look-ups all over it cost,
# into $reads and $faults.
with_map() {
	: >"$f"
	run famfs-poke map2 "$f" size="$1" "$2"
	reads=$(famfs-poke reads "$f" 1000 $PIECE)
	faults=$(famfs-poke faults "$f" 1000 $PIECE)
	echo "#   instructions: $reads for 4 KiB by pread, $faults for a huge fault"
}

large_file() {
	local cost

	: >"$f"
	caches >/run/before
	cost=$(famfs-poke map2 "$f" size=16384G down=$EXTENTS:16384G:256M:256M)
	check "16 TiB in $EXTENTS extents install in a second of 10^9 instructions: $cost" \
		[ "$cost" -lt 1000000000 ]
	caches >/run/after
	run grown /run/before /run/after
	gives $((EXTENTS * EXTENT)) "statfs counts them" \
		echo $((all - $(free_bytes)))
	check "FIEMAP tells every one" in_place
	check "the file can be removed" rm "$f"
	check "and the owner of each extent" soon all_back
	gives "$all" "statfs no longer counts them" free_bytes
}

look_ups() {
	local many_reads many_faults

	with_map 16384G down=$EXTENTS:16384G:256M:256M
	many_reads=$reads many_faults=$faults
	run rm "$f"
	with_map 16384G ext=0:256M:16384G
	check "a read costs the same with $EXTENTS extents and with one" \
		about "$many_reads" "$reads"
	check "and so does a fault" about "$many_faults" "$faults"
	run rm "$f"
	# In the middle, because the device mapper is faster near the ends.
	with_map 4G ext=0:8192G:4G
	check "and a read of a small file" about "$many_reads" "$reads"
	run rm "$f"
}

# make_files ordered|scattered PERCENT: by their place in the memory; no file costs
# so much more than another
make_files() {
	local made=0 cost least='' most='' n

	for n in $steps; do
		# The last 1,000 are measured.
		[ $((n - made)) -eq 1000 ] || famfs-poke files "$MNT" \
			$((made + 1)) $((n - 1000 - made)) "$1" >/dev/null
		cost=$(famfs-poke files "$MNT" $((n - 999)) 1000 "$1")
		made=$n
		echo "#   instructions for one of $n files: $cost"
		[ "${least:-$cost}" -lt "$cost" ] || least=$cost
		[ "${most:-$cost}" -gt "$cost" ] || most=$cost
	done
	check "$1: each file costs the same, within $2 %" \
		[ $((most * 100)) -le $((least * (100 + $2))) ]
	nr_files=$made
}

# many_files ordered|scattered PERCENT
many_files() {
	local before bytes

	mount_sparse
	caches >/run/before
	before=$(memory_free)
	make_files "$@"
	echo "#   bytes per file: $(((before - $(memory_free)) / nr_files)), in slabs:"
	caches >/run/after
	run grown /run/before /run/after
	bytes=$(grown /run/before /run/after | awk '{ sum += $3 } END { print sum }')
	check "$1: one takes less than 1.5 KiB: $((bytes / nr_files))" \
		[ $((bytes / nr_files)) -lt 1536 ]
	bytes=$(($(object famfs_inode) - $(object inode_cache)))
	check "$1: of that an inode takes 64 bytes more than the kernel's own: $bytes" \
		[ $bytes -le 64 ]
	gives $((nr_files * M2)) "statfs counts all" \
		echo $((all - $(free_bytes)))
	check "umount" umount "$MNT"
	check "no cache has more objects than before" soon all_back
}

check "there are 16 TiB of memory: $PIECES times 4 GiB" sparse_device
mount_sparse
all=$(free_bytes)
large_file
look_ups
check "umount" umount "$MNT"
many_files ordered 5
# Neighbours come in no order, and have gaps between them.
many_files scattered 5
check "nobody has the device" dmsetup remove --noudevsync --noudevrules sparse
