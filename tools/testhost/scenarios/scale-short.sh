# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# The scenario scale with fewer files.
#
# hosts: 1
# ram: 1G
# memory: static 4352M
# modules: famfs mapper
# programs: dmsetup
# clock: instructions
# only: stock 7.2: the debug kernel's own costs are not what it bounds
# timeout: 180

steps="1000 4000 16000"
# shellcheck source=SCRIPTDIR/scale.sh
. /scenarios/scale.sh
