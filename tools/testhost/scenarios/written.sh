# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Programs that ask which pages were stored to, by userfaultfd's asynchronous write
# protection and PAGEMAP_SCAN, hear of every one: those who move or save a running
# virtual machine go by it.  Of a huge page that was mapped when they began, the first
# store tells all of it; from then on pages are told one by one.  Extents here are too
# short for those of 32 MiB.
#
# hosts: 1
# memory: static 256M
# modules: famfs

mount_famfs
f=$MNT/f
create "$f" size=8M ext=8M:8M

# scans SCANS SENTENCE WORD...: what the scans print, one after another
scans() {
	local want=$1 sentence=$2
	shift 2
	gives "$want" "$sentence" \
		echo "$(famfs-poke written "$f" 8M "$@" 2>&1 | tr -s '\n ' ' ')"
}

last=$((8388608 / PAGE - 1))
unit=$((M2 / PAGE))
third=$((unit + unit / 8))
if [ "$HUGE" = "$M2" ]; then
	two_units=0-$((2 * unit - 1)) one_unit=0-$((unit - 1))
else
	two_units="0-0 $third-$third" one_unit=3-3
fi

# The first scan begins to watch: until then any page may have been stored to.
scans "0-$last 5-5 none " "of pages that nobody had touched, one is stored to" \
	watch scan store 5 scan scan
scans "0-$last none " "and one is loaded" \
	watch scan load 7 scan
scans "0-$last $two_units 5-5 none " \
	"of huge pages, two are stored to, and one again" \
	store 0 "$unit" watch scan store 0 "$third" scan store 5 scan scan
scans "0-$last $one_unit 3-3 none " "a page that was loaded, and one that was stored to, again" \
	load 0 watch scan load 3 store 3 scan store 3 load 4 scan scan
check "what was stored is there" famfs-poke fsync "$f"
