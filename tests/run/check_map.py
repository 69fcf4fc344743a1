# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks of the window map: the 2025 defects at their instructions, and none in today's lock."""
import os
import re

from check_boot import demand
from job import Failed


def rows(text, lock, path, takes, window):
    """What the NMI got at each boundary of that window (a pattern)."""
    return re.findall(r"^# map lock=%s path=%s takes=%s .* window=%s .* nmi=(\S+)"
                      % (re.escape(lock), path, takes, window), text, re.M)


def results(text, wanted, *place):
    """There are such boundaries, and at them the NMI got @wanted and nothing else."""
    got = set(rows(text, *place))
    if got != set(wanted):
        raise Failed("%s: NMIs should get %s, they got %s"
                     % (" ".join(place), sorted(wanted), sorted(got) or "nothing: no such place"))


def sound(text, lock):
    """Nothing is wrong at any boundary of @lock, and every one was tried."""
    for path in ("fast-lock", "fast-unlock"):
        results(text, {"ok", "edeadlk(aa-at-wait)"}, lock, path, "same", r"\S+")
    case = r"^# @ case=%s\.window-map\." % re.escape(lock)
    for zero in ("hangs", "stalls", "faults", r"false\.task", "innocents", r"real\.differs",
                 r"real\.missed"):
        demand(text, case + zero + " result=pass value=0 ")
    demand(text, case + "covered result=pass value=10000 ", case + r"real\.entry .*value=[1-9]",
           case + r"real\.whole-handler .*value=[1-9]",
           r"^ok \d+ %s\.window-map$" % re.escape(lock))


def falsely(text, lock):
    """Boundaries at which an NMI is told of a deadlock that is none, of any kind."""
    sums = r"^# @ case=%s\.window-map\.false\.[\w-]+ result=pass value=(\d+)"
    return sum(map(int, re.findall(sums % re.escape(lock), text, re.M)))


def maps(arch, *words):
    """rq-6.15 loses 250 ms at W3 and W6 and hangs at W11; rq-7.2 and rq-next have only W5."""
    def check(job):
        job.run("ARCH=" + arch, "RUN=window-map", "LOCK=rq-6.15,rq-7.2,rq-next", "SMP=1",
                "THREAD=single", *words).expect(0)
        text = job.report()
        results(text, {"etimedout(timeout-pending)"}, "rq-6.15", "fast-lock", "same", "W3")
        if "etimedout(timeout-pending)" not in rows(text, "rq-6.15", "fast-unlock", "same", "W6"):
            raise Failed("rq-6.15: no NMI runs out of time at W6")
        if "hang" not in rows(text, "rq-6.15", "head", "same", "W11"):
            raise Failed("rq-6.15: no NMI hangs at W11")
        for lock in ("rq-7.2", "rq-next"):
            sound(text, lock)
        if falsely(text, "rq-next") > falsely(text, "rq-7.2"):
            raise Failed("rq-next has windows that rq-7.2 has not")
        demand(text, r"^ok \d+ rq-6\.15\.window-map\b",
               r"^# expected (fail|hang) seen case=rq-6\.15\.window-map")
    return check


def reuse(arch, locks):
    """What is taken over from the boundary before is what running it again would have shown."""
    def rows_of(job, reduce):
        job.run("ARCH=" + arch, "RUN=window-map", "LOCK=" + locks, "SMP=1", "THREAD=single",
                "REDUCE=" + reduce).expect(0)
        return re.findall("^# map lock=.*", job.report(), re.M)

    def check(job):
        whole = rows_of(job, "none")
        demand(job.report(), r"handlers-reused .*value=0 ", r"ends-reused .*value=0 ")
        reused = rows_of(job, "states")
        for lock in locks.split(","):
            demand(job.report(), r"%s\S*handlers-reused .*value=[1-9]" % re.escape(lock),
                   r"%s\S*ends-reused .*value=[1-9]" % re.escape(lock))
        if whole != reused or not whole:
            differ = [pair for pair in zip(whole, reused) if pair[0] != pair[1]]
            raise Failed("%d rows with reuse, %d without; the first that differs: %s"
                         % (len(reused), len(whole), differ[0] if differ else "none"))
    return check


def tool(job):
    """The host's half: disassembly, source lines, two locks side by side, and coverage."""
    job.run("RUN=window-map", "LOCK=rq-6.15,rq-7.2", "SMP=1", "THREAD=single").expect(0)
    shown = job.command("make", "-s", "map", "LOCK=rq-6.15,rq-7.2", "WITHIN=fast-lock",
                        "WHAT=map", "REPORT=" + os.path.join(job.folder, "report.txt"))
    shown.expect(0)
    demand(shown.out, r"\bxadd\b", r"\bcmpxchg\b", r"W3 .* xadd .*250 ms .*\| ", r"rq_7_2_acquire",
           r"^hangs +[1-9]\d* +0 *$")
