#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Make Linux trees ready to be compiled into the image, without copying anything of them.

  overlay.py FOLDER ARCH LINUX          LINUX: a tree, or several with ":" between
  overlay.py --files                    what a tree must have

For each tree a folder FOLDER/<id> with symbolic links to the lock's own headers in the tree,
an empty file for each other header that they include (lock/linux/standin/ has the names), and
linux_percpu.h, the places of its per-CPU variables. FOLDER/trees.mk tells make about them.
A tree that cannot be used is one line on stderr and status 2.
"""
import hashlib
import os
import re
import subprocess
import sys

FIRST = (6, 15)
RQSPINLOCK = "kernel/bpf/rqspinlock.c"
QSPINLOCK = "kernel/locking/qspinlock.c"
# The other files that belong to the lock; an architecture's own headers may be missing.
NEEDED = ("kernel/bpf/rqspinlock.h", "kernel/locking/qspinlock.h",
          "kernel/locking/mcs_spinlock.h", "kernel/locking/lock_events.h",
          "kernel/locking/lock_events_list.h", "kernel/locking/qspinlock_stat.h",
          "include/asm-generic/rqspinlock.h", "include/asm-generic/qspinlock.h",
          "include/asm-generic/qspinlock_types.h", "include/asm-generic/mcs_spinlock.h")
OPTIONAL = ("arch/x86/include/asm/rqspinlock.h", "arch/x86/include/asm/qspinlock.h",
            "arch/arm64/include/asm/rqspinlock.h", "arch/arm64/include/asm/qspinlock.h")
# What paravirtual locks need is left out with them.
PARAVIRT = re.compile(r"(^|/)pv_|paravirt\.h$")
LINUX_ARCH = {"x86_64": "x86", "arm64": "arm64"}
# A header of the lock itself, wherever it lies: the tree's own. Others have stand-ins.
OWN_HEADER = re.compile(r"(^|/)(r?q|mcs_)spinlock(_types)?\.h$|^asm(-generic)?/rqspinlock\w*\.h$")
# Headers whose names lock/linux/standin/ gives, as far as the lock's files use them.
STANDINS = set("""
asm/barrier.h asm/byteorder.h asm/cpufeature.h asm/paravirt-spinlock.h asm/paravirt.h asm/rmwcc.h
asm-generic/percpu.h linux/atomic.h linux/bpf.h linux/bug.h linux/compiler.h linux/cpumask.h
linux/err.h linux/hardirq.h linux/jump_label.h linux/mutex.h linux/percpu-defs.h linux/percpu.h
linux/prefetch.h linux/smp.h linux/timekeeping.h linux/tracepoint-defs.h linux/types.h
trace/events/lock.h vdso/time64.h linux/fs.h linux/sched.h linux/sched/clock.h linux/debug_locks.h
""".split())
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:<([^>]+)>|"([^"]+)")', re.M)
PERCPU = re.compile(r"\bDE(?:CLARE|FINE)_PER_CPU\w*\s*\(\s*[^,()]+,\s*(\w+)")
# The rest of a version or a name would mean something to make, sh or C.
UNSAFE = re.compile(r"[^A-Za-z0-9._+-]")
CONFLICT = re.compile(r"^(<<<<<<<|>>>>>>>)( |$)", re.M)
NAME_MAX = 28
# Places of per-CPU variables in struct cpu.lock_data; others follow, SLOT bytes each. The first
# two lie as in lock/rqspinlock/held_table.h, the held table with as many entries as the tree says.
# Nodes that a patch has made larger than a slot lie behind all: compile.py then says so.
NODES, HELD, SLOT, NOTES_SIZE, FAR_SIZE = 0, 64, 64, 8, 256
# For compile.py an array as large as they are; no image keeps it.
SIZE_KEPT = "__attribute__((__used__, __section__(\".bss.linux_size\")))"
PLACES = {"rqnodes": NODES, "qnodes": NODES, "rqspinlock_held_locks": HELD}
HELD_ENTRIES = re.compile(r"^[ \t]*#[ \t]*define[ \t]+RES_NR_HELD[ \t]+(\d{1,3})\b", re.M)


class TreeError(Exception):
    """A tree that cannot be used; the text is the one line for the user."""


def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as text:
            return text.read()
    except OSError as error:
        raise TreeError("%s: %s" % (path, error.strerror)) from error


def write_if_changed(path, text):
    """Leave a file that is right already as old as it is. Return: was it changed?"""
    if os.path.exists(path) and read(path) == text:
        return False
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + ".new", "w") as out:
        out.write(text)
    os.rename(path + ".new", path)
    return True


def link(path, target):
    if os.path.islink(path) and os.readlink(path) == target:
        return
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if os.path.lexists(path):
        os.remove(path)
    os.symlink(target, path)


def git(tree, *words):
    """What git says of a tree, "" where it is none of git's or part of another one."""
    # A git that runs us may have exported a repository of its own.
    env = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    done = subprocess.run(["git", "-c", "safe.directory=*", "-C", tree] + list(words), env=env,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return done.stdout.decode().strip() if done.returncode == 0 else ""


class Tree:
    """One Linux tree: its version, its name, the files of the lock."""

    def __init__(self, path):
        self.path = os.path.realpath(path)
        self.given = path
        self.version = self.find_version()
        self.check_files()
        self.name = self.find_name()
        self.id = "linux_" + re.sub(r"\W", "_", self.name)

    def locks(self):
        """Identifiers of its locks; what is no letter or digit of a name is "_" there."""
        return {self.id + suffix for suffix in ("", "_tas", "_qspinlock")}

    def fail(self, why):
        raise TreeError("%s: %s" % (self.given, why))

    def find_version(self):
        if not os.path.isdir(self.path):
            self.fail("is not there" if not os.path.exists(self.path) else "is not a folder")
        makefile = os.path.join(self.path, "Makefile")
        text = read(makefile) if os.path.isfile(makefile) else ""
        words = dict(re.findall(r"^(VERSION|PATCHLEVEL|SUBLEVEL|EXTRAVERSION)[ \t]*=[ \t]*(\S*)",
                                text, re.M))
        if not (words.get("VERSION", "").isdigit() and words.get("PATCHLEVEL", "").isdigit()):
            self.fail("is not a Linux tree: no Makefile with VERSION and PATCHLEVEL")
        self.number = int(words["VERSION"]), int(words["PATCHLEVEL"])
        sub = words.get("SUBLEVEL", "0")
        version = "%d.%d" % self.number
        version += ("." + sub if sub not in ("", "0") else "") + words.get("EXTRAVERSION", "")
        if self.number < FIRST:
            self.fail("is Linux %s; rqspinlock came with %d.%d" % ((version,) + FIRST))
        return UNSAFE.sub("-", version)

    def check_files(self):
        for name in ("Makefile", RQSPINLOCK, QSPINLOCK) + NEEDED + OPTIONAL:
            path = os.path.join(self.path, name)
            if not os.path.isfile(path):
                if name not in OPTIONAL:
                    self.fail("has no " + name)
                continue
            text = read(path)
            found = CONFLICT.search(text)
            if found:
                self.fail("an unfinished merge: %s:%d begins with %s" % (
                    name, text.count("\n", 0, found.start()) + 1, found.group(1)))
            for _ in self.includes(name, text) if name != "Makefile" else ():
                pass

    def includes(self, name, text):
        """(path in the tree or None, name) of each header that one file of the tree names."""
        for system, quoted in INCLUDE.findall(text):
            path = os.path.normpath(os.path.join(os.path.dirname(name), quoted)) if quoted else ""
            if not (quoted and os.path.isfile(os.path.join(self.path, path))):
                path = None
            header = system or quoted
            # A stand-in for it would be a file outside of our folder.
            if os.path.isabs(header) or (path or os.path.normpath(header)).startswith("../"):
                self.fail("%s includes %s, which is not in the tree" % (name, header))
            yield path, header

    def find_name(self):
        """git's description of a tree that is a repository of its own, else the version."""
        name = ""
        if os.path.realpath(git(self.path, "rev-parse", "--show-toplevel") or "/") == self.path:
            name = git(self.path, "describe", "--tags", "--always", "--abbrev=8", "HEAD")
            if len(name) > NAME_MAX - 2:
                name = git(self.path, "rev-parse", "--short=12", "HEAD")
            files = [f for f in (RQSPINLOCK, QSPINLOCK) + NEEDED + OPTIONAL]
            if name and git(self.path, "status", "--porcelain", "-uno", "--", *files):
                name += "+"
        name = re.sub(r"^v(?=\d)", "", name) or self.version
        return UNSAFE.sub("-", name)[:NAME_MAX]


def parse(value):
    """Trees of LINUX=; raises TreeError."""
    trees = []
    for path in value.split(":"):
        if not path:
            raise TreeError("an empty path; several trees are separated by single colons")
        tree = Tree(path)
        for other in trees:
            if other.name == tree.name:
                raise TreeError("%s and %s are both linux:%s; a run tells trees apart by version "
                                "or git describe" % (other.given, tree.given, tree.name))
            if other.locks() & tree.locks():
                raise TreeError("%s and %s, linux:%s and linux:%s, have locks with the same "
                                "name" % (other.given, tree.given, other.name, tree.name))
        trees.append(tree)
    return trees


class Overlay:
    """The folder of one tree."""

    def __init__(self, tree, folder, arch):
        self.tree, self.arch = tree, arch
        self.folder = os.path.join(folder, tree.id)
        self.seen, self.percpu, self.files, self.empty = set(), [], {}, []
        self.held_entries = 31

    def own_header(self, name):
        """Path in the tree of a header that belongs to the lock, or None."""
        if not OWN_HEADER.search(name):
            return None
        arch = "arch/%s/include/" % LINUX_ARCH[self.arch]
        places = [arch + name, "include/" + name]
        if name.startswith("asm/"):
            places.append("include/asm-generic/" + name[len("asm/"):])
        for place in places:
            if os.path.isfile(os.path.join(self.tree.path, place)):
                return place
        return None

    def scan(self, name):
        """Follow the includes of one file of the tree."""
        if name in self.seen or PARAVIRT.search(name):
            return
        self.seen.add(name)
        text = read(os.path.join(self.tree.path, name))
        for variable in PERCPU.findall(text):
            if variable not in self.percpu and not PARAVIRT.search(variable):
                self.percpu.append(variable)
        for entries in HELD_ENTRIES.findall(text):
            self.held_entries = int(entries)
        for path, header in self.tree.includes(name, text):
            if path:
                self.scan(path)
            else:
                self.header(header, name)

    def header(self, name, user):
        own = self.own_header(name)
        if own:
            self.files[name] = own
            self.scan(own)
            return
        if name not in STANDINS and name not in self.empty and not PARAVIRT.search(name):
            print("linux:%s: note: %s includes <%s>, which has no stand-in: taken as empty" % (
                self.tree.name, user, name), file=sys.stderr)
        if name not in self.empty:
            self.empty.append(name)

    def places(self):
        """linux_percpu.h: each name as a macro for a constant address, put away for now."""
        lines = ["/* Made by lock/linux/overlay.py: the per-CPU variables of linux:%s. */" %
                 self.tree.name, "#define LINUX_PERCPU_EVENTS 0x100000ul"]
        held = -(-8 * (1 + self.held_entries) // SLOT) * SLOT
        end = HELD + held
        for name in self.percpu:
            room = held if PLACES.get(name) == HELD else SLOT
            if name == "lockevents":
                place, room = "LINUX_PERCPU_EVENTS", 1 << 20
            elif PLACES.get(name) == NODES:
                place, room = "(CPU_LOCK_DATA + LINUX_NODES)", FAR_SIZE
            elif name in PLACES:
                place = "(CPU_LOCK_DATA + %d)" % PLACES[name]
            else:
                place = "(CPU_LOCK_DATA + %d)" % end
                end += SLOT
            # A declaration, for what follows a name: the dimensions of an array.
            size = "%s static char size_%s[sizeof(percpu_%s)]; " % (
                SIZE_KEPT, name, name) if PLACES.get(name) == NODES else ""
            lines += ["#define LINUX_ROOM_%s _Static_assert(sizeof(percpu_%s) <= %d, \"the per-CPU "
                      "variable %s is larger than the %d bytes that lock/linux/overlay.py has for "
                      "it\"); %sextern char room_%s" % (name, name, room, name, room, size, name)]
            lines += ["#define %s (*(__typeof__(percpu_%s) *)%s)" % (name, name, place),
                      "#pragma push_macro(\"%s\")" % name, "#undef %s" % name,
                      "#define LINUX_PERCPU_%s _Pragma(\"pop_macro(\\\"%s\\\")\") "
                      "_Pragma(\"push_macro(\\\"%s\\\")\") percpu_%s" % ((name,) * 4)]
        lines += ["#define LINUX_PERCPU_NOTES (CPU_LOCK_DATA + %d)" % end,
                  "#ifdef LINUX_NODES_FAR",
                  "#define LINUX_NODES %d" % (end + SLOT),
                  "#define LINUX_PERCPU_SIZE %d" % (end + SLOT + FAR_SIZE),
                  "#else",
                  "#define LINUX_NODES %d" % NODES,
                  "#define LINUX_PERCPU_SIZE %d" % (end + NOTES_SIZE),
                  "#endif"]
        return "\n".join(lines) + "\n"

    def make(self):
        for root in (RQSPINLOCK, QSPINLOCK):
            self.scan(root)
        self.files["locking/qspinlock.h"] = "kernel/locking/qspinlock.h"
        include = os.path.join(self.folder, "include")
        kept = {os.path.join(include, name) for name in list(self.files) + self.empty}
        for top, _, names in os.walk(include):
            for name in names:
                path = os.path.join(top, name)
                if path not in kept:
                    os.remove(path)
        for name, own in self.files.items():
            link(os.path.join(include, name), os.path.join(self.tree.path, own))
        for name in self.empty:
            if os.path.islink(os.path.join(include, name)):
                os.remove(os.path.join(include, name))
            write_if_changed(os.path.join(include, name), "")
        link(os.path.join(self.folder, "tree"), self.tree.path)
        write_if_changed(os.path.join(self.folder, "linux_percpu.h"), self.places())
        write_if_changed(os.path.join(self.folder, "stamp"), self.stamp())

    def stamp(self):
        """What an object was made from: by content, for a tree's paths and times are not ours."""
        content = hashlib.sha256()
        for name in sorted(self.seen):
            content.update(("%s\n%s\n" % (name, read(os.path.join(self.tree.path, name)))).encode())
        return "%s %s %s\n" % (self.tree.path, self.tree.version, content.hexdigest())


def main(argv):
    if argv == ["--files"]:
        print("\n".join(("Makefile", RQSPINLOCK, QSPINLOCK) + NEEDED + OPTIONAL))
        return 0
    if len(argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    folder, arch, value = argv
    try:
        trees = parse(value)
        for tree in trees:
            Overlay(tree, folder, arch).make()
    except TreeError as error:
        print("LINUX=%s: %s" % (value, error), file=sys.stderr)
        return 2
    except OSError as error:
        print("LINUX=%s: %s: %s" % (value, error.filename, error.strerror), file=sys.stderr)
        return 2
    lines = ["LINUX_IDS := " + " ".join(tree.id for tree in trees)]
    for tree in trees:
        lines += ["LINUX_NAME_%s := %s" % (tree.id, tree.name),
                  "LINUX_VERSION_%s := %s" % (tree.id, tree.version)]
    write_if_changed(os.path.join(folder, "trees.mk"), "\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
