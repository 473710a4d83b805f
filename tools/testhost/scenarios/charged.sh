# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# What a user makes the kernel keep is charged to the memory cgroup of that user: the
# targets of symbolic links, beside inodes and names; what belongs to a file that is
# mapped, and to memory whose pages are still in use; and mounts that are only begun.
#
# hosts: 1
# memory: static 64M
# modules: famfs

nr=1000
bytes=4000

mount_famfs
mkdir -p /run/cgroup
run mount -t cgroup2 none /run/cgroup
run sh -c "echo +memory >/run/cgroup/cgroup.subtree_control"
mkdir /run/cgroup/user
target=$(head -c $bytes /dev/zero | tr '\0' x)

# links DIRECTORY: made in there, by a process of the cgroup
links() {
	mkdir "$1"
	sh -c 'echo 0 >/run/cgroup/user/cgroup.procs; i=0
		while [ $i -lt '$nr' ]; do
			ln -s "$1" "$2/$i" || exit
			i=$((i + 1))
		done' links "$target" "$1"
}

# charged kernel|slab: bytes of kernel memory, or of slabs, that the cgroup has
charged() {
	awk -v what="$1" '$1 == what { print $2 }' /run/cgroup/user/memory.stat
}

before=$(charged kernel)
before_slab=$(charged slab)
run links "$MNT/links"
after=$(charged kernel)
after_slab=$(charged slab)
echo "# $((after - before)) bytes for $nr links of $bytes bytes"
check "their targets are charged" test $((after - before)) -gt $((nr * bytes))
# kmalloc gives 4096 bytes for 4001.
check "all of it as slabs ($before_slab to $after_slab)" \
	test $((after_slab - before_slab)) -ge $((nr * 4096))

# That is little for each file.  The kernel tells of an allocation if it is charged.
events=/sys/kernel/tracing/events/kmem
trace=/sys/kernel/tracing/trace

# made: the allocations for a file of 19 units: the inode, a byte for each unit, and for
# one that lingers
made() {
	grep -E ': kmem_cache_alloc: .*\[famfs\]|famfs-poke.*: kmalloc: .*(\[famfs\]|bytes_req=19 )' $trace
}

echo >$trace
echo 1 >$events/kmem_cache_alloc/enable
create "$MNT/f" size=38M ext=2M:38M
echo 1 >$events/kmalloc/enable
hold "$MNT/f"
gives ok "a file is mapped" ask map 0 38M
gives ok "and stored to" ask store 2M 42
gives 4096 "a page of it is put into a pipe" ask pin 2M 4096
run rm "$MNT/f"
gives ok "and the file goes" ask forget 38M
echo 0 >$events/kmalloc/enable
echo 0 >$events/kmem_cache_alloc/enable
made | sed 's/^/# /'
check "this made the kernel keep something" test "$(made | wc -l)" -gt 1
gives "" "and all of it is charged" echo "$(made | grep accounted=false)"
release

# Whoever has a user namespace can begin mounts, which nobody but the administrator can
# make.
mounts=500
padding=$(awk 'BEGIN { while (i++ < 100) printf "./" }')

# begun OPTION...: what is charged while a process of the cgroup has begun mounts
begun() {
	sh -c 'echo 0 >/run/cgroup/user/cgroup.procs; exec "$@"' begun \
		famfs-poke contexts $mounts "$@" -- \
		awk '$1 == "kernel" { print $2 }' /run/cgroup/user/memory.stat
}

before=$(begun)
after=$(begun "daxdev=/dev/${padding}null" "daxdev=/dev/${padding}zero" \
	"daxdev=/dev/${padding}full" "daxdev=/dev/${padding}urandom" \
	"daxdev=/dev/${padding}kmsg" "daxdev=/dev/${padding}tty")
echo "# $before bytes for mounts that are begun, $after bytes with 6 devices each"
check "the names of devices are charged" test $((after - before)) -gt $((mounts * 6 * 100))
