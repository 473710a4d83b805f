# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# fio with blocks of 2 MiB, 10 files per job and one job per CPU, by write and
# read, io_uring with direct I/O, and mmap; it verifies what it has written.
#
# hosts: 1
# memory: static 256M
# modules: famfs
# programs: fio
# ram: 768M
# timeout: 180
# long: yes

mount_famfs
jobs=$(grep -c ^processor /proc/cpuinfo)
at=2
for job in $(seq 0 $((jobs - 1))); do
	for file in 0 1 2 3 4 5 6 7 8 9; do
		create "$MNT/job.$job.$file" size=4M ext=${at}M:4M
		at=$((at + 4))
	done
done

# job OPTION...: as in the review thread, with verification
job() {
	fio --name=job --directory="$MNT" --nrfiles=10 --filesize=4M --bs=2M \
		--numjobs="$jobs" --group_reporting --verify=crc32c \
		--verify_fatal=1 --output-format=terse "$@"
}

# done_all OPTION...: KiB written and read back by such a job
done_all() {
	job "$@" | awk -F ';' '$1 == 3 { print $47, $6 }'
}

all="$((jobs * 40960)) $((jobs * 40960))"
for way in --ioengine=psync --ioengine="io_uring --direct=1" --ioengine=mmap; do
	# shellcheck disable=SC2086 # the engine and its option
	gives "$all" "fio $way writes, reads back and verifies" \
		done_all --rw=write $way
done
run famfs-poke write "$MNT/job.1.7" 3M 4
check "fio finds four bytes that were changed" \
	not job --rw=write --ioengine=mmap --verify_only
