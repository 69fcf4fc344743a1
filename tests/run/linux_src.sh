#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Unpack what LINUX= needs of a Linux release from a linux-source package:
#   linux_src.sh VERSION FOLDER
# VERSION is that of the package, such as 7.2; the newest one of the suites below is taken.
# Nothing on the system changes: package lists, packages and files all stay below FOLDER.
set -eu

die() {
	echo "linux-src: $*" >&2
	exit 2
}

[ $# -eq 2 ] || die "usage: linux_src.sh VERSION FOLDER"
version=$1
case $version in
'') die "VERSION= is missing; such as make linux-src VERSION=7.2" ;;
*[!0-9.]*) die "VERSION=$version: must be a release, such as 7.2" ;;
esac
command -v apt-get >/dev/null || die "needs apt-get"
command -v dpkg-deb >/dev/null || die "needs dpkg"
command -v xz >/dev/null || die "needs xz (package xz-utils)"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -e $keyring ] || die "needs Debian: $keyring is missing"
# shellcheck source=/dev/null
release=$(. /etc/os-release && echo "${VERSION_CODENAME:-unknown}")
# The mirror is the one this machine already uses for its release.
# shellcheck disable=SC2016
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
	"Codename: $release" | head -n 1)
[ -n "$mirror" ] || die "apt knows no mirror of $release; run apt-get update"

top=$(dirname "$0")
mkdir -p "$2"
folder=$(cd "$2" && pwd)
work=$folder/.work
trap 'rm -rf "$work"' EXIT
package=linux-source-$version

private_apt() {
	apt-get -qq -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=- \
		-o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" \
		-o APT::Sandbox::User=root -o Acquire::Languages=none "$@"
}

# One suite after the other, so that the lists stay small; not each of them always exists.
found=
for suite in "$release" "$release-backports" trixie-backports forky sid experimental; do
	rm -rf "$work"
	mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
	echo "deb [signed-by=$keyring] $mirror $suite main" >"$work/sources.list"
	private_apt update >/dev/null 2>&1 || continue
	if (cd "$work" && private_apt download "$package" >/dev/null 2>&1); then
		found=$suite
		break
	fi
done
[ -n "$found" ] || die "no suite of $mirror has $package"

# The files that the lock needs, and those of other releases that this one may lack.
python3 "$top/../../lock/linux/overlay.py" --files |
	sed "s,^,$package/," >"$work/wanted"
deb=$(echo "$work"/"$package"_*.deb)
tree=$folder/$version
rm -rf "$work/tree"
mkdir -p "$work/tree"
dpkg-deb --fsys-tarfile "$deb" |
	tar -x -O --wildcards --no-wildcards-match-slash "./usr/src/$package.tar.xz" |
	xz -dc | tar -x -C "$work/tree" -T "$work/wanted" 2>"$work/missing" || true
[ -e "$work/tree/$package/kernel/bpf/rqspinlock.c" ] ||
	die "$package of $found has no kernel/bpf/rqspinlock.c"
rm -rf "$tree"
mv "$work/tree/$package" "$tree"
name=$(basename "$deb" _all.deb)
echo "$name ($found): use it by LINUX=$2/$version"
