# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# A kernel tree with this checkout in it, for scripts that build kernels: the
# stock kernel's source as hard links, with links to this checkout, and with a
# few lines added to the files that build the directories above.  The including
# script has a function note.
#
# Build directories lie beside the tree, named build-NAME: their objects of this
# project go when another checkout takes the tree over.

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

# kunit.py in a build directory.  The options of a make that called us are not
# for the kernel's.
kernel_py_at() {
	local build=$cache/build-$1 command=$2
	shift 2
	unset MAKEFLAGS MFLAGS MAKELEVEL
	kernel_py "$command" --build_dir="$build" "$@"
}

kernel_py() {
	(cd "$tree" && ./tools/testing/kunit/kunit.py "$@" 9>&-)
}

# One checkout at a time: the links in the tree lead to the caller's.
take_lock() {
	mkdir -p "$cache"
	exec 9>"$cache/lock"
	flock -n 9 || {
		note "waiting for another run"
		flock 9
	}
}

# copy_with FILE LINE...: the kernel's own file with lines added.  It replaces
# the hard link, so that the original stays as it is.
copy_with() {
	local file=$1
	shift
	{ cat "$source/$file" && printf '%s\n' "$@"; } >"$tree/$file.new"
	if cmp -s "$tree/$file.new" "$tree/$file"; then
		rm "$tree/$file.new"
	else
		mv "$tree/$file.new" "$tree/$file"
	fi
}

# build_below DIRECTORY NAME...: the kernel builds those directories, too.
build_below() {
	local above=$1
	shift
	copy_with "$above/Kconfig" "$(printf "source \"$above/%s/Kconfig\"\n" "$@")"
	copy_with "$above/Makefile" "$(printf 'obj-y += %s/\n' "$@")"
}

# link_to FILE TARGET: FILE in the tree leads to TARGET in this checkout.
link_to() {
	[ "$(readlink "$tree/$1")" = "$repo/$2" ] && return
	ln -sfn "$repo/$2" "$tree/$1"
	moved=yes
}

make_tree() {
	local moved=
	if [ ! -e "$cache/.complete" ]; then
		note "making $tree"
		rm -rf "$tree"
		cp -al "$source" "$tree"
		touch "$cache/.complete"
	fi
	link_to lib/famfs_extent lib/famfs_extent
	link_to lib/famfs_kunit kunit
	link_to drivers/dax/fsdev drivers/dax
	link_to fs/famfs fs/famfs
	link_to include/linux/famfs_extent.h include/linux/famfs_extent.h
	link_to include/linux/fsdev_dax.h include/linux/fsdev_dax.h
	link_to include/uapi/linux/famfs_ioctl.h include/uapi/linux/famfs_ioctl.h
	build_below lib famfs_extent famfs_kunit
	build_below drivers/dax fsdev
	build_below fs famfs
	[ -z "$moved" ] || forget_objects
}

# Another checkout's objects may be newer than this one's sources.
forget_objects() {
	local build
	for build in "$cache"/build-*; do
		[ -d "$build" ] || continue
		rm -rf "$build"/lib/famfs_{extent,kunit} \
			"$build"/{drivers/dax/fsdev,fs/famfs}
		[ ! -e "$build/.config" ] || touch "$build/.config"
	done
}

# Take the tree for this checkout until the script ends.
open_overlay() {
	local version

	source=$("$repo/scripts/kernel" source)
	version=$("$repo/scripts/kernel" version)
	cache=$("$repo/scripts/cache" --use "kunit/$version")
	tree=$cache/tree
	take_lock
	make_tree
}
