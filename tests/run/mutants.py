#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`make mutants`: does the testbed see the seeded faults of lock/mutants/faults.txt?

  mutants.py [NAME=value ...]

Every mutant runs every scenario of the list until one catches it: verdict fail, a hang that the
supervisor ended, or a kernel that did not survive it; the unchanged locks run all of them and must
pass. LOCK= chooses mutants, RUN= the scenarios. Status: 0 all caught and the controls clean, 1 not,
2 error.
"""
import concurrent.futures
import fnmatch
import os
import re
import sys
import tempfile
import time

import qemu
import report as reports
import run
import words as variables

sys.path.insert(0, os.path.join(run.TOP, "lock", "mutants"))
import mutate  # pylint: disable=wrong-import-position

# Cheapest first: most mutants are gone after two or three of them.
SCENARIOS = ("exclusion", "aa-task", "abba", "head-nmi", "owner-nmi", "lone-head", "followed-head",
             "aa-nmi", "held-overflow", "order", "stuck-owner", "handover", "torture", "nmi-storm",
             "hook-reentry", "stress-abba")
CONTROLS = ("rq-7.2", "rq-7.2-tas")
PREFIX = "mutant-"
# The kernel's lock= holds 255 characters.
LIST_LIMIT = 240
BATCH = 8
SEEN = re.compile(r"^# expected (\w+) seen case=(\S+)\.([^.\s]+)(?: what=(.*))?$")


class Mutant:
    """One lock of the run and what became of it."""

    def __init__(self, name, wrong):
        self.name, self.wrong = name, wrong
        self.caught = self.how = self.why = ""
        self.seconds = 0.0


class Boot(run.Boot):
    """A boot that says nothing, and knows how long each case took."""

    def __init__(self, words, options, out):
        super().__init__(dict(words, FORMAT="quiet"),
                         qemu.Machine(words, words["BUILD"], options), out)
        self.seconds, self.seen = {}, {}
        self.last = time.monotonic()

    def take(self, data, last=False):
        known = len(self.report.cases)
        super().take(data, last)
        now = time.monotonic()
        for case in self.report.cases[known:]:
            self.seconds[case.name] = now - self.last
            self.last = now
        for match in filter(None, map(SEEN.match, self.report.lines)):
            self.seen["%s.%s" % match.group(2, 3)] = (match.group(1), match.group(4) or "")


def boot_once(words, locks, scenario):
    """Run @scenario on @locks. Return: those that a crash kept from running."""
    options = "run=%s lock=%s seed=%s" % (scenario, ",".join(m.name for m in locks),
                                          words["SEED"] or "1")
    with tempfile.TemporaryDirectory(prefix="barelock-mutants-") as out:
        boot = Boot(words, options, out)
        boot.run()
        status, why = boot.judge()
        bail = boot.report.bail
    cases = {case.name: case for case in boot.report.cases}
    left = []
    for lock in sorted(locks, key=lambda m: m.name):
        name = "%s.%s" % (lock.name, scenario)
        case = cases.get(name)
        if case:
            settle(lock, scenario, case, boot)
        else:
            left.append(lock)
    if not left:
        return []
    if status != reports.CRASH:
        said = [case.why for case in boot.report.cases if case.verdict == "error"] + why
        raise qemu.QemuError("; ".join(said) or options + ": a case is missing")
    # The first one without a verdict is what ran when the kernel died.
    victim = left.pop(0)
    victim.caught, victim.how = scenario, "crash"
    victim.why = bail or "; ".join(why)
    victim.seconds += time.monotonic() - boot.last
    return left


def settle(lock, scenario, case, boot):
    """What one case said about @lock."""
    lock.seconds += boot.seconds.get(case.name, 0)
    seen = boot.seen.get(case.name)
    if seen:
        lock.caught, lock.how, lock.why = scenario, seen[0], seen[1]
    elif case.verdict == "fail":
        lock.caught, lock.how, lock.why = scenario, "fail", case.why
    elif case.verdict == "error":
        lock.why = "%s: error: %s" % (scenario, case.why)


def boot_batch(words, locks, scenario):
    while locks:
        locks = boot_once(words, locks, scenario)


def batches(locks):
    """Groups that one boot takes."""
    group = []
    for lock in locks:
        if len(group) == BATCH or sum(len(m.name) + 1 for m in group + [lock]) > LIST_LIMIT:
            yield group
            group = []
        group.append(lock)
    if group:
        yield group


def run_scenario(words, mutants, controls, scenario):
    """All that were not caught yet, as many boots at a time as there are cores."""
    groups = list(batches([m for m in mutants if not m.caught])) + [controls]
    with concurrent.futures.ThreadPoolExecutor(qemu.host_cores()) as pool:
        for done in [pool.submit(boot_batch, words, group, scenario) for group in groups]:
            done.result()


def print_table(mutants, controls):
    width = max(len(m.name) for m in mutants)
    print("%-*s  %-14s %-5s %7s  %s" % (width, "mutant", "caught by", "how", "seconds", "wrong"))
    for m in mutants:
        print("%-*s  %-14s %-5s %7.1f  %s" % (width, m.name, m.caught or "-", m.how or "-",
                                             m.seconds, m.wrong))
    for m in controls:
        print("%s: %s" % (m.name, "fails in %s: %s" % (m.caught, m.why) if m.caught
                          else "passes all scenarios"))
    missed = [m.name + (" (%s)" % m.why if m.why else "") for m in mutants if not m.caught]
    print("caught %d of %d%s" % (len(mutants) - len(missed), len(mutants),
                                 "; missed: " + ", ".join(missed) if missed else ""))


def main(argv):
    start = time.monotonic()
    try:
        words = variables.parse(argv)
        os.chdir(run.TOP)
        words["MUTANTS"] = "1"
        chosen = words["LOCK"] or PREFIX + "*"
        scenarios = words["RUN"].split(",") if words["RUN"] else SCENARIOS
        mutants = [m for m in (Mutant(PREFIX + f.name, f.wrong) for f in mutate.read_faults())
                   if any(fnmatch.fnmatch(m.name, glob) for glob in chosen.split(","))]
        if not mutants:
            raise variables.WordError("LOCK=%s: no such mutant" % chosen)
        if not run.build(words):
            run.say("mutants: the build failed")
            return reports.ERROR
        words["BUILD"] = variables.build_folder(words)
        controls = [Mutant(name, "") for name in CONTROLS]
        for scenario in scenarios:
            run_scenario(words, mutants, controls, scenario)
            run.say("%s: %d left after %.0f s" % (scenario, sum(not m.caught for m in mutants),
                                                 time.monotonic() - start))
    except (variables.WordError, qemu.QemuError, mutate.FaultError) as error:
        run.say("mutants: %s" % error)
        return reports.ERROR
    print_table(mutants, controls)
    good = all(m.caught for m in mutants) and not any(m.caught for m in controls)
    print("%.0f s on %d cores" % (time.monotonic() - start, qemu.host_cores()))
    return reports.PASS if good else reports.FAIL


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
