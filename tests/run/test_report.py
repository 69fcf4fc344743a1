#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Host tests of report.py: every kind of damage gets the right status and sentence."""
import contextlib
import io
import json
import os
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree
import zlib

import report

BODY = """KTAP version 1
# env arch=x86_64 cpus=2 model="Some CPU @ 2 GHz" clock_hz=2596122000 seed=0x51
1..3
# @ case=rq-7.2.aa-nmi.recover.p99 result=pass value=412 unit=ns
# cpu id=1 case=rq-7.2.aa-nmi ctx=nmi ok=0 edeadlk=2000 etimedout=0 p50=180 max=1033 unit=ns
# hist case=rq-7.2.aa-nmi cpu=1 ctx=nmi unit=ns 96:12 104:811 112:40
ok 1 rq-7.2.aa-nmi
ok 2 rq-7.2.abba # SKIP needs 2 cpus
ok 3 calibrate
# noise nmi_sent=20000 nmi_taken=20000
"""


def whole(body=BODY, verdict="pass"):
    """A report as the kernel would send it."""
    return ("@@BEGIN barelock 1 run=6f1c boot=uefi\n%s@@END lines=%d crc32=%08x verdict=%s\n"
            % (body, body.count("\n"), zlib.crc32(body.encode()), verdict))


def check(text):
    data = text if isinstance(text, bytes) else text.encode()
    return report.verify(report.read_report(data))


class Verify(unittest.TestCase):
    def expect(self, text, status, words=""):
        got, why = check(text)
        self.assertEqual(got, status, why)
        self.assertIn(words, "; ".join(why))
        self.assertEqual(bool(why), bool(words))

    def test_pass(self):
        self.expect(whole(), 0)

    def test_verdict_fail(self):
        body = BODY.replace("ok 3 calibrate", "not ok 3 calibrate # clock stands still")
        self.expect(whole(body, "fail"), 1)
        self.expect(whole(body, "pass"), 3, "says pass, but the cases say fail")
        self.expect(whole(body, "error"), 3, "says error, but the cases say fail")
        self.expect(whole(BODY, "fail"), 3, "says fail, but the cases say pass")

    def test_verdict_error(self):
        body = BODY.replace("ok 3 calibrate", "not ok 3 calibrate # ERROR no clock")
        self.expect(whole(body, "error"), 2)
        self.expect(whole(body, "fail"), 3, "the cases say error")
        body = BODY.replace("1..3", "# error cpu=3 did not start\n1..3")
        self.expect(whole(body, "error"), 2)
        self.expect(whole(body, "pass"), 3, "the cases say error")

    def test_unknown_verdict(self):
        self.expect(whole(BODY, "fine"), 3, "verdict=fine")

    def test_noise_around(self):
        noisy = ("\x1b[2J\x1b[01;01HBdsDxe: starting\r\n\x1b[0m" + whole().replace("\n", "\r\n")
                 + "after the end\r\n")
        self.expect(noisy, 0)
        self.assertEqual(report.read_report(noisy.encode()).text(), whole())

    def test_not_utf8(self):
        self.expect(b"\xff\xfe\x00" + whole().encode(), 0)

    def test_empty(self):
        self.expect("", 3, "@@BEGIN never came")

    def test_no_end(self):
        self.expect(whole()[:whole().index("@@END")], 3, "no @@END")

    def test_cut_everywhere(self):
        """A report cut after any byte but its last newline is never a pass."""
        text = whole().encode()
        for n in range(len(text) - 1):
            self.assertEqual(check(text[:n])[0], 3, text[:n])

    def test_any_byte_changed(self):
        """One wrong character anywhere between the markers is noticed."""
        text = whole()
        for n in range(text.index("KTAP"), text.index("@@END")):
            self.assertEqual(check(text[:n] + "~" + text[n + 1:])[0], 3, n)

    def test_wrong_crc(self):
        text = whole()
        at = text.index("crc32=") + len("crc32=")
        bad = "0" if text[at] != "0" else "1"
        self.expect(text[:at] + bad + text[at + 1:], 3, "damaged")

    def test_missing_line(self):
        self.expect(whole().replace("# noise nmi_sent=20000 nmi_taken=20000\n", ""), 3, "missing")

    def test_two_lines_swapped(self):
        lines = whole().split("\n")
        lines[4], lines[5] = lines[5], lines[4]
        self.expect("\n".join(lines), 3, "damaged")

    def test_plan_mismatch(self):
        self.expect(whole(BODY.replace("1..3", "1..4")), 3, "4 cases planned, 3 seen")
        self.expect(whole(BODY.replace("1..3\n", "")), 3, "no plan")

    def test_duplicate(self):
        self.expect(whole(BODY.replace("ok 3 calibrate", "ok 3 rq-7.2.aa-nmi")), 3, "came twice")
        self.expect(whole(BODY.replace("ok 3", "ok 2")), 3, "came twice")

    def test_number_outside_plan(self):
        self.expect(whole(BODY.replace("ok 3", "ok 7")), 3, "outside the plan")

    def test_bail_out(self):
        cut = whole()[:whole().index("ok 2")]
        self.expect(cut + "Bail out! page fault at 0x10\n", 3, "Bail out! page fault")
        self.expect("Bail out! no cores\n", 3, "Bail out! no cores")

    def test_restart(self):
        self.expect(whole()[:whole().index("ok 2")] + whole(), 3, "started again")


class OtherVersion(unittest.TestCase):
    def test_refused(self):
        text = whole().replace("barelock 1", "barelock 2")
        said = "a report of format version 2; this tool reads version 1"
        self.assertEqual(check(text), (2, [said]))
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "report.txt")
            with open(path, "w") as out:
                out.write(text)
            out, err = io.StringIO(), io.StringIO()
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                status = report.main([path])
            self.assertEqual((status, out.getvalue(), err.getvalue()),
                             (2, "", "%s: %s\n" % (path, said)))


class Formats(unittest.TestCase):
    def setUp(self):
        body = BODY.replace("ok 3 calibrate", 'not ok 3 calibrate # "<&>" \x01')
        self.report = report.read_report(whole(body, "fail").encode())

    def test_json(self):
        lines = report.to_json(self.report, 1, []).splitlines()
        rows = [json.loads(line) for line in lines]
        by_type = {row["type"]: row for row in rows}
        self.assertEqual(by_type["env"]["model"], "Some CPU @ 2 GHz")
        self.assertEqual(by_type["value"]["value"], 412)
        self.assertEqual(by_type["hist"]["buckets"], [[96, 12], [104, 811], [112, 40]])
        self.assertEqual(by_type["begin"]["run"], "6f1c")
        self.assertEqual(by_type["result"]["status"], 1)
        cases = [(row["case"], row["verdict"]) for row in rows if row["type"] == "case"]
        self.assertEqual(cases, [("rq-7.2.aa-nmi", "pass"), ("rq-7.2.abba", "skip"),
                                 ("calibrate", "fail")])

    def test_hyphens(self):
        """Names of fields and records may have them."""
        body = BODY.replace("# noise", "# noise-level cause.aa-at-wait=9 false-nmi=1 x")
        rows = list(report.records(report.read_report(whole(body).encode())))
        self.assertEqual([(r["cause.aa-at-wait"], r["false-nmi"]) for r in rows
                          if r["type"] == "noise-level"], [(9, 1)])

    def test_junit(self):
        suite = ElementTree.fromstring(report.to_junit(self.report, 1, []))[0]
        self.assertEqual([suite.get(k) for k in ("tests", "failures", "errors", "skipped")],
                         ["3", "1", "0", "1"])
        self.assertEqual(suite[0].get("classname"), "barelock.rq-7.2")
        self.assertEqual(suite[0].get("name"), "aa-nmi")
        self.assertEqual(suite[2].find("failure").get("message"), '"<&>" ?')

    def test_junit_of_an_error(self):
        body = BODY.replace("ok 3 calibrate", "not ok 3 calibrate # ERROR no clock")
        suite = ElementTree.fromstring(report.to_junit(
            report.read_report(whole(body, "error").encode()), 2, []))[0]
        self.assertEqual([suite.get(k) for k in ("tests", "failures", "errors")], ["3", "0", "1"])
        self.assertEqual(suite[2].find("error").get("message"), "no clock")

    def test_junit_of_a_crash(self):
        broken = report.read_report(whole()[:200].encode())
        status, why = report.verify(broken)
        suite = ElementTree.fromstring(report.to_junit(broken, status, why))[0]
        self.assertEqual(suite.get("errors"), "1")
        self.assertIn("no @@END", suite[-1].find("error").get("message"))

    def test_junit_of_a_race(self):
        """What the runner found beside a report that passes."""
        fine = report.read_report(whole().encode())
        suite = ElementTree.fromstring(report.to_junit(fine, 1, ["a data race"]))[0]
        self.assertEqual([suite.get(k) for k in ("tests", "failures", "errors")], ["4", "1", "0"])
        self.assertEqual(suite[-1].find("failure").get("message"), "a data race")
        suite = ElementTree.fromstring(report.to_junit(self.report, 1, ["a data race"]))[0]
        self.assertEqual([suite.get(k) for k in ("tests", "failures", "errors")], ["4", "2", "0"])


if __name__ == "__main__":
    unittest.main()
