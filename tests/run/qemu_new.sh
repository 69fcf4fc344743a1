#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Unpack a newer QEMU from Debian's backports under a folder of ours: qemu_new.sh FOLDER
# Nothing on the system changes: package lists, packages and files all stay below FOLDER.
# x2APIC beyond 254 cores, FEAT_NMI and the Raspberry Pi 4 need it under emulation.
set -eu

die() {
	echo "qemu-new: $*" >&2
	exit 2
}

[ $# -eq 1 ] || die "usage: qemu_new.sh FOLDER"
command -v apt-get >/dev/null || die "needs apt-get"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -e $keyring ] || die "needs Debian: $keyring is missing"
# shellcheck source=/dev/null
release=$(. /etc/os-release && echo "${VERSION_CODENAME:-unknown}")
suite=$release-backports
# The mirror is the one this machine already uses for its release.
# shellcheck disable=SC2016
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
	"Codename: $release" | head -n 1)
[ -n "$mirror" ] || die "apt knows no mirror of $release; run apt-get update"

mkdir -p "$1"
folder=$(cd "$1" && pwd)
mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial" "$folder/packages"
echo "deb [signed-by=$keyring] $mirror $suite main" >"$folder/sources.list"

private_apt() {
	apt-get -qq -o Dir::Etc::sourcelist="$folder/sources.list" -o Dir::Etc::sourceparts=- \
		-o Dir::State::lists="$folder/lists" -o Dir::Cache="$folder/cache" \
		-o APT::Sandbox::User=root "$@"
}

private_apt update || die "no package lists for $suite"
cd "$folder/packages"
rm -f ./*.deb
private_apt download qemu-system-x86/"$suite" qemu-system-arm/"$suite" \
	qemu-system-common/"$suite" qemu-system-data/"$suite" || die "$suite has no newer QEMU"
rm -rf "$folder/root" "$folder/lists" "$folder/cache"
for package in ./*.deb; do
	dpkg -x "$package" "$folder/root"
	rm "$package"
done

# What runs the unpacked binary with its own data, and the system's SeaBIOS beside it.
for name in qemu-system-x86_64 qemu-system-aarch64; do
	cat >"$folder/$name" <<-END
		#!/bin/sh
		export QEMU_MODULE_DIR='$folder/root/usr/lib/$(uname -m)-linux-gnu/qemu'
		exec '$folder/root/usr/bin/$name' -L '$folder/root/usr/share/qemu' \\
			-L /usr/share/seabios -L /usr/share/qemu -L /usr/lib/ipxe/qemu "\$@"
	END
	chmod +x "$folder/$name"
	"$folder/$name" --version >/dev/null || die "$folder/$name does not run here"
done
"$folder/$name" --version | head -n 1
echo "use it by QEMU=$1/qemu-system-x86_64 or QEMU=$1/qemu-system-aarch64"
