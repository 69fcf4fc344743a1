#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usb.sh: what lies in the image, and what a machine without UEFI says about it. (That both
# architectures boot from it is shown by BOOT=usb runs.)
# Prints "ok"/"not ok" lines; status 0 when all are ok.
# shellcheck disable=SC2317 # the checks are called by check(), as "$@"
set -eu

here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0

check() {
	what=$1
	shift
	if "$@" >"$tmp/out" 2>&1; then
		echo "ok usb: $what"
	else
		echo "not ok usb: $what"
		sed 's/^/# /' "$tmp/out"
		failed=1
	fi
}

# bytes OFFSET LENGTH HEX
bytes() {
	seen=$(od -An -v -tx1 -j "$1" -N "$2" "$tmp/image" | tr -d ' \n')
	echo "at $1: $seen, wanted $3"
	[ "$seen" = "$3" ]
}

# holds PATH FILE: the partition's file is that file
holds() {
	rm -f "$tmp/copy"
	mcopy -i "$tmp/image@@1M" "::$1" "$tmp/copy" && cmp "$tmp/copy" "$2"
}

fat32() {
	minfo -i "$tmp/image@@1M" :: | grep -q 'disk type="FAT32'
}

# refused TEXT COMMAND...: status 2, TEXT in the message, no image left behind
refused() {
	text=$1
	shift
	rc=0
	"$@" >"$tmp/msg" 2>&1 || rc=$?
	echo "status $rc: $(cat "$tmp/msg")"
	[ "$rc" = 2 ] && grep -qF "$text" "$tmp/msg" && [ ! -e "$tmp/none" ]
}

# SeaBIOS with graphics=off shows what INT 10h prints on the serial port.
legacy_boot() {
	timeout 20 qemu-system-x86_64 -machine pc,graphics=off -accel tcg -m 16 -nodefaults \
		-display none -monitor none -serial "file:$tmp/serial" -device qemu-xhci \
		-drive if=none,id=stick,format=raw,readonly=on,file="$tmp/image" \
		-device usb-storage,drive=stick &
	pid=$!
	seen=1
	while kill -0 "$pid" 2>/dev/null && [ "$seen" = 1 ]; do
		sleep 0.2
		! grep -qs 'needs UEFI.*stick\.' "$tmp/serial" || seen=0
	done
	kill "$pid" 2>/dev/null || true
	wait "$pid" || true
	cat "$tmp/serial"
	return "$seen"
}

head -c 70001 /dev/urandom >"$tmp/x64"
head -c 90003 /dev/urandom >"$tmp/aa64"
check 'makes an image' "$here/usb.sh" "$tmp/image" "$tmp/x64" "$tmp/aa64"
check 'has a boot signature' bytes 510 2 55aa
check 'has one active FAT32 partition from 1 MiB to its end' \
	bytes 446 16 80feffff0cfeffff0008000000f80100
check 'has no second partition' bytes 462 48 "$(printf '%096d' 0)"
check 'is FAT32' fat32
check 'holds the x86-64 file' holds /EFI/BOOT/BOOTX64.EFI "$tmp/x64"
check 'holds the arm64 file' holds /EFI/BOOT/BOOTAA64.EFI "$tmp/aa64"
check 'holds the options file' holds /barelock.cfg "$here/barelock.cfg"
check 'refuses a missing file' \
	refused 'make usb' "$here/usb.sh" "$tmp/none" "$tmp/x64" "$tmp/gone"
check 'explains its use' refused 'usage:' "$here/usb.sh" "$tmp/none"
check 'tells a machine without UEFI why nothing happens' legacy_boot
exit $failed
