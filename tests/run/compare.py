#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`make compare`: locks side by side on the host, in one program and one run.

  compare.py [check] [NAME=value ...] | help

Threads beyond the processors are not measured: they would show how Linux lets threads take turns.
Every round takes one sample of every lock at every point, each time beginning with another lock,
so what the machine does meanwhile meets all of them. check: look at the variables only. Exit
status: 0 done, 1 a lock failed, 2 error, 3 crash.
"""
import datetime
import json
import os
import re
import shutil
import signal
import subprocess
import sys

import compare_figures as figures
import compare_plot
import host
import qemu
import report as reports
import run
import words as variables

SCENARIO = "compare"
RECOVERY = ("abba", "abbcca", "stuck-owner")
RECOVERY_CORES = {"abbcca": 3}
RECOVERY_ROUNDS = 3
EMPTY = "empty-loop"
ROUNDS_LEAST = 3


def list_of(kind, least, most, what):
    def check(value):
        for word in value.split(",") if value else ():
            good = re.fullmatch(r"\d+" if kind is int else r"\d+(\.\d{1,3})?", word)
            if not good or not least <= kind(word) <= most:
                return "must be %s with commas between" % what
        return None
    return check


def between(kind, least, most, what):
    check = list_of(kind, least, most, what)

    def single(value):
        return check(value) and "must be " + what or ("," in value and "must be one value") or None
    return single


WORDS = {
    "LOCK": ("", variables.names, "locks: comma list, globs"),
    "LINUX": ("", variables.linux_trees, "Linux trees whose own rqspinlock and qspinlock run too"),
    "THREADS": ("", list_of(int, 1, 512, "numbers of threads, 1 to 512"),
                "threads, comma list [1,2,4,... all]"),
    "HOLD": ("0,0.2,1,5", list_of(float, 0, 1000, "us, 0 to 1000,"),
             "us inside the lock, comma list"),
    "THINK": ("0,0.2", list_of(float, 0, 1000, "us, 0 to 1000,"), "us outside, comma list"),
    "DURATION": ("0.01", between(float, 0.001, 10, "seconds, 0.001 to 10"), "s of one sample"),
    "ROUNDS": ("9", between(int, ROUNDS_LEAST, 999, "%d to 999" % ROUNDS_LEAST),
               "rounds of samples"),
    "RT": ("auto", variables.one_of("auto", "0", "1"), "real-time priority: auto, 0, 1"),
    "OUT": ("", variables.one_line, "folder (build/compare)"),
    "BUILD": variables.WORDS["BUILD"],
    "CC": variables.WORDS["CC"],
    "CROSS_COMPILE": variables.WORDS["CROSS_COMPILE"],
}


class Program(host.Program):
    """The program with the libraries' locks; @options is set before each run."""

    def __init__(self, words):
        command = [os.environ.get("MAKE", "make"), "-s", "--no-print-directory", "ARCH=host"]
        command += ["%s=%s" % (name, words[name])
                    for name in ("BUILD", "CC", "CROSS_COMPILE", "LINUX") if words[name]]
        path = subprocess.run(command + ["compare-path"], stdout=subprocess.PIPE, check=True)
        self.path = path.stdout.decode().strip()
        jobs = [] if "jobserver" in os.environ.get("MAKEFLAGS", "") else [
            "-j%d" % qemu.host_cores()]
        if subprocess.run(command + jobs + [self.path], stdout=sys.stderr,
                          check=False).returncode:
            raise qemu.QemuError("the build failed")
        self.machine = os.path.basename(os.path.dirname(self.path)).split("-")[0]
        self.words = dict(words, SAN="", RT="1" if real_time(words["RT"]) else "")
        self.options = ""

    def run(self, options, out, seconds=0):
        """One run, unseen. Return: its report's lines. Raises QemuError, RunFailed."""
        self.options = options
        os.makedirs(out, exist_ok=True)
        words = dict(self.words, FORMAT="list", OPTS="", SMP="", DURATION=str(seconds))
        boot = host.HostBoot(host.for_watch(words), self, out)
        boot.run()
        status, why = boot.judge()
        if status != reports.PASS:
            with open(boot.path("report.txt"), "w") as text:
                text.write(boot.report.text())
            raise RunFailed(status, failure(boot, why) + " (%s)" % boot.path("report.txt"))
        return boot.report.lines


class RunFailed(Exception):
    """(exit status, sentence)"""


def failure(boot, why):
    for line in boot.report.lines:
        found = re.match(r"not ok \d+ (.*)", line)
        if found:
            return found.group(1)
    return "; ".join(why)


def real_time(wanted):
    if wanted == "0":
        return False
    chrt = shutil.which("chrt")
    works = chrt and subprocess.run([chrt, "-f", "1", "true"], stderr=subprocess.DEVNULL,
                                    check=False).returncode == 0
    if wanted == "1" and not works:
        raise variables.WordError("RT=1: this user may not have real-time priority; RT=0 or root")
    return bool(works)


# ---- What is measured

def all_locks(program, out):
    """{name: flags} of what the program has."""
    lines = program.run("list=1", out)
    return dict(re.match(r"# lock name=(\S+) flags=(\S+)", line).groups()
                for line in lines if line.startswith("# lock "))


def choose(locks, wanted):
    """Names; by default all but negative controls and all old revisions but the first."""
    if not wanted:
        return [name for name, flags in locks.items()
                if not re.search(r"\bnegative\b", flags) and
                (name == "rq-6.15" or not re.search(r"\bold\b", flags))]
    chosen = []
    for word in wanted.split(","):
        found = [name for name in locks if host.chosen(word, name, "") and name != EMPTY]
        if not found:
            raise variables.WordError("LOCK=%s: there is no such lock; there are: %s" % (
                word, " ".join(name for name in locks if name != EMPTY)))
        chosen += [name for name in found if name not in chosen]
    return chosen


def default_threads():
    cores, counts = qemu.host_cores(), [1]
    while counts[-1] * 2 <= cores:
        counts.append(counts[-1] * 2)
    return counts + ([cores] if counts[-1] != cores else [])


def numbers(text, kind):
    return [kind(word) for word in text.split(",")] if text else []


def points_of(words):
    """(threads, hold in ns, think in ns) of the contended samples."""
    threads = numbers(words["THREADS"], int) or default_threads()
    holds = [round(1000 * us) for us in numbers(words["HOLD"], float)]
    thinks = [round(1000 * us) for us in numbers(words["THINK"], float)]
    # One thread waits for nobody: time outside says nothing.
    return [(n, hold, think) for n in sorted(set(threads)) for hold in holds
            for think in (thinks if n > 1 else thinks[:1])]


def schedule(words, chosen, locks):
    """Lines for the program: kind, lock, threads, hold, think, us."""
    us = round(1e6 * float(words["DURATION"]))
    resilient = [name for name in chosen if "resilient" in locks[name]]
    units = [("pairs", chosen + [EMPTY], 1, 0, 0), ("aa", resilient, 1, 0, 0)]
    units += [("contend", chosen) + point for point in points_of(words)
              if point[0] <= qemu.host_cores()]
    units += [(kind, resilient, 1, 0, 0) for kind in ("nmi-free", "nmi-held")]
    lines = ["count %s 1 0 0 1" % name for name in chosen + [EMPTY]]
    lines += ["count-aa %s 1 0 0 1" % name for name in resilient]
    for turn in range(int(words["ROUNDS"])):
        for shift, (kind, names, threads, hold, think) in enumerate(units):
            first = (turn + shift) % max(1, len(names))
            lines += ["%s %s %d %d %d %d" % (kind, name, threads, hold, think, us)
                      for name in names[first:] + names[:first]]
    return lines


def take_samples(program, words, chosen, locks, out):
    lines = schedule(words, chosen, locks)
    path = os.path.join(out, "schedule.txt")
    with open(path, "w") as text:
        text.write("\n".join(lines) + "\n")
    os.environ["COMPARE_SCHEDULE"] = path
    run.say("compare: %d samples of %d locks" % (len(lines), len(chosen)))
    seconds = float(words["DURATION"]) * len(lines)
    return figures.samples_of(program.run("run=" + SCENARIO, out, seconds))


def take_recoveries(program, words, chosen, locks, out):
    """One run of one scenario with one lock at a time: [(lock, scenario, sample)]."""
    found = []
    resilient = [name for name in chosen if "resilient" in locks[name]]
    for turn in range(min(RECOVERY_ROUNDS, int(words["ROUNDS"]))):
        for shift, scenario in enumerate(RECOVERY):
            first = (turn + shift) % max(1, len(resilient))
            for lock in resilient[first:] + resilient[:first]:
                cores = RECOVERY_CORES.get(scenario, 2)
                if cores > qemu.host_cores():
                    continue
                lines = program.run("run=%s lock=%s cpus=%d" % (scenario, lock, cores), out)
                sample = figures.recovery_of(lines, lock, scenario)
                if sample:
                    found.append((lock, scenario, sample))
    return found


def steal_ticks():
    """(stolen by a hypervisor, all) of all processors so far."""
    with open("/proc/stat") as stat:
        ticks = [int(word) for word in stat.readline().split()[1:9]]
    return ticks[7], sum(ticks)


def command_compare(words):
    out = os.path.abspath(words["OUT"] or os.path.join(words["BUILD"], "compare"))
    program = Program(words)
    locks = all_locks(program, out)
    chosen = choose(locks, words["LOCK"])
    machine = {
        "cores": qemu.host_cores(), "load_before": os.getloadavg()[0],
        "real_time": bool(program.words["RT"]), "began": datetime.datetime.now().isoformat(
            timespec="seconds"),
        "emulated": program.machine != os.uname().machine.replace("aarch64", "arm64"),
    }
    stolen, ticks = steal_ticks()
    result = figures.Result(words, machine, chosen, locks)
    result.add_samples(take_samples(program, words, chosen, locks, out))
    result.add_beyond([("contend", chosen) + point for point in points_of(words)])
    result.add_beyond([(scenario, result.resilient(), RECOVERY_CORES.get(scenario, 2), 0, 0)
                       for scenario in RECOVERY])
    result.add_recoveries(take_recoveries(program, words, chosen, locks, out),
                          {**dict.fromkeys(RECOVERY, 2), **RECOVERY_CORES})
    stolen_now, ticks_now = steal_ticks()
    machine["stolen_percent"] = round(100 * (stolen_now - stolen) / max(1, ticks_now - ticks), 1)
    machine["load_after"] = os.getloadavg()[0]
    print("\n".join(result.table()))
    path = os.path.join(out, "compare.json")
    with open(path, "w") as text:
        json.dump(result.as_json(), text, indent=1)
        text.write("\n")
    plots = compare_plot.plot(result, out)
    if plots is None:
        run.say("compare: skipped: no plots without gnuplot (package gnuplot-nox)")
    if not any(name.startswith("ck-") for name in locks):
        run.say("compare: skipped: Concurrency Kit is " + (
            "not compiled for another machine" if words["CROSS_COMPILE"] else
            "not installed (package libck-dev)"))
    print("written: " + " ".join(os.path.relpath(name) for name in [path] + (plots or [])))
    return reports.PASS


def main(argv):
    if argv == ["help"]:
        for name, (default, _, text) in WORDS.items():
            print("  %-14s %s%s" % (name, text, " [%s]" % default if default else ""))
        return reports.PASS
    try:
        only_check = argv[:1] == ["check"]
        words = variables.parse(argv[only_check:], WORDS)
        os.chdir(run.TOP)
        return reports.PASS if only_check else command_compare(words)
    except (variables.WordError, qemu.QemuError) as error:
        run.say("compare: %s" % error)
        return reports.ERROR
    except RunFailed as error:
        run.say("compare: %s" % error.args[1])
        return error.args[0]
    except OSError as error:
        run.say("compare: %s: %s" % (error.filename or words["OUT"] or "build", error.strerror))
        return reports.ERROR
    except subprocess.CalledProcessError as error:
        run.say("compare: %s ended with %d" % (error.cmd[0], error.returncode))
        return reports.ERROR
    except run.Interrupted as stop:
        run.say("compare: interrupted; the program was ended")
        return 128 + stop.args[0]


if __name__ == "__main__":
    for asked in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(asked, run.on_signal)
    sys.exit(main(sys.argv[1:]))
