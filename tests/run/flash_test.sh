#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# flash.sh against a made-up /sys, /proc and /dev: every refusal, and the one way through.
# Prints "ok"/"not ok" lines; status 0 when all are ok.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export FLASH_ROOT="$tmp/root"
failed=0

# disk NAME REMOVABLE MODEL: 8 MiB, one partition, major:minor from the name
disk() {
	d=$FLASH_ROOT/sys/block/$1
	mkdir -p "$d/device" "$d/holders" "$d/${1}1/holders" "$FLASH_ROOT/dev"
	echo "$2" >"$d/removable"
	echo 0 >"$d/ro"
	echo 16384 >"$d/size"
	echo 8192 >"$d/${1}1/size"
	echo "$4:0" >"$d/dev"
	echo "$4:1" >"$d/${1}1/dev"
	echo 'ACME    ' >"$d/device/vendor"
	echo "$3" >"$d/device/model"
	truncate -s 8M "$FLASH_ROOT/dev/$1"
	: >"$FLASH_ROOT/dev/${1}1"
}

fresh() {
	rm -rf "$FLASH_ROOT"
	mkdir -p "$FLASH_ROOT/proc/self"
	disk sda 0 'System disk' 8
	disk sdb 1 'Pocket stick 3000' 9
	echo '26 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw' \
		>"$FLASH_ROOT/proc/self/mountinfo"
	printf 'Filename Type Size\n/dev/sda2 partition 1\n' >"$FLASH_ROOT/proc/swaps"
}

untouched() {
	for f in "$tmp"/root/dev/sd?; do
		cmp -s "$f" "$tmp/zero" || [ "$(wc -c <"$f")" -lt 8388608 ] || return 1
	done
}

verdict() {
	if [ "$1" = 0 ]; then
		echo "ok flash: $2"
	else
		echo "not ok flash: $2"
		sed 's/^/# /' "$tmp/out"
		failed=1
	fi
}

# refuse WHAT DEV ANSWER TEXT: status 2, TEXT in the message, no byte written
refuse() {
	rc=0
	printf '%s\n' "$3" | "$here/flash.sh" "$tmp/image" "$2" >"$tmp/out" 2>&1 || rc=$?
	bad=0
	[ "$rc" = 2 ] && grep -qF -- "$4" "$tmp/out" && untouched || bad=1
	verdict $bad "$1"
}

head -c 2097152 /dev/urandom >"$tmp/image"
truncate -s 8M "$tmp/zero"
sdb=$FLASH_ROOT/sys/block/sdb

fresh
refuse 'no device named' '' sdb 'DEV=/dev/sdX'
refuse 'a word that is no device' sdb sdb 'must be a whole removable disk'
refuse 'a device that is not there' /dev/sdz sdz 'no such device'
refuse 'a path out of /dev' /dev/../proc/swaps sdb 'leaves FLASH_ROOT'
refuse 'a partition' /dev/sdb1 sdb1 'give the whole disk: DEV=/dev/sdb'
refuse 'a disk that is not removable' /dev/sda sda 'not removable (model: System disk)'
refuse 'a wrong name typed' /dev/sdb sda "'sda' is not sdb: nothing written"
refuse 'nothing typed' /dev/sdb '' 'nothing written'
mkfifo "$FLASH_ROOT/dev/pipe"
refuse 'a test tree with something else than files' /dev/pipe pipe 'only ordinary files'
touch "$FLASH_ROOT/dev/stray"
refuse 'a disk that sysfs does not list' /dev/stray stray 'not a disk that'
echo 1 >"$sdb/ro"
refuse 'a write-protected stick' /dev/sdb sdb 'write-protected'

fresh
echo 2048 >"$sdb/size"
refuse 'a stick too small' /dev/sdb sdb 'holds 1 MiB, the image needs 2 MiB'
echo 0 >"$sdb/size"
refuse 'an empty card reader' /dev/sdb sdb 'no medium'
rm "$sdb/size"
refuse 'a disk of unknown size' /dev/sdb sdb 'size unknown'

fresh
echo '30 26 9:1 / /media/stick rw - vfat /dev/sdb1 rw' >>"$FLASH_ROOT/proc/self/mountinfo"
refuse 'a mounted partition' /dev/sdb sdb '/dev/sdb1: mounted on /media/stick'
fresh
echo '30 26 9:0 / /media/stick rw - vfat /dev/sdb rw' >>"$FLASH_ROOT/proc/self/mountinfo"
refuse 'a mounted whole disk' /dev/sdb sdb '/dev/sdb: mounted on /media/stick'
fresh
echo '30 26 0:41 / /media/btr rw - btrfs /dev/sdb1 rw' >>"$FLASH_ROOT/proc/self/mountinfo"
refuse 'a mount without the device number' /dev/sdb sdb '/dev/sdb1: mounted on /media/btr'
fresh
rm "$FLASH_ROOT/proc/self/mountinfo"
refuse 'no list of mounts' /dev/sdb sdb 'cannot read the list of mounted disks'
fresh
echo '/dev/sdb1 partition 4096' >>"$FLASH_ROOT/proc/swaps"
refuse 'swap space' /dev/sdb sdb '/dev/sdb1: in use as swap'
fresh
mkdir -p "$sdb/sdb1/holders/dm-0"
refuse 'a part of a volume group' /dev/sdb sdb '/dev/sdb1: in use by dm-0'

fresh
root=$FLASH_ROOT
FLASH_ROOT=
refuse 'a device that is no disk' /dev/null null 'not a disk (block device)'
FLASH_ROOT=$root
mv "$tmp/image" "$tmp/elsewhere"
refuse 'no image built' /dev/sdb sdb "'make usb' makes it"
mv "$tmp/elsewhere" "$tmp/image"

fresh
rc=0
echo sdb | "$here/flash.sh" "$tmp/image" /dev/sdb >"$tmp/out" 2>&1 || rc=$?
bad=0
[ "$rc" = 0 ] && cmp -s -n 2097152 "$tmp/image" "$FLASH_ROOT/dev/sdb" &&
	grep -qF 'ACME Pocket stick 3000, 8 MB' "$tmp/out" &&
	cmp -s "$FLASH_ROOT/dev/sda" "$tmp/zero" || bad=1
verdict $bad 'a free stick is shown, written and compared'
exit $failed
