"""Check a published wheel against its RECORD.

pip and uv install all files of a wheel, and compare none with RECORD. So wheels with faults in RECORD are published and
used, and these are accepted here too, with their faults as findings. The format of RECORD is described in
https://packaging.python.org/en/latest/specifications/recording-installed-packages/#the-record-file
"""

import contextlib
import csv
import hashlib
import stat
import zipfile
from base64 import urlsafe_b64encode
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from installer.sources import WheelContentElement, WheelFile

from actions.errors import ActionError
from actions.wheel.wheel_file import some, twice

_CHUNK = 1 << 20
# Algorithms that every Python has. The shake functions need a length that RECORD does not contain.
_ALGORITHMS = {name for name in hashlib.algorithms_guaranteed if not name.startswith("shake")}


class _Row(NamedTuple):
    """One line of RECORD, unchanged."""

    path: str
    hash: str
    size: str
    is_odd: bool
    """Whether it has more or fewer columns than the standard requires."""

    @property
    def algorithm(self) -> str:
        """The hash's algorithm; empty if there is no hash."""
        return self.hash.partition("=")[0]

    def fits(self, digests: Mapping[str, str]) -> bool:
        """Return whether the row's hash is among a file's hashes, which are given by algorithm."""
        return digests.get(self.algorithm) == self.hash.partition("=")[2].rstrip("=")


@contextlib.contextmanager
def published(wheel: Path) -> Iterator["PublishedWheel"]:
    """Open a published wheel.

    Raises:
        ActionError: RECORD is missing, a member is a link, or two members have the same place.
    """
    with zipfile.ZipFile(wheel) as opened:
        yield PublishedWheel(opened)


class PublishedWheel(WheelFile):
    """A wheel whose RECORD may have faults. Of members with the same name the last is used, as in pip and zipfile."""

    def __init__(self, opened: zipfile.ZipFile) -> None:
        """Read every member and compare it with RECORD. See `published`."""
        super().__init__(opened)
        self._files = {info.filename: info for info in opened.infolist() if not info.is_dir()}
        self._refuse_links()
        self._refuse_meeting_places()
        rows = self._rows()
        self.changed = self._other_bytes(rows)
        """Names of files whose bytes differ from their hash in RECORD."""
        self.findings = self._findings(rows)
        """Faults that the standard forbids but pip and uv ignore: one phrase for each kind."""

    def get_contents(self) -> Iterator[WheelContentElement]:
        """Yield each file once; the installer computes its hash again."""
        for name, info in self._files.items():
            mode = info.external_attr >> 16
            with self._zipfile.open(info) as stream:
                yield (name, "", ""), cast("BinaryIO", stream), stat.S_ISREG(mode) and bool(mode & 0o111)

    def _refuse_links(self) -> None:
        for info in self._zipfile.infolist():
            if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise ActionError(f"{info.filename!r} is a link or a device; a wheel can't contain these")

    def _refuse_meeting_places(self) -> None:
        """Refuse two members that are installed to the same path: RECORD may list only the one that is replaced."""
        data = f"{self.dist_info_dir.removesuffix('.dist-info')}.data/"
        places: dict[str, str] = {}
        for name in self._files:
            scheme, _, rest = name.removeprefix(data).partition("/")
            place = rest if name.startswith(data) and scheme in ("purelib", "platlib") else name
            other = places.setdefault(place, name)
            if other != name:
                raise ActionError(f"{other!r} and {name!r} would be installed to the same path")

    def _rows(self) -> list[_Row]:
        if f"{self.dist_info_dir}/RECORD" not in self._files:
            raise ActionError("the wheel has no RECORD; pip and uv refuse it too")
        rows = csv.reader(self.read_dist_info("RECORD").splitlines())
        filled = ((row, [*row, "", ""]) for row in rows if row and row[0])
        return [_Row(path, digest, size, len(row) != 3) for row, (path, digest, size, *_) in filled]

    def _other_bytes(self, rows: list[_Row]) -> set[str]:
        """Return the files that differ from their rows in RECORD.

        Earlier copies of a member are not used, but they are read too, since one may be damaged. RECORD may have a row
        for each copy.
        """
        by_name = defaultdict(list)
        for row in rows:
            if row.algorithm in _ALGORITHMS and row.path != f"{self.dist_info_dir}/RECORD":
                by_name[row.path].append(row)
        copies = defaultdict(list)
        for info in self._zipfile.infolist():
            copies[info.filename].append(self._digests(info, {row.algorithm for row in by_name[info.filename]}))
        return {
            name
            for name, found in copies.items()
            if by_name[name]
            and not (
                any(row.fits(found[-1]) for row in by_name[name])
                and all(any(map(row.fits, found)) for row in by_name[name])
            )
        }

    def _digests(self, info: zipfile.ZipInfo, algorithms: set[str]) -> dict[str, str]:
        """Read a member and return its hashes by algorithm, encoded as in RECORD."""
        hashes = {name: hashlib.new(name) for name in algorithms}
        with self._zipfile.open(info) as stream:
            while chunk := stream.read(_CHUNK):
                for found in hashes.values():
                    found.update(chunk)
        return {name: urlsafe_b64encode(found.digest()).rstrip(b"=").decode() for name, found in hashes.items()}

    def _findings(self, rows: list[_Row]) -> list[str]:
        members = self._zipfile.namelist()
        listed = [row.path for row in rows]
        record = f"{self.dist_info_dir}/RECORD"
        signatures = {f"{record}.jws", f"{record}.p7s"}
        others = [row for row in rows if row.path in self._files and row.path != record]
        kinds: dict[str, Collection[str]] = {
            "RECORD has another hash for {}": self.changed,
            "the wheel contains {} more than once (the last copy is used)": twice(members),
            "RECORD lists {} that the wheel does not contain": {*listed} - {*members},
            "RECORD lacks {} that the wheel contains": self._files.keys() - {*listed} - signatures,
            "RECORD lists {} more than once": twice(listed),
            "RECORD has no hash that can be checked, or no size, for {}": {
                row.path for row in others if row.algorithm not in _ALGORITHMS or not row.size
            },
            "RECORD has another size for {}": {
                row.path for row in others if row.size and row.size != str(self._files[row.path].file_size)
            },
            "RECORD has other columns than path, hash and size for {}": {row.path for row in rows if row.is_odd},
            "RECORD lists {}, which is its own signature": {*listed} & signatures,
        }
        return [kind.format(some(names)) for kind, names in kinds.items() if names]
