"""Unpack a source archive that nobody has vouched for.

Python's own ``data`` filter can be escaped on patch levels that are in use, and Bazel's extraction writes outside its
folder, so neither is trusted: the whole member list is judged first, and only then are bytes written.
"""

import bz2
import io
import lzma
import os
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any, TypeVar

from errors import ActionError
from members import MAX_BYTES, Kind, Member, check

MAX_MEMBERS = 200_000
# A source tree packs at most about 1:60 as a whole; this allows for more, and only small archives may pass it.
MAX_RATIO = 200
RATIO_FREE_BYTES = 64 << 20

# One compressed stream each: what follows it is none of the archive, and other programs would read it.
_DECOMPRESSORS: dict[bytes, Callable[[], Any]] = {
    b"\x1f\x8b": lambda: zlib.decompressobj(wbits=31),
    b"BZh": bz2.BZ2Decompressor,
    b"\xfd7zXZ": lzma.LZMADecompressor,
}
_SUFFIX_MAGIC = {
    ".tar.gz": b"\x1f\x8b",
    ".tgz": b"\x1f\x8b",
    ".crate": b"\x1f\x8b",
    ".tar.bz2": b"BZh",
    ".tar.xz": b"\xfd7zXZ",
    ".zip": b"PK",
}

_TAR_KINDS: dict[bytes, Kind] = {
    tarfile.REGTYPE: "file",
    tarfile.AREGTYPE: "file",
    tarfile.CONTTYPE: "file",
    tarfile.DIRTYPE: "folder",
    tarfile.SYMTYPE: "symlink",
    tarfile.LNKTYPE: "hardlink",
}
# Up to this size an archive is decompressed in memory, where it may grow by the ratio above.
_IN_MEMORY = 1 << 20
_CHUNK = 16 << 20
Info = TypeVar("Info", tarfile.TarInfo, zipfile.ZipInfo)


def unpack(archive: Path, into: Path) -> Path:
    """Unpack a tar or zip archive with one top-level folder into an existing folder; return the folder made there.

    Raises:
        ActionError: the archive is damaged, is another kind than its name says, is too large, or holds a member that
            is not a plain file, folder or link inside the tree. Nothing is written in that case.
    """
    suffix = _suffix(archive)
    try:
        if suffix == ".zip":
            return _unpack_zip(archive, into)
        return _unpack_tar(archive, into)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, zlib.error) as err:
        raise ActionError(f"{archive.name} is damaged: {err}") from err
    except NotImplementedError as err:
        raise ActionError(f"{archive.name} can't be unpacked: {err}") from err
    except RuntimeError as err:  # zipfile's word for an encrypted member
        raise ActionError(f"{archive.name} can't be unpacked: {err}") from err
    except UnicodeDecodeError as err:
        raise ActionError(f"{archive.name} has a member whose name is not UTF-8") from err


def _suffix(archive: Path) -> str:
    """Return the archive's kind by name, after checking that its first bytes agree."""
    with archive.open("rb") as file:
        start = file.read(6)
    for suffix, magic in _SUFFIX_MAGIC.items():
        if archive.name.endswith(suffix):
            if not start.startswith(magic):
                raise ActionError(f"{archive.name} is no {suffix} archive: it begins with {start!r}")
            return suffix
    if archive.name.endswith(".tar"):
        return ".tar"
    raise ActionError(f"{archive.name}: unknown kind of archive; a source is one of .tar, {', '.join(_SUFFIX_MAGIC)}")


def _unpack_tar(archive: Path, into: Path) -> Path:
    with _decompressed(archive, into) as plain, tarfile.open(fileobj=plain, mode="r:", encoding="utf-8") as tar:
        infos: list[tarfile.TarInfo] = []
        for info in tar:
            infos.append(info)
            if info.size < 0:
                raise ActionError(f"{archive.name} is damaged: {info.name!r} has {info.size} bytes")
            if len(infos) > MAX_MEMBERS:
                raise ActionError(f"{archive.name} has more than {MAX_MEMBERS} members")
        infos = [info for info in infos if info.name != "pax_global_header"]
        members = [_tar_member(archive, info) for info in infos]
        top = check(archive.name, members)

        def write(info: tarfile.TarInfo, path: str, mode: int) -> None:
            plain.seek(info.offset_data)
            write_file(path, mode, plain, info.size)

        _write_all(into, top, zip(members, infos, strict=True), write)
    return into / top


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
    except (OSError, lzma.LZMAError, zlib.error) as err:
        plain.close()
        if isinstance(err, OSError) and err.errno is not None:
            raise  # the disk's trouble, not the archive's
        raise ActionError(f"{archive.name} is damaged: {err}") from err
    plain.seek(0)
    return plain


def _scratch_file(folder: Path) -> IO[bytes]:
    path = folder / ".unpacking"
    file = path.open("w+b")
    path.unlink()
    return file


def _decompress(archive: Path, decompressor: Any, plain: IO[bytes]) -> None:
    limit = min(MAX_BYTES, max(RATIO_FREE_BYTES, MAX_RATIO * archive.stat().st_size))
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


def _tar_member(archive: Path, info: tarfile.TarInfo) -> Member:
    if info.type not in _TAR_KINDS or info.issparse():
        raise ActionError(f"{archive.name}: {info.name!r} is a device, pipe or another thing that is no file")
    return Member(info.name, _TAR_KINDS[info.type], info.size, bool(info.mode & stat.S_IXUSR), info.linkname)


def _unpack_zip(archive: Path, into: Path) -> Path:
    with zipfile.ZipFile(archive) as zipped:
        infos = zipped.infolist()
        _check_zip_frame(archive, zipped)
        if len(infos) > MAX_MEMBERS:
            raise ActionError(f"{archive.name} has more than {MAX_MEMBERS} members")
        members = [_zip_member(archive, info) for info in infos]
        total = sum(member.size for member in members)
        if total > max(RATIO_FREE_BYTES, MAX_RATIO * archive.stat().st_size):
            raise ActionError(f"{archive.name} grows to {total:,} bytes when unpacked: a decompression bomb?")
        top = check(archive.name, members)

        def write(info: zipfile.ZipInfo, path: str, mode: int) -> None:
            with zipped.open(info) as source:
                write_file(path, mode, source, info.file_size)
                if source.read(1):  # at the end, and not before, the checksum is looked at
                    raise zipfile.BadZipFile(f"{info.filename!r} holds more than it says")

        _write_all(into, top, zip(members, infos, strict=True), write)
    return into / top


def _check_zip_frame(archive: Path, zipped: zipfile.ZipFile) -> None:
    """A zip is read from its end, so that bytes before or after it are another archive to another program."""
    end = archive.stat().st_size - len(zipped.comment) - 22
    with archive.open("rb") as file:
        file.seek(max(end, 0))
        record = file.read(22)
    if not record.startswith(b"PK\x05\x06") or int.from_bytes(record[20:22], "little") != len(zipped.comment):
        raise ActionError(f"{archive.name} is damaged: bytes follow its end")
    if min((info.header_offset for info in zipped.infolist()), default=0) != 0:
        raise ActionError(f"{archive.name} is damaged: bytes stand before its first member")


def _zip_member(archive: Path, info: zipfile.ZipInfo) -> Member:
    mode = info.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise ActionError(f"{archive.name}: {info.filename!r} is a link or device, which a zip source may not hold")
    if info.orig_filename != info.filename:
        raise ActionError(f"{archive.name}: member name {info.orig_filename!r} holds a NUL or a backslash")
    kind: Kind = "folder" if info.is_dir() else "file"
    return Member(info.filename, kind, info.file_size, bool(mode & stat.S_IXUSR))


def _write_all(
    into: Path, top: str, members: Iterable[tuple[Member, Info]], write: Callable[[Info, str, int], None]
) -> None:
    """Write judged members, or nothing: a zip may turn out damaged while it is read."""
    if (into / top).exists():
        raise ActionError(f"{top} is there already")
    try:
        _write(str(into), members, write)
    except BaseException:
        shutil.rmtree(into / top, ignore_errors=True)
        raise


def _write(into: str, members: Iterable[tuple[Member, Info]], write: Callable[[Info, str, int], None]) -> None:
    """Write judged members: folders and files in order, then hard links as copies, symlinks last of all."""
    later: list[tuple[Member, str]] = []
    made: set[str] = set()
    for member, info in members:
        path = _place(into, member.name)
        folder = path if member.kind == "folder" else path.rpartition("/")[0]
        if folder not in made:
            os.makedirs(folder, exist_ok=True)
            made.add(folder)
        if member.kind == "file":
            write(info, path, 0o755 if member.executable else 0o644)
        elif member.kind != "folder":
            later.append((member, path))
    for member, path in sorted(later, key=lambda one: one[0].kind == "symlink"):
        if member.kind == "symlink":
            os.symlink(member.target, path)
        else:
            shutil.copy(_place(into, member.target), path)


def _place(into: str, name: str) -> str:
    return f"{into}/{os.path.normpath(name)}"


def write_file(path: str, mode: int, source: IO[bytes], size: int, flags: int = os.O_EXCL) -> None:
    """Write the next bytes of a source to a file, past Python's buffers: most files are small, a large one is cut.

    Args:
        path: the file.
        mode: its permissions.
        source: an open file.
        size: how many bytes.
        flags: of `os.open`; the file is to be new unless they say otherwise.

    Raises:
        EOFError: the source ends before that.
    """
    file = os.open(path, os.O_WRONLY | os.O_CREAT | flags, mode)
    try:
        while size:
            chunk = source.read(min(size, _CHUNK))
            if not chunk:
                raise EOFError(f"{os.path.basename(path)} is cut short")
            size -= len(chunk)
            while chunk:
                chunk = chunk[os.write(file, chunk) :]
    finally:
        os.close(file)


def files_below(folder: Path) -> Iterator[Path]:
    """Yield every file and link below a folder in a fixed order."""
    for parent, folders, files in os.walk(folder):
        folders.sort()
        linked = [name for name in folders if os.path.islink(os.path.join(parent, name))]
        for name in sorted(files + linked):
            yield Path(parent, name)
