# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The usual cluster: one host writes, and three that mount with memory=ro read.  All
# apply the same map file.  What a reader does reaches nobody, and what the writer
# stores is seen by each.
#
# hosts: 0
# timeout: 180
# long: yes

dir=/mnt/famfs
readers="B C D"
extents="0x600000:0x400000 0x2000000:0x400000"

# join HOST OPTIONS: as fstab and famfs-map@ do it
join() {
	boot "$1" static 256M
	on "$1" setup static famfs
	# shellcheck disable=SC2016 # the host knows its device
	on "$1" eval 'to_fsdev "$DEV" && mkdir -p $MNT'
	# shellcheck disable=SC2016
	on "$1" eval 'echo "/dev/$DEV $MNT famfs '"$2"' 0 0" >/etc/fstab'
	on "$1" check "$1 mounts with $2" mount $dir
	on "$1" eval "map_entry data/model 0x800000 $extents >/run/map"
	on "$1" check "$1 applies the map file" \
		famfs-mini mapfile --root $dir /run/map
}

join A defaults
on A check "A writes" famfs-poke fill $dir/data/model 0 8M 1
for host in $readers; do
	join "$host" defaults,memory=ro
	on "$host" check "$host reads it" famfs-poke verify $dir/data/model 0 8M 1
	on "$host" refused EROFS "$host cannot write" \
		famfs-poke write $dir/data/model 0 4096
	on "$host" refused EROFS "nor store" \
		famfs-poke fill $dir/data/model 0 4K 2 mmap
	on "$host" hold $dir/data/model read
	on "$host" gives ok "$host maps it and keeps it" ask map 0 8M
done

on A hold $dir/data/model
on A gives ok "A maps it" ask map 0 8M
for value in 17 34; do
	on A gives ok "A stores $value" ask store 5M $value
	for host in $readers; do
		on "$host" gives $value "$host loads it" ask value 5M
	done
done
on A release
for host in $readers; do
	on "$host" release
done
on A check "A fills it anew" famfs-poke fill $dir/data/model 0 8M 3
for host in $readers; do
	on "$host" check "$host removes its name" rm $dir/data/model
done
on A check "A's bytes are as they were" famfs-poke verify $dir/data/model 0 8M 3
leave A B C D
