# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # host.sh has the variables
#
# RDMA between two hosts, each with memory of its own: the adapters load and store what
# is registered with them, by themselves.  Where a mount can have pin=long, that is
# files.  On any kernel it is the device while nothing is mounted, and so what files have
# there.  An adapter is one in software (rxe), over the network of the two.
#
# hosts: 2
# network: yes
# memory: dynamic 128M
# modules: famfs rdma
# programs: ip rdma famfs-rdma
# only: stock 7.2: a kernel that looks for bugs has no RDMA
# timeout: 120
# long: yes

f=/mnt/famfs/f

# mount_with OPTION HOST...: and make a file of 8 MiB
mount_with() {
	local option=$1 host
	shift

	for host in "$@"; do
		on "$host" mount_famfs dax0.0 -o "$option"
		on "$host" run soon create $f size=8M ext=32M:4M ext=40M:4M
	done
}

# connect_both: what both hosts have registered
connect_both() {
	local a b

	a=$(on A ask endpoint)
	b=$(on B ask endpoint)
	# shellcheck disable=SC2086 # a list of words
	on A gives ok "A reaches B" ask connect $b
	# shellcheck disable=SC2086 # a list of words
	on B gives ok "B reaches A" ask connect $a
}

# register_both: by a new process each, in which they reach each other
register_both() {
	local host

	for host in A B; do
		on $host attend famfs-rdma $f 0 8M
		on $host show trace ask register
		on $host eval "trace ask register >/run/answer"
		on $host gives ok "$host registers its file" cat /run/answer
		on $host gives 4 "by huge pages" faults pmd
	done
	connect_both
}

release_both() {
	on A release
	on B release
}

on A setup_adapter 10.0.0.1
on B setup_adapter 10.0.0.2

mount_with pin=short A B
on A attend famfs-rdma $f 0 8M
on A gives EOPNOTSUPP "pin=short: an adapter gets no memory of a file" ask register
on A release

on A run famfs-poke fill $f 0 8M 1
on B run famfs-poke fill $f 0 8M 2
for host in A B; do
	on $host run umount /mnt/famfs
	on $host to_device_dax dax0.0
	on $host attend famfs-rdma /dev/dax0.0 32M 16M
	on $host gives ok "$host registers its device" ask register
done
connect_both
on A gives ok "A writes to B's device" ask write 0 4M
on B gives ok "B reads from A's" ask read 8M 2M
release_both
mount_with pin=short A B
on B check "what A wrote is in B's file" famfs-poke verify $f 0 4M 1
on B check "and what B read" famfs-poke verify $f 4M 2M 1
on B check "the rest is as it was" famfs-poke verify $f 6M 2M 2
on A check "and so is A's file" famfs-poke verify $f 0 8M 1

# Later kernels pin no page of a dax file system for long.
case $release in
6.*) ;;
*) return 0 ;;
esac

for host in A B; do
	on $host run umount /mnt/famfs
	# The kernel turns huge pages off on a host with so little memory.
	on $host eval "echo madvise >/sys/kernel/mm/transparent_hugepage/enabled"
done
mount_with pin=long A B
on A run famfs-poke fill $f 0 8M 3
on B run famfs-poke fill $f 0 8M 4
register_both
on A gives ok "A writes to B's file" ask write 0 5M
on A gives ok "and reads from there" ask read 5M 3M
for host in A B; do
	on $host check "$host has what A wrote" famfs-poke verify $f 0 5M 3
	on $host check "and what A read" famfs-poke verify $f 5M 3M 4 mmap
done

on B run rm $f
on B gives ok "B's file is unlinked, unmapped and closed" ask forget
on B eval ": >/mnt/famfs/g"
on B refused EBUSY "the memory is no other file's" \
	famfs-poke map /mnt/famfs/g size=2M ext=42M:2M
on A run famfs-poke fill $f 0 8M 5
on A gives ok "A still writes there" ask write 0 8M
on B gives ok "B deregisters it" ask deregister
on B check "then it is free" \
	soon famfs-poke map /mnt/famfs/g size=8M ext=32M:4M ext=40M:4M
on A gives "remote access error" "and A cannot write there" ask write 0 4096
on B check "what A had written is there" famfs-poke verify /mnt/famfs/g 0 8M 5
release_both
on B run rm /mnt/famfs/g

on B run soon create $f size=8M ext=32M:4M ext=40M:4M
on A run famfs-poke fill $f 0 8M 6
register_both
on B gives ok "umount: B's file is unmapped and closed" ask forget
on B check "umount does not wait" umount /mnt/famfs
on B refused EBUSY "but the device is in use" \
	famfs-poke mount /dev/dax0.0 /mnt/famfs
on A gives ok "A writes there" ask write 0 8M
on B release
on B check "the end of the process is that of its pins" \
	soon mount -t famfs -o pin=long /dev/dax0.0 /mnt/famfs
on B run soon create $f size=8M ext=32M:4M ext=40M:4M
on B check "what A wrote is there" famfs-poke verify $f 0 8M 6
on A release

on B run famfs-poke fill $f 0 8M 7
register_both
on A eval "(dax_sysfs dax0.0 fsdev_dax/unbind; : >/run/unbound) &"
on A eval 'ln -s /proc/$! /run/unbinder'
on A check "removal of A's device waits" \
	soon grep -q "^State:.D" /run/unbinder/status
on B gives ok "B reads from there meanwhile" ask read 0 8M
on A check "it still waits" not test -e /run/unbound
on A gives ok "A deregisters its file" ask deregister
on A check "removal ends" soon test -e /run/unbound
on B check "B has what it read" famfs-poke verify $f 0 8M 6
release_both
