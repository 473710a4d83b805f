# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Trees of Debian from the archive that this machine's apt uses, and in the same
# way, for scripts that make such trees.

# mirror LABEL DEFAULT: what apt takes the archive of that label from.  Before the
# first apt-get update it cannot tell.
mirror() {
	local url

	# shellcheck disable=SC2016 # apt replaces the fields
	url=$(apt-get indextargets \
		--format '$(ORIGIN)|$(LABEL)|$(COMPONENT)|$(REPO_URI)' |
		sed -n "s,^Debian|$1|main|\(https\?://.*\),\1,p" |
		sort -u | head -n 1)
	echo "${url:-$2}"
}

archive() {
	mirror Debian http://deb.debian.org/debian/
}

# sources SUITE: a release with its security updates, among which is Debian 12's
# stock kernel of the LTS series.
sources() {
	echo "deb $(archive) $1 main"
	echo "deb $(mirror Debian-Security http://deb.debian.org/debian-security/) $1-security main"
}

# proxy SCHEME: what apt goes through, from its settings or the environment
proxy() {
	local proxy='' variable=$1_proxy

	eval "$(apt-config shell proxy "Acquire::$1::Proxy")"
	proxy=${proxy:-${!variable-}}
	[ "$proxy" = DIRECT ] || echo "$proxy"
}

# For the apt of a tree that is used without this script.
apt_settings() {
	local scheme

	for scheme in http https; do
		[ -z "$(proxy "$scheme")" ] ||
			echo "Acquire::$scheme::Proxy \"$(proxy "$scheme")\";"
	done
}

# bootstrap SUITE TREE PACKAGES LOG: as_root is the caller's way to be that.  A tree
# that a crash of the machine spoils is made anew, so nothing is flushed to the disk.
bootstrap() {
	# shellcheck disable=SC2154
	"${as_root[@]}" mkdir -p "$2/etc/dpkg/dpkg.cfg.d"
	echo force-unsafe-io |
		"${as_root[@]}" tee "$2/etc/dpkg/dpkg.cfg.d/unsafe-io" >/dev/null
	"${as_root[@]}" env http_proxy="$(proxy http)" https_proxy="$(proxy https)" \
		PATH="$PATH:/usr/sbin:/sbin" \
		debootstrap --variant=minbase --include="$3" \
		"$1" "$2" "$(archive)" >"$4" 2>&1
}

# in_tree TREE COMMAND...: as root
in_tree() {
	local tree=$1

	shift
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C \
		DEBIAN_FRONTEND=noninteractive chroot "$tree" "$@"
}

# complaint LOG: what a tool of Debian said first when something went wrong
complaint() {
	grep -m1 -E '^(E|W|Err)[: ]' "$1" || tail -n 1 "$1"
}
