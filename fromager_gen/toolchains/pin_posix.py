"""POSIX programs for toolchains.lock.json: what the programs and libraries in Debian packages are."""

import re
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from fromager_gen.addresses import without_credentials
from fromager_gen.contract import POSIX_PROGRAMS
from fromager_gen.errors import LockError
from fromager_gen.toolchains.archives import DAMAGED, SUFFIXES, fetched, members
from fromager_gen.toolchains.elf import cpu_of, names_loader
from fromager_gen.toolchains.file import checked_posix
from fromager_gen.toolchains.model import PosixToolchain, ToolchainsLock

if TYPE_CHECKING:
    import requests

_FOLDERS = re.compile(r"(usr/)?s?bin")
_LIBRARY = re.compile(r"(usr/)?lib(64)?/([a-z0-9_]+-linux-[a-z]+/)?(?P<name>[A-Za-z0-9_+.-]+\.so(\.[0-9.]+)?)")
_LOADER = re.compile(r"ld-(linux|musl)[A-Za-z0-9_-]*\.so\.\d")
_BUSYBOX = "busybox"
_LARGEST_PROGRAM = 1 << 28


@dataclass
class _Found:
    """What packages contain, by the path in them."""

    cpus: set[str] = field(default_factory=set)
    links: dict[str, str] = field(default_factory=dict)
    static: dict[str, bytes] = field(default_factory=dict)
    dynamic: set[str] = field(default_factory=set)
    libraries: set[str] = field(default_factory=set)


def with_posix(
    lock: ToolchainsLock, addresses: Sequence[str], client: "requests.Session"
) -> tuple[ToolchainsLock, PosixToolchain]:
    """Add POSIX programs to a lock, in place of those for the same CPU; return them too.

    Args:
        lock: the lock.
        addresses: addresses of Debian packages or tars, each optionally with ``#sha256=HASH``.
        client: from `net.session`.

    Raises:
        FetchError: a file can't be downloaded.
        InputError: an address is not valid.
        LockError: a file has another hash, or the packages have no programs of one CPU that can run.
    """
    found = _Found()
    with fetched(addresses, client, SUFFIXES) as archives:
        files = [file for file, _ in archives]
        shown = ", ".join(without_credentials(file.url) for file in files)
        for _, path in archives:
            _look_into(found, path, shown)
    if len(found.cpus) != 1:
        cpus = ", ".join(sorted(found.cpus)) or "no CPU"
        raise LockError(f"{shown}: the programs are for {cpus}. Give packages with programs for one CPU")
    (cpu,) = found.cpus
    names = [f"posix_{cpu}_{number}" for number in range(len(files))]
    try:
        added = checked_posix(_toolchain(found, cpu, tuple(names)))
    except ValueError as err:
        raise LockError(f"{shown}: {err}") from err
    pinned = {**lock.files, **dict(zip(names, files, strict=True))}
    others = [one for one in lock.posix if one.key != added.key]
    posix = tuple(sorted((*others, added), key=lambda one: one.key))
    return replace(lock, files=pinned, posix=posix).without_unused_files(), added


def _look_into(found: _Found, path: Path, shown: str) -> None:
    try:
        with members(path) as inside:
            for member, tar in inside:
                _look(found, member, tar)
    except DAMAGED as err:
        raise LockError(f"{shown}: {path.name} is damaged: {err}") from err


def _look(found: _Found, member: tarfile.TarInfo, tar: tarfile.TarFile) -> None:
    name = member.name.removeprefix("./")
    is_program = bool(_FOLDERS.fullmatch(name.rpartition("/")[0])) and member.mode & 0o111
    if not is_program and not _LIBRARY.fullmatch(name):
        return
    if member.issym():
        found.links[name] = _target(name, member.linkname)
    elif member.isfile() and (file := tar.extractfile(member)):
        data = file.read(_LARGEST_PROGRAM)
        cpu = cpu_of(data)
        if cpu is None:
            return
        found.cpus.add(cpu)
        if not is_program:
            found.libraries.add(name)
        elif names_loader(data):
            found.dynamic.add(name)
        else:
            found.static[name] = data


def _target(name: str, link: str) -> str:
    """Return the path that a symbolic link leads to, below the root of the packages."""
    parts: list[str] = []
    for part in PurePosixPath("/", name).parent.joinpath(link).parts[1:]:
        parts = parts[:-1] if part == ".." else [*parts, part]
    return "/".join(parts)


def _toolchain(found: _Found, cpu: str, files: tuple[str, ...]) -> PosixToolchain:
    applets = {name: path for path, data in found.static.items() for name in _applets(path, data)}
    static = {path.rpartition("/")[2]: path for path in found.static}
    dynamic = {path.rpartition("/")[2]: path for path in found.dynamic}
    libraries = {path.rpartition("/")[2]: path for path in found.libraries}
    for link, target in found.links.items():
        name, real = link.rpartition("/")[2], _followed(found.links, target)
        for places, known in ((static, found.static), (dynamic, found.dynamic), (libraries, found.libraries)):
            if real in known:
                places[name] = real
    static = {name: path for name, path in (applets | static).items() if name not in dynamic}
    loaders = sorted(name for name in libraries if _LOADER.fullmatch(name))
    if dynamic and (not loaders or "sh" not in static):
        some = min(found.dynamic)
        lacking = "the C library (Debian's libc6)" if not loaders else "a static shell (Debian's busybox-static)"
        raise LockError(f"{some} is linked with shared libraries, and the packages lack {lacking}. Add it")
    return PosixToolchain(cpu, files, _sorted(static), _sorted(dynamic), _sorted(libraries), (*loaders, "")[0])


def _sorted(places: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(places.items()))


def _followed(links: Mapping[str, str], path: str) -> str:
    for _ in links:
        path = links.get(path, path)
    return path


def _applets(path: str, data: bytes) -> Iterable[str]:
    """Return the other names of a program: if it is busybox, those of its applets that builds may call."""
    if path.rpartition("/")[2] != _BUSYBOX:
        return []
    # Scripts that name bash use more of it than busybox has.
    return [name for name in POSIX_PROGRAMS if f"\0{name}\0".encode() in data and name != "bash"]
