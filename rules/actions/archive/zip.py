"""Unpack a zip: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT."""

import lzma
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

from actions.archive import trees
from actions.archive.members import Entry, Kind, Member, check
from actions.contract import MAX_ARCHIVE_MEMBERS
from actions.errors import ActionError

Damaged = (zipfile.BadZipFile, lzma.LZMAError)


def unpack(archive: Path, into: Path, wanted: Callable[[str], bool] | None = None) -> str:
    """Check an archive and unpack it; return the name of its top-level folder. See `archive.unpack`."""
    with zipfile.ZipFile(archive) as zipped:
        infos = zipped.infolist()
        _check_frame(archive, zipped)
        if len(infos) > MAX_ARCHIVE_MEMBERS:
            raise ActionError(f"{archive.name} has more than {MAX_ARCHIVE_MEMBERS} members")
        infos = [info for info in infos if wanted is None or wanted(info.filename)]
        members = [_member(archive, info) for info in infos]
        layout = check(archive, members)

        def write(entry: Entry, path: str, mode: int) -> None:
            info = infos[entry.member]
            with zipped.open(info) as source:
                trees.write_file(path, mode, source, info.file_size)
                if source.read(1):  # zipfile checks the checksum only at the end
                    raise zipfile.BadZipFile(f"{info.filename!r} is larger than its header says")

        trees.write_all(into, layout, write)
    return layout.top


def _check_frame(archive: Path, zipped: zipfile.ZipFile) -> None:
    """Refuse bytes before or after a zip: other programs could read them as another archive."""
    end = archive.stat().st_size - len(zipped.comment) - 22
    with archive.open("rb") as file:
        file.seek(max(end, 0))
        record = file.read(22)
    if not record.startswith(b"PK\x05\x06") or int.from_bytes(record[20:22], "little") != len(zipped.comment):
        raise ActionError(f"{archive.name} is damaged: bytes follow its end")
    if min((info.header_offset for info in zipped.infolist()), default=0) != 0:
        raise ActionError(f"{archive.name} is damaged: there are bytes before its first member")


def _member(archive: Path, info: zipfile.ZipInfo) -> Member:
    mode = info.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise ActionError(
            f"{archive.name}: {info.filename!r} is a link or a device; a source in a zip can't contain these"
        )
    if info.orig_filename != info.filename:
        raise ActionError(f"{archive.name}: the member name {info.orig_filename!r} contains a NUL or a backslash")
    kind: Kind = "folder" if info.is_dir() else "file"
    return Member(info.filename, kind, info.file_size, bool(mode & stat.S_IXUSR))
