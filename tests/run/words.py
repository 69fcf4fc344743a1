# SPDX-License-Identifier: GPL-2.0-or-later
"""The variables of `make run`: what each means, what is allowed, and how it reaches the kernel."""
import difflib
import os
import re
import sys

import report

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../lock/linux"))
import overlay

NAME_LIST = re.compile(r"^[\w.*?,:+-]*$")
NUMBER = re.compile(r"^(0x[0-9a-fA-F]+|\d+)$")
# boot/options.h, OPTIONS_SCRIPT, and tests/program.h, struct program.
SCRIPT_LENGTH = 1599
SCRIPT_NAME = 23
SECONDS = re.compile(r"^\d+(\.\d{1,3})?$")


class WordError(Exception):
    """A wrong variable; the text is the one line for the user."""


def one_of(*allowed):
    named = [value for value in allowed if value]

    def check(value):
        if value in allowed:
            return None
        return "must be one of: " + " ".join(named) if named[1:] else "must be " + named[0]
    return check


def cores(value):
    good = re.match(r"^\d+$", value) and 1 <= int(value) <= 512
    return None if good else "must be a number of cores, 1 to 512"


def names(value):
    good = NAME_LIST.match(value)
    return None if good else "must be names or globs (* and ?) with commas between"


def number(value):
    return None if not value or NUMBER.match(value) else "must be a number, such as 81 or 0x51"


def seconds(value):
    good = not value or (SECONDS.match(value) and float(value) > 0)
    return None if good else "must be seconds above 0, such as 5 or 0.2"


def up_to(most):
    def check(value):
        good = not value or (value.isdigit() and int(value) <= most)
        return None if good else "must be a number, 0 to %d" % most
    return check


def shard(value):
    found = re.fullmatch(r"(\d+)/(\d+)", value)
    good = not value or (found and int(found.group(1)) < int(found.group(2)))
    return None if good else "must be i/n with i below n, such as 0/4"


def replay(value):
    good = not value or re.fullmatch(r"R\d+\.[\w.:+-]+", value)
    return None if good else "must be what a failing schedule is printed with (R1. ...)"


def one_line(value):
    return None if value.isprintable() else "must be one printable line"


def linux_trees(value):
    try:
        if value:
            overlay.parse(value)
    except overlay.TreeError as error:
        return str(error)
    return None


def script(value):
    """A name of those built in, or a file."""
    good = not value or os.path.isfile(value) or re.fullmatch(r"[\w.-]+", value)
    return None if good else "must be a name out of tests/scripts/ or a file that can be read"


def script_text(value):
    """The option for SCRIPT=: a file's text in one word, its remarks left out, its lines kept."""
    if not os.path.isfile(value):
        return value
    try:
        with open(value) as source:
            text = source.read()
    except (OSError, UnicodeDecodeError) as error:
        raise WordError("SCRIPT=%s: cannot be read: %s" % (value, error)) from error
    lines = ["_".join(line.partition("#")[0].replace(";", ",").split())
             for line in text.splitlines()]
    name = re.sub(r"[^\w.]|_", "-", os.path.basename(value).partition(".")[0])[:SCRIPT_NAME]
    text = ";".join(lines + ["name_" + (name or "script")])
    if len(text) > SCRIPT_LENGTH:
        raise WordError("SCRIPT=%s: %d characters without blanks and remarks, at most %d fit" % (
            value, len(text), SCRIPT_LENGTH))
    return text


# name: (default, check, help)
WORDS = {
    "ARCH": ("x86_64", one_of("x86_64", "arm64"), "machine to build and run: x86_64, arm64"),
    "SMP": ("4", cores, "cores, 1 to 512"),
    "BOOT": ("direct", one_of("direct", "uefi", "usb"), "way in: direct, uefi, usb"),
    "RUN": ("", names, "scenarios or suites: comma list, globs"),
    "LOCK": ("", names, "locks: comma list, globs"),
    "DURATION": ("", seconds, "length of each timed scenario in s"),
    "SEED": ("", number, "of every random choice"),
    "SCRIPT": ("", script, "script: a name out of tests/scripts/, or a file of yours"),
    "PROGRAM": ("", names, "explore: which programs: comma list, globs"),
    "PREEMPTIONS": ("", up_to(16), "explore: at most so many in a schedule [2]"),
    "NMIS": ("", up_to(4), "explore: at most so many in a schedule [1]"),
    "RANDOM": ("", number, "explore: random schedules beyond the bounds [0]"),
    "REDUCE": ("", one_of("", "none", "points", "states"),
               "explore, window-map: none, points, states: what to leave out [states]"),
    "SHARD": ("", shard, "explore: i/n, the part of the whole to do"),
    "REPLAY": ("", replay, "the failing schedule to run again, as it was printed"),
    "OPTS": ("", one_line, "further kernel options"),
    "ACCEL": ("auto", one_of("auto", "kvm", "tcg"), "auto, kvm, tcg"),
    "THREAD": ("auto", one_of("auto", "single", "multi"),
               "TCG: single, vCPUs take turns; multi, each on a host thread; auto, by SMP"),
    "FORMAT": ("text", one_of(*report.FORMATS), "of the report: " + ", ".join(report.FORMATS)),
    "CPU": ("", one_line, "QEMU's -cpu (max, with KVM host)"),
    "MACHINE": ("", one_line, "more -machine settings, such as secure=on"),
    "QEMU": ("", one_line, "another QEMU binary"),
    "QEMU_ARGS": ("", one_line, "more QEMU arguments"),
    "OUT": ("", one_line, "folder for report.txt and serial.log (build/ARCH)"),
    "DEBUG_CMD": ("", one_line, "debug: gdb commands to run instead of a prompt, ';' between"),
    "BUILD": ("build", one_line, "folder for what is built"),
    "LINUX": ("", linux_trees, "Linux trees (PATH or PATH:PATH...) whose own rqspinlock runs too"),
    "MUTANTS": ("", one_of("", "1"), "1: with rq-7.2's seeded faults as locks mutant-*"),
    "CONTROL": ("", number, "mutants: instead, so many seeds on locks that are right"),
    "CC": ("", one_line, "compiler (gcc, clang, ...)"),
    "CROSS_COMPILE": ("", one_line, "prefix of gcc and binutils, such as aarch64-elf-"),
}


# These have the same name in the kernel.
EXPLORE = ("PROGRAM", "PREEMPTIONS", "NMIS", "RANDOM", "REDUCE", "SHARD", "REPLAY")


def parse(argv, table=None):
    """Variables from "NAME=value" words, defaults filled in. Raises WordError."""
    table = table or WORDS
    words = {name: default for name, (default, _, _) in table.items()}
    for word in argv:
        name, equals, value = word.partition("=")
        if not equals or name not in table:
            near = difflib.get_close_matches(name.upper(), table, 1)
            raise WordError("%s: unknown variable%s; there are: %s" % (
                name, ", did you mean %s?" % near[0] if near else "", " ".join(table)))
        words[name] = value.strip() or table[name][0]
    for name, (_, check, _) in table.items():
        wrong = check(words[name])
        if wrong:
            raise WordError("%s=%s: %s" % (name, words[name], wrong))
    if os.path.isfile(words.get("SCRIPT", "")):
        words["SCRIPT"] = os.path.abspath(words["SCRIPT"])
    return words


def build_folder(words):
    """Where the images are: those with mutants have a folder of their own."""
    return os.path.join(words["BUILD"], "mutants") if words["MUTANTS"] else words["BUILD"]


def kernel_options(words, run_id):
    """The kernel's own option line for these variables."""
    line = ["run_id=" + run_id]
    for name in ("RUN", "LOCK", "DURATION", "SEED", *EXPLORE):
        if words[name]:
            line.append("%s=%s" % (name.lower(), words[name]))
    if words["SCRIPT"]:
        line.append("script=" + script_text(words["SCRIPT"]))
    if words["OPTS"]:
        line.append(words["OPTS"])
    return " ".join(line)


def longest_section(words):
    """Seconds of the longer one of hold= and nmi_hold=; the kernel names what is wrong."""
    longest = 0.0
    for word in words["OPTS"].split():
        found = re.fullmatch(r"(nmi_)?hold=(\d+(\.\d+)?)", word)
        if found:
            longest = max(longest, min(float(found.group(2)), 1e7) / 1e6)
    return longest


def main(argv):
    """words.py help | NAME=value ...: print the table, or check the words."""
    if argv == ["help"]:
        for name, (default, _, text) in WORDS.items():
            print("  %-14s %s%s" % (name, text, " [%s]" % default if default else ""))
        return 0
    try:
        parse(argv)
    except WordError as error:
        print(error, file=sys.stderr)
        return report.ERROR
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
