# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# A file gets memory that a file had which is gone.  Where pages are folios, those of
# whole units are kept for it.  Nothing of what was known of the former file may count
# for the new one, and nobody after the mount may find such a folio.
#
# hosts: 1
# memory: static 256M
# modules: famfs hwpoison

f=$MNT/f

# anew: the file, with the memory of the former one
anew() {
	rm -f "$f"
	create "$f" size=8M ext=16M:4M ext=4M:4M
}

# huge COUNT SENTENCE touch-arguments...: faults of 2 MiB serve it
huge() {
	local count=$1 sentence=$2
	shift 2
	run trace famfs-poke touch "$f" "$@"
	gives "$count huge" "$sentence" echo "$(faults pmd) huge"
}

# asked_fs_dax: how often, in the last trace
asked_fs_dax() {
	grep -c dax_pmd_fault_done: /sys/kernel/tracing/trace || :
}

# How many units were written back since watch().
flushed() {
	grep -c famfs_flush: /sys/kernel/tracing/trace || :
}

# stored COUNT SENTENCE: fsync writes as many units back
stored() {
	watch famfs/famfs_flush
	run famfs-poke fsync "$f"
	gives "$1" "$2" flushed
}

mount_famfs
anew
huge 4 "a new file" 0 8M 2M write
stored 4 "which was stored to"

run famfs-poke fill "$f" 0 8M 1
anew
check "another file with its memory has the bytes that are there" \
	famfs-poke verify "$f" 0 8M 1 mmap
stored 0 "and nobody has stored to that yet"
huge 4 "it is mapped by huge pages" 0 8M 2M read
gives 0 "which fs-dax is not asked for" asked_fs_dax
huge 2 "two of them are stored to" 2M 4M 2M write
stored 2 "and written back"
huge 2 "stored to once more" 2M 4M 2M write
stored 2 "and written back once more"
stored 0 "and then they are clean"

anew
huge 4 "the first access of the next file is a store" 0 8M 2M write
stored 4 "of which all is written back"
anew
hold "$f"
gives ok "of the next one a process maps little" ask map 1M 64K
gives ok "and stores to it" ask store 0 7
release
stored 1 "which is written back"
huge 4 "then all is mapped by huge pages" 0 8M 2M write
stored 4 "and all is written back"
anew
check "the next one has a private mapping" famfs-poke private "$f" 4M store
huge 4 "and then a shared one" 0 8M 2M read

# A map may be longer than its file: of memory that was mapped whole before, what is
# behind the end is nobody's.
anew
huge 4 "all of a file is mapped" 0 8M 2M write
rm "$f"
create "$f" size=3M ext=16M:4M ext=4M:4M
hold "$f"
gives ok "of the next one, which is shorter, a process maps too much" ask map 0 8M
gives ok "it may touch the file" ask touch 2M
prints SIGBUS "but not what is behind its end in the same 2 MiB" ask touch 3670016
prints SIGBUS "and not what is behind those" ask touch 5M
release
run trace famfs-poke touch "$f" 2M 1M "$PAGE" write
rm "$f"
anew
huge 4 "the next one is read" 0 8M 2M read
huge 4 "and stored to" 0 8M 2M write
stored 4 "of which all is written back"

# The next mount knows of no folio.  Without a flush, what its former file had stored is
# still on record when that goes.
run umount "$MNT"
run mount -t famfs -o flush=never "/dev/$DEV" "$MNT"
anew
hold "$f"
gives ok "of the next mount's file a process maps little" ask map 1M 64K
gives ok "and stores to it" ask store 0 7
release
huge 4 "and then all is stored to by huge pages" 0 8M 2M write
anew
huge 4 "the next one is read" 0 8M 2M read
huge 4 "and stored to" 0 8M 2M write
corrupt "$DEV" $((5 * 1024 * 1024)) || echo "# nobody was told"
refused EIO "what was stored where memory fails is told to be lost" \
	famfs-poke fsync "$f"
run famfs-poke write "$f" 5M "$PAGE"
run umount "$MNT"
run mount -t famfs "/dev/$DEV" "$MNT"

# A page that fails while it is nobody's.
anew
huge 4 "a file of this mount" 0 8M 2M read
rm "$f"
corrupt "$DEV" $((16 * 1024 * 1024 + PAGE)) ||
	echo "# nobody was told"
create "$f" size=8M ext=16M:4M ext=4M:4M
prints SIGBUS "a page that failed meanwhile is not mapped" \
	famfs-poke touch "$f" "$PAGE" 1 1
check "what is beside it is" famfs-poke touch "$f" $((2 * PAGE)) 4M 4K write
gives "$PAGE" "its bytes can be written" famfs-poke write "$f" "$PAGE" "$PAGE"
check "and then it is mapped" famfs-poke touch "$f" "$PAGE" 1 1

run umount "$MNT"
run mount -t famfs "/dev/$DEV" "$MNT"
anew
huge 4 "after all that, the next mount maps the memory" 0 8M 2M write
rm "$f"
run umount "$MNT"
to_device_dax "$DEV"
check "so does the device by itself" famfs-poke touch "/dev/$DEV" 0 32M 2M write
