# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# A file with a map has all the memory it will ever have: allocating inside it
# succeeds and does nothing, and what would change the file is refused.
#
# hosts: 1
# memory: static 256M
# modules: famfs
# timeout: 180

mount_famfs
f=$MNT/f
create "$f" size=4194000 ext=2M:4M
run famfs-poke fill "$f" 0 4194000 1

whole() {
	check "the file is whole after it" sh -c \
		"[ \$(stat -c %s $f) = 4194000 ] && famfs-poke verify $f 0 4194000 1"
}

check "fallocate of all of it" famfs-poke fallocate "$f" 0 4194000
check "of a byte" famfs-poke fallocate "$f" 4193999 1
check "with KEEP_SIZE" famfs-poke fallocate "$f" 2M 4096 keep-size
modified=$(stat -c %y "$f")
check "posix_fallocate" famfs-poke posix-fallocate "$f" 1 4193999
gives "$modified" "writes nothing" stat -c %y "$f"
whole
refused EFBIG "fallocate across the end" famfs-poke fallocate "$f" 2M 2M
refused EFBIG "a byte behind the end" famfs-poke fallocate "$f" 4194000 1
refused EFBIG "behind the end with KEEP_SIZE" \
	famfs-poke fallocate "$f" 1G 4096 keep-size
refused EFBIG "posix_fallocate behind the end" \
	famfs-poke posix-fallocate "$f" 0 4M
refused EFBIG "the highest offset that there is" \
	famfs-poke fallocate "$f" 0x7ffffffffffff000 0x7fffffff
refused EINVAL "a length of 0" famfs-poke fallocate "$f" 0 0
for mode in punch zero zero-keep-size collapse insert unshare; do
	refused EOPNOTSUPP "fallocate: $mode" famfs-poke fallocate "$f" 0 2M $mode
done
whole

: >"$MNT/empty"
refused EIO "a file without a map" famfs-poke fallocate "$MNT/empty" 0 4096
refused EIO "by posix_fallocate" famfs-poke posix-fallocate "$MNT/empty" 0 4096
gives 0 "stays empty" stat -c %s "$MNT/empty"
gives "lost: 0" "stores beside posix_fallocate of another process arrive" \
	famfs-poke store-race "$f" 400
