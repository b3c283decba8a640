"""List what the libraries of a wheel require and provide, in the form of RPM's ELF dependencies, as Fromager does.

Each line has a library, a version of its symbols and the word size, such as ``libc.so.6(GLIBC_2.34)(64bit)``. See
https://github.com/rpm-software-management/rpm/blob/master/tools/elfdeps.c.
"""

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import Any, NamedTuple

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile

# Suffixes of extension modules; these are no libraries that others load.
_EXTENSION = re.compile(r"\.(abi3|cpython-[^./]+|pypy[^./]+)\.so$")
_LIBRARY = re.compile(r"(lib|ld(64)?[.-]).*\.so")
_LIBRARY_FILE = re.compile(r"(lib|ld(64)?[.-])\w.*\.so(\.[\d.]+)?")
_BASE = 1  # VER_FLG_BASE: the version that names the library itself


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
    requires: set[tuple[str, str, str]] = set()
    provides: set[tuple[str, str, str]] = set()
    for info in filter(_may_be_elf, wheel.infolist()):
        try:
            _read(info, wheel.read(info), requires, provides)
        except ELFError:
            continue
    return ElfLists(_lines(requires - provides), _lines(provides))


def _lines(found: set[tuple[str, str, str]]) -> tuple[str, ...]:
    return tuple(f"{library}({version}){size}" for library, version, size in sorted(found))


def _read(
    info: zipfile.ZipInfo, data: bytes, requires: set[tuple[str, str, str]], provides: set[tuple[str, str, str]]
) -> None:
    file = ELFFile(BytesIO(data))
    if file.header["e_type"] not in ("ET_DYN", "ET_EXEC"):
        return
    size = "(64bit)" if file.elfclass == 64 else ""
    # pyelftools has a class for each kind of section.
    sections: dict[str, Any] = {section.header["sh_type"]: section for section in file.iter_sections()}
    tags = list(sections["SHT_DYNAMIC"].iter_tags()) if "SHT_DYNAMIC" in sections else []
    kinds = {tag.entry.d_tag for tag in tags}
    is_program = any(segment.header["p_type"] == "PT_INTERP" for segment in file.iter_segments())
    needs = [(tag.needed, "") for tag in tags if tag.entry.d_tag == "DT_NEEDED"]
    # Of a program that nobody can execute, only the libraries count, as in RPM.
    if not is_program or _is_executable(info):
        needs += _versions(sections.get("SHT_GNU_verneed"))
        if "DT_GNU_HASH" in kinds and "DT_HASH" not in kinds:
            requires.add(("rtld", "GNU_HASH", ""))
    requires.update((library, version, size) for library, version in needs if _is_library(library))
    if file.header["e_type"] == "ET_DYN" and "DT_DEBUG" not in kinds:
        names = [tag.soname for tag in tags if tag.entry.d_tag == "DT_SONAME"]
        name = names[-1] if names else info.filename.rpartition("/")[2]
        defined = [(name, ""), *_defined(sections.get("SHT_GNU_verdef"))]
        provides.update((library, version, size) for library, version in defined if _is_library(library))


def _versions(section: Any) -> Iterator[tuple[str, str]]:
    """Yield the library and name of each version of symbols that a file needs."""
    for need, versions in section.iter_versions() if section is not None else ():
        yield from ((need.name, version.name) for version in versions if version.name)


def _defined(section: Any) -> Iterator[tuple[str, str]]:
    """Yield the library and name of each version of symbols that a file defines."""
    library = ""
    for definition, names in section.iter_versions() if section is not None else ():
        for name in names:
            if definition["vd_flags"] & _BASE:
                library = name.name
            elif library:
                yield library, name.name


def _may_be_elf(info: zipfile.ZipInfo) -> bool:
    name = info.filename.rpartition("/")[2]
    return not info.is_dir() and (
        _is_executable(info) or name.endswith(".so") or _LIBRARY_FILE.fullmatch(name) is not None
    )


def _is_executable(info: zipfile.ZipInfo) -> bool:
    return bool(info.external_attr >> 16 & 0o111)


def _is_library(name: str) -> bool:
    return _LIBRARY.match(name) is not None and _EXTENSION.search(name) is None
