# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Test hosts in QEMU, for run, demo and bench: prepare once, then start, on, halt.
#
#   prepare ACCELERATOR        build what every host boots with; how it is run is
#                              said by choose_accel or count_instructions
#   add_programs PROGRAM...    and, for hosts started from here on, these
#   start NAME MEMORY...       boot a host on memory as "static 512M dynamic 128M"
#   wait_up NAME               wait until it has booted
#   on NAME COMMAND...         run it there, output and status come back
#   put NAME FILE PATH         copy a small file there
#   tell NAME COMMAND...       the same, and next_line NAME SECONDS reads its output
#   halt NAME...               power off
#   crash NAME                 it is gone, at once
#   kernel_log NAME            its console so far
#
# Hosts booted in one directory $run share the static memory.  A host's port is
# the standard input and output of its QEMU; the console is a file, so kernel
# messages and results cannot mix.  KERNEL says which kernel they boot.
#
# Hosts that count have one CPU and a clock that counts its instructions, 1 ns
# each: what they measure does not depend on the machine.

testhost=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$testhost/../.." && pwd)

KERNEL=${KERNEL:-stock}
# The kernel's own memory below and above the dynamic device's.
LOW_MIB=512
HIGH_MIB=128
# Most seconds that a booting host may take, on an emulator and a busy machine.
BOOT_SECONDS=90

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
		;;
	debug | kcsan)
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
	[0-9]*.*)
		look_up+=(--series "$KERNEL")
		ours=$top/build/$("${look_up[@]}" release)
		;;
	*)
		die "KERNEL is stock, debug, kcsan, or a series as 7.2, not $KERNEL"
		;;
	esac
	release=$("${look_up[@]}" release) || die "no kernel"
	image=$("${look_up[@]}" image) || die "no kernel"
	vmlinuz=$("${look_up[@]}" vmlinuz) || die "no kernel"
}

prepare() {
	choose_kernel
	scratch=$(mktemp -d "${TMPDIR:-/tmp}/famfs-testhost.XXXXXX")
	trap clean_up EXIT
	trap 'exit 130' INT TERM
	# A host that has died is found out when it does not answer.
	trap '' PIPE
	make -s -C "$testhost/clients" O="$scratch/clients" ||
		die "cannot build the test clients"
	"$testhost/initramfs" "$image" "$release" "$vmlinuz" "$ours" \
		"$scratch/clients" "$scratch/initramfs.cpio" || die "cannot make the initramfs"
	initramfs=$scratch/initramfs.cpio
	"$1"
}

add_programs() {
	initramfs=$run/initramfs.cpio
	"$testhost/initramfs" --more "$run/more.cpio" "$@" || return
	cat "$scratch/initramfs.cpio" "$run/more.cpio" >"$initramfs"
}

clean_up() {
	local dir job

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
	if [ -w /dev/kvm ]; then
		accel=(-accel kvm -cpu host)
		if ( start probe; wait_up probe 15 && halt probe ) >/dev/null 2>&1; then
			echo "# accelerator: kvm"
			return
		fi
		kill_hosts "$run"
	fi
	# One thread for both CPUs: with more, a CPU may run instructions that
	# the kernel patched on the other one, and crash (QEMU 7.2).  rdrand,
	# because a guest waits seconds for random numbers otherwise; pdpe1gb
	# for device_dax, which maps pages of 1 GiB without asking for it.
	accel=(-accel "tcg,thread=single" -cpu "qemu64,+rdrand,+pdpe1gb")
	# The kernel looks for ten ticks of the timer in a time that the clock
	# tells, and panics if a busy machine brings them late.
	clock="tsc_early_khz=$("$scratch/clients/tsc-khz") no_timer_check"
	echo "# accelerator: tcg"
}

# The same random numbers, time of day and addresses in every run.
count_instructions() {
	cpus=1
	accel=(-accel tcg -icount "shift=0,sleep=off,align=off" -seed 1
		-rtc "base=2026-01-01,clock=vm"
		-cpu "qemu64,+rdrand,+pdpe1gb")
	clock="tsc_early_khz=1000000 norandmaps randomize_kstack_offset=off"
	echo "# accelerator: tcg, counting instructions"
}

mib() {
	case $1 in
	*G) echo $((${1%G} * 1024)) ;;
	*M) echo "${1%M}" ;;
	*) die "size without M or G: $1" ;;
	esac
}

# memory_options NAME KIND SIZE...: QEMU's arguments into $options, the
# kernel's into $cmdline.
memory_options() {
	local ram=$((LOW_MIB * large)) low size room=8192
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
			# An EFI-less boot marks part of the RAM Soft Reserved,
			# aligned as far as the device's size allows.
			[ "$size" -le 1024 ] || die "a dynamic device has at most 1G"
			low=$((size > ram ? size : ram))
			cmdline+=" memmap=${size}M%${low}M-1+0xefffffff"
			ram=$((low + size + HIGH_MIB))
			;;
		*)
			die "no memory of kind '$1'"
			;;
		esac
		shift 2
	done
	# kmem takes only memory of a known node.
	options+=(-m "${ram}M,slots=2,maxmem=${room}M"
		-object "memory-backend-ram,id=ram,size=${ram}M"
		-numa "node,memdev=ram" -numa node)
}

declare -A port_in port_out qemu_pid memory_of
# More options of QEMU, for hosts started from here on.
hardware=()

# start NAME [KIND SIZE]...
start() {
	local name=$1 dir=$run/$1 options cmdline

	mkdir -p "$dir"
	memory_of[$name]=${*:2}
	cmdline="console=ttyS0 quiet panic=-1 nokaslr $clock $checker ${kernel_args-}"
	cmdline+=" watchdog_thresh=$((10 * slow))"
	cmdline+=" sysctl.kernel.hung_task_timeout_secs=$((20 * slow))"
	memory_options "$@"
	mkfifo "$dir/in" "$dir/out"
	qemu-system-x86_64 "${accel[@]}" -smp "$cpus" -machine q35,nvdimm=on \
		-nodefaults -no-user-config -display none -no-reboot \
		-kernel "$vmlinuz" \
		-initrd "$initramfs" -append "$cmdline" \
		-serial "file:$dir/console" -device virtio-serial-pci \
		-chardev stdio,id=port,signal=off \
		-device virtserialport,chardev=port,name=testhost \
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
	rm "$dir"/{in,out,lost,gone}
	# shellcheck disable=SC2086 # a list of words
	start "$1" ${memory_of[$1]}
}

# wait_up NAME [SECONDS]
wait_up() {
	local deadline said

	deadline=$((SECONDS + ${2:-$BOOT_SECONDS} * slow))
	said=$(on "$1" true) && return
	if ! died_alone "$1"; then
		printf '%s\n' "$said"
		return 255
	fi
	start_again "$1"
	deadline=$((SECONDS + ${2:-$BOOT_SECONDS} * slow))
	on "$1" true
}

# next_line NAME SECONDS: leaves $line, and $status above 128 if time is up.
next_line() {
	IFS= read -r -t "$2" line <&"${port_out[$1]}"
	status=$?
	return $status
}

# tell NAME COMMAND...: no word may hold a newline
tell() {
	local name=$1
	shift

	printf '%q ' "$@" >&"${port_in[$name]}"
	echo >&"${port_in[$name]}"
}

# on NAME COMMAND...: status 255 if the host does not answer by $deadline.
on() {
	local name=$1 line status
	shift

	[ ! -e "$run/$name/lost" ] || return 255
	tell "$name" "$@"
	while next_line "$name" "$(seconds_left)"; do
		case $line in
		"::status "*) return "${line#::status }" ;;
		*) printf '%s\n' "$line" ;;
		esac
	done
	if [ "$status" -gt 128 ]; then
		echo "not ok - host $name answers in time: $*"
	else
		echo "not ok - host $name stays up: $*"
		touch "$run/$name/gone"
	fi
	touch "$run/$name/lost"
	return 255
}

put() {
	on "$1" unpack "$3" "$(base64 -w 0 "$2")"
}

# At least 1: a timeout of 0 would only ask whether there is input.
seconds_left() {
	# shellcheck disable=SC2154 # the caller of on sets it
	local left=$((deadline - SECONDS))

	echo $((left > 1 ? left : 1))
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
	while next_line "$name" $((20 * slow)); do
		:
	done
	[ "$status" -le 128 ] || return 1
	wait "${qemu_pid[$name]}"
	rm "$run/$name/pid"
}

# crash NAME: prints what it had still said.  Its memory stays as it is.
crash() {
	local line status

	kill -9 "${qemu_pid[$1]}"
	while next_line "$1" $((20 * slow)); do
		printf '%s\n' "$line"
	done
	[ "$status" -le 128 ] || return 1
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
		kill "$(cat "$file")" 2>/dev/null
		rm "$file"
	done
}

kernel_log() {
	tr -d '\r' <"$run/$1/console"
}
