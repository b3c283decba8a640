"""Unpack a zip."""

import lzma
import stat
import zipfile
from pathlib import Path

from actions.archive import trees
from actions.archive.members import Entry, Kind, Member, check
from actions.contract import MAX_ARCHIVE_MEMBERS
from actions.errors import ActionError

Damaged = (zipfile.BadZipFile, lzma.LZMAError)


def unpack(archive: Path, into: Path) -> str:
    """Judge an archive and unpack it; return the name of the one folder made there. See `archives.unpack`."""
    with zipfile.ZipFile(archive) as zipped:
        infos = zipped.infolist()
        _check_frame(archive, zipped)
        if len(infos) > MAX_ARCHIVE_MEMBERS:
            raise ActionError(f"{archive.name} has more than {MAX_ARCHIVE_MEMBERS} members")
        members = [_member(archive, info) for info in infos]
        layout = check(archive, members)

        def write(entry: Entry, path: str, mode: int) -> None:
            info = infos[entry.member]
            with zipped.open(info) as source:
                trees.write_file(path, mode, source, info.file_size)
                if source.read(1):  # at the end, and not before, the checksum is looked at
                    raise zipfile.BadZipFile(f"{info.filename!r} holds more than it says")

        trees.write_all(into, layout, write)
    return layout.top


def _check_frame(archive: Path, zipped: zipfile.ZipFile) -> None:
    """A zip is read from its end, so that bytes before or after it are another archive to another program."""
    end = archive.stat().st_size - len(zipped.comment) - 22
    with archive.open("rb") as file:
        file.seek(max(end, 0))
        record = file.read(22)
    if not record.startswith(b"PK\x05\x06") or int.from_bytes(record[20:22], "little") != len(zipped.comment):
        raise ActionError(f"{archive.name} is damaged: bytes follow its end")
    if min((info.header_offset for info in zipped.infolist()), default=0) != 0:
        raise ActionError(f"{archive.name} is damaged: bytes stand before its first member")


def _member(archive: Path, info: zipfile.ZipInfo) -> Member:
    mode = info.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise ActionError(f"{archive.name}: {info.filename!r} is a link or device, which a zip source may not hold")
    if info.orig_filename != info.filename:
        raise ActionError(f"{archive.name}: member name {info.orig_filename!r} holds a NUL or a backslash")
    kind: Kind = "folder" if info.is_dir() else "file"
    return Member(info.filename, kind, info.file_size, bool(mode & stat.S_IXUSR))
