"""Compare two wheels: their bytes, and if these differ their members."""

import csv
import filecmp
import stat
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fromager_gen.compare.excerpt import Mark, first_difference
from fromager_gen.compare.members import DamagedError, Members, members
from fromager_gen.errors import InputError

Kind = Literal[
    "only in the first", "only in the second", "content", "time", "permissions", "compression", "order", "zip"
]
Result = Literal["equal", "differs", "damaged"]
_METHODS = {
    zipfile.ZIP_STORED: "stored",
    zipfile.ZIP_DEFLATED: "deflate",
    zipfile.ZIP_BZIP2: "bzip2",
    zipfile.ZIP_LZMA: "lzma",
}


@dataclass(frozen=True)
class Difference:
    """One difference between two wheels."""

    member: str
    """Name of the member; empty for the zip itself."""
    kind: Kind
    what: str
    lines: tuple[str, ...] = ()
    """An excerpt of the contents."""


@dataclass(frozen=True)
class Comparison:
    """The result of a comparison."""

    result: Result
    differences: tuple[Difference, ...] = ()
    problem: str = ""
    """Which wheel is damaged, and why."""


def compare(first: Path, second: Path, marks: Sequence[Mark] = ()) -> Comparison:
    """Compare two wheels.

    Args:
        first: a wheel.
        second: another wheel.
        marks: conditions of the two builds, whose values are searched where contents differ.

    Raises:
        InputError: a file can't be read.
    """
    try:
        if filecmp.cmp(first, second, shallow=False):
            return Comparison("equal")
    except OSError as err:
        raise InputError(f"{err.filename} can't be read: {err.strerror}") from err
    which = "first"
    try:
        with ExitStack() as stack:
            one = stack.enter_context(members(first))
            which = "second"
            other = stack.enter_context(members(second))
            which = "first or second"
            found = tuple(_differences(one, other, marks))
    except DamagedError as err:
        return Comparison("damaged", problem=f"the {which} wheel is damaged: {err}")
    return Comparison("differs", found or (Difference("", "zip", _zip_bytes(first, second)),))


def _differences(first: Members, second: Members, marks: Sequence[Mark]) -> Iterator[Difference]:
    """Yield all differences. RECORD is left out if it only has the hashes of other members that differ."""
    only = [name for name in first.infos if name not in second.infos]
    others = [name for name in second.infos if name not in first.infos]
    common = [name for name in first.infos if name in second.infos]
    yield from (Difference(name, "only in the first", "only in the first wheel") for name in only)
    yield from (Difference(name, "only in the second", "only in the second wheel") for name in others)
    contents = [found for name in common if (found := _content(first, second, name, marks))]
    changed = {*only, *others, *(found.member for found in contents)}
    yield from (found for found in contents if not _follows(first, second, found.member, changed))
    for name in common:
        yield from _headers(name, first.infos[name], second.infos[name])
    if common != [name for name in second.infos if name in first.infos]:
        yield Difference("", "order", "the members have another order")


def _content(first: Members, second: Members, name: str, marks: Sequence[Mark]) -> Difference | None:
    with first.open(name) as one, second.open(name) as other:
        found = first_difference(one, other, marks)
    if found is None:
        return None
    sizes = first.infos[name].file_size, second.infos[name].file_size
    size = "" if sizes[0] == sizes[1] else f"; {sizes[0]:,} and {sizes[1]:,} bytes"
    causes = "".join(f"; {cause}" for cause in found.causes)
    return Difference(name, "content", f"differs at byte {found.offset:,}{size}{causes}", found.lines)


def _follows(first: Members, second: Members, name: str, changed: set[str]) -> bool:
    """Return whether a member is a RECORD in which only the rows of other changed members differ."""
    if not name.endswith(".dist-info/RECORD") or changed == {name}:
        return False
    rows = [set(map(tuple, csv.reader(one.read(name).decode().splitlines()))) for one in (first, second)]
    return {row[0] for row in rows[0] ^ rows[1] if row} <= changed - {name}


def _headers(name: str, one: zipfile.ZipInfo, other: zipfile.ZipInfo) -> Iterator[Difference]:
    if one.date_time != other.date_time:
        yield Difference(name, "time", f"{_time(one)} and {_time(other)}")
    if one.external_attr != other.external_attr:
        yield Difference(name, "permissions", f"{_mode(one)} and {_mode(other)}")
    if one.compress_type != other.compress_type:
        yield Difference(name, "compression", f"{_method(one)} and {_method(other)}")
    fields = ("create_system", "create_version", "extract_version", "flag_bits", "extra", "comment", "internal_attr")
    named = [field for field in fields if getattr(one, field) != getattr(other, field)]
    if named:
        yield Difference(name, "zip", f"other fields of the zip differ: {', '.join(named)}")


def _time(info: zipfile.ZipInfo) -> str:
    year, month, day, hour, minute, second = info.date_time
    return f"{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"


def _mode(info: zipfile.ZipInfo) -> str:
    mode = info.external_attr >> 16
    return stat.filemode(mode) if mode else f"{info.external_attr:#x}"


def _method(info: zipfile.ZipInfo) -> str:
    return _METHODS.get(info.compress_type, str(info.compress_type))


def _zip_bytes(first: Path, second: Path) -> str:
    """Describe two zips whose members and headers are the same, such as with another level of compression."""
    with first.open("rb") as one, second.open("rb") as other:
        found = first_difference(one, other)
    return f"the compressed bytes differ at byte {found.offset if found else 0:,}; all members are the same"
