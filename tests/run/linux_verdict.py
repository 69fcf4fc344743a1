# SPDX-License-Identifier: GPL-2.0-or-later
"""What the runs of `make linux-check` say about a tree's lock, and the page about it."""
import os
import re

import report as reports
import report_map

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NEWEST, NEWEST_TAS = "rq-7.2", "rq-7.2-tas"
# A release and the revision that behaves like it (lock/rqspinlock/revisions.h).
VERSIONS = (((7, 2, 0), "rq-7.2"), ((6, 19, 0), "rq-6.19"), ((6, 18, 2), "rq-6.18"),
            ((6, 18, 0), "rq-6.17"), ((6, 17, 13), "rq-6.18"), ((6, 16, 8), "rq-6.17"),
            ((6, 15, 0), "rq-6.15"))
# What is the same whatever the order of events: scenario, context.
FIXED = ("aa-task", "aa-nmi", "head-nmi", "owner-nmi", "held-overflow", "stuck-owner")
# Defects that a situation is made for; scripts name theirs by their first letter.
SCENARIO_DEFECT = {"head-nmi": "D", "lone-head": "F", "owner-nmi": "E"}
# What they are: README, "The outcome matrix".
DEFECT_TEXT = {
    "A": "an NMI meets a held lock without its entry in the table",
    "B": "a deadlock with itself is found only after 1 ms",
    "C": "an NMI does not queue, and times out behind a busy lock",
    "D": "an NMI queues behind its own core, for ever",
    "E": "a waiter in the queue does not look for a deadlock with itself",
    "F": "a lone head that gives up waits for a successor, for ever",
}
SUMS = ("hangs", "stalls", "faults", "false.task", "false.after-release", "false.attempt-below",
        "false.no-node", "innocents")
TIME_SLACK_NS = 100000
# Later than that is no look at the table that came late, but a wait that ran out.
SOON_NS = 10000000
LINES_MAX = 12


class CheckError(Exception):
    """No verdict; the text is the one line for the user, the status what to end with."""

    def __init__(self, text, status=reports.ERROR):
        super().__init__(text)
        self.status = status


def by_version(tree):
    """The revision of a release, or None: a git tree or a candidate may be anything between."""
    found = re.fullmatch(r"(\d+)\.(\d+)(?:\.(\d+))?", tree.version)
    if not found or tree.name != tree.version:
        return None
    number = tuple(int(word or 0) for word in found.groups())
    return next(name for first, name in VERSIONS if number >= first)


def expected_cells():
    """{(script, lock): (outcome, cause, ns, errors, innocents)} of tests/expected/matrix."""
    cells = {}
    with open(os.path.join(TOP, "tests/expected/matrix")) as table:
        for line in table:
            w = line.partition("#")[0].split()
            if w:
                cells[w[0], w[1]] = (w[2], w[3], int(w[4]), int(w[5]), int(w[6]))
    return cells


def same_cell(a, b):
    return a[:2] == b[:2] and a[3:] == b[3:] and abs(a[2] - b[2]) <= TIME_SLACK_NS


def worse_cell(ours, seen):
    """Is @seen worse than @ours? Situations that cannot be had on one of them tell nothing."""
    if "impossible" in (ours[0], seen[0]):
        return False
    fault_a, fault_b = (cell[0] not in ("ok", "fail") for cell in (ours, seen))
    if fault_a or fault_b:
        return fault_b and not fault_a
    return seen[2] > ours[2] + TIME_SLACK_NS or seen[3] > ours[3] or seen[4] > ours[4]


def defect_of(script, ours, seen):
    """The letter of what makes @seen worse than @ours, or None."""
    later = seen[2] - ours[2]
    if seen[0] in ("ok", "fail") and later <= SOON_NS:
        if later > TIME_SLACK_NS and seen[1] == "aa-at-wait":
            return "B"
        return "C" if "timeout-trylock" in seen[1] and script.startswith("c-") else None
    # The letters are waits for somebody that are too long, or for ever: nothing else has one.
    waits = "a-f" if seen[0] in ("ok", "fail") else "df" if seen[0] == "hang" else "-"
    return script[0].upper() if re.match("[%s]-" % waits, script) else None


def cell_text(cell):
    text = "%s %s" % (cell[0], "%.1f ms" % (cell[2] / 1e6))
    if cell[3]:
        text += ", %d errors (%s), %d innocent" % (cell[3], cell[1], cell[4])
    return text


def typed(run, kind):
    return [record for record in run.records if record["type"] == kind]


class Verdict:
    """What was found, and the page about it."""

    def __init__(self, tree, words):
        self.tree, self.words = tree, words
        self.lock, self.tas = "linux:" + tree.name, "linux:%s-tas" % tree.name
        self.expected = expected_cells()
        self.defects, self.letters, self.differs, self.rows = [], {}, [], []
        self.nearest, self.why = None, ""
        self.endless = {}  # {lock: the script that it never ends}

    def defect(self, text, letter=None):
        self.defects.append((letter, text))
        if letter:
            self.letters.setdefault(letter, []).append(text)

    # ---- Matrix

    def matrix(self, run):
        cells = {(r["script"], r["lock"]): (
            str(r["outcome"]), str(r.get("cause", "-")), r.get("time_ns", 0), r.get("fails", 0),
            r.get("innocents", 0)) for r in typed(run, "matrix")}
        found = {r["lock"]: r for r in typed(run, "nearest")}
        if self.lock not in found:
            raise CheckError("matrix: no result for " + self.lock, reports.CRASH)
        likest, named = found[self.lock]["revision"], by_version(self.tree)
        self.nearest, self.why = named or likest, "by its version" if named else "by what it does"
        # A stable release may have fixes that its version is older than.
        if named and self.does_as(cells, likest) and not self.does_as(cells, named):
            self.nearest, self.why = likest, "by what it does; by its version %s" % named
        for lock, ours, newest in ((self.lock, self.nearest, NEWEST),
                                   (self.tas, NEWEST_TAS, NEWEST_TAS)):
            self.matrix_of(cells, lock, ours, newest)
        for record in typed(run, "left_out"):
            self.endless[record["lock"]] = record["after"]
            self.defect("%s on %s never ends, so no script after it was run" % (
                record["after"], record["lock"]))
        if likest != self.nearest and self.lock not in self.endless:
            self.differs.append("matrix: more like %s than like %s" % (likest, self.nearest))

    def does_as(self, cells, ours):
        """Does the tree's lock do as @ours wherever both of them can be led?"""
        for (script, lock), seen in cells.items():
            want = self.expected.get((script, ours), ("impossible",))
            if lock == self.lock and "impossible" not in (seen[0], want[0]):
                if not same_cell(want, seen):
                    return False
        return True

    def matrix_of(self, cells, lock, ours, newest):
        agree = total = absent = 0
        for (script, name), seen in cells.items():
            if name != lock or (script, ours) not in self.expected:
                continue
            want, best = self.expected[script, ours], self.expected[script, newest]
            if (seen[0] == "impossible") != (want[0] == "impossible"):
                absent += 1
                continue
            total += 1
            agree += same_cell(want, seen)
            # There is one revision of test-and-set.
            if not same_cell(want, seen) and (lock == self.lock or self.nearest == NEWEST):
                self.differs.append("matrix: %s on %s: %s; %s: %s" % (
                    script, lock, cell_text(seen), ours, cell_text(want)))
            if worse_cell(best, seen):
                self.defect("%s: %s; %s: %s" % (script, cell_text(seen), newest, cell_text(best)),
                            defect_of(script, best, seen))
        self.rows.append(("matrix%s: cells as %s" % (" (tas)" if lock == self.tas else "", ours),
                          "%d of %d" % (agree, total), "%d not reached" % absent if absent else ""))

    # ---- Window map and exploration

    def engines(self, theirs, ours):
        self.verdicts(theirs)
        a, b = (self.sums(run) for run in (theirs, ours))
        for name in SUMS:
            self.rows.append(("window map: " + name, a.get(name, "-"), b.get(name, "-")))
        a, b = (self.classes(run) for run in (theirs, ours))
        self.rows.append(("window map: situations", len(a), len(b)))
        for key in sorted(set(a) & set(b)):
            only, lacks = a[key] - b[key], b[key] - a[key]
            if only or lacks:
                self.differs.append("window map: %s, NMI takes the %s lock:%s%s" % (
                    *key, " here also " + ", ".join(sorted(only)) if only else "",
                    " here never " + ", ".join(sorted(lacks)) if lacks else ""))
        a, b = (self.explored(run) for run in (theirs, ours))
        for program in a:
            if unlike(a[program], b.get(program, a[program])):
                self.differs.append("explore: %s: %s; %s: %s" % (
                    program, a[program][0], self.nearest, b[program][0]))
        self.rows.append(("explore: programs failing", *(
            "%d of %d" % (sum(v[0] != "holds" for v in e.values()), len(e)) for e in (a, b))))
        self.rows.append(("explore: schedules complete", *(
            "%d of %d" % (sum(v[1] for v in e.values()), len(e)) for e in (a, b))))
        self.rows.append(("instructions, lock + unlock by a call", self.instructions(theirs),
                          self.instructions(ours)))

    @staticmethod
    def sums(run):
        return {r["case"].partition(".window-map.")[2]: r.get("value")
                for r in typed(run, "value") if ".window-map." in str(r.get("case"))}

    @staticmethod
    def classes(run):
        found = {}
        for record in typed(run, "map"):
            found.setdefault((record["path"], record["takes"]), set()).add(
                report_map.class_of(record))
        return found

    @staticmethod
    def explored(run):
        """{program: (kinds of faults, were these all schedules, the kinds as a set)}."""
        found = {}
        for r in typed(run, "explore"):
            kinds = sorted(key[len("fault."):] for key in r if key.startswith("fault."))
            found[r["program"]] = (", ".join(kinds) or "holds", r["complete"], set(kinds))
        return found

    @staticmethod
    def instructions(run):
        steps = {r["path"]: r.get("boundaries") for r in typed(run, "map_path")}
        pair = [steps.get("fast-lock"), steps.get("fast-unlock")]
        return sum(pair) if None not in pair else "-"

    # ---- Free-running scenarios

    def verdicts(self, run):
        """Each case of the tree's locks that failed is a defect."""
        for record in typed(run, "case"):
            name = str(record["case"])
            lock, _, scenario = name.rpartition(".")
            if lock == self.lock and record["verdict"] == "fail":
                self.defect("%s: %s" % (scenario, record.get("why") or "fails"),
                            SCENARIO_DEFECT.get(scenario))

    def free(self, theirs, ours):
        self.verdicts(theirs)
        tried = [v for n, v in theirs.verdicts.items() if n.startswith("linux:")]
        a, b = causes(theirs, self.lock), causes(ours, self.nearest)
        for key in b:
            if a.get(key) != b[key]:
                self.differs.append("%s %s: %s; %s: %s" % (
                    *key, " ".join(a.get(key, ["nothing"])), self.nearest, " ".join(b[key])))
        self.rows.append(("free-running scenarios held", "%d of %d" % (
            tried.count("pass"), len(tried)), ""))

    # ---- The page

    def print(self, seconds, rest):
        """The page; what is too much for it goes to the file @rest."""
        print("%s on %s: our revision nearest to it is %s (%s)" % (
            self.lock, self.words["ARCH"], self.nearest, self.why))
        width = max(18, len(self.lock))
        print("\n  %-37s %-*s %s" % ("", width, self.lock, self.nearest))
        for name, theirs, ours in self.rows:
            print("  %-37s %-*s %s" % (name, width, theirs, ours))
        worse = ["%s %s" % (letter or "-", text) for letter, text in self.defects]
        with open(rest, "w") as out:
            out.write("".join(line + "\n" for line in self.differs + worse))
        # One example of each defect with a name, and all without.
        first = {letter: next(l for l in worse if l[0] == letter) for letter in self.letters}
        shown = [l for l in worse if l[0] == "-" or l == first[l[0]]]
        for title, lines, count in (("differs from " + self.nearest, self.differs,
                                     len(self.differs)),
                                    ("worse than " + NEWEST, shown, len(worse))):
            print("\n%s: %s" % (title, count or "nothing"))
            for line in lines[:LINES_MAX]:
                print("  " + line)
            if count > min(len(lines), LINES_MAX):
                print("  (all: %s)" % rest)
        for letter in sorted(self.letters):
            print("defect %s: %s" % (letter, DEFECT_TEXT[letter]))
        print("\n%s, after %.0f s" % (self.sentence(), seconds))

    def status(self):
        wanted = self.words["DEFECT"].split(",") if self.words["DEFECT"] else []
        if wanted:
            return reports.FAIL if set(wanted) & set(self.letters) else reports.PASS
        return reports.FAIL if self.defects else reports.PASS

    def sentence(self):
        named = " ".join(sorted(self.letters)) or "without a name"
        holds = "verdict: %s holds" % self.lock
        if self.words["DEFECT"] and self.status() == reports.PASS:
            return "%s as to %s%s" % (holds, self.words["DEFECT"],
                                      "; its defects: " + named if self.defects else "")
        if not self.defects:
            return holds
        return "verdict: %s has defects: %s" % (self.lock, named)


def unlike(a, b):
    """Do two explorations differ? What is missing in one that was cut short tells nothing."""
    return bool(a[2] - b[2] and b[1] or b[2] - a[2] and a[1])


def causes(run, lock):
    """{scenario and context: outcomes and causes} of the scenarios whose events are fixed."""
    found = {}
    for record in typed(run, "cpu"):
        name = str(record.get("case"))
        if record.get("id") != "all" or not name.startswith(lock + "."):
            continue
        if name[len(lock) + 1:] in FIXED:
            told = ["%s=%s" % (key, value) for key, value in record.items()
                    if key in ("edeadlk", "etimedout") or key.startswith("cause.")]
            found[name[len(lock) + 1:], record.get("ctx")] = told
    return found
