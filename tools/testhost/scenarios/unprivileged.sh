# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Installing a map gives access to raw device memory: only CAP_SYS_ADMIN over
# the mount may.  Using a file that has a map is a matter of its permissions.
#
# hosts: 1
# memory: static 256M
# modules: famfs

mount_famfs
run chmod 777 "$MNT"
user="setpriv --reuid 1000 --regid 1000 --clear-groups"
f=$MNT/f

# shellcheck disable=SC2086 # $user is a command
{
check "a user creates a file" $user touch "$f"
refused EPERM "a user's map of his own file" \
	$user famfs-poke map "$f" size=2M ext=2M:2M
refused EPERM "a user's map, however bad" $user famfs-poke map "$f" size=0 count=9
refused EPERM "root of a user namespace of his own" \
	$user unshare -U -r famfs-poke map "$f" size=2M ext=2M:2M
also "MAP_CREATE: EPERM" "and it was the map that was refused"
refused EPERM "root with all capabilities but CAP_SYS_ADMIN" \
	setpriv --bounding-set -sys_admin --inh-caps -sys_admin \
	famfs-poke map "$f" size=2M ext=2M:2M
gives 0 "the file is still empty" stat -c %s "$f"
check "root maps it" famfs-poke map "$f" size=2M ext=2M:2M
check "the user writes to his file" $user famfs-poke fill "$f" 0 2M 1
check "and reads it" $user famfs-poke verify "$f" 0 2M 1 mmap
check "and may ask for its map" $user famfs-poke get "$f"
refused EPERM "but not change its size" $user famfs-poke truncate "$f" 0
run chown 0:0 "$f"
run chmod 600 "$f"
refused EACCES "a file of root is closed to him" $user famfs-poke read "$f" 0 1
refused EPERM "a user's mount" $user famfs-poke mount "/dev/$DEV" "$MNT"
}
