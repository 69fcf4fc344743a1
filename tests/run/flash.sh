#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Write the stick's image to a real USB stick or memory card.
#
# usage: flash.sh IMAGE /dev/sdX
#        flash.sh --check /dev/sdX      only say whether it would be refused
#
# Writes nothing unless the target is a whole, removable, unused disk with room for the
# image, and a person typed its name. Any doubt is a refusal, with status 2.
#
# FLASH_ROOT names a directory that stands in for / in tests: $FLASH_ROOT/sys, /proc, /dev.
# There the "disk" must be an ordinary file, so a made-up sysfs can never vouch for a real
# device.
set -eu

die() {
	echo "flash: $*" >&2
	exit 2
}

# One word from sysfs, "?" if it is not there.
fact() {
	if [ -r "$sys/$1" ]; then tr -s ' ' <"$sys/$1" | sed 's/ *$//'; else echo '?'; fi
}

# The kernel's name of the target, through links such as /dev/disk/by-id/...
resolve() {
	case $dev in
	/dev/?*) ;;
	*) die "DEV=$dev: must be a whole removable disk such as /dev/sdX" ;;
	esac
	[ -e "$root$dev" ] || die "$dev: no such device"
	node=$(readlink -f "$root$dev")
	if [ -n "$root" ]; then
		case $node in
		"$(readlink -f "$root")"/dev/*) ;;
		*) die "$dev: leaves FLASH_ROOT" ;;
		esac
		[ -f "$node" ] || die "$dev: FLASH_ROOT is set, so only ordinary files are written"
	else
		[ -b "$node" ] || die "$dev: not a disk (block device)"
	fi
	name=${node##*/dev/}
}

check_whole_removable() {
	disk=$sys/block/$name
	if [ ! -d "$disk" ]; then
		for whole in "$sys"/block/*/"$name"; do
			[ -d "$whole" ] || continue
			whole=${whole%/*}
			die "$dev: a partition; give the whole disk: DEV=/dev/${whole##*/}"
		done
		die "$dev: not a disk that $sys/block knows"
	fi
	[ "$(fact "block/$name/removable")" = 1 ] ||
		die "$dev: not removable (model: $(fact "block/$name/device/model")); refusing"
	[ "$(fact "block/$name/ro")" = 0 ] || die "$dev: write-protected"
}

check_size() {
	sectors=$(fact "block/$name/size") # always 512-byte units
	case $sectors in
	'' | *[!0-9]*) die "$dev: size unknown; refusing" ;;
	0) die "$dev: no medium in the drive" ;;
	esac
	bytes=$(wc -c <"$image")
	[ $((sectors * 512)) -ge "$bytes" ] ||
		die "$dev: holds $((sectors / 2048)) MiB, the image needs $((bytes / 1048576)) MiB"
}

# Mounted, swapped to, or under RAID, LVM or encryption: in use, the running system included.
check_unused() {
	for part in "$disk" "$disk/$name"*; do
		[ -d "$part" ] || continue
		devno=$(fact "${part#"$sys"/}/dev")
		# mountinfo: field 3 is major:minor (not so for btrfs), 5 where it is mounted, and
		# the source stands last but one.
		where=$(awk -v d="$devno" -v s="/dev/${part##*/}" \
			'$3 == d || $(NF - 1) == s { print $5; exit }' "$proc/self/mountinfo") ||
			die "cannot read the list of mounted disks; refusing"
		[ -z "$where" ] || die "/dev/${part##*/}: mounted on $where; unmount it first"
		if awk '{ print $1 }' "$proc/swaps" | grep -qx "/dev/${part##*/}"; then
			die "/dev/${part##*/}: in use as swap; refusing"
		fi
		for holder in "$part"/holders/*; do
			[ -e "$holder" ] || continue
			die "/dev/${part##*/}: in use by ${holder##*/}; refusing"
		done
	done
	[ -n "$root" ] || exclusive || die "$dev: in use by something else; refusing"
}

# The kernel's own word: an exclusive open fails while anything holds the disk or a part.
exclusive() {
	[ ! -r "$node" ] ||
		python3 -c 'import os, sys; os.open(sys.argv[1], os.O_RDONLY | os.O_EXCL)' \
			"$node" 2>/dev/null
}

ask() {
	vendor=$(fact "block/$name/device/vendor")
	model=$(fact "block/$name/device/model")
	echo "target: /dev/$name  $vendor $model, $((sectors * 512 / 1000000)) MB"
	for part in "$disk/$name"*; do
		[ -d "$part" ] || continue
		psize=$(fact "${part#"$sys"/}/size")
		echo "        /dev/${part##*/}, $((psize * 512 / 1000000)) MB"
	done
	echo "Everything on it will be overwritten. To go on, type its name ($name):"
	read -r answer || answer=
	[ "$answer" = "$name" ] || die "'$answer' is not $name: nothing written"
}

write() {
	[ -w "$node" ] ||
		die "$dev: no permission to write; run it as root (sudo make flash DEV=$dev)"
	dd if="$image" of="$node" bs=4M conv=fsync,notrunc status=none ||
		die "$dev: writing failed; the stick is not usable as it is"
	# Read back from the medium, not from the page cache.
	[ -n "$root" ] || blockdev --flushbufs "$node"
	cmp -n "$bytes" "$image" "$node" >/dev/null ||
		die "$dev: reads back different data; the stick is bad"
	echo "/dev/$name: written and compared, $((bytes / 1048576)) MiB; it may be removed now"
}

if [ $# -ne 2 ] || [ -z "$2" ]; then
	die "which disk? make flash DEV=/dev/sdX (see lsblk -d -o NAME,SIZE,MODEL,RM; RM must be 1)"
fi
image=$1 dev=$2
root=${FLASH_ROOT-}
sys=$root/sys proc=$root/proc
[ "$image" = --check ] || [ -s "$image" ] || die "$image: no such image; 'make usb' makes it"
resolve
check_whole_removable
if [ "$image" = --check ]; then
	check_unused
	exit 0
fi
check_size
check_unused
ask
# A desktop may have mounted it while the question stood there.
check_whole_removable
check_unused
write
