# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks that need no machine: builds, style, host tests. Each function gives a check."""
import ast
import glob
import os
import re
import shutil
import struct
import subprocess

from job import Failed, Skipped

# With both engines and their texts; what grows it by a tenth should be looked at.
IMAGE_LIMIT = 384 * 1024
FILE_LIMIT = 500
FUNCTION_LIMIT = 70
STANDIN_LIMIT = 400  # all that a tree's lock is given of Linux
PE_EXECUTE, PE_WRITE = 0x20000000, 0x80000000
# Groups of checks that boot nothing.
WITHOUT_IMAGES = ("style", "host")
# Which includes a folder may make: directions of the house.
MAY_INCLUDE = {
    "arch": ("arch", "boot/boot_info.h", "boot/options.h", "kernel/printf.h", "kernel/string.h",
             "kernel/symbols.h"),
    "boot": ("boot", "arch", "kernel"),
    "kernel": ("kernel", "boot", "arch"),
    "lock": ("lock", "kernel", "arch"),
    "tests": ("tests", "lock", "kernel", "boot", "arch"),
}


def tracked(*patterns):
    """Tracked files, and new ones that git does not ignore."""
    done = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "--"] + list(patterns),
                          stdout=subprocess.PIPE, check=True)
    return [name for name in done.stdout.decode().split("\n") if name and os.path.exists(name)]


def lines_of(path):
    with open(path, encoding="utf-8") as text:
        return text.read().split("\n")


def demand_none(found, what):
    """Fail with the first finding."""
    if found:
        raise Failed("%s: %s%s" % (found[0], what,
                                   " (and %d more)" % (len(found) - 1) if found[1:] else ""))


# ---- Builds and what they gave.

def build(arch, compiler=None):
    def check(job):
        words = ["ARCH=" + arch]
        if compiler:
            words += ["CC=" + compiler, "BUILD=build/check/" + compiler]
        job.command("make", "-s", "-j%d" % len(os.sched_getaffinity(0)), *words, "all").expect(0)
    return check


def make(*goals):
    """A target of the Makefile; skipped where no folder brings it."""
    def check(job):
        job.command("make", "-s", *goals).expect(0)
    return check


def needed_builds(builds, checks):
    """For a part of the table: the gcc images if anything boots, the rest if asked for by name."""
    clang = any(name.endswith("-clang") for name, _, _ in checks)
    groups = {name.split("/")[0] for name, _, _ in checks}
    if not groups.difference(WITHOUT_IMAGES):
        return []
    return [b for b in builds if clang or "-clang" not in b[0]]


def script(path):
    def check(job):
        if not os.path.exists(path):
            raise Skipped("%s is not there" % path)
        job.command("python3" if path.endswith(".py") else "sh", path).expect(0)
    return check


def browser(job):
    """The HTML page in a real browser."""
    found = [name for name in ("chromium", "chromium-browser", "google-chrome")
             if shutil.which(name)]
    if not found:
        raise Skipped("no chromium is installed: what the HTML page looks like is not checked")
    job.command("python3", "tests/run/browser_test.py", found[0], job.folder).expect(0)


IMAGES = ("build/x86_64/barelock.elf", "build/x86_64/BOOTX64.EFI", "build/arm64/BOOTAA64.EFI")


def image_size(job):
    for path in IMAGES[1:]:
        size = os.path.getsize(path)
        job.note("%s %d" % (path, size))
        if size > IMAGE_LIMIT:
            raise Failed("%s has %d bytes, more than %d" % (path, size, IMAGE_LIMIT))


def pe_sections(path):
    """(name, characteristics) of each section of a PE file. PE/COFF specification, 3 and 4."""
    with open(path, "rb") as image:
        data = image.read()
    header = struct.unpack_from("<I", data, 0x3c)[0]
    count, = struct.unpack_from("<H", data, header + 6)
    optional, = struct.unpack_from("<H", data, header + 20)
    for i in range(count):
        at = header + 24 + optional + 40 * i
        yield data[at:at + 8].rstrip(b"\0").decode(), struct.unpack_from("<I", data, at + 36)[0]


def segments(job):
    """Nothing that a loader maps is writable and executable."""
    shown = job.command("readelf", "-lW", IMAGES[0]).expect(0)
    demand_none([line.strip() for line in shown.out.split("\n")
                 if re.match(r"\s+LOAD\b.*\bRWE\b", line)], IMAGES[0] + ": writable code")
    for path in IMAGES[1:]:
        sections = list(pe_sections(path))
        if not any(flags & PE_EXECUTE for _, flags in sections):
            raise Failed(path + ": has no section of code")
        demand_none([name for name, flags in sections if flags & PE_EXECUTE and flags & PE_WRITE],
                    path + ": writable code")


def relocations(job):
    """The loaders know one kind of relocation."""
    for path in ("build/x86_64/barelock-efi.elf", "build/arm64/barelock.elf"):
        out = job.command("readelf", "-rW", path).expect(0).out
        kinds = re.findall(r"\bR_(?:X86_64|AARCH64)_(\w+)", out)
        if not kinds:
            raise Failed(path + ": has no relocations")
        # readelf cuts the longer names short.
        demand_none([kind for kind in kinds if kind != "NONE" and not kind.startswith("RELATIV")],
                    path + ": a relocation of another kind")


# ---- Style.

def clang_format(job):
    if not shutil.which("clang-format"):
        raise Skipped("clang-format is not installed")
    files = tracked("*.c", "*.h")
    result = job.command("clang-format", "--dry-run", "-Werror", *files)
    demand_none(re.findall(r"^(\S+:\d+):\d+: error", result.all, re.M),
                "not in clang-format's style")
    result.expect(0)


def spdx(_job):
    files = tracked("*.c", "*.h", "*.S", "*.py", "*.sh", "*.ld", "*.mk", "*.yaml", "*.md",
                    "Makefile", ".ci/run", ".clang-format")
    demand_none([f for f in files if not any("SPDX-License-Identifier: GPL-2.0-or-later" in line
                                             for line in lines_of(f)[:3])], "no SPDX line")


def included_path(path, line):
    """The repository path that a #include of our own names, or None."""
    match = re.match(r'\s*#\s*include\s+(?:"([^"]+)"|<((?:arch|asm)/[^>]+)>)', line)
    if not match:
        return None
    if match.group(2):
        return "arch/" + match.group(2)
    return os.path.normpath(os.path.join(os.path.dirname(path), match.group(1)))


def direction(_job):
    """tests -> lock -> kernel -> arch, boot -> kernel; host-side tests may look anywhere."""
    found = []
    for path in tracked("*.c", "*.h", "*.S"):
        allowed = MAY_INCLUDE.get(path.split("/")[0])
        if not allowed or path.startswith(("tests/unit/", "tests/run/")):
            continue
        for number, line in enumerate(lines_of(path), 1):
            target = included_path(path, line)
            if target and not any(target == a or target.startswith(a + "/") for a in allowed):
                found.append("%s:%d includes %s" % (path, number, target))
    demand_none(found, "against the direction of dependencies")


def arch_ifdefs(_job):
    found = []
    for path in tracked("*.c", "*.h", "*.S"):
        if path.startswith(("arch/", "boot/x86_64/", "boot/arm64/", "tests/unit/")):
            continue
        found += ["%s:%d" % (path, n) for n, line in enumerate(lines_of(path), 1)
                  if re.search(r"#\s*(el)?if.*(__x86_64__|__aarch64__)", line)]
    demand_none(found, "an architecture's #ifdef outside arch/ and boot/<arch>/")


def function_lengths(path):
    """(line, length) of each function body: from a "{" alone at column 0 to its "}"."""
    start = None
    for number, line in enumerate(lines_of(path), 1):
        if line == "{":
            start = number
        elif line == "}" and start:
            yield start, number - start - 1
            start = None


def limits(_job):
    found = []
    for path in tracked("*.c", "*.h", "*.S", "*.py", "*.sh"):
        lines = lines_of(path)
        if len(lines) > FILE_LIMIT and not path.endswith("/font.c"):
            found.append("%s: %d lines, more than %d" % (path, len(lines), FILE_LIMIT))
        found += ["%s:%d: wider than 100 columns" % (path, n) for n, line in enumerate(lines, 1)
                  if len(line.expandtabs(8)) > 100]
        found += ["%s:%d: an unfinished thing" % (path, n) for n, line in enumerate(lines, 1)
                  if re.search(r"\b(TO" r"DO|FIX" r"ME|X" r"XX)\b", line)]
        if path.endswith(".c"):
            found += ["%s:%d: a function of %d lines, more than %d" % (path, n, length,
                                                                      FUNCTION_LIMIT)
                      for n, length in function_lengths(path) if length > FUNCTION_LIMIT]
    standins = sum(len(lines_of(path)) - 1 for path in tracked("lock/linux/standin/*"))
    if not 0 < standins < STANDIN_LIMIT:
        found.append("lock/linux/standin: %d lines, not under %d" % (standins, STANDIN_LIMIT))
    demand_none(found, "a limit of the style")


def shell(job):
    if not shutil.which("shellcheck"):
        raise Skipped("shellcheck is not installed")
    job.command("shellcheck", ".ci/run", *tracked("*.sh")).expect(0)


def unused_imports(path):
    """Names that a module imports and never uses."""
    with open(path) as source:
        tree = ast.parse(source.read(), path)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for name in node.names:
                bound = (name.asname or name.name).split(".")[0]
                if bound not in used:
                    yield "%s:%d: %s" % (path, node.lineno, bound)


def python(_job):
    demand_none([found for path in tracked("*.py") for found in unused_imports(path)],
                "imported and not used")


def option_names():
    """The kernel's options, from its own table."""
    source = "\n".join(lines_of("boot/options.c"))
    table = re.search(r"option_docs\[\] = \{(.*?)\n\};", source, re.S)
    names = re.findall(r'\[OPT_\w+\] = \{"(\w+)"', table.group(1)) if table else []
    if not names:
        raise Failed("boot/options.c: option_docs[] was not found")
    return names


def replay_words(_job):
    """The pages replay one and the same schedule: an older one is refused, or is another one's."""
    words = {word for path in ("README.md", "tests/replay.md")
             for line in lines_of(path) for word in re.findall(r"\bR1\.\w{8}\.[\w.-]+", line)}
    demand_none(sorted(words)[1:], "not what the other page replays")


def readme_options(_job):
    """The README's option table has every option of the kernel, and no other, and all suites."""
    in_readme = [match.group(1) for match in
                 (re.match(r"^\| `(\w+)=", line) for line in lines_of("README.md")) if match]
    demand_none([n for n in option_names() if n not in in_readme], "missing in README's table")
    demand_none([n for n in in_readme if n not in option_names()], "in README, not in the kernel")
    row = next(line for line in lines_of("README.md") if line.startswith("| `run=`"))
    for path in glob.glob("tests/scenarios/*.c"):
        for suites in re.findall(r'^\t\.suites = "(.*)",$', "\n".join(lines_of(path)), re.M):
            # One that is a suite of its own has its own name for it.
            demand_none([s for s in suites.split(",") if "`%s`" % s not in row and
                         s != os.path.basename(path)[:-2]], path + ": suites not in README")


def mutants(job):
    """Every seeded fault still finds the text it replaces."""
    job.command("python3", "lock/mutants/mutate.py", "lock/rqspinlock", job.folder).expect(0)
