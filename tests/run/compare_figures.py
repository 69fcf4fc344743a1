# SPDX-License-Identifier: GPL-2.0-or-later
"""What the samples of `make compare` say together, and where they say nothing.

A figure is the median of its samples with the smallest and the largest; or it is not trusted, and
then it is the reason instead: Linux interrupted the samples, they have two modes, they are too far
apart, or there were more threads than processors.
"""
import re
import shlex
import statistics

FORMAT = 1
WIDE = 0.25   # of the median: the middle half of trusted samples is narrower
MODES = 0.1   # of the median: two groups are further apart
# What each of our revisions begins with.
REVISIONS = (("rq-6.15", (6, 15, 0)), ("rq-6.17", (6, 16, 8)), ("rq-6.18", (6, 18, 0)),
             ("rq-6.19", (6, 19, 0)), ("rq-7.2", (7, 2, 0)))


def samples_of(lines):
    """The "# sample" records as dictionaries, numbers as numbers, in their order."""
    found = []
    for line in lines:
        if line.startswith("# sample "):
            words = dict(word.split("=", 1) for word in shlex.split(line[len("# sample "):]))
            found.append({key: int(value) if value.isdigit() else value
                          for key, value in words.items()})
    return found


def recovery_of(lines, lock, scenario):
    """{"ns": median, "worst": largest} of a recovery scenario, None where it was skipped."""
    found = {}
    for line in lines:
        match = re.match(r"# @ case=%s\.recover\.(p50|max) .*\bvalue=(\d+)" % re.escape(
            "%s.%s" % (lock, scenario)), line)
        if match:
            found["ns" if match.group(1) == "p50" else "worst"] = int(match.group(2))
    return found or None


def two_modes(ordered):
    """Medians of the two groups that sorted values fall into, or None."""
    n = len(ordered)
    least = max(2, -(-n // 5))
    for i in range(least, n - least + 1):
        low, high = ordered[:i], ordered[i:]
        gap = high[0] - low[-1]
        inner = max(low[-1] - low[0], high[-1] - high[0])
        if gap > MODES * statistics.median(ordered) and gap > 1.5 * inner:
            return statistics.median(low), statistics.median(high)
    return None


class Figure:
    """One figure out of samples [(value, involuntary switches)], in rounds' order."""

    def __init__(self, samples, reason=None):
        self.samples, self.reason = samples, reason
        self.clean = [value for value, switches in samples if not switches]
        self.why = reason or self.doubt()
        self.trusted = not self.why
        if self.trusted:
            self.median = statistics.median(self.clean)
            self.low, self.high = min(self.clean), max(self.clean)

    def doubt(self):
        total, clean = len(self.samples), sorted(self.clean)
        if len(clean) < max(3, total / 2):
            return "Linux interrupted %d of %d samples" % (total - len(clean), total)
        modes = two_modes(clean)
        if modes:
            return "two modes: %.3g and %.3g" % modes
        quarter = statistics.quantiles(clean, n=4)
        if quarter[2] - quarter[0] > WIDE * statistics.median(clean):
            return "unsteady: %.3g to %.3g" % (clean[0], clean[-1])
        return None

    def text(self, digits=2):
        if not self.trusted:
            return "?"
        return "%.*f (%.*f..%.*f)" % (digits, self.median, digits, self.low, digits, self.high)

    def as_json(self):
        values = {"samples": [round(value, 4) for value, _ in self.samples],
                  "switches": [switches for _, switches in self.samples]}
        if not self.trusted:
            return {"trusted": False, "why": self.why, **values}
        return {"trusted": True, "median": self.median, "low": self.low, "high": self.high,
                **values}


def ratio(figure, base, faster_is_more):
    """How much better than the base, round by round: what slows a whole round falls out."""
    if not (figure and base):
        return None
    return Figure([((a / b if faster_is_more else b / a) if a and b else 0.0, sa + sb)
                   for (a, sa), (b, sb) in zip(figure.samples, base.samples)],
                  figure.reason or base.reason)


def order_of(lock):
    """Ours, Linux's, our classics, libraries'."""
    for place, start in enumerate(("rq-", "linux:", "linux-", "", "ck-", "pthread-")):
        if start and lock.startswith(start):
            return place, lock
    return 3, lock


def nearest_revision(version):
    """Our revision of a Linux version, "7.2.13" or such; None where the name is no version."""
    found = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?", version)
    if not found:
        return None
    number = tuple(int(word or 0) for word in found.groups())
    older = [name for name, first in REVISIONS if first <= number]
    return older[-1] if older else None


class Result:
    """Everything that was measured, by lock."""

    def __init__(self, words, machine, chosen, locks):
        self.words, self.machine = words, machine
        self.locks = sorted(chosen, key=order_of)
        self.flags = locks
        self.instructions, self.not_counted = {}, {}
        self.figures = {}  # {(kind, lock, threads, hold, think): Figure}
        self.fairness = {}  # the same for contended points: least / most share
        self.jain = {}
        linux = [name for name in chosen if name.startswith("linux:")]
        ours = [name for name in chosen if name == "rq-7.2"]
        self.base = (linux + ours + chosen)[0]

    # ---- In

    def reason(self, threads):
        if self.machine["emulated"]:
            return "an emulator ran it"
        if threads > self.machine["cores"]:
            return "%d threads on %d processors" % (threads, self.machine["cores"])
        return None

    def add_samples(self, samples):
        groups, shares, jain = {}, {}, {}
        for s in samples:
            kind, lock = s["kind"], s["lock"]
            if kind.startswith("count"):
                if "missing" in s:
                    self.not_counted[kind, lock] = s["missing"]
                else:
                    self.instructions[kind, lock] = s["instructions"]
                continue
            key = (kind, lock, s.get("threads", 1), s.get("hold", 0), s.get("think", 0))
            groups.setdefault(key, []).append((value_of(s), s["switches"]))
            if "whole" in s:
                groups.setdefault(("signal",) + key[1:], []).append((s["whole"], s["switches"]))
            if kind == "contend" and s["threads"] > 1:
                share = s["least"] / s["most"] if s["most"] else 0
                shares.setdefault(key, []).append((share, s["switches"]))
                jain.setdefault(key, []).append((s["jain"] / 10000, s["switches"]))
        for key, values in groups.items():
            self.figures[key] = Figure(values, self.reason(key[2]))
        for key, values in shares.items():
            self.fairness[key] = Fairness(values, self.reason(key[2]))
            self.jain[key] = Fairness(jain[key], self.reason(key[2]))

    def add_beyond(self, points):
        """What was left out for want of processors: a reason without samples."""
        for kind, locks, threads, hold, think in points:
            if threads > self.machine["cores"]:
                for lock in locks:
                    key = (kind, lock, threads, hold, think)
                    self.figures[key] = Figure([], self.reason(threads))

    def add_recoveries(self, recoveries, cores):
        """Each is a run's own median; how often Linux interrupted it nobody counts."""
        groups = {}
        for lock, scenario, sample in recoveries:
            groups.setdefault((scenario, lock), []).append((sample["ns"], 0))
        for (scenario, lock), values in groups.items():
            self.figures[scenario, lock, cores[scenario], 0, 0] = Figure(
                values, self.reason(cores[scenario]))

    # ---- Out

    def points(self):
        return sorted({key[2:] for key, figure in self.figures.items()
                       if key[0] == "contend" and figure.samples})

    def get(self, kind, lock, threads=1, hold=0, think=0):
        return self.figures.get((kind, lock, threads, hold, think))

    def versus(self, kind, lock, *point):
        found = ratio(self.get(kind, lock, *point), self.get(kind, self.base, *point),
                      kind == "contend")
        return "-" if not found else "%.3f" % found.median if found.trusted else "?"

    def table(self):
        lines = self.head()
        for title, rows in self.sections():
            if rows[1:]:
                widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
                lines += ["", title]
                lines += ["  " + "  ".join(
                    cell.ljust(width) if i == 0 else cell.rjust(width)
                    for i, (cell, width) in enumerate(zip(row, widths))).rstrip()
                    for row in rows]
        lines += self.nearest()
        doubts = self.doubts()
        if doubts:
            lines += ["", "Not trusted, hence not shown (?):"] + ["  " + line for line in doubts]
        return lines

    def head(self):
        m = self.machine
        load = "load %.1f before" % m["load_before"]
        if "load_after" in m:
            load += ", %.1f after, %.1f %% stolen by a hypervisor" % (m["load_after"],
                                                                      m["stolen_percent"])
        lines = ["%s rounds of %s s a sample, medians (smallest..largest), %d processors, %s" % (
            self.words["ROUNDS"], self.words["DURATION"], m["cores"], load)]
        lines.append("real-time priority: " + ("yes" if m["real_time"] else
                     "no: other work interrupts, and locks with a queue suffer most"))
        if m["load_before"] > m["cores"]:
            lines.append("busy: others share caches and cores with what is measured")
        lines.append("instructions are single-stepped, the loop's own included: exact")
        lines.append("speed: against %s in the same rounds; above 1 is better" % self.base)
        return lines

    def count(self, kind, lock):
        if (kind, lock) in self.instructions:
            return str(self.instructions[kind, lock])
        return "-"

    def sections(self):
        yield "A free lock: acquire + release", self.rows_alone(
            "pairs", "count", self.locks + ["empty-loop"])
        yield "Held by the same core (AA): acquire to -EDEADLK", self.rows_alone(
            "aa", "count-aa", self.resilient())
        for threads, hold, think in self.points():
            yield self.point_title(threads, hold, think), self.rows_contended(threads, hold, think)
        yield "Recovery, us from closing the deadlock to the first error", self.rows_recovery()
        yield "A signal as NMI to the own core, and acquiring (and releasing) in its handler, ns", \
            self.rows_nmi()

    def resilient(self):
        return [name for name in self.locks if "resilient" in self.flags[name]]

    def point_title(self, threads, hold, think):
        return "%d thread%s, %g us inside, %g us outside: M/s" % (
            threads, "s" if threads > 1 else "", hold / 1000, think / 1000)

    def rows_alone(self, kind, count, locks):
        rows = [("lock", "instructions", "ns", "speed")]
        for lock in locks:
            figure = self.get(kind, lock)
            if figure:
                rows.append((lock, self.count(count, lock), figure.text(),
                             self.versus(kind, lock)))
        return rows

    def rows_contended(self, *point):
        rows = [("lock", "M/s", "speed") + (("least/most", "Jain") if point[0] > 1 else ())]
        for lock in self.locks:
            figure = self.get("contend", lock, *point)
            if figure:
                row = (lock, figure.text(3), self.versus("contend", lock, *point))
                if point[0] > 1:
                    key = ("contend", lock) + point
                    row += (self.fairness[key].text(), self.jain[key].text(3))
                rows.append(row)
        return rows

    def rows_recovery(self):
        scenarios = sorted({key[0] for key in self.figures if key[0] in (
            "abba", "abbcca", "stuck-owner")})
        rows = [("lock",) + tuple(scenarios)]
        for lock in self.resilient():
            cells = []
            for scenario in scenarios:
                figure = next((f for key, f in self.figures.items()
                               if key[:2] == (scenario, lock)), None)
                cells.append("-" if not figure else "?" if not figure.trusted else
                             "%.2f (%.2f..%.2f)" % (figure.median / 1000, figure.low / 1000,
                                                    figure.high / 1000))
            rows.append((lock,) + tuple(cells))
        return rows

    def rows_nmi(self):
        rows = [("lock", "signal", "free lock", "held lock")]
        for lock in self.resilient():
            figures = [self.get(kind, lock) for kind in ("signal", "nmi-free", "nmi-held")]
            if any(figures):
                rows.append((lock,) + tuple(f.text(1) if f else "-" for f in figures))
        return rows

    def nearest(self):
        """Our revision of each Linux tree against it."""
        lines = []
        for theirs in [name for name in self.locks if name.startswith("linux:")]:
            tas = theirs.endswith("-tas")
            ours = nearest_revision(theirs[len("linux:"):])
            ours = ours and ours + ("-tas" if tas else "")
            if ours not in self.locks:
                continue
            lines += ["", "%s against %s" % (ours, theirs)]
            for count, what in (("count", "a free lock"), ("count-aa", "held by itself")):
                lines.append("  instructions, %s: %s against %s" % (
                    what, self.count(count, ours), self.count(count, theirs)))
            for kind, what, point in [("pairs", "a free lock", ()), ("aa", "held by itself", ())] \
                    + [("contend", self.point_title(*p), p) for p in self.points() if p[0] > 1]:
                found = ratio(self.get(kind, ours, *point), self.get(kind, theirs, *point),
                              kind == "contend")
                if found:
                    lines.append("  speed, %s: %s" % (what, found.text(3) if found.trusted else
                                                      "not trusted: " + found.why))
        return lines

    def doubts(self):
        """A line for each place and reason, with its locks."""
        found = {}
        for (kind, lock, *point), figure in self.figures.items():
            if not figure.trusted:
                reason, _, what = figure.why.partition(": ")
                where = kind + (" " + self.point_title(*point)[:-len(": M/s")]
                                if kind == "contend" else "")
                found.setdefault((where, reason), []).append(
                    lock + (" (%s)" % what if what else ""))
        for (kind, lock), why in self.not_counted.items():
            found.setdefault((kind, "not counted, " + why), []).append(lock)
        return ["%s: %s: %s" % (where, reason, ", ".join(locks))
                for (where, reason), locks in found.items()]

    def as_json(self):
        rows = []
        for (kind, lock, threads, hold, think), figure in self.figures.items():
            row = {"kind": kind, "lock": lock, "threads": threads, "hold_ns": hold,
                   "think_ns": think, "unit": "M/s" if kind == "contend" else "ns",
                   **figure.as_json()}
            key = (kind, lock, threads, hold, think)
            if key in self.fairness:
                row["least_to_most"] = self.fairness[key].as_json()
                row["jain"] = self.jain[key].as_json()
            rows.append(row)
        counted = [{"kind": kind, "lock": lock, "instructions": n, "method": "single step"}
                   for (kind, lock), n in self.instructions.items()]
        counted += [{"kind": kind, "lock": lock, "instructions": None, "why": why}
                    for (kind, lock), why in self.not_counted.items()]
        return {"format": "barelock compare %d" % FORMAT, "machine": self.machine,
                "words": self.words, "base": self.base, "locks": self.locks,
                "instructions": counted, "figures": rows}


def value_of(sample):
    if sample["kind"] == "contend":
        return 1000 * sample["ops"] / max(1, sample["ns"])
    return sample["ps"] / 1000 if "ps" in sample else sample["ns"]


class Fairness(Figure):
    """A share may well differ from round to round: that is how unfair a lock is."""

    def doubt(self):
        if len(self.clean) < max(3, len(self.samples) / 2):
            return Figure.doubt(self)
        return None
