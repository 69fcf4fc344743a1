#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The report on the screen: boots through UEFI, takes a screenshot, reads the text back.

  screen_test.py [BUILD=folder]

Every cell of the screenshot must be, pixel by pixel, a glyph of kernel/font.c; the rows must be
the end of the report that came over the serial port, the closing page from its first line. Prints
"ok"/"not ok" lines; status 0 when all are ok.
"""
import json
import os
import re
import socket
import sys
import tempfile
import time

import qemu
import report as reports
import words as variables

WIDTH, HEIGHT, TOP = 8, 16, 2
MAX_ROWS_PER_LINE = 3
BLACK = (0, 0, 0)
TONES = {"plain": (0xff, 0xff, 0xff), "good": (0x60, 0xff, 0x60), "bad": (0xff, 0x60, 0x60)}
LIMIT = 90
QUICK = "run=aa-nmi,abba lock=rq-7.2 duration=0.1"


class TestError(Exception):
    """What is wrong, in one line."""


# ---- The machine.

class ScreenMachine(qemu.Machine):
    """A machine with a screen and without a way to exit, so that the last page stays."""

    def machine_args(self):
        if self.arch == "x86_64":
            return ["-machine", "q35"]
        return ["-machine", "virt,gic-version=3", "-nic", "none"]


class Monitor:
    """QMP, as far as it is needed."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(10)
        self.socket.connect(path)
        self.stream = self.socket.makefile("rw")
        self.stream.readline()
        self.command("qmp_capabilities")

    def command(self, name, **arguments):
        self.stream.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
        self.stream.flush()
        while True:
            line = self.stream.readline()
            if not line:
                raise TestError("QEMU closed its monitor")
            answer = json.loads(line)
            if "error" in answer:
                raise TestError("%s: %s" % (name, answer["error"]["desc"]))
            if "return" in answer:
                return answer["return"]


# ---- From pixels to text.

def load_font():
    """Glyph lines (12 numbers) to character, from the C table."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../kernel/font.c")
    with open(path) as source:
        rows = re.findall(r"^\t\{((?:0x[0-9a-f]{2}(?:, )?){12})\},", source.read(), re.M)
    glyphs = {tuple(int(byte, 16) for byte in row.split(", ")): chr(0x20 + i)
              for i, row in enumerate(rows)}
    if len(glyphs) != 95:
        raise TestError("kernel/font.c has %d readable glyphs instead of 95" % len(glyphs))
    return glyphs


class Picture:
    """A PPM screenshot."""

    def __init__(self, path):
        with open(path, "rb") as file:
            magic, size, depth, self.data = file.read().split(b"\n", 3)
        self.width, self.height = (int(n) for n in size.split())
        if magic != b"P6" or depth != b"255" or len(self.data) != self.width * self.height * 3:
            raise TestError("the screenshot is not a whole PPM file")

    def line(self, column, y):
        """One line of a cell: the set of colours in it, and its lit pixels as bits."""
        at = (y * self.width + column * WIDTH) * 3
        data = self.data[at:at + WIDTH * 3]
        if not any(data):
            return set(), 0
        pixels = [tuple(data[i:i + 3]) for i in range(0, len(data), 3)]
        bits = 0
        for pixel in pixels:
            bits = bits << 1 | (pixel != BLACK)
        return set(pixels) - {BLACK}, bits

    def cell(self, column, row, font):
        """(character, colour) of a cell; character None if it is no glyph in one colour."""
        lines = [self.line(column, row * HEIGHT + y) for y in range(HEIGHT)]
        colours = set().union(*(colours for colours, _ in lines))
        bits = [bits for _, bits in lines]
        drawn = tuple(line >> 1 for line in bits[TOP:TOP + 12])
        if any(bits[:TOP] + bits[TOP + 12:]) or any(line & 1 for line in bits) or len(colours) > 1:
            return None, None
        return font.get(drawn), colours.pop() if colours else None

    def rows(self, font):
        """[(text, set of colours)] of all rows, cells that are no glyphs as U+FFFD."""
        found = []
        for row in range(self.height // HEIGHT):
            cells = [self.cell(column, row, font) for column in range(self.width // WIDTH)]
            text = "".join(char or "\ufffd" for char, _ in cells).rstrip(" ")
            found.append((text, {colour for _, colour in cells if colour}))
        return found


# ---- What should be there.

def wrapped(line, columns):
    """A report line as the screen's rows: at most three, the last one with a mark if cut."""
    rows = [line[i:i + columns] for i in range(0, len(line), columns)] or [""]
    if len(rows) > MAX_ROWS_PER_LINE:
        rows = rows[:MAX_ROWS_PER_LINE]
        rows[-1] = rows[-1][:-1] + ">"
    return [row.rstrip(" ") for row in rows]


def tone_of(line):
    if line.startswith(("ok ", "# | pass: ")):
        return "good"
    if line.startswith(("not ok ", "Bail out!", "# error", "# hang", "# | fail: ", "# | error: ")):
        return "bad"
    return "plain"


def closing_page(lines):
    """The lines of the report's last page, with the end marker."""
    for number in range(len(lines) - 1, -1, -1):
        if re.match(r"# \| \d+ cores, ", lines[number]):
            return lines[number:]
    raise TestError("the report has no closing page")


def compare(seen, lines, columns):
    """@lines, wrapped, must be what the screen shows from its first row on, and nothing else."""
    wanted = [(row, tone_of(line)) for line in lines for row in wrapped(line, columns)]
    if len(wanted) > len(seen):
        raise TestError("the closing page has %d rows, the screen %d" % (len(wanted), len(seen)))
    for number, (text, colours) in enumerate(seen):
        row, tone = wanted[number] if number < len(wanted) else ("", "plain")
        if text != row:
            raise TestError("row %d shows %r instead of %r" % (number, text, row))
        if colours - {TONES[tone]}:
            raise TestError("row %d (%r) has colours %s" % (number, text, sorted(colours)))


# ---- The tests.

class Shot:
    """One boot up to the end of its report, and the screen as it then was."""

    def __init__(self, arch, build, devices, options, serial=True):
        words = variables.parse(["ARCH=" + arch, "BOOT=uefi", "SMP=2", "BUILD=" + build,
                                 "QEMU_ARGS=" + devices])
        self.machine = ScreenMachine(words, build, options)
        self.font = load_font()
        self.serial = b""
        with tempfile.TemporaryDirectory(prefix="barelock-screen-") as folder:
            self.folder = folder
            args = self.machine.args("stdio" if serial else "none")
            process = qemu.Process(args + [
                "-qmp", "unix:%s,server=on,wait=off" % self.path("qmp")], self.path("errors"))
            try:
                self.monitor = self.connect(process)
                self.seen = self.wait(process, serial)
            finally:
                process.end()
        self.rows = [text for text, _ in self.seen]
        self.report = reports.read_report(self.serial)

    def path(self, name):
        return os.path.join(self.folder, name)

    def connect(self, process):
        end = time.monotonic() + 10
        while time.monotonic() < end and process.child.poll() is None:
            try:
                return Monitor(self.path("qmp"))
            except OSError:
                time.sleep(0.05)
        raise TestError("QEMU: " + process.complaint())

    def look(self):
        self.monitor.command("screendump", filename=self.path("ppm"))
        self.picture = Picture(self.path("ppm"))
        return self.picture.rows(self.font)

    def wait(self, process, serial):
        """Until the end marker stands on the screen, and on the serial port if there is one."""
        end = time.monotonic() + LIMIT
        rows = []
        while time.monotonic() < end:
            data = process.read(0.3)
            self.serial += data or b""
            if data == b"" and process.child.poll() is not None:
                raise TestError("QEMU ended: " + process.complaint())
            if serial and not re.search(rb"@@END .*\n", self.serial):
                continue
            before, rows = rows, self.look()
            # The serial line may be out before the screen's is drawn to its end.
            if rows == before and any(text.startswith("@@END") for text, _ in rows):
                return rows
        raise TestError("no @@END on the screen within %d s; it shows %r" % (
            LIMIT, [text for text, _ in rows if text][-3:]))


def shows_report(arch, build, devices, size):
    """The closing page is on the screen, letter by letter, as it is on the serial port."""
    shot = Shot(arch, build, devices, QUICK)
    if (shot.picture.width, shot.picture.height) != size:
        raise TestError("the screen is %d x %d, not %d x %d" % (
            (shot.picture.width, shot.picture.height) + size))
    status, why = reports.verify(shot.report)
    if status != reports.PASS:
        raise TestError("; ".join(why) or "the run did not pass")
    lines = shot.report.text().rstrip("\n").split("\n")
    compare(shot.seen, closing_page(lines), size[0] // WIDTH)


def without_serial(build):
    """A machine without a serial port still gives its verdict."""
    shot = Shot("x86_64", build, "-vga std", QUICK, serial=False)
    if not any(re.match(r"@@END lines=\d+ crc32=\w+ verdict=pass", row) for row in shot.rows):
        raise TestError("no passing end marker on the screen")


def main(argv):
    build = "build"
    for word in argv:
        if not word.startswith("BUILD="):
            print("screen_test: %s: must be BUILD=folder" % word, file=sys.stderr)
            return 2
        build = word[len("BUILD="):]
    tests = [
        ("x86_64 800 x 600", lambda: shows_report(
            "x86_64", build, "-device VGA,xres=800,yres=600", (800, 600))),
        ("x86_64 as the firmware sets it", lambda: shows_report(
            "x86_64", build, "-vga std", (1280, 800))),
        ("arm64 800 x 600", lambda: shows_report(
            "arm64", build, "-device ramfb", (800, 600))),
        ("x86_64 without a serial port", lambda: without_serial(build)),
    ]
    failed = 0
    for name, test in tests:
        try:
            test()
            print("ok screen: " + name, flush=True)
        except (TestError, qemu.QemuError) as error:
            failed += 1
            print("not ok screen: %s: %s" % (name, error), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
