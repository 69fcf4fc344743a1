# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks of LINUX=: trees that cannot be used, and a real one where there is one."""
import glob
import os
import re
import shutil

from job import TOP, Failed, Skipped

VERSION = "7.2"  # of the tree that is fetched where none is there
OVERLAY = os.path.join(TOP, "lock/linux/overlay.py")
# Situations in virtual time that between them stop in most of the lock's windows.
SCRIPTS = ("a-acquire", "false-abba", "f-lone-head", "h6-nmi", "w5-false", "w9-stretch")
# What is the same whatever the order of events: scenario, context.
FIXED = ("aa-task", "aa-nmi", "head-nmi", "owner-nmi", "held-overflow", "stuck-owner")


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as out:
        out.write(text)


def fake_tree(job, name, version="7.2"):
    """A folder that looks like a Linux tree from far; every file of the lock is empty."""
    top = os.path.abspath(os.path.join(job.folder, name))
    shutil.rmtree(top, ignore_errors=True)
    for path in job.command("python3", OVERLAY, "--files").expect(0).out.split():
        write(os.path.join(top, path), "")
    write(os.path.join(top, "Makefile"), "VERSION = %s\nPATCHLEVEL = %s\nSUBLEVEL = 0\n"
          "EXTRAVERSION =\n" % tuple(version.split(".")))
    return top


def bad_trees(job):
    """Each tree that cannot be used is one line, status 2, and nothing is built."""
    build = os.path.join(job.folder, "build")

    def refused(linux, pattern):
        result = job.command("make", "run", "BUILD=" + build, "LINUX=" + linux)
        result.expect(2, "^LINUX=.*" + pattern)
        lines = [line for line in result.err.split("\n") if line and not line.startswith("make")]
        if len(lines) != 1:
            raise Failed("LINUX=%s: %d lines instead of one" % (linux, len(lines)))
        if os.path.exists(build):
            raise Failed("LINUX=%s: something was built" % linux)

    refused("/nonexistent", "/nonexistent: is not there")
    refused(os.path.abspath(job.folder), "is not a Linux tree: no Makefile with VERSION")
    refused(fake_tree(job, "old", "6.14"), r"is Linux 6\.14; rqspinlock came with 6\.15")
    tree = fake_tree(job, "tree")
    for name in ("kernel/bpf/rqspinlock.c", "kernel/locking/qspinlock.c"):
        os.remove(os.path.join(tree, name))
        refused(tree, "has no " + name)
        write(os.path.join(tree, name), "")
    write(os.path.join(tree, "include/asm-generic/rqspinlock.h"), "\n<<<<<<< HEAD\n")
    refused(tree, r"an unfinished merge: include/asm-generic/rqspinlock\.h:2 begins with <<<<<<<")
    same = fake_tree(job, "same"), fake_tree(job, "twin")
    # git bisect in a worktree exports its repository; ours is another one.
    told = [re.findall(r"^COMMIT := .*$", job.command("make", "-np", "help", env=env).out, re.M)
            for env in (None, {"GIT_DIR": os.path.abspath(job.folder)})]
    if told[0] != told[1] or not told[0]:
        raise Failed("with another GIT_DIR %s, not %s" % (told[1], told[0]))
    job.command("python3", "tests/run/words.py",
                "REPLAY=R1.b7357839.linux-qspinlock:7.2.12+.pair-twice.6c1").expect(0)
    # make expands what it is given; echo shows what that is.
    dollar = fake_tree(job, "a$b")
    job.command("python3", "tests/run/run.py", "list", "BUILD=" + os.path.join(
        job.folder, "none"), "LINUX=" + dollar, env={"MAKE": "echo"}).expect(
            2, r" LINUX=\S+/a\$\$b ")
    # No empty file in place of what is somewhere else.
    other = os.path.join(os.path.abspath(job.folder), "precious.h")
    write(other, "kept")
    source = os.path.join(same[0], "kernel/bpf/rqspinlock.c")
    for name in ("<%s>" % other, '"../../../%s/precious.h"' % os.path.basename(job.folder),
                 "<../../no.h>"):
        write(source, "#include %s\n" % name)
        refused(same[0], r"rqspinlock\.c includes \S+, which is not in the tree")
    with open(other) as text:
        if text.read() != "kept":
            raise Failed("a file outside of the build folder was written")
    write(source, "")
    # A version that make and sh could take for orders, and what an earlier one left.
    evil = fake_tree(job, "evil")
    with open(os.path.join(evil, "Makefile"), "a") as text:
        text.write("EXTRAVERSION = -$(shell)`a`'\"\n")
    for damage in (None, "LINUX_IDS := $(error old)\n", "else\n"):
        if damage:
            write(os.path.join(job.folder, "damaged/x86_64/linux/trees.mk"), damage)
        job.command("make", "-n", "BUILD=" + os.path.join(job.folder, "damaged"), "LINUX=" + evil,
                    "all").expect(0, r'LINUX_VERSION=.*"7\.2---shell--a---"')
    refused(":".join(same), r"are both linux:7\.2; a run tells trees apart")
    refused(same[0] + "::" + same[1], "an empty path")
    with open(os.path.join(same[1], "Makefile"), "a") as text:
        text.write("EXTRAVERSION = -tas\n")
    refused(":".join(same), r"linux:7\.2 and linux:7\.2-tas, have locks with the same name")
    with open(os.path.join(same[1], "Makefile"), "a") as text:
        text.write("<<<<<<< HEAD\n")
    refused(same[1], r"an unfinished merge: Makefile:6 begins with <<<<<<<")
    # A file that cannot be read, for root too.
    os.remove(source)
    os.symlink("/proc/self/mem", source)
    refused(same[0], r"kernel/bpf/rqspinlock\.c: Input/output error")


def bisect(job):
    """With BISECT=1 all that is refused is 128 or more, by whomever: git bisect run stops there."""
    write(os.path.join(job.folder, "bin/gcc"), "#!/bin/sh\nexit 1\n")
    os.chmod(os.path.join(job.folder, "bin/gcc"), 0o755)
    no_gcc = {"PATH": os.path.abspath(os.path.join(job.folder, "bin")) + ":" + os.environ["PATH"]}

    def stops(goal, word, pattern, env=None):
        # As git does; it is sh that makes a status of the signal which ended make.
        result = job.command("sh", "-c", '"$@"; exit $?', "sh", "make", "-s", goal, "BISECT=1",
                             "LINUX=/nonexistent", word, env=env)
        if result.status < 128:
            raise Failed("make %s %s: git bisect run would go on, with status %d" % (
                goal, word, result.status))
        result.expect(result.status, pattern)

    stops("linux-check", "SMPS=4", r"SMPS: unknown variable; there are: ")
    stops("linux-check", "SMP=4", r"SMP: make linux-check has no use for it; it takes: ")
    stops("linux-check", "ARCH=mips", r"ARCH=mips: must be one of: x86_64 arm64")
    stops("linux-check", "BUILD=/dev/null/build", r"/dev/null.*: Not a directory")
    stops("linux-check", "BISECT=yes", r"^linux-check: BISECT=yes: must be 1")
    stops("linux-chek", "DEFECT=F", r"BISECT: make linux-chek has no use for it")
    # A status that make cannot end with for want of exit_status.so.
    stops("linux-check", "BUILD=" + os.path.join(job.folder, "build"), "is not a folder", no_gcc)


def trees():
    return sorted(glob.glob("build/linux-src/[0-9]*"))


def fetch(job):
    """The tree that the checks below use: one that is there already, else Debian's."""
    if trees():
        return
    try:
        result = job.command("make", "-s", "linux-src", "VERSION=" + VERSION)
    except Failed as failure:  # a network that does not answer is no fault of ours
        raise Skipped("no Linux tree can be had: %s" % failure) from None
    if result.status:
        raise Skipped("no Linux tree can be had: " + result.err.split("\n")[0])


def real_tree():
    if not trees():
        raise Skipped("needs a Linux tree: make linux-src VERSION=" + VERSION)
    return os.path.abspath(trees()[-1])


def copy_of(tree, job, name):
    """A copy to make faults in. Return: its path."""
    copy = os.path.abspath(os.path.join(job.folder, name))
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(tree, copy)
    return copy


def causes(job, lock):
    """{scenario and context: outcomes and causes} of the scenarios whose events are fixed."""
    found = {}
    for scenario in FIXED:
        pattern = r"^# cpu id=all case=%s\.%s (ctx=.*)$" % (re.escape(lock), scenario)
        for line in re.findall(pattern, job.report(), re.M):
            words = re.findall(r"\b(?:ctx|edeadlk|etimedout|cause\.[\w-]+)=\w+", line)
            if len(words) > 1:
                found[scenario, words[0]] = words[1:]
    return found


def drop_in(arch, *words):
    """An unmodified tree builds, passes, and does what our revision of it does, for its reasons."""
    def check(job):
        tree = real_tree()
        build = "build/check/linux" + ("-clang" if words else "")
        run = ["python3", "tests/run/run.py", "run", "OUT=" + job.folder, "ACCEL=tcg",
               "BUILD=" + build, "ARCH=" + arch, "LINUX=" + tree, "SMP=4", "THREAD=single"]
        job.command(*run, *words, "RUN=deadlock,exclusion,uncontended,nmi-storm",
                    "LOCK=rq-7.2*,linux*").expect(0)
        name = re.search(r"case=linux:(\S+?)\.aa-task ", job.report()).group(1)
        for suffix in ("", "-tas"):
            ours = causes(job, "rq-7.2" + suffix)
            theirs = causes(job, "linux:%s%s" % (name, suffix))
            if len(ours) < len(FIXED):
                raise Failed("outcomes of %d scenarios, not %d" % (len(ours), len(FIXED)))
            for key, value in ours.items():
                if theirs.get(key) != value:
                    raise Failed("%s %s: rq-7.2%s %s, linux:%s%s %s" % (
                        *key, suffix, " ".join(value), name, suffix, theirs.get(key)))
        for script in SCRIPTS:
            job.command(*run, *words, "RUN=script", "OPTS=script=" + script,
                        "LOCK=rq-7.2,linux:" + name)
            seen = re.findall(r"^# script case=(\S+)\.script name=\S+ (.*) steps=", job.report(),
                              re.M)
            if len(seen) != 2 or seen[0][1] != seen[1][1] or "impossible" in seen[0][1]:
                raise Failed("%s: %s" % (script, "; ".join(" ".join(pair) for pair in seen)))
    return check


def patched(job):
    """Two trees at once; a header and a name without stand-in; an error in the patch."""
    tree = real_tree()
    copy = copy_of(tree, job, "patched")
    source = os.path.join(copy, "kernel/bpf/rqspinlock.c")
    with open(source) as text:
        original = text.read()
    with open(os.path.join(copy, "Makefile")) as text:
        makefile = text.read()
    write(os.path.join(copy, "Makefile"),
          re.sub(r"^EXTRAVERSION *=.*$", "EXTRAVERSION = -patched", makefile, flags=re.M))

    def build(text, linux=copy):
        write(source, text)
        return job.command("make", "-s", "-j4", "BUILD=build/check/linux-patched",
                           "LINUX=" + linux, "all")

    build("#include <linux/no_such_header.h>\n" + original, tree + ":" + copy).expect(
        0, r"-patched: note: kernel/bpf/rqspinlock\.c includes <linux/no_such_header\.h>, which "
        r"has no stand-in: taken as empty")
    job.run("BUILD=build/check/linux-patched", "LOCK=linux*", "RUN=aa-task", "SMP=1").expect(
        0, r"^ok \d+ linux:[\w.]+\.aa-task", r"^ok \d+ linux:[\w.-]+-patched\.aa-task")
    # Names that patches use, though today's files do not.
    build(original + "void patch(atomic_t *a, int b);\nvoid patch(atomic_t *a, int b)\n{\n"
          "\tatomic_inc(a);\n\tatomic_dec(a);\n\tsmp_rmb();\n\tBUG_ON(b == INT_MAX);\n"
          "\tatomic_cond_read_acquire_timeout(a, VAL, b, 1);\n"
          "\tatomic_cond_read_acquire_timeout(a, VAL, b > 1);\n"
          "\tif (WARN_ON(b) || WARN_ON_ONCE(b))\n"
          "\t\tpr_err(\"%d\", max(b, 1) + min_t(u32, b, 2) + max_t(long, b, 3));\n}\n").expect(0)
    name = original.replace("smp_wmb();", "smp_wmb(); no_such_name();", 1)
    result = build(name).expect(2, r"rqspinlock\.c needs `no_such_name`, which neither")
    if not result.err.index("error: ") < result.err.index("needs `no_such_name`"):
        raise Failed("the compiler's own message does not come first")
    header = os.path.join(copy, "include/asm-generic/rqspinlock.h")
    for text, lacks in (("DEFINE_NO_SUCH(int, foo);", "DEFINE_NO_SUCH"),
                        ("static struct no_such_type foo;", "no_such_type"),
                        ("struct a { struct no_such_type b; };", "no_such_type")):
        build(original + text + "\n").expect(2, r"rqspinlock\.c needs `%s`, which neither" % lacks)
    # A patch that renames what our half uses.
    with open(header) as text:
        was = text.read()
    write(header, was.replace("grab_held_lock_entry", "take_held_lock_entry"))
    build(original.replace("grab_held_lock_entry", "take_held_lock_entry")).expect(
        2, r"the tree no longer has the name `grab_held_lock_entry` that lock/linux/rqspinlock\.c")
    write(header, was)
    result = build(original.replace("smp_wmb();", "smp_wmb()", 1)).expect(2, r"rqspinlock\.c:\d+")
    if "needs `" in result.err:
        raise Failed("a plain error was taken for a missing name")
    # A per-CPU variable has its place, and a held table as large as the tree wants it.
    header = os.path.join(copy, "include/asm-generic/rqspinlock.h")
    nodes = os.path.join(copy, "include/asm-generic/mcs_spinlock.h")
    for path, old, new, status, pattern in (
            (header, r"(RES_NR_HELD\s+)31\b", r"\g<1>63", 0, ""),
            (nodes, r"^(struct mcs_spinlock \{)", r"\1\n\tlong more[9];", 2,
             "the per-CPU variable rqnodes is larger than the 256 bytes"),
            (nodes, r"^(struct mcs_spinlock \{)", r"\1\n\tlong more;", 0, "")):
        with open(path) as text:
            was = text.read()
        write(path, re.sub(old, new, was, flags=re.M))
        build(original).expect(status, pattern)
        write(path, was)
    # In the image is the last of them: nodes in a place of their own.
    job.run("BUILD=build/check/linux-patched", "RUN=matrix", "LOCK=linux:*", "SMP=1").expect(0)
    # An old time, as a checkout or rsync may leave it, hides no change.
    time = os.stat(source).st_mtime
    build(original).expect(0)
    write(source, original.replace("smp_wmb();", "smp_wmb()", 1))
    os.utime(source, (0, 0))
    make = ("make", "-s", "-j4", "BUILD=build/check/linux-patched", "all")
    job.command(*make, "LINUX=" + copy).expect(2, r"rqspinlock\.c:\d+")
    write(source, original)
    os.utime(source, (time, time))
    # The same version elsewhere, in a folder whose name means something to make and sh.
    for name in ("moved", "a=b;c"):
        moved = os.path.join(os.path.dirname(copy), name)
        shutil.rmtree(moved, ignore_errors=True)
        os.rename(copy, moved)
        job.command(*make, "LINUX=" + moved).expect(0)
        copy = moved
    write(os.path.join(copy, "kernel/bpf/rqspinlock.c"), original + "\nno such thing\n")
    job.command(*make, "LINUX=" + copy).expect(2, r"rqspinlock\.c:\d+")


def verdict(job):
    """make linux-check: a tree that holds, the same with a fault, one that does not build."""
    tree = real_tree()
    copy = copy_of(tree, job, "tree")
    source = os.path.join(copy, "kernel/bpf/rqspinlock.c")
    with open(source) as text:
        original = text.read()

    def judge(text, *words):
        write(source, text)
        return job.command("make", "-s", "BUILD=build/check/linux-verdict", "linux-check",
                           "LINUX=" + copy, *words)

    judge(original).expect(0, r"our revision nearest to it is rq-", r"^worse than rq-7\.2: nothing",
                           r"^verdict: linux:\S+ holds")
    # A wait that counts before it asks for the time lasts as long: passes take none.
    late = original.replace("if (!(ts).spin++)", "if (!++(ts).spin)")
    if late == original:
        raise Failed("%s does not count passes as it did" % source)
    judge(late, "DEFECT=F", "BISECT=1").expect(
        0, r"^  matrix: cells as rq-\S+ +(\d+) of \1\b")
    # A head that leaves its queue without the lock.
    broken = original.replace("\tset_locked(lock);\n", "\t(void)lock;\n")
    if broken == original:
        raise Failed("%s has no set_locked(lock) to leave out" % source)
    judge(broken).expect(1, r"^  - exclusion: lock 0: exclusion violated",
                         r"^verdict: linux:\S+ has defects")
    judge(broken, "DEFECT=F", "BISECT=1").expect(0, r"holds as to F")
    # An entry too much in the test-and-set path is none of the defects that have a name.
    pushes = original.replace("\tRES_INIT_TIMEOUT(ts);\n", "\tRES_INIT_TIMEOUT(ts);\n"
                              "\tgrab_held_lock_entry(lock);\n", 1)
    if pushes == original:
        raise Failed("%s has no RES_INIT_TIMEOUT(ts) to push behind" % source)
    judge(pushes, "DEFECT=A,B,C,D,E,F", "BISECT=1").expect(
        0, r"^  - aa-task: not-released", r"holds as to A,B,C,D,E,F; its defects: without a name")
    # A stable release that has the fix of a later one.
    with open(os.path.join(copy, "Makefile")) as text:
        makefile = text.read()
    write(os.path.join(copy, "Makefile"),
          "VERSION = 7\nPATCHLEVEL = 1\nSUBLEVEL = 9\nEXTRAVERSION =\n")
    judge(original, "BISECT=1", "DEFECT=F").expect(
        0, r"nearest to it is rq-7\.2 \(by what it does; by its version rq-6\.19\)")
    write(os.path.join(copy, "Makefile"), makefile)
    # A fast path that never ends while nobody holds the lock.
    header = os.path.join(copy, "include/asm-generic/rqspinlock.h")
    with open(header) as text:
        was = text.read()
    stuck = was.replace("grab_held_lock_entry(lock);\n", "grab_held_lock_entry(lock);\n"
                        "\twhile (!atomic_read(&lock->val))\n\t\t;\n", 1)
    if stuck == was:
        raise Failed("%s has no grab_held_lock_entry(lock) to loop behind" % header)
    write(header, stuck)
    write(source, original)
    job.command("make", "-s", "BUILD=build/check/linux-verdict", "LINUX=" + copy, "all").expect(0)
    job.run("BUILD=build/check/linux-verdict", "RUN=window-map", "LOCK=linux:*", "SMP=1").expect(
        1, r"^not ok 1 .* path \S+: endless even without an NMI: core \d+ waits .* at "
        r"\w+\+0x\w+ and does not get [A-D]$")
    job.run("BUILD=build/check/linux-verdict", "RUN=script", "SCRIPT=a-acquire", "LOCK=linux:*",
            "SMP=1").expect(1, r"^not ok 1 .* a-acquire: endless: line \d+: core \d+ waits ")
    job.command("make", "-s", "BUILD=build/check/linux-verdict", "LINUX=" + copy,
                "linux-check").expect(1, r"^  - a-acquire on linux:\S+ never ends, so no script")
    job.command("make", "-s", "BUILD=build/check/linux-verdict", "LINUX=" + copy, "BISECT=1",
                "DEFECT=A", "linux-check").expect(125, r"never ends a-acquire: nothing is known")
    write(header, was)
    judge(original + "\nno such thing\n").expect(2, r"linux-check: linux:\S+ does not build")
    judge(original + "\nno such thing\n", "BISECT=1").expect(125)
    job.command("make", "-s", "linux-check", "LINUX=/nonexistent", "BISECT=1").expect(
        128, r"^linux-check: LINUX=/nonexistent: is not a folder")
    # A crash: a wild pointer in the slow path.
    crash = original.replace("\tset_locked(lock);\n", "\t*(volatile int *)(1ul << 63) = 1;\n")
    judge(crash, "BISECT=1").expect(3, r"^linux-check: \w+: Bail out! ")
    judge(crash, "BISECT=1", "DEFECT=F").expect(125)
    job.command("make", "-s", "linux-check").expect(2, r"^linux-check: LINUX=: one Linux tree")
    job.command("make", "-s", "linux-check", "LINUX=" + copy, "DEFECT=G").expect(
        2, r"DEFECT=G: must be letters A to F")
