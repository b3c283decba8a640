"""The first bytes of an ELF file: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html."""

import struct

_HEADER = 64
_MACHINES = {62: "x86_64", 183: "aarch64"}
_INTERPRETER = 3


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
