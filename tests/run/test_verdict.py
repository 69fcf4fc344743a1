#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What `make linux-check` makes of single results: letters, releases, cut explorations."""
import types
import unittest

import linux_verdict as verdict

MS = 1000000
FINE = ("ok", "-", 0, 0, 0)


def release(version):
    return verdict.by_version(types.SimpleNamespace(version=version, name=version))


class Letters(unittest.TestCase):
    def test_waits_have_one(self):
        for seen, script, letter in (
                (("fail", "timeout-pending", 250 * MS, 1, 0), "a-acquire", "A"),
                (("fail", "aa-at-wait", MS, 1, 0), "aa-task", "B"),
                (("fail", "timeout-trylock", 9 * MS, 1, 1), "c-queue", "C"),
                (("hang", "-", 0, 0, 0), "d-head", "D"),
                (("fail", "timeout-head", 500 * MS, 2, 2), "e-owner", "E"),
                (("hang", "abba", MS, 1, 0), "f-lone-head", "F")):
            self.assertEqual(verdict.defect_of(script, FINE, seen), letter)

    def test_other_faults_have_none(self):
        for outcome in ("not-released", "exclusion", "cause", "endless"):
            for script in ("a-acquire", "d-head", "f-lone-head"):
                self.assertIsNone(verdict.defect_of(script, FINE, (outcome, "-", 0, 0, 0)))
        self.assertIsNone(verdict.defect_of("a-acquire", FINE, ("hang", "-", 0, 0, 0)))
        self.assertIsNone(verdict.defect_of("abba", FINE, ("hang", "-", 0, 0, 0)))


class Releases(unittest.TestCase):
    def test_revision_of_a_release(self):
        for version, revision in (
                ("6.15", "rq-6.15"), ("6.16.7", "rq-6.15"), ("6.16.8", "rq-6.17"),
                ("6.17", "rq-6.17"), ("6.17.12", "rq-6.17"), ("6.17.13", "rq-6.18"),
                ("6.18", "rq-6.17"), ("6.18.1", "rq-6.17"), ("6.18.2", "rq-6.18"),
                ("6.19", "rq-6.19"), ("7.1.20", "rq-6.19"), ("7.2", "rq-7.2")):
            self.assertEqual(release(version), revision, version)

    def test_what_is_no_release(self):
        self.assertIsNone(release("6.17-rc7"))
        self.assertIsNone(verdict.by_version(
            types.SimpleNamespace(version="7.2", name="7.2-patched")))


class Explorations(unittest.TestCase):
    @staticmethod
    def seen(complete, *kinds):
        return (", ".join(kinds) or "holds", complete, set(kinds))

    def test_complete_ones_differ_or_not(self):
        self.assertTrue(verdict.unlike(self.seen(1, "hang"), self.seen(1)))
        self.assertTrue(verdict.unlike(self.seen(1), self.seen(1, "hang")))
        self.assertFalse(verdict.unlike(self.seen(1, "hang"), self.seen(1, "hang")))

    def test_one_that_was_cut_tells_nothing_of_what_it_has_not_reached(self):
        self.assertFalse(verdict.unlike(self.seen(0), self.seen(1, "hang")))
        self.assertFalse(verdict.unlike(self.seen(1, "hang"), self.seen(0)))
        self.assertTrue(verdict.unlike(self.seen(0, "fifo"), self.seen(1, "hang")))


if __name__ == "__main__":
    unittest.main()
