# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# The other ways to read and write a file: direct I/O, io_uring, I/O that must
# not wait, splice, sendfile, copy_file_range, and direct I/O of another file
# system with a mapped file as its buffer.
#
# hosts: 1
# memory: static 256M
# modules: famfs disk

mount_famfs
f=$MNT/f
g=$MNT/g
create "$f" size=8M ext=32M:4M ext=8M:4M
create "$g" size=8M ext=64M:8M

seed=0
for way in direct uring uring-direct; do
	seed=$((seed + 1))
	check "$way writes" famfs-poke fill "$f" 0 8M $seed $way
	check "mmap reads it" famfs-poke verify "$f" 0 8M $seed mmap
	seed=$((seed + 1))
	check "mmap writes" famfs-poke fill "$f" 0 8M $seed mmap
	check "$way reads it" famfs-poke verify "$f" 0 8M $seed $way
	check "$way writes across the extents, unaligned" \
		famfs-poke fill "$f" 4194001 8008 7 $way
	check "mmap reads it" famfs-poke verify "$f" 4194001 8008 7 mmap
	check "what is before and behind is untouched" sh -c \
		"famfs-poke verify $f 0 4194001 $seed &&
		famfs-poke verify $f 4202009 4186599 $seed"
done
during="read 4096
write 4096
write across its end 4096
write behind it 4096
read 4096
write EAGAIN
write across its end EAGAIN
write behind it 4096"
gives "$during" "during a write, reads go on, and writes that do not overlap it" \
	famfs-poke nowait "$f"
gives "$during" "the same with O_DIRECT" famfs-poke nowait "$f" direct
gives "complete 1
then both" "io_uring is served at once, and a write that has to wait by a worker" \
	famfs-poke uring-nowait "$f"
refused EOPNOTSUPP "a mapping as registered buffer, pinned for long" \
	famfs-poke uring-buffer "$f"

# On the disk: another file system, which has a page cache.
other=/mnt/disk/other
mkdir -p /mnt/disk
run mke2fs -q -t ext4 /dev/ram0
run mount -t ext4 /dev/ram0 /mnt/disk
run dd if=/dev/zero of=$other bs=1M count=8 2>/dev/null
run famfs-poke fill "$f" 0 8M 10
for way in range splice sendfile; do
	run famfs-poke fill "$g" 0 8M 11
	gives 5000000 "$way from file to file" \
		famfs-poke copy $way "$f" 2088960 "$g" 2088960 5000000
	check "brings the bytes" famfs-poke verify "$g" 2088960 5000000 10
	check "and no others, before and behind" sh -c \
		"famfs-poke verify $g 0 2088960 11 &&
		famfs-poke verify $g 7088960 1299648 11"
done
for way in splice sendfile; do
	gives 8388608 "$way to ext4" famfs-poke copy $way "$f" 0 $other 0 8M
	check "brings the bytes" famfs-poke verify $other 0 8M 10
	run famfs-poke fill "$g" 0 8M 11
	gives 8388608 "$way from ext4" famfs-poke copy $way $other 0 "$g" 0 8M
	check "brings the bytes" famfs-poke verify "$g" 0 8M 10
done
refused EXDEV "copy_file_range to ext4" \
	famfs-poke copy range "$f" 0 $other 0 8M
refused EXDEV "copy_file_range from ext4" \
	famfs-poke copy range $other 0 "$f" 0 8M
for way in range splice sendfile; do
	gives 4096 "$way up to the end of the source" \
		famfs-poke copy $way "$f" $((8388608 - 4096)) "$g" 0 8192
	refused EFBIG "$way to behind the end" \
		famfs-poke copy $way "$f" 0 "$g" 8M 4096
done
gives 8388608 "none of which changed a size" stat -c %s "$g"
refused EINVAL "copy_file_range onto itself" \
	famfs-poke copy range "$f" 0 "$f" 4096 8192

run famfs-poke fill "$g" 0 8M 12
check "direct I/O of ext4 out of a mapping" \
	famfs-poke direct out $other "$g" 0 8M
check "brings the bytes" famfs-poke verify $other 0 8M 12
run famfs-poke fill $other 0 8M 13
check "direct I/O of ext4 into a mapping" famfs-poke direct in $other "$f" 0 8M
check "brings the bytes" famfs-poke verify "$f" 0 8M 13
run umount /mnt/disk

gives 100 "SEEK_DATA: a mapped file is all data" famfs-poke seek "$f" data 100
gives 8388608 "SEEK_HOLE: up to its end" famfs-poke seek "$f" hole 100
refused ENXIO "SEEK_DATA at the end" famfs-poke seek "$f" data 8M
refused ENXIO "SEEK_HOLE at the end" famfs-poke seek "$f" hole 8M
: >"$MNT/empty"
refused ENXIO "SEEK_DATA without a map" famfs-poke seek "$MNT/empty" data 0
refused ENXIO "SEEK_HOLE without a map" famfs-poke seek "$MNT/empty" hole 0
