# SPDX-License-Identifier: GPL-2.0-or-later
"""The window map as HTML: a coloured cell per instruction boundary, revisions above each other."""
import itertools
import re
from html import escape

import report_map

WIDE = 11  # pixels of a boundary in an overview, at most
CHUNK = 10  # boundaries that stay together when lines wrap
TAKES = {"same": "NMI takes the same lock", "other": "NMI takes a lock that another core holds",
         "queued": "NMI takes a lock with an owner and a waiter"}


def natural(name):
    """A sort key: rq-6.9 before rq-6.15."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]


def collect(reports):
    """{path: {takes: {revision: [records]}}} and {path: doc}; @reports: [(label, records)]."""
    owners = {}
    for label, records in reports:
        for lock in {r["lock"] for r in records if r["type"] == "map"}:
            owners.setdefault(lock, []).append(label)
    paths, docs = {}, {}
    for label, records in reports:
        for r in records:
            if r["type"] == "map_path":
                docs[r["path"]] = r.get("doc", "")
            if r["type"] != "map":
                continue
            name = r["lock"] + (" " + label if len(owners[r["lock"]]) > 1 else "")
            takes = paths.setdefault(r["path"], {}).setdefault(r.get("takes", "same"), {})
            takes.setdefault(name, []).append(r)
    return paths, docs


def legend(used):
    out = []
    for key, (letter, name, text) in report_map.CLASSES.items():
        if key in used:
            out.append('<span><b class="k %s">%s</b><span><b>%s</b>: %s</span></span>'
                       % (key, letter, escape(name), escape(text)))
    return '<div class="legend">%s</div>\n' % "".join(out)


def tip(name, r):
    """What a cell says when it is pointed at."""
    return "\n".join((
        "%s, boundary %s" % (name, r.get("i", "?")),
        "%s, window %s" % (r.get("sym", r.get("pc", "?")), r.get("window", "-")),
        "owner %s, lock word %s" % (r.get("owner", "?"), r.get("word", "?")),
        "NMI: %s; task: %s%s" % (r.get("nmi", "?"), r.get("task", "?"),
                                 "; " + str(r["fault"]) if r.get("fault") else ""),
        "%s instructions, %s ns; innocents %s; injectors: %s" % (
            r.get("steps", "?"), r.get("ns", "?"), r.get("innocents", "?"), r.get("real", "?"))))


def overview(revisions, longest, takes):
    """A thin strip per revision: one unit of width per boundary, equal neighbours joined. The
    longest strip of a situation has all the room, the others are to its scale. What is bad is
    also a line, the worst on top: in a narrow strip a boundary is less than a pixel wide."""
    out = ['<div class="over" data-takes="%s">' % escape(TAKES.get(takes, takes))]
    for name in sorted(revisions, key=natural):
        rows, at, rects, lines = revisions[name], 0, [], []
        for key, run in itertools.groupby(map(report_map.class_of, rows)):
            length = len(list(run))
            rects.append('<rect class="%s" x="%d" width="%d" height="1"/>' % (key, at, length))
            if key in report_map.BAD:
                colour = "unsure-ink" if key == "unsure" else key
                lines.append((report_map.BAD.index(key), '<path stroke="var(--%s)" d="M%g 0v1"/>'
                              % (colour, at + length / 2)))
            at += length
        out.append('<span>%s</span><svg viewBox="0 0 %d 1" preserveAspectRatio="none" '
                   'style="width:calc(min(100%%, %dpx) * %d / %d)" shape-rendering="crispEdges" '
                   'role="img" aria-label="%s: %s">%s</svg>'
                   % (escape(name), at, WIDE * longest, at, longest, escape(name),
                      escape(in_words(rows)), "".join(rects) + "".join(
                          line for _, line in sorted(lines, reverse=True))))
    return "".join(out) + "</div>"


def in_words(rows):
    """How many boundaries of each class."""
    classes = [report_map.class_of(r) for r in rows]
    return ", ".join("%d %s" % (classes.count(key), report_map.CLASSES[key][1])
                     for key in report_map.CLASSES if key in classes)


def windows(rows):
    """The windows under a row of cells, a label where it fits."""
    out = []
    for name, run in itertools.groupby(str(r.get("window", "-")) for r in rows):
        length = len(list(run))
        label = name if length > 1 else name[1:]
        out.append('<u%s style="width:%dpx">%s</u>' % (
            ' class="gap"' if name == "-" else "", 14 * length - 1, "" if name == "-" else label))
    return '<div class="win">%s</div>' % "".join(out)


def cells(revisions):
    """Every boundary with its letter, in chunks that wrap; revisions stay above each other."""
    names = sorted(revisions, key=natural)
    out = ['<div class="flow">']
    for at in range(0, max(map(len, revisions.values())), CHUNK):
        out.append('<div class="chunk"><i>%d</i>' % at)
        for n, name in enumerate(names):
            rows = revisions[name][at:at + CHUNK]
            if not any(revisions[below][at:] for below in names[n:]):
                break
            out.append('<div class="row">')
            for r in rows:
                key = report_map.class_of(r)
                out.append('<b class="k %s" title="%s">%s</b>'
                           % (key, escape(tip(name, r)), report_map.CLASSES[key][0]))
            out.append("</div>" + windows(rows))
        out.append("</div>")
    return "".join(out) + "</div>\n"


def is_bad(takes):
    """Does an NMI do real harm in this situation?"""
    return any(report_map.class_of(r) in report_map.BAD[:4]
               for revisions in takes.values() for rows in revisions.values() for r in rows)


def path_html(name, takes, columns, doc, is_open):
    """One situation: overview, and its cells to open."""
    longest = max(len(rows) for revisions in takes.values() for rows in revisions.values())
    out = ['<details class="path" id="map-%s"%s><summary><div><b>%s</b><small>%s</small></div>'
           % (escape(name), " open" if is_open else "", escape(name), escape(doc))]
    out += [overview(takes[t], longest, t) if t in takes else "<div></div>" for t in columns]
    out.append('</summary><div class="cells">')
    for t in (t for t in columns if t in takes):
        out.append("<h3>%s <span class=soft>%s</span></h3>%s" % (
            escape(TAKES.get(t, t)),
            " &middot; ".join(escape("%s: %s" % (n, in_words(takes[t][n])))
                              for n in sorted(takes[t], key=natural)), cells(takes[t])))
    return "".join(out) + "</div></details>\n"


def html(reports):
    """The section, or "" where no report has a map."""
    paths, docs = collect(reports)
    if not paths:
        return ""
    rows = [r for takes in paths.values() for revs in takes.values() for rs in revs.values()
            for r in rs]
    names = sorted({n for takes in paths.values() for revs in takes.values() for n in revs},
                   key=natural)
    seen = {t for takes in paths.values() for t in takes}
    columns = [t for t in TAKES if t in seen] + sorted(seen - set(TAKES))
    out = ['<h2 id="map">Window map</h2>\n<p>One NMI at every instruction boundary of lock and '
           'unlock, and what becomes of it. Situations: %d. Each cell is one boundary, in the '
           'order the code runs; %s. Open a situation for letters, windows and places.</p>\n'
           % (len(paths), "top to bottom: " + ", ".join(map(escape, names)) if names[1:]
              else escape(names[0]))]
    out.append(legend({report_map.class_of(r) for r in rows}))
    out.append('<div style="--takes:%d"><div class="heads"><span>situation</span>%s</div>\n' % (
        len(columns), "".join("<span>%s</span>" % escape(TAKES.get(t, t)) for t in columns)))
    to_open = min((name for name, takes in paths.items() if is_bad(takes)), default=None,
                  key=lambda name: sum(len(rows) for revs in paths[name].values()
                                       for rows in revs.values()))
    out += [path_html(name, takes, columns, docs.get(name, ""), name == to_open)
            for name, takes in paths.items()]
    return "".join(out) + "</div>\n"
