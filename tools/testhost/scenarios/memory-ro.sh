# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# memory=ro: names and maps can be made, but nobody writes to the memory through
# the mount, by whatever way, nor by the raw device while the mount holds it.
#
# hosts: 1
# memory: static 256M
# modules: famfs disk
# timeout: 180

to_fsdev "$DEV"
mkdir -p "$MNT" /mnt/other
f=$MNT/f
show "a line of /etc/fstab with memory=ro"
echo "/dev/$DEV $MNT famfs defaults,memory=ro 0 0" >/etc/fstab

# What is in the memory, from a mount that may write.
run mount -t famfs "/dev/$DEV" "$MNT"
create "$f" size=4M ext=2M:4M
run famfs-poke fill "$f" 0 4M 1
run umount "$MNT"

check "a mount by fstab" mount "$MNT"
gives "rw,dax=always,memory=ro" "/proc/mounts shows it" \
	findmnt --raw -n -o FS-OPTIONS "$MNT"
check "a file is made and gets its map" create "$f" size=4M ext=2M:4M
check "famfs-mini makes one, in a directory" sh -c "
	printf '%s\\n' 'file:' '  path: dir/g' '  size: 0x200000' '  simple_ext_list:' \
		'  - {offset: 0x800000, length: 0x200000}' |
	famfs-mini mapfile --root $MNT -"
check "reads" famfs-poke verify "$f" 0 4M 1
check "reads by mmap" famfs-poke verify "$f" 0 4M 1 mmap
refused EROFS "open for writing" famfs-poke write "$f" 0 4096
refused EROFS "open with O_TRUNC" famfs-poke open-trunc "$f"
refused EROFS "a shell's > into it" sh -c "echo x >$f"
refused EROFS "appending" sh -c "echo x >>$f"
refused EROFS "cp into a new file" cp /boot/vmlinuz "$MNT/copy"
check "names can be changed" mv "$f" "$MNT/e"
check "and so can modes and owners" sh -c "chmod 600 $MNT/e && chown 1:1 $MNT/e"
check "a hard link" ln "$MNT/e" "$f"
check "a name is removed" rm "$MNT/e"

# Direct I/O goes from this file into a mapping.
run mke2fs -q -t ext4 /dev/ram0
run mount /dev/ram0 /mnt/other
run dd if=/dev/zero of=/mnt/other/zeroes bs=4096 count=1
gives "write before the map: EROFS
write: EROFS
splice: EROFS
sendfile: EROFS
copy_file_range: EXDEV
io_uring: EROFS
fallocate: EROFS
reopen: EROFS
mmap: EROFS
mprotect: EACCES
populate: EINVAL
process_vm_writev: EFAULT
direct read into it: EFAULT
/proc/self/mem: EIO
ptrace: EIO
private mmap: ok
/proc/self/mem of it: ok
ptrace of it: ok
unchanged" "a descriptor from before the map writes in no way" \
	famfs-poke stores "$MNT/h" 16M /mnt/other/zeroes
run rm "$MNT/h"
run umount /mnt/other

errno=EINVAL
if fsdev_is_ours; then
	refused EBUSY "the raw device cannot be mapped" \
		famfs-poke mmap "/dev/$DEV" 0 2M
	errno=EBUSY
fi
refused $errno "the raw device is not written" \
	famfs-poke write "/dev/$DEV" 0 4096

refused EINVAL "a remount to memory=rw" famfs-poke remount "$MNT" memory=rw
also "a remount cannot change memory=" "and says so"
check "a remount with what is" mount -o remount,memory=ro "$MNT"
check "to ro" mount -o remount,ro "$MNT"
refused EROFS "which makes no file" touch "$MNT/i"
check "and back" mount -o remount,rw "$MNT"
refused EROFS "where nobody writes either" famfs-poke write "$f" 0 4096
refused EINVAL "memory= with another value" \
	famfs-poke mount "/dev/$DEV" /mnt/other memory=maybe

run umount "$MNT"
run mount -t famfs "/dev/$DEV" "$MNT"
check "a mount that may write" create "$f" size=4M ext=2M:4M
check "finds the bytes as they were" famfs-poke verify "$f" 0 4M 1
gives "write before the map: EIO
write: ok
splice: ok
sendfile: ok
copy_file_range: ok
io_uring: ok
fallocate: ok
reopen: ok
mmap: ok
mprotect: ok
populate: ok
process_vm_writev: ok
direct read into it: ok
/proc/self/mem: ok
ptrace: ok
private mmap: ok
/proc/self/mem of it: ok
ptrace of it: ok
changed" "through which all ways do" famfs-poke stores "$MNT/h" 16M "$f"
