# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks that boot: every machine, every way in, and that what is wrong is caught by name."""
import fcntl
import glob
import json
import os
import re
import time
import xml.etree.ElementTree as ElementTree

import qemu
import report as reports
import words as variables
from job import Failed, Skipped

# Short, and still all of it: every core, NMIs, one lock. On one host thread, because a busy
# host that stops a vCPU for longer than the lock's timeout makes it fail without being wrong.
QUICK = ("RUN=calibrate,aa-nmi", "LOCK=rq-7.2", "THREAD=single")
NEW_QEMU = {"x86_64": "build/qemu-new/qemu-system-x86_64",
            "arm64": "build/qemu-new/qemu-system-aarch64"}


def demand(report, *patterns):
    for pattern in patterns:
        if not re.search(pattern, report, re.M):
            raise Failed("nothing in the report is like %r" % pattern)


def boots(arch, *words):
    """This machine comes up with all its cores and passes."""
    def check(job):
        job.run("ARCH=" + arch, "SMP=4", *QUICK, *words).expect(0)
        demand(job.report(), r"^# env .*\barch=%s\b" % arch, r"^# env .*\bcpus=4\b",
               r"^ok \d+ calibrate$",
               r"^ok \d+ rq-7\.2\.aa-nmi$")
    return check


def clang(arch):
    """What clang builds boots as well."""
    def check(job):
        job.run("ARCH=" + arch, "SMP=4", "BUILD=build/check/clang", *QUICK).expect(0)
        demand(job.report(), r"^# env .*clang")
    return check


def cores(arch, count, *words):
    """@count cores come online. Hundreds of arm64 cores take a minute on one host thread."""
    thread = "multi" if arch == "arm64" and count > 64 else "single"

    def check(job):
        job.run("ARCH=" + arch, "SMP=%d" % count, "OPTS=list=1", "THREAD=" + thread,
                *words).expect(0)
        demand(job.report(), r"^# env .*\bcpus=%d\b" % count)
    return check


def sections(arch):
    """Section lengths and NMI rate are the user's, as in Linux's own test module."""
    def check(job):
        job.run("ARCH=" + arch, "SMP=4", "RUN=stress-*,nmi-storm,torture,contend", "LOCK=rq-7.2",
                "DURATION=1", "OPTS=hold=20000 nmi_hold=10000 nmi_hz=50").expect(0)
        demand(job.report(), r"^# stress case=rq-7\.2\.stress-aa .*hold_task_ns=20000000 "
               r"hold_nmi_ns=10000000 nmi_hz=50 ", r"contend\.cores3\.hold20000000\.throughput ",
               r"nmi-storm\.given\.achieved ")
    return check


def slow_reader(arch):
    """A report whose reader stops for longer than a port takes for a byte comes out whole."""
    def check(job):
        words = variables.parse(["ARCH=" + arch, "SMP=1"])
        child = job.start(qemu.Machine(words, "build", "list=1").args())
        fcntl.fcntl(child.stdout, fcntl.F_SETPIPE_SZ, 4096)
        first = os.read(child.stdout.fileno(), 4096)
        time.sleep(2)
        result = job.finish(child).expect(33)
        status, why = reports.verify(reports.read_report(first + result.out.encode()))
        if status:
            raise Failed("; ".join(why) or "the report says %d" % status)
    return check


def one_core_skips(arch):
    """A scenario for two cores says what it lacks."""
    def check(job):
        job.run("ARCH=" + arch, "SMP=1", "RUN=abba", "LOCK=rq-7.2").expect(0)
        demand(job.report(), r"^ok 1 rq-7\.2\.abba # SKIP needs 2 cpus")
    return check


def default_run(arch):
    """What `make run` gives: a pass, with the closing table."""
    def check(job):
        job.run("ARCH=" + arch).expect(0)
        demand(job.report(), r"^@@END .*verdict=pass$")
        # A GIC names the sender of each; x86 has to infer it.
        stranger = re.search(r"^# warn nmi .*unknown=.*", job.report(), re.M)
        if stranger and arch == "arm64":
            raise Failed(stranger.group())
    return check


# What must be caught whatever the locks' sources say of themselves.
MUST_SHOW = {
    ("broken-none", "exclusion", "fail"),
    ("broken-no-release", "exclusion", "hang"),
    ("broken-lost-handover", "exclusion", "hang"),
    ("broken-leaked-entry", "exclusion", "fail"),
    ("broken-pending-left", "held-overflow", "fail"),
    ("rq-6.15", "head-nmi", "hang"),
    ("rq-6.18", "owner-nmi", "fail"),
    ("rq-6.19", "lone-head", "hang"),
}


def known_defects():
    """(lock, scenario, outcome) of every defect that the locks' sources declare."""
    for path in glob.glob("lock/**/*.c", recursive=True):
        with open(path) as source:
            text = source.read()
        tables = dict(re.findall(r"lock_defect (\w+)\[\] = \{(.*?)\n\};", text, re.S))
        for lock, table in re.findall(r'\.name = "([^"]+)",(?:(?!\n\};).)*?\.defects = (\w+)', text,
                                      re.S):
            for scenario, outcome in re.findall(r'\{"([^"]+)", "(\w+)"\}', tables[table]):
                yield lock, scenario, outcome


def selftest(arch):
    """Every known defect shows, under its own name and in the way that the lock declares."""
    def check(job):
        job.run("ARCH=" + arch, "RUN=selftest").expect(0)
        text = job.report()
        locks = set()
        for lock, scenario, outcome in sorted(MUST_SHOW.union(known_defects())):
            case = re.escape("%s.%s" % (lock, scenario))
            demand(text, r"^ok \d+ %s\b" % case, r"^# expected %s seen case=%s\b" % (outcome, case))
            locks.add(lock)
        for path in glob.glob("lock/broken/*.c"):
            with open(path) as source:
                names = set(re.findall(r'\.name = "([^"]+)"', source.read()))
            if names - locks:
                raise Failed("%s: no scenario is named that catches it" % names.pop())
    return check


def supervisor(arch):
    """A lock that hangs is ended and shown, and what comes after it still runs."""
    def check(job):
        job.run("ARCH=" + arch, "RUN=head-nmi,owner-nmi", "LOCK=rq-6.15").expect(0)
        demand(job.report(), r"^# hang case=rq-6\.15\.head-nmi",
               r"^# hang cpu=\d+ ctx=nmi pc=\S+ W\d+", r"^# hang lock=0 ",
               r"^# hang cpu=\d+ nodes=", r"^ok \d+ rq-6\.15\.head-nmi",
               r"^ok \d+ rq-6\.15\.owner-nmi")
    return check


ARGUMENTS = {"x86_64": ("$rdi", "$rsi", "$rdx"), "arm64": ("$x0", "$x1", "$x2")}
# What gdb does to a machine that stands in testbed_main(), in its own words, and the trap that
# must follow. Intel SDM volume 3, "Page-Fault Exception": error bits present, write, fetch.
CRASHES = {
    "null": ("set var {0} = 0; set var {1} = 0; set var {2} = 8; "
             "set var $pc = (unsigned long)memset", r"(#PF .*error=0x2|data abort) address=0x0\b"),
    "exec-data": ("set var $pc = (unsigned long)&boot_times",
                  r"(#PF .*error=0x11|instruction abort)"),
    "write-text": ("set var {0} = (unsigned long)testbed_main; set var {1} = 0; "
                   "set var {2} = 8; set var $pc = (unsigned long)memset",
                   r"(#PF .*error=0x3|data abort)"),
    "guard": ("set var $sp = (unsigned long)&{3} + 64", r"(#DF|task stack overflow)"),
}
STACK_BOTTOM = {"x86_64": "door_stack_guard[4096]", "arm64": "boot_stacks.task"}


def crash(arch, kind):
    """What must fault does, and ends the run readably, with the status of a crash."""
    commands, trap = CRASHES[kind]
    commands = commands.format(*ARGUMENTS[arch], STACK_BOTTOM[arch])

    def check(job):
        job.command("python3", "tests/run/run.py", "debug", "--no-build", "ARCH=" + arch, "SMP=2",
                    "OUT=" + job.folder,
                    "DEBUG_CMD=hbreak testbed_main; continue; %s; continue" % commands)
        with open(os.path.join(job.folder, "serial.log"), "rb") as log:
            report = reports.read_report(log.read())
        status, why = reports.verify(report)
        if status != reports.CRASH or not report.bail:
            raise Failed("status %d and no Bail out: %s" % (status, "; ".join(why)))
        demand(report.text(), r'^# trap what="%s.*" pc=' % trap, r"^Bail out! .*\bcpu 0")
    return check


def listed(arch):
    """`make list` names every lock and scenario in the sources."""
    def check(job):
        out = job.command("python3", "tests/run/run.py", "list", "--no-build", "ARCH=" + arch,
                          "ACCEL=tcg", "OUT=" + job.folder).expect(0).out
        for folder, record in (("lock", "lock"), ("tests/scenarios", "scenario")):
            for path in glob.glob(folder + "/**/*.c", recursive=True):
                with open(path) as source:
                    text = source.read()
                if "_REGISTER(" not in text:
                    continue
                for name in re.findall(r'^\t\.name = "([^"]+)",', text, re.M):
                    demand(out, r"^# %s name=%s\b" % (record, re.escape(name)))
    return check


def debugger(arch, way):
    """gdb stops in our code with a symbol and a source line."""
    def check(job):
        result = job.command("python3", "tests/run/run.py", "debug", "--no-build", "ARCH=" + arch,
                             "BOOT=" + way, "SMP=2", "OUT=" + job.folder,
                             "DEBUG_CMD=hbreak testbed_main; continue; backtrace 2")
        result.expect(0, r"testbed_main .*at tests/main\.c:\d+", r"#1 .*kernel_main")
    return check


# ---- Formats.

def format_json(job):
    """Every line is JSON, and the records are those of the text."""
    result = job.run("SMP=4", "FORMAT=json", *QUICK).expect(0)
    rows = [json.loads(line) for line in result.out.splitlines()]
    text = job.report()
    values = len(re.findall(r"^# @ ", text, re.M))
    if not values or sum(row["type"] == "value" for row in rows) != values:
        raise Failed("the text has %d values, the JSON lines have not" % values)
    if rows[-1] != {"type": "result", "status": 0, "why": []}:
        raise Failed("the last line is %r" % rows[-1])


def format_junit(job):
    result = job.run("SMP=4", "FORMAT=junit", *QUICK).expect(0)
    suite = ElementTree.fromstring(result.out)[0]
    names = {(case.get("classname"), case.get("name")) for case in suite}
    if ("barelock.rq-7.2", "aa-nmi") not in names:
        raise Failed("no test case barelock.rq-7.2 aa-nmi in the XML")


def format_html(job):
    """The page of a run has its cases and its latencies; nothing in it is fetched."""
    job.run("SMP=4", "FORMAT=html", *QUICK).expect(0, "rq-7.2.aa-nmi")
    with open(os.path.join(job.folder, "report.html"), encoding="utf-8") as page:
        text = page.read()
    for part in ("<td>rq-7.2</td>", '<h2 id="latency">', "<figcaption>aa-nmi", "logic-only"):
        if part not in text:
            raise Failed("the page has no " + part)
    if re.search(r"https?://", text):
        raise Failed("the page names an address")


def lava_monitor():
    """The strings of the job's monitor, without a YAML parser: each is on its own line."""
    with open("tests/run/lava/job.yaml") as job:
        text = job.read()
    return {key: re.search(r"^ +%s: '(.*)'$" % key, text, re.M).group(1)
            for key in ("start", "end", "pattern")}


def format_lava(job):
    """LAVA's monitor reads a real report: every value, with all four groups."""
    job.run("ARCH=arm64", "SMP=4", *QUICK).expect(0)
    monitor = lava_monitor()
    text = job.report()
    demand(text, monitor["start"], monitor["end"])
    found = [m.groupdict() for m in re.finditer(monitor["pattern"], text)]
    values = len(re.findall(r"^# @ ", text, re.M))
    if not values or len(found) != values:
        raise Failed("the pattern finds %d of %d values" % (len(found), values))
    for groups in found:
        if None in groups.values() or groups["result"] not in ("pass", "fail", "skip", "unknown"):
            raise Failed("the pattern reads %r" % groups)


# ---- What needs a newer QEMU than Debian 12's.

def new_binary(arch):
    path = NEW_QEMU[arch]
    if not os.path.exists(path):
        raise Skipped("needs QEMU 10: make qemu-new")
    return "QEMU=" + path


def new_qemu(arch, count):
    def check(job):
        binary = new_binary(arch)
        job.run("ARCH=" + arch, "SMP=%d" % count, "OPTS=list=1", "THREAD=single",
                binary).expect(0)
        demand(job.report(), r"^# env .*\bcpus=%d\b" % count)
    return check


def new_feat_nmi(job):
    """FEAT_NMI is found and used."""
    binary = new_binary("arm64")
    job.run("ARCH=arm64", "SMP=4", "OPTS=nmi=superpriority", binary, *QUICK).expect(0)
    demand(job.report(), r"superpriority")


def new_raspi4b(job):
    """A board without ACPI, PSCI and GICv3: spin table, GIC-400, LL/SC."""
    binary = new_binary("arm64")[len("QEMU="):]
    tree = os.path.join(job.folder, "raspi4b.dtb")
    job.command("dtc", "-q", "-O", "dtb", "-o", tree, "tests/run/raspi4b.dts").expect(0)
    result = job.command("timeout", "-k", "2", "50", binary, "-machine", "raspi4b",
                         "-accel", "tcg,thread=single", "-display", "none", "-serial", "stdio",
                         "-monitor", "none", "-semihosting", "-no-reboot", "-dtb", tree,
                         "-kernel", "build/arm64/BOOTAA64.EFI", "-append",
                         "run=calibrate,aa-nmi lock=rq-7.2").expect(33)
    report = reports.read_report(result.out.encode())
    status, why = reports.verify(report)
    if status:
        raise Failed("; ".join(why) or "the report says %d" % status)
    demand(report.text(), r"^# env .*\bcpus=4\b", r"^# env irqchip=gicv2 nmi=pmr atomics=llsc")
