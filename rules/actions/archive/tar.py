"""Unpack a tar, plain or compressed."""

import bz2
import io
import lzma
import stat
import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from actions.archive import trees
from actions.archive.format import BoundedFile
from actions.archive.members import Entry, Kind, Member, check, most_bytes
from actions.contract import MAX_ARCHIVE_BYTES, MAX_ARCHIVE_MEMBERS
from actions.errors import ActionError

Damaged = (tarfile.TarError, lzma.LZMAError)

# Each decompresses one stream; an archive can have several streams, one after the other.
_DECOMPRESSORS: dict[bytes, Callable[[], Any]] = {
    b"\x1f\x8b": lambda: zlib.decompressobj(wbits=31),
    b"BZh": bz2.BZ2Decompressor,
    b"\xfd7zXZ": lzma.LZMADecompressor,
}
_LONGEST_MAGIC = max(map(len, _DECOMPRESSORS))
_CHUNK = 1 << 16
_LARGEST_PIECE = 1 << 20
_KINDS: dict[bytes, Kind] = {
    tarfile.REGTYPE: "file",
    tarfile.AREGTYPE: "file",
    tarfile.CONTTYPE: "file",
    tarfile.DIRTYPE: "folder",
    tarfile.SYMTYPE: "symlink",
    tarfile.LNKTYPE: "hardlink",
}
# Up to this size an archive is decompressed in memory. Its unpacked size is limited by MAX_ARCHIVE_RATIO.
_IN_MEMORY = 1 << 20
# Largest header of one member, with its name and times.
_LARGEST_HEADER = 1 << 20


def unpack(archive: Path, into: Path) -> str:
    """Check an archive and unpack it; return the name of its top-level folder. See `archive.unpack`."""
    starts: list[int] = []
    with (
        _decompressed(archive, into, starts) as plain,
        tarfile.open(fileobj=BoundedFile(plain, _LARGEST_HEADER), mode="r:", encoding="utf-8") as tar,  # type: ignore[call-overload]
    ):
        infos: list[tarfile.TarInfo] = []
        for info in tar:
            infos.append(info)
            if info.size < 0:
                raise ActionError(f"{archive.name} is damaged: {info.name!r} has {info.size} bytes")
            if len(infos) > MAX_ARCHIVE_MEMBERS:
                raise ActionError(f"{archive.name} has more than {MAX_ARCHIVE_MEMBERS} members")
        _refuse_second_archive(archive, plain, tar.offset, starts)
        infos = [info for info in infos if info.name != "pax_global_header"]
        members = [_member(archive, info) for info in infos]
        layout = check(archive, members)

        def write(entry: Entry, path: str, mode: int) -> None:
            info = infos[entry.member]
            plain.seek(info.offset_data)
            trees.write_file(path, mode, plain, info.size)

        trees.write_all(into, layout, write)
    return layout.top


def _refuse_second_archive(archive: Path, plain: IO[bytes], end: int, starts: list[int]) -> None:
    """Refuse a compressed stream that begins after the end of the tar: other programs would read it.

    Zeros may follow, since they pad a tar. As POSIX allows, any bytes may follow in the stream in which the tar ends.
    """
    start = next((start for start in starts if start >= end), None)
    if start is None:
        return
    plain.seek(start)
    while chunk := plain.read(_CHUNK):
        if chunk.strip(b"\0"):
            raise ActionError(f"{archive.name} is damaged: another archive follows its end")


def _decompressed(archive: Path, folder: Path, starts: list[int]) -> IO[bytes]:
    """Return the archive's plain bytes as an unnamed file, so that members are listed first and read later.

    Args:
        archive: the tar, plain or compressed.
        folder: folder for the unnamed file.
        starts: list that receives the start of each further compressed stream, as a position in the plain bytes.
    """
    with archive.open("rb") as file:
        start = file.read(6)
    magic = next((magic for magic in _DECOMPRESSORS if start.startswith(magic)), None)
    if magic is None:
        return archive.open("rb")
    plain = _scratch_file(folder) if archive.stat().st_size > _IN_MEMORY else io.BytesIO()
    try:
        _decompress(archive, magic, plain, starts)
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


def _decompress(archive: Path, magic: bytes, plain: IO[bytes], starts: list[int]) -> None:
    """Write the plain bytes of all streams, as gzip, bzip2 and xz do.

    Bytes other than zeros after the last stream are refused: other programs would read them as another archive.
    """
    limit = min(MAX_ARCHIVE_BYTES, most_bytes(archive))
    with archive.open("rb") as packed:
        chunk = packed.read(_CHUNK)
        while chunk:
            decompressor = _DECOMPRESSORS[magic]()
            while chunk and not decompressor.eof:
                for piece in _pieces(decompressor, chunk):
                    plain.write(piece)
                    _refuse_bomb(archive, plain, limit)
                chunk = b"" if decompressor.eof else packed.read(_CHUNK)
            if not decompressor.eof:
                raise ActionError(f"{archive.name} is damaged: it ends early")
            chunk = _next_stream(decompressor.unused_data, packed)
            if chunk and (not chunk.startswith(magic) or len(starts) >= MAX_ARCHIVE_MEMBERS):
                rest = packed.tell() - len(chunk)
                raise ActionError(f"{archive.name} is damaged: bytes follow its end at {rest:,}")
            starts.append(plain.tell())


def _refuse_bomb(archive: Path, plain: IO[bytes], limit: int) -> None:
    if plain.tell() > limit:
        raise ActionError(f"{archive.name} unpacks to more than {limit:,} bytes; it may be a decompression bomb")


def _pieces(decompressor: Any, data: bytes) -> Iterator[bytes]:
    """Decompress bytes and yield the result in pieces: a few bytes can decompress to more than fits into memory."""
    while True:
        piece = decompressor.decompress(data, _LARGEST_PIECE)
        yield piece
        data = getattr(decompressor, "unconsumed_tail", b"")  # only zlib has it; the others keep the rest themselves
        more = data or len(piece) == _LARGEST_PIECE or not getattr(decompressor, "needs_input", True)
        if decompressor.eof or not more:
            return


def _next_stream(rest: bytes, packed: IO[bytes]) -> bytes:
    """Return the bytes after a stream and its padding; at least as many as are needed to know their format."""
    rest = rest.lstrip(b"\0")
    while len(rest) < _LONGEST_MAGIC and (more := packed.read(_CHUNK)):
        rest = (rest + more).lstrip(b"\0")
    return rest


def _member(archive: Path, info: tarfile.TarInfo) -> Member:
    if info.type not in _KINDS or info.issparse():
        raise ActionError(
            f"{archive.name}: {info.name!r} is not a file, folder or link but a device, a pipe or the like"
        )
    return Member(info.name, _KINDS[info.type], info.size, bool(info.mode & stat.S_IXUSR), info.linkname)
