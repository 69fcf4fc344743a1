#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The window map for people: with disassembly and source, two locks side by side, and coverage.

  map.py REPORT=report.txt [BUILD=folder] [WHAT=map|cover|all] [WITHIN=path glob]
  map.py [NAME=value ...]        runs window-map first; variables as of `make run`

Reads the records "# map", "# map_path" and "# cover" of a report and the unstripped image that it
came from. With two locks in the report each path is printed for both, side by side.
"""
import fnmatch
import os
import re
import subprocess
import sys

import report as reports

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
REASONS = os.path.join(TOP, "tests", "run", "unreached.txt")
INSTRUCTION = re.compile(r"^\s*([0-9a-f]+):\s+(.*?)\s*$")
SYMBOL = re.compile(r"^([0-9a-f]+) <(.*)>:$")
PADDING = re.compile(r"^(data16|cs |nop|xchg\s+%ax,%ax|int3|udf|ud2)")
COMMENT = re.compile(r"\s*(<.*|//.*|# [0-9a-f]+ .*)$")
OWN = ("REPORT", "WHAT", "WITHIN")


class MapError(Exception):
    """What cannot be done; the text is the one line for the user."""


def tool(arch, name):
    """binutils for a machine: those of the host where they are its own."""
    prefix = {"arm64": "aarch64-linux-gnu-", "x86_64": "x86_64-linux-gnu-"}[arch]
    machine = {"arm64": "aarch64", "x86_64": "x86_64"}[arch]
    if os.uname().machine == machine:
        prefix = ""
    return (os.environ.get("CROSS_COMPILE") or prefix) + name


def output_of(command, text=None):
    try:
        return subprocess.run(command, input=text, check=True, text=True,
                              stdout=subprocess.PIPE).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise MapError("%s: %s" % (command[0], error)) from error


class Image:
    """The unstripped image: instructions, their functions and source lines, by text offset."""

    def __init__(self, arch, door, build):
        name = "barelock.elf"
        if arch == "x86_64":
            name = "barelock-pvh.elf" if door == "direct" else "barelock-efi.elf"
        self.arch, self.path = arch, os.path.join(build, arch, name)
        if not os.path.exists(self.path):
            raise MapError("%s: not there; build it first" % self.path)
        self.start = None
        for line in output_of([tool(arch, "nm"), self.path]).splitlines():
            if line.endswith(" text_start"):
                self.start = int(line.split()[0], 16)
        self.code, self.symbol, self.source = {}, {}, {}

    def load(self, begin, end):
        """Disassemble text offsets @begin to @end."""
        listing = output_of([tool(self.arch, "objdump"), "-d", "--no-show-raw-insn",
                             "--start-address=%#x" % (self.start + begin),
                             "--stop-address=%#x" % (self.start + end), self.path])
        symbol, base, found = "?", 0, []
        for line in listing.splitlines():
            match = SYMBOL.match(line)
            if match:
                base, symbol = int(match.group(1), 16), match.group(2)
                continue
            match = INSTRUCTION.match(line)
            if match:
                address = int(match.group(1), 16)
                at = address - self.start
                text = COMMENT.sub("", match.group(2)).replace("\t", " ")
                self.code[at] = re.sub(r"\s+", " ", text)
                self.symbol[at] = "%s+%#x" % (symbol, address - base)
                found.append(at)
        lines = output_of([tool(self.arch, "addr2line"), "-e", self.path],
                          "\n".join("%#x" % (self.start + at) for at in found)).splitlines()
        for at, line in zip(found, lines):
            place = line.split(" (")[0]
            self.source[at] = os.path.relpath(place, TOP) if place.startswith("/") else place
        return found


class Data:
    """What the report has of maps and coverage."""

    def __init__(self, path):
        self.report = reports.Report()
        with open(path, "rb") as log:
            for line in reports.plain_lines(log.read()):
                self.report.feed(line)
        self.rows, self.paths, self.cover, self.arch, self.door = {}, {}, {}, None, "direct"
        match = re.search(r"boot=(\w+)", self.report.begin or "")
        if match:
            self.door = match.group(1)
        for line in self.report.lines:
            match = reports.RECORD.match(line)
            if match:
                # As text: digits of marks are no numbers.
                self.take(match.group(1), {key: value.strip('"') for key, value, _ in
                                           reports.FIELD.findall(match.group(2)) if key})
        if not self.arch:
            raise MapError("%s: not a report of barelock" % path)

    def take(self, kind, field):
        if kind == "env" and "arch" in field:
            self.arch = field["arch"]
        elif kind == "map":
            field["at"] = int(field["at"], 16)
            for name in ("i", "ns", "innocents"):
                field[name] = int(field[name])
            self.rows.setdefault((field["lock"], field["path"]), []).append(field)
        elif kind == "map_path":
            self.paths.setdefault(field["lock"], {})[field["path"]] = field
        elif kind == "cover":
            mark = "seen" if "seen" in field else "nmi"
            cover = self.cover.setdefault(field["lock"], {})
            cover["text"], cover["size"] = int(field["text"], 16), int(field["size"], 16)
            begin = int(field["from"], 16)
            digits = cover.setdefault(mark, {})
            if begin == 0:
                digits.clear()
            digits[begin] = field[mark]

    def locks(self):
        return sorted({lock for lock, _ in self.rows} | set(self.cover))


def marked(cover, mark):
    """Offsets within the lock's text that have a mark."""
    found = set()
    for begin, digits in cover.get(mark, {}).items():
        for i, digit in enumerate(digits):
            value = int(digit, 16)
            found.update(begin + 4 * i + bit for bit in range(4) if value >> bit & 1)
    return found


# ---- The map

def outcome(row):
    text = row["nmi"]
    if row["ns"] >= 1000:
        text += " %g ms" % (row["ns"] / 1e6)
    marks = [word for word in ("stall", "false-nmi", "false-task") if row.get(word)]
    if row.get("fault"):
        marks.append(row["fault"])
    if row["task"] not in ("ok", "-", "taken"):
        marks.append("task " + row["task"])
    if row["innocents"]:
        marks.append("%d innocent" % row["innocents"])
    if row["real"] not in ("agree", "begins"):
        marks.append("real " + row["real"])
    return text + (" [%s]" % ", ".join(marks) if marks else "")


def grouped(rows):
    """Rows of one path by boundary: [(row, {takes: row})]."""
    by_index = {}
    for row in rows:
        by_index.setdefault(row["i"], {})[row["takes"]] = row
    return [(takes.get("same") or next(iter(takes.values())), takes)
            for _, takes in sorted(by_index.items())]


def cell(image, row, takes, wide):
    at = row["at"]
    parts = ["%-3s" % row["window"], "%-9s" % str(row["owner"])[:9],
             "%-*s" % (30 if wide else 24, image.symbol.get(at, "?")[-30 if wide else -24:]),
             "%-*s" % (42 if wide else 30, image.code.get(at, "?")[:42 if wide else 30])]
    if wide:
        parts.append("%-34s" % image.source.get(at, "?")[-34:])
    parts.append("%-28s" % outcome(takes["same"]) if "same" in takes else " " * 28)
    if wide:
        parts.append(outcome(takes["other"]) if "other" in takes else "")
    return " ".join(parts)


def print_path(image, data, locks, path):
    found = [grouped(data.rows.get((lock, path), [])) for lock in locks]
    if not any(found):
        return
    doc = next(data.paths[lock][path]["doc"] for lock in locks if path in data.paths[lock])
    print("\n%s: %s" % (path, doc))
    if len(locks) == 1:
        print("  win owner     function                       instruction%sthe NMI takes the same "
              "lock | another one that is held" % (" " * 66))
        for row, takes in found[0]:
            print("  " + cell(image, row, takes, True).rstrip())
        return
    width = 104
    print("  " + " | ".join("%-*s" % (width, lock) for lock in locks).rstrip())
    for i in range(max(len(rows) for rows in found)):
        cells = [cell(image, *rows[i], False) if i < len(rows) else "" for rows in found]
        print("  " + " | ".join("%-*s" % (width, text[:width]) for text in cells).rstrip())


def print_map(image, data, within):
    locks = sorted({lock for lock, _ in data.rows})
    for lock, path in sorted({(lock, path) for lock, path in data.rows}):
        offsets = [row["at"] for row in data.rows[(lock, path)]]
        if any(at not in image.code for at in offsets):
            image.load(min(offsets), max(offsets) + 16)
    shown = [locks] if len(locks) == 2 else [[lock] for lock in locks]
    for group in shown:
        paths = {path for lock in group for path in data.paths.get(lock, {})}
        for path in sorted(paths):
            if fnmatch.fnmatchcase(path, within):
                print_path(image, data, group, path)


# ---- Coverage

def read_reasons():
    """[(lock glob, function glob, source glob, what, reason)] in order; the first that fits."""
    reasons = []
    with open(REASONS) as lines:
        for number, line in enumerate(lines, 1):
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            fields = line.split(None, 4)
            if len(fields) != 5 or fields[3] not in ("seen", "nmi", "both"):
                raise MapError("%s:%d: needs lock, function, source, seen|nmi|both, reason" % (
                    REASONS, number))
            reasons.append(fields)
    return reasons


def source_text(place, cache={}):
    """The text of a source line, blanks squeezed."""
    name, _, line = place.rpartition(":")
    if not line.isdigit():
        return ""
    if name not in cache:
        try:
            with open(os.path.join(TOP, name)) as lines:
                cache[name] = lines.read().splitlines()
        except OSError:
            cache[name] = []
    number = int(line)
    return " ".join(cache[name][number - 1].split()) if 0 < number <= len(cache[name]) else ""


def reason_for(reasons, lock, image, at, mark):
    function = image.symbol[at].rsplit("+", 1)[0]
    text = source_text(image.source[at])
    for lock_glob, function_glob, source_glob, what, reason in reasons:
        if what in (mark, "both") and fnmatch.fnmatchcase(lock, lock_glob) and \
                fnmatch.fnmatchcase(function, function_glob) and \
                fnmatch.fnmatchcase(text.replace(" ", "_"), source_glob):
            return reason
    return None


def print_unreached(image, lock, mark, never, reasons):
    """Return: how many have no reason."""
    unexplained, last = 0, None
    for at in never:
        reason = reason_for(reasons, lock, image, at, mark)
        unexplained += reason is None
        key = (image.symbol[at].rsplit("+", 1)[0], image.source[at], reason)
        if key != last:
            print("  never %-4s %-34s %-40s %s" % (mark, image.symbol[at], image.source[at],
                                                  reason or "NO REASON KNOWN"))
            print("             %s" % source_text(image.source[at])[:90])
        last = key
    return unexplained


def print_cover(image, data):
    reasons = read_reasons()
    for lock, cover in sorted(data.cover.items()):
        begin = cover["text"]
        every = [at for at in image.load(begin, begin + cover["size"])
                 if not PADDING.match(image.code[at])]
        bench = [at for at in every if "_hot_" in image.symbol[at]]
        own = [at for at in every if "_hot_" not in image.symbol[at]]
        print("\n%s: %d instructions, and %d of measuring loops with copies of them" % (
            lock, len(own), len(bench)))
        for mark, what in (("seen", "executed"), ("nmi", "hit by an NMI")):
            marks = {begin + offset for offset in marked(cover, mark)}
            stray = marks - set(image.code)
            if stray:
                raise MapError("%s: %d marks are on no instruction: %s is not the image of this "
                               "report" % (lock, len(stray), image.path))
            never = [at for at in own if at not in marks]
            print("  %-14s %4d of %d, %.1f %%" % (what + ":", len(own) - len(never), len(own),
                                                100.0 * (len(own) - len(never)) / len(own)))
            unexplained = print_unreached(image, lock, mark, never, reasons)
            if unexplained:
                print("  %d never %s without a known reason" % (unexplained, what))


# ---- Summary

def print_sums(data):
    wanted = re.compile(r"^# @ case=(\S+)\.window-map\.(\S+) result=(\w+) value=(\d+) unit=(\S+)")
    table = {}
    for line in data.report.lines:
        match = wanted.match(line)
        if match:
            lock, name, _, value, unit = match.groups()
            table.setdefault((name, unit), {})[lock] = value
    locks = sorted({lock for values in table.values() for lock in values})
    print("\n%-24s %s" % ("", "".join("%14s" % lock for lock in locks)))
    for (name, unit), values in table.items():
        print("%-24s %s %s" % (name, "".join("%14s" % values.get(lock, "-") for lock in locks),
                               unit if unit != "count" else ""))


def run_first(words):
    """`make run RUN=window-map`, its output thrown away. Return: (report, status)."""
    given = dict(word.split("=", 1) for word in words)
    build, arch = given.get("BUILD", "build"), given.get("ARCH", "x86_64")
    out = given.setdefault("OUT", os.path.join(build, arch, "map"))
    given.setdefault("LOCK", "rq-7.2")
    given.setdefault("SMP", "1")
    given["RUN"], given["FORMAT"] = "window-map", "json"
    status = subprocess.run(
        [sys.executable, os.path.join(TOP, "tests", "run", "run.py"), "run"] +
        ["%s=%s" % pair for pair in given.items()],
        stdout=subprocess.DEVNULL, check=False).returncode
    return os.path.join(TOP, out, "report.txt"), status


def main(argv):
    bad = [word for word in argv if "=" not in word]
    if bad:
        raise MapError("%s: a word is NAME=value" % bad[0])
    words = dict(word.split("=", 1) for word in argv)
    status = 0
    path = words.get("REPORT")
    if not path:
        path, status = run_first([word for word in argv if word.split("=")[0] not in OWN])
        if status in (2, 3):
            return status
    data = Data(path)
    image = Image(data.arch, data.door, os.path.join(TOP, words.get("BUILD", "build")))
    what = words.get("WHAT", "all")
    if what in ("map", "all"):
        print_map(image, data, words.get("WITHIN", "*"))
    if what in ("cover", "all"):
        print_cover(image, data)
    print_sums(data)
    return status


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (MapError, OSError) as error:
        print("map: %s" % error, file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        sys.exit(0)
