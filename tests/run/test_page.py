#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Host tests of the HTML page: what is in it, and what it says about bad input."""
import contextlib
import io
import os
import re
import tempfile
import unittest

import page
import page_latency
import page_map
import report
import report_map
from test_report import whole

# Two revisions on one path: 4 boundaries go well, 3 hang, 3 stall; the newer one recovers.
OLD = ["ok"] * 4 + ["hang"] * 3 + ["stall"] * 3
NEW = ["ok"] * 4 + ["deadlock"] * 6
ENDS = {"ok": "nmi=ok task=ok", "hang": "nmi=hang task=hang fault=hang",
        "stall": "nmi=etimedout(timeout-pending) task=ok stall=1",
        "deadlock": "nmi=edeadlk(aa-at-wait) task=ok"}


def map_lines(lock, classes):
    lines = '# map_path lock=%s path=aa same=%d other=0 alone=fine doc="held <already>"\n' % (
        lock, len(classes))
    for i, name in enumerate(classes):
        lines += ("# map lock=%s path=aa takes=same i=%d pc=%#x at=+0x10 sym=f+%#x window=W%d "
                  "owner=0 word=0x1 %s steps=9 ns=0 innocents=0 real=agree\n"
                  % (lock, i, 0x1000 + 4 * i, 4 * i, 2 + i // 5, ENDS[name]))
    return lines


BODY = """KTAP version 1
# env arch=x86_64 cpus=2 model="Some <CPU>" timing=logic-only commit=abc compiler="gcc 12"
# env seed=0x1 options="run=all"
1..3
%s%s# matrix script=d-head lock=rq-6.15 outcome=hang cause=- time_ns=0 fails=0 innocents=0
# matrix script=d-head lock=rq-7.2 outcome=fail cause=abba,abba time_ns=1000 fails=2 innocents=0
# mismatch case=matrix script=d-head lock=rq-7.2 expected: ok - 0 0 0 seen: fail abba 1000 2 0
# explore case=rq-7.2.explore program=pair preemptions=2 nmis=1 complete=1 choices=9 chosen=9 \
schedules=12 failures=0 ms=4
# explore case=rq-6.15.explore program=pair preemptions=2 nmis=1 complete=0 choices=9 chosen=5 \
schedules=7 failures=3 fault.hang=3 ms=4
# failure case=rq-6.15.explore program=pair kind=hang replay=R1.aa.pair.5n0 what="stands still"
# cpu id=0 case=rq-7.2.contend ctx=task ok=30 what=wait-ok n=30 p50=40 max=90 unit=ns
# cpu id=all case=rq-7.2.contend ctx=task ok=60 what=wait-ok n=60 p50=40 p99=88 max=90 unit=ns
# hist case=rq-7.2.contend cpu=0 ctx=task what=wait-ok unit=ns 32:10 40:15 80:5
# hist case=rq-7.2.contend cpu=1 ctx=task what=wait-ok unit=ns 32:20 2048:10
ok 1 rq-7.2.window-map
not ok 2 rq-6.15.window-map # an NMI hangs 3
ok 3 rq-7.2.contend
# noise smi=0 nmi_sent=2 nmi_taken=2
# | lock                  pass known  FAIL ERROR  skip errors  innoc wait p99 wait max   ops/s
# | rq-6.15                  0     0     1     0     0      -      -        -        -       -
# | rq-7.2                   2     0     0     0     0      -      -     88ns     90ns     60M
# | per core                    rq-7.2
# | cpu 0                 1.82us/295ms
# | fail: 2 passed, 1 failed
""" % (map_lines("rq-6.15", OLD), map_lines("rq-7.2", NEW))


def sample():
    return whole(BODY, "fail")


def made():
    return page.html([("", report.read_report(sample().encode()))])


class Page(unittest.TestCase):
    def setUp(self):
        self.text = made()

    def test_sections(self):
        self.assertEqual(re.findall(r'<h2 id="(\w+)"', self.text),
                         ["summary", "map", "matrix", "explore", "latency", "environment"])
        small = page.html([("", report.read_report(
            whole("KTAP version 1\n1..1\nok 1 a.b\n").encode()))])
        self.assertEqual(re.findall(r'<h2 id="(\w+)"', small), ["summary", "environment"])

    def test_alone(self):
        self.assertNotRegex(self.text, r"https?:|//|@import|url\(|\bsrc=")

    def test_escaped(self):
        self.assertIn("Some &lt;CPU&gt;", self.text)
        self.assertNotRegex(self.text, "<(CPU|already)>")

    def test_strips(self):
        strips = re.findall(r'aria-label="(rq[^:]+): [^"]*">(.*?)</svg>', self.text)
        rects = [(name, re.findall(r'class="(\w+)" x="(\d+)" width="(\d+)"', body))
                 for name, body in strips]
        self.assertEqual(rects, [
            ("rq-6.15", [("ok", "0", "4"), ("hang", "4", "3"), ("stall", "7", "3")]),
            ("rq-7.2", [("ok", "0", "4"), ("deadlock", "4", "6")])])

    def test_letters(self):
        rows = [re.findall(r'<b class="k (\w+)" title="[^"]*">(.)</b>', row)
                for row in re.findall(r'<div class="row">(.*?)</div>', self.text, re.S)]
        self.assertEqual([[name for name, _ in row] for row in rows], [OLD, NEW])
        self.assertEqual(["".join(letter for _, letter in row) for row in rows],
                         ["ooooHHHSSS", "ooooDDDDDD"])
        self.assertIn('title="rq-6.15, boundary 4\nf+0x10, window W2\n', self.text)

    def test_matrix_and_explore(self):
        self.assertRegex(self.text, r'class="hang" title="[^"]*"><b>H</b> &nbsp;hang')
        self.assertRegex(self.text,
                         r'class="deadlock wrong" title="[^"]*"><b>D</b> &nbsp;1 \u00b5s')
        self.assertIn("abba \u00d72", self.text)
        self.assertIn("<b>X</b> &nbsp;3 fail<small>hang 3</small>", self.text)
        self.assertIn("<code>R1.aa.pair.5n0</code>", self.text)

    def test_closing_table(self):
        self.assertIn('<td>rq-6.15</td><td class="zero">0</td><td class="zero">0</td>'
                      '<td class="bad">1</td>', self.text)
        self.assertIn("<td>cpu\u00a00</td><td>1.82us/295ms</td>", self.text)

    def test_one_core(self):
        text = sample().replace("cpus=2", "cpus=1")
        self.assertIn(">1 core<", page.html([("", report.read_report(text.encode()))]))

    def test_facts_may_wrap(self):
        self.assertIn("</span> <span>2 cores</span> <span>", self.text)

    def test_damage_is_said(self):
        cut = report.read_report(sample()[:3000].encode())
        text = page.html([("", cut)])
        self.assertIn("CRASH", text)
        self.assertIn("no @@END", text)

    def test_what_the_runner_found(self):
        text = report.convert(report.read_report(whole().encode()), 1, ["a data race"], "html")
        self.assertIn('<span class="tag hang">FAIL</span>', text)
        self.assertIn("a data race", text)
        self.assertNotIn("PASS<", text)


class Strip(unittest.TestCase):
    def test_bad_ones_last(self):
        """A line for each run of a bad class, the worst on top."""
        rows = [{"nmi": "hang"}] + [{"nmi": "ok"}] * 3 + [{"nmi": "ok", "stall": 1}] * 2
        text = page_map.overview({"rq": rows}, 6, "same")
        self.assertEqual(re.findall(r'<(rect|path) (?:class="|stroke="var\(--)(\w+)\)?" '
                                    r'(?:d="M)?([^ ]*)', text),
                         [("rect", "hang", 'x="0"'), ("rect", "ok", 'x="1"'),
                          ("rect", "stall", 'x="4"'), ("path", "stall", "5"),
                          ("path", "hang", "0.5")])


class Classes(unittest.TestCase):
    def test_order(self):
        row = {"nmi": "edeadlk(abba)", "task": "ok", "innocents": 0, "real": "agree"}
        self.assertEqual(report_map.class_of(row), "deadlock")
        for change, name in (({"false-nmi": 1}, "false"), ({"innocents": 2}, "innocent"),
                             ({"stall": 1, "joined": 1}, "joined"),
                             ({"joined": 0}, "stall"), ({"fault": "broken"}, "fault"),
                             ({"task": "hang"}, "hang"), ({"real": "differs"}, "unsure")):
            row.update(change)
            self.assertEqual(report_map.class_of(row), name)
        self.assertEqual(report_map.class_of({"nmi": "ok", "real": "masked"}), "masked")
        self.assertEqual(report_map.class_of({"nmi": "taken"}), "taken")
        self.assertEqual(report_map.class_of({"nmi": "etimedout(flushed)"}), "timeout")

    def test_names(self):
        self.assertEqual(sorted(["rq-6.15", "rq-7.2", "rq-6.9"], key=page_map.natural),
                         ["rq-6.9", "rq-6.15", "rq-7.2"])


class Colours(unittest.TestCase):
    # These differ in how blue they are, in the same lightness.
    SHARED = ({"deadlock", "taken"}, {"timeout", "false"}, {"timeout", "innocent"},
              {"joined", "innocent"}, {"stall", "false"})

    @staticmethod
    def lightness(text):
        """WCAG 2.2: relative luminance, and what contrast adds to it."""
        text = text * 2 if len(text) == 3 else text
        parts = [part / 255 for part in bytes.fromhex(text)]
        parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
                 for part in parts]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2] + 0.05

    def contrast(self, a, b):
        low, high = sorted(map(self.lightness, (a, b)))
        return high / low

    def test_contrast(self):
        """Neighbours in a strip, and a letter on its cell, can be told apart in grey."""
        with open(os.path.join(page.HERE, "page.css")) as css:
            schemes = css.read().split(":root {")[1:3]
        for scheme in schemes:
            found = dict(re.findall(r"--([\w-]+): #([0-9a-f]{3}|[0-9a-f]{6});", scheme))
            names = [name for name in report_map.CLASSES if name != "unsure"]
            for i, one in enumerate(names):
                self.assertGreater(self.contrast(found[one], found[one + "-ink"]), 4.5, one)
                for other in names[:i]:
                    if {one, other} not in self.SHARED:
                        self.assertGreater(self.contrast(found[one], found[other]), 1.47,
                                           (one, other))


class Latency(unittest.TestCase):
    def test_axis(self):
        axis = page_latency.LogAxis(10, 1000, 0, 100)
        self.assertLess(axis.at(0), axis.at(10))
        self.assertAlmostEqual(axis.at(100) - axis.at(10), axis.at(1000) - axis.at(100))

    def test_nines(self):
        heights = [page_latency.nines(x) for x in (0, 0.9, 0.99, 0.999, 1)]
        self.assertEqual(heights[0], 0)
        self.assertEqual(heights[4], 1)
        self.assertAlmostEqual(heights[2] - heights[1], heights[3] - heights[2])

    def test_cdf(self):
        """Half of the values lie below 40, the rest in the bucket from 80 on."""
        axis = page_latency.LogAxis(32, 96, 0, 100)
        path = page_latency.cdf([[32, 10], [80, 10]], axis, 100, 100, False)
        ends = [float(y) for y in re.findall(r"V([\d.]+)", path)]
        self.assertAlmostEqual(ends[0], 100 - 100 * page_latency.nines(0.5), 1)
        self.assertEqual(ends[1], 0)

    def test_ridge_has_its_room(self):
        """The highest bar of a chart with one row is as high as the chart."""
        text = page_latency.chart({"all": [[32, 10], [40, 5]]})
        tops = [float(top) for top in re.findall(r"V(-?[\d.]+)H", text)]
        self.assertLess(min(tops), page_latency.TOP + 8)
        self.assertIn('aria-label="histogram and CDF of all cores"', text)

    def test_all_cores_together(self):
        def intro(*cpus):
            rows = [{"type": "hist", "case": "a.b%d" % len(cpu), "cpu": cpu, "buckets": [[1, 2]]}
                    for cpu in cpus]
            return re.search("<p>(.*?) Left: a histogram of each", page_latency.html(
                [("", rows)])).group(1)

        merged = ("Of more than 8 cores a report has only the histogram of all together, per "
                  "context.")
        self.assertEqual(intro("0"), "Per core and context.")
        self.assertEqual(intro("all"), merged)
        self.assertEqual(intro("0", "all"), "Per core and context. " + merged)

    def test_one_value(self):
        for n, words in ((1, "; 1 value: "), (2000, "; 2,000 values: ")):
            self.assertIn(words, page_latency.figure("b", ("task", "wait-ok"), {"0": [[1, 2]]},
                                                     {"n": n}))

    def test_long_histogram_on_two_lines(self):
        rows = [{"type": "hist", "case": "a.b", "cpu": 0, "buckets": [[1, 2]]},
                {"type": "hist", "case": "a.b", "cpu": 0, "buckets": [[9, 4]]}]
        self.assertEqual(page_latency.collect(rows),
                         {"a.b": {("task", "wait-ok"): {"0": [[1, 2], [9, 4]]}}})


class BadInput(unittest.TestCase):
    def run_main(self, *argv):
        err = io.StringIO()
        with contextlib.redirect_stderr(err), contextlib.redirect_stdout(io.StringIO()):
            status = page.main(list(argv))
        return status, err.getvalue()

    def test_bad(self):
        with tempfile.TemporaryDirectory() as folder:
            def file(name, text):
                path = os.path.join(folder, name)
                with open(path, "w") as out:
                    out.write(text)
                return path

            good = file("good", sample())
            out = os.path.join(folder, "page.html")
            for argv, words in (
                    ((folder + "/none",), "none: No such file"),
                    ((folder,), "report.txt: No such file"),
                    ((file("other", sample().replace("barelock 1", "barelock 2")),),
                     "format version 2; this tool reads version 1"),
                    ((file("noise", "U-Boot 2023"),), "noise: no report in it"),
                    ((good, "-o", folder + "/no/page.html"), "no/page.html: No such file")):
                status, err = self.run_main(*argv, *(() if "-o" in argv else ("-o", out)))
                self.assertEqual((status, err.count("\n")), (2, 1), err)
                self.assertIn(words, err)
            self.assertFalse(os.path.exists(out))
            self.assertEqual(self.run_main(good, "-o", out), (0, ""))
            # A damaged one is on the page all the same, marked there and here.
            cut = file("cut", sample()[:3000])
            status, err = self.run_main(good, cut, "-o", out)
            self.assertEqual((status, err.count("\n")), (2, 1), err)
            self.assertIn("html: %s: the report is cut" % cut, err)
            with open(out) as text:
                self.assertIn("CRASH", text.read())
            for argv in ((), (good, "-o")):
                status, err = self.run_main(*argv)
                self.assertEqual((status, err.count("\n")), (2, 1), err)


if __name__ == "__main__":
    unittest.main()
