"""Unpack a source archive that nobody has vouched for.

Python's own ``data`` filter can be escaped on patch levels that are in use, and Bazel's extraction writes outside its
folder, so neither is trusted: the whole member list is judged first, and only then are bytes written.
"""

import bz2
import lzma
import os
import shutil
import stat
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any, Literal, NamedTuple, TypeVar, cast

from errors import ActionError

MAX_MEMBERS = 200_000
MAX_BYTES = 8 << 30
# A source tree packs at most about 1:60 as a whole; this allows for more, and only small archives may pass it.
MAX_RATIO = 200
RATIO_FREE_BYTES = 64 << 20
MAX_NAME = 1024

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

Kind = Literal["file", "folder", "symlink", "hardlink"]
Info = TypeVar("Info", tarfile.TarInfo, zipfile.ZipInfo)


class Member(NamedTuple):
    """One entry of an archive, judged by name before anything is written."""

    name: str
    kind: Kind
    size: int
    executable: bool = False
    target: str = ""


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
            if len(infos) > MAX_MEMBERS:
                raise ActionError(f"{archive.name} has more than {MAX_MEMBERS} members")
        infos = [info for info in infos if info.name != "pax_global_header"]
        members = [_tar_member(archive, info) for info in infos]
        top = check(archive.name, members)
        _write_all(into, top, zip(members, infos, strict=True), tar.extractfile)
    return into / top


def _decompressed(archive: Path, beside: Path) -> IO[bytes]:
    """Return the archive's plain bytes as an unnamed file, so that members are listed first and read later."""
    with archive.open("rb") as file:
        start = file.read(6)
    make = next((make for magic, make in _DECOMPRESSORS.items() if start.startswith(magic)), None)
    if make is None:
        return archive.open("rb")
    plain_path = beside / ".unpacking"
    plain = plain_path.open("w+b")
    plain_path.unlink()
    try:
        _decompress(archive, make(), plain)
    except (OSError, lzma.LZMAError, zlib.error) as err:
        plain.close()
        if isinstance(err, OSError) and err.errno is not None:
            raise  # the disk's trouble, not the archive's
        raise ActionError(f"{archive.name} is damaged: {err}") from err
    plain.seek(0)
    return plain


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
    kinds: dict[bytes, Kind] = {
        tarfile.REGTYPE: "file",
        tarfile.AREGTYPE: "file",
        tarfile.CONTTYPE: "file",
        tarfile.DIRTYPE: "folder",
        tarfile.SYMTYPE: "symlink",
        tarfile.LNKTYPE: "hardlink",
    }
    if info.type not in kinds or info.issparse():
        raise ActionError(f"{archive.name}: {info.name!r} is a device, pipe or another thing that is no file")
    return Member(info.name, kinds[info.type], info.size, bool(info.mode & stat.S_IXUSR), info.linkname)


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
        _write_all(into, top, zip(members, infos, strict=True), zipped.open)
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


def check(archive: str, members: list[Member]) -> str:
    """Judge a whole member list; return the name of its one top-level folder.

    Raises:
        ActionError: naming the archive, the first bad member and why.
    """
    paths = [_parts(archive, member.name) for member in members]
    links = {"/".join(parts) for member, parts in zip(members, paths, strict=True) if member.kind == "symlink"}
    _refuse_doubles(archive, members, paths, links)
    for member in members:
        if member.kind in ("symlink", "hardlink"):
            _check_link(archive, member, links)
    total = sum(member.size for member in members)
    if total > MAX_BYTES:
        raise ActionError(f"{archive} grows to {total:,} bytes when unpacked")
    tops = {parts[0] for parts in paths}
    if len(tops) != 1:
        raise ActionError(f"{archive} has {len(tops)} top-level entries, a source has one folder: {sorted(tops)[:5]}")
    (top,) = tops
    if any(member.name.strip("/") == top and member.kind != "folder" for member in members):
        raise ActionError(f"{archive}: its top-level entry {top!r} is no folder")
    return top


def _refuse_doubles(archive: str, members: list[Member], paths: list[tuple[str, ...]], links: set[str]) -> None:
    """No two members may meet in one path, in a file system that folds case or Unicode either."""
    seen: dict[str, str] = {}
    files: set[str] = set()
    above: set[str] = set()
    for member, parts in zip(members, paths, strict=True):
        parents = {"/".join(parts[:n]) for n in range(1, len(parts))}
        name = "/".join(parts)
        folded = unicodedata.normalize("NFC", name).casefold()
        if folded in seen and (member.kind != "folder" or name in files):
            raise ActionError(f"{archive}: {member.name!r} appears twice (as {seen[folded]!r})")
        if parents & links:
            raise ActionError(f"{archive}: {member.name!r} lies below a link")
        seen.setdefault(folded, member.name)
        above |= parents
        if member.kind != "folder":
            files.add(name)
    if files & above:
        raise ActionError(f"{archive}: {min(files & above)!r} appears twice, as a file and as a folder")


def _parts(archive: str, name: str) -> tuple[str, ...]:
    if not name or len(name) > MAX_NAME:
        raise ActionError(f"{archive}: a member name of {len(name)} characters")
    if name.startswith("/") or "\\" in name or any(unicodedata.category(c) in ("Cc", "Cs") for c in name):
        raise ActionError(f"{archive}: {name!r} is absolute, or holds a backslash, control or undecodable character")
    parts = tuple(part for part in PurePosixPath(name).parts if part != ".")
    if ".." in parts or not parts:
        raise ActionError(f"{archive}: {name!r} leaves the archive's folder")
    if len(parts[0]) == 2 and parts[0].endswith(":"):
        raise ActionError(f"{archive}: {name!r} names a drive")
    return parts


def _check_link(archive: str, member: Member, links: set[str]) -> None:
    """Judge where a link points: a symlink's target is relative to its folder, a hard link's to the archive.

    A target may not pass through another link, since `..` after a link is not where the text says.
    """
    top, *folders = _parts(archive, member.name)[:-1] or [""]
    base = [top, *folders] if member.kind == "symlink" else []
    inside = (
        bool(member.target)
        and not member.target.startswith("/")
        and "\\" not in member.target
        and "\0" not in member.target
    )
    for part in PurePosixPath(member.target).parts if inside else ():
        if "/".join(base) in links or (part == ".." and len(base) <= 1):
            inside = False
        elif part == "..":
            base.pop()
        elif part != ".":
            base.append(part)
    if not inside or not base or base[0] != top or (member.kind == "hardlink" and "/".join(base) in links):
        raise ActionError(f"{archive}: link {member.name!r} points outside or through a link, to {member.target!r}")


def _write_all(
    into: Path, top: str, members: Iterable[tuple[Member, Info]], read: Callable[[Info], IO[bytes] | None]
) -> None:
    """Write judged members, or nothing: a zip may turn out damaged while it is read."""
    if (into / top).exists():
        raise ActionError(f"{top} is there already")
    try:
        _write(into, members, read)
    except BaseException:
        shutil.rmtree(into / top, ignore_errors=True)
        raise


def _write(into: Path, members: Iterable[tuple[Member, Info]], read: Callable[[Info], IO[bytes] | None]) -> None:
    """Write judged members: folders and files in order, then hard links as copies, symlinks last of all."""
    later: list[Member] = []
    made: set[str] = set()
    for member, info in members:
        path = os.path.join(into, os.path.normpath(member.name))
        folder = path if member.kind == "folder" else os.path.dirname(path)
        if folder not in made:
            os.makedirs(folder, exist_ok=True)
            made.add(folder)
        if member.kind == "file":
            source = cast(IO[bytes], read(info))  # a file member always has bytes
            with source, open(path, "xb", opener=_executable if member.executable else _plain) as file:
                shutil.copyfileobj(source, file, 1 << 20)
        elif member.kind != "folder":
            later.append(member)
    for member in sorted(later, key=lambda member: member.kind == "symlink"):
        path = os.path.join(into, os.path.normpath(member.name))
        if member.kind == "symlink":
            os.symlink(member.target, path)
        else:
            shutil.copy(os.path.join(into, os.path.normpath(member.target)), path)


def _plain(path: str, flags: int) -> int:
    return os.open(path, flags, 0o644)


def _executable(path: str, flags: int) -> int:
    return os.open(path, flags, 0o755)


def files_below(folder: Path) -> Iterator[Path]:
    """Yield every file and link below a folder in a fixed order."""
    for parent, folders, files in os.walk(folder):
        folders.sort()
        linked = [name for name in folders if os.path.islink(os.path.join(parent, name))]
        for name in sorted(files + linked):
            yield Path(parent, name)
