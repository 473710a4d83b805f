# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# One host on a dynamic dax device (Soft Reserved RAM): what guest/one-host.sh says.
#
# machine: x86_64: QEMU's arm64 machine has no dynamic dax region
# hosts: 1
# memory: dynamic 192M
# modules: famfs

# shellcheck source=SCRIPTDIR/../guest/one-host.sh
. /one-host.sh
