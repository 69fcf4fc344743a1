#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`make mutants`: does the testbed see the seeded faults of lock/mutants/faults.txt?

  mutants.py [NAME=value ...]

Every mutant runs every step of the list until one catches it: verdict fail, a hang that the
supervisor ended, or a kernel that did not survive it; so do the old revisions, whose defects were
not seeded. The unchanged locks run all of them and must pass. LOCK= chooses mutants, RUN= scenarios
instead of the steps, CONTROL=N runs locks that are right with N seeds instead. Status: 0 all caught
and no false alarm, 1 not, 2 error.
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

# What runs, cheapest first, with further kernel options: the same for every mutant.
STEPS = (
    ("explore", "preemptions=1 stop=1 duration=5"),
    ("exclusion", ""),
    ("situations", "stop=1"),
    ("hook-reentry", ""),
    ("order", ""),
    ("explore", "preemptions=2 nmis=0 stop=1 duration=25"),
    ("explore", "preemptions=0 nmis=0 random=1500 depth=3 stop=1 duration=40"),
)
CONTROLS = ("rq-7.2", "rq-7.2-tas")
OLD = {"rq-6.15": "as merged: defects A to E", "rq-6.17": "defects A to C and E",
       "rq-6.18": "half of the fixes: defects B, C and E", "rq-6.19": "defect F"}
# CONTROL=: no seed may make a lock fail that is right.
RIGHT = "rq-7.2,rq-7.2-tas,qspinlock,mcs,clh,ticket,ttas"
RIGHT_STEPS = (("explore", "preemptions=1 nmis=1 random=100 depth=3 duration=15"),
               ("exclusion,order", "duration=0.2"))
PREFIX = "mutant-"
# The kernel's lock= holds 255 characters.
LIST_LIMIT = 240
BATCH = 8
WHERE = re.compile(r"; first ([^:]+):")
REPLAY = re.compile(r"^# failure case=(\S+)\.explore .* replay=(\S+)")
SEEN = re.compile(r"^# expected (\w+) seen case=(\S+)\.([^.\s]+)(?: what=(.*))?$")


class Mutant:
    """One lock of the run and what became of it."""

    def __init__(self, name, wrong):
        self.name, self.wrong = name, wrong
        self.caught = self.how = self.why = self.replay = ""
        self.seconds = 0.0


class Boot(run.Boot):
    """A boot that says nothing, and knows how long each case took."""

    def __init__(self, words, options, out):
        super().__init__(dict(words, FORMAT="quiet"),
                         qemu.Machine(words, words["BUILD"], options), out)
        self.seconds, self.seen, self.replays = {}, {}, {}
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
        for match in filter(None, map(REPLAY.match, self.report.lines)):
            self.replays.setdefault(*match.groups())


def boot_once(words, locks, step):
    """Run @step on @locks. Return: those that a crash kept from running."""
    scenario, extra = step
    options = "run=%s lock=%s seed=%s %s" % (scenario, ",".join(m.name for m in locks),
                                             words["SEED"] or "1", extra)
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
    where = WHERE.search(lock.why)
    if lock.caught and where:
        lock.caught += " " + where.group(1)
        lock.replay = boot.replays.get(lock.name, "")


def boot_batch(words, locks, step):
    while locks:
        locks = boot_once(words, locks, step)


def batches(locks):
    """Groups that one boot takes: few where few are left, so that every core has one."""
    size = min(BATCH, -(-len(locks) // qemu.host_cores()))
    group = []
    for lock in locks:
        if len(group) == size or sum(len(m.name) + 1 for m in group + [lock]) > LIST_LIMIT:
            yield group
            group = []
        group.append(lock)
    if group:
        yield group


def run_step(words, mutants, controls, step):
    """All that were not caught yet, as many boots at a time as there are cores."""
    groups = list(batches([m for m in mutants if not m.caught])) + [controls]
    with concurrent.futures.ThreadPoolExecutor(qemu.host_cores()) as pool:
        for done in [pool.submit(boot_batch, words, group, step) for group in groups if group]:
            done.result()


def print_table(mutants, controls):
    width = max(len(m.name) for m in mutants)
    where = max([len(m.caught) for m in mutants] + [9])
    print("%-*s  %-*s %-5s %7s  %s" % (width, "mutant", where, "caught by", "how", "seconds",
                                      "wrong"))
    for m in mutants:
        print("%-*s  %-*s %-5s %7.1f  %s" % (width, m.name, where, m.caught or "-", m.how or "-",
                                            m.seconds, m.wrong))
        if m.replay:
            print("%-*s  REPLAY=%s" % (width, "", m.replay))
    for m in controls:
        print("%s: %s" % (m.name, "fails in %s: %s" % (m.caught, m.why) if m.caught
                          else "passes all scenarios"))
    missed = [m.name + (" (%s)" % m.why if m.why else "") for m in mutants if not m.caught]
    print("caught %d of %d%s" % (len(mutants) - len(missed), len(mutants),
                                 "; missed: " + ", ".join(missed) if missed else ""))


def control(words):
    """Locks that are right, with other seeds. Return: exit status."""
    alarms = []
    for seed in range(1, int(words["CONTROL"]) + 1):
        for step in RIGHT_STEPS:
            for name in step[0].split(","):
                locks = [Mutant(lock, "") for lock in (words["LOCK"] or RIGHT).split(",")]
                boot_batch(dict(words, SEED=str(seed)), locks, (name, step[1]))
                alarms += ["seed=%d: %s in %s: %s %s" % (seed, m.name, m.caught, m.why, m.replay)
                           for m in locks if m.caught]
        run.say("seed %d: %d alarms" % (seed, len(alarms)))
    print("\n".join(alarms + ["%d alarms, seeds 1 to %s" % (len(alarms), words["CONTROL"])]))
    return reports.FAIL if alarms else reports.PASS


def chosen(words):
    """The mutants and old revisions that LOCK= asks for."""
    faults = [Mutant(PREFIX + f.name, f.wrong) for f in mutate.read_faults()]
    known = faults + [Mutant(name, wrong) for name, wrong in OLD.items()]
    found = [m for m in known if any(fnmatch.fnmatch(m.name, glob)
                                     for glob in (words["LOCK"] or "*").split(","))]
    if not found:
        raise variables.WordError("LOCK=%s: no such mutant" % words["LOCK"])
    return found


def main(argv):
    start = time.monotonic()
    try:
        words = variables.parse(argv)
        os.chdir(run.TOP)
        words["MUTANTS"] = "1"
        steps = [(name, "") for name in words["RUN"].split(",")] if words["RUN"] else STEPS
        mutants = [] if words["CONTROL"] else chosen(words)
        if not run.build(words):
            run.say("mutants: the build failed")
            return reports.ERROR
        words["BUILD"] = variables.build_folder(words)
        if words["CONTROL"]:
            return control(words)
        controls = [Mutant(name, "") for name in CONTROLS]
        for step in steps:
            run_step(words, mutants, controls, step)
            run.say("%s: %d left after %.0f s" % (" ".join(step).strip(),
                                                 sum(not m.caught for m in mutants),
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
