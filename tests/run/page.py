# SPDX-License-Identifier: GPL-2.0-or-later
"""One HTML page of one or more reports: everything in the file, no network, no library.

report.py html REPORT... [-o page.html]; a REPORT is a report.txt, a serial log or a run's folder.
"""
import os
import re
import sys
from html import escape

import page_latency
import page_map
import report as reports

HERE = os.path.dirname(os.path.abspath(__file__))
LETTERS = {"ok": "o", "hang": "H", "innocent": "I", "timeout": "T", "deadlock": "D", "none": "-"}
# What is a table on its own at the end of a report: the first word of its header line.
HEADS = ("lock", "recovery", "per")
VERDICT_CLASS = {"pass": "ok", "fail": "hang", "error": "fault", "crash": "fault"}
SCRIPT = """
"use strict";
let tip = document.getElementById("tip");
document.addEventListener("click", (event) => {
	let cell = event.target.closest(".cells .k");
	tip.hidden = !cell;
	if (cell)
		tip.textContent = cell.title;
});
addEventListener("beforeprint", () => document.querySelectorAll(".path").forEach(
	(path) => { path.open = true; }));
"""


def table(head, rows, classes=""):
    out = ['<div class="scroll"><table class="%s"><thead><tr>' % classes]
    out += ["<th>%s</th>" % escape(word) for word in head]
    out.append("</tr></thead><tbody>\n")
    for row in rows:
        out.append("<tr>%s</tr>\n" % "".join(row))
    return "".join(out) + "</tbody></table></div>\n"


# ---- The closing table, from the report's own last lines.

def closing_lines(report):
    """The "# |" lines after "# noise"."""
    lines, seen = [], False
    for line in report.lines:
        seen = seen or line.startswith("# noise")
        if seen and line.startswith("# | "):
            lines.append(line[4:].rstrip())
    return lines


def blocks(lines):
    """[("table", head, rows) or ("text", line)]: a header line and the rows of as many words."""
    out = []
    for line in lines:
        first = line.split()[0]
        words = re.findall(r"wait p99|wait max|per core|\S+", line)
        if first in HEADS and len(words) > 1:
            out.append(("table", words, []))
        elif out and out[-1][0] == "table" and row_of(line, out[-1][1]):
            out[-1][2].append(row_of(line, out[-1][1]))
        else:
            out.append(("text", line))
    return out


def row_of(line, head):
    """The cells of a row, or None: names of two words ("cpu 3") are one cell."""
    if head[0] == "per core":
        line = re.sub(r"^cpu (\S+)", "cpu\u00a0\\1", line)
    words = line.split(" ")
    words = [word for word in words if word]
    if head[:2] == ["lock", "scenario"] and len(words) == len(head) + 1:
        return words  # the verdict's column has no name
    return words if len(words) == len(head) else None


def cell(word, name):
    bad = (name in ("FAIL", "ERROR") and word != "0") or word in ("FAIL", "ERROR")
    kind = "bad" if bad else "zero" if word in ("0", "-") else ""
    return '<td class="%s">%s</td>' % (kind, escape(word)) if kind else \
        "<td>%s</td>" % escape(word)


def closing(report):
    """The closing tables, each under its caption; that of every case is folded, being long."""
    out, texts, cases = [], [], ""
    for block in blocks(closing_lines(report)):
        if block[0] == "text":
            texts.append(block[1])
            continue
        _, head, rows = block
        if not rows:
            continue
        every = head[:2] == ["lock", "scenario"]
        if every:
            head = head[:2] + [""] + head[2:]
        if texts and texts[-1].endswith(":"):
            out.append('<p class="soft">%s</p>\n' % escape(texts.pop()))
        body = table(head, [[cell(w, h) for w, h in zip(row, head)] for row in rows])
        if every:
            cases = ('<details class="fold"><summary>Every case (%d)</summary>%s</details>\n'
                     % (len(rows), body))
        else:
            out.append(body)
    texts = [text for text in texts if not text.endswith(":") and not text.startswith("every case")]
    return "".join(out) + cases + '<p class="soft">%s</p>\n' % escape("; ".join(texts))


def not_passed(loaded):
    """The cases that a reader looks for first, of all reports."""
    rows = []
    for label, report, _ in loaded:
        rows += [["<td>%s</td>" % escape(c.name), cell(c.verdict.upper(), ""),
                  '<td class="text">%s</td>' % escape(c.why)] +
                 ['<td class="text">%s</td>' % escape(label)] * bool(label)
                 for c in report.cases if c.verdict in ("fail", "error")]
    head = ["case", "verdict", "why"] + ["report"] * bool(loaded[0][0])
    return "<h3>Not passed</h3>\n" + table(head, rows, "words") if rows else ""


# ---- Matrix and exploration: coloured cells.

def short_time(ns):
    return "at once" if ns < 1000 else page_latency.short_ns(ns)


def matrix_class(r):
    outcome, cause = r.get("outcome"), str(r.get("cause", "-"))
    if outcome in ("ok", "impossible"):
        return "ok" if outcome == "ok" else "none"
    if outcome != "fail":
        return "hang"
    if r.get("innocents"):
        return "innocent"
    return "timeout" if re.search("timeout|flushed", cause) else "deadlock"


def causes(text):
    """"abba,abba,flushed" as "abba x2, flushed"."""
    words = str(text).split(",")
    return ", ".join(w + (" \u00d7%d" % words.count(w) if words.count(w) > 1 else "")
                     for w in dict.fromkeys(words) if w != "-")


def matrix_cell(r, wrong):
    key = matrix_class(r)
    errors = r.get("fails", 0)
    title = "outcome %s, cause %s, longest attempt %s ns, errors %s, of innocents %s%s" % (
        r.get("outcome"), r.get("cause", "-"), r.get("time_ns", "?"), errors,
        r.get("innocents", 0), "\nNOT AS EXPECTED" if wrong else "")
    what = {"hang": str(r.get("outcome")), "none": "impossible"}.get(
        key, short_time(r.get("time_ns", 0)))
    note = causes(r.get("cause", "-"))
    if r.get("innocents"):
        note += "; %d of %d innocent" % (r["innocents"], errors)
    return '<td><div class="%s%s" title="%s"><b>%s</b> &nbsp;%s%s<small>%s</small></div></td>' % (
        key, " wrong" if wrong else "", escape(title), LETTERS[key], escape(what),
        " &#9888; not expected" if wrong else "", escape(note))


def matrix(records):
    found, wrong = {}, set()
    for r in records:
        if r["type"] == "matrix":
            found.setdefault(r["script"], {})[r["lock"]] = r
        elif r["type"] == "mismatch":
            wrong.add((r["script"], r["lock"]))
    if not found:
        return ""
    locks = sorted({lock for row in found.values() for lock in row}, key=page_map.natural)
    rows = [["<th>%s</th>" % escape(script)] +
            [matrix_cell(row[lock], (script, lock) in wrong) if lock in row else "<td></td>"
             for lock in locks] for script, row in found.items()]
    names = {"ok": "no error", "deadlock": "deadlock found", "timeout": "somebody timed out",
             "innocent": "an innocent one fails too", "hang": "never ends",
             "none": "cannot be brought about"}
    used = {matrix_class(r) for row in found.values() for r in row.values()}
    legend = "".join('<span><b class="k %s">%s</b>%s</span>' % (key, LETTERS[key], text)
                     for key, text in names.items() if key in used)
    return ('<h2 id="matrix">Outcome matrix</h2>\n<p>Every scripted situation on every lock, in '
            'virtual time: the longest attempt, and why its errors came. %s</p>\n'
            '<div class="legend">%s</div>\n%s' % (
                "Not as expected: %d." % len(wrong) if wrong else "", legend,
                table(["situation"] + locks, rows, "grid")))


def explore_cell(r):
    """One program on one lock."""
    failures = r.get("failures", 0)
    key = "hang" if failures else "ok" if r.get("complete") else "timeout"
    faults = ", ".join("%s %s" % (field[6:], value) for field, value in r.items()
                       if field.startswith("fault."))
    word = "%s fail" % "{:,}".format(failures) if failures else \
        "all fine" if r.get("complete") else "%d of %d" % (r.get("chosen", 0), r.get("choices", 0))
    title = "\n".join("%s: %s" % (k, v) for k, v in r.items() if k not in ("type", "case"))
    return '<td><div class="%s" title="%s"><b>%s</b> &nbsp;%s<small>%s</small></div></td>' % (
        key, escape(title), {"hang": "X", "ok": "o", "timeout": "\u2026"}[key], word,
        escape(faults or "{:,} schedules".format(r.get("schedules", 0))))


def explore(records):
    found, failures = {}, []
    for r in records:
        if r["type"] == "explore" and "program" in r:
            lock = r["case"].rpartition(".")[0]
            found.setdefault(r["program"], {})[lock] = r
        elif r["type"] == "failure" and "program" in r:
            failures.append(r)
    if not found:
        return ""
    locks = sorted({lock for row in found.values() for lock in row}, key=page_map.natural)
    rows = [["<th>%s</th>" % escape(program)] +
            [explore_cell(row[lock]) if lock in row else "<td></td>" for lock in locks]
            for program, row in found.items()]
    any_one = next(iter(next(iter(found.values())).values()))
    out = ['<h2 id="explore">Exploration</h2>\n<p>All schedules of small programs with at most so '
           'many preemptions and NMIs: %s and %s. <b>o</b> all of them fine, <b>X</b> some fail, '
           '<b>\u2026</b> not finished: so many of the first-level choices.</p>\n' % (
               any_one.get("preemptions", "?"), any_one.get("nmis", "?")),
           table(["program"] + locks, rows, "grid")]
    if failures:
        out.append("<h3>Smallest failing schedules</h3>\n" + table(
            ["case", "program", "kind", "what happens", "replay"],
            [["<td>%s</td>" % escape(str(r.get(k, "")))
              for k in ("case", "program", "kind", "what")]
             + ["<td><code>%s</code></td>" % escape(str(r.get("replay", "")))]
             for r in failures], "words"))
    return "".join(out)


# ---- The page.

def environment(loaded):
    """A column per report; facts that all share are there once per column all the same."""
    fields = {}
    columns = []
    for label, report, records in loaded:
        facts = {}
        for r in records:
            if r["type"] in ("begin", "env", "boot", "noise"):
                facts.update((k, v) for k, v in r.items() if k != "type")
        for line in report.lines:
            if line.startswith(("# warn", "# error")):
                facts.setdefault("warnings", []).append(line[2:])
        fields.update(dict.fromkeys(facts))
        columns.append((label or "value", facts))
    fields.pop("warnings", None)
    rows = [["<td>%s</td>" % escape(field)] + ["<td>%s</td>" % escape(str(facts.get(field, "-")))
                                              for _, facts in columns] for field in fields]
    warnings = [line for _, facts in columns for line in facts.get("warnings", [])]
    return ('<h2 id="environment">Environment</h2>\n' +
            table(["fact"] + [label for label, _ in columns], rows) +
            ("<h3>Warnings</h3><pre>%s</pre>\n" % escape("\n".join(warnings)) if warnings else ""))


def labels(names, loaded):
    """A short name per report: what tells it from the others."""
    if len(loaded) == 1:
        return [""]
    found = []
    for name, records in zip(names, loaded):
        env = {k: v for r in records if r["type"] == "env" for k, v in r.items()}
        options = [word for word in str(env.get("options", "")).split()
                   if word.startswith(("run=", "lock="))]
        found.append(" ".join([str(env.get("arch", name))] + options))
    return [text if found.count(text) == 1 else "%s (%d)" % (text, i + 1)
            for i, text in enumerate(found)]


def badge(verdict):
    return '<span class="tag %s">%s</span>' % (VERDICT_CLASS[verdict], verdict.upper())


def reports_table(loaded):
    """A row per report: what it is of, and how its cases went."""
    rows = []
    for label, report, records in loaded:
        env = {k: v for r in records if r["type"] == "env" for k, v in r.items()}
        verdicts = [case.verdict for case in report.cases]
        rows.append(["<td>%s</td><td>%s</td>" % (escape(label), badge(verdict_of(report)))] +
                    [cell(str(verdicts.count(v)), v.upper())
                     for v in ("pass", "fail", "error", "skip")] +
                    ["<td>%s</td>" % escape(str(env.get(field, "-")))
                     for field in ("cpus", "timing", "commit")])
    return table(["report", "verdict", "passed", "failed", "error", "skipped", "cores", "timing",
                  "commit"], rows)


def summary(loaded):
    out = ['<h2 id="summary">Summary</h2>\n', reports_table(loaded) if loaded[1:] else ""]
    for label, report, _ in loaded:
        _, why = reports.judged(report)
        out += ['<p class="note">%s %s</p>\n' % (escape(label), escape(sentence))
                for sentence in why]
    out.append(not_passed(loaded))
    for label, report, _ in loaded:
        body = closing(report)
        if not label:
            out.append(body)
        elif "<table" in body:
            out.append('<details class="fold"%s><summary>%s</summary>%s</details>\n' % (
                " open" if len(report.cases) > 3 else "", escape("Closing table: " + label), body))
    return "".join(out)


def verdict_of(report):
    return ("pass", "fail", "error", "crash")[reports.judged(report)[0]]


def facts_line(loaded):
    env = {k: v for _, _, records in loaded for r in records if r["type"] == "env"
           for k, v in r.items()}
    words = [("arch", "{}"), ("model", "{}"), ("cpus", "{} cores"), ("commit", "commit {}"),
             ("compiler", "{}")]
    if env.get("cpus") == 1:
        words[2] = ("cpus", "{} core")
    seen = [form.format(env[key]) for key, form in words if key in env and len(loaded) == 1]
    seen = seen or ["%d reports" % len(loaded)]
    # Blanks between them are where a narrow screen breaks the line.
    return " ".join("<span>%s</span>" % escape(word) for word in seen)


def html(named):
    """The page; @named: [(name, Report)]."""
    all_records = [list(reports.records(report)) for _, report in named]
    names = labels([name for name, _ in named], all_records)
    loaded = [(label, report, records) for label, (_, report), records
              in zip(names, named, all_records)]
    records = [r for part in all_records for r in part]
    pairs = list(zip(names, all_records))
    sections = [("summary", "Summary", summary(loaded)),
                ("map", "Window map", page_map.html(pairs)),
                ("matrix", "Matrix", matrix(records)),
                ("explore", "Exploration", explore(records)),
                ("latency", "Latency", page_latency.html(pairs)),
                ("environment", "Environment", environment(loaded))]
    sections = [section for section in sections if section[2]]
    worst = max((verdict_of(report) for _, report in named),
                key=("pass", "fail", "error", "crash").index)
    note = ""
    if any(r.get("timing") == "logic-only" for r in records):
        note = ('<p class="note">Timings are <b>logic-only</b>: emulated by QEMU TCG, they show '
                'the logic at work and say nothing about hardware. Verdicts, outcomes and counts '
                'hold; the map, the matrix and exploration run in virtual time.</p>\n')
    with open(os.path.join(HERE, "page.css"), encoding="utf-8") as style:
        css = style.read()
    return ('<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            '<link rel="icon" href="data:,">\n<title>barelock: %s</title>\n<style>\n%s</style>'
            '</head>\n<body>\n<header><h1>barelock %s</h1>\n<p class="facts">%s</p>\n<nav>%s</nav>'
            '\n%s</header>\n<main>\n%s</main>\n<footer>%s</footer>\n<div id="tip" hidden></div>\n'
            '<script>%s</script>\n</body></html>\n' % (
                worst, css, badge(worst), facts_line(loaded),
                "".join('<a href="#%s">%s</a>' % (key, name) for key, name, _ in sections), note,
                "".join("<section>%s</section>\n" % body for _, _, body in sections),
                "Made by barelock's report.py from %s." % escape(
                    ", ".join(name for name, _ in named if name) or "one run"), SCRIPT))


def load(path):
    path = os.path.join(path, "report.txt") if os.path.isdir(path) else path
    with open(path, "rb") as log:
        report = reports.read_report(log.read())
    if not report.begin:
        raise ValueError("%s: no report in it" % path)
    if reports.other_version(report):
        raise ValueError("%s: %s" % (path, reports.other_version(report)))
    return path, report


def main(argv):
    out = "page.html"
    if "-o" in argv[:-1]:
        at = argv.index("-o")
        out = argv[at + 1]
        argv = argv[:at] + argv[at + 2:]
    if "--help" in argv:
        print(__doc__.strip())
        return reports.PASS
    if not argv or argv[-1] == "-o":
        print("html: no report is named; make run leaves one in build/ARCH", file=sys.stderr)
        return reports.ERROR
    try:
        named = [load(path) for path in argv]
        text = html(named)
        with open(out, "w", encoding="utf-8") as page:
            page.write(text)
    except OSError as error:
        print("html: %s: %s" % (error.filename, error.strerror), file=sys.stderr)
        return reports.ERROR
    except ValueError as error:
        print("html: %s" % error, file=sys.stderr)
        return reports.ERROR
    print("%s: %d KiB" % (out, len(text.encode()) // 1024))
    broken = [(path, reports.damage(report)) for path, report in named if reports.damage(report)]
    for path, why in broken:
        print("html: %s: %s" % (path, "; ".join(why)), file=sys.stderr)
    return reports.ERROR if broken else reports.PASS
