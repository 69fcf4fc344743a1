#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`make bench`: what barelock itself takes, on this host, in QEMU.

  bench.py [BUILD=folder] [RUNS=n]

Every figure is the median of RUNS runs with the smallest and largest beside it. None of them is
judged: they say how long the loop of a person's day is, and whether a change made it longer.
"""
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

import qemu
import report as reports
import words as variables

ARCHES = ("x86_64", "arm64")
RUN_LIMIT = 180
RUNS = 5


class BenchError(Exception):
    """A run did not end as it should; the text says which."""


class Timed:
    """One boot: its report, its status, and when things happened (seconds since QEMU started)."""

    def __init__(self, machine):
        self.report = reports.Report()
        self.first_line = None
        with tempfile.NamedTemporaryFile(prefix="barelock-bench-") as complaints:
            self.start = time.monotonic()
            process = qemu.Process(machine.args(), complaints.name)
            try:
                self.follow(process)
            finally:
                status = process.end(5)
            self.total = time.monotonic() - self.start
            self.complaint = process.complaint()
        self.status, self.why = reports.verify(self.report)
        if self.status != reports.CRASH and status != 33 + 2 * self.status:
            self.why.append("QEMU ended with %s" % status)
            self.status = reports.CRASH

    def follow(self, process):
        rest = b""
        while time.monotonic() - self.start < RUN_LIMIT:
            data = process.read(self.start + RUN_LIMIT - time.monotonic())
            if not data:
                return
            now = time.monotonic() - self.start
            lines = (rest + data).split(b"\n")
            rest = lines.pop()
            for line in lines:
                self.report.feed(reports.plain_lines(line)[0])
            if self.first_line is None and self.report.begin is not None:
                self.first_line = now

    def value(self, pattern):
        """First number that @pattern finds in a line of the report, None if there is none."""
        for line in self.report.lines:
            match = re.search(pattern, line)
            if match:
                return float(match.group(1))
        return None


def boot(build, options, *given):
    """One passing run. @given: variables as of `make run`. Raises BenchError."""
    words = variables.parse(list(given) + ["ACCEL=tcg", "BUILD=" + build])
    run = Timed(qemu.Machine(words, build, options))
    if run.status not in (reports.PASS, reports.FAIL):
        raise BenchError("%s: %s" % (options, "; ".join(run.why) or run.complaint))
    return run


def spread(values, unit, scale=1, digits=0):
    """"median unit (min..max)" of the values, or why there are none."""
    values = [value * scale for value in values if value is not None]
    if not values:
        return "not reported"
    text = "%.*f %s" % (digits, statistics.median(values), unit)
    if min(values) == max(values):
        return text
    return text + " (%.*f..%.*f)" % (digits, min(values), digits, max(values))


class Bench:
    def __init__(self, build, runs):
        self.build, self.runs = build, runs

    def repeat(self, options, *given, runs=None):
        return [boot(self.build, options, *given) for _ in range(runs or self.runs)]

    def first_line(self, arch, door):
        runs = self.repeat("list=1", "ARCH=" + arch, "BOOT=" + door)
        return spread([run.first_line for run in runs], "ms", 1e3)

    def bring_up(self, arch):
        runs = self.repeat("list=1", "ARCH=" + arch, "SMP=64")
        return spread([run.value(r"^# boot\b.*\ball_online_us=(\d+)") for run in runs],
                      "ms", 1e-3, 1)

    def nmi_rate(self, arch):
        runs = self.repeat("run=calibrate", "ARCH=" + arch, "SMP=2", "THREAD=single")
        return spread([run.value(r"\bcase=calibrate\.nmi\S*rate\S* .*\bvalue=(\d+)")
                       for run in runs], "/s")

    def instructions(self, arch):
        """With one instruction a nanosecond, ps are thousandths of an instruction."""
        runs = self.repeat("run=uncontended lock=rq-7.2", "ARCH=" + arch, "SMP=1",
                           "THREAD=single", "QEMU_ARGS=-icount shift=0,sleep=off", runs=1)
        return spread([run.value(r"\.pair\.fastest_core .*\bvalue=(\d+)") for run in runs],
                      "instructions", 1e-3)

    def alone(self, options, arch, runs=None):
        """On one core and one host thread. QEMU's PMU makes each of its exceptions dearer."""
        given = ["CPU=max,pmu=off"] if arch == "arm64" else []
        return self.repeat(options, "ARCH=" + arch, "SMP=1", "THREAD=single", *given, runs=runs)

    def stepper(self, arch, figure):
        runs = self.alone("run=step", arch)
        return spread([run.value(r"\bcase=step\.%s .*\bvalue=(\d+)" % figure) for run in runs],
                      "/s")

    def schedules(self, arch):
        """Two locks of their own, every boundary a place to decide, no state left out."""
        runs = self.alone("run=explore-rate lock=rq-7.2", arch)
        rate = [run.value(r"\.explore-rate\.rate .*\bvalue=(\d+)") for run in runs]
        took = [run.value(r"\.explore-rate\.time .*\bvalue=(\d+)") for run in runs]
        return "%s, all of them in %s" % (spread(rate, "/s"), spread(took, "ms", 1e-6))

    def window_map(self, arch):
        runs = self.alone("run=window-map lock=rq-7.2", arch)
        took = [run.value(r"\.window-map\.took .*\bvalue=(\d+)") for run in runs]
        rate = [run.value(r"\.window-map\.injections .*\bvalue=(\d+)") for run in runs]
        return "%s; %s NMIs by breakpoint" % (spread(took, "s", 1e-6, 2), spread(rate, "/s"))

    def matrix(self, arch):
        return spread([run.total for run in self.alone("run=matrix", arch)], "s", 1, 1)

    def default_run(self, arch):
        return spread([run.total for run in self.repeat("", "ARCH=" + arch)], "s", 1, 1)

    def least_memory(self, arch, smp):
        """Smallest -m with which all cores come up and a short case passes."""
        low, high = 1, 64 if smp < 64 else 1024
        while high - low > max(1, high // 16):
            middle = (low + high) // 2
            try:
                boot(self.build, "run=uncontended lock=rq-7.2", "ARCH=" + arch, "SMP=%d" % smp,
                     "QEMU_ARGS=-m %d" % middle)
                high = middle
            except BenchError:
                low = middle
        return "%d MB" % high

    def image_sizes(self, arch):
        names = ("BOOTX64.EFI", "barelock.elf") if arch == "x86_64" else ("BOOTAA64.EFI",)
        sizes = []
        for name in names:
            size = os.path.getsize(os.path.join(self.build, arch, name))
            sizes.append("%s %d KB" % (name, (size + 1023) // 1024))
        return ", ".join(sizes)


def host_line():
    model = "unknown"
    with open("/proc/cpuinfo") as cpuinfo:
        for line in cpuinfo:
            if line.startswith(("model name", "CPU part")):
                model = line.partition(":")[2].strip()
                break
    version = subprocess.run([qemu.find_binary("x86_64", ""), "--version"], check=True,
                             stdout=subprocess.PIPE, text=True).stdout.split("\n")[0]
    return "%s, %d cores, load %.1f; %s, TCG" % (model, qemu.host_cores(), os.getloadavg()[0],
                                                version)


def rows(bench):
    """Name and function of each figure, both architectures."""
    return [
        ("QEMU start to first line, direct", lambda arch: bench.first_line(arch, "direct")),
        ("QEMU start to first line, UEFI", lambda arch: bench.first_line(arch, "uefi")),
        ("64 cores online after entry", bench.bring_up),
        ("cross-core NMIs, one host thread", bench.nmi_rate),
        ("rq-7.2 lock + unlock, uncontended", bench.instructions),
        ("steps of a context", lambda arch: bench.stepper(arch, "steps_per_s")),
        ("exact NMIs, by breakpoint", lambda arch: bench.stepper(arch, "injections_per_s")),
        ("schedules of two cores, 2 preemptions", bench.schedules),
        ("window map of rq-7.2", bench.window_map),
        ("matrix, all scripts and revisions", bench.matrix),
        ("whole default run, 4 cores", bench.default_run),
        ("image", bench.image_sizes),
        ("least memory, 4 cores, direct", lambda arch: bench.least_memory(arch, 4)),
        ("least memory, most cores, direct",
         lambda arch: bench.least_memory(arch, 255 if arch == "x86_64" else 512)),
    ]


def main(argv):
    given = dict(word.partition("=")[::2] for word in argv)
    runs = given.get("RUNS", str(RUNS))
    if set(given) - {"BUILD", "RUNS"} or not runs.isdigit() or not 1 <= int(runs) <= 1000:
        print("bench: RUNS=%s: must be a number of runs, 1 to 1000" % runs, file=sys.stderr)
        return reports.ERROR
    bench = Bench(given.get("BUILD", "build"), int(runs))
    status = reports.PASS
    print("host: " + host_line())
    print("medians of %s runs (smallest..largest)" % runs)
    for name, figure in rows(bench):
        for arch in ARCHES:
            try:
                text = figure(arch)
            except BenchError as error:
                text, status = "error: %s" % error, reports.ERROR
            print("%-38s %-7s %s" % (name, arch, text), flush=True)
    return status


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except qemu.QemuError as fault:
        print("bench: %s" % fault, file=sys.stderr)
        sys.exit(reports.ERROR)
