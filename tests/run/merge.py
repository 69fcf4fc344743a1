#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Merge the reports of the shards of one exploration into the report of the whole.

  merge.py REPORT REPORT ... [FORMAT=text|json|junit]

The shards are runs with the same options but SHARD=0/n to SHARD=(n-1)/n, of the same build, on
any machines. Each must be there once. What they counted is added up; the report that comes out
is whole in itself: plan, line count, CRC. Exit status as that of a run.
"""
import re
import sys
import zlib

import report as reports

SUMMED = ("choices", "chosen", "schedules", "seen", "points", "skipped", "steps", "forgotten",
          "unsaved", "failures", "ms", "longer")
LARGEST = ("longest", "cores")
SMALLEST = ("complete", "levels")
PARTS = re.compile(r"\bshard=(\d+)/(\d+)\b")
WORST = ("error", "fail", "pass", "skip")


class MergeError(Exception):
    """The parts are no whole; the text says why."""


def load(path):
    """A verified Report and the shard it is: (report, index, count)."""
    try:
        with open(path, "rb") as file:
            report = reports.read_report(file.read())
    except OSError as error:
        raise MergeError("%s: %s" % (path, error.strerror)) from error
    found = reports.damage(report)
    if found:
        raise MergeError("%s: %s" % (path, found[0]))
    shards = {PARTS.search(line).groups() for line in report.lines
              if re.match(r"# (explore|random) ", line)}
    if len(shards) != 1:
        raise MergeError("%s: is no report of one shard of an exploration" % path)
    index, count = shards.pop()
    return report, int(index), int(count)


def check_parts(parts, paths):
    count = parts[0][2]
    seen = {}
    for (_, index, total), path in zip(parts, paths):
        if total != count:
            raise MergeError("%s: is a part of %d, %s is one of %d" % (
                path, total, paths[0], count))
        if index in seen:
            raise MergeError("%s: is shard %d/%d, and so is %s" % (path, index, count, seen[index]))
        seen[index] = path
    missing = [i for i in range(count) if i not in seen]
    if missing:
        raise MergeError("shard %d/%d is missing" % (missing[0], count))


def fields(line):
    """A record's fields in order, as text."""
    return dict(re.findall(r"(\S+?)=(\"[^\"]*\"|\S*)", line))


def key_of(line):
    """What must be equal for two records to be parts of one."""
    own = fields(line)
    return tuple([line.split()[1]] + [own.get(name) for name in (
        "case", "program", "preemptions", "nmis", "reduce", "runs", "k", "d", "seed")])


def add(whole, line):
    """Add the record @line to the dict @whole."""
    for name, value in fields(line).items():
        if name in SUMMED or name.startswith("fault."):
            whole[name] = str(int(whole.get(name, 0)) + int(value))
        elif name in LARGEST:
            whole[name] = str(max(int(whole.get(name, 0)), int(value)))
        elif name in SMALLEST:
            whole[name] = str(min(int(whole.get(name, value)), int(value)))
        elif name == "shard":
            whole[name] = "0/1"
        elif whole.setdefault(name, value) != value:
            raise MergeError("case %s program %s: %s=%s in one part and %s in another" % (
                whole.get("case"), whole.get("program"), name, whole[name], value))


def sum_up(parts):
    """The merged records, in the order in which they first came."""
    sums = {}
    for report, _, _ in parts:
        for line in report.lines:
            if re.match(r"# (explore|random) ", line):
                add(sums.setdefault(key_of(line), {}), line)
    return ["# %s %s" % (key[0], " ".join("%s=%s" % item for item in whole.items()))
            for key, whole in sums.items()]


def verdict(parts, name):
    """(verdict, why) of case @name in the whole: the worst; what one shard skipped another has."""
    cases = [case for report, _, _ in parts for case in report.cases if case.name == name]
    if len(cases) != len(parts):
        raise MergeError("case %s is not in every part" % name)
    worst = min(cases, key=lambda case: WORST.index(case.verdict))
    hidden = worst.verdict == "skip" and any("another shard" in c.why or "in this shard" in c.why
                                             for c in cases)
    if hidden:
        return "fail", "known defect did not show in any shard"
    return worst.verdict, worst.why


def case_line(number, name, outcome, why):
    mark = {"skip": "SKIP ", "error": "ERROR "}.get(outcome, "")
    good = "ok" if outcome in ("pass", "skip") else "not ok"
    note = " # %s%s" % (mark, why) if mark or why else ""
    return "%s %d %s%s" % (good, number, name, note)


def merge(parts):
    """The report of the whole."""
    first = min(parts, key=lambda part: part[1])[0]
    names = [case.name for case in first.cases]
    lines = [line for line in first.lines if re.match(r"(KTAP|# env)", line)]
    lines.append("1..%d" % len(names))
    lines += sum_up(parts)
    for report, index, count in sorted(parts, key=lambda part: part[1]):
        lines += [line for line in report.lines
                  if re.match(r"# (failure|error|warn|hang) ", line)]
    outcomes = set()
    for number, name in enumerate(names, 1):
        outcome, why = verdict(parts, name)
        outcomes.add(outcome)
        lines.append(case_line(number, name, outcome, why))
    error = "error" in outcomes or any(line.startswith("# error") for line in lines)
    whole = reports.Report()
    whole.feed(first.begin)
    for line in lines:
        whole.feed(line)
    crc = zlib.crc32("".join(line + "\n" for line in lines).encode())
    whole.feed("@@END lines=%d crc32=%08x verdict=%s" % (
        len(lines), crc, "error" if error else "fail" if "fail" in outcomes else "pass"))
    return whole


def main(argv):
    form = "text"
    paths = []
    for word in argv:
        if word.startswith("FORMAT="):
            form = word[len("FORMAT="):]
        else:
            paths.append(word)
    if not paths or form not in reports.FORMATS:
        print("usage: merge.py REPORT ... [FORMAT=%s]" % "|".join(reports.FORMATS),
              file=sys.stderr)
        return reports.ERROR
    try:
        parts = [load(path) for path in paths]
        check_parts(parts, paths)
        whole = merge(parts)
    except MergeError as error:
        print("merge: %s" % error, file=sys.stderr)
        return reports.ERROR
    status, why = reports.verify(whole)
    sys.stdout.write(reports.convert(whole, status, why, form))
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
