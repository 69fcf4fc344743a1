# SPDX-License-Identifier: GPL-2.0-or-later
"""Two runs compared: every record side by side, changed verdicts, regressions.

report.py compare A[,A2...] B[,B2...]; A is the older one. More files on a side are repeated runs.
"""
import argparse
import os
import re
import statistics
import sys

import report as reports
import report_map

SAME, WORSE, UNUSABLE = 0, 1, 2
HELP = """\
Marks: "same"; "better" or "worse", beyond the bound ("?": one run, so it may be chance); "noise",
within it or not told apart. Medians are compared. With repeated runs a change is one only where the
ranges of A and B lie further apart than the wider of them is long: with 3 runs a side chance alone
does that to 1 figure in 250, with 4 to 1 in 3,000. With one run a side only the bound decides.

A regression is one of: a worse verdict or result; a case, or a cell of matrix or map, that is gone
though both runs were asked for the same; an exact figure (window map, matrix, explore: virtual
time, the same in every run) worse by more than the bound; a time, rate or failure count of a whole
case (not of one core, not a maximum) worse by more than the bound, with 3 runs a side: these differ
from run to run, and with fewer a "?" is all that can be said. Timings under TCG are logic-only and
no regressions unless TIMINGS=1.

BOUND=10%, TIMINGS=0|1 and PAIR=OLD=NEW, as `make compare-runs` has them, are the options below.

Exit status: 0 no regression, 1 regression, 2 the reports cannot be compared.
"""
RUNS_NEEDED = 3
NAMES = ("case", "id", "cpu", "ctx", "what", "lock", "path", "takes", "script", "program", "name",
         "unit", "boundary")
TEXTS = ("result", "outcome", "cause", "nmi", "task", "class", "works")
# Of these a run has one, or what they say is said elsewhere.
SKIPPED = ("begin", "end", "env", "boot", "case", "cover", "failure", "mismatch", "warn", "worst")
EXACT_TYPES = ("map", "map_path", "matrix", "explore", "random")
EXACT_CASES = re.compile(r"(^|\.)(window-map|matrix|explore|replay|script)\.(?!took|injections)")
TIME = {"ns", "us", "ms", "s", "ps"}
RATE = {"ops/s", "1/s", "per_s", "KB/s"}
# Failures, by the name of the figure.
BAD = re.compile(r"innocent|fail|timed_?out|dropped|hang|stall|fault|false|differs|missed|broken|"
                 r"unexpected|incomplete|overtaken|oracle_errors|gave_up|unsure|insns")
GOOD = re.compile(r"covered|cells|programs|jain|complete$")
# Of one core, or of one attempt: shown, but too much of an accident to judge by.
EXTREME = re.compile(r"max|p999|longest|slowest|fastest|most|least|worst|skew")
# What is a loss when it is gone. A single boundary only where both builds are the same: another one
# has other instructions; a whole path has its sums, of hangs for one.
CELLS = (("matrix", "outcome"), ("map", "hang"))
BOUNDARY = ("map", "class")
RANK = {"pass": 0, "skip": 1, "fail": 2, "error": 3}


class CompareError(Exception):
    """The reports cannot be compared; one line."""


def load(path):
    """A whole report of this format version from a file, or from the folder of a run."""
    if not path:
        raise CompareError("two reports must be named: A=report B=report")
    path = os.path.join(path, "report.txt") if os.path.isdir(path) else path
    try:
        with open(path, "rb") as log:
            report = reports.read_report(log.read())
    except OSError as error:
        raise CompareError("%s: %s" % (path, error.strerror)) from None
    wrong = reports.damage(report)
    if wrong:
        raise CompareError("%s: %s" % (path, wrong[0]))
    return Run(path, report)


class Run:
    """One report: facts of the machine, verdicts, and figures by key."""

    def __init__(self, path, report):
        self.path = path
        # Without run_id= the name in @@BEGIN is the seed, which two runs may share.
        self.identity = (report.begin, report.end)
        self.records = list(reports.records(report))
        self.env = {}
        for record in self.records:
            if record["type"] == "env":
                self.env.update(record)
        self.verdicts = {case.name: case.verdict for case in report.cases}
        self.figures = {}

    def machine(self):
        """The architecture; a program on Linux says only by its atomics for which it is made."""
        arch, atomics = self.env.get("arch"), self.env.get("atomics")
        if arch != "host" or not atomics:
            return arch
        return "host (%s)" % ("x86_64" if atomics == "native" else "arm64")

    def asked(self):
        """What the run was asked for, as far as it chooses cases."""
        words = str(self.env.get("options", "")).split()
        return sorted(w for w in words if w.split("=")[0] in ("run", "lock", "script", "program"))

    def locks(self):
        return {str(record["lock"]) for record in self.records if "lock" in record} | {
            name.rpartition(".")[0] for name in self.verdicts}

    def take(self, rename, without):
        """Fill the figures. @rename maps a lock's name to the one it is compared as; what is about
        the lock @without is left out."""
        old, new = rename or ("", "")

        def is_about(text, lock):
            return bool(lock) and (str(text) + ".").startswith(lock + ".")

        def renamed(text):
            return new + str(text)[len(old):] if is_about(text, old) else str(text)

        self.verdicts = {renamed(name): verdict for name, verdict in self.verdicts.items()
                         if not is_about(name, without)}
        for record in map_sums(self.records):
            names = [(key, renamed(record[key])) for key in NAMES if key in record]
            if any(is_about(record[key], without) for key in ("case", "lock") if key in record):
                continue
            kind = record["type"]
            if kind == "value":
                names.append(("metric", self.metric_of(names[0][1])))
                self.add(kind, names, "value", record)
                self.add(kind, names, "result", record)
                continue
            for field in record:
                if field not in NAMES and field != "type":
                    self.add(kind, names, field, record)

    def metric_of(self, name):
        """A figure's name without its case's."""
        cases = [case for case in self.verdicts if name.startswith(case + ".")]
        return name[len(max(cases, key=len, default="")):].lstrip(".")

    def add(self, kind, names, field, record):
        value = record.get(field)
        if field in TEXTS or isinstance(value, (int, float)):
            words = " ".join(name for key, name in names if key not in ("unit", "metric"))
            self.figures[(kind, words, field)] = (value, dict(names))


def map_sums(records):
    """The records, those of the window map as one class each and as counts per path."""
    counts = {}
    for record in records:
        if record["type"] in SKIPPED or record["type"] == "hist":
            continue
        if record["type"] != "map":
            yield record
            continue
        key = tuple((k, record.get(k)) for k in ("lock", "path", "takes"))
        count = counts.setdefault(key, dict.fromkeys(report_map.CLASSES, 0))
        name = report_map.class_of(record)
        count[name] += 1
        yield {"type": "map", **dict(key), "boundary": report_map.place_of(record), "class": name}
    for key, count in counts.items():
        yield {"type": "map", **dict(key), **count}


def kind_of(key, names):
    """(exact, time, rate, count or fact; is more of it worse (1), better (-1) or neither (0))."""
    record, words, field = key
    unit = names.get("unit", "") if record == "value" or re.match(r"p\d+$|max", field) else ""
    exact = record in EXACT_TYPES or (record == "value" and EXACT_CASES.search(words))
    metric = names["metric"] if record == "value" else field
    sign = 1 if BAD.search(metric) or field in report_map.BAD else 0
    sign = sign or (-1 if GOOD.search(metric) else 0)
    if record == "explore" and field in ("ms", "complete", "levels"):
        return ("fact", 0) if field == "ms" else ("time", -1)
    if exact:
        return "exact", 1 if field.startswith("time_") or unit in TIME else sign
    if unit in TIME:
        return "time", 1
    if unit in RATE:
        return "rate", -1
    return ("count", sign) if sign else ("fact", 0)


def is_headline(key, names):
    """Is it a figure of a whole case, and of the lock rather than of the machine?"""
    record, words, field = key
    if words.startswith("calibrate") or record not in ("value", "cpu") + EXACT_TYPES:
        return False
    if EXTREME.search(names["metric"] if record == "value" else field):
        return False
    return record != "cpu" or names.get("id") == "all"


class Row:
    """One figure of both sides."""

    def __init__(self, key, sides, options):
        self.key, self.names = key, (sides[0] or sides[1])[0][1]
        self.a, self.b = ([value for value, _ in side] for side in sides)
        self.kind, self.sign = kind_of(key, self.names)
        self.regression = False
        if not self.a or not self.b:
            self.mark = "only in " + ("A" if self.a else "B")
        elif key[2] in TEXTS:
            self.judge_texts()
        else:
            self.judge(options)

    def case(self):
        """The case that made it."""
        record, names = self.key[0], self.names
        if record == "value":
            return self.key[1][:-len(names["metric"])].rstrip(".")
        if record in ("map", "map_path"):
            return names.get("lock", "") + ".window-map"
        return names.get("case", record)

    def judge_gone(self, same_build):
        """B was asked for the same and ran the case, but has it not."""
        what = (self.key[0], self.key[2])
        self.mark = "gone"
        self.regression = what in CELLS or (what == BOUNDARY and same_build)

    def judge_texts(self):
        """Words: worse only where a pass turned into something else."""
        a, b = set(map(str, self.a)), set(map(str, self.b))
        self.mark = "same" if a == b else "changed"
        if a == b:
            return
        word = self.key[2]
        self.regression = (word == "result" and a == {"pass"} and "fail" in b) or \
            (word == "outcome" and "hang" in b - a) or (word == "works" and not a & b) or \
            (word == "class" and bool((b - a) & set(report_map.BAD[:4])))
        self.mark = "worse" if self.regression else "changed"

    def change(self):
        """Of the medians, as a share of A's."""
        a, b = statistics.median(self.a), statistics.median(self.b)
        if a == b:
            return 0.0
        return (b - a) / abs(a) if a else float("inf") * (1 if b > a else -1)

    def ranges_apart(self):
        """Do the ranges lie further apart than the wider one is long?"""
        gap = max(min(self.b) - max(self.a), min(self.a) - max(self.b))
        return gap > 0 and gap >= max(max(v) - min(v) for v in (self.a, self.b))

    def judge(self, options):
        change = self.change()
        runs = min(len(self.a), len(self.b))
        if self.a == self.b or (not change and runs == 1):
            self.mark = "same"
            return
        told_apart = self.ranges_apart() or (runs == 1 and len(self.a + self.b) == 2)
        if abs(change) <= options.bound or not told_apart:
            self.mark = "noise"
            return
        self.mark = {0: "changed", 1: "worse", -1: "better"}[
            self.sign * (1 if change > 0 else -1)]
        if runs == 1 and self.kind != "exact":
            self.mark += "?"
        # How many schedules fail depends on how far the exploration came; that some do, does not.
        if self.key[0] in ("explore", "random") and self.kind == "exact" and any(self.a):
            return
        if self.mark.rstrip("?") != "worse" or not is_headline(self.key, self.names):
            return
        self.regression = self.kind == "exact" or (runs >= RUNS_NEEDED and (
            self.kind == "count" or options.timings))

    def text(self):
        """One line of the table."""
        record, words, field = self.key
        name = "%s %s" % (words, field) if field != "value" else words
        ratio = ""
        if self.a and self.b and self.key[2] not in TEXTS:
            a, b = statistics.median(self.a), statistics.median(self.b)
            ratio = "%.3f" % (b / a) if a else "1.000" if not b else "new"
        return "%-7s %-58s %18s %18s %8s  %s%s" % (
            "@" if record == "value" else record, name, shown(self.a), shown(self.b), ratio,
            self.mark, " REGRESSION" if self.regression else "")


def number(value):
    return "%.4g" % value if isinstance(value, float) and value < 1e4 else "%d" % value


def shown(values):
    """A median, and the range of repeated runs."""
    if not values:
        return "-"
    if isinstance(values[0], str):
        return "/".join(sorted(set(map(str, values))))
    text = number(statistics.median(values))
    if len(values) > 1 and min(values) != max(values):
        text += " [%s..%s]" % (number(min(values)), number(max(values)))
    return text


def changed_verdicts(sides, same_request):
    """[(case, A's, B's, is it worse)], each verdict the worst of the repeated runs."""
    found = []
    for name in dict.fromkeys(name for side in sides for run in side for name in run.verdicts):
        a, b = (max((run.verdicts[name] for run in side if name in run.verdicts),
                    key=RANK.get, default="absent") for side in sides)
        if a == b:
            continue
        worse = RANK[b] > RANK[a] if "absent" not in (a, b) else b == "absent" and same_request
        found.append((name, a, b, worse or (a == "absent" and b in ("fail", "error"))))
    return found


def check_runs(sides):
    """Raise where one run is given as several: it would look as if nothing were chance."""
    for side in sides:
        seen = {}
        for run in side:
            other = seen.setdefault(run.identity, run)
            if other is not run:
                raise CompareError("%s: the same run as %s" % (run.path, other.path))


def check_pair(sides, pair):
    """Raise for a lock that no report of its side has."""
    for side, letter, lock in zip(sides, "AB", pair):
        if not any(lock in run.locks() for run in side):
            raise CompareError("PAIR=%s=%s: no report of %s has a lock %s" % (
                pair + (letter, lock)))


def check_machines(sides):
    """Raise for what cannot be compared; return lines that the reader should know."""
    runs = sides[0] + sides[1]
    for run in runs[1:]:
        a, b = runs[0].machine(), run.machine()
        if a != b:
            raise CompareError("%s is %s, %s is %s: another architecture cannot be compared"
                               % (runs[0].path, a, run.path, b))
    notes = []
    for field in ("model", "cpus", "timing", "commit", "compiler", "seed", "atomics"):
        a, b = (sorted({str(run.env.get(field, "?")) for run in side}) for side in sides)
        if a != b:
            notes.append("%s: A %s, B %s" % (field, ", ".join(a), ", ".join(b)))
    return notes


def compare(sides, options):
    """Return: (rows, changed verdicts)."""
    asked = {tuple(run.asked()) for side in sides for run in side}
    keys = dict.fromkeys(key for side in sides for run in side for key in run.figures)
    rows = [Row(key, [[run.figures[key] for run in side if key in run.figures] for side in sides],
                options) for key in keys]
    if not any(row.a and row.b for row in rows):
        raise CompareError("the reports have no record in common; PAIR=OLD=NEW compares two locks")
    same_request = len(asked) == 1 and not options.rename
    if same_request:
        builds = {(run.env.get("commit"), run.env.get("compiler"))
                  for side in sides for run in side}
        ran = {name for run in sides[1] for name, verdict in run.verdicts.items()
               if verdict != "skip"}
        for row in rows:
            if not row.b and row.case() in ran:
                row.judge_gone(len(builds) == 1)
    return rows, changed_verdicts(sides, same_request)


def print_all(sides, notes, rows, verdicts, options):
    """The table, and what matters last, where a terminal shows it."""
    for letter, side in zip("AB", sides):
        print("%s: %s" % (letter, ", ".join(run.path for run in side)))
    for note in notes:
        print("differs: " + note)
    print("%-7s %-58s %18s %18s %8s  %s" % ("record", "figure", "A", "B", "B/A", "mark"))
    for row in rows:
        if row.regression or not options.brief:
            print(row.text())
    print("\nchanged verdicts:%s" % ("" if verdicts else " none"))
    for name, a, b, worse in verdicts:
        print("  %-50s %s -> %s%s" % (name, a, b, " REGRESSION" if worse else ""))
    found = [row for row in rows if row.regression]
    if found and not options.brief:
        print("\nregressions beyond %g %%:" % (100 * options.bound))
        for row in found:
            print(row.text())
    count = {}
    for row in rows:
        count[row.mark] = count.get(row.mark, 0) + 1
    print("\n%d figures: %s" % (len(rows), ", ".join("%d %s" % (n, m) for m, n in count.items())))
    runs = min(map(len, sides))
    print("runs: %d of A, %d of B%s" % (len(sides[0]), len(sides[1]), "" if runs >= RUNS_NEEDED
          else "; from %d of each on, chance is told from change" % RUNS_NEEDED))
    if not options.timings:
        print("timings%s: shown, not judged; TIMINGS=1 judges them"
              % ("" if options.real else " are logic-only (emulated)"))
    total = len(found) + sum(worse for _, _, _, worse in verdicts)
    print("%d regression%s beyond %g %%" % (total, "" if total == 1 else "s", 100 * options.bound))
    return WORSE if total else SAME


def bound_of(text):
    match = re.fullmatch(r"(\d+(?:\.\d+)?) ?%", text)
    if not match:
        raise argparse.ArgumentTypeError("must be a share such as 10% or 2.5%")
    return float(match.group(1)) / 100


def rename_of(text):
    old, equals, new = text.partition("=")
    if not (old and equals and new):
        raise argparse.ArgumentTypeError("must be OLD=NEW, two names of locks")
    return old, new


def timings_of(text):
    if text not in ("", "0", "1"):
        raise argparse.ArgumentTypeError("must be 0 or 1")
    return {"0": False, "1": True}.get(text)


# As make has them: name: (option, what reads the value).
WORDS = {"BOUND": ("bound", bound_of), "TIMINGS": ("timings", timings_of),
         "PAIR": ("rename", rename_of)}


class OneLine(argparse.ArgumentParser):
    """Complaints of one line."""

    def error(self, message):
        self.exit(UNUSABLE, "compare: %s\n" % message)


def parse(argv):
    parser = OneLine(prog="report.py compare", description=__doc__, epilog=HELP,
                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("a", metavar="A[,A2...]")
    parser.add_argument("b", metavar="B[,B2...]")
    parser.add_argument("--bound", type=bound_of, default=0.10, metavar="10%",
                        help="how much worse a figure may get (10%%)")
    parser.add_argument("--timings", action="store_true", default=None,
                        help="judge timings under TCG too")
    parser.add_argument("--brief", action="store_true", help="only what changed for the worse")
    parser.add_argument("--as", dest="rename", type=rename_of, metavar="OLD=NEW",
                        help="compare lock OLD of A with lock NEW of B")
    words = [word.partition("=") for word in argv if word.partition("=")[0] in WORDS]
    options = parser.parse_args([word for word in argv if word.partition("=")[0] not in WORDS])
    for name, _, value in words:
        option, read = WORDS[name]
        try:
            setattr(options, option, read(value))
        except argparse.ArgumentTypeError as wrong:
            parser.error("%s=%s: %s" % (name, value, wrong))
    return options


def main(argv):
    options = parse(argv)
    try:
        sides = [[load(path) for path in side.split(",")] for side in (options.a, options.b)]
        check_runs(sides)
        notes = check_machines(sides)
        if options.rename:
            check_pair(sides, options.rename)
        old, new = options.rename or (None, None)
        for run in sides[0]:
            run.take(options.rename, new)
        for run in sides[1]:
            run.take(None, old)
        options.real = all(run.env.get("timing") == "real" for side in sides for run in side)
        if options.timings is None:
            options.timings = options.real
        rows, verdicts = compare(sides, options)
    except CompareError as error:
        print("compare: %s" % error, file=sys.stderr)
        return UNUSABLE
    return print_all(sides, notes, rows, verdicts, options)
