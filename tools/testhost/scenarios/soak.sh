# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# The scenario stress for two minutes, for when it is asked for.
#
# hosts: 1
# memory: static 256M
# modules: famfs
# programs: stress-ng
# timeout: 400
# optional: yes

seconds=120
# shellcheck source=SCRIPTDIR/stress.sh
. /scenarios/stress.sh
