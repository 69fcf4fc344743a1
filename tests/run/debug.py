# SPDX-License-Identifier: GPL-2.0-or-later
"""`make debug`: QEMU halted at its first instruction, gdb attached, symbols loaded."""
import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile

import qemu

COMMAND_LIMIT = 120
SYMBOLS = {"x86_64": ("barelock-pvh.elf", "barelock-efi.elf"), "arm64": ("barelock.elf",) * 2}


def find_gdb(arch):
    for name in ("gdb-multiarch",) + (("gdb",) if qemu.HOST_ARCH == arch else ()):
        if shutil.which(name):
            return name
    raise qemu.QemuError("gdb-multiarch: not found")


def image_base(report):
    """Where the firmware put the image, as the kernel itself printed it."""
    for line in report.lines:
        match = re.search(r"^# boot\b.*\bimage=(0x[0-9a-f]+)", line)
        if match:
            return match.group(1)
    raise qemu.QemuError("debug: the report of a first boot has no '# boot image='")


def symbol_commands(words, build, first_boot):
    """gdb commands that load the symbols. The linked address is right only for x86's PVH file."""
    direct = words["BOOT"] == "direct"
    path = os.path.join(build, words["ARCH"], SYMBOLS[words["ARCH"]][0 if direct else 1])
    if words["ARCH"] == "x86_64" and direct:
        return ["file " + path]
    # The same machine loads the image at the same place every time, so one boot tells where.
    return ["add-symbol-file %s -o %s" % (path, image_base(first_boot()))]


def gdb_args(words, socket, symbols):
    architecture = "i386:x86-64" if words["ARCH"] == "x86_64" else "aarch64"
    # Software breakpoints written before the image is loaded are lost, so all are hardware ones.
    commands = ["set confirm off", "set pagination off", "set architecture " + architecture,
                "set breakpoint auto-hw on", "set remote hardware-breakpoint-limit 4",
                "target remote " + socket] + symbols
    args = [find_gdb(words["ARCH"]), "-q", "-nx"] + (["-batch"] if words["DEBUG_CMD"] else [])
    commands += [part.strip() for part in words["DEBUG_CMD"].split(";") if part.strip()]
    for command in commands:
        args += ["-ex", command]
    return args


def debug(words, machine, out, first_boot):
    """Run it. @first_boot: boots the same machine once and gives its Report. Return: status."""
    symbols = symbol_commands(words, words["BUILD"], first_boot)
    with tempfile.TemporaryDirectory(prefix="barelock-gdb-") as folder:
        socket = os.path.join(folder, "gdb")
        serial = os.path.join(out, "serial.log")
        args = machine.args(serial="file:" + serial) + [
            "-S", "-chardev", "socket,id=gdb,server=on,wait=off,path=" + socket,
            "-gdb", "chardev:gdb"]
        process = qemu.Process(args, os.path.join(out, "qemu.log"))
        try:
            while not os.path.exists(socket):
                if process.read(0.05) == b"":
                    raise qemu.QemuError("QEMU: " + process.complaint())
            command = gdb_args(words, socket, symbols)
            print("serial port: %s\n%s" % (serial, shlex.join(command)), flush=True)
            limit = COMMAND_LIMIT if words["DEBUG_CMD"] else None
            if not limit:
                # Ctrl-C at the prompt is for gdb: it stops the machine, not us.
                signal.signal(signal.SIGINT, signal.SIG_IGN)
            return 0 if subprocess.run(command, timeout=limit, check=False).returncode == 0 else 2
        except subprocess.TimeoutExpired:
            raise qemu.QemuError("debug: gdb did not end within %d s" % COMMAND_LIMIT) from None
        finally:
            process.end()
