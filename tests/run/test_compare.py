#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Host tests of report_compare.py: which change is a regression, and what cannot be compared."""
import contextlib
import io
import os
import re
import tempfile
import unittest

import report
from test_report import whole

BODY = """KTAP version 1
# env arch=x86_64 cpus=2 model="CPU" timing=real commit=abc
# env seed=0x1 options="run_id=1 run=x"
1..2
# matrix script=d-head lock=rq-7.2 outcome=fail cause=abba time_ns=1000 fails=1 innocents=0
# map lock=rq-7.2 path=aa takes=same i=0 sym=f+0x0 nmi=ok task=ok real=agree
# map lock=rq-7.2 path=aa takes=same i=1 sym=f+0x4 nmi=edeadlk(abba) task=ok real=agree
# explore case=rq-7.2.explore program=pair complete=1 schedules=12 failures=0 ms=40
# @ case=rq-7.2.contend.throughput result=pass value=1000 unit=ops/s
# @ case=rq-7.2.contend.hold result=pass value=500 unit=ns
# @ case=rq-7.2.contend.slowest result=pass value=700 unit=ns
# @ case=rq-7.2.contend.measured result=pass value=90 unit=count
# cpu id=0 case=rq-7.2.contend ctx=task ok=30 innocent=4 what=wait-ok n=30 p50=40 max=90 unit=ns
# cpu id=all case=rq-7.2.contend ctx=task ok=60 innocent=8 what=wait-ok n=60 p50=41 max=91 unit=ns
ok 1 rq-7.2.contend
ok 2 rq-7.2.explore
"""


class Compare(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.count = 0

    def file(self, text):
        self.count += 1
        path = os.path.join(self.folder.name, "r%d" % self.count)
        with open(path, "w") as out:
            out.write(text)
        return path

    def run_main(self, *argv):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                status = report.main(["compare"] + list(argv))
            except SystemExit as end:
                status = end.code
        return status, out.getvalue(), err.getvalue()

    def changed(self, *changes):
        """BODY with (old, new) texts replaced; each must be there."""
        body = BODY
        for old, new in changes:
            self.assertIn(old, body)
            body = body.replace(old, new)
        verdict = "error" if "# ERROR" in body else "fail" if "not ok" in body else "pass"
        return self.file(whole(body, verdict))

    def expect(self, status, a, b, *patterns):
        """Compare two lists of changes, or of lists of them for repeated runs."""
        def side(runs):
            runs = runs if runs and isinstance(runs[0], list) else [runs]
            return ",".join(self.changed(*changes) for changes in runs)
        got, out, err = self.run_main(side(a), side(b))
        self.assertEqual((got, err), (status, ""), out)
        for pattern in patterns:
            self.assertRegex(out, pattern)

    def test_same(self):
        self.expect(0, [], [], "changed verdicts: none", "0 regressions beyond 10 %")

    def test_time(self):
        slower, faster = [("value=500", "value=560")], [("value=560", "value=500")]
        self.expect(1, [], slower, r"hold +500 +560 +1\.120 +worse\? REGRESSION", "1 regression ")
        self.expect(0, slower, [], r"hold +560 +500 +0\.893 +better\?")
        self.expect(0, [], [("value=500", "value=549")], r"549 +1\.098 +noise")
        self.assertEqual(faster[0], slower[0][::-1])

    def test_rate(self):
        self.expect(1, [], [("value=1000", "value=800")], r"throughput .*0\.800 +worse\? REGR")
        self.expect(0, [], [("value=1000", "value=1300")], r"throughput .*1\.300 +better\?")

    def test_not_judged(self):
        """A core's own figure, a maximum, a number of measurements."""
        self.expect(0, [], [("p50=40", "p50=80"), ("value=700", "value=7000"),
                            ("max=91", "max=999"), ("value=90 ", "value=9 ")],
                    r"slowest .*worse\?\n", r"measured .*changed")

    def test_logic_only(self):
        tcg = ("timing=real", "timing=logic-only")
        slow = [tcg, ("value=500", "value=5000")]
        self.expect(0, [tcg], slow, "logic-only", r"hold .*worse\?\n")
        self.assertEqual(self.run_main(self.changed(tcg), self.changed(*slow), "--timings")[0], 1)
        self.expect(1, [tcg], [tcg, ("time_ns=1000", "time_ns=2000")], r"time_ns .*REGRESSION")

    def test_exact(self):
        self.expect(1, [], [("innocents=0", "innocents=1")], r"innocents +0 +1 +new +worse REGR")
        self.expect(1, [], [("outcome=fail", "outcome=hang")], r"outcome .*hang .*REGRESSION")
        self.expect(1, [], [("failures=0", "failures=2")], r"failures .*REGRESSION")
        self.expect(1, [], [("complete=1", "complete=0")], r"complete .*worse")
        self.expect(0, [], [("ms=40", "ms=400")])
        self.expect(0, [], [("cause=abba", "cause=aa-at-wait")], "cause .*changed")

    def test_map(self):
        hang = [("nmi=edeadlk(abba) task=ok", "nmi=hang task=hang fault=hang")]
        self.expect(1, [], hang, r"f\+0x4 #1 class +deadlock +hang .*REGRESSION",
                    r"aa same hang +0 +1 +new")
        self.expect(0, hang, [], r"class +hang +deadlock", r"aa same hang +1 +0 +0\.000 +better")

    def test_verdicts(self):
        failed = [("ok 2 rq", "not ok 2 rq")]
        self.expect(1, [], failed, r"rq-7\.2\.explore +pass -> fail REGRESSION")
        self.expect(0, failed, [], r"rq-7\.2\.explore +fail -> pass\n")
        self.expect(1, [], [("explore\n", "explore # SKIP no stepper\n")], "pass -> skip REGR")
        self.expect(1, failed, [("ok 2 rq-7.2.explore", "not ok 2 rq-7.2.explore # ERROR x")],
                    "fail -> error REGR")
        self.expect(1, [], [[], failed, []], "pass -> fail REGR")
        self.expect(1, [], [("hold result=pass", "hold result=fail")], "hold result .*REGRESSION")

    def test_gone(self):
        gone = [("ok 2 rq-7.2.explore\n", ""), ("1..2", "1..1")]
        self.expect(1, [], gone, "pass -> absent REGRESSION")
        self.expect(0, [], gone + [("run=x", "run=y")], "pass -> absent\n")

    def test_repeated(self):
        def times(*values):
            return [[("value=500", "value=%d" % v)] for v in values]
        self.expect(1, times(500, 505, 510), times(600, 605, 610),
                    r"hold +505 \[500\.\.510\] +605 \[600\.\.610\] +1\.198 +worse REGRESSION")
        self.expect(0, times(500, 505, 600), times(610, 700, 900), r"hold .* noise")
        self.expect(0, times(500, 505, 510), times(508, 605, 610), r"hold .* noise")
        self.expect(0, times(600, 605, 610), times(500, 505, 510), r"hold .* better\n")

    def test_counts_need_runs(self):
        def runs(*values):
            return [[("innocent=8", "innocent=%d" % v)] for v in values]
        self.expect(0, runs(8), runs(80), r"innocent +8 +80 .*worse\?\n")
        self.expect(1, runs(8, 8, 9), runs(80, 81, 82), r"innocent .*worse REGRESSION")

    def test_as(self):
        other = self.file(whole(BODY.replace("rq-7.2", "mine")))
        old = self.changed()
        status, _, err = self.run_main(old, other)
        self.assertEqual(status, 2)
        self.assertIn("no record in common; --as", err)
        status, out, _ = self.run_main(old, other, "--as", "rq-7.2=mine")
        self.assertEqual((status, "only in" in out), (0, False), out)
        # Both locks in one report.
        slow = BODY.replace("rq-7.2", "mine").replace("value=500", "value=900").split("1..2\n")[1]
        both = BODY.replace("1..2", "1..4") + slow.replace("ok 1", "ok 3").replace("ok 2", "ok 4")
        both = self.file(whole(both))
        for pair, status in (("rq-7.2=mine", 1), ("mine=rq-7.2", 0)):
            got, out, _ = self.run_main(both, both, "--as", pair)
            self.assertEqual((got, "only in" in out, "absent" in out), (status, False, False), out)

    def test_bound(self):
        a, b = self.changed(), self.changed(("value=500", "value=560"))
        self.assertEqual(self.run_main(a, b, "--bound", "12.5%")[0], 0)
        self.assertEqual(self.run_main(a, b, "--bound", "11%")[0], 1)

    def test_bad_input(self):
        good, text = self.changed(), whole(BODY)
        for other, words in (
                (self.folder.name + "/none", "none: No such file"),
                (self.folder.name, "report.txt: No such file"),
                (self.file(text.replace("barelock 1", "barelock 2")),
                 "a report of format version 2; this tool reads version 1"),
                (self.file(text[:300]), "the report is cut"),
                (self.file(text.replace("value=500", "value=501")), "the text was damaged"),
                (self.file(""), "@@BEGIN never came"),
                (self.changed(("arch=x86_64", "arch=arm64")), "is arm64: another architecture")):
            for argv in ((good, other), (other, good), (good, good + "," + other)):
                status, out, err = self.run_main(*argv)
                self.assertEqual((status, out, err.count("\n")), (2, "", 1), err)
                self.assertTrue(words in err or re.search("arm64 is|arm64, ", err), err)
        for argv, words in (((good,), "B"), ((good, good, "--bound", "10"), "such as 10%"),
                            ((good, good, "--as", "x"), "OLD=NEW"), ((good, ""), "must be named"),
                            ((good, good, "--bounds", "1%%"), "")):
            status, out, err = self.run_main(*argv)
            self.assertEqual((status, err.count("\n")), (2, 1), err)
            self.assertIn(words, err)


if __name__ == "__main__":
    unittest.main()
