# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# stress-ng's stressors of files and mappings, all at once on one mount, while
# data is written and verified there.  Then those that want to make files grow:
# they fail, as they have to, and nothing else does.
#
# hosts: 1
# memory: static 256M
# modules: famfs
# programs: stress-ng
# timeout: 180
# long: yes

seconds=${seconds:-40}

mount_famfs
create "$MNT/f" size=8M ext=32M:4M ext=8M:4M
mkdir "$MNT/tmp"

# What is written is there, for as long as the stressors run.
use_data() {
	local seed=1

	while [ -e /run/stressed ]; do
		famfs-poke fill "$MNT/f" 0 8M $seed mmap
		famfs-poke verify "$MNT/f" 0 8M $seed
		seed=$((seed + 1))
		famfs-poke fill "$MNT/f" 0 8M $seed uring
		famfs-poke verify "$MNT/f" 0 8M $seed mmap
		seed=$((seed + 1))
	done
	echo "# $((seed - 1)) times 8 MiB"
}

: >/run/stressed
use_data >/run/data.log &
data=$!

stressors=
for name in access chmod chown dentry dir dirdeep dirmany fallocate filename \
	flock fstat getdent io lease link mmap mremap open rename \
	splice symlink touch utime; do
	stressors="$stressors --$name 1"
done
# shellcheck disable=SC2086 # a list of options
check "stressors of names, attributes and mappings, for $seconds s" \
	stress-ng --temp-path "$MNT/tmp" --timeout "$seconds" --quiet \
	--mmap-bytes 16M --mremap-bytes 16M $stressors
rm /run/stressed
bad=0
wait "$data" || bad=$?
gives 0 "data was found as it was written meanwhile" echo "$bad"
run cat /run/data.log
check "nothing is left of the stressors" rm -r "$MNT/tmp"

mkdir "$MNT/tmp"
for name in hdd seek readahead revio fiemap; do
	check "$name cannot write a file without a map" not stress-ng \
		--temp-path "$MNT/tmp" --timeout 60 --quiet --$name 1
done
