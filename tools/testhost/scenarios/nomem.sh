# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Calls that find no memory, at each of their allocations in turn: the errno is
# ENOMEM unless there is another way, the next try succeeds, and what the failed
# one had is given back.
#
# hosts: 1
# memory: static 256M dynamic 128M
# modules: famfs
# shared: no: it leaves allocations failing on demand
# only: debug: the stock kernels inject no failures of allocations

# kernel_text FUNCTION: where it starts and where the next one does.
kernel_text() {
	awk -v f="$1" 'start { print start, "0x" $1; exit }
		$3 == f { start = "0x" $1 }' /proc/kallsyms
}

# Allocations that may wait fail, too, and do not fill the log.  But those that
# the kernel makes to add memory do not: it warns when they fail, keeps what it
# has added, and uses page tables that it has not got.
spared=$(kernel_text memremap_pages)
for what in failslab fail_page_alloc; do
	what=/sys/kernel/debug/$what
	echo N >$what/ignore-gfp-wait
	echo 0 >$what/verbose
	echo "${spared% *}" >$what/reject-start
	echo "${spared#* }" >$what/reject-end
done
echo 0 >"$what/min-order"

# without_memory SENTENCE CALL ARGUMENT...
without_memory() {
	local sentence=$1
	shift
	check "$sentence" famfs-poke nomem "$@"
	# shellcheck disable=SC2154 # set by check
	case $output in
	*refused=0) fail "$sentence: no allocation was needed" ;;
	esac
}

for dev in "$STATIC_DEV" "$DYNAMIC_DEV"; do
	to_fsdev "$dev"
	dax_sysfs "$dev" fsdev_dax/unbind
	without_memory "bind $dev" bind "$dev"
	check "$dev binds" dax_sysfs "$dev" fsdev_dax/bind
done
mkdir -p "$MNT"
without_memory "mount" mount "/dev/$DEV" "$MNT"
mount_famfs
before=$(famfs-poke statfs "$MNT")
without_memory "MAP_CREATE" map "$MNT/a"
without_memory "MAP_CREATE_V2 of extents" map2 "$MNT/b"
without_memory "MAP_CREATE_V2 of strips" striped "$MNT/c"
without_memory "mmap" mmap "$MNT/d"
run rm "$MNT/a" "$MNT/b" "$MNT/c" "$MNT/d"
gives "$before" "nothing of the device is taken" famfs-poke statfs "$MNT"
