# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# A page that another process, or nobody, finds bad is mapped nowhere any more,
# whether or not processes are to be told early: who has it mapped gets SIGBUS at
# the next touch, and goes on with what is beside it.
#
# hosts: 1
# memory: static 128M
# modules: famfs hwpoison
# timeout: 100

mount_famfs
create "$MNT/f" size=8M ext=16M:8M
run famfs-poke fill "$MNT/f" 0 8M 1

# found EARLY OFFSET: the page there, by the kernel's own account
found() {
	run sh -c "echo $1 >/proc/sys/vm/memory_failure_early_kill"
	hold "$MNT/f"
	gives ok "early kill $1: a process maps the file" ask map 0 8M
	gives ok "early kill $1: stores into what will be bad" ask touch "$2"
	check "early kill $1: its memory fails, found by another process" \
		corrupt "$DEV" $((16 * 1024 * 1024 + $2))
	prints SIGBUS "early kill $1: the next touch is SIGBUS" ask touch "$2"
	gives ok "early kill $1: the page beside it is not" ask touch $(($2 + PAGE))
	refused EIO "early kill $1: read" famfs-poke read "$MNT/f" "$2" "$PAGE"
	release || :
}

found 0 $((2 * 1024 * 1024 + 2 * PAGE))
found 0 $((PAGE * 3))
