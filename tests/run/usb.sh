#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Make the stick: one disk image that boots PCs and arm64 machines with UEFI firmware.
#
# usage: usb.sh IMAGE BOOTX64.EFI BOOTAA64.EFI
#
# An MBR with a single active FAT32 partition of type 0x0c, because that is what installers
# put on sticks: every PC firmware boots it (also those that look for nothing but FAT32, or
# for a partition table), and every desktop shows it, so that barelock.cfg can be edited.
# Needs mtools; neither root nor a loop device.
set -eu

SECTOR=512
START=2048    # 1 MiB: keeps clusters aligned to the stick's erase blocks
SIZE=131072   # 64 MiB: FAT32 needs 65525 clusters of one sector
LABEL=BARELOCK

die() {
	echo "usb: $*" >&2
	exit 2
}

# Little-endian 32-bit number as octal escapes for printf.
le32() {
	printf '\\%03o\\%03o\\%03o\\%03o' $(($1 & 255)) $(($1 >> 8 & 255)) \
		$(($1 >> 16 & 255)) $(($1 >> 24 & 255))
}

# Bytes from printf escapes to offset $2 of the image.
put() {
	# shellcheck disable=SC2059 # the escapes are the point
	printf "$1" | dd of="$new" bs=1 seek="$2" conv=notrunc status=none
}

# What a machine without UEFI (or in its legacy mode) runs: say so and stop.
# 16-bit code for 0x7c00: print the text by BIOS teletype (INT 10h, AH=0Eh), then halt.
boot_sector() {
	# xor ax,ax; mov ds,ax; mov si,0x7c17
	put '\061\300\216\330\276\027\174' 0
	# next: lodsb; test al,al; jz stop; mov ah,0x0e; xor bx,bx; int 0x10; jmp next
	put '\254\204\300\164\010\264\016\061\333\315\020\353\363' 7
	# stop: hlt; jmp stop
	put '\364\353\375' 20
	put 'barelock needs UEFI: choose the UEFI entry of this stick.\r\n\0' 23
}

# One entry: active, type 0x0c, CHS fields at their "use LBA" values; then the signature.
partition_table() {
	put '\200\376\377\377\014\376\377\377' 446
	put "$(le32 $START)$(le32 $((SIZE - START)))" 454
	put '\125\252' 510
}

filesystem() {
	part=$new@@$((START * SECTOR))
	mformat -i "$part" -F -c 1 -T $((SIZE - START)) -h 64 -s 32 -H $START \
		-N 62617265 -v $LABEL ::
	mmd -i "$part" ::/EFI ::/EFI/BOOT
	mcopy -i "$part" "$x64" ::/EFI/BOOT/BOOTX64.EFI
	mcopy -i "$part" "$aa64" ::/EFI/BOOT/BOOTAA64.EFI
	mcopy -i "$part" "$here/barelock.cfg" ::/barelock.cfg
}

[ $# -eq 3 ] || die "usage: usb.sh IMAGE BOOTX64.EFI BOOTAA64.EFI"
image=$1 x64=$2 aa64=$3
here=$(dirname "$0")
command -v mformat >/dev/null || die "mtools is missing: apt-get install mtools"
for file in "$x64" "$aa64"; do
	[ -s "$file" ] || die "$file: no such image; 'make usb' builds both"
done

# Made beside its place and moved there, so that a half-written image is never taken for one.
new=$image.new
trap 'rm -f "$new"' EXIT
rm -f "$new"
truncate -s $((SIZE * SECTOR)) "$new"
boot_sector
partition_table
filesystem
mv "$new" "$image"
echo "$image: boots x86-64 and arm64 by UEFI; make flash DEV=/dev/sdX writes it to a stick"
