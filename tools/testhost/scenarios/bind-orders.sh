# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# The modules of the dax bus in every order: after each step, every device is
# with the driver that has it on a kernel without fsdev_dax.
#
# machine: x86_64: the orders are those of dax_hmem, too, which has no device on QEMU's arm64 machine
# hosts: 1
# memory: static 256M dynamic 128M
# modules: famfs
# shared: no: it changes what the kernel does with memory that appears
# timeout: 600

STOCK="dax_pmem dax_hmem device_dax kmem"

# permutations DONE LEFT...: every order of LEFT, each after DONE, one per line
permutations() {
	local done=$1 i first
	shift

	if [ $# -eq 0 ]; then
		echo "$done"
		return
	fi
	for i in $(seq $#); do
		first=$1
		shift
		permutations "$done $first" "$@"
		set -- "$@" "$first"
	done
}

# Who has what, in one word and without a process: "dax0.0=device_dax,".
state() {
	local dev link

	state=
	for dev in /sys/bus/dax/devices/*; do
		[ -e "$dev" ] || continue
		dev=${dev##*/}
		state=$state$dev=
		for link in /sys/bus/dax/drivers/*/"$dev"; do
			[ ! -e "$link" ] || {
				link=${link%/*}
				state=$state${link##*/}
			}
		done
		state=$state,
	done
}

# play MODULE...: load them in this order, leave the states in $story, where
# one that fsdev_dax did not change is left out, and the last one in $state.
play() {
	local module before=

	story=
	for module in "$@"; do
		insmod "/modules/$module.ko"
		state
		[ "$module" = fsdev_dax ] && [ "$state" = "$before" ] ||
			story="$story $state"
		before=$state
	done
}

unload() {
	local module

	for module in "$@"; do
		rmmod "$module"
	done
}

# insert_at N WORD WORD...: the words with one more at place N
insert_at() {
	local n=$1 new=$2 i=0 word
	shift 2

	for word in "$@" ""; do
		[ $i -ne "$n" ] || echo "$new"
		echo "$word"
		i=$((i + 1))
	done
}

run rmmod famfs
run rmmod fsdev_dax
run rmmod dax_pmem
run rmmod dax_hmem
run rmmod device_dax
# What kmem has stays offline, so that it can be taken back.
run sh -c "echo offline >/sys/devices/system/memory/auto_online_blocks"

# shellcheck disable=SC2086 # a list of words, here and below
permutations "" $STOCK >/run/orders
# shellcheck disable=SC2086,SC2046
while read -r order; do
	play $order
	stock=$story stock_end=$state
	unload $order
	same=0
	for place in 0 1 2 3 4; do
		play $(insert_at $place fsdev_dax $order)
		unload fsdev_dax $order
		if [ "$story" = "$stock" ]; then
			same=$((same + 1))
		else
			echo "# fsdev_dax at $place: $story"
			echo "# without it:     $stock"
		fi
	done
	gives 5 "$order: fsdev_dax changes nothing at any place" echo $same
	gives "$STATIC_DEV=device_dax,$DYNAMIC_DEV=kmem," \
		"$order: device_dax has the static device, kmem the dynamic one" \
		echo "$stock_end"
done </run/orders

# A name that is known before the device is there wins over stock policy.
insmod /modules/fsdev_dax.ko
dax_sysfs "$DYNAMIC_DEV" fsdev_dax/new_id
# shellcheck disable=SC2086
play $STOCK
gives "$STATIC_DEV=device_dax,$DYNAMIC_DEV=fsdev_dax," \
	"named before it appears, a device goes to fsdev_dax, and only that one" \
	echo "$state"
# shellcheck disable=SC2086
unload fsdev_dax $STOCK
# shellcheck disable=SC2086
play fsdev_dax $STOCK
gives "$STATIC_DEV=device_dax,$DYNAMIC_DEV=kmem," \
	"unloaded, fsdev_dax forgets the name" echo "$state"
dax_sysfs "$DYNAMIC_DEV" fsdev_dax/new_id
dax_sysfs "$STATIC_DEV" fsdev_dax/new_id
state
gives "$STATIC_DEV=device_dax,$DYNAMIC_DEV=kmem," \
	"a name moves no device that another driver has" echo "$state"
