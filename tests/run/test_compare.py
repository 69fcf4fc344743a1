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
1..4
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
ok 3 rq-7.2.window-map
ok 4 matrix
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
        return self.run_of(body, verdict)

    def run_of(self, body, verdict="pass"):
        """The report of a run of its own."""
        return self.file(whole(body, verdict).replace("run=6f1c", "run=%x" % self.count))

    @staticmethod
    def thrice(*changes):
        return [list(changes)] * 3

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
        slower = [("value=500", "value=560")]
        self.expect(1, self.thrice(), self.thrice(*slower),
                    r"hold +500 +560 +1\.120 +worse REGRESSION", "1 regression ")
        self.expect(0, self.thrice(*slower), self.thrice(), r"hold +560 +500 +0\.893 +better")
        self.expect(0, [], [("value=500", "value=549")], r"549 +1\.098 +noise")

    def test_rate(self):
        self.expect(1, self.thrice(), self.thrice(("value=1000", "value=800")),
                    r"throughput .*0\.800 +worse REGR")
        self.expect(0, [], [("value=1000", "value=1300")], r"throughput .*1\.300 +better\?")

    def test_one_run(self):
        """What a single run took may be chance."""
        slower = [("value=500", "value=5000"), ("value=1000", "value=100")]
        self.expect(0, [], slower, r"hold .*worse\?\n", r"throughput .*worse\?\n")
        self.assertEqual(self.run_main(self.changed(), self.changed(*slower), "TIMINGS=1")[0], 0)
        self.expect(0, [[], []], [slower, slower], r"hold .*worse\n")

    def test_same_run_twice(self):
        one, other = self.changed(), self.changed()
        for argv in ((one + "," + one, other), (other, other + "," + one + "," + other)):
            status, out, err = self.run_main(*argv)
            self.assertEqual((status, out, err.count("\n")), (2, "", 1), err)
            self.assertIn(": the same run as ", err)
        self.assertEqual(self.run_main(one, one)[0], 0)

    def test_not_judged(self):
        """A core's own figure, a maximum, a number of measurements."""
        self.expect(0, [], [("p50=40", "p50=80"), ("value=700", "value=7000"),
                            ("max=91", "max=999"), ("value=90 ", "value=9 ")],
                    r"slowest .*worse\?\n", r"measured .*changed")

    def test_logic_only(self):
        tcg = ("timing=real", "timing=logic-only")
        slow = [tcg, ("value=500", "value=5000")]
        self.expect(0, self.thrice(tcg), self.thrice(*slow), "logic-only", r"hold .*worse\n")
        a, b = (",".join(self.changed(*changes) for _ in range(3)) for changes in ((tcg,), slow))
        for word, status in (("--timings", 1), ("TIMINGS=1", 1), ("TIMINGS=0", 0),
                             ("TIMINGS=", 0)):
            self.assertEqual(self.run_main(a, b, word)[0], status, word)
        a, b = (",".join(self.changed(*changes) for _ in range(3)) for changes in ((), slow[1:]))
        for word, status in (("TIMINGS=", 1), ("TIMINGS=0", 0)):
            self.assertEqual(self.run_main(a, b, word)[0], status, word)
        self.expect(1, [tcg], [tcg, ("time_ns=1000", "time_ns=2000")], r"time_ns .*REGRESSION")

    def test_exact(self):
        self.expect(1, [], [("innocents=0", "innocents=1")], r"innocents +0 +1 +new +worse REGR")
        self.expect(1, [], [("outcome=fail", "outcome=hang")], r"outcome .*hang .*REGRESSION")
        self.expect(1, [], [("failures=0", "failures=2")], r"failures .*REGRESSION")
        self.expect(1, self.thrice(), self.thrice(("complete=1", "complete=0")),
                    r"complete .*worse")
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
        gone = [("ok 2 rq-7.2.explore\n", ""), ("1..4", "1..3"), ("ok 4", "ok 2")]
        self.expect(1, [], gone, "pass -> absent REGRESSION")
        self.expect(0, [], gone + [("run=x", "run=y")], "pass -> absent\n")

    def test_record_gone(self):
        lines = BODY.splitlines(keepends=True)
        matrix = next(line for line in lines if line.startswith("# matrix"))
        first, second = (line for line in lines if line.startswith("# map "))
        rate = next(line for line in lines if "throughput" in line)
        for lost, status, pattern in (
                ([matrix], 1, r"outcome +fail +- +gone REGRESSION"),
                ([second], 1, r"f\+0x4 #1 class +deadlock +- +gone REGRESSION"),
                ([first, second], 1, r"aa same hang +0 +- +gone REGRESSION"),
                ([rate], 0, r"throughput +1000 +- +gone\n")):
            self.expect(status, [], [(line, "") for line in lost], pattern)
            self.expect(0, [], [(line, "") for line in lost] + [("run=x", "run=y")], "only in A")
            self.expect(0, [(line, "") for line in lost], [], "only in B")
        # Another build has other instructions, but the same paths.
        other = ("commit=abc", "commit=def")
        self.expect(0, [], [(second, ""), other], r"f\+0x4 #1 class +deadlock +- +gone\n")
        self.expect(1, [], [(first, ""), (second, ""), other], r"hang +0 +- +gone REGRESSION")
        # What skipped is a changed verdict.
        self.expect(1, [], [(matrix, ""), ("ok 4 matrix", "ok 4 matrix # SKIP x")], "only in A",
                    "\n1 regression ")

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
        other = self.run_of(BODY.replace("rq-7.2", "mine"))
        old = self.changed()
        status, _, err = self.run_main(old, other)
        self.assertEqual(status, 2)
        self.assertIn("no record in common; PAIR=", err)
        status, out, _ = self.run_main(old, other, "--as", "rq-7.2=mine")
        self.assertEqual((status, "only in" in out), (0, False), out)
        # Both locks in one report.
        slow = BODY.replace("rq-7.2", "mine").replace("time_ns=1000", "time_ns=9000")
        slow = slow.split("1..4\n")[1].replace("ok 4 matrix\n", "")
        for n in (1, 2, 3):
            slow = slow.replace("ok %d" % n, "ok %d" % (n + 4))
        both = BODY.replace("1..4", "1..7") + slow
        both = self.run_of(both)
        for pair, status in (("rq-7.2=mine", 1), ("mine=rq-7.2", 0)):
            got, out, _ = self.run_main(both, both, "PAIR=" + pair)
            self.assertEqual((got, "only in" in out, "absent" in out), (status, False, False), out)
        for pair, words in (("nosuch=mine", "no report of A has a lock nosuch"),
                            ("rq-7=mine", "no report of A has a lock rq-7"),
                            ("mine=nosuch", "no report of B has a lock nosuch")):
            got, out, err = self.run_main(both, both, "PAIR=" + pair)
            self.assertEqual((got, out, err), (2, "", "compare: PAIR=%s: %s\n" % (pair, words)))

    def test_host_machines(self):
        """Programs of two machines have nothing in common; two kinds of arm64's atomics do."""
        def program(atomics):
            return self.changed(("arch=x86_64", "arch=host"), ("timing=real commit",
                                "timing=real atomics=%s commit" % atomics))
        status, out, err = self.run_main(program("native"), program("lse"))
        self.assertEqual((status, out, err.count("\n")), (2, "", 1))
        self.assertRegex(err, r"is host \(x86_64\), .* is host \(arm64\): another architecture")
        self.assertEqual(self.run_main(program("llsc"), program("lse"))[0], 0)

    def test_bound(self):
        a, b = self.changed(), self.changed(("time_ns=1000", "time_ns=1120"))
        for word, status in (("12.5%", 0), ("11%", 1)):
            self.assertEqual(self.run_main(a, b, "--bound", word)[0], status)
            self.assertEqual(self.run_main(a, b, "BOUND=" + word)[0], status)

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
                            ((good, good, "BOUND=10"), "BOUND=10: must be a share such as 10%"),
                            ((good, good, "TIMINGS=no"), "TIMINGS=no: must be 0 or 1"),
                            ((good, good, "PAIR=x"), "PAIR=x: must be OLD=NEW"),
                            ((good, good, "--bounds", "1%%"), "")):
            status, out, err = self.run_main(*argv)
            self.assertEqual((status, err.count("\n")), (2, 1), err)
            self.assertIn(words, err)


if __name__ == "__main__":
    unittest.main()
