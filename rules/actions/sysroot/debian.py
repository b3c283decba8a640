"""A sysroot of Debian packages: glibc, libstdc++ and libgcc of the distribution, for clang."""

import fnmatch
import gzip
import lzma
import os
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import IO, Any

from actions.archive import trees
from actions.archive.deb import FILES, copy_data
from actions.contract import MAX_ARCHIVE_BYTES
from actions.errors import ActionError
from actions.sysroot.config import clang_config_of_gcc
from actions.sysroot.headers import builtin_is_wanted
from actions.sysroot.target import Target

# Headers, libraries and the parts of GCC that are linked. The rest is documentation, programs, and libraries that no
# extension is linked with.
_WANTED = ("usr/include/*", "lib/*", "lib64/*", "usr/lib/*")
_NOT_WANTED = (
    "*/gconv/*", "*/lib*san*", "*/libgomp*", "*/plugin/*", "*/security/*", "usr/lib/debug/*", "usr/lib/systemd/*",
    "usr/lib/*/libc.a", "*/audit/*", "usr/lib/tmpfiles.d/*", "lib/systemd/*", "lib/*/ld-*.conf",
)  # fmt: skip
_CHUNK = 1 << 20


def make_tree(packages: Iterable[Path], builtins: Path, target: Target, out: Path) -> None:
    """Unpack packages to a folder, and write clang's configuration and its own headers there.

    Args:
        packages: Debian packages for the target. A later one replaces the files of an earlier one.
        builtins: folder with clang's own headers.
        target: the target.
        out: the sysroot.

    Raises:
        ActionError: a package is damaged or has a name outside the sysroot, or the packages lack a part of GCC.
    """
    out.mkdir()
    for package in packages:
        try:
            _unpack(package, out)
        except (tarfile.TarError, lzma.LZMAError, zlib.error, EOFError, OSError, ValueError, KeyError) as err:
            raise ActionError(f"{package.name} is damaged: {err}") from err
    for path in trees.files_below(builtins):
        below = path.relative_to(builtins).as_posix()
        if builtin_is_wanted(below, target):
            place = out / "resource" / "include" / below
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)
    (out / "clang.cfg").write_text(clang_config_of_gcc(target, _folder_of_gcc(out, target)))


def _unpack(package: Path, out: Path) -> None:
    with tempfile.TemporaryFile() as plain:
        files_of(package, plain)
        with tarfile.open(fileobj=plain, mode="r:") as tar:
            for member in tar:
                _write(tar, member, out)


def files_of(package: Path, plain: IO[bytes], part: str = FILES) -> None:
    """Copy the tar of the files in a package, or its other part, without compression.

    Raises:
        ActionError: the package is compressed with zstd.
        EOFError, OSError, ValueError, lzma.LZMAError, zlib.error: it is damaged.
    """
    with package.open("rb") as file, tempfile.TemporaryFile() as data:
        name = copy_data(file, data, part)
        if name.endswith(".zst"):
            raise ActionError(f"{package.name} is compressed with zstd; use Debian's packages, which are not")
        # All of it, so that its checksum is compared.
        _decompress(data, name, plain)
        plain.seek(0)


def _decompress(data: IO[bytes], name: str, plain: IO[bytes]) -> None:
    readers: dict[str, Callable[[IO[bytes]], Any]] = {".gz": gzip.open, ".xz": lzma.open}
    reader = readers.get(PurePosixPath(name).suffix)
    source = reader(data) if reader else data
    while chunk := source.read(_CHUNK):
        plain.write(chunk)
        if plain.tell() > MAX_ARCHIVE_BYTES:
            raise ValueError(f"it has more than {MAX_ARCHIVE_BYTES} bytes")


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, out: Path) -> None:
    name = member.name.removeprefix("./")
    if name.startswith("/") or ".." in name.split("/"):
        raise ValueError(f"the name {name!r} in it is not a path below its root")
    is_file = member.isfile() or member.islnk() or member.issym()
    if not is_file or not _matches(name, _WANTED) or _matches(name, _NOT_WANTED):
        return
    # A folder can be a link of an earlier package, to any place.
    place = out / name
    if place.parent.resolve() != out.resolve() / PurePosixPath(name).parent:
        raise ValueError(f"{name!r} in it is below a link")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    if member.issym():
        place.symlink_to(_relative(name, member.linkname))
    elif (file := tar.extractfile(member)) is not None:  # a hard link is the file that it leads to
        with place.open("wb") as written:
            shutil.copyfileobj(file, written)
        place.chmod(0o755 if member.mode & 0o100 else 0o644)


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def _relative(name: str, link: str) -> str:
    """Return the target of a link in the sysroot: packages have absolute ones, which begin at the root.

    Raises:
        ValueError: it leads out of the sysroot.
    """
    folder = PurePosixPath(name).parent
    if link.startswith("/"):
        return os.path.relpath(link, PurePosixPath("/", folder))
    if os.path.normpath(folder / link).startswith(".."):
        raise ValueError(f"the link {name!r} in it leads out of the sysroot")
    return link


def _folder_of_gcc(out: Path, target: Target) -> str:
    """Return the folder with the start files and libraries of the newest GCC in the packages."""
    found = sorted(out.glob(f"usr/lib/gcc/{target.cpu}-linux-gnu/*/libgcc.a"), key=lambda path: int(path.parent.name))
    parts = {
        "libgcc-N-dev": bool(found),
        "libstdc++-N-dev": bool(found) and (found[-1].parent / "libstdc++.so").is_symlink(),
        "libc6-dev": bool(list(out.glob("usr/lib/*/crti.o"))),
        "linux-libc-dev": (out / "usr/include/linux/types.h").exists(),
    }
    missing = [name for name, is_there in parts.items() if not is_there]
    if missing:
        raise ActionError(f"the packages lack {', '.join(missing)} for {target.cpu}")
    return found[-1].parent.relative_to(out).as_posix()
