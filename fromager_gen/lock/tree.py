"""The few files of a source archive that say how it is built, read in memory and never unpacked."""

import bz2
import gzip
import lzma
import os
import tarfile
import tomllib
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast

from fromager_gen.errors import LockError

_READ = ("pyproject.toml", "PKG-INFO", "Cargo.toml", "Cargo.lock", "hatch.toml")
_LARGEST = 8 << 20
# Of all of them; a monorepo's many manifests have less than a megabyte.
_MOST_KEPT = 64 << 20
# As the actions judge an archive (rules/actions/members.py), whose builds would refuse it anyway.
_MOST_RATIO = 200
_RATIO_FREE = 64 << 20
_MOST_MEMBERS = 200_000
# With the files that are kept, which are read in the same way.
_MOST_HEADERS = 256 << 20
_OPENERS: dict[bytes, Callable[..., Any]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}
_COMPILED = frozenset((".c", ".cc", ".cpp", ".cu", ".cxx", ".f", ".f90", ".h", ".hpp", ".pxd", ".pyx"))


class Tree:
    """Those files by their path in the source."""

    def __init__(self, files: dict[str, bytes], name: str, bytes_to_compile: int = 0) -> None:
        """Take the files by path below the archive's top-level folder, and how much a compiler may have to do."""
        self._files = files
        self.name = name
        self.bytes_to_compile = bytes_to_compile

    @classmethod
    def of_archive(cls, archive: Path) -> "Tree":
        """Read an archive.

        Raises:
            LockError: it is damaged or no archive.
        """
        files: dict[str, bytes] = {}
        compiled = total = kept = 0
        most = max(_RATIO_FREE, _MOST_RATIO * archive.stat().st_size)
        try:
            for path, size, read in _members(archive):
                total += size
                if total > most:
                    raise LockError(f"{archive.name} grows past {most:,} bytes when unpacked: a decompression bomb?")
                name = path.rpartition("/")[2]
                if name in _READ and size <= _LARGEST:
                    kept += size
                    if kept > _MOST_KEPT:
                        raise LockError(f"{archive.name} has more than {_MOST_KEPT:,} bytes of {', '.join(_READ)}")
                    files[path] = read()
                compiled += size if os.path.splitext(name)[1] in _COMPILED else 0
        # What a damaged archive makes Python's readers raise is in part of other kinds than they say.
        except (
            tarfile.TarError,
            zipfile.BadZipFile,
            zlib.error,
            lzma.LZMAError,
            OSError,
            EOFError,
            ValueError,
            OverflowError,
            RuntimeError,
        ) as err:
            raise LockError(f"{archive.name} is damaged or no archive: {err}") from err
        return cls(files, archive.name, compiled)

    def has(self, path: str) -> bool:
        """Tell whether a file is there."""
        return str(PurePosixPath(path)) in self._files

    def data(self, path: str) -> bytes | None:
        """Return a file's bytes, None where it is missing."""
        return self._files.get(str(PurePosixPath(path)))

    def toml(self, path: str) -> dict[str, Any]:
        """Return a TOML file's tables, none where it is missing.

        Raises:
            LockError: it is no TOML.
        """
        data = self.data(path)
        if data is None:
            return {}
        try:
            return tomllib.loads(data.decode("utf-8"))
        except (ValueError, RecursionError) as err:
            raise LockError(f"{self.name}: {PurePosixPath(path)} can't be read: {err}") from err


def _plain(archive: Path) -> IO[bytes]:
    """Open an archive, by its first bytes, for its plain tar."""
    with archive.open("rb") as file:
        start = file.read(6)
    for magic, opener in _OPENERS.items():
        if start.startswith(magic):
            return cast(IO[bytes], opener(archive))
    return archive.open("rb")


class _Bounded:
    """What tarfile reads of a tar: it keeps a header of many blocks in memory, and that of the next beside it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._left = _MOST_HEADERS
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int) -> bytes:
        self._left -= size if size > tarfile.BLOCKSIZE else 0
        if size > _LARGEST or self._left < 0:
            raise tarfile.ReadError(f"headers of more than {size:,} bytes")
        return self._file.read(size)


def _members(archive: Path) -> Iterator[tuple[str, int, Callable[[], bytes]]]:
    """Yield each file's path below the top-level folder, its size and how it is read, which must be done at once."""
    if archive.name.endswith(".zip"):
        with zipfile.ZipFile(archive) as zipped:
            for info in zipped.infolist():
                yield info.filename.partition("/")[2], info.file_size, partial(zipped.read, info)
        return
    with _plain(archive) as plain, tarfile.open(fileobj=_Bounded(plain), mode="r:") as tar:  # type: ignore[call-overload]
        for number, member in enumerate(tar, 1):
            if number > _MOST_MEMBERS:
                raise LockError(f"{archive.name} has more than {_MOST_MEMBERS:,} members")
            if member.isreg():
                # A regular member has bytes.
                file = cast(IO[bytes], tar.extractfile(member))
                yield member.name.removeprefix("./").partition("/")[2], member.size, file.read
