# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# read(2), write(2) and lseek(2) of a device that no file system holds, at any offset
# and of any length; not while one does, nor beyond its end.
#
# hosts: 1
# only: stock debug: the kernel's own fsdev_dax offers no raw access
# memory: static 256M dynamic 128M
# modules: famfs hwpoison
# timeout: 200

M1=$((1024 * 1024))
mkdir -p "$MNT"

# piece OFFSET LENGTH: the bytes there
piece() {
	dd if="/dev/$dev" iflag=skip_bytes,count_bytes skip="$1" count="$2" \
		bs=64K 2>/dev/null
}

same() {
	piece "$1" "$2" >/run/out
	tail -c "+$(($3 + 1))" /run/bytes | head -c "$2" | cmp - /run/out
}

# put_piece OFFSET FILE
put_piece() {
	dd if="$2" of="/dev/$dev" oflag=seek_bytes seek="$1" bs=64K conv=notrunc
}

ends() {
	famfs-poke seek "/dev/$dev" end 0
}

raw_io() {
	local size

	size=$(cat "/sys/bus/dax/devices/$dev/size")
	to_fsdev "$dev"
	gives "$size" "$dev: lseek finds its end" ends
	check "$dev: written at an odd offset" put_piece 12345 /run/bytes
	check "$dev: reads back there" same 12345 $M1 0
	check "$dev: and in part" same $((12345 + 777)) 5001 777
	check "$dev: one byte" same $((12345 + 4096)) 1 4096
	check "$dev: dd with direct I/O" sh -c \
		"dd if=/dev/$dev of=/run/out iflag=direct bs=1M count=2 2>/dev/null &&
		 tail -c +12346 /run/out | head -c $M1 | cmp - /run/bytes"
	for way in direct uring uring-direct; do
		check "$dev: $way writes at an odd offset" \
			famfs-poke fill "/dev/$dev" 8388609 65544 "${#way}" $way
		check "$dev: a mapping has it" \
			famfs-poke verify "/dev/$dev" 8388609 65544 "${#way}" mmap
		check "$dev: and $way reads it" \
			famfs-poke verify "/dev/$dev" 8388609 65544 "${#way}" $way
	done
	check "$dev: what is before and behind is untouched" same 12345 $M1 0
	gives 0x1122334455667788 "$dev: a mapping sees what is written" sh -c \
		"printf '\\210\\167\\146\\125\\104\\063\\042\\021' |
			dd of=/dev/$dev oflag=seek_bytes seek=4194304 2>/dev/null
		 famfs-poke word /dev/$dev 4M"
	check "$dev: spliced out of it, by sendfile" sh -c \
		": >/run/out && famfs-poke copy sendfile /dev/$dev 12345 /run/out 0 1M &&
		 cmp /run/out /run/bytes"
	check "$dev: and by splice" sh -c \
		": >/run/out && famfs-poke copy splice /dev/$dev 12345 /run/out 0 1M &&
		 cmp /run/out /run/bytes"
	check "$dev: spliced into it" sh -c \
		"famfs-poke copy splice /run/bytes 0 /dev/$dev 24M 1M &&
		 dd if=/dev/$dev bs=1M skip=24 count=1 2>/dev/null | cmp - /run/bytes"
	refused EINVAL "$dev: copy_file_range is of files alone" \
		famfs-poke copy range "/dev/$dev" 0 /run/out 0 4096
	gives 32768 "$dev: a read ends where its buffer does" \
		famfs-poke half-buffer read "/dev/$dev" 32M
	gives 32768 "$dev: and a write" \
		famfs-poke half-buffer write "/dev/$dev" 32M
	gives 100 "$dev: a read is short at the end" sh -c \
		"tail -c +$((size - 100 + 1)) /dev/$dev | wc -c"
	gives 0 "$dev: and gets nothing behind it" sh -c \
		"dd if=/dev/$dev iflag=skip_bytes skip=$size 2>/dev/null | wc -c"
	refused ENOSPC "$dev: a write is, too" put_piece $((size - 4096)) /run/bytes
	check "$dev: what fits is written" same $((size - 4096)) 4096 0
	refused ENOSPC "$dev: a write behind it" put_piece "$size" /run/bytes

	corrupt "$dev" $((16 * M1)) || [ $? -le 2 ]
	refused EIO "$dev: a page that failed cannot be read" \
		dd if="/dev/$dev" bs=4K skip=4096 count=1 of=/dev/null
	gives 4096 "$dev: a read ends before it" \
		famfs-poke read "/dev/$dev" $((16 * M1 - 4096)) 8192
	refused EIO "$dev: nor written in part" \
		dd if=/run/bytes of="/dev/$dev" bs=512 seek=32769 count=1 conv=notrunc
	check "$dev: written as a whole" \
		dd if=/run/bytes of="/dev/$dev" bs=4K seek=4096 count=1 conv=notrunc
	check "$dev: it is good again" same $((16 * M1)) 4096 0

	hold "/dev/$dev" read
	gives EBADF "$dev: nothing is written by a descriptor that reads" ask write 0
	release
	hold "/dev/$dev"
	gives 4096 "$dev: an open descriptor reads" ask read 0
	run mount -t famfs "/dev/$dev" "$MNT"
	gives EBUSY "$dev: not while a file system holds the device" ask read 0
	gives EBUSY "$dev: nor does it write" ask write 0
	run umount "$MNT"
	gives 4096 "$dev: it does again after umount" ask read 0
	run dax_sysfs "$dev" fsdev_dax/unbind
	gives ENXIO "$dev: not of a device that is gone" ask read 0
	gives ENXIO "$dev: nor does it write" ask write 0
	release
	run dax_sysfs "$dev" fsdev_dax/bind
}

# Whoever reads all the time gets bytes or EBUSY, whoever mounts the device or EBUSY.
race() {
	rm -f /run/stop /run/reads /run/refusals
	while [ ! -e /run/stop ]; do
		if dd if="/dev/$dev" of=/dev/null bs=1M count=8 2>/run/error; then
			echo >>/run/reads
		else
			grep -q busy /run/error && echo >>/run/refusals
		fi
	done &
	reader=$!
	n=0
	while [ $n -lt 20 ]; do
		if famfs-poke mount "/dev/$dev" "$MNT" >/run/refused 2>&1; then
			rm -f /run/refusals
			soon test -s /run/refusals || break
			umount "$MNT"
			n=$((n + 1))
		else
			grep -q EBUSY /run/refused || break
		fi
	done
	: >/run/reads
	check "$dev: reads go on after that" soon test -s /run/reads
	: >/run/stop
	wait $reader
	gives 20 "$dev: mounts and reads keep each other off" echo $n
}

head -c $M1 /boot/vmlinuz >/run/bytes
for dev in "$STATIC_DEV" "$DYNAMIC_DEV"; do
	raw_io
	race
done
