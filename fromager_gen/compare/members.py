"""Read the members of a wheel with limits: a wheel can be damaged, or made to exhaust memory."""

import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from fromager_gen.contract import MAX_ARCHIVE_BYTES, MAX_ARCHIVE_MEMBERS, MAX_ARCHIVE_RATIO, RATIO_FREE_BYTES
from fromager_gen.wheel_index import DAMAGES

# RECORD, WHEEL and METADATA are read as a whole.
LARGEST_TEXT = 16 << 20


class DamagedError(Exception):
    """A wheel can't be read; the text is the reason."""


class Members:
    """The members of one wheel, by name. Of several members with one name, the later ones get a number."""

    def __init__(self, opened: zipfile.ZipFile) -> None:
        """Take an opened wheel. See `members`."""
        self._opened = opened
        seen: Counter[str] = Counter()
        self.infos: dict[str, zipfile.ZipInfo] = {}
        for info in opened.infolist():
            seen[info.filename] += 1
            count = seen[info.filename]
            self.infos[info.filename if count == 1 else f"{info.filename} ({count})"] = info

    def open(self, name: str) -> IO[bytes]:
        """Open a member. It gives no more bytes than its header states."""
        return self._opened.open(self.infos[name])

    def read(self, name: str) -> bytes:
        """Return the content of a small member.

        Raises:
            DamagedError: it is too large.
        """
        if self.infos[name].file_size > LARGEST_TEXT:
            raise DamagedError(f"{name!r} has more than {LARGEST_TEXT:,} bytes")
        return self._opened.read(self.infos[name])


@contextmanager
def members(wheel: Path) -> Iterator[Members]:
    """Open a wheel. Errors that its content causes in the block become a `DamagedError`.

    Raises:
        DamagedError: it is damaged, or exceeds a limit for archives.
    """
    try:
        with zipfile.ZipFile(wheel) as opened:
            _check_limits(wheel, opened)
            yield Members(opened)
    except DAMAGES as err:
        raise DamagedError(str(err) or type(err).__name__) from err


def _check_limits(wheel: Path, opened: zipfile.ZipFile) -> None:
    infos = opened.infolist()
    size = sum(info.file_size for info in infos)
    if len(infos) > MAX_ARCHIVE_MEMBERS:
        raise DamagedError(f"it has more than {MAX_ARCHIVE_MEMBERS:,} members")
    if size > MAX_ARCHIVE_BYTES or size > max(RATIO_FREE_BYTES, MAX_ARCHIVE_RATIO * wheel.stat().st_size):
        raise DamagedError(f"its members have {size:,} bytes, which is too much for a wheel of its size")
