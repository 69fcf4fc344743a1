# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks of barelock as a Linux program (make host). Each builds its own variant first."""
import os
import re
import shutil
import signal
import subprocess
import time

import check_linux
from job import Failed, Skipped

LOCK_OBJECT = "lock/rqspinlock/rqspinlock.native.o"
ORDER_FAULTS = ("order-release", "order-fast-path", "order-pending", "order-head")
# The same in a Linux tree: file, what is there, what the fault makes of it.
LINUX_FAULTS = (
    ("include/asm-generic/rqspinlock.h", "smp_store_release(&lock->locked, 0)",
     "WRITE_ONCE(lock->locked, 0)"),
    ("include/asm-generic/rqspinlock.h", "atomic_try_cmpxchg_acquire(&lock->val",
     "atomic_try_cmpxchg_relaxed(&lock->val"),
)
THREADS = ("SAN=thread", "SMP=3", "RUN=exclusion,contend,handover,order,torture")
RACE = r"WARNING: ThreadSanitizer: data race"


def host(job, *words, command="run"):
    """Build and run. Return: Result of host.py."""
    return job.command("python3", "tests/run/host.py", command, "OUT=" + job.folder, *words)


def machine():
    return {"x86_64": "x86_64", "aarch64": "arm64"}[os.uname().machine]


def run(job):
    """Signals, threads, the stepper and aborted jobs; an old revision's defect shows here too."""
    host(job, "RUN=step,exclusion,torture,abba,aa-task,nmi-storm", "LOCK=rq-7.2").expect(0)
    host(job, "RUN=aa-nmi,exclusion,take-back", "LOCK=rq-6.15,broken-none").expect(
        0, r"^ok \d+ rq-6\.15\.aa-nmi", r"^ok \d+ broken-none\.exclusion",
        r"^ok \d+ take-back")
    # Scripts wait for clock reads at full speed, explored schedules for each other.
    words = ("LOCK=rq-7.2", "PROGRAM=aa,pair,abba-trio", "DURATION=10")
    host(job, "RUN=matrix,explore", *words).expect(
        0, r"^# @ case=matrix\.cells .*value=[1-9]", r"^# @ case=matrix\.unexpected .*value=0 ",
        r"^# explore .* program=pair .* complete=1 ")
    host(job, "RUN=nosuch").expect(2, r"no such scenario")
    host(job, "SMP=0").expect(2, r"^host: SMP=0: must be")
    host(job, "SMP=500").expect(2, r"^host: SMP=500: must be at most \d+ on these")


def crash(job):
    """A fault ends the program readably, with the status of a crash."""
    child = job.start(["build/host/%s/barelock" % machine(), "run=contend", "duration=20"])
    time.sleep(0.5)
    os.kill(child.pid, signal.SIGSEGV)
    job.finish(child).expect(3, r'^# trap what="SIGSEGV', r"^# reg ",
                             r"^Bail out! SIGSEGV.* cpu \d")


def full_output(job):
    """A report that cannot be written is no pass."""
    with open("/dev/full", "wb") as full:
        done = subprocess.run(["build/host/%s/barelock" % machine(), "run=aa-task"], stdout=full,
                              stderr=subprocess.PIPE, check=False)
    if done.returncode != 2 or b"standard output" not in done.stderr:
        raise Failed("status %d, and it said %r" % (done.returncode, done.stderr))


def many(job):
    """More cores than processors take turns, and say so."""
    host(job, "RUN=exclusion,order,aa-task", "LOCK=rq-7.2", "SMP=%d" % (
        2 * os.cpu_count())).expect(0, r"take turns on")


def arm64(job):
    """The program of the other machine, on qemu-user where this one is not it."""
    if os.uname().machine != "aarch64":
        if not os.path.exists("/usr/aarch64-linux-gnu/include/stdio.h"):
            raise Skipped("arm64's C library is missing: libc6-dev-arm64-cross")
        if not shutil.which("qemu-aarch64"):
            raise Skipped("qemu-aarch64 is missing: qemu-user")
    words = ("RUN=exclusion,torture,abba,aa-task,aa-nmi,nmi-storm",
             "CROSS_COMPILE=aarch64-linux-gnu-")
    host(job, *words, "LOCK=rq-7.2").expect(0, r"atomics=(lse|llsc)")
    tree = check_linux.real_tree()
    host(job, *words, "LOCK=linux:*", "LINUX=" + tree).expect(0, r"^ok \d+ linux:\S+\.nmi-storm")


def sanitizer(name):
    def check(job):
        host(job, "RUN=exclusion,torture,abba,aa-task,aa-nmi,nmi-storm,stuck-owner",
             "LOCK=rq-7.2,rq-7.2-tas,mcs", "SAN=" + name).expect(0, r'compiler=".*SAN=' + name)
    return check


def thread_sanitizer(job):
    """No alarm on rq-7.2, and one on every fault of memory order that is seeded."""
    words = THREADS + ("MUTANTS=1",)
    clean = host(job, *words, "LOCK=rq-7.2,mcs,clh").expect(0)
    if "ThreadSanitizer" in clean.all:
        raise Failed("an alarm without a fault")
    for fault in ORDER_FAULTS:
        host(job, *words, "LOCK=mutant-" + fault).expect(1, RACE, r"^host: ThreadSanitizer found")


def thread_sanitizer_linux(job):
    """The same for the locks of a Linux tree."""
    tree = check_linux.copy_of(check_linux.real_tree(), job, "tree")
    words = THREADS + ("BUILD=build/check/linux-thread", "LINUX=" + tree)
    clean = host(job, *words, "LOCK=linux*").expect(0)
    if "ThreadSanitizer" in clean.all:
        raise Failed("an alarm without a fault")
    for name, right, wrong in LINUX_FAULTS:
        path = os.path.join(tree, name)
        with open(path) as text:
            original = text.read()
        if right not in original:
            raise Failed("%s has no %s to spoil" % (name, right))
        check_linux.write(path, original.replace(right, wrong))
        host(job, *words, "LOCK=linux:*").expect(1, RACE)
        check_linux.write(path, original)


def coverage(job):
    """gcov sees what runs: more of the lock with more scenarios."""
    def percent(scenarios):
        out = host(job, "RUN=" + scenarios, command="coverage").expect(0).out
        found = re.search(r"^lock/rqspinlock: \d+ of \d+ lines, ([\d.]+) %", out, re.M)
        return float(found.group(1))

    few, more = percent("aa-task"), percent("aa-task,abba,contend,torture,stuck-owner")
    job.note("aa-task %.1f %%, more %.1f %%" % (few, more))
    if not 10 < few < more:
        raise Failed("%.1f %% of the lines, with more scenarios %.1f %%" % (few, more))
    tree = check_linux.real_tree()
    host(job, "RUN=aa-task", "LOCK=linux:*", "LINUX=" + tree, command="coverage").expect(
        0, r"/kernel/bpf/rqspinlock\.c +[1-9]\d* of ")


def count(job):
    """Exact: twice the same."""
    lines = [re.search(r"^rq-7\.2 +([\d.]+) instr", host(
        job, "LOCK=rq-7.2", command="count").expect(0).out, re.M).group(1) for _ in range(2)]
    if lines[0] != lines[1] or not 5 < float(lines[0]) < 40:
        raise Failed("%s and %s instructions" % tuple(lines))


def bad_locks(job):
    """A lock that there is not is named, and nothing is counted."""
    for command in ("count", "coverage"):
        result = host(job, "LOCK=nosuch", command=command).expect(
            2, r"^host: .*(lock|LOCK)=nosuch: no such lock")
        if result.all.count("no such lock") != 1 or " lines" in result.out:
            raise Failed("host-%s says more than that the lock is unknown" % command)


def instructions(job, path):
    """(address, mnemonic, operands) of an object's code."""
    out = job.command("objdump", "-d", "--no-show-raw-insn", path).expect(0).out
    return re.findall(r"^ *([0-9a-f]+):\t(\S+) *(.*)", out, re.M)


def displaced(ours, theirs):
    """By how much one operand's displacement differs; None if more than that differs."""
    numbers = r"0x[0-9a-f]+"
    if re.sub(numbers, "#", ours) != re.sub(numbers, "#", theirs):
        return None
    pairs = zip(re.findall(numbers, ours), re.findall(numbers, theirs))
    shifts = {int(a, 16) - int(b, 16) for a, b in pairs if a != b}
    return shifts.pop() if len(shifts) == 1 else None


def same_code(job):
    """rqspinlock is the same instructions in the image and in the program.

    Only what the architecture keeps in front of a core's data has another size, so that offsets
    into struct cpu differ, all by the same.
    """
    if machine() != "x86_64":
        job.note("not here: the program's base register is a variable")
        return
    for arch, folder in (("x86_64", "x86_64"), ("host", "host/x86_64")):
        job.command("make", "-s", "ARCH=" + arch, "build/%s/%s" % (folder, LOCK_OBJECT)).expect(0)
    image = instructions(job, "build/x86_64/" + LOCK_OBJECT)
    program = instructions(job, "build/host/x86_64/" + LOCK_OBJECT)
    if len(image) != len(program) or len(image) < 1000:
        raise Failed("%d instructions in the image, %d in the program" % (
            len(image), len(program)))
    shifts = set()
    for ours, theirs in zip(image, program):
        if ours == theirs:
            continue
        shift = displaced(ours[2], theirs[2]) if ours[:2] == theirs[:2] else None
        if shift is None:
            raise Failed("at %s: %s %s, in the program %s %s" % (ours + theirs[1:]))
        shifts.add(shift)
    if len(shifts) > 1:
        raise Failed("offsets differ by %s" % sorted(shifts))


def program(job):
    """All that works on the one program without sanitizers: one after the other."""
    for part in (run, crash, full_output, many, count, bad_locks, same_code):
        job.note("== " + part.__name__)
        part(job)
