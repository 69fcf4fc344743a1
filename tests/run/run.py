#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Build, boot in QEMU, stream the report and judge it.

  run.py [run|list|debug] [--no-build] [NAME=value ...]

The variables are those of `make run` (`make help` lists them). Exit status: 0 pass, 1 a lock
failed, 2 error, 3 crash or a report that is not whole.
"""
import os
import secrets
import signal
import subprocess
import sys
import time

import debug
import qemu
import report as reports
import words as variables

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
STATUS = {0: "pass", 1: "a lock failed", 2: "error", 3: "crash or damaged report"}
# Seconds to the first line of the report; a loaded host is up to ten times slower than a quiet one.
BOOT_LIMIT = {"direct": 30, "uefi": 90, "usb": 120}
BOOT_LIMIT_PER_CORE = 0.2
# It prints at the end of each case at the latest: a much longer silence means nobody is at home.
SILENCE_LIMIT = 90
END_LIMIT = 10
# A case may last longer by so many sections of each core; the kernel's own budgets have four.
SECTION_TURNS = 8


class Interrupted(Exception):
    """A signal asked us to stop."""


def say(text):
    print(text, file=sys.stderr, flush=True)


def on_signal(number, _frame):
    signal.signal(number, signal.SIG_IGN)
    raise Interrupted(number)


def build(words):
    """Bring the images up to date. Return: did it work?"""
    target = "usb" if words["BOOT"] == "usb" else "all"
    command = [os.environ.get("MAKE", "make"), "-C", TOP, "-s", "--no-print-directory"]
    if "jobserver" not in os.environ.get("MAKEFLAGS", ""):
        command.append("-j%d" % qemu.host_cores())
    for name in ("ARCH", "BUILD", "CC", "CROSS_COMPILE", "LINUX", "MUTANTS"):
        if words[name]:
            command.append("%s=%s" % (name, words[name].replace("$", "$$")))
    return subprocess.run(command + [target], stdout=sys.stderr, check=False).returncode == 0


class Watch:
    """The deadlines of one boot: to the first line, by the plan, between two lines, to the end."""

    def __init__(self, words, case_limit):
        longer = 4 * float(words["DURATION"] or 0)
        longer += SECTION_TURNS * (int(words["SMP"]) + 1) * variables.longest_section(words)
        self.case_limit = case_limit + longer
        self.silence_limit = SILENCE_LIMIT + longer
        self.plan = None
        limit = BOOT_LIMIT[words["BOOT"]] + BOOT_LIMIT_PER_CORE * int(words["SMP"])
        self.set_total(limit, "no report within %d s" % limit)

    def set_total(self, limit, late):
        self.total, self.late = time.monotonic() + limit, late
        self.silence = self.total

    def look(self, report):
        """Something was read: move the deadlines on."""
        if report.end is not None:
            self.set_total(END_LIMIT, "QEMU did not end within %d s of its report" % END_LIMIT)
        elif report.plan is not None:
            if self.plan is None:
                limit = END_LIMIT + self.case_limit * max(1, report.plan)
                self.set_total(limit, "%d cases did not end within %d s" % (report.plan, limit))
            self.plan = report.plan
            self.silence = time.monotonic() + self.silence_limit

    def left(self):
        return min(self.total, self.silence) - time.monotonic()

    def reason(self):
        """What the deadline that passed was for."""
        if self.silence < self.total:
            return "not a line for %d s" % self.silence_limit
        return self.late


class Boot:
    """One QEMU boot: streams the report, keeps the raw log, gives the status."""

    COMPLAINTS = "qemu.log"
    # A case may use its budget several times; the supervisor ends what takes longer.
    CASE_LIMIT = 30

    def __init__(self, words, machine, out):
        self.words, self.machine, self.out = words, machine, out
        self.report = reports.Report()
        self.rest = b""
        self.timed_out = ""
        self.qemu_status = None
        self.complaint = ""

    def path(self, name):
        return os.path.join(self.out, name)

    def take(self, data, last=False):
        """Complete lines go into the report and, when they belong to it, to the terminal."""
        lines = (self.rest + data).split(b"\n")
        self.rest = b"" if last else lines.pop()
        for line in lines:
            text = reports.plain_lines(line)[0]
            if self.report.feed(text) and self.words["FORMAT"] in ("text", "html"):
                print(text, flush=True)

    def run(self):
        process = qemu.Process(self.machine.args(), self.path(self.COMPLAINTS))
        watch = Watch(self.words, self.CASE_LIMIT)
        try:
            with open(self.path("serial.log"), "wb") as raw:
                while True:
                    data = process.read(watch.left())
                    if data is None:
                        self.timed_out = watch.reason()
                        break
                    raw.write(data)
                    raw.flush()
                    self.take(data, last=not data)
                    if not data:
                        break
                    watch.look(self.report)
        finally:
            self.qemu_status = process.end(0 if self.timed_out else 2)
            self.complaint = process.complaint()
        if self.rest:
            self.take(b"", last=True)

    def judge(self):
        """Return: (exit status, sentences), from the report, QEMU's own status and the clock."""
        status, why = reports.verify(self.report)
        if self.qemu_status == 1 and self.report.begin is None:
            return reports.ERROR, ["QEMU: " + (self.complaint or "ended with status 1")]
        if self.timed_out:
            return reports.CRASH, [self.timed_out + "; QEMU was ended"] + why
        if status != reports.CRASH and self.qemu_status != 33 + 2 * status:
            return reports.CRASH, ["the report says %s, but QEMU ended with %s instead of %d" % (
                STATUS[status], self.qemu_status, 33 + 2 * status)]
        return status, why

    def tail(self, lines=12):
        """The end of the raw log, for a run without a report."""
        with open(self.path("serial.log"), "rb") as raw:
            return [line for line in reports.plain_lines(raw.read()) if line.strip()][-lines:]


SUFFIX = {"json": "json", "junit": "xml", "html": "html"}


def run_anew(boot, words):
    """Run; what there is of an interrupted run replaces the report of the one before, too."""
    for suffix in {"txt", SUFFIX.get(words["FORMAT"], "txt")}:
        if os.path.exists(boot.path("report." + suffix)):
            os.remove(boot.path("report." + suffix))
    try:
        boot.run()
    except Interrupted:
        if boot.report.begin:
            save_text(boot)
        raise


def save_text(boot):
    with open(boot.path("report.txt"), "w") as out:
        out.write(boot.report.text())


def save(boot, words, status, why):
    """report.txt always; the asked format beside it and on stdout."""
    save_text(boot)
    if words["FORMAT"] == "text":
        return
    text = reports.convert(boot.report, status, why, words["FORMAT"])
    with open(boot.path("report." + SUFFIX[words["FORMAT"]]), "w", encoding="utf-8") as out:
        out.write(text)
    if words["FORMAT"] == "html":
        say("the page: " + boot.path("report.html"))
        return
    sys.stdout.write(text)
    sys.stdout.flush()


def out_folder(words):
    return words["OUT"] or os.path.join(words["BUILD"], words["ARCH"])


def prepare(words):
    """Return: (output folder, accelerator)."""
    out = out_folder(words)
    os.makedirs(out, exist_ok=True)
    accel, note = qemu.choose_accel(words, words["BUILD"], os.path.join(out, "kvm.log"))
    if note:
        say("note: " + note)
    return out, accel


def command_run(words):
    out, accel = prepare(words)
    options = variables.kernel_options(words, secrets.token_hex(4))
    boot = Boot(words, qemu.Machine(words, words["BUILD"], options, accel), out)
    run_anew(boot, words)
    status, why = boot.judge()
    save(boot, words, status, why)
    if boot.report.begin is None and status == reports.CRASH:
        for line in boot.tail():
            say("serial: " + line)
    for sentence in why:
        say("run: " + sentence)
    return status


def command_list(words):
    """What there is, from the kernel itself; so it is always what this build has."""
    out, accel = prepare(words)
    machine = qemu.Machine(words, words["BUILD"], "list=1", accel)
    quiet = dict(words, FORMAT="list")
    boot = Boot(quiet, machine, out)
    boot.run()
    status, why = boot.judge()
    for line in boot.report.lines:
        print(line)
    for sentence in why:
        say("list: " + sentence)
    return status


def command_debug(words):
    """gdb on a halted machine. TCG always: it shows the same code and needs nothing."""
    words = dict(words, ACCEL="tcg")
    out, _ = prepare(words)

    def first_boot():
        boot = Boot(dict(words, FORMAT="list"), qemu.Machine(words, words["BUILD"], "list=1"), out)
        boot.run()
        return boot.report

    options = variables.kernel_options(words, "0")
    return debug.debug(words, qemu.Machine(words, words["BUILD"], options), out, first_boot)


COMMANDS = {"run": command_run, "list": command_list, "debug": command_debug}


def main(argv):
    command = argv.pop(0) if argv and argv[0] in COMMANDS else "run"
    no_build = "--no-build" in argv
    try:
        words = variables.parse([word for word in argv if word != "--no-build"])
        if words["QEMU"]:
            qemu.find_binary(words["ARCH"], words["QEMU"])
        os.chdir(TOP)
        if not no_build and not build(words):
            say("run: the build failed")
            return reports.ERROR
        words["BUILD"] = variables.build_folder(words)
        return COMMANDS[command](words)
    except (variables.WordError, qemu.QemuError) as error:
        say("run: %s" % error)
        return reports.ERROR
    except OSError as error:
        # A write that fails does not say where; all of them go to the same folder.
        where = error.filename or out_folder(words)
        say("run: %s: %s" % (where, error.strerror))
        return reports.ERROR
    except Interrupted as stop:
        say("run: interrupted; QEMU was ended")
        return 128 + stop.args[0]


if __name__ == "__main__":
    for asked in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(asked, on_signal)
    result = main(sys.argv[1:])
    say("exit status %d: %s" % (result, STATUS.get(result, "interrupted")))
    sys.exit(result)
