#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Host tests of the runner's own parts: variables, QEMU's command line, missing packages."""
import os
import shutil
import stat
import subprocess
import tempfile
import unittest
from unittest import mock

import host
import qemu
import run
import words

HERE = os.path.dirname(os.path.abspath(__file__))


class Words(unittest.TestCase):
    def test_defaults(self):
        got = words.parse([])
        self.assertEqual((got["ARCH"], got["SMP"], got["BOOT"]), ("x86_64", "4", "direct"))
        self.assertEqual(words.parse(["SMP="])["SMP"], "4")

    def test_wrong(self):
        for word, sentence in (("SMQ=3", "did you mean SMP?"), ("SMP=-1", "SMP=-1: must be"),
                               ("LOCK=a;b", "LOCK=a;b: must be"), ("OPTS=a\nb", "must be one"),
                               ("REDUCE=x", "must be one of: none points states"),
                               ("MUTANTS=yes", "MUTANTS=yes: must be 1"),
                               ("DURATION=0", "above 0"), ("DURATION=1e3", "must be seconds"),
                               ("--help", "unknown variable")):
            with self.assertRaises(words.WordError) as caught:
                words.parse([word])
            self.assertIn(sentence, str(caught.exception))

    def test_kernel_options(self):
        got = words.parse(["RUN=abba,aa-*", "LOCK=rq-7.2", "SEED=0x51", "OPTS=cpus=2 end=off"])
        self.assertEqual(words.kernel_options(got, "6f1c"),
                         "run_id=6f1c run=abba,aa-* lock=rq-7.2 seed=0x51 cpus=2 end=off")

    def test_longest_section(self):
        for line, seconds in (("", 0), ("cpus=2", 0), ("hold=20000", 0.02), ("nmi_hold=0.5", 5e-7),
                              ("hold=20000 nmi_hold=30000 end=off", 0.03), ("hold=long", 0),
                              ("hold=99999999999", 10), ("household=5", 0)):
            self.assertEqual(words.longest_section({"OPTS": line}), seconds)

    def test_deadlines_follow(self):
        """Long sections and long cases are not taken for a machine that is stuck."""
        plain, long = (run.Watch(words.parse(given), run.Boot.CASE_LIMIT) for given in (
            ["SMP=4"], ["SMP=4", "DURATION=3", "OPTS=hold=1000000"]))
        self.assertEqual(long.case_limit - plain.case_limit, 4 * 3 + 8 * 5)
        self.assertEqual(long.silence_limit - plain.silence_limit, 4 * 3 + 8 * 5)


class Interrupted(unittest.TestCase):
    """The report of the run before must not pass for this one's."""

    def left(self, lines, form="text"):
        """What is in the folder after an interruption that comes after some lines."""
        with tempfile.TemporaryDirectory() as folder:
            for suffix in ("txt", "html"):
                with open(os.path.join(folder, "report." + suffix), "w") as old:
                    old.write("old")
            boot = run.Boot({"FORMAT": "list"}, None, folder)

            def stop():
                boot.take(lines)
                raise run.Interrupted(2)

            with mock.patch.object(boot, "run", stop), self.assertRaises(run.Interrupted):
                run.run_anew(boot, {"FORMAT": form})
            found = {}
            for name in os.listdir(folder):
                with open(os.path.join(folder, name)) as file:
                    found[name] = file.read()
            return found

    def test_report(self):
        cut = "@@BEGIN barelock 1 run=1\n1..2\n"
        self.assertEqual(self.left(b"noise\n" + cut.encode()),
                         {"report.txt": cut, "report.html": "old"})
        self.assertEqual(self.left(b"noise\n"), {"report.html": "old"})
        self.assertEqual(self.left(b"", "html"), {})


class Host(unittest.TestCase):
    def test_tsan_options(self):
        """Ours do not replace the user's."""
        self.assertEqual(host.tsan_options(""), "suppressions=tests/run/tsan.supp")
        self.assertEqual(host.tsan_options("history_size=7"),
                         "suppressions=tests/run/tsan.supp:history_size=7")

    def test_what_failed(self):
        lines = ["# error lock=x: no such lock", "not ok 1 options # ERROR lock=x: no such lock",
                 "not ok 2 calibrate # ERROR no clock", "not ok 3 a # b", "ok 4 c"]
        self.assertEqual(host.what_failed(lines), [lines[0], lines[2], lines[3]])

    def test_locks(self):
        locks = ["rq-6.15", "rq-7.2", "mcs"]
        for wanted in ("", "mcs", "rq-*", "mc?,rq-7.2"):
            host.check_locks(wanted, locks)
        for wanted, word in (("nosuch", "nosuch"), ("mcs,rq-7?2,rq-7", "rq-7"), ("x*", "x*")):
            with self.assertRaisesRegex(qemu.QemuError, r"^LOCK=%s: no such lock" % (
                    word.replace("*", r"\*"))):
                host.check_locks(wanted, locks)
        self.assertTrue(host.chosen("", "rq-7.2", "resilient"))
        self.assertFalse(host.chosen("", "rq-6.15", "resilient,old"))

    def test_count_of_others(self):
        for word in ("SAN=thread", "RT=1"):
            with mock.patch("host.needed"), self.assertRaisesRegex(qemu.QemuError, "^" + word):
                host.command_count(words.parse([word], host.own_words()))


class CommandLine(unittest.TestCase):
    def args(self, *given):
        with mock.patch("qemu.find_binary", return_value="qemu"), \
             mock.patch("qemu.find_firmware", return_value="fw"), \
             mock.patch("qemu.Machine.stick", return_value="stick.img"), \
             mock.patch("qemu.host_cores", return_value=2):
            machine = qemu.Machine(words.parse(given), "build", "run=a,b lock=c")
            return " ".join(machine.args())

    def test_single_thread(self):
        """More vCPUs than host cores take turns on one thread; as many do not."""
        self.assertIn("-accel tcg,thread=single", self.args("SMP=3"))
        self.assertIn("-accel tcg,thread=multi -cpu", self.args("SMP=2"))
        self.assertIn("-accel tcg,thread=single", self.args("SMP=2", "THREAD=single"))

    def test_doors(self):
        direct = self.args("ARCH=x86_64")
        self.assertIn("-kernel build/x86_64/barelock.elf -append run=a,b lock=c", direct)
        self.assertNotIn("-bios", direct)
        self.assertIn("-bios fw -kernel build/x86_64/BOOTX64.EFI", self.args("BOOT=uefi"))
        usb = self.args("ARCH=arm64", "BOOT=usb")
        self.assertIn("id=stick,format=raw,file=stick.img -device usb-storage", usb)
        self.assertNotIn("-kernel", usb)

    @unittest.skipUnless(shutil.which("mcopy"), "needs mtools")
    def test_stick(self):
        """The options of a run from the stick stand in its barelock.cfg, on a copy."""
        with tempfile.TemporaryDirectory() as folder:
            image = os.path.join(folder, "barelock-usb.img")
            for name in ("x64", "aa64"):
                with open(os.path.join(folder, name), "w") as fake:
                    fake.write(name)
            subprocess.run([os.path.join(HERE, "usb.sh"), image, os.path.join(folder, "x64"),
                            os.path.join(folder, "aa64")], check=True, stdout=subprocess.DEVNULL)
            with mock.patch("qemu.find_binary", return_value="qemu"):
                given = words.parse(["BOOT=usb", "OUT=" + folder])
                copy = qemu.Machine(given, folder, "run=a,b lock=c").stick()
            self.assertNotEqual(copy, image)
            text = subprocess.run(["mcopy", "-i", copy + "@@1M", "::/barelock.cfg", "-"],
                                  check=True, stdout=subprocess.PIPE).stdout
            self.assertEqual(text, b"run=a,b lock=c\n")
            os.remove(image)
            with self.assertRaises(qemu.QemuError):
                with mock.patch("qemu.find_binary", return_value="qemu"):
                    qemu.Machine(given, folder, "").stick()

    def test_gic(self):
        self.assertIn("virt,gic-version=3,secure=on", self.args("ARCH=arm64", "MACHINE=secure=on"))
        self.assertIn("virt,gic-version=2 ", self.args("ARCH=arm64", "MACHINE=gic-version=2"))

    def test_memory(self):
        """4 cores in 64 MB, 512 in 1 GB."""
        self.assertEqual(qemu.memory_mb("x86_64", "direct", 4), 64)
        self.assertLessEqual(qemu.memory_mb("arm64", "direct", 512), 1024)


class Dependencies(unittest.TestCase):
    """deps.sh on a made-up machine: a PATH with only what each test puts there."""

    def setUp(self):
        self.bin = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.bin)
        self.log = os.path.join(self.bin, "log")
        for name in ("sh", "uname", "python3", "gcc", "ld", "make", "env"):
            os.symlink(shutil.which(name), os.path.join(self.bin, name))

    def put(self, name, body):
        path = os.path.join(self.bin, name)
        with open(path, "w") as out:
            out.write("#!/bin/sh\n%s\n" % body)
        os.chmod(path, stat.S_IRWXU)

    def deps(self, *args, **env):
        done = subprocess.run(["sh", os.path.join(HERE, "deps.sh")] + list(args), check=False,
                              env=dict(env, PATH=self.bin), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout.decode()

    def calls(self):
        if not os.path.exists(self.log):
            return []
        with open(self.log) as log:
            return log.read().splitlines()

    def test_without_root(self):
        """It prints the line and stops with status 2; nothing is installed."""
        self.put("id", "echo 1000")
        self.put("apt-get", "echo apt-get $* >>%s" % self.log)
        status, out = self.deps("run", "arm64")
        self.assertEqual(status, 2)
        self.assertRegex(out, r"as root: apt-get install -y .*\bgcc-aarch64-linux-gnu\b.*"
                              r"\bqemu-system-arm\b")
        self.assertNotIn("dpkg --add-architecture", out)
        self.assertEqual(self.calls(), [])

    def test_as_root(self):
        """One install line, printed before it runs."""
        self.put("id", "echo 0")
        self.put("apt-get", "echo apt-get $* >>%s" % self.log)
        status, out = self.deps("run", "arm64")
        self.assertEqual(status, 0, out)
        installs = [call for call in self.calls() if " install " in call]
        self.assertEqual(len(installs), 1)
        self.assertIn(installs[0], out)

    def test_sudo(self):
        self.put("id", "echo 1000")
        self.put("apt-get", "exit 1")
        self.put("sudo", "echo sudo $* >>%s" % self.log)
        status, out = self.deps("run", "arm64")
        self.assertEqual(status, 0, out)
        self.assertIn("sudo apt-get install", out)
        self.assertTrue(all(call.startswith("sudo ") for call in self.calls()))

    def test_install_fails(self):
        self.put("id", "echo 0")
        self.put("apt-get", "exit 100")
        status, out = self.deps("run", "arm64")
        self.assertEqual(status, 2)
        self.assertIn("could not be installed", out)

    def test_no_apt(self):
        status, out = self.deps("run", "arm64")
        self.assertEqual(status, 2)
        self.assertIn("there is no apt-get here", out)

    def test_given_tools_are_not_installed(self):
        self.put("id", "echo 1000")
        self.put("apt-get", "exit 1")
        _, out = self.deps("run", "arm64", CC="clang", QEMU="/opt/qemu")
        self.assertNotIn("gcc-aarch64", out)
        self.assertNotIn("qemu-system-arm", out)
        self.assertRegex(out, r"\bclang\b")


if __name__ == "__main__":
    unittest.main()
