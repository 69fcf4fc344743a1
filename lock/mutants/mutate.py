#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Make the seeded faults of faults.txt (its head explains the format), or of another file.

  mutate.py list [FILE]         the mutants' names
  mutate.py SOURCE OUT [FILE]   OUT/NAME/: the headers of folder SOURCE with the fault NAME in them,
                            and fault.h, which says what it is

A text that is not there exactly once is an error: nothing is built, no fault is lost silently.
"""
import os
import re
import sys

FAULTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "faults.txt")
NAME = re.compile(r"^[a-z][a-z0-9-]*$")


class FaultError(Exception):
    """A fault that cannot be made; the text is the one line for the user."""


class Fault:
    """One block: @edits are [old, new], all within @function of @file."""

    def __init__(self, name):
        self.name = name
        self.wrong = self.shows = self.members = self.file = self.function = ""
        self.edits = []

    def take(self, word, rest):
        """One line of the block."""
        if word in ("-", "+"):
            # A "-" after a "+" begins the next edit.
            if word == "-" and (not self.edits or self.edits[-1][1] is not None):
                self.edits.append([rest, None])
            elif word == "-":
                self.edits[-1][0] += " " + rest
            else:
                self.edits[-1][1] = "\n".join(filter(None, [self.edits[-1][1], rest]))
        elif word == "at":
            self.file, self.function = rest.split()
        elif word in ("wrong", "shows"):
            setattr(self, word, rest)
        elif word == "with":
            self.members = rest
        else:
            raise FaultError("%s: unknown word %s" % (self.name, word))


def read_faults(path=FAULTS):
    """The faults, in the order of the file."""
    faults = []
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            word, _, rest = line.rstrip("\n").partition(" ")
            if not word or word == "#":
                continue
            if word == "fault":
                if not NAME.match(rest) or rest in [f.name for f in faults]:
                    raise FaultError("%s: not a name, or twice" % rest)
                faults.append(Fault(rest))
            else:
                faults[-1].take(word, rest)
    return faults


def scope(text, name):
    """(start, end) of the definition of function or macro @name."""
    start = re.search(r"^(?:static\b.*\b%s\(|#define %s\b)" % (name, name), text, re.M)
    if not start:
        raise FaultError("there is no " + name)
    is_macro = text.startswith("#", start.start())
    end = re.compile(r"[^\\]$" if is_macro else r"^}", re.M).search(text, start.start())
    return start.start(), end.end()


def replaced(text, function, old, new):
    """@text with @old, which must occur exactly once in @function, replaced by @new."""
    start, end = scope(text, function)
    pattern = r"\s+".join(re.escape(token) for token in old.split())
    found = list(re.compile(pattern).finditer(text, start, end))
    if len(found) != 1:
        raise FaultError("%s has %d times: %s" % (function, len(found), old))
    return text[:found[0].start()] + (new or "") + text[found[0].end():]


def write(path, text):
    """Only what changed, so that make compiles no more than it must."""
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            if file.read() == text:
                return
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def make_fault(fault, headers, out):
    """Write the folder of one mutant. @headers: name -> text."""
    folder = os.path.join(out, fault.name)
    os.makedirs(folder, exist_ok=True)
    headers = dict(headers)
    for old, new in fault.edits:
        try:
            headers[fault.file] = replaced(headers[fault.file], fault.function, old, new)
        except FaultError as error:
            raise FaultError("%s: %s: %s" % (fault.name, fault.file, error)) from error
    identifier = "mutant_" + fault.name.replace("-", "_")
    headers["fault.h"] = "".join("#define MUTANT_%s %s\n" % pair for pair in (
        ("ID", identifier),
        ("REVISION", identifier + "_revision"),
        ("NAME", '"mutant-%s"' % fault.name),
        ("WRONG", '"%s"' % fault.wrong),
        ("LIKE", '"rq-7.2-tas"' if "test_and_set" in fault.members else '"rq-7.2"'),
        ("MEMBERS", fault.members)))
    for name, text in headers.items():
        write(os.path.join(folder, name), text)


def main(argv):
    try:
        listed = argv[0] == "list"
        path = argv[2 - listed] if len(argv) > 2 - listed else FAULTS
        faults = read_faults(path)
        if listed:
            print(" ".join(fault.name for fault in faults))
            return 0
        source, out = argv[:2]
        headers = {}
        for name in os.listdir(source):
            if name.endswith(".h"):
                with open(os.path.join(source, name), encoding="utf-8") as file:
                    headers[name] = file.read()
        for fault in faults:
            make_fault(fault, headers, out)
    except FaultError as error:
        print("%s: %s" % (path, error), file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
