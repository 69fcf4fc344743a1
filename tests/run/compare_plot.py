# SPDX-License-Identifier: GPL-2.0-or-later
"""Plots of `make compare` as SVG, by gnuplot. What is not trusted is not drawn."""
import os
import shutil
import subprocess

HEAD = """set terminal svg size 960,600 font "sans,13" background "white"
set output "%s"
set title "%s"
set key outside right
set grid ytics
"""
COLOURS = ("#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#bbbbbb", "#000000")


def quoted(text):
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("_", "\\\\_")


def plot(result, out):
    """Draw what there is. Return: paths, None without gnuplot."""
    gnuplot = shutil.which("gnuplot")
    if not gnuplot:
        return None
    made = []
    for name, script in scripts(result):
        path = os.path.join(out, name + ".svg")
        subprocess.run([gnuplot], input=(script % {"out": path}).encode(), check=True,
                       stderr=subprocess.DEVNULL)
        made.append(path)
    return made


def scripts(result):
    for kind, title in (("pairs", "A free lock: acquire + release"),
                        ("aa", "Held by the same core (AA): acquire to -EDEADLK")):
        bars = [(lock, result.get(kind, lock)) for lock in result.locks]
        bars = [(lock, figure) for lock, figure in bars if figure and figure.trusted]
        if bars:
            yield {"pairs": "uncontended", "aa": "refused"}[kind], bar_script(title, bars)
    points = result.points()
    for threads, think in sorted({(n, think) for n, _, think in points if n > 1}):
        where = "%d-threads-think-%d" % (threads, think)
        title = "%d threads, %g us outside" % (threads, think / 1000)
        holds = [hold for n, hold, t in points if (n, t) == (threads, think)]
        keys = [(hold / 1000, (threads, hold, think)) for hold in holds]
        yield from lines_of(result, "throughput-" + where, title, "us inside", "M/s", keys,
                            result.figures)
        yield from lines_of(result, "fairness-" + where, title + ": fairness", "us inside",
                            "least / most", keys, result.fairness)
    for hold, think in sorted({(hold, think) for _, hold, think in points}):
        counts = sorted({n for n, h, t in points if h == hold and (t == think or n == 1)})
        keys = [(n, (n, hold, think if n > 1 else points[0][2])) for n in counts]
        if len(keys) > 1:
            yield from lines_of(result, "threads-hold-%d-think-%d" % (hold, think),
                                "%g us inside, %g us outside" % (hold / 1000, think / 1000),
                                "threads", "M/s", keys, result.figures)


def bar_script(title, bars):
    data = "\n".join('"%s" %g %g %g' % (quoted(lock), f.median, f.low, f.high)
                     for lock, f in bars)
    # A lock that waits for its clock first is thousands of times slower.
    log = "set logscale y\n" if max(f.median for _, f in bars) > 100 * min(
        f.median for _, f in bars) else "set yrange [0:*]\n"
    return (HEAD % ("%(out)s", title) + log +
            'set ylabel "ns"\nset style fill solid 0.7\nset boxwidth 0.6\n'
            "set xtics rotate by -40\nunset key\n$d << EOD\n" + data +
            "\nEOD\nplot $d using 0:2:xtic(1) with boxes lc rgb '%s', "
            "$d using 0:2:3:4 with yerrorbars lc rgb 'black' pt 0\n" % COLOURS[0])


def lines_of(result, name, title, across, up, keys, figures):
    """A plot with a line for each lock, its samples' range as bars."""
    data, curves = "", []
    for i, lock in enumerate(result.locks):
        found = [(x, figures.get(("contend", lock) + key)) for x, key in keys]
        found = [(x, f) for x, f in found if f and f.trusted]
        if not found:
            continue
        data += "$d%d << EOD\n%s\nEOD\n" % (i, "\n".join(
            "%g %g %g %g" % (x, f.median, f.low, f.high) for x, f in found))
        curves.append('$d%d using 1:2:3:4 with yerrorlines title "%s" lc rgb "%s" pt %d dt %d' % (
            i, quoted(lock), COLOURS[i % len(COLOURS)], i % 13 + 1, i // len(COLOURS) + 1))
    if curves:
        yield name, (HEAD % ("%(out)s", title) + 'set xlabel "%s"\nset ylabel "%s"\n'
                     "set yrange [0:*]\n" % (across, up) + data + "plot " +
                     ", ".join(curves) + "\n")
