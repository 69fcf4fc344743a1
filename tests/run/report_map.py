# SPDX-License-Identifier: GPL-2.0-or-later
"""What the outcome of an NMI at an instruction boundary is called: one class per "# map" record."""

# In order of weight: the first that fits is the record's class.
# key: (letter, name, what it means)
CLASSES = {
    "unsure": ("?", "injectors differ", "the two injectors do not agree: no result"),
    "hang": ("H", "hang", "an attempt never ends"),
    "fault": ("X", "fault", "the lock breaks a rule of its contract"),
    "stall": ("S", "stall", "an attempt lasts 1 ms or more because of the NMI"),
    "innocent": ("I", "innocent error", "a task elsewhere fails that does not without the NMI"),
    "false": ("F", "false deadlock", "-EDEADLK, though waiting would have given the lock"),
    "timeout": ("T", "timed out", "the NMI's attempt ends by -ETIMEDOUT, as the situation asks"),
    "joined": ("J", "waits with others", "an attempt joins a deadlock that is there anyway"),
    "masked": ("M", "no NMI possible", "hardware takes no NMI here"),
    "deadlock": ("D", "deadlock found", "the NMI's attempt gets -EDEADLK, and rightly"),
    "taken": ("B", "busy", "a try finds the lock taken"),
    "ok": ("o", "lock taken", "the NMI gets the lock"),
}
# More of these is worse.
BAD = ("unsure", "hang", "fault", "stall", "innocent", "false")


def class_of(row):
    """The class of one record of type "map"."""
    ends = (str(row.get("nmi", "")), str(row.get("task", "")))
    fault = row.get("fault")
    if row.get("real") in ("differs", "missed"):
        return "unsure"
    if "hang" in ends or fault in ("hang", "endless"):
        return "hang"
    if fault:
        return "fault"
    if row.get("stall"):
        return "joined" if row.get("joined") else "stall"
    if row.get("innocents"):
        return "innocent"
    if row.get("false-nmi") or row.get("false-task"):
        return "false"
    if row.get("real") == "masked":
        return "masked"
    end = ends[0].partition("(")[0]
    return {"edeadlk": "deadlock", "etimedout": "timeout", "taken": "taken"}.get(end, "ok")


def place_of(row):
    """What names a boundary in another build too: its place in the lock's text."""
    symbol = str(row.get("sym", "?"))
    return symbol if row.get("i") is None else "%s #%s" % (symbol, row["i"])
