#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`make check`: everything that proves barelock itself.

  check.py [ONLY=glob[,glob...]] [list]

The table below is the whole of it: a name, what to do, how many seconds it may take. What to do
is a function of a Job: it returns when all is well, raises Failed or Skipped otherwise. Builds
come first; then as many checks at a time as there are cores, each with its log under
build/check/; then those that want the machine for themselves. Last line: "N passed, N failed, N
skipped". Status 0 if none failed.
"""
import concurrent.futures
import fnmatch
import os
import shutil
import sys
import time

import check_bad as bad
import check_boot as boot
import check_compare as compare
import check_explore as explore
import check_host as host
import check_program as program
import check_scripts as scripts
import check_linux as linux
import check_map
import job
import qemu

ARCHES = ("x86_64", "arm64")


def both(name, make_check, seconds):
    """The same check for each architecture."""
    return [(name.replace("ARCH", arch), make_check(arch), seconds) for arch in ARCHES]


BUILDS = [
    *both("build/ARCH", host.build, 200),
    *both("build/ARCH-clang", lambda arch: host.build(arch, "clang"), 200),
    ("build/usb", host.make("usb"), 120),
    ("build/linux-src", linux.fetch, 300),
]

CHECKS = [
    # The longest first, so that none of them is alone at the end.
    *both("selftest/ARCH", boot.selftest, 300),
    *both("default/ARCH", boot.default_run, 200),
    ("host/fuzz", host.make("fuzz-fixed"), 200),
    ("host/unit", host.make("unit"), 120),
    # Programs of their own, each built first.
    ("host/program", program.program, 300),
    ("host/arm64", program.arm64, 300),
    ("host/address", program.sanitizer("address"), 300),
    ("host/undefined", program.sanitizer("undefined"), 300),
    ("host/thread", program.thread_sanitizer, 300),
    ("host/thread-linux", program.thread_sanitizer_linux, 300),
    ("host/coverage", program.coverage, 300),
    ("host/compare", compare.side_by_side, 300),

    *both("boot/ARCH-direct", lambda a: boot.boots(a, "BOOT=direct"), 60),
    *both("boot/ARCH-uefi", lambda a: boot.boots(a, "BOOT=uefi"), 120),
    *both("boot/ARCH-usb", lambda a: boot.boots(a, "BOOT=usb"), 150),
    ("boot/screen", host.script("tests/run/screen_test.py"), 200),
    *both("boot/ARCH-clang", boot.clang, 60),
    ("boot/arm64-secure", boot.boots("arm64", "MACHINE=secure=on"), 60),
    ("boot/arm64-el2", boot.boots("arm64", "MACHINE=virtualization=on"), 60),
    ("boot/arm64-el2-uefi", boot.boots("arm64", "MACHINE=virtualization=on", "BOOT=uefi"), 90),
    ("boot/arm64-gicv2", boot.boots("arm64", "MACHINE=gic-version=2"), 60),
    ("boot/arm64-cortex-a72", boot.boots("arm64", "CPU=cortex-a72"), 60),
    ("boot/x86_64-qemu64", boot.boots("x86_64", "CPU=qemu64"), 60),

    *both("boot/ARCH-sections", boot.sections, 120),
    *both("boot/ARCH-slow-reader", boot.slow_reader, 60),

    *both("smp/ARCH-1", lambda a: boot.cores(a, 1), 60),
    *both("smp/ARCH-8", lambda a: boot.cores(a, 8), 60),
    *both("smp/ARCH-64", lambda a: boot.cores(a, 64), 120),
    ("smp/x86_64-255", boot.cores("x86_64", 255), 150),
    ("smp/x86_64-64-uefi", boot.cores("x86_64", 64, "BOOT=uefi"), 150),
    ("smp/arm64-512", boot.cores("arm64", 512), 200),
    *both("smp/ARCH-1-skips", boot.one_core_skips, 60),
    ("new/x86_64-x2apic-288", boot.new_qemu("x86_64", 288), 200),
    ("new/arm64-feat-nmi", boot.new_feat_nmi, 60),
    ("new/arm64-raspi4b", boot.new_raspi4b, 60),

    *both("scripts/ARCH-matrix", scripts.matrix, 150),
    ("scripts/arm64-agreement", scripts.agreement, 200),
    *both("scripts/ARCH-catches", scripts.catches, 100),
    *both("map/ARCH", check_map.maps, 150),
    ("map/arm64-llsc", check_map.maps("arm64", "CPU=cortex-a72"), 150),
    ("map/x86_64-reuse", check_map.reuse("x86_64", "rq-6.19,rq-7.2,rq-7.2-tas"), 150),
    ("map/arm64-reuse", check_map.reuse("arm64", "rq-6.15,rq-7.2"), 150),
    ("map/tool", check_map.tool, 150),
    *both("explore/ARCH-shards", explore.shards, 200),
    *both("explore/ARCH-replay", explore.replay, 120),
    ("explore/replay-page", explore.replay_page, 60),
    *both("explore/ARCH-too-much", explore.too_much, 120),
    *both("supervisor/ARCH", boot.supervisor, 120),
    *[check for kind in boot.CRASHES
      for check in both("crash/ARCH-" + kind, lambda a, k=kind: boot.crash(a, k), 60)],
    *both("list/ARCH", boot.listed, 60),
    *both("debug/ARCH-direct", lambda a: boot.debugger(a, "direct"), 120),
    *both("debug/ARCH-uefi", lambda a: boot.debugger(a, "uefi"), 180),
    ("format/json", boot.format_json, 60),
    ("format/junit", boot.format_junit, 60),
    ("format/html", boot.format_html, 60),
    ("format/lava", boot.format_lava, 60),
    *both("linux/ARCH", linux.drop_in, 300),
    *both("linux/ARCH-clang", lambda a: linux.drop_in(a, "CC=clang"), 300),
    ("linux/patched", linux.patched, 300),
    ("linux/verdict", linux.verdict, 600),
    ("figures/image-size", host.image_size, 10),
    ("figures/w-xor-x", host.segments, 10),
    ("figures/relocations", host.relocations, 10),

    ("style/clang-format", host.clang_format, 60),
    ("style/spdx", host.spdx, 20),
    ("style/direction", host.direction, 20),
    ("style/arch-ifdefs", host.arch_ifdefs, 20),
    ("style/limits", host.limits, 20),
    ("style/shell", host.shell, 60),
    ("style/python", host.python, 60),
    ("style/readme-options", host.readme_options, 20),
    ("style/replay-words", host.replay_words, 20),
    ("style/mutants", host.mutants, 20),

    ("host/test_report", host.script("tests/run/test_report.py"), 60),
    ("host/test_compare", host.script("tests/run/test_compare.py"), 60),
    ("host/test_figures", host.script("tests/run/test_figures.py"), 60),
    ("host/test_verdict", host.script("tests/run/test_verdict.py"), 60),
    ("host/test_page", host.script("tests/run/test_page.py"), 60),
    ("host/browser", host.browser, 200),
    ("host/test_run", host.script("tests/run/test_run.py"), 60),
    ("host/flash", host.script("tests/run/flash_test.sh"), 60),
    ("host/usb", host.script("tests/run/usb_test.sh"), 60),

    *both("bad/ARCH-option", bad.kernel_option, 60),
    ("bad/script", scripts.bad_scripts, 150),
    ("bad/scenario-name", bad.scenario_name, 60),
    ("bad/make-variables", bad.make_variables, 60),
    ("bad/compare", compare.bad_words, 200),
    ("bad/linux-trees", linux.bad_trees, 60),
    ("bad/linux-bisect", linux.bisect, 60),
    ("bad/no-room", bad.no_room, 120),
    ("bad/stick", host.script("tests/run/stick_test.py"), 120),
    ("bad/qemu", bad.qemu_binaries, 60),
    ("bad/kvm", bad.kvm, 60),
    ("bad/interrupt", bad.interrupt, 120),
    *both("bad/ARCH-standstill", bad.standstill, 60),
    ("bad/report-cut", bad.report_cut, 60),
    ("bad/no-begin", bad.no_begin, 60),
]

# What takes a processor for itself, after all the others.
ALONE = [
    ("host/compare-real-time", compare.real_time, 60),
]


class Tally:
    """Results as they come, one line each."""

    def __init__(self):
        self.count = {"passed": 0, "failed": 0, "skipped": 0}

    def add(self, name, outcome, why, seconds):
        self.count[outcome] += 1
        mark = {"passed": "ok  ", "failed": "FAIL", "skipped": "skip"}[outcome]
        reason = ": " + why if why else ""
        print("%s %-28s %5.1f s%s" % (mark, name, seconds, reason), flush=True)

    def line(self):
        text = "%(passed)d passed, %(failed)d failed" % self.count
        if self.count["skipped"]:
            text += ", %(skipped)d skipped" % self.count
        return text


def run_one(name, function, seconds, tally):
    """Run one check in its own folder and say how it went. Return: did it not fail?"""
    started = time.monotonic()
    task = job.Job(name, seconds)
    try:
        function(task)
        outcome, why = "passed", ""
    except job.Skipped as skip:
        outcome, why = "skipped", str(skip)
    except job.Failed as failure:
        outcome, why = "failed", "%s (%s)" % (failure, task.log)
    tally.add(name, outcome, why, time.monotonic() - started)
    return outcome != "failed"


def run_all(chosen, workers, tally):
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        return all(list(pool.map(lambda check: run_one(*check, tally), chosen)))


def main(argv):
    globs = ["*"]
    for word in argv:
        if word.startswith("ONLY="):
            globs = word[len("ONLY="):].split(",")

    def wanted(checks):
        return [c for c in checks if any(fnmatch.fnmatchcase(c[0], g) for g in globs)]

    if "list" in argv:
        for name, _, seconds in wanted(BUILDS + CHECKS + ALONE):
            print("%-28s at most %d s" % (name, seconds))
        return 0
    if not wanted(BUILDS + CHECKS + ALONE):
        print("ONLY=%s: no such check; `tests/run/check.py list` shows them" % ",".join(globs))
        return 2
    os.chdir(job.TOP)
    # What this make was asked for is not for the ones that checks start.
    for name in ("MAKEFLAGS", "MAKEOVERRIDES", "MAKELEVEL"):
        os.environ.pop(name, None)
    shutil.rmtree(job.FOLDER, ignore_errors=True)
    tally = Tally()
    # A part of the table still needs the images, but then the builds are not what is proved.
    built = run_all(BUILDS if globs == ["*"] else host.needed_builds(
        BUILDS, wanted(CHECKS + ALONE)), 1, tally)
    for checks, workers in ((CHECKS, qemu.host_cores()), (ALONE, 1)):
        run_all([c for c in wanted(checks) if built or c[0].split("/")[0] in host.WITHOUT_IMAGES],
                workers, tally)
    print(tally.line())
    return 1 if tally.count["failed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
