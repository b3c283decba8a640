"""Rust for toolchains.lock.json: what the archives of Rust's own distribution contain.

https://forge.rust-lang.org/infra/other-installation-methods.html#standalone-installers
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from fromager_gen.errors import LockError
from fromager_gen.lock import LockedFile
from fromager_gen.toolchains.archives import DAMAGED, fetched, members
from fromager_gen.toolchains.model import RUST_TARGETS, RustToolchain, ToolchainsLock

if TYPE_CHECKING:
    import requests

_SUFFIXES = (".tar.gz", ".tar.xz")
# Folder of an archive: `rustc-1.95.0-x86_64-unknown-linux-gnu`, or `rust-1.95.0-…` if it has all components.
_TOP = re.compile(
    r"[a-z][a-z-]*-(?P<version>\d+\.\d+\.\d+(?:-[a-z]+(?:\.\d+)?)?)-(?P<triple>[a-z0-9_]+(?:-[a-z0-9_]+)+)"
)
_PROGRAMS = {"bin/rustc": "rustc", "bin/cargo": "cargo"}
_LIBRARY = re.compile(r"lib/rustlib/([a-z0-9_-]+)/lib/libcore-[^/]*\.rlib")
_ADVICE = (
    "Give the archives rustc, cargo and rust-std of one version as Rust's distribution has them, and one rust-std for "
    "each other target"
)


class _Part(NamedTuple):
    """What a folder of an archive is for: `rustc` or `cargo` of a machine, or the `std` of a target."""

    file: str
    folder: str
    kind: str
    triple: str
    version: str


def with_rust(
    lock: ToolchainsLock, addresses: Sequence[str], client: "requests.Session"
) -> tuple[ToolchainsLock, RustToolchain]:
    """Add Rust to a lock; return an entry that was changed too.

    A standard library extends the entry of its version; another version replaces the entry of its CPU.

    Args:
        lock: the lock.
        addresses: addresses of archives of Rust's distribution, each optionally with ``#sha256=HASH``.
        client: from `net.session`.

    Raises:
        FetchError: a file can't be downloaded.
        InputError: an address is not valid.
        LockError: an archive has another hash, is damaged or not of Rust, the versions differ, or a part is missing.
    """
    with fetched(addresses, client, _SUFFIXES) as archives:
        return _added(lock, archives)


def _added(lock: ToolchainsLock, archives: Sequence[tuple[LockedFile, Path]]) -> tuple[ToolchainsLock, RustToolchain]:
    parts: list[_Part] = []
    files = dict(lock.files)
    for file, path in archives:
        found = _parts(file.filename, path)
        parts += found
        files[found[0].file] = file
    version = _one_version(parts)
    entries = {one.exec: one for one in lock.rust}
    hosts = {part.triple for part in parts if part.kind == "rustc"} | {
        _host(one.exec) for one in lock.rust if one.version == version
    }
    if not hosts:
        raise LockError(f"no archive has the rustc of version {version}. {_ADVICE}.")
    for host in sorted(hosts):
        cpu = host.partition("-")[0]
        before = entries.get(cpu)
        kept = before if before and before.version == version else RustToolchain(cpu, (), (), version)
        entries[cpu] = _extended(kept, parts, host)
    extended = replace(lock, files=files, rust=tuple(entries[cpu] for cpu in sorted(entries)))
    return extended.without_unused_files(), entries[cpu]


def _host(cpu: str) -> str:
    return f"{cpu}-unknown-linux-gnu"


def _extended(entry: RustToolchain, parts: Iterable[_Part], host: str) -> RustToolchain:
    own = [part for part in parts if part.kind == "std" or part.triple == host]
    if not entry.parts:
        missing = {"rustc", "cargo"} - {part.kind for part in own}
        if missing:
            raise LockError(f"no archive has the {missing.pop()} of {host}. {_ADVICE}.")
    places = dict.fromkeys((*entry.parts, *((part.file, part.folder) for part in own)))
    targets = dict.fromkeys((*entry.targets, *(part.triple for part in own if part.kind == "std")))
    if host not in targets:
        raise LockError(f"no archive has the rust-std of {host}, which runs rustc: build scripts need it. {_ADVICE}.")
    return replace(entry, parts=tuple(places), targets=tuple(sorted(targets)))


def _one_version(parts: Iterable[_Part]) -> str:
    versions = {part.version: part for part in parts}
    if len(versions) != 1:
        names = " and ".join(sorted(part.file for part in versions.values()))
        raise LockError(f"the archives are of different versions of Rust: {names}. {_ADVICE}.")
    return next(iter(versions))


def _parts(name: str, path: Path) -> list[_Part]:
    """Return the parts of one archive."""
    parts: dict[_Part, None] = {}
    try:
        with members(path) as found:
            for member, _ in found:
                if not member.isdir():
                    parts |= dict.fromkeys(_parts_of_file(name, member.name.removeprefix("./")))
    except DAMAGED as err:
        raise LockError(f"{name} can't be read as a tar: {err}") from err
    if not parts:
        raise LockError(f"{name} has no rustc, cargo or standard library. {_ADVICE}.")
    return list(parts)


def _parts_of_file(name: str, member: str) -> Iterable[_Part]:
    """Yield the part that a file shows: a program, or the first library of a target."""
    top, folder, below = (*member.split("/", 2), "", "")[:3]
    match = _TOP.fullmatch(top)
    if match is None:
        raise LockError(
            f"{name} is not an archive of Rust's distribution: its folder is named {top!r}, not like "
            f"rustc-1.95.0-{RUST_TARGETS[-2]}. {_ADVICE}."
        )
    library = _LIBRARY.fullmatch(below)
    kind = "std" if library else _PROGRAMS.get(below)
    if kind is not None:
        triple = library[1] if library else match["triple"]
        if triple not in RUST_TARGETS:
            raise LockError(f"{name} is for {triple}. Supported targets: {', '.join(RUST_TARGETS)}")
        yield _Part(top, f"{top}/{folder}", kind, triple, match["version"])
