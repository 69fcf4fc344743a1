#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Make the function table that the image carries, from the `nm` of a first link.

    symtab.py --empty > symtab0.S             for the first link
    $(NM) first.elf | symtab.py > symtab1.S   for the second link
    $(NM) final.elf | symtab.py --verify symtab1.S

Exactly one of the two tables takes part in each link. Both define the same four hidden
symbols in section .rodata.symtab (kernel/symbols.c reads them):

    symtab_count    .long N
    symtab_offset   N x .long, ascending: address of the function minus text_start
    symtab_group    (N + 15) / 16 x .long: where in symtab_names the name of each 16th is
    symtab_names    N NUL-terminated names in the same order

All values are plain numbers, so the table needs no relocation. It must lie behind .text
(any .rodata does), so that its growth moves no function; --verify proves that nothing
moved and exits 1 otherwise. Output depends on the names and addresses only.
"""
import re
import sys

GROUP = 16
CLONE = re.compile(r"\.(isra|constprop|part|lto_priv)\.\d+")


def read_nm(lines):
    """Functions between text_start and text_end as sorted, unique (offset, name)."""
    functions, bounds = [], {}
    for line in lines:
        field = line.split()
        if len(field) != 3:
            continue
        address, kind, name = int(field[0], 16), field[1], field[2]
        if name in ("text_start", "text_end"):
            bounds[name] = address
        elif kind in "tTwW" and not name.startswith((".", "$")):
            functions.append((address, CLONE.sub("", name)))
    if len(bounds) != 2:
        sys.exit("symtab.py: the nm listing has no text_start and text_end")
    start, end = bounds["text_start"], bounds["text_end"]
    table = {}
    for address, name in sorted(functions):
        if start <= address < end:
            table.setdefault(address - start, name)
    if not table:
        sys.exit("symtab.py: no function between text_start and text_end")
    return sorted(table.items())


def assembly(table):
    """The table as text for the assembler of either architecture."""
    out = ["/* SPDX-License-Identifier: GPL-2.0-or-later */",
           "/* Made by tests/run/symtab.py; do not edit. */",
           '\t.section .rodata.symtab, "a"', "\t.balign 4"]

    def label(name):
        out.extend(["\t.globl %s" % name, "\t.hidden %s" % name, "%s:" % name])

    label("symtab_count")
    out.append("\t.long %d" % len(table))
    label("symtab_offset")
    out.extend("\t.long %#x" % offset for offset, _ in table)
    label("symtab_group")
    position = 0
    for i, (_, name) in enumerate(table):
        if i % GROUP == 0:
            out.append("\t.long %d" % position)
        position += len(name.encode()) + 1
    label("symtab_names")
    out.extend('\t.asciz "%s"' % name for _, name in table)
    out.append("\t.byte 0")
    out.append('\t.section .note.GNU-stack, ""')
    return "\n".join(out) + "\n"


def main(argv):
    if argv == ["--empty"]:
        sys.stdout.write(assembly([]))
    elif not argv:
        sys.stdout.write(assembly(read_nm(sys.stdin)))
    elif len(argv) == 2 and argv[0] == "--verify":
        with open(argv[1], encoding="ascii") as f:
            if f.read() != assembly(read_nm(sys.stdin)):
                sys.exit("symtab.py: functions moved between the two links: "
                         "the table must lie behind .text")
    else:
        sys.exit("symtab.py: usage: --empty | (nm on stdin) [--verify TABLE.S]")


if __name__ == "__main__":
    main(sys.argv[1:])
