"""POSIX programs for toolchains.lock.json: what the programs and libraries in Debian packages are."""

import re
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from fromager_gen.addresses import without_credentials
from fromager_gen.contract import POSIX_PROGRAMS
from fromager_gen.errors import LockError
from fromager_gen.toolchains.archives import SUFFIXES, fetched, for_each_member
from fromager_gen.toolchains.elf import OLDEST_WITH_NAMES, cpu_of, glibc_version, names_loader
from fromager_gen.toolchains.file import PROGRAM, checked_posix
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
    dynamic: dict[str, None] = field(default_factory=dict)
    """In the order of the packages: a later one replaces a program of the same name."""
    libraries: dict[str, None] = field(default_factory=dict)
    glibc: str = ""
    """Version of glibc; empty if it is not in the packages."""


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
        for_each_member([path for _, path in archives], shown, lambda member, tar: _look(found, member, tar))
    if not found.static and not found.dynamic:
        raise LockError(f"{shown}: there are no programs in bin, sbin, usr/bin or usr/sbin of the packages")
    if len(found.cpus) != 1:
        cpus = ", ".join(sorted(found.cpus))
        raise LockError(f"{shown}: the programs are for {cpus}. Give packages with programs for one CPU")
    (cpu,) = found.cpus
    names = [f"posix_{cpu}_{number}" for number in range(len(files))]
    try:
        added = checked_posix(_toolchain(found, cpu, tuple(names)))
    except ValueError as err:
        raise LockError(f"{shown}: {err}") from err
    return lock.with_entry("posix", added, dict(zip(names, files, strict=True))), added


def _look(found: _Found, member: tarfile.TarInfo, tar: tarfile.TarFile) -> None:
    name = member.name.removeprefix("./")
    folder, _, file_name = name.rpartition("/")
    # Nothing calls a program with such a name, except `[`, which every shell has.
    is_program = bool(_FOLDERS.fullmatch(folder) and PROGRAM.fullmatch(file_name)) and member.mode & 0o111
    if not is_program and not _LIBRARY.fullmatch(name):
        return
    if member.issym():
        found.links[name] = _target(name, member.linkname)
    elif member.islnk():
        found.links[name] = member.linkname.removeprefix("./")
    elif member.isfile() and (file := tar.extractfile(member)):
        data = file.read(_LARGEST_PROGRAM)
        cpu = cpu_of(data)
        if cpu is None:
            return
        found.cpus.add(cpu)
        if not is_program:
            found.libraries[name] = None
            found.glibc = glibc_version(data) or found.glibc
        elif names_loader(data):
            found.dynamic[name] = None
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
            # A link of an installed system may lead to /bin, which is a link to /usr/bin there.
            place = next((place for place in (real, f"usr/{real}") if place in known), None)
            if place is not None:
                places[name] = place
    static = {name: path for name, path in (applets | static).items() if name not in dynamic}
    loaders = sorted(name for name in libraries if _LOADER.fullmatch(name))
    if dynamic:
        _check_loader(found, bool(loaders), _BUSYBOX in static)
    return PosixToolchain(cpu, files, _sorted(static), _sorted(dynamic), _sorted(libraries), (*loaders, "")[0])


def _check_loader(found: _Found, has_loader: bool, has_shell: bool) -> None:
    """Refuse packages whose programs with shared libraries can't be started by a script and the loader."""
    some = min(found.dynamic)
    if not has_loader or not has_shell:
        lacking = "the C library (Debian's libc6)" if not has_loader else "a static shell (Debian's busybox-static)"
        raise LockError(f"{some} is linked with shared libraries, and the packages lack {lacking}. Add it")
    if found.glibc and tuple(map(int, found.glibc.split("."))) < OLDEST_WITH_NAMES:
        raise LockError(
            f"{some} is linked with shared libraries, and the loader of glibc {found.glibc} can't start it under its "
            "name. Use packages of a newer Debian, with glibc 2.33 or newer"
        )


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
