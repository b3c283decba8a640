"""List what the libraries of a wheel require and provide, in the form of RPM's ELF dependencies, as Fromager does.

Each line has a library, a version of its symbols and the word size, such as ``libc.so.6(GLIBC_2.34)(64bit)``. See
https://github.com/rpm-software-management/rpm/blob/master/tools/elfdeps.c.
"""

import re
import zipfile
from typing import NamedTuple

from actions.wheel.dynamic import Dynamic, dynamic_members

# Suffixes of extension modules; these are no libraries that others load.
_EXTENSION = re.compile(r"\.(abi3|cpython-[^./]+|pypy[^./]+)\.so$")
_LIBRARY = re.compile(r"(lib|ld(64)?[.-]).*\.so")
_LIBRARY_FILE = re.compile(r"(lib|ld(64)?[.-])\w.*\.so(\.[\d.]+)?")
_Line = tuple[str, str, str]


class ElfLists(NamedTuple):
    """Lines of a wheel's libraries, sorted, without duplicates."""

    requires: tuple[str, ...]
    """Without lines that the wheel itself provides."""
    provides: tuple[str, ...]

    def files(self) -> dict[str, bytes]:
        """Return the files for `.dist-info`, by name; an empty list has no file."""
        lists = {"fromager-elf-requires.txt": self.requires, "fromager-elf-provides.txt": self.provides}
        return {name: "".join(f"{line}\n" for line in lines).encode() for name, lines in lists.items() if lines}


def elf_lists(wheel: zipfile.ZipFile) -> ElfLists:
    """Read the libraries, extension modules and programs of a wheel; a file that is not ELF is left out."""
    requires: set[_Line] = set()
    provides: set[_Line] = set()
    for info, found in dynamic_members(wheel, filter(_may_be_elf, wheel.infolist())):
        requires |= _required(found, info)
        provides |= _provided(found, info)
    return ElfLists(_lines(requires - provides), _lines(provides))


def _lines(found: set[_Line]) -> tuple[str, ...]:
    return tuple(f"{library}({version}){size}" for library, version, size in sorted(found))


def _required(found: Dynamic, info: zipfile.ZipInfo) -> set[_Line]:
    needs = [(library, "") for library in found.needed]
    lines: set[_Line] = set()
    # Of a program without the permission to execute it, only the libraries count, as in RPM.
    if not found.is_program or _is_executable(info):
        needs += found.needed_versions
        if found.has_gnu_hash and not found.has_hash:
            lines.add(("rtld", "GNU_HASH", ""))
    return lines | {(library, version, found.size) for library, version in needs if _is_library(library)}


def _provided(found: Dynamic, info: zipfile.ZipInfo) -> set[_Line]:
    if not found.is_shared or found.has_debug:
        return set()
    named = [(found.soname or info.filename.rpartition("/")[2], ""), *found.defined_versions]
    return {(library, version, found.size) for library, version in named if _is_library(library)}


def _may_be_elf(info: zipfile.ZipInfo) -> bool:
    name = info.filename.rpartition("/")[2]
    is_library = name.endswith(".so") or _LIBRARY_FILE.fullmatch(name) is not None
    return not info.is_dir() and (is_library or _is_executable(info))


def _is_executable(info: zipfile.ZipInfo) -> bool:
    return bool(info.external_attr >> 16 & 0o111)


def _is_library(name: str) -> bool:
    return _LIBRARY.match(name) is not None and _EXTENSION.search(name) is None
