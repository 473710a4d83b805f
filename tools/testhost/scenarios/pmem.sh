# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# famfs on a pmem block device, whole and by partition: what is refused, huge
# faults, poison, pins, and the removal of the namespace under the mount.
#
# hosts: 1
# memory: static 256M dynamic 128M
# modules: famfs disk
# timeout: 120

f=$MNT/f
p=$PMEM
mkdir -p "$MNT" /mnt/other

# namespace MODE: give the NVDIMM's namespace another mode.
namespace() {
	run ndctl create-namespace -f -e "$NAMESPACE" -m "$@" >/dev/null
}

refused EOPNOTSUPP "a block device that is no memory" \
	famfs-poke mount /dev/ram0 "$MNT"
also "/dev/ram0: its memory cannot be mapped" "and says so"
refused EOPNOTSUPP "as a second device" sh -c \
	"echo $DYNAMIC_DEV >/sys/bus/dax/drivers/device_dax/unbind
	 echo $DYNAMIC_DEV >/sys/bus/dax/drivers/fsdev_dax/new_id
	 famfs-poke mount /dev/$DYNAMIC_DEV $MNT daxdev=/dev/ram0"
check "a block device that was refused is not held" sh -c "exec 9<>/dev/ram0"
mknod /run/none b 240 7
refused ENXIO "a block device that is not there" \
	famfs-poke mount /run/none "$MNT"
also "/run/none: cannot be opened (error -6)" "and says so"
namespace raw
refused EOPNOTSUPP "pmem in raw mode" famfs-poke mount "$p" "$MNT"
also "$p: its memory cannot be mapped; a pmem namespace needs mode fsdax" \
	"and says what it needs"

namespace fsdax -M mem
size=$(($(cat "/sys/block/${PMEM#/dev/}/size") * 512))
# Others' writes are in memory before files are.
exec 9<>"$p"
dd if=/boot/vmlinuz of=/run/bytes bs=1M count=2 2>/dev/null
dd if=/run/bytes bs=2M seek=4 count=1 conv=notrunc 2>/dev/null >&9
check "mount" mount -t famfs "$p" "$MNT"
gives "$p rw,dax=always" "/proc/mounts shows the device" \
	findmnt --raw -n -o SOURCE,FS-OPTIONS "$MNT"
gives "magic=0x87b282fe bsize=4096 bytes=$size free=$size" \
	"statfs gives its size" famfs-poke statfs "$MNT"
create "$f" size=8M ext=8M:8M
check "what was written to the device before is in the file" \
	sh -c "head -c 2097152 $f | cmp - /run/bytes"
exec 9>&-
refused EBUSY "the same device again" famfs-poke mount "$p" /mnt/other
also "$p: already in use" "and says so"
ln -s "$p" /run/name
refused EBUSY "by another name" famfs-poke mount /run/name /mnt/other
refused EBUSY "the device for somebody else, exclusively" \
	ndctl create-namespace -f -e "$NAMESPACE" -m raw

run famfs-poke fill "$f" 0 8M 1
check "what write wrote mmap reads" famfs-poke verify "$f" 0 8M 1 mmap
run famfs-poke fill "$f" 0 8M 2 mmap
check "fsync" famfs-poke fsync "$f"
check "what mmap wrote read reads" famfs-poke verify "$f" 0 8M 2
run trace famfs-poke touch "$f" 0 8M 4K write
gives "4 huge, 0 small" "its faults are huge" \
	echo "$(faults pmd) huge, $(faults pte) small"
gives "misaligned by 0" "MAP_SYNC" famfs-poke mmap "$f" 0 8M sync
: >"$MNT/far"
refused EINVAL "a map behind the end" \
	famfs-poke map "$MNT/far" size=2M "ext=$((size / M2 * M2)):2M"
check "remount" mount -o remount,ro "$MNT"
check "and back" mount -o remount,rw "$MNT"

run famfs-poke fill "$f" 0 8M 2
create "$MNT/g" size=8M ext=32M:8M
run famfs-poke fill "$MNT/g" 0 8M 3
hold "$MNT/g"
gives ok "another file is in use" ask map 0 8M
prints "failing: SIGBUS BUS_MCEERR_AR" "poison: who uses the page is told" \
	famfs-poke poison "$f" $((5 * 1024 * 1024 + 3 * 4096))
gives ok "who uses the other file is not" ask touch $((5 * 1024 * 1024))
# What the machine reports, the driver remembers; here it is told so.
start=$(((8 + 4) * 2048))
run sh -c "echo $start 8 >/sys/block/${PMEM#/dev/}/badblocks"
refused EIO "a page that the driver knows is bad: read" \
	famfs-poke read "$f" 4M 4096
prints SIGBUS "and mmap" famfs-poke touch "$f" 4M 1 1
check "the page before is not" famfs-poke verify "$f" 0 4M 2
prints "# poisoned: 0x1000 bytes at 0x400000" "famfs-mini shows it" \
	famfs-mini show "$f"
check "the other file has its bytes" famfs-poke verify "$MNT/g" 0 8M 3
release
fails_in_write "written and failed" "$MNT/g" 0 2
run umount "$MNT"

# A namespace made anew has no bad blocks.
namespace fsdax -M mem
run mount -t famfs "$p" "$MNT"
create "$f" size=8M ext=8M:8M
hold "$f"
gives ok "a process maps the file" ask map 0 8M
gives ok "stores into it" ask store 2M 42
gives 4096 "puts a page into a pipe" ask pin 2M 4096
run rm "$f"
gives ok "and forgets it" ask forget 8M
check "umount does not wait" umount "$MNT"
refused EBUSY "but the device is in use" famfs-poke mount "$p" "$MNT"
also "$p: already in use" "and says so"
gives 42 "the pipe holds what was stored" ask unpin 0
check "then it is free" soon mount -t famfs "$p" "$MNT"
release

nd=$(basename "$(readlink -f "/sys/block/${PMEM#/dev/}/device")")
create "$f" size=8M ext=8M:8M
hold "$f"
gives ok "a process maps the file" ask map 0 8M
gives ok "and uses it" ask touch 0
check "removal of the namespace ends" \
	sh -c "echo $nd >/sys/bus/nd/drivers/nd_pmem/unbind"
gives SIGBUS "the process gets SIGBUS" ask touch 0
gives SIGBUS "also where it was not yet" ask touch 4M
gives EIO "its reads get EIO" ask read 0
gives EIO "its writes get EIO" ask write 0
refused EIO "others too" famfs-poke read "$f" 0 1
release
check "umount works" umount "$MNT"
run sh -c "echo $nd >/sys/bus/nd/drivers/nd_pmem/bind"
check "bound again it mounts again" mount -t famfs "$p" "$MNT"
run umount "$MNT"

# Beside a character device, in both orders.
c=/dev/$DYNAMIC_DEV
check "pmem as second device" mount -t famfs -o daxdev="$p" "$c" "$MNT"
: >"$f"
run famfs-poke map2 "$f" size=8M striped=2:2M:8M ext=0:32M:4M ext=1:32M:4M
run famfs-poke fill "$f" 0 8M 4
check "a file over both has its bytes" famfs-poke verify "$f" 0 8M 4 mmap
run umount "$MNT"
check "and as first" mount -t famfs -o daxdev="$c" "$p" "$MNT"
: >"$f"
run famfs-poke map2 "$f" size=8M striped=2:2M:8M ext=1:32M:4M ext=0:32M:4M
check "its bytes are where they were" famfs-poke verify "$f" 0 8M 4 mmap
hold "$f"
gives ok "a process maps it" ask map 0 8M
gives ok "and uses it" ask touch 0
check "removal of the second ends" \
	sh -c "echo $nd >/sys/bus/nd/drivers/nd_pmem/unbind"
gives SIGBUS "and the process gets SIGBUS on the first" ask touch 0
release
run umount "$MNT"
run sh -c "echo $nd >/sys/bus/nd/drivers/nd_pmem/bind"

run blockdev --setro "$p"
refused EACCES "a read-only device" famfs-poke mount "$p" "$MNT"
also "$p: read-only" "and says so"
check "ro it mounts" famfs-poke mount "$p" "$MNT" ro
refused EACCES "but not rw" famfs-poke remount "$MNT" rw
also "$p: read-only" "and says so"
check "a remount that is not about it" famfs-poke remount "$MNT" dax=always
run umount "$MNT"
check "memory=ro it mounts" famfs-poke mount "$p" "$MNT" memory=ro
check "and takes a map" create "$MNT/ro" size=2M ext=2M:2M
check "and is read" famfs-poke read "$MNT/ro" 0 4096
refused EROFS "but not written" famfs-poke write "$MNT/ro" 0 4096
refused EPERM "nor past the mount" \
	dd if=/dev/zero of="$p" bs=4096 count=1 conv=notrunc
check "ro and rw are possible there" sh -c \
	"famfs-poke remount $MNT ro && famfs-poke remount $MNT rw"
run umount "$MNT"
run blockdev --setrw "$p"

# le32 NUMBER: four bytes of a partition table
le32() {
	printf %b "$(printf '\\0%o\\0%o\\0%o\\0%o' $(($1 & 255)) \
		$(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24)))"
}

# entry START SECTORS
entry() {
	printf '\0\0\0\0\203\0\0\0'
	le32 "$1"
	le32 "$2"
}

# 2 MiB to 66 MiB, a page behind that, and one that starts inside a page.
{
	head -c 446 /dev/zero
	entry 4096 131072
	entry 135176 131072
	entry 266249 4096
	head -c 16 /dev/zero
	printf '\125\252'
} >/run/table
dd if=/run/table of="$p" conv=notrunc 2>/dev/null
run blockdev --rereadpt "$p"
refused EINVAL "a partition that starts inside a page" \
	famfs-poke mount "${p}p3" "$MNT"
also "${p}p3: starts or ends inside a page" "and says so"
check "a partition" mount -t famfs "${p}p1" "$MNT"
gives "magic=0x87b282fe bsize=4096 bytes=67108864 free=67108864" \
	"has its own size" famfs-poke statfs "$MNT"
refused EBUSY "the whole device beside it" famfs-poke mount "$p" /mnt/other
refused EBUSY "another partition beside it" famfs-poke mount "${p}p2" /mnt/other
also "memory of its disk is already in use" "and says why"
create "$f" size=4M ext=32M:4M
run trace famfs-poke touch "$f" 0 4M 4K write
gives "2 huge, 0 small" "its faults are huge" \
	echo "$(faults pmd) huge, $(faults pte) small"
run famfs-poke fill "$f" 0 4M 5
prints "0x2000000..0x23fffff" "FIEMAP counts from the partition's start" sh -c \
	"filefrag -b1 -v $f | awk '/ 0:/ { sub(/\\.\\./, \" \"); printf \"%#x..%#x\", \$4, \$5 }'"
hold "$f"
gives ok "a process uses the first page" ask map 0 4M
gives ok "of it" ask touch 0
t=/sys/kernel/tracing
echo 1 >$t/events/famfs/famfs_failure/enable
prints "failing: SIGBUS BUS_MCEERR_AR" "poison in it: who uses the page is told" \
	famfs-poke poison "$f" $((2 * 1024 * 1024 + 4096))
prints "offset 0x2401000 length 0x1000 mf_flags 0x23 err 0" \
	"by famfs, which finds the file of that part of the disk" \
	grep famfs_failure $t/trace
echo 0 >$t/events/famfs/famfs_failure/enable
gives ok "who uses another is not" ask touch 0
release
run umount "$MNT"
run mount -t famfs "$p" "$MNT"
create "$f" size=2M ext=34M:2M
check "its bytes are 2 MiB on in the whole device" \
	famfs-poke verify "$f" 0 2M 5
run umount "$MNT"
check "a partition that huge pages do not fit" mount -t famfs "${p}p2" "$MNT"
create "$f" size=2M ext=8M:2M
run trace famfs-poke touch "$f" 0 2M 4K write
case $(uname -r) in
6.*) small=1 ;;		# famfs maps all of 2 MiB at once
*) small=512 ;;
esac
gives "0 huge, $small small" "its faults are small" \
	echo "$(faults pmd) huge, $(faults pte) small"
