#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What `make compare` trusts: figures made of given samples."""
import unittest

import compare
import compare_figures as figures


def figure(*values, switches=()):
    return figures.Figure([(value, 1 if i in switches else 0) for i, value in enumerate(values)])


class Trust(unittest.TestCase):
    def test_steady(self):
        f = figure(10, 10.1, 9.9, 10, 10.2, 9.8, 10, 10, 30)
        self.assertTrue(f.trusted)
        self.assertEqual((f.median, f.low, f.high), (10, 9.8, 30))

    def test_interrupted_samples_do_not_count(self):
        f = figure(10, 50, 10, 60, 10, 10.5, 10, 10, 10, switches=(1, 3))
        self.assertTrue(f.trusted)
        self.assertEqual(f.high, 10.5)

    def test_too_many_interruptions(self):
        f = figure(10, 10, 10, 10, 10, switches=(0, 2, 4))
        self.assertFalse(f.trusted)
        self.assertIn("interrupted 3 of 5", f.why)
        self.assertEqual(f.text(), "?")
        self.assertNotIn("median", f.as_json())

    def test_two_modes(self):
        f = figure(21, 34, 21.5, 34.2, 20.9, 33.8, 34, 21.2, 34.1)
        self.assertFalse(f.trusted)
        self.assertIn("two modes", f.why)

    def test_one_far_away_is_no_mode(self):
        self.assertTrue(figure(10, 10.1, 10.2, 10, 10, 10.1, 10, 10.2, 17).trusted)

    def test_unsteady(self):
        f = figure(10, 12, 14, 16, 18, 20, 22, 24, 26)
        self.assertIn("unsteady", f.why)

    def test_threads_beyond_processors(self):
        f = figures.Figure([(1, 0)] * 9, "3 threads on 2 processors")
        self.assertEqual(f.why, "3 threads on 2 processors")


class Ratios(unittest.TestCase):
    def test_a_slow_round_falls_out(self):
        ours, base = figure(5, 10, 5, 10, 5, 10), figure(5, 10, 5, 10, 5, 10)
        self.assertFalse(ours.trusted)
        found = figures.ratio(ours, base, True)
        self.assertTrue(found.trusted)
        self.assertEqual((found.low, found.high), (1, 1))

    def test_above_one_is_better(self):
        self.assertEqual(figures.ratio(figure(5, 5, 5), figure(10, 10, 10), False).median, 2)
        self.assertEqual(figures.ratio(figure(5, 5, 5), figure(10, 10, 10), True).median, 0.5)

    def test_reason_stays(self):
        ours = figures.Figure([(1, 0)] * 3, "an emulator ran it")
        self.assertFalse(figures.ratio(ours, figure(1, 1, 1), True).trusted)

    def test_revision(self):
        for version, name in (("6.15.3", "rq-6.15"), ("6.16.8", "rq-6.17"), ("7.1", "rq-6.19"),
                              ("7.2.13-tas", "rq-7.2"), ("8.0", "rq-7.2")):
            self.assertEqual(figures.nearest_revision(version), name)
        self.assertIsNone(figures.nearest_revision("abcdef012345"))


class Records(unittest.TestCase):
    def test_samples(self):
        found = figures.samples_of(['# sample kind=count-aa lock=x missing="waits for it"',
                                    "# nmi cpu=0", "# sample kind=pairs lock=y ps=1500 switches=0"])
        self.assertEqual(found[0]["missing"], "waits for it")
        self.assertEqual(figures.value_of(found[1]), 1.5)

    def test_every_lock_begins_a_round(self):
        words = compare.variables.parse(["ROUNDS=3", "THREADS=1", "HOLD=0", "THINK=0"],
                                        compare.WORDS)
        locks = {"a": "plain", "b": "plain", "c": "resilient"}
        pairs = [line.split()[1] for line in compare.schedule(words, list(locks), locks)
                 if line.startswith("contend ")]
        self.assertEqual(sorted(pairs[::3]), ["a", "b", "c"])
        for turn in range(3):
            self.assertEqual(sorted(pairs[3 * turn:3 * turn + 3]), ["a", "b", "c"])


if __name__ == "__main__":
    unittest.main()
