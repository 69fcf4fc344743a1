#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The verdict on the rqspinlock of one Linux tree, on one page.

  linux_check.py LINUX=tree [ARCH=x86_64|arm64] [DEFECT=A,F] [BISECT=1] [NAME=value ...]

Builds the image with the tree, runs the matrix, the window map, a bounded exploration and
free-running scenarios, and compares them with our revision nearest to the tree. Worse than
rq-7.2 in any of them is a defect. Exit status: 0 the lock holds, 1 it does not (with DEFECT= only
for these), 2 error, 3 crash. With BISECT=1 as `git bisect run` wants it: a tree that cannot be
used or does not build is 125 (skip), an error 128 (stop), and a defect in the matrix is enough;
the matrix alone decides about DEFECT=, of which a crash or a lock that never ends tells nothing:
that is 125 too.
"""
import os
import re
import signal
import subprocess
import sys
import time
import traceback

import report as reports
import report_compare
import run as runner
import words as variables
from linux_verdict import FIXED, CheckError, Verdict
from overlay import Tree, TreeError

TOP = runner.TOP
# Programs of which all schedules with 2 preemptions and an NMI take seconds.
PROGRAMS = "aa,nested,pair,pair-try,pair-twice,pair-nmi"
# For all of them; a lock with defects has no end of schedules.
EXPLORE_S = 10
FREE = FIXED + ("lone-head", "hook-reentry", "exclusion", "stress-aa", "stress-abba", "nmi-storm",
                "uncontended")
BISECT_SKIP, BISECT_STOP = 125, 128
BOOT_LIMIT_S = 240

TABLE = dict(variables.WORDS)
TABLE["ACCEL"] = ("tcg",) + variables.WORDS["ACCEL"][1:]
TABLE["DEFECT"] = ("", lambda v: None if re.fullmatch(r"([A-F](,[A-F])*)?", v) else
                   "must be letters A to F with commas between", "only these defects give status 1")
TABLE["BISECT"] = ("", variables.one_of("", "1"), "1: status as git bisect run wants it")


class Boots:
    """The boots of one check, two at a time, each with a folder and a report of its own."""

    def __init__(self, words):
        self.words, self.running = words, {}
        self.folder = os.path.join(words["OUT"] or os.path.join(
            words["BUILD"], words["ARCH"]), "linux-check")

    def start(self, name, *more):
        out = os.path.join(self.folder, name)
        os.makedirs(out, exist_ok=True)
        kept = ["%s=%s" % (key, self.words[key]) for key in
                ("ARCH", "BUILD", "ACCEL", "QEMU", "CPU", "MACHINE", "QEMU_ARGS", "SEED")
                if self.words[key]]
        command = [sys.executable, os.path.join(TOP, "tests/run/run.py"), "run", "--no-build",
                   "OUT=" + out, "THREAD=single"] + kept + list(more)
        with open(os.path.join(out, "run.log"), "w") as log:
            self.running[name] = subprocess.Popen(command, stdout=log, stderr=log, cwd=TOP,
                                                  stdin=subprocess.DEVNULL)

    def finish(self, name):
        """Return: report_compare.Run. Raises CheckError for a crash or an error of ours."""
        child = self.running[name]
        out = os.path.join(self.folder, name)
        try:
            status = child.wait(BOOT_LIMIT_S)
        except subprocess.TimeoutExpired:
            raise CheckError("%s: not done within %d s" % (name, BOOT_LIMIT_S)) from None
        del self.running[name]
        if status in (reports.PASS, reports.FAIL):
            return report_compare.load(out)
        with open(os.path.join(out, "run.log")) as log:
            text = log.read()
        # That the report is cut is what a crash or a boot without an end leads to.
        why = re.findall(r"^Bail out! .*", text, re.M)[:1] or sorted(re.findall(
            r"^(?:run: |# error |not ok .*# ERROR).*", text, re.M),
            key=lambda line: "report is cut" not in line)
        raise CheckError("%s: %s; see %s/run.log" % (name, why[-1] if why else "no report", out),
                         reports.CRASH if status == reports.CRASH else reports.ERROR)

    def end(self):
        for child in self.running.values():
            child.send_signal(signal.SIGTERM)
        for child in self.running.values():
            child.wait()


def builds_without(words):
    """Does the image build without the tree? LINUX= is said, for make hands its own down."""
    command = [os.environ.get("MAKE", "make"), "-C", TOP, "-s", "all", "LINUX="]
    command += ["%s=%s" % (name, words[name]) for name in
                ("ARCH", "BUILD", "CC", "CROSS_COMPILE") if words[name]]
    return subprocess.run(command, stdout=sys.stderr, check=False).returncode == 0


def prepare(words):
    """The tree, built in. Raises CheckError with the status that fits."""
    skip = BISECT_SKIP if words["BISECT"] else reports.ERROR
    path = words["LINUX"]
    if not path or ":" in path:
        raise CheckError("LINUX=%s: one Linux tree is needed" % path)
    if not os.path.isdir(path):
        raise CheckError("LINUX=%s: is not a folder" % path)
    try:
        tree = Tree(path)
    except TreeError as error:
        raise CheckError("LINUX=%s" % error, skip) from error
    if not runner.build(words):
        # Is it the tree that does not build, or are we?
        if not builds_without(words):
            raise CheckError("the build failed without the tree too")
        raise CheckError("linux:%s does not build" % tree.name, skip)
    return tree


def check(words):
    begin = time.monotonic()
    tree = prepare(words)
    verdict = Verdict(tree, words)
    boots = Boots(words)
    engine = ("RUN=window-map,explore", "SMP=1", "DURATION=%d" % EXPLORE_S,
              "PROGRAM=" + PROGRAMS)
    try:
        boots.start("matrix", "RUN=matrix", "SMP=1", "LOCK=linux:*")
        boots.start("engines", "LOCK=" + verdict.lock, *engine)
        verdict.matrix(boots.finish("matrix"))
        if verdict.endless and words["DEFECT"] and verdict.status() == reports.PASS:
            raise CheckError("%s never ends %s: nothing is known of DEFECT=%s" % (
                *next(iter(verdict.endless.items())), words["DEFECT"]),
                BISECT_SKIP if words["BISECT"] else reports.ERROR)
        # What never ends there does so everywhere, for long.
        if verdict.lock in verdict.endless:
            return finish(verdict, boots, begin)
        if words["BISECT"] and (words["DEFECT"] or verdict.status() == reports.FAIL):
            return finish(verdict, boots, begin)
        free = ("RUN=" + ",".join(FREE), "SMP=4")
        boots.start("free", "LOCK=" + verdict.lock, *free)
        theirs = boots.finish("engines")
        # Where the tree's hangs ours does, for as long.
        boots.start("free-ours", "LOCK=" + verdict.nearest, *free)
        free_theirs = boots.finish("free")
        boots.start("ours", "LOCK=" + verdict.nearest, *engine)
        verdict.free(free_theirs, boots.finish("free-ours"))
        verdict.engines(theirs, boots.finish("ours"))
        return finish(verdict, boots, begin)
    finally:
        boots.end()


def finish(verdict, boots, begin):
    """The page. Return: the status."""
    rest = os.path.join(boots.folder, "findings.txt")
    verdict.print(time.monotonic() - begin, rest)
    print("reports: " + boots.folder)
    return verdict.status()


def bisect_status(argv, status):
    """For git bisect run, to which all of 1 to 127 but 125 is a defect."""
    if not any(re.match("BISECT=.", word) for word in argv):
        return status
    if status == reports.CRASH and any(re.match("DEFECT=.", word) for word in argv):
        return BISECT_SKIP
    return BISECT_STOP if status == reports.ERROR else status


def main(argv):
    try:
        words = variables.parse(argv, dict(TABLE, LINUX=("", variables.one_line, "")))
        words["LINUX"] = words["LINUX"] and os.path.abspath(words["LINUX"])
        os.chdir(TOP)
        return check(words)
    except (CheckError, variables.WordError, report_compare.CompareError) as error:
        runner.say("linux-check: %s" % error)
        status = getattr(error, "status", reports.ERROR)
    except OSError as error:
        runner.say("linux-check: %s: %s" % (error.filename, error.strerror))
        status = reports.ERROR
    except runner.Interrupted as stop:
        runner.say("linux-check: interrupted")
        status = 128 + stop.args[0]
    except Exception:  # ours; the status of an exception would be a defect of the tree
        traceback.print_exc()
        status = reports.ERROR
    return bisect_status(argv, status)


if __name__ == "__main__":
    for asked in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(asked, runner.on_signal)
    if sys.argv[1:] == ["help"]:
        for word in ("DEFECT", "BISECT"):
            print("  %-14s %s" % (word, TABLE[word][2]))
        sys.exit(0)
    sys.exit(main(sys.argv[1:]))
