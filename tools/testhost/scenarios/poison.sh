# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# A page of a file fails.  Whoever touches it gets SIGBUS or EIO; everything
# else goes on.  Writing the whole page anew makes it good again.
#
# hosts: 1
# memory: static 256M
# modules: famfs

mount_famfs
a=$MNT/a
b=$MNT/b
create "$a" size=8M ext=16M:4M ext=4M:4M
create "$b" size=4M ext=32M:4M
run famfs-poke fill "$a" 0 8M 1
run famfs-poke fill "$b" 0 4M 2
hold "$b"
ask map 0 4M
# After the first huge page famfs maps them itself.
run famfs-poke touch "$b" 0 4M 2M

# In the second extent, so that the device's offset is not the file's.
bad=$((6 * 1024 * 1024 + 3 * PAGE))
# A huge page of 2 MiB is unmapped as one.
page_bits=12 unmapped_bits=21
[ "$HUGE" = "$M2" ] || page_bits=14 unmapped_bits=14

# lists TEXT CASE: the kernel's own fsdev_dax has no list.
lists() {
	! fsdev_is_ours ||
		gives "$1" "$2" cat "/sys/bus/dax/devices/$DEV/fsdev/badblocks"
}

is_shown() {
	prints "# poisoned: $(printf "%#x bytes at %#x" "$PAGE" $bad)" \
		"famfs-mini shows where in the file" famfs-mini show "$a"
	prints "\"poisoned\": [{\"offset\": $bad, \"length\": $PAGE}]" \
		"in JSON, too" famfs-mini show --json "$a"
}

lists "" "no memory of the device is poisoned"
prints "failing: SIGBUS BUS_MCEERR_AR at +0, 2^$unmapped_bits bytes" \
	"the process that uses it is told the address, and how much is unmapped" \
	famfs-poke poison "$a" $bad
also "touching: SIGBUS BUS_MCEERR_AR at +0, 2^$page_bits bytes" \
	"and told again when it goes on, just the page"
lists "$((bad / 512)) $((PAGE / 512))" \
	"sysfs shows the page, in sectors of the device"
prints "SIGBUS" "and so is who maps it later" famfs-poke touch "$a" $bad 1 1
! fsdev_is_ours || is_shown
check "and none in the other file" \
	not sh -c "(famfs-mini show $b; famfs-mini show --json $b) | grep poisoned"
refused EIO "read of the failed page" famfs-poke read "$a" $bad "$PAGE"
gives "$PAGE" "read of the page before" famfs-poke read "$a" $((bad - PAGE)) "$PAGE"
check "the other pages have their bytes, below" famfs-poke verify "$a" 0 $bad 1
check "and above" famfs-poke verify "$a" $((bad + PAGE)) \
	$((8388608 - bad - PAGE)) 1
check "other huge pages of the file still map" famfs-poke verify "$a" 0 6M 1 mmap
gives ok "who had another file mapped still uses it" ask touch 2M
check "the other file has its bytes" famfs-poke verify "$b" 0 4M 2 mmap
check "a new file gets memory" create "$MNT/c" size=2M ext=64M:2M
release

run umount "$MNT"
run mount -t famfs "/dev/$DEV" "$MNT"
create "$a" size=8M ext=16M:4M ext=4M:4M
refused EIO "umount and mount do not make it good: read" famfs-poke read "$a" $bad "$PAGE"
prints "SIGBUS" "and touching" famfs-poke touch "$a" $bad 1 1
refused EIO "a write of a part of the page" famfs-poke write "$a" $bad 100
refused EIO "and does not make it good" famfs-poke read "$a" $bad "$PAGE"
gives "$PAGE" "a write of the whole page" famfs-poke write "$a" $bad "$PAGE"
lists "" "takes it off the list"
gives "$PAGE" "makes it readable" famfs-poke read "$a" $bad "$PAGE"
check "and mappable" famfs-poke touch "$a" $bad 1 1

create "$MNT/d" size=2M ext=68M:2M
fails_in_write "written and failed" "$MNT/d" 0 2
fails_in_write "written behind a bad page, and failed" "$MNT/d" 1 3
gives "$PAGE" "that one is good" famfs-poke read "$MNT/d" 0 "$PAGE"
