"""External dependencies for toolchains.lock.json: Debian packages with libraries and programs, by their hashes."""

import tarfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fromager_gen.contract import PATCHELF
from fromager_gen.errors import LockError
from fromager_gen.external import Vocabulary
from fromager_gen.lock import LockedFile
from fromager_gen.platforms import platforms_since
from fromager_gen.terminal import Progress
from fromager_gen.toolchains.archives import fetched, for_each_member
from fromager_gen.toolchains.debian import Package, Suite
from fromager_gen.toolchains.elf import OLDEST_WITH_NAMES, cpu_of, names_loader
from fromager_gen.toolchains.file import PROGRAM, checked_external
from fromager_gen.toolchains.model import ExternalDependency, ExternalPackages, ToolchainsLock
from fromager_gen.toolchains.pin_sysroot import with_sysroot

if TYPE_CHECKING:
    import requests

PKG_CONFIG = "dep:generic/pkg-config"
# Programs of packages with shared libraries start with the loader and libraries of these.
_RUNTIME = ("libc6", "libgcc-s1", "libstdc++6")
_HEAD = 1 << 16


def with_external(
    lock: ToolchainsLock,
    names: Iterable[str],
    suite: Suite,
    known: Vocabulary,
    client: "requests.Session",
    progress: Progress,
) -> tuple[ToolchainsLock, ExternalPackages]:
    """Add external dependencies for the CPU of a suite to a lock, in place of those for the same CPU; return them too.

    pkg-config and patchelf are added, since builds need them for the others. If the lock has no sysroot for this CPU,
    or one with an older C library, that of the suite is taken: libraries of a suite need its C library.

    Raises:
        FetchError: a package can't be downloaded.
        LockError: the suite lacks a package, a package has another hash or is damaged, or a dependency has no package.
    """
    wanted = {name: _packages(name, known) for name in sorted({*names, PATCHELF, PKG_CONFIG})}
    closures = {name: suite.closure(packages) for name, packages in wanted.items()}
    found = {package.name: package for closure in closures.values() for package in closure}
    found |= {name: suite.package(name) for name in _RUNTIME}
    glibc = _minor(upstream(suite.package("libc6").version))
    if _numbers(glibc) < OLDEST_WITH_NAMES:
        raise LockError(
            f"{suite.name} has glibc {glibc}, whose loader can't start programs under their names, such as pkg-config. "
            "Use a release with glibc 2.33 or newer"
        )
    if not any(one.cpu == suite.cpu and _numbers(one.glibc) >= _numbers(glibc) for one in lock.sysroot):
        lock, _ = with_sysroot(lock, suite.sysroot(), client)
    files, programs = _pinned(list(found.values()), suite, client, progress)
    dependencies = []
    for name in closures:
        # pkg-config itself is part of each dependency with modules of it.
        parts = [name, PKG_CONFIG] if known.entries[name].get("pkg_config") else [name]
        own = [one for part in parts for one in _programs_of(part, known, closures[part], programs)]
        packages = [package.name for part in parts for package in closures[part]]
        packages += _RUNTIME if any(is_dynamic for _, is_dynamic in own) else ()
        repositories = tuple(sorted({_repository(suite.cpu, package) for package in packages}))
        version = suite.package(wanted[name][0]).version
        names_of = tuple(sorted({one for one, _ in own}))
        is_program = "programs" in known.entries[name]
        dependencies.append(ExternalDependency(name, repositories, names_of, upstream(version), is_program))
    added = ExternalPackages(suite.cpu, tuple(dependencies), suite.name, platforms_since(suite.cpu, "glibc", glibc))
    return lock.with_entry("external", checked_external(added, files), files), added


def upstream(version: str) -> str:
    """Return the upstream part of a Debian version: ``2.9.14+dfsg`` for ``1:2.9.14+dfsg-1.3``."""
    version = version.rpartition(":")[2]
    return version.rpartition("-")[0] or version


def _minor(version: str) -> str:
    """Return ``2.36`` for ``2.36`` and for ``2.36.1``."""
    return ".".join(version.split(".")[:2])


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _packages(name: str, known: Vocabulary) -> Sequence[str]:
    if name not in known.entries:
        raise LockError(known.unknown(name))
    packages: Sequence[str] = known.entries[name].get("packages", {}).get("apt-get", ())
    if not packages:
        raise LockError(
            f"{name} has no Debian package; name one in fromager-gen.yaml (external_dependencies), or provide a target "
            "of your own"
        )
    return packages


def _repository(cpu: str, package: str) -> str:
    return f"external_{cpu}_{package.replace('+', '_')}"


def _pinned(
    packages: Sequence[Package], suite: Suite, client: "requests.Session", progress: Progress
) -> tuple[dict[str, LockedFile], dict[str, dict[str, bool]]]:
    """Download packages; return their files by repository, and each one's programs: whether a loader starts them."""
    files: dict[str, LockedFile] = {}
    programs: dict[str, dict[str, bool]] = {}
    progress.begin(f"pinning Debian packages for {suite.cpu}", len(packages))
    for package in packages:
        with fetched([suite.address(package)], client, (".deb",)) as archives:
            ((file, path),) = archives
            files[_repository(suite.cpu, package.name)] = replace(file, size=package.size)
            programs[package.name] = _programs_in(path, package.name)
        progress.done(f"{package.name} {package.version}")
    return files, programs


def _programs_in(path: Path, shown: str) -> dict[str, bool]:
    found: dict[str, bool] = {}
    links: dict[str, str] = {}

    def look(member: tarfile.TarInfo, tar: tarfile.TarFile) -> None:
        folder, _, name = member.name.removeprefix("./").rpartition("/")
        if folder != "usr/bin" or not PROGRAM.fullmatch(name):
            return
        if member.issym():
            links[name] = member.linkname
        elif member.isfile() and (file := tar.extractfile(member)):
            data = file.read(_HEAD)
            found[name] = cpu_of(data) is not None and names_loader(data)

    for_each_member([path], shown, look)
    # A link may lead to a program of another package.
    return found | {name: found.get(target.rpartition("/")[2], True) for name, target in links.items()}


def _programs_of(
    name: str, known: Vocabulary, closure: Sequence[Package], programs: Mapping[str, Mapping[str, bool]]
) -> list[tuple[str, bool]]:
    """Return the programs of a dependency that its packages have."""
    entry: Mapping[str, Any] = known.entries[name]
    asked = [*entry.get("programs", ()), *entry.get("config_programs", ())]
    return [(one, programs[package.name][one]) for one in asked for package in closure if one in programs[package.name]]
