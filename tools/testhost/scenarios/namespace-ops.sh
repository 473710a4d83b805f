# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Names: directories, links, renames, removal.  The files' memory stays theirs
# whatever they are called, and is free when the last name is gone.
#
# hosts: 1
# memory: static 256M
# modules: famfs

mount_famfs
free() {
	famfs-poke statfs "$MNT" | sed 's/.*free=//'
}
all_free=$(free)
cd "$MNT" || exit
mkdir -m 777 open

check "mkdir, nested" mkdir -p one/two
check "a file in a directory" create one/two/file size=2M ext=2M:2M
run famfs-poke fill one/two/file 0 2M 5
check "it can be renamed" mv one/two/file one/renamed
check "and moved with its directory" mv one/two three
check "its data is where its name is" famfs-poke verify one/renamed 0 2M 5
gives "renamed" "the old name is gone" ls one
check "a hard link" ln one/renamed three/link
gives 2 "is counted" stat -c %h one/renamed
check "and reads the same" famfs-poke verify three/link 0 2M 5
check "a symlink" ln -s one/renamed symlink
gives one/renamed "says where it points" readlink symlink
check "and leads there" famfs-poke verify symlink 0 2M 5
check "one name is removed" rm one/renamed
check "the other still reads" famfs-poke verify three/link 0 2M 5
gives $((all_free - M2)) "and its memory is in use" free
refused ENOENT "the symlink dangles" famfs-poke nop symlink

refused ENOTEMPTY "rmdir of a directory with a file in it" rmdir three
refused EEXIST "mkdir of a name that is taken" mkdir three
refused ENOTDIR "a file used as a directory" ls three/link/
check "a device node" mknod node c 1 3
check "which is that device" sh -c "echo x >node"
refused EPERM "but none of a user" setpriv --reuid 1000 --regid 1000 --clear-groups \
	mknod open/node c 1 3
refused EINVAL "a directory moved into itself" mv three three/inside

check "a second file" create second size=2M ext=8M:2M
check "rename replaces a file" mv second three/link
gives 8388608 "by the other one" sh -c \
	"famfs-poke get three/link | sed 's/.* 0x/0x/; s/:.*//' | xargs printf '%d'"
