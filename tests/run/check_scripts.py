# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks of scripts: the matrix, what free-running cores say to it, and bad scripts."""
import glob
import os
import re

from check_boot import demand
from job import Failed

REVISIONS = ("rq-6.15", "rq-6.17", "rq-6.18", "rq-6.19", "rq-7.2", "rq-next", "rq-7.2-tas")
CELL = re.compile(r"^# matrix script=(\S+) lock=(\S+) outcome=(\S+) cause=(\S+) ", re.M)


def script_names():
    """The scripts that bring cores into a situation, without those of the window map."""
    for path in glob.glob("tests/scripts/*.script"):
        with open(path) as source:
            text = source.read()
        if re.search(r"^run ", text, re.M) and not re.search(r"^map ", text, re.M):
            yield os.path.basename(path)[:-len(".script")]


def matrix(arch):
    """Every script on every revision does what the table says, and the table has all of them."""
    def check(job):
        job.run("ARCH=" + arch, "SMP=1", "RUN=matrix").expect(0)
        text = job.report()
        demand(text, r"^# @ case=matrix\.unexpected result=pass value=0 ",
               r"^# @ case=matrix\.without_expectation result=pass value=0 ")
        cells = {found[:2] for found in CELL.findall(text)}
        for name in script_names():
            for lock in REVISIONS:
                if (name, lock) not in cells:
                    raise Failed("no cell of %s on %s" % (name, lock))
    return check


# The free-running scenario of each situation, and the scripts that it goes through.
SAME = {
    "head-nmi": ("d-head",),
    "owner-nmi": ("e-owner",),
    "lone-head": ("f-lone-head",),
    "followed-head": ("f-followed",),
    "aa-nmi": ("b-owner-alone", "b-pending-alone"),
    "blind-spot": ("g6-abba", "h6-nmi"),
}


def free_running(text, lock, scenario):
    """(did it hang, causes) of a case in which all cores ran by themselves."""
    case = re.escape("%s.%s" % (lock, scenario))
    demand(text, r"^ok \d+ %s\b" % case)
    causes = set()
    for line in re.findall(r"^# cpu id=all case=%s .*$" % case, text, re.M):
        causes.update(re.findall(r" cause\.([\w-]+)=", line))
    return bool(re.search(r"^# expected hang seen case=%s\b" % case, text, re.M)), causes


def agreement(job):
    """
    Free-running cores come to the outcome and the causes of the scripts in virtual time. On
    arm64, where waiters look at the clock on each pass: 65,536 passes of an emulated x86-64
    take longer than the timeouts, so that other causes come first.
    """
    job.run("ARCH=arm64", "SMP=6", "THREAD=single", "RUN=matrix," + ",".join(SAME),
            "LOCK=rq-*").expect(0)
    text = job.report()
    cells = {found[:2]: found[2:] for found in CELL.findall(text)}
    for scenario, scripts in SAME.items():
        for lock in REVISIONS:
            outcomes = [cells[name, lock] for name in scripts]
            causes = {cause for _, list_ in outcomes for cause in list_.split(",")} - {"-"}
            scripted = any(outcome == "hang" for outcome, _ in outcomes), causes
            free = free_running(text, lock, scenario)
            if free != scripted:
                raise Failed("%s.%s: hang, causes %s; scripts %s say %s" % (
                    lock, scenario, free, scripts, scripted))


PAIR = "core_0:lock_A,unlock_A;core_1:lock_A,unlock_A;"
# What is wrong on purpose, the script that brings it out, and what it must be called.
CAUGHT = (
    ("broken-none", PAIR + "run_0_until_holds_A;run_1_until_holds_A;run_all", "exclusion"),
    ("broken-no-release", PAIR + "run_all", "hang"),
    ("broken-pending-left", "b-owner-alone", "not-released"),
    ("broken-leaked-entry", PAIR + "run_0_until_holds_A;hold_0;run_all", "not-released"),
)


def catches(arch):
    """The checks of trials see each kind of wrong lock, and say what it is."""
    def check(job):
        for lock, script, fault in CAUGHT:
            job.run("ARCH=" + arch, "SMP=1", "RUN=script", "LOCK=" + lock,
                    "OPTS=script=" + script).expect(1)
            demand(job.report(), r"^# script case=%s\.script .*outcome=%s " % (lock, fault),
                   r"^# stopped case=%s\.script lock A " % lock)
    return check


def bad_scripts(job):
    """A script that cannot be read or carried out says why, with the line of the file."""
    path = os.path.join(job.folder, "mine.script")
    for line, pattern in (("run 0 until W19", r"line 4: window 'W19': there are W0 to W17"),
                          ("run 9 until W4", r"line 4: core '9': there are cores 0 to 7"),
                          ("run 1 until W4", r"line 4: core 1: this text has cores 0 to 0"),
                          ("core 1: unlock A", r"line 4: unlock A: it is not locked here"),
                          ("nmi 0", r"line 4: nmi 0: there is no 'nmi 0: ...'"),
                          ("run 0 until W16", r"mine: line 4: core 0 ended and did not reach W16")):
        with open(path, "w") as out:
            out.write("# a remark\n\ncore 0: lock A, unlock A\n%s\n" % line)
        job.run("SMP=1", "RUN=script", "LOCK=rq-7.2", "SCRIPT=" + path).expect(2, pattern)
    job.run("SMP=1", "RUN=script", "LOCK=rq-7.2", "SCRIPT=d-hed").expect(
        2, r"script=d-hed: neither a text nor built in .*did you mean d-head")
    job.run("SMP=1", "RUN=script", "LOCK=rq-7.2").expect(2, r"which one\? script=NAME")
    # Not asked for by name, what has no script to run is skipped.
    job.run("SMP=1", "RUN=engines,repl*", "LOCK=ttas").expect(
        0, r"^ok \d+ ttas\.script # SKIP needs the option script=",
        r"^ok \d+ matrix # SKIP no lock of", r"^ok \d+ replay # SKIP needs the option replay=")
    job.run("SMP=1", "RUN=replay").expect(2, r"^not ok 1 replay # ERROR which one\? replay=R1")
    job.run("SMP=1", "SCRIPT=/nonexistent/script").expect(2, r"must be a name out of tests/scripts")
    with open(path, "w") as out:
        out.write("doc %s\n" % ("x" * 2000))
    job.run("SMP=1", "SCRIPT=" + path).expect(2, r"characters without blanks and remarks, at most")
