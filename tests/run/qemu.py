# SPDX-License-Identifier: GPL-2.0-or-later
"""QEMU: which binary, which machine, which accelerator, and one bounded run of it."""
import ctypes
import os
import platform
import re
import selectors
import shlex
import shutil
import signal
import subprocess
import time

# Ubuntu 22.04's; what is older was never tried.
OLDEST = (6, 2)
HOST_ARCH = {"x86_64": "x86_64", "aarch64": "arm64"}.get(platform.machine())
# Tests put another file in its place.
KVM_DEVICE = os.environ.get("BARELOCK_KVM", "/dev/kvm")
KVM_PROBE_S = 3
PR_SET_PDEATHSIG = 1

FIRMWARE = {
    "x86_64": ("/usr/share/ovmf/OVMF.fd", "/usr/share/OVMF/OVMF.fd"),
    "arm64": ("/usr/share/qemu-efi-aarch64/QEMU_EFI.fd", "/usr/share/AAVMF/AAVMF_CODE.fd"),
}
BINARY = {"x86_64": "qemu-system-x86_64", "arm64": "qemu-system-aarch64"}


class QemuError(Exception):
    """The machine cannot be had; the text is the one line for the user."""


def host_cores():
    return len(os.sched_getaffinity(0))


def find_binary(arch, wanted):
    """The QEMU to use, proved to be one and new enough. @wanted: QEMU= or ''."""
    name = wanted or BINARY[arch]
    path = shutil.which(name)
    if not path:
        raise QemuError("%s: not found%s" % (name, "" if wanted else
                                             "; install it, or give QEMU=<binary>"))
    try:
        done = subprocess.run([path, "--version"], stdout=subprocess.PIPE, timeout=10,
                              stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise QemuError("%s: does not run: %s" % (path, error)) from error
    match = re.search(rb"QEMU emulator version (\d+)\.(\d+)", done.stdout)
    if not match:
        raise QemuError("%s: is not a QEMU system emulator" % path)
    version = (int(match.group(1)), int(match.group(2)))
    if version < OLDEST:
        raise QemuError("%s: is QEMU %d.%d, at least %d.%d is needed" % (
            (path,) + version + OLDEST))
    return path


def find_firmware(arch):
    for path in FIRMWARE[arch]:
        if os.path.exists(path):
            return path
    raise QemuError("%s: UEFI firmware not found" % FIRMWARE[arch][0])


def memory_mb(arch, boot, smp):
    """64 MB for 4 cores, 1 GB for 512; firmware wants room of its own."""
    cores = 64 + max(0, smp - 4) * 15 // 8
    if boot == "direct":
        return cores
    return cores + (192 if arch == "x86_64" else 448)


class Machine:
    """One QEMU command line. @words: the variables as in run.py; @build: build folder."""

    def __init__(self, words, build, options, accel="tcg"):
        self.words, self.build, self.options, self.accel = words, build, options, accel
        self.arch, self.boot = words["ARCH"], words["BOOT"]
        self.smp = int(words["SMP"])
        self.binary = find_binary(self.arch, words["QEMU"])

    def accel_args(self):
        if self.accel == "kvm":
            return ["-accel", "kvm", "-cpu", self.words["CPU"] or "host"]
        thread = self.words["THREAD"]
        if thread == "auto":
            # A FIFO lock with more spinning vCPUs than host cores collapses under MTTCG.
            thread = "single" if self.smp > host_cores() else "multi"
        return ["-accel", "tcg,thread=" + thread, "-cpu", self.words["CPU"] or "max"]

    def machine_args(self):
        extra = "," + self.words["MACHINE"] if self.words["MACHINE"] else ""
        if self.arch == "x86_64":
            return ["-machine", "q35" + extra,
                    "-device", "isa-debug-exit,iobase=0xf4,iosize=4"]
        gic = "" if "gic-version" in extra else ",gic-version=3"
        return ["-machine", "virt" + gic + extra, "-semihosting", "-nic", "none"]

    def image(self):
        """The file QEMU boots."""
        if self.boot == "usb":
            return os.path.join(self.build, "barelock-usb.img")
        if self.arch == "arm64":
            return os.path.join(self.build, "arm64", "BOOTAA64.EFI")
        name = "barelock.elf" if self.boot == "direct" else "BOOTX64.EFI"
        return os.path.join(self.build, "x86_64", name)

    def door_args(self):
        if self.boot == "direct":
            return ["-kernel", self.image(), "-append", self.options]
        firmware = ["-bios", find_firmware(self.arch)]
        if self.boot == "uefi":
            return firmware + ["-kernel", self.image(), "-append", self.options]
        # Without splash-time=0 the firmware waits 5 s for a key.
        return firmware + [
            "-boot", "menu=on,splash-time=0",
            "-device", "qemu-xhci",
            "-drive", "if=none,id=stick,format=raw,file=" + self.stick(),
            "-device", "usb-storage,drive=stick,bootindex=0"]

    def stick(self):
        """This run's own copy of the stick, its options where a person writes them."""
        copy = os.path.join(self.words["OUT"] or os.path.join(self.build, self.arch), "stick.img")
        try:
            subprocess.run(["cp", "--sparse=always", self.image(), copy], check=True,
                           stderr=subprocess.PIPE)
            subprocess.run(["mcopy", "-o", "-i", copy + "@@1M", "-", "::/barelock.cfg"], check=True,
                           stderr=subprocess.PIPE, input=self.options.encode() + b"\n")
        except subprocess.CalledProcessError as error:
            raise QemuError("%s: %s" % (copy, error.stderr.decode("utf-8", "replace").strip())
                            ) from error
        return copy

    def args(self, serial="stdio"):
        memory = memory_mb(self.arch, self.boot, self.smp)
        return ([self.binary] + self.machine_args() + self.accel_args()
                + ["-smp", str(self.smp), "-m", str(memory), "-nodefaults", "-display", "none",
                   "-serial", serial, "-monitor", "none", "-no-reboot"]
                + self.door_args() + shlex.split(self.words["QEMU_ARGS"]))


def die_with_parent():
    """In the child: no QEMU outlives the runner, even when that is killed outright."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Process:
    """One QEMU under deadlines. Its serial port is our pipe, its complaints go to a file."""

    def __init__(self, args, complaints):
        self.complaints = complaints
        with open(complaints, "wb") as errors:
            self.child = subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                          stderr=errors, start_new_session=True,
                                          preexec_fn=die_with_parent)
        os.set_blocking(self.child.stdout.fileno(), False)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.child.stdout, selectors.EVENT_READ)

    def read(self, timeout):
        """Serial bytes; b'' at the end; None when nothing came in @timeout seconds."""
        if not self.selector.select(max(0, timeout)):
            return None
        return self.child.stdout.read(65536) or b""

    def end(self, patience=0.0):
        """Give it @patience seconds, then end it. Return: its status, None if we ended it."""
        status = None
        try:
            status = self.child.wait(patience)
        except subprocess.TimeoutExpired:
            self.child.terminate()
            try:
                self.child.wait(2)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        self.selector.close()
        self.child.stdout.close()
        return status

    def complaint(self):
        """The last thing QEMU itself said, on one line."""
        with open(self.complaints, "rb") as errors:
            lines = errors.read().decode("utf-8", "replace").strip().split("\n")
        return lines[-1]


def kvm_refused(words, build, log):
    """Why KVM cannot be used, or None: only our own exit code from a real boot proves it."""
    if HOST_ARCH != words["ARCH"]:
        return "the host is %s" % platform.machine()
    if not os.path.exists(KVM_DEVICE):
        return "there is no " + KVM_DEVICE
    if not os.access(KVM_DEVICE, os.R_OK | os.W_OK):
        return KVM_DEVICE + " may not be opened by this user"
    probe = dict(words, BOOT="direct", SMP="1", MACHINE="", QEMU_ARGS="")
    process = Process(Machine(probe, build, "list=1", "kvm").args(), log)
    try:
        end = time.monotonic() + KVM_PROBE_S
        while process.read(end - time.monotonic()):
            pass
    finally:
        status = process.end(max(0, end - time.monotonic()))
    if status == 33:
        return None
    if status is None:
        return "a probe boot did not end within %d s" % KVM_PROBE_S
    return "a probe boot ended with %d: %s" % (status, process.complaint() or "no reason given")


def machine_since():
    """Names this start of this host: what was found out about it holds until the next one."""
    try:
        with open("/proc/sys/kernel/random/boot_id") as boot_id:
            return boot_id.read().strip()
    except OSError:
        return ""


class Refusal:
    """A KVM that hangs costs seconds to find out, so a refusal is remembered."""

    def __init__(self, words, build):
        self.path = os.path.join(build, "kvm.refused")
        self.key = " ".join([machine_since(), KVM_DEVICE, words["QEMU"]]) + "\n"

    def read(self):
        try:
            with open(self.path) as file:
                return file.readline() == self.key and file.read()
        except OSError:
            return None

    def write(self, why):
        with open(self.path, "w") as file:
            file.write(self.key + why)


def choose_accel(words, build, log):
    """Return: (accelerator, note for the user or '')."""
    if words["ACCEL"] == "tcg":
        return "tcg", ""
    refusal = Refusal(words, build)
    auto = words["ACCEL"] == "auto"
    why = auto and refusal.read() or kvm_refused(words, build, log)
    if why is None:
        return "kvm", ""
    if not auto:
        raise QemuError("ACCEL=kvm: KVM cannot be used: " + why)
    # Nobody without KVM needs to hear about it; an unusable one is worth a line.
    if HOST_ARCH != words["ARCH"] or not os.path.exists(KVM_DEVICE):
        return "tcg", ""
    refusal.write(why)
    return "tcg", "KVM cannot be used (%s); going on with TCG" % why
