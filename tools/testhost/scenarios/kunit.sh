# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# The KUnit suites as modules of a kernel that finds bugs.
#
# hosts: 1
# only: debug: the stock kernels have no KUnit
# timeout: 120

run insmod /modules/famfs_extent.ko
run insmod /modules/famfs_extent_kunit.ko
for suite in /sys/kernel/debug/kunit/famfs*; do
	results=$suite/results
	grep -E '^ *not ok|# SKIP' "$results" || :
	check "$(basename "$suite"): $(grep -c '^ *ok' "$results") passed" \
		grep -Eq '^ok [0-9]+ famfs[^#]*$' "$results"
done
run rmmod famfs_extent_kunit
