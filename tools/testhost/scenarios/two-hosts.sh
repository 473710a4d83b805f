# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Two hosts on one memory: each installs the same map, and each sees what the
# other one stores, by write, read and mmap, without either telling the other.
#
# hosts: 2
# memory: static 256M
# modules: famfs

f=/mnt/famfs/f
for host in A B; do
	on $host mount_famfs
	on $host check "$host maps the file" create $f size=16M ext=2M:8M ext=32M:8M
done

on A check "A writes" famfs-poke fill $f 0 16M 1
on B check "B reads it through mmap" famfs-poke verify $f 0 16M 1 mmap
on B check "B stores through mmap" famfs-poke fill $f 0 16M 2 mmap
on A check "A reads it" famfs-poke verify $f 0 16M 2
on A check "A sees the same through mmap" famfs-poke verify $f 0 16M 2 mmap

# Both have the file mapped from here on; neither opens or maps anything anew.
on A hold $f
on B hold $f
on A gives ok "A maps it and keeps it" ask map 0 16M
on B gives ok "B maps it and keeps it" ask map 0 16M
for value in 17 34 51; do
	on A gives ok "A stores $value" ask store 12M $value
	on B gives $value "B loads it" ask value 12M
	on B gives ok "B stores 1 more" ask store 12M $((value + 1))
	on A gives $((value + 1)) "A loads it" ask value 12M
done
on A release
on B release

on A check "A removes the file" rm $f
on B check "B still has it: names are each host's own" \
	famfs-poke verify $f 0 8M 2
on B check "B unmounts" umount /mnt/famfs
on A check "A maps it again" create $f size=16M ext=2M:8M ext=32M:8M
on A check "and finds the bytes" famfs-poke verify $f 0 8M 2
