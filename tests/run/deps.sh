#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Install what is missing with one apt-get install line: deps.sh run|check [ARCH ...]
# Environment: CC and QEMU, when given, replace the packages for them.
# Status: 0 everything is there, 2 something is missing and could not be installed.
set -eu

purpose=${1:-run}
[ $# -eq 0 ] || shift
host=$(uname -m)
missing=
wanted= # what only one part needs, which is skipped without it

there() { # there COMMAND-OR-FILE
	case $1 in
	/*) [ -e "$1" ] ;;
	*) command -v "$1" >/dev/null 2>&1 ;;
	esac
}

want() { # want COMMAND-OR-FILE PACKAGE
	there "$1" || wanted="$wanted $2"
}

need() { # need COMMAND-OR-FILE PACKAGE
	there "$1" && return
	case " $missing " in
	*" $2 "*) ;;
	*) missing="$missing $2" ;;
	esac
}

need_compiler() { # need_compiler PREFIX PACKAGE-PART: the binutils come with the package
	need "$1ld" "binutils$2"
	case ${CC:-} in
	'') need "$1gcc" "gcc$2" ;;
	clang*) need "${CC%% *}" "${CC%% *}" ;;
	esac
}

need_arch() {
	case $1 in
	x86_64)
		if [ "$host" = x86_64 ]; then
			need_compiler "${CROSS_COMPILE:-}" ''
		else
			need_compiler "${CROSS_COMPILE:-x86_64-linux-gnu-}" -x86-64-linux-gnu
		fi
		need /usr/include/efi/efi.h gnu-efi
		[ -n "${QEMU:-}" ] || need qemu-system-x86_64 qemu-system-x86
		need /usr/share/ovmf/OVMF.fd ovmf
		;;
	arm64)
		if [ "$host" = aarch64 ]; then
			need_compiler "${CROSS_COMPILE:-aarch64-linux-gnu-}" ''
		else
			need_compiler "${CROSS_COMPILE:-aarch64-linux-gnu-}" -aarch64-linux-gnu
		fi
		need /usr/include/efi/efi.h gnu-efi
		[ -n "${QEMU:-}" ] || need qemu-system-aarch64 qemu-system-arm
		need /usr/share/qemu-efi-aarch64/QEMU_EFI.fd qemu-efi-aarch64
		;;
	esac
}

need_host() { # the C library of the machine that a program is to be for
	case ${CROSS_COMPILE:-} in
	aarch64*)
		need "${CROSS_COMPILE}gcc" gcc-aarch64-linux-gnu
		need /usr/aarch64-linux-gnu/include/stdio.h libc6-dev-arm64-cross
		[ "$host" = aarch64 ] || need qemu-aarch64 qemu-user
		;;
	*) need_compiler "${CROSS_COMPILE:-}" '' ;;
	esac
}

need python3 python3
need gcc gcc # for exit_status.so, also where the images need another one
case $purpose in
run)
	;;
usb)
	need mformat mtools
	;;
debug)
	need gdb-multiarch gdb-multiarch
	;;
host | host-count)
	need /usr/include/stdio.h libc6-dev
	[ "$purpose" = host ] || need valgrind valgrind
	;;
compare)
	need /usr/include/stdio.h libc6-dev
	want /usr/include/ck_spinlock.h libck-dev
	want gnuplot gnuplot-nox
	;;
check)
	# The host's own compiler and its C library: unit tests and the fuzzer.
	need /usr/include/stdio.h libc6-dev
	need clang clang
	need clang-format clang-format
	need "$(clang -print-resource-dir 2>/dev/null)/lib/linux/libclang_rt.fuzzer-$host.a" \
		libclang-rt-dev
	need mformat mtools
	need gdb-multiarch gdb-multiarch
	need shellcheck shellcheck
	need dtc device-tree-compiler
	need git git
	want chromium chromium
	# Programs for the host beside the images: arm64's run on qemu-user.
	want valgrind valgrind
	want gnuplot gnuplot-nox
	want /usr/include/ck_spinlock.h libck-dev
	[ "$host" = aarch64 ] || {
		want /usr/aarch64-linux-gnu/include/stdio.h libc6-dev-arm64-cross
		want qemu-aarch64 qemu-user
	}
	;;
*)
	echo "deps.sh: $purpose: must be one of: run usb debug host host-count compare check" >&2
	exit 2
	;;
esac
for arch in "$@"; do
	if [ "$arch" = host ]; then need_host; else need_arch "$arch"; fi
done
[ -n "$missing$wanted" ] || exit 0

line="apt-get install -y --no-install-recommends"
if ! command -v apt-get >/dev/null 2>&1; then
	[ -n "$missing" ] || exit 0
	echo "missing, and there is no apt-get here; on Debian or Ubuntu: $line$missing" >&2
	exit 2
fi
if [ "$(id -u)" -eq 0 ]; then
	sudo=
elif command -v sudo >/dev/null 2>&1 && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
	sudo='sudo '
elif [ -z "$missing" ]; then
	exit 0
else
	echo "missing packages; as root: $line$missing" >&2
	exit 2
fi

install() { # install PACKAGE ...
	echo "$sudo$line $*" >&2
	# A fresh machine has no package lists yet. The command is meant to be split.
	# shellcheck disable=SC2086
	if ! { DEBIAN_FRONTEND=noninteractive ${sudo}apt-get -qq update &&
		DEBIAN_FRONTEND=noninteractive $sudo$line "$@" >/dev/null; } >&2; then
		echo "could not be installed: $line $*" >&2
		return 1
	fi
}

# shellcheck disable=SC2086
[ -z "$missing" ] || install $missing || exit 2
# shellcheck disable=SC2086
[ -z "$wanted" ] || install $wanted || exit 0
