# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# After umount and rmmod the kernel's slab caches hold what they held before: a
# structure lost for each of 100 files would show.
#
# hosts: 1
# memory: static 1104M
# modules: famfs
# timeout: 120

files=500
some=100

# Objects in use in the caches that our structures come from, as lines "NAME
# COUNT NOISE".  Shrinking gives back what waits to be used again; but all of a
# CPU's current slab counts as used.
objects() {
	local cache

	for cache in /sys/kernel/slab/*; do
		echo 1 >"$cache/shrink"
	done
	awk '/^(kmalloc|dentry|inode_cache|maple_node|radix_tree_node)/ {
		print $1, $2, 2 * $5 }' /proc/slabinfo
}

maps() {
	local i=1

	while [ $i -le $files ]; do
		printf -- '---\nfile:\n  path: d/f%s\n  size: %s\n' "$i" "$M2"
		printf '  simple_ext_list:\n'
		printf '  - {devindex: 0, offset: %s, length: %s}\n' "$((i * M2))" "$M2"
		i=$((i + 1))
	done
}

# use_files: mount, make the files, read all, map some and have the maps of some
# refused, remove some, unmount and unload.
use_files() {
	local i=1

	insert famfs
	mount_famfs
	famfs-mini mapfile --root "$MNT" /run/maps
	while [ $i -le $some ]; do
		famfs-poke word "$MNT/d/f$i" 0 $i >/dev/null
		: >"$MNT/refused$i"
		! famfs-poke map "$MNT/refused$i" size=2M ext=2M:2M >/dev/null
		i=$((i + 1))
	done
	rm "$MNT"/d/f1*
	umount "$MNT"
	to_device_dax "$DEV"
	rmmod famfs fsdev_dax famfs_extent
}

maps >/run/maps
# What the kernel allocates once and keeps is allocated in the first round.
run use_files
objects >/run/before
run use_files
objects >/run/after
check "the caches were counted" grep -q "^kmalloc-64 " /run/after
# shellcheck disable=SC2016 # for awk
gives "" "no cache holds $some objects more than before" \
	awk -v some=$some 'NR == FNR { before[$1] = $2; next }
		$2 - before[$1] >= ($3 > some ? $3 : some) {
			print $1, before[$1], $2 }' \
	/run/before /run/after
