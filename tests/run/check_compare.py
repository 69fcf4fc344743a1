# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks of `make compare`: what its rows say, and what it refuses to say. Nothing timed."""
import glob
import json
import os
import re
import shutil
import xml.etree.ElementTree

import check_linux
import qemu
from job import Failed, Skipped

ROUNDS = 3
LOCKS = ("rq-6.15", "rq-7.2", "rq-next", "rq-7.2-tas", "qspinlock", "pthread-mutex")
LIBRARY = ("ck-fas", "ck-ticket", "ck-mcs", "ck-clh")
SVG = "{http://www.w3.org/2000/svg}"


def compare(job, *words, rt="RT=0"):
    """A very short run. At real-time priority it would take the processors from other checks."""
    return job.command("python3", "tests/run/compare.py", "OUT=" + job.folder, rt,
                       "ROUNDS=%d" % ROUNDS, "DURATION=0.001", "HOLD=0", "THINK=0.2", *words)


def real_time(job):
    """The same where nobody else runs, at real-time priority."""
    chrt = shutil.which("chrt")
    if not chrt or job.command(chrt, "-f", "1", "true").status:
        raise Skipped("this user may not have real-time priority")
    compare(job, "THREADS=2", "LOCK=rq-7.2", rt="RT=1").expect(
        0, r"^  rq-7\.2 +\d+ ", "real-time priority: yes")


def check_figures(data, locks):
    """Every figure has its samples; it is a trusted median or a reason."""
    for row in data["figures"]:
        where = "%(kind)s %(lock)s threads=%(threads)s" % row
        beyond = row["threads"] > qemu.host_cores()
        twice = 2 if row["kind"] == "signal" else 1
        if len(row["samples"]) != (0 if beyond else ROUNDS * twice):
            raise Failed("%s: %d samples" % (where, len(row["samples"])))
        if not all(value > 0 for value in row["samples"]):
            raise Failed("%s: samples of nothing" % where)
        if row["trusted"] != ("median" in row) or row["trusted"] == ("why" in row):
            raise Failed("%s: neither a median nor a reason, or both" % where)
        if beyond and row["trusted"]:
            raise Failed("%s: trusted with fewer processors" % where)
    for kind, names in (("pairs", locks + ["empty-loop"]), ("contend", locks),
                        ("aa", [lock for lock in locks if lock.startswith(("rq-", "linux:"))])):
        missing = set(names) - {row["lock"] for row in data["figures"] if row["kind"] == kind}
        if missing:
            raise Failed("%s: no row of %s" % (kind, " ".join(sorted(missing))))


def check_instructions(data):
    """Exact numbers, and in the order that the code has."""
    count = {(row["kind"], row["lock"]): row["instructions"] for row in data["instructions"]}
    order = ("empty-loop", "qspinlock", "rq-next", "rq-7.2", "pthread-mutex")
    free = [count["count", lock] for lock in order]
    if None in free or free != sorted(free) or len(set(free)) < len(free) or free[0] > 4:
        raise Failed("instructions of %s: %s" % (", ".join(order), free))
    if not count["count", "rq-7.2"] < count["count-aa", "rq-7.2"] < 1000:
        raise Failed("a refusal takes %s instructions" % count["count-aa", "rq-7.2"])
    for (kind, lock), theirs in count.items():
        # Where our revision of a tree is in step with it, it costs no more.
        if re.match(r"linux:7\.2\b", lock):
            ours = count[kind, "rq-7.2" + ("-tas" if lock.endswith("-tas") else "")]
            if ours > theirs:
                raise Failed("%s: ours takes %d instructions, %s %d" % (kind, ours, lock, theirs))


def check_plots(job):
    """Each SVG is one, and shows something."""
    paths = glob.glob(os.path.join(job.folder, "*.svg"))
    if not shutil.which("gnuplot"):
        if paths:
            raise Failed("plots without gnuplot")
        return "no plots: gnuplot is not installed"
    for path in [os.path.join(job.folder, name + ".svg") for name in ("uncontended", "refused")] \
            + paths:
        root = xml.etree.ElementTree.parse(path).getroot()
        shapes = list(root.iter(SVG + "path")) + list(root.iter(SVG + "polygon"))
        if root.tag != SVG + "svg" or len(shapes) < 5:
            raise Failed("%s: %s with %d shapes" % (path, root.tag, len(shapes)))
    return None


def side_by_side(job):
    """A very short run has all rows, a valid JSON file and valid plots; and sees a wrong lock."""
    skipped = []
    try:
        tree = ["LINUX=" + check_linux.real_tree()]
    except Skipped as skip:
        tree = []
        skipped.append("no Linux tree: " + str(skip))
    locks = list(LOCKS)
    if os.path.exists("/usr/include/ck_spinlock.h"):
        locks += LIBRARY
    else:
        skipped.append("no Concurrency Kit: libck-dev is not installed")
    for path in glob.glob(os.path.join(job.folder, "*.svg")):
        os.remove(path)
    threads = "THREADS=1,2,%d" % (qemu.host_cores() + 1)
    result = compare(job, threads, "LOCK=" + ",".join(locks + (["linux*"] if tree else [])), *tree)
    result.expect(0, r"^A free lock", r"^  rq-7\.2 +\d+ ", r"^Recovery", r"^Not trusted",
                  r"%d threads on %d processors" % (qemu.host_cores() + 1, qemu.host_cores()))
    with open(os.path.join(job.folder, "compare.json")) as text:
        data = json.load(text)
    check_figures(data, locks)
    check_instructions(data)
    no_plots = check_plots(job)
    skipped += [no_plots] if no_plots else []
    compare(job, "THREADS=2", "LOCK=broken-none").expect(1, "^compare: .*broken-none: ")
    if skipped:
        raise Skipped("all but: " + "; ".join(skipped))


def bad_words(job):
    """One line and status 2."""
    def refused(word, pattern):
        result = compare(job, word).expect(2, "^compare: " + pattern)
        if len(result.err.strip().split("\n")) != 1:
            raise Failed("%s: more than one line" % word)

    refused("THREADS=0", "THREADS=0: must be numbers of threads, 1 to 512")
    refused("THREADS=two", "THREADS=two: must be numbers")
    refused("HOLD=-1", "HOLD=-1: must be us, 0 to 1000")
    refused("THINK=1,,2", "THINK=1,,2: must be us")
    refused("ROUNDS=2", "ROUNDS=2: must be 3 to 999")
    refused("DURATION=0", "DURATION=0: must be seconds, 0.001 to 10")
    refused("RT=maybe", "RT=maybe: must be one of: auto 0 1")
    refused("LINUX=/nonexistent", "LINUX=/nonexistent: /nonexistent: is not there")
    refused("COLOUR=red", "COLOUR: unknown variable")
    refused("LOCK=rq-9.9", r"LOCK=rq-9\.9: there is no such lock; there are: .*rq-7\.2")
