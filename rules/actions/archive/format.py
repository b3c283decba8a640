"""Properties of source archives: first bytes, limits for reading, and the targets of links.

The generator reads sources with this module too (`fromager_gen.source.archive`).
"""

import tarfile
from collections.abc import Iterator, Mapping
from typing import IO

from actions.contract import ARCHIVE_SUFFIXES

# First bytes of a source distribution by the suffix of its name.
MAGIC = dict(zip(ARCHIVE_SUFFIXES, (b"\x1f\x8b", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"PK"), strict=True))
MAX_NAME = 1024
# All headers of a tar together; tarfile keeps each in memory.
MAX_HEADERS = 256 << 20
# Linux follows no more links than this in one path: https://man7.org/linux/man-pages/man7/path_resolution.7.html
MAX_LINKS = 40
# PATH_MAX of Linux, which no link's target exceeds.
MAX_TARGET = 4095
# Most parts of paths that are followed for one archive; a genuine archive with 10,000 links has a tenth of them.
_MAX_STEPS = 5_000_000


class BoundedFile:
    """A plain tar that limits reads: tarfile keeps every header in memory, and headers can be large and many."""

    def __init__(self, file: IO[bytes], largest: int) -> None:
        """Take the tar, and the most bytes of one read."""
        self._file, self._largest = file, largest
        self._left = MAX_HEADERS
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int) -> bytes:
        """Read some bytes.

        Raises:
            tarfile.ReadError: the limit is exceeded.
        """
        self._left -= size if size > tarfile.BLOCKSIZE else 0
        if size > self._largest or self._left < 0:
            raise tarfile.ReadError(f"headers of more than {size:,} bytes")
        return self._file.read(size)


class LinkError(ValueError):
    """A symbolic link points outside its source."""


class Links:
    """The symbolic links of one source, by their paths below its top-level folder."""

    def __init__(self, targets: Mapping[str, str]) -> None:
        """Take each link's target by the link's path."""
        self._targets = targets
        self._steps = _MAX_STEPS

    def __iter__(self) -> Iterator[str]:
        """Yield the path of each link."""
        return iter(self._targets)

    def follow(self, path: str) -> str | None:
        """Resolve every link in a path, as the kernel does.

        Args:
            path: path below the source's top-level folder, which is the empty path.

        Returns:
            A path without links, whether or not it exists; None if the links form a loop.

        Raises:
            LinkError: the path points outside the source.
        """
        left = self._parts(path)
        found: list[str] = []
        links = 0
        while left:
            part = left.pop()
            if part == "..":
                if not found:
                    raise LinkError(f"{path!r} points outside the source")
                found.pop()
            elif part not in ("", "."):
                found.append(part)
                target = self._targets.get("/".join(found))
                if target is not None:
                    links += 1
                    if links > MAX_LINKS:
                        return None
                    if not target or target.startswith("/") or "\\" in target or len(target) > MAX_TARGET:
                        raise LinkError(f"{path!r} points outside the source, to {target[:200]!r}")
                    found.pop()
                    left += self._parts(target)
        return "/".join(found)

    def _parts(self, path: str) -> list[str]:
        """Return the parts of a path, the last one first."""
        parts = path.split("/")[::-1]
        self._steps -= len(parts)
        if self._steps < 0:
            raise LinkError("the source has too many links through other links")
        return parts
