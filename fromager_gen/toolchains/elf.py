"""The first bytes of an ELF file: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html."""

import re
import struct

_HEADER = 64
_MACHINES = {62: "x86_64", 183: "aarch64"}
_INTERPRETER = 3
# The oldest glibc whose loader starts a program under the program's own name (--argv0):
# https://sourceware.org/glibc/wiki/Release/2.33
OLDEST_WITH_NAMES = (2, 33)
_GLIBC = re.compile(rb"GNU C Library [^\n]{1,100}release version (2\.\d{1,3})[. ]")


def cpu_of(data: bytes) -> str | None:
    """Return the CPU that a file is for; None if it is not a little-endian ELF file with 64 bits."""
    if data[:6] != b"\x7fELF\x02\x01" or len(data) < _HEADER:
        return None
    (machine,) = struct.unpack_from("<H", data, 18)
    return _MACHINES.get(machine, f"ELF machine {machine}")


def names_loader(data: bytes) -> bool:
    """Return whether a program names a loader, which starts it with shared libraries."""
    (offset,) = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    headers = (offset + number * size for number in range(count))
    return any(data[start : start + 4] == struct.pack("<I", _INTERPRETER) for start in headers)


def glibc_version(data: bytes) -> str:
    """Return the version of a libc.so.6 that is glibc, such as ``2.36``; empty for another library."""
    found = _GLIBC.search(data)
    return found[1].decode() if found else ""
