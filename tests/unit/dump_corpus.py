#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Fill tests/unit/corpus/ with the tables that QEMU's machines show to a kernel.

dump_corpus.py [NAME ...]    (QEMU_X86 and QEMU_ARM name other binaries)

acpi/NAME.acpi holds the root pointer's address (8 bytes, little endian), then pieces of memory:
address (8), length (4), bytes. Only tables that the parser reads are kept, and the DSDT of two
small machines. fdt/NAME.dtb is a device tree without the padding that QEMU adds.
"""
import json
import os
import shlex
import socket
import struct
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
CORPUS = os.path.join(HERE, "corpus")
X86 = os.environ.get("QEMU_X86", "qemu-system-x86_64")
ARM = os.environ.get("QEMU_ARM", "qemu-system-aarch64")
AAVMF = "-bios /usr/share/qemu-efi-aarch64/QEMU_EFI.fd -m 256 -cpu max"
WAIT_SECONDS = 90
WANTED = (b"FACP", b"APIC", b"SPCR", b"GTDT", b"HPET", b"XSDT", b"RSDT")

# name: emulator, arguments, where the root pointer may be, whether to keep the DSDT
LOW = (0xE0000, 0x20000)
X86_RAM = (0, 128 << 20)
ARM_RAM = (0x40000000, 256 << 20)
Q35 = "-machine q35 -m 128"
OVMF = "-bios /usr/share/ovmf/OVMF.fd"
GICV3 = f"-machine virt,gic-version=3 {AAVMF}"
ACPI = {
    "q35-4": (X86, f"{Q35} -smp 4", LOW, True),
    "pc-2": (X86, "-machine pc -m 64 -smp 2", LOW, True),
    "q35-nohpet-1": (X86, "-machine q35,hpet=off -m 64 -smp 1", LOW, False),
    "q35-sparse-6": (X86, f"{Q35} -smp 6,sockets=2,cores=3,threads=1", LOW, False),
    "q35-offline-2": (X86, f"{Q35} -smp 2,maxcpus=8", LOW, False),
    "q35-255": (X86, f"{Q35} -smp 255", LOW, False),
    "q35-uefi-2": (X86, f"{Q35} -smp 2 {OVMF}", X86_RAM, False),
    "virt-gicv3-4": (ARM, f"{GICV3} -smp 4", ARM_RAM, False),
    "virt-gicv2-2": (ARM, f"-machine virt,gic-version=2 -smp 2 {AAVMF}", ARM_RAM, False),
    "virt-el2-2": (ARM, f"{GICV3} -machine virtualization=on -smp 2", ARM_RAM, False),
    "virt-gicv3-130": (ARM, f"{GICV3} -smp 130", ARM_RAM, False),
}
# Needs QEMU 8 or later: QEMU_X86=... dump_corpus.py q35-x2apic-260
ACPI_NEW = {
    "q35-x2apic-260": (X86, "-machine q35 -cpu max -smp 260 -m 512", LOW, False),
}
VIRT = "virt,dtb-randomness=off"
DTB = {
    "virt-gicv3-4": (ARM, f"-machine {VIRT},gic-version=3 -cpu max -smp 4 -m 128"),
    "virt-gicv2-2": (ARM, f"-machine {VIRT},gic-version=2 -cpu cortex-a57 -smp 2 -m 128"),
    "virt-el2-secure-2": (ARM, f"-machine {VIRT},gic-version=3,virtualization=on,secure=on "
                          "-cpu cortex-a72 -smp 2 -m 6144"),
    "virt-gicv3-130": (ARM, f"-machine {VIRT},gic-version=3 -cpu max -smp 130 -m 128"),
}


class Machine:
    """A running QEMU whose memory can be read."""

    def __init__(self, emulator, args, folder):
        self.folder = folder
        path = os.path.join(folder, "qmp")
        self.process = subprocess.Popen(
            shlex.split(emulator) + shlex.split(args) +
            ["-accel", "tcg,thread=single", "-nodefaults", "-display", "none", "-no-reboot",
             "-qmp", f"unix:{path},server=on,wait=off"])
        self.stream = None
        for _ in range(100):
            try:
                link = socket.socket(socket.AF_UNIX)
                link.connect(path)
                self.stream = link.makefile("rw")
                break
            except OSError:
                link.close()
                time.sleep(0.1)
        if not self.stream:
            self.close()
            raise SystemExit(f"{emulator} {args}: QEMU does not answer")
        self.stream.readline()
        self.command("qmp_capabilities")

    def command(self, name, **arguments):
        print(json.dumps({"execute": name, "arguments": arguments}), file=self.stream, flush=True)
        while True:
            answer = json.loads(self.stream.readline())
            if "error" in answer:
                raise SystemExit(f"QMP {name}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]

    def read(self, address, size):
        path = os.path.join(self.folder, "memory")
        self.command("pmemsave", val=address, size=size, filename=path)
        with open(path, "rb") as f:
            return f.read()

    def close(self):
        self.process.kill()
        self.process.wait()


def table(machine, address):
    head = machine.read(address, 36)
    return machine.read(address, max(36, struct.unpack_from("<I", head, 4)[0]))


def collect(machine, rsdp_at, keep_dsdt):
    """The pieces of memory that the parser wants to see: {address: bytes}."""
    rsdp = machine.read(rsdp_at, 36)
    if rsdp[15] < 2:
        rsdp = rsdp[:20]
    pieces = {rsdp_at: rsdp}
    roots = [(struct.unpack_from("<I", rsdp, 16)[0], 4)]
    if len(rsdp) == 36:
        roots.append((struct.unpack_from("<Q", rsdp, 24)[0], 8))
    for root, width in roots:
        if not root:
            continue
        data = table(machine, root)
        if data[:4] not in (b"RSDT", b"XSDT"):
            continue
        pieces[root] = data
        for at in range(36, len(pieces[root]), width):
            address = int.from_bytes(pieces[root][at:at + width], "little")
            data = table(machine, address)
            if data[:4] in WANTED:
                pieces[address] = data
            else:
                pieces[address] = data[:36]
            if data[:4] == b"FACP" and keep_dsdt:
                dsdt = struct.unpack_from("<I", data, 40)[0]
                pieces[dsdt] = table(machine, dsdt)
    return pieces


def find_tables(machine, where, keep_dsdt):
    """The first root pointer that leads to an MADT, and its pieces; None while there is none."""
    memory = machine.read(*where)
    at = memory.find(b"RSD PTR ")
    while at >= 0:
        if at % 16 == 0 and sum(memory[at:at + 20]) % 256 == 0:
            pieces = collect(machine, where[0] + at, keep_dsdt)
            if any(piece[:4] == b"APIC" for piece in pieces.values()):
                return where[0] + at, pieces
        at = memory.find(b"RSD PTR ", at + 1)
    return None


def dump_acpi(name, emulator, args, where, keep_dsdt):
    with tempfile.TemporaryDirectory() as folder:
        machine = Machine(emulator, args, folder)
        try:
            found = None
            end = time.time() + WAIT_SECONDS
            while not found and time.time() < end:
                time.sleep(1)
                found = find_tables(machine, where, keep_dsdt)
            if not found:
                raise SystemExit(f"{name}: no ACPI tables after {WAIT_SECONDS} s")
        finally:
            machine.close()
    with open(os.path.join(CORPUS, "acpi", name + ".acpi"), "wb") as f:
        rsdp, pieces = found
        f.write(struct.pack("<Q", rsdp))
        for address in sorted(pieces):
            f.write(struct.pack("<QI", address, len(pieces[address])) + pieces[address])


def dump_dtb(name, emulator, args):
    path = os.path.join(CORPUS, "fdt", name + ".dtb")
    args = args.replace(",gic", f",dumpdtb={path},gic")
    subprocess.run(shlex.split(emulator) + shlex.split(args), check=True,
                   stderr=subprocess.DEVNULL)
    with open(path, "rb") as f:
        data = bytearray(f.read())
    structs, strings, size_strings, size_structs = (
        struct.unpack_from(">I", data, at)[0] for at in (8, 12, 32, 36))
    size = max(structs + size_structs, strings + size_strings)
    struct.pack_into(">I", data, 4, size)
    with open(path, "wb") as f:
        f.write(data[:size])


def main():
    wanted = sys.argv[1:]
    known = set(ACPI) | set(ACPI_NEW) | set(DTB)
    for name in wanted:
        if name not in known:
            raise SystemExit(f"{name}: not one of {' '.join(sorted(known))}")
    for kind in ("acpi", "fdt"):
        os.makedirs(os.path.join(CORPUS, kind), exist_ok=True)
    for name, how in {**ACPI, **(ACPI_NEW if wanted else {})}.items():
        if not wanted or name in wanted:
            dump_acpi(name, *how)
    for name, how in DTB.items():
        if not wanted or name in wanted:
            dump_dtb(name, *how)
    for folder, _, names in os.walk(CORPUS):
        for name in sorted(names):
            print(f"{os.path.getsize(os.path.join(folder, name)):8} {name}")


if __name__ == "__main__":
    main()
