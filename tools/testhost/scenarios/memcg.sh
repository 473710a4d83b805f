# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# What a user makes grow in the kernel is charged to his memory cgroup: inodes, names
# and the targets of symlinks.
#
# hosts: 1
# memory: static 256M
# modules: famfs
# timeout: 180

mount_famfs
cgroup=/sys/fs/cgroup/users
run mount -t cgroup2 cgroup2 /sys/fs/cgroup
echo +memory >/sys/fs/cgroup/cgroup.subtree_control
mkdir $cgroup
target=$(head -c 3000 /dev/zero | tr '\0' x)
run mkdir -m 777 "$MNT/d"

# charged: bytes of slabs that the cgroup pays for
charged() {
	awk '$1 == "slab" { print $2 }' $cgroup/memory.stat
}

# in_cgroup COMMAND...
in_cgroup() {
	# shellcheck disable=SC2016 # of the inner shell
	sh -c 'echo $$ >'$cgroup'/cgroup.procs && exec "$@"' sh "$@"
}

many_links() {
	# shellcheck disable=SC2016 # of the inner shell
	in_cgroup sh -c '
		i=0
		while [ $i -lt 500 ]; do
			echo "$1/$i"
			i=$((i + 1))
		done | xargs -n 1 ln -s "$2"' sh "$MNT/d" "$target"
}

before=$(charged)
run many_links
after=$(charged)
# kmalloc gives 4096 bytes for 3001
check "500 symlinks of 3000 bytes are paid for ($before to $after)" \
	[ $((after - before)) -ge $((500 * 4096)) ]
