# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# CXL memory of a test host, for lib.sh and scenarios: regions by "cxl create-region"
# where that is new enough, else by sysfs.

CXL=/sys/bus/cxl/devices
# Of persistent regions: hosts that share one have to name it alike.
CXL_UUID=11111111-2222-3333-4444-555555555555

# cxl_memories N: that many memory devices have drivers and ports
cxl_memories() {
	[ "$(find $CXL/mem*/driver $CXL/endpoint*/driver 2>/dev/null | wc -l)" -ge \
		$((2 * $1)) ]
}

# cxl_write VALUE FILE
cxl_write() {
	env echo "$1" >"$CXL/$2" || { echo "cannot write $1 to $2"; return 1; }
}

# cxl_endpoint MEMORY: the decoder of its that is free
cxl_endpoint() {
	local port decoder

	for port in "$CXL"/endpoint*; do
		[ "$(basename "$(readlink "$port/uport")")" = "$1" ] || continue
		for decoder in "$port"/decoder*; do
			[ "$(($(cat "$decoder/dpa_size")))" -ne 0 ] ||
				{ basename "$decoder"; return; }
		done
	done
}

# cxl_name_region TYPE: the kernel makes a region of the name that it says is next
cxl_name_region() {
	local file=decoder0.0/create_$1_region

	region=$(cat "$CXL/$file") && cxl_write "$region" "$file"
}

# cxl_add MEMORY TYPE SIZE: of the memory into the next target of $region
cxl_add() {
	local decoder

	decoder=$(cxl_endpoint "$1")
	cxl_write "$2" "$decoder/mode" &&
		cxl_write "$3" "$decoder/dpa_size" &&
		cxl_write "$decoder" "$region/target$ways" &&
		ways=$((ways + 1))
}

# cxl_region_by_sysfs TYPE SIZE MEMORY...: as Documentation/ABI/testing/sysfs-bus-cxl
# of the kernel has it
cxl_region_by_sysfs() {
	local type=$1 size=$2 memory ways=0
	shift 2

	cxl_name_region "$type" || return
	[ "$type" = ram ] || cxl_write $CXL_UUID "$region/uuid" || return
	cxl_write 256 "$region/interleave_granularity" &&
		cxl_write $# "$region/interleave_ways" &&
		cxl_write "$size" "$region/size" || return
	for memory; do
		cxl_add "$memory" "$type" $((size / $#)) || return
	done
	cxl_write 1 "$region/commit" &&
		echo "$region" >/sys/bus/cxl/drivers/cxl_region/bind
}

# cxl_region_by_cli TYPE SIZE MEMORY...
cxl_region_by_cli() {
	local type=$1 size=$2
	shift 2

	[ "$type" = ram ] || set -- "$@" -U $CXL_UUID
	region=$(cxl create-region -m -d decoder0.0 -t "$type" -s "$size" "$@" |
		sed -n 's/.*"region":"\(.*\)".*/\1/p')
	[ -n "$region" ]
}

# cxl_tool: there is one that makes all kinds of regions, and persistent ones by uuid;
# 76, as Debian 12 has it, does not
cxl_tool() {
	local version

	version=$(cxl version) && [ "${version%%.*}" -gt 76 ]
}

# cxl_region TYPE SIZE MEMORY...: leaves $region
cxl_region() {
	show "cxl_region $*"
	if cxl_tool; then
		cxl_region_by_cli "$@"
	else
		cxl_region_by_sysfs "$@"
	fi
}

# cxl_memories_of TYPE N: the first N that have memory of it, by their serial numbers:
# their names come as they do
cxl_memories_of() {
	local memory

	for memory in "$CXL"/mem*; do
		[ $(($(cat "$memory/$1/size"))) -eq 0 ] ||
			echo "$(cat "$memory/serial") $(basename "$memory")"
	done | sort | head -n "$2" | cut -d ' ' -f 2
}

# cxl_region_of TYPE N: a region of all that N memory devices have
cxl_region_of() {
	local type=$1 memory memories size=0

	memories=$(cxl_memories_of "$1" "$2")
	for memory in $memories; do
		size=$((size + $(cat "$CXL/$memory/$type/size")))
	done
	# shellcheck disable=SC2086 # a list of words
	cxl_region "$type" $size $memories
}

# cxl_namespaces: the persistent region has come to be one of namespaces
cxl_namespaces() {
	[ -e /sys/bus/nd/devices/namespace0.0/size ]
}

# cxl_end: the region goes, with what is on it, and its memories are free
cxl_end() {
	local decoder decoders

	decoders=$(cat "$CXL/$region"/target[0-9])
	show "cxl_end $region"
	[ ! -e "$CXL/$region/driver" ] ||
		echo "$region" >/sys/bus/cxl/drivers/cxl_region/unbind || return
	cxl_write 0 "$region/commit" &&
		cxl_write "$region" decoder0.0/delete_region &&
		soon test ! -e "$CXL/$region" || return
	for decoder in $decoders; do
		cxl_write 0 "$decoder/dpa_size" || return
	done
}

# cxl_works: a file on $DEV is written and read, by huge pages; it stays mounted
cxl_works() {
	mount_famfs "$DEV" || return
	create "$MNT/f" size=16M ext=2M:8M ext=32M:8M || return
	check "a file is written and stored to" sh -c "famfs-poke fill $MNT/f 0 8M 1 &&
		famfs-poke fill $MNT/f 8M 8M 1 mmap"
	check "fsync writes it back" famfs-poke fsync "$MNT/f"
	check "it is read" famfs-poke verify "$MNT/f" 0 16M 1
	run trace famfs-poke verify "$MNT/f" 0 16M 1 mmap
	gives "8 huge, 0 small" "and loaded, by huge pages" \
		echo "$(faults pmd) huge, $(faults pte) small"
}
