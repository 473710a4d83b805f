# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# After umount and rmmod the kernel holds as many objects as before: a structure
# lost for each of 100 files would show.  It counts them by who allocated them, as
# what the caches hold changes by hundreds on its own: CPUs keep free objects, and
# RCU those of every sysfs file that was open.
#
# hosts: 1
# memory: static 1120M
# modules: famfs
# kernel: slab_debug=U
# only: stock 7.2: KASAN keeps freed objects for a while; kmemleak is there on debug
# timeout: 300
# long: yes

files=500
some=100

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
# What the kernel allocates once and keeps is allocated in the first round, and for
# the first count.
run use_files
allocated . >/run/before
allocated . >/run/before
run use_files
allocated . >/run/after
# Newer kernels hold nodes of maple trees back for RCU where nobody can ask for them:
# the ends of a few processes look like a leak.
case $(uname -r) in
6.*) ;;
*) sed -i '/^mas_/d' /run/before /run/after ;;
esac
check "the objects were counted" grep -q "^famfs\|^__d_alloc\|^dax_" /run/after
# shellcheck disable=SC2016 # for awk
gives "" "no function has $some objects more than before" \
	awk -v some=$some 'NR == FNR { before[$1] = $2; next }
		$2 - before[$1] >= some { print $1, before[$1], $2 }' \
	/run/before /run/after
