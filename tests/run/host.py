#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Build and run barelock as a Linux program.

  host.py run|coverage|count [NAME=value ...]
  host.py help    the variables that `make run` has not

run: the report of a run, as `make run` has it. coverage: which lines of lock/rqspinlock a run
reaches (gcov). count: instructions of an uncontended lock + unlock (callgrind), exact. Exit
status: 0 pass, 1 a lock failed or a data race, 2 error, 3 crash or a report that is not whole.
"""
import collections
import json
import os
import platform
import re
import secrets
import shutil
import signal
import subprocess
import sys

import qemu
import report as reports
import run
import words as variables

SANITIZERS = ("", "address", "undefined", "thread")
SUPPRESSIONS = "tests/run/tsan.supp"
# ThreadSanitizer holds signals back for milliseconds: nothing that needs NMIs in time.
THREAD_RUN = "exclusion,contend,handover,order,torture,uncontended,aa-task,abba,abbcca,stuck-owner"
FOR_QEMU = ("ARCH", "BOOT", "ACCEL", "THREAD", "CPU", "MACHINE", "QEMU", "QEMU_ARGS", "DEBUG_CMD",
            "CONTROL")
# Without RUN=: all of the default suite but the map, whose every step is two signals here.
HOST_RUN = "deadlock,stress,calibrate,contend,handover,uncontended,step"
# They take turns of 100 us; with more of them the scenarios' bounds mean nothing.
CORES_A_PROCESSOR = 4
ARM64_LIBRARIES = "/usr/aarch64-linux-gnu"


def cores(value):
    most = CORES_A_PROCESSOR * qemu.host_cores()
    if value and not variables.cores(value) and int(value) > most:
        return "must be at most %d on these %d processors" % (most, qemu.host_cores())
    return value and variables.cores(value)


def own_words():
    """The variables of `make run` but for QEMU's, and two more."""
    table = {name: word for name, word in variables.WORDS.items() if name not in FOR_QEMU}
    table["SMP"] = ("", cores, "cores; more than there are processors take turns "
                    "[as many as there are]")
    table["SAN"] = ("", variables.one_of(*SANITIZERS), "sanitizer: address, undefined, thread")
    table["RT"] = ("", variables.one_of("", "1"), "1: real-time priority (root)")
    return table


class Program:
    """What run.Boot runs: a command line instead of a machine."""

    def __init__(self, words, kind, options):
        self.path = build(words, kind)
        self.machine = os.path.basename(os.path.dirname(self.path)).split("-")[0]
        self.words, self.options = words, options

    def args(self, before=()):
        command = list(before)
        if self.words["RT"]:
            command += [needed("chrt", "util-linux"), "-f", "1"]
        if self.words["SAN"] == "thread":
            # Its map of memory has no room for what Linux may do with random addresses.
            command += [needed("setarch", "util-linux"), "-R"]
        if self.machine == "arm64" and platform.machine() != "aarch64":
            command += [needed("qemu-aarch64", "qemu-user"), "-L", ARM64_LIBRARIES]
        return command + [self.path] + self.options.split()


def needed(tool, package):
    path = shutil.which(tool)
    if not path:
        raise qemu.QemuError("%s is not installed; on Debian it is in %s" % (tool, package))
    return path


def build(words, kind):
    """Bring the program up to date. Return: its path."""
    command = [os.environ.get("MAKE", "make"), "-s", "--no-print-directory", "ARCH=host"]
    command += ["%s=%s" % (name, words[name])
                for name in ("BUILD", "CC", "CROSS_COMPILE", "MUTANTS", "LINUX") if words.get(name)]
    if kind or words["SAN"]:
        command.append("SAN=" + (kind or words["SAN"]))
    jobs = [] if "jobserver" in os.environ.get("MAKEFLAGS", "") else ["-j%d" % qemu.host_cores()]
    if subprocess.run(command + jobs + ["all"], stdout=sys.stderr, check=False).returncode:
        raise qemu.QemuError("the build failed")
    path = subprocess.run(command + ["program-path"], stdout=subprocess.PIPE, check=True)
    return path.stdout.decode().strip()


class HostBoot(run.Boot):
    """One run of the program: its exit status is the report's, but for what sanitizers find."""

    COMPLAINTS = "stderr.log"
    CASE_LIMIT = 300  # an engine's step is a signal here

    def judge(self):
        status, why = reports.verify(self.report)
        if self.timed_out:
            return reports.CRASH, [self.timed_out + "; it was ended"] + why
        if status == reports.CRASH and self.report.begin is None and \
                self.qemu_status == reports.ERROR:
            return reports.ERROR, [self.complaint or "it ended with status 2"]
        if status == reports.CRASH or self.qemu_status == status:
            return status, why
        if self.words["SAN"] == "thread" and self.qemu_status == reports.FAIL:
            return max(status, reports.FAIL), ["ThreadSanitizer found a data race"]
        return reports.CRASH, ["the report says %s, but the program ended with %s" % (
            run.STATUS[status], self.qemu_status)]

    def show_complaints(self):
        with open(self.path(self.COMPLAINTS), "rb") as errors:
            sys.stderr.write(errors.read().decode("utf-8", "replace"))


def out_folder(words):
    return words["OUT"] or os.path.join(words["BUILD"], "host")


def for_watch(words):
    """run.py's deadlines ask for these."""
    return dict(words, BOOT="direct", SMP=words["SMP"] or str(qemu.host_cores()), ARCH="host")


def options_of(words):
    line = variables.kernel_options(words, secrets.token_hex(4))
    return line + (" cpus=" + words["SMP"] if words["SMP"] else "")


def tsan_options(given):
    """Ours, then the user's: of two that say the same the later one counts."""
    return ":".join(filter(None, ("suppressions=" + SUPPRESSIONS, given)))


def what_failed(lines):
    """Errors and cases that did not pass, each said once."""
    errors = [line for line in lines if line.startswith("# error ")]
    return errors + [line for line in lines if line.startswith("not ok")
                     and "# error " + line.partition("# ERROR ")[2] not in errors]


def report_run(words, kind="", quiet=False):
    """Build, run, print unless @quiet. Return: status."""
    if not words["RUN"]:
        words = dict(words, RUN=THREAD_RUN if words["SAN"] == "thread" else HOST_RUN)
    program = Program(words, kind, options_of(words))
    os.makedirs(out_folder(words), exist_ok=True)
    os.environ["TSAN_OPTIONS"] = tsan_options(os.environ.get("TSAN_OPTIONS", ""))
    boot = HostBoot(for_watch(dict(words, FORMAT="none") if quiet else words), program,
                    out_folder(words))
    run.run_anew(boot, words)
    status, why = boot.judge()
    if quiet:
        why += what_failed(boot.report.lines)
    run.save(boot, words, status, why)
    boot.show_complaints()
    for sentence in why:
        run.say("host: " + sentence)
    return status


def command_run(words):
    return report_run(words)


# ---- Coverage

def gcov_data(program):
    """Files that lock/rqspinlock and the locks of Linux trees have left."""
    top = os.path.dirname(program.path)
    for folder, _, names in os.walk(top):
        if os.path.relpath(folder, top).split(os.sep)[0] in ("lock", "linux"):
            yield from (os.path.join(folder, name) for name in names if name.endswith(".gcda"))


def gcov_lines(program):
    """{folder: {file: {line: times it ran}}}, all copies of a template together.

    The folders are lock/rqspinlock and the trees of LINUX=; what nothing ran of was not chosen.
    """
    places = {"lock/rqspinlock": os.path.realpath("lock/rqspinlock")}
    places.update((tree, os.path.realpath(tree))
                  for tree in program.words["LINUX"].split(":") if tree)
    gcov = (program.words["CROSS_COMPILE"] or "") + "gcov"
    done = subprocess.run([needed(gcov, "gcc"), "--json-format", "--stdout",
                           *gcov_data(program)], check=True, stdout=subprocess.PIPE)
    found = {place: collections.defaultdict(collections.Counter) for place in places}
    for text in done.stdout.decode().splitlines():
        for source in json.loads(text)["files"]:
            path = os.path.realpath(source["file"])
            for place, real in places.items():
                if path.startswith(real + os.sep):
                    name = os.path.join(place, os.path.relpath(path, real))
                    for line in source["lines"]:
                        found[place][name][line["line_number"]] += line["count"]
    return {place: files for place, files in found.items()
            if any(times for lines in files.values() for times in lines.values())}


def spans(numbers):
    """3 4 5 9 as "3-5 9"."""
    out = []
    for n in sorted(numbers):
        if out and out[-1][1] == n - 1:
            out[-1][1] = n
        else:
            out.append([n, n])
    return " ".join("%d" % a if a == b else "%d-%d" % (a, b) for a, b in out)


def show_coverage(place, files):
    ran = total = 0
    for path, lines in sorted(files.items()):
        missed = [n for n, times in lines.items() if not times]
        ran, total = ran + len(lines) - len(missed), total + len(lines)
        print("%-36s %3d of %3d lines%s" % (path, len(lines) - len(missed), len(lines),
                                            ", not: " + spans(missed) if missed else ""))
    print("%s: %d of %d lines, %.1f %%" % (place, ran, total, 100 * ran / total))


def command_coverage(words):
    default = "rq-7.2,rq-7.2-tas" + (",linux*" if words["LINUX"] else "")
    words = dict(words, LOCK=words["LOCK"] or default, FORMAT="text")
    program = Program(words, "coverage", "")
    for folder, _, names in os.walk(os.path.dirname(program.path)):
        for name in names:
            if name.endswith(".gcda"):
                os.remove(os.path.join(folder, name))
    status = report_run(words, "coverage", quiet=True)
    places = gcov_lines(program)
    if not places:
        if status in (reports.ERROR, reports.CRASH):
            return status  # it said why
        raise qemu.QemuError("LOCK=%s runs nothing of lock/rqspinlock%s" % (
            words["LOCK"], " or LINUX=" + words["LINUX"] if words["LINUX"] else ""))
    for place, files in places.items():
        show_coverage(place, files)
    return status


# ---- Instructions

def pair_cost(path):
    """Instructions of one turn of <lock>_hot_pairs() from callgrind's file, or None.

    The costs below a function, calls included, by the most frequent of its instructions: each of
    the loop's runs once a turn. A name is written once, "fn=(7) name", and is "fn=(7)" after it.
    """
    names, total, counts, inside, call = {}, 0, [], False, False
    with open(path) as out:
        for line in out:
            named = re.match(r"(c?)fn=(\(\d+\))(?: (\S+))?", line)
            if named:
                names.setdefault(named.group(2), named.group(3))
                if not named.group(1):
                    inside = names[named.group(2)].endswith("_hot_pairs")
            elif inside and line.startswith("calls="):
                call = True
            elif inside and re.match(r"0x[0-9a-f]+ ", line):
                cost = int(line.split()[-1])
                total += cost
                if not call:
                    counts.append(cost)
                call = False
    return total / max(counts) if counts else None


def command_count(words):
    valgrind = needed("valgrind", "valgrind")
    for name in ("SAN", "RT"):
        if words[name]:
            raise qemu.QemuError("%s=%s: instructions are counted without it" % (
                name, words[name]))
    words = dict(words, RUN="uncontended", SMP="1")
    listed = Program(dict(words, RUN="", LOCK=""), "", "list=1")
    if listed.machine != qemu.HOST_ARCH:
        raise qemu.QemuError("valgrind counts this machine's instructions, not %s's"
                             % listed.machine)
    done = subprocess.run(listed.args(), stdout=subprocess.PIPE, check=True).stdout.decode()
    locks = re.findall(r"^# lock name=(\S+) flags=(\S+)", done, re.M)
    check_locks(words["LOCK"], [lock for lock, _ in locks])
    out = os.path.join(out_folder(words), "callgrind.out")
    os.makedirs(out_folder(words), exist_ok=True)
    for lock, flags in locks:
        if not chosen(words["LOCK"], lock, flags):
            continue
        program = Program(dict(words, LOCK=lock), "", options_of(dict(words, LOCK=lock)))
        subprocess.run(program.args([valgrind, "-q", "--tool=callgrind", "--dump-instr=yes",
                                     "--compress-pos=no", "--callgrind-out-file=" + out]),
                       stdout=subprocess.DEVNULL, check=True)
        cost = pair_cost(out)
        if cost is None:
            raise qemu.QemuError("%s: callgrind did not see its loop" % lock)
        print("%-24s %6.1f instructions a pair, the loop's own included" % (lock, cost))
    return reports.PASS


def is_named(word, lock):
    return re.fullmatch(re.escape(word).replace(r"\*", ".*").replace(r"\?", "."), lock)


def chosen(wanted, lock, flags):
    if not wanted:
        return not re.search(r"\b(old|negative|by-name)\b", flags)
    return any(is_named(word, lock) for word in wanted.split(","))


def check_locks(wanted, locks):
    """Raise for a word that names none."""
    for word in filter(None, wanted.split(",")):
        if not any(is_named(word, lock) for lock in locks):
            raise qemu.QemuError("LOCK=%s: no such lock; make list shows what there is" % word)


def show_help():
    for name, (_, _, text) in own_words().items():
        if name not in variables.WORDS or variables.WORDS[name][2] != text:
            print("  %-14s %s" % (name, text))
    return reports.PASS


COMMANDS = {"run": command_run, "coverage": command_coverage, "count": command_count}


def main(argv):
    command = argv.pop(0) if argv and argv[0] in COMMANDS else "run"
    try:
        words = variables.parse(argv, own_words())
        os.chdir(run.TOP)
        return COMMANDS[command](words)
    except (variables.WordError, qemu.QemuError) as error:
        run.say("host: %s" % error)
        return reports.ERROR
    except subprocess.CalledProcessError as error:
        run.say("host: %s ended with %d" % (error.cmd[0], error.returncode))
        return reports.ERROR
    except OSError as error:
        run.say("host: %s: %s" % (error.filename or out_folder(words), error.strerror))
        return reports.ERROR
    except run.Interrupted as stop:
        run.say("host: interrupted; the program was ended")
        return 128 + stop.args[0]


if __name__ == "__main__":
    for asked in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(asked, run.on_signal)
    if sys.argv[1:] == ["help"]:
        sys.exit(show_help())
    result = main(sys.argv[1:])
    run.say("exit status %d: %s" % (result, run.STATUS.get(result, "interrupted")))
    sys.exit(result)
