"""A wheel that somebody else published, and its RECORD.

pip and uv install what a wheel holds, whatever RECORD lists, and so wheels with a sloppy RECORD are published and used.
Such a wheel is taken. It is refused where RECORD gives another hash or size for a file: its bytes were changed.
"""

import contextlib
import csv
import hashlib
import stat
import zipfile
from base64 import urlsafe_b64encode
from collections import defaultdict
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import BinaryIO, cast

from installer.records import InvalidRecordEntry, RecordEntry
from installer.sources import WheelContentElement, WheelFile

from errors import ActionError
from wheel import some, twice

_CHUNK = 1 << 20


@contextlib.contextmanager
def published(wheel: Path) -> Iterator["PublishedWheel"]:
    """Open a published wheel.

    Raises:
        ActionError: RECORD is missing or is not a table, a file differs from its entry, or a member is a link.
    """
    with zipfile.ZipFile(wheel) as opened:
        yield PublishedWheel(opened)


class PublishedWheel(WheelFile):
    """A wheel whose RECORD may be sloppy. Of members of one name the last counts, as in pip and zipfile."""

    def __init__(self, opened: zipfile.ZipFile) -> None:
        """Read every member, and compare it with RECORD. See `published`."""
        super().__init__(opened)
        self._files = {info.filename: info for info in opened.infolist() if not info.is_dir()}
        self._refuse_links()
        entries = self._entries()
        self._refuse_other_bytes(entries)
        self.findings = self._findings(entries)
        """What the standard forbids, and pip and uv overlook: a phrase for each kind."""

    def get_contents(self) -> Iterator[WheelContentElement]:
        """Yield each file once; the installer hashes it anew."""
        for name, info in self._files.items():
            mode = info.external_attr >> 16
            with self._zipfile.open(info) as stream:
                yield (name, "", ""), cast("BinaryIO", stream), stat.S_ISREG(mode) and bool(mode & 0o111)

    def _refuse_links(self) -> None:
        for info in self._zipfile.infolist():
            if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise ActionError(f"{info.filename!r} is a link or a device, which a wheel may not hold")

    def _entries(self) -> list[RecordEntry]:
        if f"{self.dist_info_dir}/RECORD" not in self._files:
            raise ActionError("the wheel holds no RECORD; pip and uv refuse it, too")
        entries = []
        for row in csv.reader(self.read_dist_info("RECORD").splitlines()):
            try:
                entries.append(RecordEntry.from_elements(*row))
            except (TypeError, InvalidRecordEntry) as err:
                raise ActionError(f"RECORD has a line that is not path, hash and size: {row!r}") from err
        return entries

    def _refuse_other_bytes(self, entries: list[RecordEntry]) -> None:
        """Read copies that do not count, too: a damaged member is found by reading it."""
        by_name = defaultdict(list)
        for entry in entries:
            by_name[entry.path].append(entry)
        wrong = set()
        for info in self._zipfile.infolist():
            counts = info is self._files.get(info.filename)
            if not self._agrees(info, by_name[info.filename] if counts else []):
                wrong.add(info.filename)
        if wrong:
            raise ActionError(f"RECORD gives another hash or size for {some(wrong)}")

    def _agrees(self, info: zipfile.ZipInfo, entries: list[RecordEntry]) -> bool:
        hashes = {entry.hash_.name: hashlib.new(entry.hash_.name) for entry in entries if entry.hash_}
        size = 0
        with self._zipfile.open(info) as stream:
            while chunk := stream.read(_CHUNK):
                size += len(chunk)
                for found in hashes.values():
                    found.update(chunk)
        digests = {name: urlsafe_b64encode(found.digest()).rstrip(b"=").decode() for name, found in hashes.items()}
        return all(
            entry.size in (None, size) and (entry.hash_ is None or entry.hash_.value == digests[entry.hash_.name])
            for entry in entries
        )

    def _findings(self, entries: list[RecordEntry]) -> list[str]:
        members = self._zipfile.namelist()
        listed = [entry.path for entry in entries]
        record = f"{self.dist_info_dir}/RECORD"
        signatures = {f"{record}.jws", f"{record}.p7s"}
        bare = {entry.path for entry in entries if entry.hash_ is None or entry.size is None}
        kinds: dict[str, Collection[str]] = {
            "the wheel holds {} more than once (the last one counts)": twice(members),
            "RECORD lists {} that the wheel does not hold": {*listed} - {*members},
            "RECORD lacks {} that the wheel holds": self._files.keys() - {*listed} - signatures,
            "RECORD lists {} more than once": twice(listed),
            "RECORD gives no hash or no size for {}": self._files.keys() & bare - {record},
            "RECORD lists {} that may only sign it": {*listed} & signatures,
        }
        return [kind.format(some(names)) for kind, names in kinds.items() if names]
