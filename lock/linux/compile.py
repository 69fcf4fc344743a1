#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compile one lock of a Linux tree: the tree's own file in place, our half beside it.

  compile.py OUT.o GLUE.c FOLDER FILE ID LD OBJCOPY NM -- COMPILER FLAG...

FOLDER is what overlay.py made of the tree, FILE the path in it. The two objects become one
without global names, so that trees do not meet, and with all code of the tree in the section
of lock ID. A name that the compiler or the linker lacks is said in one more line.
"""
import os
import re
import subprocess
import sys

from overlay import SLOT

# Of each the last group that is there. A macro that is not known is told by what it was given,
# and a struct that is not by its variable: the line of source that follows has the name.
SOURCE = r"[^\n]*\n(?:[^\n|]*\|)?"
MISSING = re.compile(
    r"implicit declaration of function ['‘]?(\w+)|['‘](\w+)['’] undeclared|"
    r"unknown type name ['‘](\w+)['’]" + SOURCE +
    r"\s*(?:(?:static|extern)\s+)*(\w+)\([^\n]*\b\3\s*[,)]|"
    r"unknown type name ['‘](\w+)|call to undeclared function ['‘]?(\w+)|"
    r"use of undeclared identifier ['‘](\w+)|"
    r"(?:incomplete|undefined) (?:definition of )?type ['‘]struct (\w+)|"
    r"['‘](\w+)['’] (?:isn.t known|has incomplete type)" + SOURCE +
    r"[^\n]*?\bstruct (\w+)\s+\9\b|"
    r"type defaults to ['‘]int['’] in declaration of ['‘](\w+)|"
    r"type specifier missing, defaults to" + SOURCE + r"\s*(?:(?:static|extern)\s+)*(\w+)")
MISSING_MEMBER = re.compile(r"no member named ['‘](\w+)")
# A per-CPU variable is a small constant address: neither NULL nor out of bounds.
ADDRESS_FLAGS = ["-fno-delete-null-pointer-checks", "-Wno-array-bounds"]
# The tree's file is compiled with the warnings that find a name missing, as errors.
TREE_FLAGS = ["-Werror=implicit-function-declaration", "-Werror=implicit-int",
              "-Werror=incompatible-pointer-types", "-Werror=int-conversion",
              "-Wno-address-of-packed-member", "-fno-function-sections",
              "-fno-data-sections"] + ADDRESS_FLAGS
# What the compiler itself may call.
COMPILER_CALLS = re.compile(
    r"(mem(cpy|set|move|cmp)|__(asan|ubsan|tsan|gcov)_\w+|_GLOBAL_OFFSET_TABLE_)$")


class CompileError(Exception):
    """It did not work and the reason has been printed."""


def run(command):
    done = subprocess.run(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, check=False)
    text = done.stderr.decode("utf-8", "replace")
    sys.stderr.write(text)
    if done.returncode:
        names = [next(word for word in reversed(found) if word) for found in MISSING.findall(text)]
        raise CompileError(list(dict.fromkeys(names)), MISSING_MEMBER.findall(text))
    return done.stdout.decode("utf-8", "replace")


def undefined(nm, path):
    """Names that an object needs of others. What our half needs too, the platform has."""
    names = {line.split()[-1] for line in run([nm, "-u", path]).splitlines()}
    return {name for name in names if not COMPILER_CALLS.match(name)}


def function_marks(nm, objcopy, base):
    """Assembly in which each function of the tree's object begins a place without a name."""
    names = [line.split()[2] for line in run([nm, base + ".tree.o"]).splitlines()
             if line.split()[-2] in ("t", "T") and not line.split()[-1].startswith("$")]
    run([objcopy] + ["--globalize-symbol=" + name for name in names] + [base + ".tree.o"])
    with open(base + ".marks.S", "w") as out:
        out.write('.section .note.GNU-stack, "", %progbits\n'
                  '.section .windows, "a", %progbits\n.balign 4\n')
        out.write("".join(".long %s - ., -1\n" % name for name in names))
    return base + ".marks.S"


def nodes_are_large(nm, base):
    """Are the queue nodes of the tree's object larger than their place is?"""
    for line in run([nm, "-S", base + ".tree.o"]).splitlines():
        words = line.split()
        if words[-1] in ("size_rqnodes", "size_qnodes"):
            return int(words[1], 16) > SLOT
    return False


def compile_tree(command, nm, base):
    """The tree's half. Return: flags that say where its nodes lie, for the other one."""
    run(command)
    far = ["-DLINUX_NODES_FAR"] if nodes_are_large(nm, base) else []
    if far:
        run(command + far)
    return far


def compile_glue(compiler, glue, base, out):
    """Our half, after the tree's: what it lacks, the tree had when this was written."""
    try:
        run(compiler + ADDRESS_FLAGS + ["-MF", base + ".d", "-MT", out, "-c", glue, "-o",
                                        base + ".glue.o"])
    except CompileError as error:
        names, members = error.args
        for lacks in dict.fromkeys(names + members):
            print("linux: the tree no longer has the name `%s` that %s uses" % (lacks, glue),
                  file=sys.stderr)
        if not names + members:
            print("linux: %s does not fit what the tree's headers have" % glue, file=sys.stderr)
        raise CompileError([], []) from error


def main(argv):
    at = argv.index("--")
    out, glue, folder, name, lock_id, ld, objcopy, nm = argv[:at]
    compiler = argv[at + 1:]
    tree = os.path.realpath(os.path.join(folder, "tree"))
    base = out[:-2]
    source = os.path.join(tree, name)
    # What the tree's half depends on is in the stamp and in the .d of ours: linux.mk.
    flags = [word for word in compiler if not word.startswith(("-W", "-MMD", "-MP"))] + TREE_FLAGS
    section = next(w for w in compiler if w.startswith("-DLOCK_ATOMICS="))
    section = ".text.lock.%s.%s.5" % (lock_id, section.split("=")[1].strip('"'))
    try:
        far = compile_tree(flags + ["-include", "lock/linux/standin/kernel.h", "-c", source,
                                    "-o", base + ".tree.o"], nm, base)
        compile_glue(compiler + far, glue, base, out)
        lacking = undefined(nm, base + ".tree.o") - undefined(nm, base + ".glue.o")
        if lacking:
            raise CompileError(sorted(lacking), [])
        run([objcopy, "--rename-section", ".text=" + section, base + ".tree.o"])
        marks = function_marks(nm, objcopy, base)
        run(compiler + ["-c", marks, "-o", base + ".marks.o"])
        run([ld, "-r", "-o", base + ".both.o", base + ".marks.o", base + ".glue.o",
             base + ".tree.o"])
        run([objcopy, "--keep-global-symbol=none", base + ".both.o", out])
    except CompileError as error:
        for lacks in error.args[0]:
            print("linux: %s needs `%s`, which neither the tree's lock files nor "
                  "lock/linux/standin/ have" % (source, lacks), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
