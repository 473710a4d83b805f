# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Test hosts in QEMU, for run, demo and bench: prepare once, then start, on, halt.
#
#   prepare ACCELERATOR        build what every host boots with; how it is run is
#                              said by choose_accel or count_instructions
#   add_programs PROGRAM...    and, for hosts started from here on, these: of this
#                              machine, or famfs-... of clients/
#   start NAME MEMORY...       boot a host on memory as "static 512M dynamic 128M"
#   wait_up NAME               wait until it has booted
#   on NAME COMMAND...         run it there, output and status come back
#   put NAME FILE PATH         copy a small file there
#   monitor NAME JSON          a command of QMP to QEMU, if the host has CXL memory
#   tell NAME COMMAND...       the same, and next_line NAME reads its output
#   halt NAME...               power off
#   crash NAME                 it is gone, at once
#   kernel_log NAME            its console so far, from byte ${log_from[NAME]} on
#
# Hosts booted in one directory $run share the static memory.  A host's port is
# the standard input and output of its QEMU; the console is a file, so kernel
# messages and results cannot mix.  KERNEL says which kernel they boot.
#
# No host is judged by the machine's clock.  An emulated one has a clock of its own: 8
# ns for each instruction, and real time only while it has nothing to do; so whatever
# waits in it, its kernel's watchdogs included, does not notice that the machine has
# other work.  It is about as fast as an idle machine emulates: a kernel that boots
# counts out fractions of a second in loops, and with a slower clock that is most of
# what a boot costs.  (Under KVM it cannot be had, and kernels that look for bugs do not get
# it: see choose_accel.)  Each second of its clock, less what a
# hypervisor stole, is a line in the host's file "heart"; see guest/serve.  A host that
# needs more than $limit such seconds for a command hangs, and so does one whose heart
# stands still for SILENCE seconds in which the machine would have let it run.
#
# Hosts that count have one CPU and do not wait even then, 1 ns for each instruction:
# what they measure is the same in each run.

testhost=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$testhost/../.." && pwd)
# shellcheck source=SCRIPTDIR/../../scripts/arch.sh
. "$top/scripts/arch.sh"
# shellcheck source=SCRIPTDIR/machine.sh
. "$testhost/machine.sh"

KERNEL=${KERNEL:-stock}
# The kernel's own memory below and above the dynamic device's.
LOW_MIB=512
HIGH_MIB=128
# Seconds of a processor for one heartbeat, which needs one or two.  A host that boots
# has none yet, and takes up to ten.
SILENCE=90
# So many seconds after a host's last word its heart is looked at, again and again.
LOOK=4
# Seconds of the host's clock that a command may take.
limit=120

die() {
	echo "testhost: $*" >&2
	exit 1
}

# choose_kernel: its image, its unpacked package, where below our modules are, how
# many times longer than on the stock kernel things may take, at most 6 for the
# kernel's own watchdog, how many times as much memory it needs, and what it is told.
choose_kernel() {
	local look_up=("$top/scripts/kernel")

	slow=1
	large=1
	checker=
	case $KERNEL in
	stock)
		ours=$top
		[ -z "$foreign" ] || ours=$top/build/$("${look_up[@]}" release)
		;;
	debug | kcsan)
		[ "$arch" = amd64 ] || die "KERNEL=$KERNEL is built for x86_64 only"
		image=$("$top/scripts/debug-kernel" "${KERNEL#debug}") || die "no kernel"
		release=$(ls "$image/lib/modules")
		vmlinuz=$image/boot/vmlinuz-$release
		ours=$image/lib/modules/$release/kernel
		slow=6
		large=2
		# Watch one of 100 accesses, not of 4000: scenarios are short.
		[ "$KERNEL" = debug ] || checker="kcsan.skip_watch=100"
		return
		;;
	16k | [0-9]*.*)
		look_up+=(--series "$KERNEL")
		ours=$top/build/$("${look_up[@]}" release)
		;;
	*)
		die "KERNEL is stock, debug, kcsan, 16k (arm64), or a series as 7.2, not $KERNEL"
		;;
	esac
	release=$("${look_up[@]}" release) || die "no kernel"
	image=$("${look_up[@]}" image) || die "no kernel"
	vmlinuz=$("${look_up[@]}" vmlinuz) || die "no kernel"
}

# build_clients CLIENT...
build_clients() {
	local make=(make)

	[ -z "$foreign" ] || make=("$top/scripts/foreign" make)
	"${make[@]}" -s -C "$testhost/clients" O="$scratch/clients" \
		"${@/#/$scratch/clients/}"
}

prepare() {
	choose_kernel
	scratch=$(mktemp -d "${TMPDIR:-/tmp}/famfs-testhost.XXXXXX")
	trap clean_up EXIT
	trap 'exit 130' INT TERM
	# A host that has died is found out when it does not answer.
	trap '' PIPE
	build_clients famfs-poke famfs-bench || die "cannot build the test clients"
	"$testhost/initramfs" "$image" "$release" "$vmlinuz" "$ours" \
		"$scratch/clients" "$scratch/initramfs.cpio" || die "cannot make the initramfs"
	initramfs=$scratch/initramfs.cpio
	"$1"
}

add_programs() {
	local program programs=()

	for program in "$@"; do
		if [[ $program == famfs-* ]]; then
			build_clients "$program" || return
			program=$scratch/clients/$program
		fi
		programs+=("$program")
	done
	initramfs=$run/initramfs.cpio
	"$testhost/initramfs" --more "$run/more.cpio" "${programs[@]}" || return
	cat "$scratch/initramfs.cpio" "$run/more.cpio" >"$initramfs"
}

clean_up() {
	local dir job

	# A second signal, as that which make hands on, would leave the rest lying there.
	trap '' INT TERM
	for job in $(jobs -p); do
		kill "$job" 2>/dev/null
	done
	for dir in "$scratch"/*/; do
		kill_hosts "$dir"
	done
	rm -rf "$scratch"
}

# KVM may be there and not work: believe it when a guest has booted with it.
choose_accel() {
	run=$scratch/probe
	clock=
	cpus=2
	if may_use_kvm; then
		accel=(-accel kvm) cpu=host
		# shellcheck disable=SC2030 # for the probe only
		if ( SILENCE=15; start probe; wait_up probe && halt probe ) >/dev/null 2>&1; then
			echo "# accelerator: kvm"
			return
		fi
		kill_hosts "$run"
	fi
	emulate
}

# emulate: without KVM
emulate() {
	# One thread for both CPUs, as counting implies: with more, a CPU may run
	# instructions that the kernel patched on the other one, and crash (QEMU
	# 7.2).
	cpu=$emulated_cpu
	if [ "$slow" -gt 1 ]; then
		# A kernel that looks for bugs is so slow that a second of counted
		# instructions takes minutes, and a CPU that sleeps is woken late
		# (QEMU 7.2): RCU stalls.  Its clock is the machine's.  The kernel
		# looks for ten ticks of the timer in a time that the clock tells,
		# and panics if a busy machine brings them late.
		accel=(-accel "tcg,thread=single")
		build_clients tsc-khz || die "cannot build a test client"
		clock="tsc_early_khz=$("$scratch/clients/tsc-khz") no_timer_check"
		echo "# accelerator: tcg, by the machine's clock"
		return
	fi
	accel=(-accel tcg -icount "shift=3,sleep=on,align=off" -rtc clock=vm)
	clock=$(by_tsc 1000000)
	echo "# accelerator: tcg"
}

# The same random numbers, time of day and addresses in every run.
count_instructions() {
	cpus=1
	accel=(-accel tcg -icount "shift=0,sleep=off,align=off" -seed 1
		-rtc "base=2026-01-01,clock=vm")
	cpu=$emulated_cpu
	clock="$(by_tsc 1000000) norandmaps randomize_kstack_offset=off"
	echo "# accelerator: tcg, counting instructions"
}

mib() {
	case $1 in
	*G) echo $((${1%G} * 1024)) ;;
	*M) echo "${1%M}" ;;
	*) die "size without M or G: $1" ;;
	esac
}

# cxl_port N: a root port of the one CXL host bridge; the first one brings that, and
# the window of addresses that the bridge decodes
cxl_port() {
	[ "$1" -gt 0 ] || options+=(-device "pxb-cxl,bus_nr=12,bus=pcie.0,id=cxl"
		-M "cxl-fmw.0.targets.0=cxl,cxl-fmw.0.size=4G")
	options+=(-device "cxl-rp,port=$1,bus=cxl,id=port$1,chassis=0,slot=$((2 + $1))")
}

# cxl_memory N SIZE volatile|persistent: memory device N, in its port.  What is in
# it, and a persistent one's labels, is there for all hosts of $run.
cxl_memory() {
	local device="cxl-type3,id=cxl$1,bus=port$1,sn=$((1 + $1)),$3-memdev=mem$1"

	cxl_port "$1"
	truncate -s "$2M" "$run/cxl$1"
	options+=(-object "memory-backend-file,id=mem$1,share=on,mem-path=$run/cxl$1,size=$2M")
	if [ "$3" = persistent ]; then
		truncate -s 1M "$run/labels$1"
		options+=(-object "memory-backend-file,id=labels$1,share=on,mem-path=$run/labels$1,size=1M")
		device+=,lsa=labels$1
	fi
	options+=(-device "$device")
}

# cxl_options MIB: two volatile memory devices and a persistent one.  Such a host has
# another QEMU and a monitor, and its processor does not tell that there is a
# hypervisor: under one the kernel makes no region, as it cannot flush the caches of
# the machine.
cxl_options() {
	qemu_for_cxl
	mkfifo "$dir"/monitor.{in,out}
	options+=(-M cxl=on -cpu "$cpu,hypervisor=off"
		-chardev "pipe,id=monitor,path=$dir/monitor"
		-mon "chardev=monitor,mode=control")
	cxl_memory 0 "$1" volatile
	cxl_memory 1 "$1" volatile
	cxl_memory 2 "$1" persistent
}

# cxl_possible: hosts can have CXL memory, or $reason has why not
cxl_possible() {
	reason=
	case $arch/$KERNEL in
	amd64/debug | amd64/kcsan) reason="the kernels that look for bugs have no CXL" ;;
	amd64/*) ;;
	*) reason="QEMU's $arch machine has no CXL memory" ;;
	esac
	[ -z "$reason" ]
}

# cxl_at_hand: and nothing has to be fetched for it
cxl_at_hand() {
	cxl_possible || return
	qemu_has_cxl qemu-system-x86_64 && return
	(tree_qemu "$("$top/scripts/cache")/debian13/tree" && qemu_has_cxl "${qemu[@]}")
}

# tree_qemu TREE: that of the Debian 13 tree, by its own libraries
tree_qemu() {
	local lib=$1/usr/lib/x86_64-linux-gnu

	qemu=("$lib/ld-linux-x86-64.so.2" --library-path "$lib"
		"$1/usr/bin/qemu-system-x86_64"
		-L "$1/usr/share/qemu" -L "$1/usr/share/seabios")
}

# qemu_for_cxl: this machine's, or that of the tree, which is made if need be
qemu_for_cxl() {
	local tree said

	! qemu_has_cxl qemu-system-x86_64 || return 0
	# Progress is told by lines that begin with blanks.
	if ! said=$("$top/scripts/debian13" install qemu-system-x86 2>&1 |
		tee >(grep '^  ' >&2) | tail -n 1; exit "${PIPESTATUS[0]}"); then
		die "no QEMU that has volatile CXL memory (8.1 or later): this machine's is older, and that of Debian 13 cannot be had: $said"
	fi
	tree=$("$top/scripts/debian13" path) || exit
	tree_qemu "$tree"
}

# qemu_has_cxl QEMU...: it has volatile CXL memory, as from 8.1 on
qemu_has_cxl() {
	"$@" -device cxl-type3,help 2>/dev/null |
		grep -q volatile-memdev
}

# memory_options NAME KIND SIZE...: QEMU's arguments into $options, the
# kernel's into $cmdline.
memory_options() {
	local ram=$((LOW_MIB * large + firmware_mib)) size room=8192
	shift

	options=()
	while [ $# -ge 2 ]; do
		size=$(mib "$2")
		case $1 in
		static)
			truncate -s "${size}M" "$run/memory"
			room=$((room + size))
			options+=(-object "memory-backend-file,id=nv,share=on,mem-path=$run/memory,size=${size}M"
				-device "nvdimm,memdev=nv,node=1")
			;;
		dynamic)
			dynamic_memory "$size"
			;;
		cxl) cxl_options "$size" ;;
		*)
			die "no memory of kind '$1'"
			;;
		esac
		shift 2
	done
	# kmem takes only memory of a known node.
	options+=(-m "${ram}M,slots=3,maxmem=${room}M"
		-object "memory-backend-ram,id=ram,size=${ram}M"
		-numa "node,memdev=ram" -numa node)
}

# network_options NAME: a network of two hosts, A and B, that stays on this machine
network_options() {
	local peer=A mac=52:54:00:00:00:02

	[ "$1" != A ] || peer=B mac=52:54:00:00:00:01
	options+=(-netdev "dgram,id=net,local.type=unix,local.path=$run/$1/net,remote.type=unix,remote.path=$run/$peer/net"
		-device "virtio-net-pci,netdev=net,mac=$mac,romfile=")
}

declare -A port_in port_out qemu_pid memory_of log_from
# More options of QEMU, for hosts started from here on.
hardware=()

# start NAME [KIND SIZE]...
start() {
	local name=$1 dir=$run/$1 options cmdline qemu=("$emulator")

	mkdir -p "$dir"
	memory_of[$name]=${*:2}
	: >"$dir/told"
	cmdline="console=$console quiet panic=-1 nokaslr $clock $checker ${kernel_args-}"
	# A fifth of a boot: what the kernel proves of its ciphers, and collects from
	# the jitter of a processor that is not one.
	cmdline+=" cryptomgr.notests initcall_blacklist=jent_mod_init"
	cmdline+=" watchdog_thresh=$((10 * slow))"
	cmdline+=" sysctl.kernel.hung_task_timeout_secs=$((20 * slow))"
	cmdline+=" rcupdate.rcu_cpu_stall_timeout=$((21 * slow))"
	memory_options "$@"
	[ "${network-no}" = no ] || network_options "$name"
	mkfifo "$dir/in" "$dir/out"
	"${qemu[@]}" "${board[@]}" "${accel[@]}" -cpu "$cpu" -smp "$cpus" \
		-nodefaults -no-user-config -display none -no-reboot \
		-kernel "$vmlinuz" \
		-initrd "$initramfs" -append "$cmdline" \
		-serial "file:$dir/console" -device virtio-serial-pci \
		-chardev stdio,id=port,signal=off \
		-device virtserialport,chardev=port,name=testhost \
		-chardev "file,id=heart,path=$dir/heart" \
		-device virtserialport,chardev=heart,name=heart \
		"${options[@]}" "${hardware[@]}" <"$dir/in" >"$dir/out" 2>"$dir/qemu.err" &
	qemu_pid[$name]=$!
	echo "$!" >"$dir/pid"
	# shellcheck disable=SC1083,SC2086,SC2093 # not known to it: {var}>file
	exec {port_in[$name]}>"$dir/in" {port_out[$name]}<"$dir/out"
}

# died_alone NAME: the kernel crashed while it was alone, without init or a module
died_alone() {
	[ -e "$run/$1/gone" ] &&
		grep -q "Comm: swapper/0 Not tainted" "$run/$1/console"
}

# Once in thousands of boots the emulator (QEMU 7.2) crashes a kernel that patches
# itself: in text_poke_early, by flags that no processor has.
start_again() {
	local dir=$run/$1

	echo "# host $1 crashed before its init ran, and boots again:"
	kernel_log "$1" | sed -nE '/Oops|panic|BUG/,$s/^/#   /p'
	rm -f "$dir"/{in,out,lost,gone} "$dir"/monitor.{in,out}
	# shellcheck disable=SC2086 # a list of words
	start "$1" ${memory_of[$1]}
}

wait_up() {
	local said

	said=$(on "$1" true) && return
	if ! died_alone "$1"; then
		printf '%s\n' "$said"
		return 255
	fi
	start_again "$1"
	on "$1" true
}

# These are asked again and again, so they start no process.

# heart NAME: leaves $beats, how often it beat, and $since, hundredths of a second,
# summed over its CPUs, since it got the last command
heart() {
	local -a lines told
	local line got=0 start=

	beats=0 since=0
	{ mapfile -t lines <"$run/$1/heart" && mapfile -t told <"$run/$1/told"; } \
		2>/dev/null || return 0
	beats=${#lines[@]}
	for line in "${lines[@]}"; do
		if [ "$line" = start ]; then
			got=$((got + 1)) start='' since=0
		elif [[ $line =~ ^[0-9]+$ ]]; then
			start=${start:-$line}
			since=$((line - start))
		fi
	done
	[ "$got" -eq "${#told[@]}" ] || since=0
}

# waited NAME: leaves $wait, milliseconds that its threads were ready to run and the
# machine was not
waited() {
	local thread ns sum=0

	for thread in "/proc/${qemu_pid[$1]}"/task/*/schedstat; do
		# It may have ended meanwhile.
		{ read -r _ ns _ <"$thread"; } 2>/dev/null || continue
		sum=$((sum + ns))
	done
	wait=$((sum / 1000000))
}

# hangs NAME: called after each LOOK seconds without a word from it; leaves $why.  What
# the machine kept from it does not count, and LOOK seconds that took longer are as many.
hangs() {
	local beats since wait

	heart "$1"
	waited "$1"
	if [ "$beats" != "$last_beats" ]; then
		silent=0 last_beats=$beats
	elif [ $((wait - last_wait)) -lt $((LOOK * 1000)) ]; then
		silent=$((silent + LOOK * 1000 - (wait - last_wait)))
	fi
	last_wait=$wait
	# shellcheck disable=SC2031
	if [ "$silent" -gt $((SILENCE * slow * 1000)) ]; then
		why="its heart has stopped"
	elif [ "$since" -gt $((limit * slow * cpus * 100)) ]; then
		why="$((limit * slow)) s by its own clock are over"
	else
		return 1
	fi
}

# next_line NAME: leaves $line, and $status: 0, 1 if the host is gone, 2 if it hangs.
next_line() {
	local part last_beats='' last_wait=0 silent=0

	line=''
	while :; do
		status=0
		IFS= read -r -t "$LOOK" part <&"${port_out[$1]}" || status=$?
		line+=$part
		[ "$status" -gt 128 ] || return "$status"
		if hangs "$1"; then
			status=2
			return 2
		fi
	done
}

# tell NAME COMMAND...: no word may hold a newline
tell() {
	local name=$1
	shift

	echo "$*" >>"$run/$name/told"
	printf '%q ' "$@" >&"${port_in[$name]}"
	echo >&"${port_in[$name]}"
}

# on NAME COMMAND...: status 255 if the host does not answer.
on() {
	local name=$1 line status why
	shift

	[ ! -e "$run/$name/lost" ] || return 255
	tell "$name" "$@"
	while next_line "$name"; do
		case $line in
		"::status "*) return "${line#::status }" ;;
		*) printf '%s\n' "$line" ;;
		esac
	done
	if [ "$status" -eq 2 ]; then
		echo "not ok - host $name answers ($why): $*"
	else
		echo "not ok - host $name stays up: $*"
		touch "$run/$name/gone"
	fi
	touch "$run/$name/lost"
	return 255
}

# monitor NAME JSON: what QEMU, of a host with CXL memory, does at a command.  Its
# answers end when it does.
monitor() {
	local answer n=0

	kill -0 "${qemu_pid[$1]}" || return
	exec 7>"$run/$1/monitor.in" 5<"$run/$1/monitor.out"
	echo "# monitor of $1: ${2//$'\n'/ }"
	printf '%s\n' '{"execute": "qmp_capabilities"}' "$2" >&7
	# The first answer is about the mode: an error if that was set before.
	while [ $n -lt 2 ] && IFS= read -r answer <&5; do
		[[ $answer != *'"return"'* && $answer != *'"error"'* ]] || n=$((n + 1))
	done
	exec 7>&- 5<&-
	echo "#   $answer"
	[[ $answer == *'"return"'* ]]
}

put() {
	on "$1" unpack "$3" "$(base64 -w 0 "$2")"
}

halt() {
	local name status=0

	for name in "$@"; do
		[ -e "$run/$name/lost" ] ||
			echo "poweroff -f" >&"${port_in[$name]}"
	done
	for name in "$@"; do
		wait_exit "$name" || status=1
	done
	return $status
}

# The output of a QEMU that goes away ends.
wait_exit() {
	local name=$1 line status

	[ ! -e "$run/$name/lost" ] || return 1
	while next_line "$name"; do
		:
	done
	[ "$status" -eq 1 ] || return 1
	wait "${qemu_pid[$name]}"
	rm "$run/$name/pid"
}

# crash NAME: prints what it had still said.  Its memory stays as it is.
crash() {
	local line status

	kill -9 "${qemu_pid[$1]}"
	while next_line "$1"; do
		printf '%s\n' "$line"
	done
	[ "$status" -eq 1 ] || return 1
	# bash has to say how it ended, but not to anybody
	wait "${qemu_pid[$1]}" 2>/dev/null || status=$?
	rm "$run/$1/pid"
	[ "$status" -eq $((128 + 9)) ]
}

# kill_hosts DIRECTORY: those booted in it that have not been halted.
kill_hosts() {
	local file

	for file in "$1"/*/pid; do
		[ -e "$file" ] || continue
		# One that is stopped takes no other signal, and bash has to say
		# how it ended, but not to anybody.
		{
			kill -9 "$(cat "$file")"
			wait "$(cat "$file")"
		} 2>/dev/null
		rm "$file"
	done
}

kernel_log() {
	tail -c "+$((${log_from[$1]-0} + 1))" "$run/$1/console" | tr -d '\r'
}
