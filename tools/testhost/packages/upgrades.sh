# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What upgrades do, for run, in the tree $root, which has Linux $release: of the
# packages, and of a kernel's headers and source in either order.
# shellcheck disable=SC2154 # run's: top, run, root, release

# unpack_package VERSION: what was built, under this version, in $run/package
unpack_package() {
	local was dir=$run/package deb

	deb=$(echo "$top"/build/deb/famfs-dkms_*.deb)
	was=$(dpkg-deb -f "$deb" Version) || return
	rm -rf "$dir"
	dpkg-deb -R "$deb" "$dir" || return
	mv "$dir/usr/src/famfs-$was" "$dir/usr/src/famfs-$1"
	sed -i "s/${was//./\\.}/$1/g" "$dir"/DEBIAN/{control,postinst,prerm,md5sums} \
		"$dir/usr/lib/famfs/build-modules" "$dir/usr/src/famfs-$1/dkms.conf"
}

# install_package: that of $run/package
install_package() {
	dpkg-deb -b "$run/package" "$root/package.deb" >/dev/null &&
		in_root dpkg -i /package.deb
}

installed_version() {
	# shellcheck disable=SC2016 # a field of dpkg's
	in_root dpkg-query -W -f '${Version}' famfs-dkms
}

# has_modules RELEASE...: DKMS has built those of the package for each of them
has_modules() {
	local version kernel

	version=$(installed_version)
	for kernel; do
		in_root dkms status -m famfs -v "$version" -k "$kernel" |
			grep -q ": installed" || return
	done
}

# headers_hook RELEASE: what a package of headers runs, which fails if this does
headers_hook() {
	in_root run-parts --report --exit-on-error --arg="$1" \
		/etc/kernel/header_postinst.d
}

# The packages of an older version: one that does not build, and one that does.
install_older() {
	unpack_package "0.1~1" || return
	echo '#error it is of an older kernel' >>"$run/package/usr/src/famfs-0.1~1/fs/famfs/super.c"
	check "a package whose modules cannot be built installs" install_package
	also "no modules for Linux $release: /var/lib/dkms/famfs/0.1~1/build/make.log" \
		"and says where the reason is"
	gives "" "no package is half configured" in_root dpkg --audit
	unpack_package "0.1~2" || return
	check "a later one, which can, follows it" install_package
	check "and has modules" has_modules "$release"
}

# The headers of a kernel that is newer than all: copies of those of $release.
add_headers() {
	local dir src=$root/usr/src

	for dir in "amd64" "common"; do
		cp -al "$src/linux-headers-${release%amd64}$dir" \
			"$src/linux-headers-${later%amd64}$dir" || return
	done
	sed -i 's/^SUBLEVEL = .*/SUBLEVEL = 999/' \
		"$src/linux-headers-${later%amd64}common/Makefile"
	sed -i "s/${release%-amd64}/${later%-amd64}/g" \
		"$src/linux-headers-$later"/{Makefile,include/config/{kernel.release,auto.conf},include/generated/utsrelease.h}
	mkdir "$root/lib/modules/$later"
	touch "$root/lib/modules/$later"/modules.{order,builtin}
	ln -s "/usr/src/linux-headers-$later" "$root/lib/modules/$later/build"
}

# Its source, as far as it is needed, replaces what was installed; other files of the
# package stay.
install_source() {
	local name=linux-source-6.12 dir=$run/source

	mkdir -p "$dir/DEBIAN" "$run/unpacked"
	in_root dpkg -L "$name" | sed -e 's,^/,,' -e "/$name.tar.xz$/d" |
		tar -c -C "$root" --no-recursion -T - | tar -x -C "$dir" || return
	tar -xJf "$root/usr/src/$name.tar.xz" -C "$run/unpacked" --occurrence=1 \
		"$name"/{Makefile,drivers/dax/{bus.h,dax-private.h}} || return
	sed -i 's/^SUBLEVEL = .*/SUBLEVEL = 999/' "$run/unpacked/$name/Makefile"
	tar -cJf "$dir/usr/src/$name.tar.xz" -C "$run/unpacked" "$name"
	printf '%s\n' "Package: $name" "Version: 6.12.999-1" "Architecture: all" \
		"Maintainer: none <none@none>" "Description: source" >"$dir/DEBIAN/control"
	dpkg-deb -b "$dir" "$root/source.deb" >/dev/null && in_root dpkg -i /source.deb
}

upgrade_kernel() {
	later=$(echo "$release" | sed -E 's/^6\.12\.[0-9]+/6.12.999/')
	add_headers || return
	check "headers that come before the source of their kernel are configured" \
		headers_hook "$later"
	also "the kernel's headers are of Linux 6.12.999" "and it is said what is missing"
	check "the source comes" install_source
	check "and with it the modules of that kernel" has_modules "$later"
}

# Nothing of that kernel stays, or it would be the one that is booted.
remove_kernel() {
	in_root dkms remove -m famfs -v "$(installed_version)" -k "$later" >/dev/null
	rm -r "$root/lib/modules/$later" "$root/usr/src/linux-headers-${later%amd64}"*
}

# In the end the packages are those that were built.
try_upgrades() {
	local later=

	install_older || return
	case $release in 6.12.*) upgrade_kernel || return ;; esac
	check "the packages are upgraded, without a network" \
		in_root sh -c "apt-get -q -y install /famfs-*.deb"
	# shellcheck disable=SC2086 # there may be no later one
	check "and have modules for each kernel, though the source is of one" \
		has_modules "$release" $later
	gives "" "no package is half configured then" in_root dpkg --audit
	[ -z "$later" ] || remove_kernel
	rm -f "$root"/{package,source}.deb
}
