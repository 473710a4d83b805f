# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Race: memory fails all the time, also while the driver takes its device: from the
# moment that it has struct pages, before there is a character device.
#
# hosts: 1
# memory: static 256M
# modules: famfs hwpoison
# only: stock debug: it is about the fsdev_dax of this project
# timeout: 120

# At once, as the moment is short.
struck() {
	echo "$pfn" >/sys/kernel/debug/hwpoison/corrupt-pfn
}

come_and_go() {
	echo "$DEV" >/sys/bus/dax/drivers/fsdev_dax/unbind &&
	echo "$DEV" >/sys/bus/dax/drivers/fsdev_dax/bind
}

to_fsdev "$DEV"
corrupt "$DEV" 0 || [ $? -le 2 ]
pfn=$(($(cat "/sys/bus/dax/devices/$DEV/mapping0/start") / PAGE + 5))
slow alloc_dax
until_stopped failures struck & failing=$!
n=1
while [ $n -le 20 ]; do
	check "it goes and comes, time $n" come_and_go
	n=$((n + 1))
done
check "some of the failures were the driver's" soon logged "told nobody"
: >/run/stop
wait $failing
not_slow
to_device_dax "$DEV"
