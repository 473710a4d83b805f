# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Two hosts on one memory, and B dies while it writes, twice: once in write(2) and
# once in stores.  A goes on, and what is A's stays as it was.  B boots, applies
# the map file again, and finds what it had been told to be in the memory; what
# was in flight is as before or as after, word by word, and nothing else.
#
# hosts: 0
# timeout: 180
# long: yes

dir=/mnt/famfs
# What the map file has: 8 MiB each, in two pieces.
half=0x400000
files="map_entry kept 0x800000 0x800000:$half 0x1c00000:$half;"
files+=" map_entry a 0x800000 0xc00000:$half 0x1800000:$half;"
files+=" map_entry b 0x800000 0x1000000:$half 0x1400000:$half;"

# apply HOST: the files of both hosts, side by side in the memory
apply() {
	on "$1" setup static famfs
	on "$1" mount_famfs
	on "$1" eval "{ $files } >/run/map"
	on "$1" check "$1 applies the map file" \
		famfs-mini mapfile --root $dir /run/map
}

same_sum() {
	on "$1" gives "$sum  $dir/kept" "$2" sha256sum $dir/kept
}

# live HOST ROUND UNTIL: it writes its journal from ROUND on, and dies when it has
# said that UNTIL is in the memory.  Leaves $last, the last that it said.
live() {
	tell "$1" famfs-poke journal $dir/b 2 "$2" /run/stop
	last=0
	until [ "$last" -ge "$3" ]; do
		next_line "$1"
		# shellcheck disable=SC2154 # set by next_line
		case $line in
		"" | *[!0-9]*)
			echo "not ok - $1 writes and reads: $line"
			return 1
			;;
		esac
		last=$line
	done
	# shellcheck disable=SC2154 # the directory of this scenario
	crash "$1" >"$run/said"
	last=$(tail -n 1 "$run/said" | grep . || echo "$last")
	echo "# $1 died, having said that round $last is in the memory"
	log_is_clean "$1"
	before=$(on A tail -n 1 /run/rounds)
	on A check "A goes on writing and reading" \
		soon sh -c "[ \$(tail -n 1 /run/rounds) -gt $((before + 1)) ]"
	same_sum A "and what else it has is as it was"
}

# found HOST: booted after the other one died
found() {
	boot "$1" static 256M
	apply "$1"
	on "$1" check "$1 finds what was in the memory" \
		famfs-poke journal-check $dir/b 2 "$last" in-flight
	same_sum "$1" "and finds A's file"
}

start A static 256M
start B static 256M
wait_up A
apply A
wait_up B
apply B
on A run famfs-poke fill $dir/kept 0 8M 3
sum=$(on A sha256sum $dir/kept)
sum=${sum%% *}
writer="famfs-poke journal $dir/a 1 1 /run/stop >/run/rounds 2>&1"
on A sh -c "{ $writer; echo \$? >/run/ended; } &"

live B 1 20
found B2
live B2 $((last + 1)) $(((last + 21) / 2 * 2 + 1))
found B3

on A touch /run/stop
on A soon test -s /run/ended
on A gives 0 "A writes and reads to its end" cat /run/ended
rounds=$(on A tail -n 1 /run/rounds)
on A check "all $rounds rounds of A were as they should" \
	famfs-poke journal-check $dir/a 1 "$rounds"
on B3 check "and B finds the last of them" \
	famfs-poke journal-check $dir/a 1 "$rounds"
leave A B3
