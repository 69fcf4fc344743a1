#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Append the relocations of an arm64 ELF file to its flat image, 4 bytes each.

    pack_relocs.py barelock.elf barelock.img SIZE

The ELF file keeps 24 bytes for each pointer (offset, type, addend), a tenth of the image.
All are of one type and the addend fits where the pointer is, so a list of offsets will do:
ascending, ended and padded to SIZE bytes by zeroes. It lies where .bss begins; image.S
reads it and clears it.
"""
import struct
import sys

SHT_RELA = 4
SHF_ALLOC = 2
R_AARCH64_NONE = 0
R_AARCH64_RELATIVE = 1027


def relocations(elf):
    """(offset, addend) of every relocation that a loader would have to apply."""
    section_table, = struct.unpack_from("<Q", elf, 0x28)
    entry_size, count = struct.unpack_from("<HH", elf, 0x3a)
    found = []
    for i in range(count):
        header = struct.unpack_from("<IIQQQQIIQQ", elf, section_table + i * entry_size)
        kind, flags, start, size = header[1], header[2], header[4], header[5]
        if kind != SHT_RELA or not flags & SHF_ALLOC:
            continue
        for at in range(start, start + size, 24):
            offset, info, addend = struct.unpack_from("<QQq", elf, at)
            if info & 0xffffffff == R_AARCH64_RELATIVE:
                found.append((offset, addend))
            elif info != R_AARCH64_NONE:
                sys.exit("pack_relocs.py: relocation type %d at %#x: only RELATIVE is known"
                         % (info & 0xffffffff, offset))
    return sorted(found)


def main(argv):
    if len(argv) != 3:
        sys.exit("pack_relocs.py: usage: ELF IMAGE SIZE")
    with open(argv[0], "rb") as f:
        found = relocations(f.read())
    with open(argv[1], "rb") as f:
        image = bytearray(f.read())
    size = int(argv[2], 0)
    if 4 * (len(found) + 1) > size:
        sys.exit("pack_relocs.py: %d relocations do not fit %d bytes" % (len(found), size))
    for offset, addend in found:
        if offset + 8 > len(image):
            sys.exit("pack_relocs.py: relocation at %#x is outside the file" % offset)
        struct.pack_into("<q", image, offset, addend)
    offsets = b"".join(struct.pack("<I", offset) for offset, _ in found)
    with open(argv[1], "wb") as f:
        f.write(image + offsets.ljust(size, b"\0"))


if __name__ == "__main__":
    main(sys.argv[1:])
