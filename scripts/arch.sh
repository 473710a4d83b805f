# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# ARCH says what to build for and to test, as for the kernel's makefiles: arm64 or
# x86_64, if not this machine's.  Leaves that in $machine, in $arch what Debian calls
# it, in $triplet what compilers do, in $foreign "yes" or nothing, if this machine is
# another one or not, and in $suite the release of Debian of this machine.

machine=${ARCH:-$(uname -m)}
# shellcheck disable=SC2034 # for who sources it
{
	case $machine in
	x86_64) arch=amd64 triplet=x86_64-linux-gnu ;;
	arm64 | aarch64) machine=arm64 arch=arm64 triplet=aarch64-linux-gnu ;;
	*)
		echo "famfs: ARCH is arm64 or x86_64, not $machine" >&2
		exit 1
		;;
	esac
	foreign=
	[ "$arch" = "$(dpkg --print-architecture)" ] || foreign=yes
	suite=$(. /etc/os-release && echo "${VERSION_CODENAME-}")
}
