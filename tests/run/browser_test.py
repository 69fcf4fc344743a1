#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The HTML page in a real browser: its DOM, its console, its screenshot.

  browser_test.py BROWSER FOLDER

The page is that of test_page.py's report, whose strips are known: each must be seen in the
screenshot, in its colours, its lengths and its place. Prints "ok"/"not ok" lines; status 0 when
all are ok.
"""
import html.parser
import os
import re
import struct
import subprocess
import sys
import zlib

import page
import report
import test_page

LIMIT = 60
CELL = 14  # pixels, as in page.css
SHOT = (1200, 1500)
DARK = "--blink-settings=preferredColorScheme=0"
# What a user does, and what it comes to, where the DOM shows it.
PROBE = """<script>
document.querySelectorAll(".cells .k")[5].click();
document.body.dataset.width = document.documentElement.scrollWidth + " " + innerWidth;
</script></body>"""


class TestError(Exception):
    """What is wrong, in one line."""


class Browser:
    """Headless Chromium with a profile of its own and no network."""

    def __init__(self, name, folder):
        self.name, self.folder = name, os.path.abspath(folder)

    def run(self, path, *words):
        """Return: standard output. A word on the console is an error."""
        command = [self.name, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                   "--no-first-run", "--force-color-profile=srgb", "--enable-logging=stderr",
                   "--host-resolver-rules=MAP * ~NOTFOUND",
                   "--user-data-dir=" + os.path.join(self.folder, "profile")]
        try:
            done = subprocess.run(command + list(words) + ["file://" + path], timeout=LIMIT,
                                  stdin=subprocess.DEVNULL, capture_output=True, check=False)
        except subprocess.TimeoutExpired:
            raise TestError("the browser did not end within %d s" % LIMIT) from None
        err = done.stderr.decode("utf-8", "replace")
        said = re.findall(r"CONSOLE[^\]]*\] (.*)", err)
        if said:
            raise TestError("on the console: " + said[0])
        if done.returncode:
            raise TestError("the browser ended with %d: %s" % (done.returncode, err[-300:]))
        return done.stdout.decode("utf-8", "replace")

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        return path


class Dom(html.parser.HTMLParser):
    """What the browser made of the page."""

    def __init__(self, text):
        super().__init__()
        self.cells, self.rows, self.ids, self.attributes = [], [], {}, {}
        self.text, self.tip = [], ""
        self.inside = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        classes = (attrs.get("class") or "").split()
        if attrs.get("id"):
            self.ids[attrs["id"]] = tag
        if tag == "body":
            self.attributes = attrs
        if tag == "tr":
            self.rows.append([])
        self.inside = "cell" if classes[:1] == ["k"] and "title" in attrs else \
            "row" if tag in ("td", "th") or self.inside == "row" else attrs.get("id")
        if self.inside == "cell":
            self.cells.append([classes[1], ""])

    def handle_data(self, data):
        if self.inside == "cell":
            self.cells[-1][1] += data
        elif self.inside == "row" and self.rows and data.strip():
            self.rows[-1].append(data.strip())
        elif self.inside == "tip":
            self.tip += data

    def handle_endtag(self, tag):
        if tag in ("b", "tr", "div") and self.inside != "row":
            self.inside = None
        if tag == "tr":
            self.inside = None


class Picture:
    """A PNG of 8 bits per channel. PNG specification, 9.2: filters; 11.2: chunks."""

    def __init__(self, path):
        with open(path, "rb") as file:
            data = file.read()
        packed, at = b"", 8
        while at < len(data):
            size, kind = struct.unpack_from(">I4s", data, at)
            body = data[at + 8:at + 8 + size]
            if kind == b"IHDR":
                self.width, self.height, depth, colour = struct.unpack_from(">IIBB", body)
                self.step = {2: 3, 6: 4}.get(colour)
                if depth != 8 or not self.step or body[12]:
                    raise TestError("the screenshot is a PNG of another kind")
            elif kind == b"IDAT":
                packed += body
            at += 12 + size
        self.lines = list(self.unfilter(zlib.decompress(packed)))

    def unfilter(self, raw):
        size, step = self.width * self.step, self.step
        above = bytes(size)
        for y in range(self.height):
            at = y * (size + 1)
            kind, line = raw[at], bytearray(raw[at + 1:at + 1 + size])
            if kind == 2:
                line = bytearray((a + b) & 255 for a, b in zip(line, above))
            elif kind:
                for i in range(size):
                    left = line[i - step] if i >= step else 0
                    corner = above[i - step] if i >= step else 0
                    line[i] = (line[i] + predicted(kind, left, above[i], corner)) & 255
            above = bytes(line)
            yield above

    def runs(self, y):
        """(colour, first x, length) of equal pixels along a line."""
        line, step, out, start = self.lines[y], self.step, [], 0
        pixels = [line[at:at + 3] for at in range(0, len(line), step)]
        for x in range(1, self.width + 1):
            if x == self.width or pixels[x] != pixels[start]:
                out.append((tuple(pixels[start]), start, x - start))
                start = x
        return out


def predicted(kind, left, up, corner):
    if kind == 1:
        return left
    if kind == 3:
        return (left + up) // 2
    base = left + up - corner
    by = [(abs(base - left), 0, left), (abs(base - up), 1, up), (abs(base - corner), 2, corner)]
    return min(by)[2]


def colours(dark):
    """The page's own colours, from its style sheet."""
    with open(os.path.join(page.HERE, "page.css")) as css:
        scheme = css.read().split(":root {")[2 if dark else 1]
    return {name: tuple(bytes.fromhex(text)) for name, text in
            re.findall(r"--([\w-]+): #([0-9a-f]{6});", scheme)}


def joined(classes):
    """[(class, how many in a row)]"""
    out = []
    for name in classes:
        if out and out[-1][0] == name:
            out[-1][1] += 1
        else:
            out.append([name, 1])
    return out


def find_strip(picture, classes, palette, unit=None):
    """[(y, x, width)] of the lines on which these classes lie side by side to scale."""
    wanted = [(palette[name], length) for name, length in joined(classes)]
    found = []
    for y in range(picture.height):
        runs = picture.runs(y)
        for at in range(len(runs) - len(wanted) + 1):
            part = runs[at:at + len(wanted)]
            if any(run[0] != want[0] for run, want in zip(part, wanted)):
                continue
            width = sum(length for _, _, length in part)
            scale = unit or width / len(classes)
            if all(abs(run[2] - scale * want[1]) <= 1.5 for run, want in zip(part, wanted)):
                found.append((y, part[0][1], width))
    return found


# ---- The checks.

def same(what, got, wanted):
    if got != wanted:
        raise TestError("%s: %r instead of %r" % (what, got, wanted))


def check_dom(browser, path):
    dom = Dom(browser.run(path, "--dump-dom"))
    same("sections", [i for i in dom.ids if dom.ids[i] == "h2"],
         ["summary", "map", "matrix", "explore", "latency", "environment"])
    same("cells", [name for name, _ in dom.cells], test_page.OLD + test_page.NEW)
    same("letters", "".join(letter for _, letter in dom.cells), "ooooHHHSSSooooDDDDDD")
    firsts = [row[0] for row in dom.rows if row]
    for name in ("rq-6.15", "rq-7.2", "rq-6.15.window-map", "d-head", "pair", "arch"):
        if name not in firsts:
            raise TestError("no row %s in %s" % (name, firsts))


def check_probe(browser, path, width):
    """A tap on a cell tells about it; the page is as wide as the window, and not wider."""
    dom = Dom(browser.run(path, "--dump-dom", "--window-size=%d,800" % width))
    if not dom.tip.startswith("rq-6.15, boundary 5\n"):
        raise TestError("a click on a cell shows %r" % dom.tip)
    page_width, window = map(int, dom.attributes["data-width"].split())
    if page_width > window:
        raise TestError("the page is %d pixels wide in a window of %d" % (page_width, window))


def check_screenshot(browser, path, name, dark):
    shot = os.path.join(browser.folder, name)
    browser.run(path, "--screenshot=" + shot, "--window-size=%d,%d" % SHOT,
                *([DARK] if dark else []))
    picture, palette = Picture(shot), colours(dark)
    same("size", (picture.width, picture.height), SHOT)
    places = {}
    for key, classes in (("old", test_page.OLD), ("new", test_page.NEW)):
        strips = find_strip(picture, classes, palette)
        cells = [s for s in strips if abs(s[2] - CELL * len(classes)) <= 1]
        overview = [s for s in strips if s not in cells]
        if len(overview) < 8 or not cells:
            raise TestError("strip %s: %d lines of the overview, %d of the cells"
                            % (key, len(overview), len(cells)))
        # Corners are round: the middle line tells where a strip begins.
        places[key] = overview[len(overview) // 2], cells[len(cells) // 2]
    for part, old, new in zip(("overview", "cells"), places["old"], places["new"]):
        same("the first boundary of both revisions, " + part, new[1], old[1])
        if not 8 <= new[0] - old[0] <= 50:
            raise TestError("%s: the older revision is at y=%d, the newer at %d"
                            % (part, old[0], new[0]))


def check_single(browser):
    """One hang in a strip of many more boundaries than pixels is seen."""
    classes = ["ok"] * 3500
    classes[1200] = "hang"
    body = "KTAP version 1\n# env arch=x86_64 cpus=1\n1..1\n%sok 1 rq-7.2.window-map\n" % (
        test_page.map_lines("rq-7.2", classes))
    text = page.html([("", report.read_report(test_page.whole(body).encode()))])
    path, shot = browser.write("single.html", text), os.path.join(browser.folder, "single.png")
    browser.run(path, "--screenshot=" + shot, "--window-size=600,900")
    picture, palette = Picture(shot), colours(False)
    strip = []
    for y in range(picture.height):
        runs = picture.runs(y)
        # What lies between two long runs of boundaries where all goes well.
        strip += [runs[at + 1] for at in range(len(runs) - 2)
                  if runs[at][0] == runs[at + 2][0] == palette["ok"]
                  and min(runs[at][2], runs[at + 2][2]) > 150]
    if len(strip) < 8 or {run[0] for run in strip} != {palette["hang"]}:
        raise TestError("a single hang is not seen in a narrow strip: %s" % strip[:3])


def main(argv):
    if len(argv) != 2:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    browser = Browser(*argv)
    text = test_page.made()
    path = browser.write("page.html", text)
    probe = browser.write("probe.html", text.replace("</body>", PROBE))
    failed = 0
    for name, check in (("dom", lambda: check_dom(browser, path)),
                        ("click", lambda: check_probe(browser, probe, 1200)),
                        ("narrow", lambda: check_probe(browser, probe, 500)),
                        ("single", lambda: check_single(browser)),
                        ("light", lambda: check_screenshot(browser, path, "light.png", False)),
                        ("dark", lambda: check_screenshot(browser, path, "dark.png", True))):
        try:
            check()
            print("ok " + name)
        except TestError as error:
            failed += 1
            print("not ok %s # %s" % (name, error))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
