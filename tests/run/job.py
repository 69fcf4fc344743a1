# SPDX-License-Identifier: GPL-2.0-or-later
"""What one check of `make check` works with: a folder, a log, bounded commands."""
import os
import re
import signal
import subprocess
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDER = os.path.join("build", "check")


class Failed(Exception):
    """The check did not hold; the text says what was wrong."""


class Skipped(Exception):
    """The check cannot be made here; the text says what is missing."""


class Result:
    """How a command ended."""

    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err
        self.all = out + err

    def expect(self, status, *patterns):
        """Demand an exit status, and that each pattern occurs in what it said."""
        if self.status != status:
            raise Failed("status %s instead of %d: %s" % (self.status, status, self.complaint()))
        for pattern in patterns:
            if not re.search(pattern, self.all, re.M):
                raise Failed("nothing in its output is like %r" % pattern)
        return self

    def complaint(self):
        """The line that most likely says what was wrong."""
        lines = [line for line in self.all.split("\n") if line.strip()]
        for chosen in ([line for line in lines if line.startswith("not ok ")],
                       [line for line in lines if not line.startswith("exit status")], lines):
            if chosen:
                return chosen[-1]
        return "it said nothing"


class Job:
    """One check while it runs."""

    def __init__(self, name, seconds):
        self.name = name
        self.end = time.monotonic() + seconds
        self.seconds = seconds
        self.folder = os.path.join(FOLDER, name.replace("/", "-"))
        os.makedirs(self.folder, exist_ok=True)
        self.log = os.path.join(self.folder, "log")

    def note(self, text):
        with open(self.log, "a") as log:
            log.write(text.rstrip("\n") + "\n")

    def start(self, command, **settings):
        """Start a command in a process group of its own."""
        self.note("$ " + " ".join(command))
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, start_new_session=True, **settings)

    def finish(self, child):
        """Wait for it, no longer than this check may take. Return: Result."""
        try:
            out, err = child.communicate(timeout=max(0.1, self.end - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGTERM)
            try:
                child.communicate(timeout=5)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.communicate()
            raise Failed("did not end within %d s" % self.seconds) from None
        result = Result(child.returncode, out.decode("utf-8", "replace"),
                        err.decode("utf-8", "replace"))
        self.note(result.all)
        self.note("status %d" % result.status)
        return result

    def command(self, *command, env=None):
        """Run a command to its end. Return: Result."""
        return self.finish(self.start(list(command),
                                      env=dict(os.environ, **env) if env else None))

    def run_words(self, *words):
        """The command line of a run whose report goes to this check's folder."""
        return ["python3", "tests/run/run.py", "run", "--no-build", "OUT=" + self.folder,
                "ACCEL=tcg"] + list(words)

    def run(self, *words):
        """Boot with these variables. Return: Result of run.py."""
        return self.command(*self.run_words(*words))

    def report(self):
        """The text of the last run's report."""
        with open(os.path.join(self.folder, "report.txt")) as text:
            return text.read()
