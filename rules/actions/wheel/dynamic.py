"""Read the dynamic section and the symbol versions of an ELF file.

https://refspecs.linuxfoundation.org/elf/gabi4+/ch5.dynamic.html and
https://refspecs.linuxfoundation.org/LSB_5.0.0/LSB-Core-generic/LSB-Core-generic/symversion.html describe the format.
The library pyelftools reads it too, but its sdist has 15 MB, which every workspace would fetch.
"""

import struct
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

_EXECUTABLE, _SHARED = 2, 3
_INTERPRETER = 3
_DYNAMIC, _DEFINED, _NEEDED = 6, 0x6FFFFFFD, 0x6FFFFFFE
# Tags of the dynamic section.
_LIBRARY, _HASH, _SONAME, _DEBUG, _GNU_HASH = 1, 4, 14, 21, 0x6FFFFEF5
_BASE = 1  # the version that names the library itself


class NotElfError(Exception):
    """The bytes are no program or library in little-endian ELF, or they are damaged."""


class Dynamic(NamedTuple):
    """What a file tells the dynamic linker."""

    size: str
    """``(64bit)``, or empty for 32 bits."""
    is_shared: bool
    is_program: bool
    """Whether it names a loader."""
    soname: str
    needed: tuple[str, ...]
    """Libraries that it loads."""
    needed_versions: tuple[tuple[str, str], ...]
    """Libraries and versions of symbols that it needs."""
    defined_versions: tuple[tuple[str, str], ...]
    """Its own name and versions of symbols that it defines."""
    has_hash: bool
    has_gnu_hash: bool
    has_debug: bool


class _Section(NamedTuple):
    kind: int
    start: int
    end: int
    link: int


def dynamic(data: bytes) -> Dynamic:
    """Read a file.

    Raises:
        NotElfError: the bytes are not those of a program or library, or they are damaged.
    """
    try:
        return _dynamic(data)
    except (struct.error, IndexError, ValueError, OverflowError) as err:
        raise NotElfError(str(err)) from err


def dynamic_members(wheel: "ZipFile", infos: "Iterable[ZipInfo]") -> "Iterator[tuple[ZipInfo, Dynamic]]":
    """Yield members of a wheel with what they tell the dynamic linker; a file that is not ELF is left out.

    Args:
        wheel: the wheel.
        infos: the members to read.
    """
    for info in infos:
        with wheel.open(info) as member:
            is_elf = member.read(4) == b"\x7fELF"
        if is_elf:
            try:
                yield info, dynamic(wheel.read(info))
            except NotElfError:
                continue


def _dynamic(data: bytes) -> Dynamic:
    if data[:4] != b"\x7fELF" or data[4] not in (1, 2) or data[5] != 1:
        raise NotElfError("not a little-endian ELF file")
    is_64 = data[4] == 2
    kind, programs, sections = _tables(data, is_64)
    if kind not in (_EXECUTABLE, _SHARED):
        raise NotElfError("not a program or library")
    by_kind = {section.kind: section for section in sections}
    tags: dict[int, list[str]] = {}
    for tag, value in _tags(data, by_kind.get(_DYNAMIC), is_64):
        text = _text(data, sections[by_kind[_DYNAMIC].link], value) if tag in (_LIBRARY, _SONAME) else ""
        tags.setdefault(tag, []).append(text)
    return Dynamic(
        size="(64bit)" if is_64 else "",
        is_shared=kind == _SHARED,
        is_program=_INTERPRETER in programs,
        soname=tags.get(_SONAME, [""])[-1],
        needed=tuple(tags.get(_LIBRARY, ())),
        needed_versions=tuple(_needed(data, by_kind.get(_NEEDED), sections)),
        defined_versions=tuple(_defined(data, by_kind.get(_DEFINED), sections)),
        has_hash=_HASH in tags,
        has_gnu_hash=_GNU_HASH in tags,
        has_debug=_DEBUG in tags,
    )


def _tables(data: bytes, is_64: bool) -> tuple[int, list[int], list[_Section]]:
    """Return the kind of the file, the kinds of its segments, and its sections."""
    kind, _, _, _, programs, sections, _, _, program_size, count, section_size, section_count, _ = struct.unpack_from(
        "<HHIQQQIHHHHHH" if is_64 else "<HHIIIIIHHHHHH", data, 16
    )
    kinds = [struct.unpack_from("<I", data, programs + number * program_size)[0] for number in range(count)]
    found = []
    for number in range(section_count):
        fields = struct.unpack_from("<IIQQQQII" if is_64 else "<IIIIIIII", data, sections + number * section_size)
        found.append(_Section(fields[1], fields[4], fields[4] + fields[5], fields[6]))
    return kind, kinds, found


def _tags(data: bytes, section: _Section | None, is_64: bool) -> Iterator[tuple[int, int]]:
    if section is not None:
        form = struct.Struct("<qQ" if is_64 else "<iI")
        for tag, value in form.iter_unpack(data[section.start : section.end]):
            if tag == 0:
                return
            yield tag, value


def _needed(data: bytes, section: _Section | None, sections: list[_Section]) -> Iterator[tuple[str, str]]:
    if section is None:
        return
    for place in _chain(data, section, 12, section.start):
        _, _, library, first, _ = struct.unpack_from("<HHIII", data, place)
        for version in _chain(data, section, 12, place + first):
            name = struct.unpack_from("<I", data, version + 8)[0]
            yield _text(data, sections[section.link], library), _text(data, sections[section.link], name)


def _defined(data: bytes, section: _Section | None, sections: list[_Section]) -> Iterator[tuple[str, str]]:
    if section is None:
        return
    library = ""
    for place in _chain(data, section, 16, section.start):
        flags, first = struct.unpack_from("<2xH8xI", data, place)
        for version in _chain(data, section, 4, place + first):
            name = _text(data, sections[section.link], struct.unpack_from("<I", data, version)[0])
            if flags & _BASE:
                library = name
            elif library:
                yield library, name


def _chain(data: bytes, section: _Section, offset: int, place: int) -> Iterator[int]:
    """Yield the places of the entries of a list, each of which has the distance to the next one at an offset."""
    while section.start <= place < section.end:
        yield place
        (distance,) = struct.unpack_from("<I", data, place + offset)
        if not distance:
            return
        place += distance


def _text(data: bytes, texts: _Section, offset: int) -> str:
    start = texts.start + offset
    return data[start : data.index(b"\0", start, texts.end)].decode()
