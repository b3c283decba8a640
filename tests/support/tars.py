"""Tars with arbitrary members, and a folder to unpack them into, with a victim file next to it."""

import gzip
import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from actions.archive.unpack import unpack
from actions.errors import ActionError
from actions.wheel import installed

Member = tuple[tarfile.TarInfo, bytes]


def member(name: str, data: bytes = b"", kind: bytes = tarfile.REGTYPE, target: str = "", mode: int = 0o644) -> Member:
    info = tarfile.TarInfo(name)
    info.type, info.size, info.linkname, info.mode = kind, len(data), target, mode
    return info, data


def file(name: str, data: bytes = b"x") -> Member:
    return member(name, data)


def folder(name: str) -> Member:
    return member(name, kind=tarfile.DIRTYPE)


def symlink(name: str, target: str) -> Member:
    return member(name, kind=tarfile.SYMTYPE, target=target)


def hardlink(name: str, target: str) -> Member:
    return member(name, kind=tarfile.LNKTYPE, target=target)


def plain_tar(*members: Member, form: int = tarfile.PAX_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as tar:
        for info, data in members:
            tar.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def packed(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Pack files into the tar of a tool; files whose name ends in run are executable."""
    for name, data in files.items():
        (folder / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "in" / name).write_bytes(data)
        (folder / "in" / name).chmod(0o755 if name.endswith("run") else 0o600)
    installed.pack(folder / "in", folder / "tool.tar")
    return folder / "tool.tar"


class Place:
    """A folder to unpack into, and a victim file next to it."""

    def __init__(self, base: Path) -> None:
        self.base, self.into, self.victim = base, base / "into", base / "victim"
        self.into.mkdir()
        self.victim.write_text("unharmed")
        self.before = (self.victim.stat().st_mode, self.victim.stat().st_mtime_ns)

    def unpack(self, data: bytes, name: str = "p-1.tar.gz") -> Path:
        packed = gzip.compress(data) if name.endswith(".tar.gz") else data
        (self.base / name).write_bytes(packed)
        return unpack(self.base / name, self.into)

    def refuses(self, data: bytes, says: str, name: str = "p-1.tar.gz") -> None:
        with pytest.raises(ActionError, match=says) as raised:
            self.unpack(data, name)
        assert name in str(raised.value)
        self.is_untouched(name)

    def is_untouched(self, name: str = "p-1.tar.gz") -> None:
        assert sorted(path.name for path in self.base.iterdir()) == sorted(["into", "victim", name])
        assert not list(self.into.iterdir())
        assert self.victim.read_text() == "unharmed"
        assert (self.victim.stat().st_mode, self.victim.stat().st_mtime_ns) == self.before


# A good source archive, with a program and folders that have no member.
GOOD = [folder("p-1"), file("p-1/a", b"one"), member("p-1/run", b"two", mode=0o4777), file("p-1/deep/er/b", b"three")]
