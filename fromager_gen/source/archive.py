"""Read the few files of a source archive that determine its build, in memory and without unpacking it."""

import bz2
import gzip
import lzma
import os
import tarfile
import tomllib
import zipfile
import zlib
from collections.abc import Callable, Collection, Container, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast

from fromager_gen.archive_format import BoundedFile, LinkError, Links
from fromager_gen.contract import (
    COMPILED_SUFFIXES,
    HEADER_SUFFIXES,
    MAX_ARCHIVE_MEMBERS,
    MAX_ARCHIVE_RATIO,
    RATIO_FREE_BYTES,
)
from fromager_gen.errors import SourceError

_READ = ("pyproject.toml", "PKG-INFO", "Cargo.toml", "Cargo.lock", "hatch.toml")
_LARGEST = 8 << 20
# Limit for all files together; the many manifests of a monorepo have less than a megabyte.
_MOST_KEPT = 64 << 20
_OPENERS: dict[bytes, Callable[..., Any]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}
_COMPILED = frozenset((*COMPILED_SUFFIXES, *HEADER_SUFFIXES))
# Python's archive readers raise more kinds of errors for a damaged archive than they document.
_DAMAGED = (
    tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError, ValueError, OverflowError,
    RuntimeError,
)  # fmt: skip


@dataclass
class _Found:
    """The result of one pass over an archive."""

    files: dict[str, bytes] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    """Targets of symbolic links by path."""
    unread: set[str] = field(default_factory=set)
    """Paths with other names that hard links with wanted names point to."""
    too_large: set[str] = field(default_factory=set)
    bytes_to_compile: int = 0


class SourceArchive:
    """The files that were read, by their path in the source; links inside the source are followed."""

    def __init__(
        self,
        files: dict[str, bytes],
        name: str,
        bytes_to_compile: int = 0,
        links: dict[str, str] | None = None,
        too_large: Container[str] = (),
    ) -> None:
        """Take files and links by path below the archive's top-level folder, and the number of bytes to compile."""
        self._files = files
        self._too_large = too_large
        self._links = Links(links or {})
        self.name = name
        self.bytes_to_compile = bytes_to_compile

    @classmethod
    def of_archive(cls, archive: Path, names: Collection[str] = _READ) -> "SourceArchive":
        """Read an archive.

        Args:
            archive: the archive.
            names: names of the files to read.

        Raises:
            SourceError: the file is damaged or not an archive.
        """
        try:
            found = _read(archive, names=names)
            # Most links point to files that were read; for the others the archive is read a second time.
            if missing := found.unread | cls(found.files, "", links=found.links)._link_targets(found.links):
                found = _read(archive, missing, names)
        except _DAMAGED as err:
            raise SourceError(f"{archive.name} is damaged or not an archive: {err}") from err
        return cls(found.files, archive.name, found.bytes_to_compile, found.links, found.too_large)

    def _link_targets(self, links: dict[str, str]) -> set[str]:
        """Return the files with other names that links with wanted names point to."""
        wanted = {self._place(path) for path in links if path.rpartition("/")[2] in _READ}
        return {path for path in wanted if path and path not in self._files}

    def _place(self, path: str) -> str | None:
        """Return the target of a path, or None if it is outside the source or does not exist."""
        try:
            return self._links.follow(path)
        except LinkError:
            return None  # the build reports the link and refuses the source

    def has(self, path: str) -> bool:
        """Return whether a file exists."""
        return self.data(path) is not None

    def data(self, path: str) -> bytes | None:
        """Return a file's bytes, or None if it does not exist.

        Raises:
            SourceError: it is too large for a file of its kind.
        """
        place = self._place(path)
        if place in self._too_large:
            raise SourceError(f"{self.name}: {path} has more than {_LARGEST:,} bytes")
        return None if place is None else self._files.get(place)

    def paths(self, name: str) -> list[str]:
        """Return the paths of all files with one name, including links."""
        links = (path for path in self._links if self.has(path))
        return sorted(path for path in {*self._files, *links} if path.rpartition("/")[2] == name)

    def toml(self, path: str) -> dict[str, Any]:
        """Return a TOML file's tables, or an empty dict if the file does not exist.

        Raises:
            SourceError: the file is not valid TOML.
        """
        data = self.data(path)
        return {} if data is None else parse_toml(data, f"{self.name}: {PurePosixPath(path)}")


def parse_toml(data: bytes, where: str) -> dict[str, Any]:
    """Parse TOML and return its tables.

    Raises:
        SourceError: the data is not valid TOML; the message starts with ``where``.
    """
    try:
        return tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as err:
        raise SourceError(f"{where} can't be read: {err}") from err


def _plain(archive: Path) -> IO[bytes]:
    """Open the tar inside an archive, decompressed according to its first bytes."""
    with archive.open("rb") as file:
        start = file.read(6)
    for magic, opener in _OPENERS.items():
        if start.startswith(magic):
            return cast(IO[bytes], opener(archive))
    return archive.open("rb")


def _read(archive: Path, wanted: Container[str] = (), names: Collection[str] = _READ) -> _Found:
    """Read the files with wanted names or paths, and every link; the last of several members with one path counts."""
    found = _Found()
    total = kept = 0
    most = max(RATIO_FREE_BYTES, MAX_ARCHIVE_RATIO * archive.stat().st_size)
    later: list[tuple[str, str]] = []
    for member in _members(archive):
        if member.is_hard_link and not _share(found, member.path, member.target):
            later.append((member.path, member.target))
        elif member.target and not member.is_hard_link:
            found.links[member.path] = member.target
            found.files.pop(member.path, None)
        if member.target:
            continue
        found.links.pop(member.path, None)
        total += member.size
        if total > most:
            raise SourceError(f"{archive.name} grows past {most:,} bytes when unpacked: a decompression bomb?")
        name = member.path.rpartition("/")[2]
        if name in names or member.path in wanted:
            kept += min(member.size, _LARGEST)
            if kept > _MOST_KEPT:
                raise SourceError(f"{archive.name} has more than {_MOST_KEPT:,} bytes of {', '.join(names)}")
            found.files[member.path] = member.read() if member.size <= _LARGEST else b""
            (found.too_large.add if member.size > _LARGEST else found.too_large.discard)(member.path)
        found.bytes_to_compile += member.size if os.path.splitext(name)[1] in _COMPILED else 0
    for path, target in later:
        if not _share(found, path, target) and path.rpartition("/")[2] in names:
            found.unread.add(target)
    return found


def _share(found: _Found, path: str, target: str) -> bool:
    """Give a hard link the content that its target has at this point of the archive; return whether it is known."""
    if target in found.links:
        found.links[path] = found.links[target]
        found.files.pop(path, None)
    elif target in found.files:
        found.files[path] = found.files[target]
        found.links.pop(path, None)
    else:
        return False
    return True


@dataclass(frozen=True)
class _Member:
    """A file or link of an archive."""

    path: str
    """Below the top-level folder."""
    size: int
    read: Callable[[], bytes]
    """Must be called before the iterator advances to the next member."""
    target: str = ""
    """Target of a link: relative to its folder for a symbolic link, a member's path for a hard link."""
    is_hard_link: bool = False


def _members(archive: Path) -> Iterator[_Member]:
    """Yield each file and each link."""
    if archive.name.endswith(".zip"):
        with zipfile.ZipFile(archive) as zipped:
            for info in zipped.infolist():
                yield _Member(_below_top(info.filename), info.file_size, partial(zipped.read, info))
        return
    with _plain(archive) as plain, tarfile.open(fileobj=BoundedFile(plain, _LARGEST), mode="r:") as tar:  # type: ignore[call-overload]
        for number, member in enumerate(tar, 1):
            if number > MAX_ARCHIVE_MEMBERS:
                raise SourceError(f"{archive.name} has more than {MAX_ARCHIVE_MEMBERS:,} members")
            if member.isreg():
                # extractfile() returns None only for other kinds of members.
                file = cast(IO[bytes], tar.extractfile(member))
                yield _Member(_below_top(member.name), member.size, file.read)
            elif member.issym():
                yield _Member(_below_top(member.name), 0, bytes, member.linkname)
            elif member.islnk():
                yield _Member(_below_top(member.name), 0, bytes, _below_top(member.linkname), is_hard_link=True)


def _below_top(name: str) -> str:
    """Return a member's path below the top-level folder, in its shortest form."""
    parts = PurePosixPath(name).parts
    return "/".join(parts[1:])
