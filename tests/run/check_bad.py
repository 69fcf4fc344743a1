# SPDX-License-Identifier: GPL-2.0-or-later
"""Bad input: each gives one clear line and the right status, and nothing stays behind."""
import os
import random
import re
import signal
import stat
import time
import zlib

from job import Failed, Skipped

LONG = ("RUN=stress-aa", "LOCK=rq-7.2", "DURATION=30", "SMP=2")


def fake_qemu(job, name, body):
    """A shell script in QEMU's place."""
    path = os.path.abspath(os.path.join(job.folder, name))
    with open(path, "w") as out:
        out.write("#!/bin/sh\ncase $1 in --version) %s; exit ;; esac\n%s\n" % body)
    os.chmod(path, stat.S_IRWXU)
    return "QEMU=" + path


NEW = "echo QEMU emulator version 8.2.0"


def kernel_option(arch):
    """A wrong option reaches the kernel, which names it and the nearest one."""
    def check(job):
        job.run("ARCH=" + arch, "OPTS=duraton=3").expect(2, r"duraton.*did you mean 'duration'")
        job.run("ARCH=" + arch, "OPTS=nmi_hold=20ms").expect(
            2, r"nmi_hold=20ms: must be microseconds, 0 to 10000000")
        job.run("ARCH=" + arch, "OPTS=cpus=5000").expect(2, r"cpus=5000: must be .*1 to 1024")
    return check


def scenario_name(job):
    job.run("RUN=abab").expect(2, r"run=abab: no such scenario or suite; did you mean abba")
    job.run("LOCK=rq-7.3").expect(2, r"lock=rq-7\.3: no such lock; did you mean rq-7\.2")
    job.run("RUN=explore", "PROGRAM=aa,pear").expect(
        2, r"program=pear: no such program; did you mean pair\?")
    job.run("RUN=explore", "PROGRAM=pair,no*").expect(
        2, r"program=no\*: no such program; the option")
    # A script is no program.
    job.run("RUN=explore", "PROGRAM=d-head").expect(2, r"program=d-head: no such program")
    job.run("RUN=abba", "LOCK=mc*").expect(2, r"no scenario of the first takes a lock")


def make_variables(job):
    """`make run` names a wrong variable and what is allowed, before it builds anything."""
    folder = os.path.join(job.folder, "build")
    for word, pattern in (("SMPS=4", r"SMPS: unknown variable; there are: .*\bSMP\b"),
                          ("THREADS=2", r"THREADS: make run has no use for it; it takes: "),
                          ("SMP=0", r"SMP=0: must be .*1 to 512"),
                          ("SMP=5000", r"SMP=5000: must be .*1 to 512"),
                          ("BOOT=floppy", r"BOOT=floppy: must be one of: direct uefi usb"),
                          ("ARCH=mips", r"ARCH=mips: must be one of: x86_64 arm64"),
                          ("ACCEL=xen", r"ACCEL=xen: must be one of: auto kvm tcg"),
                          ("FORMAT=pdf", r"FORMAT=pdf: must be one of: text json junit"),
                          ("DURATION=long", r"DURATION=long: must be seconds"),
                          ("SEED=dice", r"SEED=dice: must be a number"),
                          ("RUN=a b", r"RUN=a b: must be names or globs")):
        job.command("make", "run", "BUILD=" + folder, word).expect(2, pattern)
        if os.path.exists(folder):
            raise Failed("make run %s built something" % word)


def qemu_binaries(job):
    job.run("QEMU=/nonexistent/qemu").expect(2, r"/nonexistent/qemu: not found")
    old = fake_qemu(job, "old", ("echo QEMU emulator version 4.2.1", "exit 1"))
    job.run(old).expect(2, r"is QEMU 4\.2, at least 6\.2 is needed")
    other = fake_qemu(job, "other", ("echo Hello", "exit 1"))
    job.run(other).expect(2, r"is not a QEMU system emulator")
    broken = fake_qemu(job, "broken", (NEW, "echo no such machine >&2; exit 1"))
    job.run(broken).expect(2, r"QEMU: no such machine")


def kvm(job):
    """KVM that opens but does not run our code is noticed within seconds; auto goes on by TCG."""
    # Stands in for both kinds seen: QEMU that aborts, and a guest that never gets anywhere.
    for name, does in (("aborts", "echo failed to set MSR >&2; exit 134"), ("hangs", "sleep 60")):
        fake = fake_qemu(job, name, (NEW, "case \"$*\" in *kvm*) exec sh -c '%s' ;; esac\n"
                                     "exec qemu-system-x86_64 \"$@\"" % does))
        device = os.path.join(job.folder, "kvm")
        with open(device, "w"):
            pass
        started = time.monotonic()
        command = ["python3", "tests/run/run.py", "run", "--no-build", "OUT=" + job.folder, fake,
                   "RUN=aa-task", "SMP=1"]
        env = {"BARELOCK_KVM": device}
        job.command(*command, "ACCEL=kvm", env=env).expect(2, r"ACCEL=kvm: KVM cannot be used: ")
        if time.monotonic() - started > 8:
            raise Failed("it took more than 8 s to notice")
        job.command(*command, env=env).expect(0, r"^note: KVM cannot be used .*going on with TCG")


def no_room(job):
    """Nothing that cannot be written down may end as a pass: a small disk, a read-only one."""
    for name, options, pattern in (("small", "size=256k", r"No space left on device"),
                                   ("read-only", "size=256k,ro", r"Read-only file system")):
        folder = os.path.abspath(os.path.join(job.folder, name))
        os.makedirs(folder, exist_ok=True)
        mounted = job.command("mount", "-t", "tmpfs", "-o", options, "barelock", folder)
        if mounted.status:
            raise Skipped("may not mount a small tmpfs")
        try:
            job.command("make", "run", "BUILD=" + folder, "RUN=aa-task").expect(2, pattern)
            job.run("OUT=" + folder, "SMP=1").expect(2, r"%s[^:]*: %s" % (folder, pattern))
        finally:
            job.command("umount", folder)


def processes_with(mark):
    """Ids of processes with @mark in their command line."""
    found = []
    for entry in os.listdir("/proc"):
        try:
            with open("/proc/%s/cmdline" % entry, "rb") as text:
                if entry.isdigit() and mark.encode() in text.read():
                    found.append(int(entry))
        except OSError:
            pass
    return found


def until(condition, what, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise Failed(what)
        time.sleep(0.05)


def start_long(job, words=LONG):
    """A run that takes a while, and its mark in QEMU's command line."""
    seed = random.SystemRandom().randrange(10 ** 9, 10 ** 10)
    child = job.start(job.run_words(*words, "SEED=%d" % seed))
    mark = "seed=%d" % seed
    log = os.path.join(job.folder, "serial.log")

    def planned():
        if child.poll() is not None:
            raise Failed("the run ended at once: " + job.finish(child).complaint())
        try:
            with open(log, "rb") as serial:
                return processes_with(mark) and re.search(rb"^1\.\.\d", serial.read(), re.M)
        except FileNotFoundError:
            return False

    until(planned, "the run did not get as far as its plan")
    return child, mark


def interrupt(job):
    """Ctrl-C, a polite and an impolite end of the runner: no QEMU stays behind."""
    for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)):
        child, mark = start_long(job)
        child.send_signal(number)
        result = job.finish(child)
        until(lambda: not processes_with(mark), "QEMU is still there after signal %d" % number, 5)
        result.expect(status, *(["interrupted; QEMU was ended"] if status > 0 else []))


def standstill(arch):
    """A host that takes the whole machine away for a while: the case is run again, and says so."""
    def check(job):
        child, mark = start_long(job, ("ARCH=" + arch, "RUN=stress-aa", "LOCK=rq-7.2", "SMP=2",
                                       "DURATION=2"))
        machines = [pid for pid in processes_with(mark) if pid != child.pid]
        time.sleep(0.5)
        for number in (signal.SIGSTOP, signal.SIGCONT):
            for pid in machines:
                os.kill(pid, number)
            time.sleep(1)
        job.finish(child).expect(0, r"^# warn machine case=rq-7\.2\.stress-aa standstill_ms="
                                 r"\d{3,4}: the case is run again$", r"^ok 1 rq-7\.2\.stress-aa$")
    return check


def report_cut(job):
    """QEMU is killed in the middle of its report."""
    child, mark = start_long(job)
    for qemu in [pid for pid in processes_with(mark) if pid != child.pid]:
        os.kill(qemu, signal.SIGKILL)
    job.finish(child).expect(3, r"the report is cut: no @@END")


def no_begin(job):
    """A machine that ends without a word, and one whose status is not the report's."""
    mute = fake_qemu(job, "mute", (NEW, "echo BdsDxe: nothing to boot; exit 0"))
    job.run(mute).expect(3, r"serial: BdsDxe: nothing to boot", r"@@BEGIN never came")
    crc = "%08x" % zlib.crc32(b"1..0\n")
    liar = fake_qemu(job, "liar", (NEW, "printf '@@BEGIN barelock 1 run=1\\n"
                                   "1..0\\n@@END lines=1 crc32=%s verdict=pass\\n'; exit 0" % crc))
    job.run(liar).expect(3, r"the report says pass, but QEMU ended with 0 instead of 33")
