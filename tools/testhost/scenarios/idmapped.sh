# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Idmapped mounts: whatever makes a file through one gives it the owner that the mount
# maps to, and permissions go by what is seen through it.  A map still needs
# CAP_SYS_ADMIN where the file system was mounted.
#
# hosts: 1
# memory: static 256M
# modules: famfs
# timeout: 180

mount_famfs
mapped=/mnt/mapped
home=$mapped/home
mkdir "$mapped"
run mkdir -m 755 "$MNT/home"
run chown 1000:1000 "$MNT/home"
create "$MNT/home/f" size=2M ext=2M:2M
run chown 1000:1000 "$MNT/home/f"
run chmod 600 "$MNT/home/f"
check "owner 1000 is seen as 2000" \
	famfs-poke idmap "$MNT" "$mapped" "1000 2000 2"
user="setpriv --reuid 2000 --regid 2000 --clear-groups"

owner() {
	stat -c "%u:%g" "$1"
}

gives 2000:2000 "a file's owner through the mount" owner "$home/f"
gives 1000:1000 "and without it" owner "$MNT/home/f"
gives 65534:65534 "an owner that is not mapped" owner "$mapped"

# shellcheck disable=SC2086 # $user is a command
{
check "user 2000 makes a file" $user touch "$home/new"
check "a directory" $user mkdir "$home/dir"
check "a symlink" $user ln -s f "$home/link"
check "a fifo" $user mkfifo "$home/fifo"
check "a file that had no name at first" \
	$user famfs-poke tmpfile "$home" "$home/tmp"
for name in new dir link fifo tmp; do
	gives 1000:1000 "which is 1000's: $name" owner "$MNT/home/$name"
	gives 2000:2000 "and 2000's through the mount: $name" owner "$home/$name"
done
check "he renames" $user mv "$home/new" "$home/dir/new"
check "and removes" $user rm -r "$home/dir" "$home/fifo"
check "and changes a mode" $user chmod 640 "$home/f"
refused EPERM "but not an owner" $user chown 2001 "$home/f"
refused EACCES "he makes nothing without the mount" $user touch "$MNT/home/g"
refused EPERM "nor the map of his file" \
	$user famfs-poke map "$home/tmp" size=2M ext=4M:2M
check "root makes it through the mount" \
	famfs-poke map "$home/tmp" size=2M ext=4M:2M
for name in f tmp; do
	check "he writes: $name" $user famfs-poke fill "$home/$name" 0 2M 1
	check "stores: $name" $user famfs-poke fill "$home/$name" 0 2M 2 mmap
	check "and reads: $name" $user famfs-poke verify "$home/$name" 0 2M 2
done
refused EOVERFLOW "who is not mapped makes no file" touch "$home/root"
check "root gives a file to 2000" chown 2000:2000 "$home/tmp"
gives 1000:1000 "which is 1000 in the file" owner "$MNT/home/tmp"
refused EOVERFLOW "but to nobody who is not mapped" chown 1 "$home/tmp"
refused EACCES "user 1000 is another one there" setpriv --reuid 1000 \
	--regid 1000 --clear-groups famfs-poke write "$home/f" 0 4096
refused EPERM "root of a user namespace maps no file" \
	$user unshare -U -r famfs-poke map "$home/tmp" size=2M ext=8M:2M
}
run umount "$mapped"
