# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# What scenarios are made of.  A case is one line "ok - SENTENCE" or
# "not ok - SENTENCE"; the host numbers and counts them.  All else that is
# printed is diagnostics.

# shellcheck disable=SC2034 # for the scenarios: one allocation unit
M2=2097152
# Bytes of a page: 4096, or 16384 with KERNEL=16k.
PAGE=$(awk '/^KernelPageSize:/ { print $2 * 1024; exit }' /proc/self/smaps)
# Bytes of a huge page: as many as a page of a page table has entries.
HUGE=$((PAGE * PAGE / 8))
MNT=/mnt/famfs
# The kernel's function by which write(2) copies past the caches, and where it has
# memory mapped if it is where it was linked to: from 0xffff and this on.
case $(uname -m) in
x86_64) COPY_PAST_CACHES=copy_user_flushcache MAPPED_AT=0x888000000000 ;;
aarch64) COPY_PAST_CACHES=__copy_user_flushcache MAPPED_AT=0 ;;
esac
# Pages of 16 KiB have addresses of 47 bits.
[ "$PAGE" = 4096 ] || MAPPED_AT=0x800000000000

# Commands print themselves, so that the log reads as the story.
show() {
	echo "# \$ $*"
}

# run COMMAND...: a step of the scenario that must work; it ends it otherwise.
run() {
	show "$@"
	"$@"
}

# capture COMMAND...: run it, leave $output and $status.
capture() {
	show "$@"
	status=0
	output=$("$@" 2>&1) || status=$?
	[ -z "$output" ] || echo "$output" | sed 's/^/#   /'
}

pass() {
	echo "ok - $*"
}

fail() {
	echo "not ok - $*"
}

# check SENTENCE COMMAND...: the command succeeds.
check() {
	local sentence=$1
	shift
	capture "$@"
	if [ "$status" -eq 0 ]; then
		pass "$sentence"
	else
		fail "$sentence (exit status $status)"
	fi
}

# refused ERRNAME SENTENCE COMMAND...: the command fails and says that errno.
refused() {
	local name=$1 sentence=$2 text
	shift 2
	text=$(famfs-poke errno "$name")
	capture "$@"
	case $status:$output in
	0:*) fail "$sentence (it succeeded)" ;;
	*"$name"*|*"$text"*) pass "$sentence: $name" ;;
	*) fail "$sentence (not $name, exit status $status)" ;;
	esac
}

# prints TEXT SENTENCE COMMAND...: the output contains TEXT, whatever the
# command's exit status.
prints() {
	local text=$1 sentence=$2
	shift 2
	capture "$@"
	case $output in
	*"$text"*) pass "$sentence" ;;
	*) fail "$sentence (wanted: $text)" ;;
	esac
}

# also TEXT SENTENCE: the last case's output contains TEXT, too.
also() {
	case $output in
	*"$1"*) pass "$2" ;;
	*) fail "$2 (wanted: $1)" ;;
	esac
}

# gives VALUE SENTENCE COMMAND...: it succeeds and the output is VALUE.
gives() {
	local value=$1 sentence=$2
	shift 2
	capture "$@"
	if [ "$status" -eq 0 ] && [ "$output" = "$value" ]; then
		pass "$sentence"
	else
		fail "$sentence (got: $output, wanted: $value, exit status $status)"
	fi
}

# not COMMAND...: it fails, by its own decision and not by a signal; for check.
not() {
	local status=0

	"$@" || status=$?
	[ "$status" -gt 0 ] && [ "$status" -lt 126 ]
}

# soon COMMAND...: what the kernel does by itself, a moment later.
soon() {
	local tries=100

	until "$@" 2>/dev/null; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return
		sleep 0.1
	done
}

# until_stopped NAME COMMAND...: again and again; what worked is in /run/NAME
until_stopped() {
	local name=$1
	shift

	while [ ! -e /run/stop ]; do
		if "$@" >/dev/null 2>&1; then
			echo >>"/run/$name"
		fi
	done
}

# slow FUNCTION: each call of it takes some microseconds more, before it does anything
slow() {
	local t=/sys/kernel/tracing n

	for n in 1 2 3 4 5 6 7 8; do
		echo "p:slow/n$n $1" >>$t/kprobe_events || return
		echo stacktrace >$t/events/slow/n$n/trigger || return
	done
}

not_slow() {
	local t=/sys/kernel/tracing trigger

	for trigger in "$t"/events/slow/n*/trigger; do
		echo '!stacktrace' >"$trigger"
	done
	echo >$t/kprobe_events
}

# fails_in_write WHAT FILE PAGE PAGES: a page fails after it was written, while the write
# of the file's first pages waits for the last page of its source
fails_in_write() {
	local what=$1 offset=$(($3 * PAGE)) writer

	famfs-poke stopped "$2" "$4" >/run/stopped & writer=$!
	run soon grep -q stopped /run/stopped
	capture famfs-poke poison "$2" $offset
	refused EIO "$what: a read meanwhile" famfs-poke read "$2" $offset "$PAGE"
	kill -USR1 $writer
	if wait $writer; then
		pass "$what: the write ends"
	else
		fail "$what: the write ends"
	fi
	refused EIO "$what: a read after that" famfs-poke read "$2" $offset "$PAGE"
	prints SIGBUS "$what: a mapping" famfs-poke touch "$2" $offset 1 1
}

# insert LIST: load the modules of a list that are not there yet.
insert() {
	local file name

	while read -r file; do
		name=$(echo "${file%.ko}" | tr - _)
		[ -e "/sys/module/$name" ] || insmod "/modules/$file" || return
	done <"/modules/$1"
}

# dax_below NAME: the dax device below the parent device NAME and a number.
dax_below() {
	local dev

	for dev in /sys/bus/dax/devices/*; do
		case $(readlink -f "$dev") in
		*/"$1"[0-9]*/*) basename "$dev" ;;
		esac
	done
}

# has_dax_below NAME: there is such a dax device
has_dax_below() {
	[ -n "$(dax_below "$1")" ]
}

# nvdimms: the regions of NVDIMMs, by their addresses
nvdimms() {
	local region

	for region in /sys/bus/nd/devices/region*; do
		echo "$(($(cat "$region/resource"))) $(basename "$region")"
	done | sort -n | cut -d ' ' -f 2
}

# nvdimm_dax REGION: the dax device of it, if it is labelled
nvdimm_dax() {
	local dev

	for dev in /sys/bus/dax/devices/*; do
		case $(readlink -f "$dev") in
		*/ndbus[0-9]*/"$1"/*) basename "$dev" ;;
		esac
	done
}

# label_nvdimm REGION: the first host on a memory does, any other one finds the label
label_nvdimm() {
	local namespace=namespace${1#region}.0

	[ -z "$(nvdimm_dax "$1")" ] || return 0
	# Some kernels would have a multiple of 16 MiB.
	echo $M2 >"/sys/bus/nd/devices/$1/align" || return
	show "ndctl create-namespace -f -e $namespace -m devdax -M mem"
	ndctl create-namespace -f -e "$namespace" -m devdax -M mem >/dev/null
}

# setup KIND...: make the memory devices and load what the scenario asks for.
# Leaves DEV, the first dax device, and STATIC_DEV, DYNAMIC_DEV; and NAMESPACE of the
# static one, and PMEM, the block device that this can be, too.
setup() {
	local kind

	DEV='' STATIC_DEV='' DYNAMIC_DEV='' NAMESPACE='' PMEM=''

	for kind in "$@"; do
		show "insert $kind"
		insert "$kind" || return
		case $kind in
		static) setup_static || return ;;
		dynamic) setup_dynamic || return ;;
		cxl) soon cxl_memories 3 || return ;;
		cxl-volatile) setup_cxl_volatile 1 || return ;;
		cxl-interleaved) setup_cxl_volatile 2 || return ;;
		cxl-persistent) setup_cxl_persistent || return ;;
		esac
	done
	[ -n "$DEV" ] || DEV=$DYNAMIC_DEV
	echo "# memory: ${STATIC_DEV:-no static}, ${DYNAMIC_DEV:-no dynamic} device"
}

setup_static() {
	local region

	region=$(nvdimms | head -n 1)
	label_nvdimm "$region" || return
	STATIC_DEV=$(nvdimm_dax "$region")
	NAMESPACE=namespace${region#region}.0
	PMEM=/dev/pmem${region#region}
	DEV=$STATIC_DEV
	[ -c "/dev/$STATIC_DEV" ]
}

# The last NVDIMM where the machine has no other memory for it.
setup_dynamic() {
	local region

	DYNAMIC_DEV=$(dax_below hmem.)
	if [ -z "$DYNAMIC_DEV" ]; then
		region=$(nvdimms | tail -n 1)
		label_nvdimm "$region" || return
		DYNAMIC_DEV=$(nvdimm_dax "$region")
	fi
	# Such a device waits for kmem, which would make it ordinary RAM.
	[ -n "$(driver_of "$DYNAMIC_DEV")" ] ||
		dax_sysfs "$DYNAMIC_DEV" device_dax/new_id
	[ -c "/dev/$DYNAMIC_DEV" ]
}

# setup_cxl_volatile N: a region of N memories, which is a dynamic device
setup_cxl_volatile() {
	cxl_region_of ram "$1" && soon has_dax_below dax_region || return
	DYNAMIC_DEV=$(dax_below dax_region)
	[ -n "$(driver_of "$DYNAMIC_DEV")" ] ||
		dax_sysfs "$DYNAMIC_DEV" device_dax/new_id
	[ -c "/dev/$DYNAMIC_DEV" ]
}

# setup_cxl_persistent: the first host on a memory makes a namespace in the region,
# any other one finds its label
setup_cxl_persistent() {
	cxl_region_of pmem 1 && soon cxl_namespaces || return
	if [ "$(cat /sys/bus/nd/devices/namespace0.0/size)" -eq 0 ]; then
		show "ndctl create-namespace -m devdax -M mem"
		ndctl create-namespace -m devdax -M mem >/dev/null || return
	fi
	soon has_dax_below ndbus && setup_static
}

# setup_adapter ADDRESS: an RDMA adapter, which is the host's network with that address;
# 4 KiB and what is said of them go into a packet
setup_adapter() {
	run ip addr add "$1/24" dev eth0 && run ip link set eth0 up mtu 4200 &&
		run rdma link add rxe0 type rxe netdev eth0 &&
		soon grep -q ":ffff:" /sys/class/infiniband/rxe0/ports/1/gids/1
}

# driver_of DEVICE: the driver that has it, or nothing.
driver_of() {
	local link=/sys/bus/dax/devices/$1/driver

	[ ! -e "$link" ] || basename "$(readlink -f "$link")"
}

# fsdev_is_ours: the driver is that of this project, and not the kernel's own.
fsdev_is_ours() {
	[ ! -e /modules/fsdev ]
}

dax_sysfs() {
	show "echo $1 > /sys/bus/dax/drivers/$2"
	echo "$1" >"/sys/bus/dax/drivers/$2"
}

to_fsdev() {
	dax_sysfs "$1" device_dax/unbind
	dax_sysfs "$1" fsdev_dax/new_id
}

to_device_dax() {
	dax_sysfs "$1" fsdev_dax/unbind
	dax_sysfs "$1" fsdev_dax/remove_id
	dax_sysfs "$1" device_dax/bind
}

# mount_famfs [DEVICE]: bind it, or $DEV, to fsdev if needed and mount it.
mount_famfs() {
	local dev=${1:-$DEV}
	[ $# -eq 0 ] || shift

	[ "$(driver_of "$dev")" = fsdev_dax ] || to_fsdev "$dev"
	mkdir -p "$MNT"
	run mount -t famfs "$@" "/dev/$dev" "$MNT"
}

# create FILE map-arguments: a new file with a map.
create() {
	local file=$1
	shift
	: >"$file" && famfs-poke map "$file" "$@"
}

# map_file PATH SIZE COUNT: how a document of a map file of COUNT extents begins
map_file() {
	printf -- '---\nfile:\n  path: %s\n  size: %s\n  mode: 0644\n' "$1" "$2"
	printf '  uid: 0\n  gid: 0\n  nextents: %s\n' "$3"
}

# map_extents INDENT [DEVICE:]OFFSET:LENGTH...: a simple_ext_list
map_extents() {
	local indent=$1 ext device

	shift
	printf '%ssimple_ext_list:\n' "$indent"
	for ext in "$@"; do
		device=0
		case $ext in
		*:*:*)
			device=${ext%%:*}
			ext=${ext#*:}
			;;
		esac
		printf '%s- {devindex: %s, offset: %s, length: %s}\n' \
			"$indent" "$device" "${ext%:*}" "${ext#*:}"
	done
}

# map_entry PATH SIZE [DEVICE:]OFFSET:LENGTH...: a document of a map file
map_entry() {
	local path=$1 size=$2

	shift 2
	map_file "$path" "$size" $#
	map_extents "  " "$@"
}

# map_striped PATH SIZE CHUNK [DEVICE:]OFFSET:LENGTH...: one of a striped file
map_striped() {
	local path=$1 size=$2 chunk=$3

	shift 3
	map_file "$path" "$size" 1
	printf '  striped_ext_list:\n  - nstrips: %s\n    chunk_size: %s\n' $# "$chunk"
	map_extents "    " "$@"
}

# mounts_as_allowed DEVICE OTHER: what a cgroup that allows DEVICE and not OTHER lets
# those mount who are in it; the scenario's inside() runs a command there.
mounts_as_allowed() {
	check "allowed, it is mounted" inside famfs-poke mount "$1" "$MNT"
	run umount "$MNT"
	refused EPERM "but not with a second device that is not" \
		inside famfs-poke mount "$1" "$MNT" "daxdev=$2"
	check "which others may" famfs-poke mount "$1" "$MNT" "daxdev=$2"
	run umount "$MNT"
}

# trace COMMAND...: run it with the fault events of famfs and of fs-dax on.
trace() {
	local t=/sys/kernel/tracing e

	echo >$t/trace
	for e in famfs/famfs_fault fs_dax/dax_pmd_fault_done \
		 fs_dax/dax_pte_fault_done; do
		[ ! -e $t/events/$e ] || echo 1 >$t/events/$e/enable
	done
	"$@"
	echo 0 >$t/events/enable
}

# faults pmd|pte: how many in the last trace ended with such a page mapped.  What
# famfs leaves to fs-dax has two events.
faults() {
	local order=0

	[ "$1" = pte ] || order=$([ "$HUGE" = "$M2" ] && echo 9 || echo 11)
	awk -v dax="dax_$1_fault_done:" -v order=" order $order " '
		/famfs_fault:/ {
			famfs = 1
			if (index($0, order) && $NF == "0x100")
				n++
		}
		index($0, dax) && $NF == "NOPAGE" { m++ }
		END { print (famfs ? n : m) + 0 }' /sys/kernel/tracing/trace
}

# kinds UNITS PTE: what faults() counts if so many faults were of 2 MiB, and so many
# small: with pages of 16 KiB nothing is mapped by 2 MiB.
kinds() {
	if [ "$HUGE" = "$M2" ]; then
		echo "$1 huge, $2 small"
	else
		echo "0 huge, $(($1 + $2)) small"
	fi
}

# watch EVENT: trace it, and nothing else, from here on.
watch() {
	echo 0 >/sys/kernel/tracing/events/enable
	echo >/sys/kernel/tracing/trace
	echo 1 >"/sys/kernel/tracing/events/$1/enable"
}

# traced TEXT...: what was traced has that text in it.
traced() {
	grep -qF -- "$*" /sys/kernel/tracing/trace ||
		{ grep -v '^#' /sys/kernel/tracing/trace; return 1; }
}

# logged TEXT...: the kernel's log has that text in it.
logged() {
	dmesg | grep -qF -- "$*" || { dmesg | tail -n 10; return 1; }
}

# corrupt DEVICE OFFSET: the machine finds the page there bad, whoever uses it.
# The status says whether anybody could be told.
corrupt() {
	local range start pages pgoff

	grep -q debugfs /proc/mounts ||
		mount -t debugfs debugfs /sys/kernel/debug
	for range in /sys/bus/dax/devices/"$1"/mapping[0-9]*; do
		start=$(($(cat "$range/start") / PAGE))
		pages=$((($(cat "$range/end") + 1) / PAGE - start))
		pgoff=$(($2 / PAGE - $(cat "$range/page_offset")))
		if [ $pgoff -ge 0 ] && [ $pgoff -lt $pages ]; then
			echo $((start + pgoff)) \
				>/sys/kernel/debug/hwpoison/corrupt-pfn
			return
		fi
	done
	echo "$1 has no offset $2"
	return 127
}

# attend COMMAND...: start a process that takes orders (ask, release).
attend() {
	local answer

	show "$@"
	mkfifo /run/hold.in /run/hold.out
	"$@" </run/hold.in >/run/hold.out 2>&1 &
	holder=$!
	exec 4>/run/hold.in 5</run/hold.out
	rm /run/hold.in /run/hold.out
	read -r answer <&5 && [ "$answer" = ready ]
}

# hold FILE: a process that has FILE open and takes orders.
hold() {
	attend famfs-poke hold "$@"
}

# ask ORDER...: the holder's answer, one line.
ask() {
	local answer

	echo "$*" >&4
	read -r answer <&5 && echo "$answer"
}

release() {
	exec 4>&- 5<&-
	wait "$holder"
}

# start_udev NODE...: as a machine does when it boots; wait for these devices and
# for what udev does about them
start_udev() {
	show "systemd-udevd; udevadm trigger --action=add; udevadm wait $*"
	systemd-udevd --daemon && udevadm trigger --action=add &&
		udevadm wait --settle "$@"
}

# settle: what RCU is to free is freed.  What kfree_rcu() holds back in batches is given
# to RCU when the kernel is asked to shrink its caches, and it waits for all that RCU
# has when it is asked to here.  Again for what the end of another object brings.
settle() {
	local i

	for i in 1 2 3; do
		echo 2 >/proc/sys/vm/drop_caches &&
			echo 1 >/sys/module/rcutree/parameters/do_rcu_barrier ||
			return
	done
}

# allocated REGEX: how many objects there are, as lines "FUNCTION COUNT", of those that
# functions or modules which match have allocated; with "# kernel: slab_debug=U"
allocated() {
	settle || return
	cat /sys/kernel/debug/slab/*/alloc_traces |
		awk -v who="$1" '$1 ~ /^[0-9]+$/ && ($2 ~ who || $3 ~ who) {
			n[$2] += $1
		}
		END {
			for (f in n)
				print f, n[f]
		}'
}

# setting NAME DEFAULT: what the run's SETTINGS say
setting() {
	local value

	value=$(tr ' ' '\n' </proc/cmdline | sed -n "s/^famfs_test.$1=//p")
	echo "${value:-$2}"
}

# fuzz_mm_setup DEVICE...: what famfs-poke fuzz-mm needs on a host
fuzz_mm_setup() {
	local device

	for device in "$@"; do
		if [ "$device" = pmem0 ]; then
			ndctl create-namespace -f -e namespace0.0 -m fsdax \
				-M mem >/dev/null || return
		else
			to_fsdev "$device" || return
		fi
	done
	mkdir -p "$MNT" /mnt/disk &&
		run mount -t tmpfs tmpfs "$MNT" && mkdir "$MNT/0" "$MNT/1" &&
		run mke2fs -q -F -t ext4 /dev/ram0 16M &&
		run mount -t ext4 /dev/ram0 /mnt/disk
}

# fuzz_mm_again: what an earlier run left is gone
fuzz_mm_again() {
	umount -l "$MNT/0" "$MNT/1" 2>/dev/null
	[ ! -e /dev/pmem0 ] || ndctl create-namespace -f -e namespace0.0 -m fsdax \
		-M mem >/dev/null
}

# unpack FILE BASE64: write a file that the host machine sends.
unpack() {
	echo "$2" | base64 -d >"$1"
}

# scenario FILE: run one; the last line says that it came to its end.
scenario() {
	# shellcheck source=/dev/null
	( set -e; . "$1"; echo "::end" )
}

# leaks: memory that nothing points to any more.  The kernel says so about
# memory that is older than 5 seconds and did not change between two scans.
leaks() {
	local file=/sys/kernel/debug/kmemleak

	echo scan >$file && sleep 6 && echo scan >$file && cat $file
}

# finish KERNEL: nothing of ours may be left in use, and nothing may have gone
# wrong in the kernel that it remembers: 12 and 13 are the bits for modules that
# are out of tree and not signed, 18 the one for KUnit.
finish() {
	local module allowed=$((1 << 12 | 1 << 13 | 1 << 18))

	while grep -q ' famfs ' /proc/mounts; do
		check "famfs unmounts" \
			umount "$(awk '$3 == "famfs" { print $2; exit }' /proc/mounts)"
		[ "$status" -eq 0 ] || break
	done
	for module in famfs fsdev_dax famfs_extent; do
		[ ! -e "/sys/module/$module" ] ||
			check "$module.ko unloads" rmmod "$module"
	done
	if [ "$1" = debug ]; then
		gives "" "no memory is leaked" leaks
	fi
	gives 0 "the kernel has no taint but that of our modules" \
		echo $(($(cat /proc/sys/kernel/tainted) & ~allowed))
}

# end_processes: of the scenario before; what is left are this shell, init and its
# heart, which sleeps
end_processes() {
	local self pid parent left=yes

	read -r self _ </proc/self/stat
	while [ -n "$left" ]; do
		left=
		for pid in /proc/[0-9]*/exe; do
			pid=${pid#/proc/} pid=${pid%/exe}
			[ -e "/proc/$pid/exe" ] || continue
			read -r _ _ _ parent _ <"/proc/$pid/stat" || continue
			case $pid in
			"$$" | "$self" | "${heart-}") continue ;;
			esac
			[ "$parent" != "${heart-}" ] || continue
			kill -9 "$pid" && left=yes
		done
	done
}

# unload_all: modules that others use go after those; nfit is in use while its devices
# have drivers
unload_all() {
	local name users dev gone=yes

	for dev in /sys/bus/nd/drivers/nd_region/*[0-9] \
		/sys/bus/nd/drivers/nvdimm/*[0-9]; do
		[ ! -e "$dev" ] || basename "$dev" >"${dev%/*}/unbind"
	done
	while [ -n "$gone" ]; do
		gone=
		while read -r name _ users _; do
			[ "$users" -ne 0 ] || ! rmmod "$name" || gone=yes
		done </proc/modules
	done
}

# as_booted: make the host what it was when it had booted, and print what cannot be
# undone.
as_booted() {
	local t=/sys/kernel/tracing dir

	end_processes 2>/dev/null
	while [ "$(wc -l </proc/mounts)" -gt "$(wc -l </boot.mounts)" ]; do
		umount "$(tail -n 1 /proc/mounts | cut -d ' ' -f 2)" || break
	done
	unload_all
	diff /boot.mounts /proc/mounts || return
	diff /boot.modules /proc/modules || return
	for dir in /run /tmp /mnt; do
		rm -rf "${dir:?}"/* || return
	done
	rm -f /etc/fstab
	echo 0 >/proc/sys/vm/memory_failure_early_kill
	echo 0 >$t/events/enable
	echo >$t/trace
	dmesg -c >/dev/null
	# Who asks for the consoles waits until the kernel's log is on them.
	cat /proc/consoles >/dev/null
}
