# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Getting data into files, by the programs that people use: what works, what refuses
# and leaves the file alone, and what takes its name away, after which the map file
# brings it back with all its data.  And maps that several runs apply at once.
#
# hosts: 1
# memory: static 256M
# modules: famfs
# timeout: 180
# programs: rsync tar cp mv install dd
# long: yes

mount_famfs
f=$MNT/d/f
data=/run/data
size=300001
head -c $size /boot/vmlinuz >$data

# entry PATH OFFSET_MIB
entry() {
	cat <<-ENTRY
	---
	file:
	  path: $1
	  size: $size
	  simple_ext_list:
	  - offset: $(($2 * 1024 * 1024))
	    length: $(((size / M2 + 1) * M2))
	ENTRY
}

entry d/f 32 >/run/map
apply() {
	famfs-mini mapfile --root "$MNT" /run/map
}
run apply

# takes SENTENCE COMMAND...: it puts the data there, and the map stays
takes() {
	run famfs-poke fill "$f" 0 "$size" 1
	check "$@"
	check "and the data is in it" cmp $data "$f"
	prints "0x2000000:" "with the same map" famfs-poke get "$f"
}

takes "cat 1<>" sh -c "cat $data 1<>$f"
takes "dd conv=notrunc" dd if=$data of="$f" bs=2M conv=notrunc status=none
takes "dd conv=notrunc oflag=direct" \
	dd if=$data of="$f" bs=4K conv=notrunc oflag=direct status=none
# Without a look at times, which are those of one second here.
takes "rsync --inplace" \
	rsync --inplace --no-whole-file --ignore-times $data "$f"

# leaves SENTENCE COMMAND...: it is refused, and the file is as it was
leaves() {
	refused EPERM "$@"
	check "and leaves the file alone" cmp $data "$f"
}

leaves "cp" cp $data "$f"
leaves "a shell's >" sh -c "cat $data >$f"
leaves "dd" dd if=$data of="$f" bs=2M status=none

# replaces SENTENCE COMMAND...: the file has a new inode, without a map
replaces() {
	local sentence=$1
	shift
	refused EIO "$sentence" "$@"
	[ ! -e "$f" ] || gives 0 "an empty file is left" stat -c %s "$f"
	prints "installed 1 of 1" "the map file brings it back" apply
	check "with its data" cmp $data "$f"
	gives 644 "and its mode" stat -c %a "$f"
}

mkdir /run/new
cp $data /run/new/f
tar -C /run/new -cf /run/f.tar f
replaces "cp -f" cp -f $data "$f"
replaces "install" install -m 600 $data "$f"
replaces "tar -x" tar -C "$MNT/d" -xf /run/f.tar
replaces "mv onto it" mv -f /run/new/f "$f"
check "rsync without --inplace fails" not rsync --ignore-times $data "$f"
check "and leaves the file alone" cmp $data "$f"
prints "already there" "which has its map" apply

run rm "$f"
run setpriv --reuid 0 touch "$f"
run chown 1000 "$f"
prints "has no map and belongs to user 1000" \
	"a file of another user, who may have it open, gets no map" apply
run rm "$f"
entry d/f 32 | sed 's/size/uid: 1000\n  size/' >/run/map
run touch "$f"
run chown 1000 "$f"
prints "installed 1 of 1" "unless the entry says that it is his" apply

# in_parallel NAME COUNT: so many runs of /run/map.0, /run/map.1 and so on
in_parallel() {
	local i pids='' good=0

	for i in $(seq 0 $(($2 - 1))); do
		famfs-mini mapfile --root "$MNT" "/run/map.$i" \
			>"/run/said.$i" 2>&1 &
		pids="$pids $!"
	done
	for i in $pids; do
		wait "$i" && good=$((good + 1))
	done
	cat /run/said.*
	[ $good -eq "$2" ]
}

size=4096
round=0
while [ $round -lt 10 ]; do
	for i in 0 1 2 3; do
		entry "new$round/a/b/c/$i" $((64 + 8 * round + 2 * i)) >/run/map.$i
	done
	in_parallel $round 4 >/run/said || cat /run/said
	round=$((round + 1))
done
gives 40 "4 runs below one new directory, 10 times" \
	sh -c "find $MNT/new* -type f -size 8 | wc -l"
for i in 0 1 2 3; do
	for n in 1 2 3 4 5 6 7 8; do
		entry same/$n $((160 + 2 * n))
	done >/run/map.$i
done
check "4 runs of one map file" in_parallel same 4
gives 8 "make each file once" sh -c "find $MNT/same -type f -size 8 | wc -l"

name=$(printf 'a\001b')
create "$MNT/$name" size=2M ext=200M:2M
prints "path has a control character" "show prints no name that is not read back" \
	famfs-mini show "$MNT/$name"
