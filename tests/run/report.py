#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Read a barelock report: find it in a serial log, verify it, turn it into other formats.

  report.py LOG [FORMAT=text|json|junit|html]
  report.py html REPORT... [-o page.html]     one page of all of them
  report.py compare A[,A2...] B[,B2...]       two runs side by side (--help tells more)

The grammar is that of kernel/report.h: KTAP between "@@BEGIN barelock ..." and
"@@END lines=N crc32=X verdict=V", records as "# word key=value ...". Everything outside the two
markers is noise from firmware and is dropped. Exit status: 0 pass, 1 a lock failed, 2 error,
3 crash, or a report that is not whole.
"""
import json
import re
import sys
import zlib
from xml.sax.saxutils import escape, quoteattr

PASS, FAIL, ERROR, CRASH = 0, 1, 2, 3
VERDICTS = {"pass": PASS, "fail": FAIL, "error": ERROR}
FORMATS = ("text", "json", "junit", "html")
VERSION = "1"  # of the format, as in @@BEGIN

ANSI = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|[@-Z\\-_])")
BEGIN = re.compile(r"@@BEGIN barelock (\d+)(.*)$")
END = re.compile(r"^@@END lines=(\d+) crc32=([0-9a-f]{1,8}) verdict=(\w+)$")
PLAN = re.compile(r"^1\.\.(\d+)\b")
CASE = re.compile(r"^(ok|not ok) (\d+) (\S+)(?: # ?(.*))?$")
RECORD = re.compile(r"^# (@|[a-z_][a-z0-9_-]*)((?: [^ ].*)?)$")
FIELD = re.compile(r'([A-Za-z_][\w.-]*)=("[^"]*"|\S*)|(\S+)')


def plain_lines(data):
    """The log's lines as text: no carriage returns, no terminal escapes."""
    text = data.decode("utf-8", "replace").replace("\r", "")
    return [ANSI.sub("", line) for line in text.split("\n")]


def value_of(text):
    """A field's value: a number where it is one, else the text without its quotes."""
    if text.startswith('"'):
        return text.strip('"')
    if re.match(r"^-?\d+$", text):
        return int(text)
    if re.match(r"^-?\d+\.\d+$", text):
        return float(text)
    return text


def fields_of(text):
    """key=value fields of a record as a dict, and the words that are no fields."""
    fields, words = {}, []
    for key, value, word in FIELD.findall(text):
        if key:
            fields[key] = value_of(value)
        else:
            words.append(word)
    return fields, words


class Case:
    """One "ok" or "not ok" line."""

    def __init__(self, match):
        self.number = int(match.group(2))
        self.name = match.group(3)
        note = match.group(4) or ""
        word, _, rest = note.partition(" ")
        good = match.group(1) == "ok"
        special = {(True, "SKIP"): "skip", (False, "ERROR"): "error"}.get((good, word))
        self.verdict = special or ("pass" if good else "fail")
        self.why = rest if special else note


class Report:
    """What was between the markers. feed() it line by line, as it arrives."""

    def __init__(self):
        self.begin = None
        self.lines = []  # between the markers
        self.end = None
        self.plan = None
        self.cases = []
        self.bail = None
        self.restarted = False
        self.judged = None  # verify()'s answer by somebody who knows more than the report

    @property
    def open(self):
        """Has it begun, and not ended?"""
        return self.begin is not None and self.end is None

    def feed(self, line):
        """Take one line without its newline. Return: is it part of the report?"""
        match = BEGIN.search(line)
        if match:
            if self.begin is not None:
                self.restarted = True
                return False
            self.begin = line[match.start():]
            return True
        if not self.open:
            if "Bail out!" in line and self.bail is None:
                self.bail = line
            return False
        if line.startswith("@@END"):
            self.end = line
            return True
        self.lines.append(line)
        self.take(line)
        return True

    def take(self, line):
        """Keep what a line inside the report says."""
        match = PLAN.match(line)
        if match and self.plan is None:
            self.plan = int(match.group(1))
            return
        match = CASE.match(line)
        if match:
            self.cases.append(Case(match))
        elif line.startswith("Bail out!"):
            self.bail = line

    def text(self):
        """The report alone, markers included."""
        whole = [self.begin] if self.begin else []
        whole += self.lines
        if self.end:
            whole.append(self.end)
        return "".join(line + "\n" for line in whole)

    def crc(self):
        return zlib.crc32("".join(line + "\n" for line in self.lines).encode())


def read_report(data):
    """A Report from the bytes of a serial log."""
    report = Report()
    lines = plain_lines(data)
    if lines and lines[-1] == "":
        lines.pop()
    for line in lines:
        report.feed(line)
    return report


def other_version(report):
    """A sentence where this tool does not know the format, else ""."""
    version = BEGIN.match(report.begin).group(1) if report.begin else VERSION
    return "" if version == VERSION else \
        "a report of format version %s; this tool reads version %s" % (version, VERSION)


def damage(report):
    """What makes a report unusable, one sentence each; [] if it is whole."""
    if report.begin is None:
        return [report.bail or "no report: @@BEGIN never came"]
    if other_version(report):
        return [other_version(report)]
    found = []
    if report.restarted:
        found.append("the machine started again: a second @@BEGIN came")
    if report.bail:
        found.append(report.bail)
    if report.end is None:
        found.append("the report is cut: no @@END after %d lines" % len(report.lines))
        return found
    end = END.match(report.end)
    if not end:
        return found + ["the end marker cannot be read: " + report.end]
    if int(end.group(1)) != len(report.lines):
        found.append("lines are missing or added: @@END says %s, %d came"
                     % (end.group(1), len(report.lines)))
    if int(end.group(2), 16) != report.crc():
        found.append("the text was damaged: @@END says crc32=%s, it is %08x"
                     % (end.group(2), report.crc()))
    if end.group(3) not in VERDICTS:
        found.append("@@END has verdict=%s: must be one of: %s"
                     % (end.group(3), " ".join(VERDICTS)))
    return found + miscounted(report, end.group(3))


def miscounted(report, verdict):
    """Plan, cases and the verdict must tell the same story."""
    if report.plan is None:
        return ["there is no plan (1..N)"]
    found = []
    if len(report.cases) != report.plan and verdict != "error":
        found.append("%d cases planned, %d seen" % (report.plan, len(report.cases)))
    names, numbers = set(), set()
    for case in report.cases:
        if case.name in names or case.number in numbers:
            found.append("case %d %s came twice" % (case.number, case.name))
        names.add(case.name)
        numbers.add(case.number)
    out_of_range = [n for n in sorted(numbers) if not 1 <= n <= report.plan]
    if out_of_range:
        found.append("case number %d is outside the plan 1..%d" % (out_of_range[0], report.plan))
    sum_up = verdict_of(report)
    if verdict != sum_up:
        found.append("@@END says %s, but the cases say %s" % (verdict, sum_up))
    return found


def verdict_of(report):
    """What the cases and error lines come to."""
    verdicts = {case.verdict for case in report.cases}
    if "error" in verdicts or len(report.cases) != report.plan \
            or any(line.startswith("# error") for line in report.lines):
        return "error"
    return "fail" if "fail" in verdicts else "pass"


def verify(report):
    """Return: (exit status, [sentences that say why it is not what the report itself says])."""
    found = damage(report)
    if found:
        return ERROR if other_version(report) else CRASH, found
    return VERDICTS[END.match(report.end).group(3)], []


def judged(report):
    """verify(), or what the runner made of it."""
    return report.judged or verify(report)


def records(report):
    """Every record as a dict with its "type"; order as in the report."""
    fields, _ = fields_of(BEGIN.match(report.begin).group(2)) if report.begin else ({}, [])
    if report.begin:
        yield dict(fields, type="begin")
    for line in report.lines:
        case = CASE.match(line)
        if case:
            case = Case(case)
            yield {"type": "case", "number": case.number, "case": case.name,
                   "verdict": case.verdict, "why": case.why}
            continue
        record = RECORD.match(line)
        if not record:
            continue
        fields, words = fields_of(record.group(2))
        if not fields:
            continue
        buckets = [[int(n) for n in w.split(":")] for w in words if re.match(r"^\d+:\d+$", w)]
        fields["type"] = "value" if record.group(1) == "@" else record.group(1)
        if buckets:
            fields["buckets"] = buckets
        yield fields
    if report.end:
        yield dict(fields_of(report.end[5:])[0], type="end")


def to_json(report, status, why):
    """JSON lines, one record each; the last one is the verified result."""
    out = [json.dumps(record) for record in records(report)]
    out.append(json.dumps({"type": "result", "status": status, "why": why}))
    return "".join(line + "\n" for line in out)


def xml_text(text):
    """Only what XML 1.0 can hold."""
    return re.sub(r"[^\t\n\x20-\ud7ff\ue000-\ufffd]", "?", text)


def junit_case(case, messages):
    """One <testcase>; @messages: what the report says about it in records."""
    lock, _, scenario = case.name.rpartition(".")
    head = "    <testcase classname=%s name=%s" % (
        quoteattr(xml_text("barelock." + lock if lock else "barelock")),
        quoteattr(xml_text(scenario)))
    body = ""
    element = {"fail": "failure", "error": "error", "skip": "skipped"}.get(case.verdict)
    if element:
        body += "      <%s message=%s/>\n" % (element, quoteattr(xml_text(case.why)))
    if messages:
        body += "      <system-out>%s</system-out>\n" % escape(xml_text("\n".join(messages)))
    return "%s>\n%s    </testcase>\n" % (head, body) if body else head + "/>\n"


def to_junit(report, status, why):
    """JUnit XML; what is wrong with the report itself is a test case of its own."""
    about = {}
    for line in report.lines:
        match = re.match(r"^# (?:@|cpu)\b.*?\bcase=(\S+)", line)
        if match:
            about.setdefault(match.group(1), []).append(line)
    body = ""
    for case in report.cases:
        messages = [line for name, lines in about.items() for line in lines
                    if name == case.name or name.startswith(case.name + ".")]
        body += junit_case(case, messages)
    counts = {v: sum(case.verdict == v for case in report.cases)
              for v in ("fail", "error", "skip")}
    extra = ""
    if why or status == CRASH or (status == ERROR and not counts["error"]):
        # A failure is what is found beside the report, such as a data race.
        verdict = "fail" if status == FAIL else "error"
        counts[verdict] += 1
        extra = "failure" if status == FAIL else "error"
        message = "; ".join(why) or "the testbed or the machine reported an error"
        body += ('    <testcase classname="barelock" name="report">\n      <%s message=%s/>\n'
                 '    </testcase>\n' % (extra, quoteattr(xml_text(message))))
    return ('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n'
            '  <testsuite name="barelock" tests="%d" failures="%d" errors="%d" skipped="%d">\n'
            '%s  </testsuite>\n</testsuites>\n'
            % (len(report.cases) + bool(extra), counts["fail"], counts["error"], counts["skip"],
               body))


def convert(report, status, why, form):
    """The report as text, json or junit."""
    if form == "json":
        return to_json(report, status, why)
    if form == "junit":
        return to_junit(report, status, why)
    if form == "html":
        report.judged = status, why
        import page  # a tool of its own, which needs this one
        return page.html([("", report)])
    return report.text()


def main(argv):
    if argv[:1] == ["compare"]:
        import report_compare
        return report_compare.main(argv[1:])
    if argv[:1] == ["html"]:
        import page
        return page.main(argv[1:])
    form = "text"
    names = []
    for word in argv:
        if word.startswith("FORMAT="):
            form = word[len("FORMAT="):]
        else:
            names.append(word)
    if form not in FORMATS:
        print("FORMAT=%s: must be one of: %s" % (form, " ".join(FORMATS)), file=sys.stderr)
        return ERROR
    if len(names) != 1:
        print("usage: report.py LOG [FORMAT=%s]" % "|".join(FORMATS), file=sys.stderr)
        return ERROR
    try:
        with open(names[0], "rb") as log:
            report = read_report(log.read())
    except OSError as error:
        print("%s: %s" % (names[0], error.strerror), file=sys.stderr)
        return ERROR
    if other_version(report):
        print("%s: %s" % (names[0], other_version(report)), file=sys.stderr)
        return ERROR
    status, why = verify(report)
    sys.stdout.write(convert(report, status, why, form))
    for sentence in why:
        print("report: " + sentence, file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
