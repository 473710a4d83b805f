# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Two hosts, and then four, on the same two CXL memories, which each of them has made
# an interleaved region of: all apply the same map file.  Of two, each reads what the
# other one wrote; of four, one writes, and three that mount with memory=ro read.
#
# hosts: 0
# machine: x86_64: QEMU's arm64 machine has no CXL memory
# only: stock 7.2: the kernels that look for bugs have no CXL
# timeout: 180
# long: yes

dir=/mnt/famfs
file=$dir/data/model
extents="0x600000:0x400000 0x2000000:0x400000"

# join HOST MODE: mount with memory=MODE, and apply the map file
join() {
	on "$1" check "$1 mounts with memory=$2" mount_famfs dax0.0 -o "memory=$2"
	on "$1" eval "map_entry data/model 0x800000 $extents >/run/map"
	on "$1" check "$1 applies the map file" \
		famfs-mini mapfile --root $dir /run/map
}

for host in A B; do
	start $host cxl 256M
done
for host in A B; do
	wait_up $host
	on $host setup cxl cxl-interleaved famfs
	join $host rw
done
on A check "A writes" famfs-poke fill $file 0 8M 1
on B check "B loads it" famfs-poke verify $file 0 8M 1 mmap
on B check "B stores" famfs-poke fill $file 0 8M 2 mmap
on B check "and syncs" famfs-poke fsync $file
on A check "A reads it" famfs-poke verify $file 0 8M 2
on A hold $file
on B hold $file
on A gives ok "A maps it and keeps it" ask map 0 8M
on B gives ok "B maps it and keeps it" ask map 0 8M
for value in 17 34; do
	on A gives ok "A stores $value" ask store 5M $value
	on B gives $value "B loads it" ask value 5M
	on B gives ok "B stores 1 more" ask store 5M $((value + 1))
	on A gives $((value + 1)) "A loads it" ask value 5M
done
on B release
on B check "B unmounts" umount $dir

for host in C D; do
	start $host cxl 256M
done
for host in C D; do
	wait_up $host
	on $host setup cxl cxl-interleaved famfs
done
for host in B C D; do
	join $host ro
	on $host refused EROFS "$host cannot write" famfs-poke write $file 0 4096
	on $host hold $file read
	on $host gives ok "$host maps it and keeps it" ask map 0 8M
done
for value in 51 68; do
	on A gives ok "A stores $value" ask store 5M $value
	for host in B C D; do
		on $host gives $value "$host loads it" ask value 5M
	done
done
on A release
on A check "A fills it anew" famfs-poke fill $file 0 8M 3
for host in B C D; do
	on $host release
	on $host check "$host reads it" famfs-poke verify $file 0 8M 3
done
leave A B C D
