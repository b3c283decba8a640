"""The few files of a source archive that say how it is built, read in memory and never unpacked."""

import tarfile
import tomllib
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast

from fromager_gen.errors import LockError

_READ = ("pyproject.toml", "PKG-INFO", "Cargo.toml", "Cargo.lock")
_LARGEST = 8 << 20


class Tree:
    """Those files by their path in the source."""

    def __init__(self, files: dict[str, bytes], name: str) -> None:
        """Take the files by path below the archive's top-level folder."""
        self._files = files
        self.name = name

    @classmethod
    def of_archive(cls, archive: Path) -> "Tree":
        """Read an archive.

        Raises:
            LockError: it is damaged or no archive.
        """
        try:
            files = dict(_members(archive))
        # A zip may be encrypted or packed in a way that Python does not know: RuntimeError, NotImplementedError.
        except (tarfile.TarError, zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError) as err:
            raise LockError(f"{archive.name} is damaged or no archive: {err}") from err
        return cls(files, archive.name)

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
            raise LockError(f"{self.name}: {path} can't be read: {err}") from err


def _members(archive: Path) -> Iterator[tuple[str, bytes]]:
    if archive.name.endswith(".zip"):
        with zipfile.ZipFile(archive) as zipped:
            for info in zipped.infolist():
                if _wanted(info.filename, info.file_size):
                    yield info.filename.partition("/")[2], zipped.read(info)
        return
    with tarfile.open(archive, "r:*") as tar:
        for member in tar:
            if member.isreg() and _wanted(member.name, member.size):
                file = cast(IO[bytes], tar.extractfile(member))  # a regular member has bytes
                yield member.name.removeprefix("./").partition("/")[2], file.read()


def _wanted(name: str, size: int) -> bool:
    return PurePosixPath(name).name in _READ and size <= _LARGEST
