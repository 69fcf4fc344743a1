# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks of the exploration: shards add up, failing schedules replay, and bad words are refused."""
import os
import re

from check_boot import demand
from job import Failed, Skipped

# Small, and with a lock that fails, one that does not, NMIs, and random runs.
SMALL = ("RUN=explore", "LOCK=rq-7.2,broken-torn", "PROGRAM=pair,pair-nmi,pair-twice", "RANDOM=40",
         "THREAD=single")
# What depends on who explored, not on what there is.
UNEQUAL = re.compile(r" (ms|cores|shard)=\S+")


def report_of(job, *words):
    """The report of one run, kept under a name of its own."""
    job.run(*words).expect(0)
    path = os.path.join(job.folder, "part%d.txt" % len(os.listdir(job.folder)))
    with open(path, "w") as out:
        out.write(job.report())
    return path


def sums(text):
    return sorted(UNEQUAL.sub("", line) for line in text.split("\n")
                  if re.match(r"# (explore|random) ", line))


def shards(arch):
    """Three machines with different numbers of cores find together what one finds alone."""
    def check(job):
        parts = [report_of(job, "ARCH=" + arch, "SMP=%d" % (i + 1), "SHARD=%d/3" % i, *SMALL)
                 for i in range(3)]
        with open(report_of(job, "ARCH=" + arch, "SMP=2", *SMALL)) as file:
            whole = file.read()
        merge = ("python3", "tests/run/merge.py")
        merged = job.command(*merge, *parts).expect(0).out
        if not sums(whole) or sums(merged) != sums(whole):
            raise Failed("the shards' sums are not those of the whole")
        demand(merged, r"^ok \d+ rq-7\.2\.explore$", r"^ok \d+ broken-torn\.explore$",
               r" complete=1 ", r"fault\.exclusion=[1-9]")
        job.command(*merge, *parts[:2]).expect(2, r"^merge: shard 2/3 is missing$")
        job.command(*merge, parts[0], parts[0]).expect(2, r"is shard 0/3, and so is ")
    return check


def replay(arch):
    """What fails fails again, to the instruction; what is of another build is refused."""
    def check(job):
        job.run("ARCH=" + arch, "SMP=2", "RUN=explore", "LOCK=broken-torn", "PROGRAM=pair",
                "THREAD=single").expect(0)
        found = re.search(r"^# failure .*\breplay=(R1\.(\w{8})\.\S+)", job.report(), re.M)
        if not found:
            raise Failed("explore printed no failing schedule")
        word, ident = found.groups()
        job.run("ARCH=" + arch, "SMP=1", "REPLAY=" + word).expect(1)
        demand(job.report(), r"^# replay +\d+ \| +\| torn_try\+0x",
               r"^# replay +\d+ \* core 1 goes on",
               r"^not ok 1 replay # exclusion: core \d got A while another one was inside$")
        other = "00000000" if ident != "00000000" else "11111111"
        job.run("ARCH=" + arch, "SMP=1", "REPLAY=" + word.replace(ident, other)).expect(2)
        demand(job.report(), r"^not ok 1 replay # ERROR .*it is of another build")
        job.run("ARCH=" + arch, "SMP=1", "REPLAY=" + word + "-1c0").expect(2)
        demand(job.report(), r"^not ok 1 replay # ERROR .*a position before")
    return check


def plain(line):
    """A line of a trace without its columns, and without addresses that any change moves."""
    line = re.sub(r"\bpc=\w+ ", "", line.replace("# replay ", "# "))
    return re.sub(r"[\s|]+", " ", line).strip()


def replay_page(job):
    """What tests/replay.md replays is what this build finds, and each line of its trace comes."""
    with open("tests/replay.md") as file:
        page = file.read()
    word = re.search(r"^    make run REPLAY=(\S+)$", page, re.M).group(1)
    job.run("SMP=4", "REPLAY=" + word)
    compiler = re.search(r"\bby (gcc [\d.]+)", page).group(1)
    if not re.search(r'compiler="gcc .*\b%s"' % re.escape(compiler.split()[1]), job.report()):
        raise Skipped("tests/replay.md shows the code of %s" % compiler)
    seen = {plain(line) for line in job.report().split("\n")}
    shown = re.findall(r"^    (#  .*|# end .*|not ok .*)$", page, re.M)
    missing = [line for line in shown if not plain(line).endswith("...") and
               plain(line) not in seen]
    if len(shown) < 10 or missing:
        raise Failed("not in the report: %s" % (missing or "a trace of %d lines" % len(shown))[:1])


def levels_failures(job, *words):
    """How many bounds a run finished, and how many schedules failed."""
    job.run(*words)
    found = re.search(r"^# explore .* levels=(\d+) .* failures=(\d+)", job.report(), re.M)
    if not found:
        raise Failed("no # explore record")
    return int(found.group(1)), int(found.group(2))


def too_much(arch):
    """What cannot finish says so, and is an error where the bounds were asked for."""
    def check(job):
        words = ("ARCH=" + arch, "SMP=2", "RUN=explore", "LOCK=rq-7.2", "PROGRAM=trio-nmi",
                 "DURATION=0.5", "THREAD=single")
        job.run(*words).expect(0)
        demand(job.report(), r"^# explore .* complete=0 ", r"^ok 1 rq-7\.2\.explore # INCOMPLETE: ")
        job.run("PREEMPTIONS=4", *words).expect(2)
        demand(job.report(), r"^not ok 1 rq-7\.2\.explore # ERROR INCOMPLETE: preemptions=4 ")
        # What a bound showed is not lost when a larger one is cut.
        words = ("ARCH=" + arch, "SMP=1", "RUN=explore", "LOCK=rq-6.19", "PROGRAM=abba-trio",
                 "NMIS=0", "THREAD=single")
        _, shown = levels_failures(job, *words, "PREEMPTIONS=1", "DURATION=60")
        for seconds in (1, 2, 4, 8):
            levels, failures = levels_failures(job, *words, "PREEMPTIONS=5",
                                               "DURATION=%d" % seconds)
            if levels >= 2:
                break
        if not shown or levels < 2 or failures < shown:
            raise Failed("%d schedules fail with one preemption, and %d up to a cut bound (%d)" % (
                shown, failures, levels))
    return check
