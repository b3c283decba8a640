"""Unpack a tar, plain or compressed."""

import bz2
import io
import lzma
import stat
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import trees
from errors import ActionError
from members import MAX_BYTES, MAX_MEMBERS, Kind, Member, check, most_bytes

Damaged = (tarfile.TarError, lzma.LZMAError)

# One compressed stream each: what follows it is none of the archive, and other programs would read it.
_DECOMPRESSORS: dict[bytes, Callable[[], Any]] = {
    b"\x1f\x8b": lambda: zlib.decompressobj(wbits=31),
    b"BZh": bz2.BZ2Decompressor,
    b"\xfd7zXZ": lzma.LZMADecompressor,
}
_KINDS: dict[bytes, Kind] = {
    tarfile.REGTYPE: "file",
    tarfile.AREGTYPE: "file",
    tarfile.CONTTYPE: "file",
    tarfile.DIRTYPE: "folder",
    tarfile.SYMTYPE: "symlink",
    tarfile.LNKTYPE: "hardlink",
}
# Up to this size an archive is decompressed in memory, where it may grow by the ratio that is allowed.
_IN_MEMORY = 1 << 20
# Names and times of one member.
_LARGEST_HEADER = 1 << 20
_MOST_HEADERS = 256 << 20


def unpack(archive: Path, into: Path) -> str:
    """Judge an archive and unpack it; return the name of the one folder made there. See `archives.unpack`."""
    with (
        _decompressed(archive, into) as plain,
        tarfile.open(fileobj=_Headers(plain), mode="r:", encoding="utf-8") as tar,  # type: ignore[call-overload]
    ):
        infos: list[tarfile.TarInfo] = []
        for info in tar:
            infos.append(info)
            if info.size < 0:
                raise ActionError(f"{archive.name} is damaged: {info.name!r} has {info.size} bytes")
            if len(infos) > MAX_MEMBERS:
                raise ActionError(f"{archive.name} has more than {MAX_MEMBERS} members")
        infos = [info for info in infos if info.name != "pax_global_header"]
        members = [_member(archive, info) for info in infos]
        top = check(archive.name, members)

        def write(info: tarfile.TarInfo, path: str, mode: int) -> None:
            plain.seek(info.offset_data)
            trees.write_file(path, mode, plain, info.size)

        trees.write_all(into, top, zip(members, infos, strict=True), write)
    return top


class _Headers:
    """What tarfile reads of an archive: headers, each of which it takes into memory whole, however large."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._left = _MOST_HEADERS
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int) -> bytes:
        self._left -= size if size > tarfile.BLOCKSIZE else 0  # what is longer is kept beside that of the next
        if size > _LARGEST_HEADER or self._left < 0:
            raise tarfile.ReadError(f"headers of more than {size:,} bytes")
        return self._file.read(size)


def _decompressed(archive: Path, beside: Path) -> IO[bytes]:
    """Return the archive's plain bytes as an unnamed file, so that members are listed first and read later."""
    with archive.open("rb") as file:
        start = file.read(6)
    make = next((make for magic, make in _DECOMPRESSORS.items() if start.startswith(magic)), None)
    if make is None:
        return archive.open("rb")
    plain = _scratch_file(beside) if archive.stat().st_size > _IN_MEMORY else io.BytesIO()
    try:
        _decompress(archive, make(), plain)
    except BaseException:
        plain.close()
        raise
    plain.seek(0)
    return plain


def _scratch_file(folder: Path) -> IO[bytes]:
    path = folder / ".unpacking"
    file = path.open("w+b")
    path.unlink()
    return file


def _decompress(archive: Path, decompressor: Any, plain: IO[bytes]) -> None:
    limit = min(MAX_BYTES, most_bytes(archive))
    with archive.open("rb") as packed:
        while not decompressor.eof and (chunk := packed.read(1 << 16)):
            plain.write(decompressor.decompress(chunk))
            if plain.tell() > limit:
                raise ActionError(f"{archive.name} grows past {limit:,} bytes when unpacked: a decompression bomb?")
        rest = decompressor.unused_data + packed.read()
    if not decompressor.eof:
        raise ActionError(f"{archive.name} is damaged: it ends early")
    if rest.strip(b"\0"):
        raise ActionError(f"{archive.name} is damaged: {len(rest)} bytes follow its end")


def _member(archive: Path, info: tarfile.TarInfo) -> Member:
    if info.type not in _KINDS or info.issparse():
        raise ActionError(f"{archive.name}: {info.name!r} is a device, pipe or another thing that is no file")
    return Member(info.name, _KINDS[info.type], info.size, bool(info.mode & stat.S_IXUSR), info.linkname)
