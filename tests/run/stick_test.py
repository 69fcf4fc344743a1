#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Sticks as people make them: options edited on Windows, none, wrong ones, no room, read-only.

  stick_test.py [ARCH=arm64] [BUILD=folder]

Boots copies of build/barelock-usb.img through UEFI and an emulated USB port. Prints "ok"/"not ok"
lines; status 0 when all are ok.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

import qemu
import report as reports
import words as variables

LIMIT = 90
PARTITION = "@@1M"
QUICK = "run=uncontended lock=ticket"


class TestError(Exception):
    """What is wrong, in one line."""


class Stick(qemu.Machine):
    """A machine that boots this very stick. @flags: of QEMU's -drive."""

    def __init__(self, words, path, flags=""):
        super().__init__(words, words["BUILD"], "")
        self.path, self.flags = path, flags

    def stick(self):
        return self.path + self.flags


def mtools(*command, data=None):
    done = subprocess.run(command, input=data, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)
    if done.returncode:
        raise TestError("%s: %s" % (command[0], done.stdout.decode("utf-8", "replace").strip()))
    return done.stdout


def put_options(path, text):
    mtools("mcopy", "-o", "-i", path + PARTITION, "-", "::/barelock.cfg", data=text)


def boot(machine, folder):
    """Return: (exit status as of the report and QEMU, report)."""
    report = b""
    process = qemu.Process(machine.args(), os.path.join(folder, "errors"))
    try:
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            data = process.read(end - time.monotonic())
            if not data:
                break
            report += data
    finally:
        left = process.end(2)
    report = reports.read_report(report)
    status, why = reports.verify(report)
    if left != 33 + 2 * status:
        raise TestError("QEMU ended with %s, the report says %d: %s" % (
            left, status, "; ".join(why) or process.complaint()))
    return status, report


def demand(report, pattern):
    if not any(re.search(pattern, line) for line in report.lines):
        raise TestError("no line of the report is like %r" % pattern)


def edited_on_windows(machine, folder):
    """Carriage returns, tabs, remarks, several words a line, a blank end."""
    put_options(machine.path, b"# what to run\r\nrun=uncontended\tseed=0x51 # a remark\r\n\r\n"
                b"#lock=mcs\r\nlock=ticket\r\n\r\n")
    status, report = boot(machine, folder)
    demand(report, r"^ok 1 ticket\.uncontended$")
    demand(report, r"\bseed=0x51\b")
    return status == reports.PASS and report.plan == 1


def without_options(machine, folder):
    """The file was deleted: everything as by default, so another case than QUICK's is planned."""
    mtools("mdel", "-i", machine.path + PARTITION, "::/barelock.cfg")
    process = qemu.Process(machine.args(), os.path.join(folder, "errors"))
    text = b""
    try:
        end = time.monotonic() + LIMIT
        while time.monotonic() < end and not re.search(rb"\n1\.\.\d+\s", text):
            text += process.read(1) or b""
    finally:
        process.end()
    plan = re.search(rb"\n1\.\.(\d+)\s", text)
    return bool(plan) and int(plan.group(1)) > 10


def wrong_option(machine, folder):
    put_options(machine.path, b"duraton=3\n")
    status, report = boot(machine, folder)
    demand(report, r"^# error .*duraton.*did you mean 'duration'")
    return status == reports.ERROR


def full(machine, folder):
    """Not a byte is left; none is needed."""
    put_options(machine.path, QUICK.encode())
    listing = mtools("mdir", "-i", machine.path + PARTITION, "::").decode()
    free = int(re.search(r"([\d ]+) bytes free", listing).group(1).replace(" ", ""))
    filler = os.path.join(folder, "filler")
    with open(filler, "wb") as out:
        out.truncate(free)
    mtools("mcopy", "-i", machine.path + PARTITION, filler, "::/filler")
    return boot(machine, folder)[0] == reports.PASS


def read_only(machine, folder):
    put_options(machine.path, QUICK.encode())
    machine.flags = ",readonly=on"
    return boot(machine, folder)[0] == reports.PASS


TESTS = (edited_on_windows, without_options, wrong_option, full, read_only)


def main(argv):
    words = variables.parse(["ARCH=arm64"] + argv + ["BOOT=usb", "SMP=2"])
    failed = 0
    for test in TESTS:
        with tempfile.TemporaryDirectory(prefix="barelock-stick-") as folder:
            name = "stick: %s %s" % (words["ARCH"], test.__name__.replace("_", " "))
            path = os.path.join(folder, "stick.img")
            try:
                shutil.copy(os.path.join(words["BUILD"], "barelock-usb.img"), path)
                if not test(Stick(words, path), folder):
                    raise TestError("not the expected end of the run")
                print("ok " + name, flush=True)
            except (TestError, qemu.QemuError, OSError) as error:
                failed += 1
                print("not ok %s: %s" % (name, error), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
