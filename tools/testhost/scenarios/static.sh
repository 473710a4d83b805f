# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# One host on a static dax device (an NVDIMM namespace): what guest/one-host.sh says.
#
# hosts: 1
# memory: static 512M
# modules: famfs

# shellcheck source=SCRIPTDIR/../guest/one-host.sh
. /one-host.sh
