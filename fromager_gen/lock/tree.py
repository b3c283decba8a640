"""The few files of a source archive that say how it is built, read in memory and never unpacked."""

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
        compiled = 0
        try:
            for path, size, read in _members(archive):
                name = path.rpartition("/")[2]
                if name in _READ and size <= _LARGEST:
                    files[path] = read()
                compiled += size if os.path.splitext(name)[1] in _COMPILED else 0
        # A zip may be encrypted or packed in a way that Python does not know: RuntimeError, NotImplementedError.
        except (tarfile.TarError, zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError) as err:
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


def _members(archive: Path) -> Iterator[tuple[str, int, Callable[[], bytes]]]:
    """Yield each file's path below the top-level folder, its size and how it is read, which must be done at once."""
    if archive.name.endswith(".zip"):
        with zipfile.ZipFile(archive) as zipped:
            for info in zipped.infolist():
                yield info.filename.partition("/")[2], info.file_size, partial(zipped.read, info)
        return
    with tarfile.open(archive, "r:*") as tar:
        for member in tar:
            if member.isreg():
                # A regular member has bytes.
                file = cast(IO[bytes], tar.extractfile(member))
                yield member.name.removeprefix("./").partition("/")[2], member.size, file.read
