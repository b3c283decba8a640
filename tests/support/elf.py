"""ELF files: libraries that gcc makes, headers alone, and a small policy of auditwheel."""

import json
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

TAG = "manylinux_2_17_x86_64"
POLICIES = json.dumps(
    [
        {
            "name": "manylinux_2_17",
            "aliases": ["manylinux2014"],
            "symbol_versions": {"x86_64": {"GLIBC": ["2.2.5", "2.9", "2.17"], "CXXABI": ["1.3"]}},
            "lib_whitelist": ["libc.so.6", "libz.so.1"],
            "blacklist": {"libz.so.1": ["inflate_table"]},
        }
    ]
).encode()
NEEDS_CC = pytest.mark.skipif(not shutil.which("gcc"), reason="gcc makes the libraries of the test")


def compiled(folder: Path, source: str, *options: str) -> bytes:
    (folder / "x.c").write_text(source)
    subprocess.run(["gcc", "-shared", "-fPIC", "x.c", "-o", "x.so", *options], cwd=folder, check=True)
    return (folder / "x.so").read_bytes()


# Machines and kinds of segments: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
X86_64, AARCH64, S390X = 62, 183, 22
INTERPRETER, LOAD = 3, 1


def elf(machine: int = X86_64, segment: int = LOAD, content: bytes = b"") -> bytes:
    """Return an ELF file with one program header."""
    header = struct.pack("<6s10xHHIQQQIHHHHHH", b"\x7fELF\x02\x01", 2, machine, 1, 0, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    return header + struct.pack("<I", segment).ljust(56, b"\0") + content
