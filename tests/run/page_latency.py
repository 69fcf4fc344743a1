# SPDX-License-Identifier: GPL-2.0-or-later
"""Latency as inline SVG: a histogram per core above a common log axis, and their CDFs beside it."""
import math
from html import escape

WHATS = {"wait-ok": "wait until taken", "wait-fail": "wait until refused",
         "recover": "recovery from a deadlock", "progress": "between two successes"}
WIDTH, LEFT, RIGHT, GAP = 560, 40, 62, 52
RIDGE, TOP, AXIS = 30, 8, 18
MAX_CORES = 8
NINES = ((0.5, "50 %"), (0.9, "90 %"), (0.99, "99 %"), (0.999, "99.9 %"), (0.9999, "99.99 %"))
DASHES = ("", "6 2", "2 2", "8 2 2 2", "4 4", "1 3", "10 3", "3 1")


def short_ns(ns):
    """Nanoseconds as a person says them."""
    for unit, size in (("s", 10**9), ("ms", 10**6), ("us", 10**3)):
        if ns >= size:
            return "%.3g %s" % (ns / size, unit.replace("us", "\u00b5s"))
    return "%d ns" % ns


def collect(records):
    """{case: {(ctx, what): {cpu: sorted buckets}}}; lines of one histogram are joined."""
    found = {}
    for r in records:
        if r["type"] == "hist" and "buckets" in r:
            key = (str(r.get("ctx", "task")), str(r.get("what", "wait-ok")))
            cores = found.setdefault(r["case"], {}).setdefault(key, {})
            cores.setdefault(str(r.get("cpu", "all")), []).extend(r["buckets"])
    return found


def bucket_end(low, fine):
    """Where a bucket ends: the kernel's are log-linear, those of one core four per octave."""
    width = 2 ** max(0, low.bit_length() - 1) // (32 if fine else 4)
    return low + max(1 if fine else 8, width)


class LogAxis:
    """Positions on a log scale between two whole decades (at least half a decade apart)."""

    def __init__(self, low, high, left, width):
        self.low = math.log10(max(low, 1)) - 0.05
        self.high = max(math.log10(max(high, 1)) + 0.05, self.low + 0.5)
        self.left, self.width = left, width

    def at(self, ns):
        share = (math.log10(max(ns, 1)) - self.low) / (self.high - self.low)
        return self.left + self.width * min(1, max(0, share))

    def ticks(self, top, bottom):
        """Lines at the decades, or at 1, 2 and 5 of each where there are few."""
        out, last = [], -99
        steps = (1,) if self.high - self.low > 2 else (1, 2, 5)
        for decade in range(int(self.low), int(self.high) + 1):
            for step in steps:
                x = self.at(step * 10 ** decade)
                if not self.low <= decade + math.log10(step) <= self.high:
                    continue
                out.append('<path class="grid-line" d="M%.1f %dV%d"/>' % (x, top, bottom))
                if x - last > 38:
                    out.append('<text x="%.1f" y="%d" text-anchor="middle">%s</text>'
                               % (x, bottom + 13, short_ns(step * 10 ** decade)))
                    last = x
        return "".join(out)


def nines(share):
    """Height of a share on an axis on which each further nine is as high as the one before."""
    return min(1.0, -math.log10(max(1 - share, 10 ** -4.3)) / 4.3)


def ridge(buckets, axis, base, room, fine):
    """A histogram as one path, @room high; what is there at all is at least a pixel high."""
    most = max(count for _, count in buckets)
    out = []
    for low, count in buckets:
        height = max(1.2, (room - 6) * count / most)
        out.append("M%.1f %dV%.1fH%.1fV%dz" % (axis.at(low), base, base - height,
                                               axis.at(bucket_end(low, fine)), base))
    return "".join(out)


def cdf(buckets, axis, bottom, height, fine):
    """The share of values up to each bucket's end, as steps."""
    total, seen = sum(count for _, count in buckets), 0
    out = ["M%.1f %.1f" % (axis.at(buckets[0][0]), bottom)]
    for low, count in buckets:
        seen += count
        out.append("H%.1fV%.1f" % (axis.at(bucket_end(low, fine)),
                                   bottom - height * nines(seen / total)))
    return "".join(out)


def chart(cores):
    """The SVG of some cores' histograms, {cpu: buckets}."""
    names = sorted(cores, key=lambda c: (not c.isdigit(), int(c) if c.isdigit() else 0))
    names = names[:MAX_CORES]
    low = min(b[0][0] for b in cores.values())
    high = max(bucket_end(b[-1][0], False) for b in cores.values())
    height = max(RIDGE * len(names), 104)
    half = (WIDTH - LEFT - RIGHT - GAP) / 2
    left = LogAxis(low, high, LEFT, half)
    right = LogAxis(low, high, LEFT + half + GAP, half)
    bottom = TOP + height
    step = height / len(names)
    out = ['<svg viewBox="0 0 %d %d" role="img" aria-label="histogram and CDF%s">'
           % (WIDTH, bottom + AXIS, " of all cores" if names == ["all"] else " per core"),
           left.ticks(TOP, bottom), right.ticks(TOP, bottom)]
    for share, label in NINES:
        y = bottom - height * nines(share)
        out.append('<path class="grid-line" d="M%.1f %.1fh%.1f"/><text x="%.1f" y="%.1f" '
                   'text-anchor="end">%s</text>'
                   % (right.left, y, half, right.left - 5, y + 3, label))
    for i, name in enumerate(names):
        buckets, fine = sorted(cores[name]), name == "all"
        base = TOP + step * (i + 1)
        out.append('<text x="%d" y="%.1f" text-anchor="end">%s</text>'
                   '<path d="%s" fill="var(--c%d)"/>'
                   % (LEFT - 6, base - 3, "cpu " + name if name != "all" else "all",
                      ridge(buckets, left, base, step, fine), i % 8))
        out.append('<path d="%s" fill="none" stroke="var(--c%d)" stroke-width="1.8" '
                   'stroke-dasharray="%s"/>'
                   % (cdf(buckets, right, bottom, height, fine), i % 8, DASHES[i % 8]))
        y = TOP + 10 + 13 * i
        x = right.left + half + 8
        out.append('<path d="M%.1f %dh16" stroke="var(--c%d)" stroke-width="1.8" '
                   'stroke-dasharray="%s"/><text x="%.1f" y="%d">%s</text>'
                   % (x, y - 3, i % 8, DASHES[i % 8], x + 21, y,
                      "cpu " + name if name != "all" else "all"))
    return "".join(out) + "</svg>"


def figure(title, key, cores, total):
    """One chart with its caption; @total: the "# cpu" record of all cores, or {}."""
    ctx, what = key
    cores = {cpu: sorted(b) for cpu, b in cores.items()}
    alone = {cpu: b for cpu, b in cores.items() if cpu != "all"} or cores
    facts = ", ".join("%s %s" % (name, short_ns(total[field])) for field, name in (
        ("p50", "median"), ("p99", "p99"), ("max", "worst")) if field in total)
    return ("<figure><figcaption>%s <small>%s, in the %s%s</small></figcaption>%s</figure>\n"
            % (escape(title), escape(WHATS.get(what, what)), escape(ctx),
               "; %s value%s: %s" % ("{:,}".format(total["n"]), "" if total["n"] == 1 else "s",
                                     facts) if "n" in total else "",
               chart(alone)))


def html(reports):
    """The section, or ""; @reports: [(label, records)]."""
    out, alone, merged = [], False, False
    for label, records in reports:
        totals = {(r["case"], r.get("ctx"), r.get("what")): r for r in records
                  if r["type"] == "cpu" and r.get("id") == "all"}
        locks = {}
        for case, figures in collect(records).items():
            lock, _, scenario = case.rpartition(".")
            locks.setdefault(lock or case, []).append((case, scenario, figures))
        for lock, cases in locks.items():
            out.append('<details class="fold"%s><summary>%s%s <span class="soft">%d</span>'
                       '</summary><div class="figures">' % (
                           "" if out else " open", escape(lock),
                           " &middot; " + escape(label) if label else "", len(cases)))
            for case, scenario, figures in cases:
                for key, cores in figures.items():
                    merged |= set(cores) == {"all"}
                    alone |= set(cores) != {"all"}
                    out.append(figure(scenario, key, cores, totals.get((case,) + key, {})))
            out.append("</div></details>\n")
    if not out:
        return ""
    return ('<h2 id="latency">Latency</h2>\n<p>%s Left: a histogram of each, '
            'scaled to its own highest bar. Right: the share of values up to a time, on an '
            'axis that gives each further nine as much room as the one before. Time is on a log '
            'axis.</p>\n' % " ".join(
                ["Per core and context."] * alone +
                ["Of more than %d cores a report has only the histogram of all together, per "
                 "context." % MAX_CORES] * merged) + "".join(out))
