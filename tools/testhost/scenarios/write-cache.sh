# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# fsync writes back what mappings made dirty, unless the administrator has said
# that nothing needs it.  write goes past the caches in either case, as no
# fsync would know of it.
#
# hosts: 1
# only: stock debug: the attribute is our fsdev_dax's
# memory: static 256M dynamic 128M
# modules: famfs

tracing=/sys/kernel/tracing

# calls FUNCTION COMMAND...: whether the command makes the kernel call it
calls() {
	local function=$1 status=0
	shift

	echo "p:called $function" >$tracing/kprobe_events
	echo >$tracing/trace
	echo 1 >$tracing/events/kprobes/enable
	"$@" >/dev/null || status=1
	echo 0 >$tracing/events/kprobes/enable
	if grep -q ": called: " $tracing/trace; then
		echo yes
	else
		echo no
	fi
	echo >$tracing/kprobe_events
	return $status
}

dirty_and_flush() {
	famfs-poke fill "$MNT/f" 0 2M 1 mmap && famfs-poke fsync "$MNT/f"
}

set_write_cache() {
	show "echo $2 > /sys/bus/dax/devices/$1/fsdev/write_cache"
	echo "$2" | dd of="/sys/bus/dax/devices/$1/fsdev/write_cache"
}

for dev in "$STATIC_DEV" "$DYNAMIC_DEV"; do
	attribute=/sys/bus/dax/devices/$dev/fsdev/write_cache
	run mount_famfs "$dev"
	create "$MNT/f" size=4M ext=2M:4M
	gives 1 "$dev: by default caches are flushed" cat "$attribute"
	gives yes "$dev: fsync does after a store" \
		calls arch_wb_cache_pmem dirty_and_flush
	gives yes "$dev: write goes past them" \
		calls "$COPY_PAST_CACHES" famfs-poke write "$MNT/f" 0 4096
	refused EBUSY "$dev: mounted, it stays so" set_write_cache "$dev" 0
	gives 1 "$dev: it does" cat "$attribute"
	run umount "$MNT"

	hold "/dev/$dev"
	gives ok "$dev: a process maps the device" ask map 0 2M
	refused EBUSY "$dev: mapped, it stays so, too" set_write_cache "$dev" 0
	release
	check "$dev: turned off" set_write_cache "$dev" 0
	run mount_famfs "$dev"
	create "$MNT/f" size=4M ext=2M:4M
	gives no "$dev: fsync flushes nothing" \
		calls arch_wb_cache_pmem dirty_and_flush
	gives yes "$dev: write goes past the caches all the same" \
		calls "$COPY_PAST_CACHES" famfs-poke write "$MNT/f" 0 4096
	check "$dev: MAP_SYNC is granted" famfs-poke mmap "$MNT/f" 0 2M sync
	run umount "$MNT"
	refused EINVAL "$dev: maybe is no answer" set_write_cache "$dev" maybe
	run dax_sysfs "$dev" fsdev_dax/unbind
	run dax_sysfs "$dev" fsdev_dax/bind
	gives 1 "$dev: bound anew, caches are flushed" cat "$attribute"
done
