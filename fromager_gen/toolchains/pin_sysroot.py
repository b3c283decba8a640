"""Sysroots for toolchains.lock.json: the headers and libraries in Debian packages, for code that needs libstdc++."""

import re
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fromager_gen.addresses import without_credentials
from fromager_gen.contract import CPUS
from fromager_gen.errors import LockError
from fromager_gen.platforms import platforms_since
from fromager_gen.toolchains.archives import fetched, for_each_member
from fromager_gen.toolchains.elf import cpu_of, glibc_version
from fromager_gen.toolchains.model import Sysroot, ToolchainsLock

if TYPE_CHECKING:
    import requests

# What each package is recognised by.
_PARTS = {
    "libc6": re.compile(r"(usr/)?lib/[a-z0-9_]+-linux-gnu/libc\.so\.6"),
    "libc6-dev": re.compile(r"usr/lib/[a-z0-9_]+-linux-gnu/crti\.o"),
    "libgcc-N-dev": re.compile(r"usr/lib/gcc/[a-z0-9_]+-linux-gnu/\d+/libgcc\.a"),
    "libgcc-s1": re.compile(r"(usr/)?lib/[a-z0-9_]+-linux-gnu/libgcc_s\.so\.1"),
    "libstdc++-N-dev": re.compile(r"usr/lib/gcc/[a-z0-9_]+-linux-gnu/\d+/libstdc\+\+\.so"),
    "libstdc++6": re.compile(r"usr/lib/[a-z0-9_]+-linux-gnu/libstdc\+\+\.so\.6"),
    "linux-libc-dev": re.compile(r"usr/include/linux/types\.h"),
}
_LARGEST_LIBRARY = 1 << 26


@dataclass
class _Found:
    """What packages contain."""

    parts: set[str] = field(default_factory=set)
    cpu: str = ""
    glibc: str = ""


def with_sysroot(
    lock: ToolchainsLock, addresses: Sequence[str], client: "requests.Session"
) -> tuple[ToolchainsLock, Sysroot]:
    """Add a sysroot to a lock, in place of that of the same CPU; return it too.

    Args:
        lock: the lock.
        addresses: addresses of Debian packages for one CPU, each optionally with ``#sha256=HASH``.
        client: from `net.session`.

    Raises:
        FetchError: a file can't be downloaded.
        InputError: an address is not valid.
        LockError: a file has another hash, a package is missing, or no platform has so new a C library.
    """
    found = _Found()
    with fetched(addresses, client, (".deb",)) as archives:
        files = [file for file, _ in archives]
        shown = ", ".join(without_credentials(file.url) for file in files)
        for_each_member([path for _, path in archives], shown, lambda member, tar: _look(found, member, tar))
    targets = _checked_targets(found, shown)
    names = [f"sysroot_{found.cpu}_{number}" for number in range(len(files))]
    added = Sysroot(found.cpu, tuple(names), found.glibc, targets)
    return lock.with_entry("sysroot", added, dict(zip(names, files, strict=True))), added


def _look(found: _Found, member: tarfile.TarInfo, tar: tarfile.TarFile) -> None:
    name = member.name.removeprefix("./")
    for package, form in _PARTS.items():
        if form.fullmatch(name):
            found.parts.add(package)
            if package == "libc6" and member.isfile() and (file := tar.extractfile(member)):
                data = file.read(_LARGEST_LIBRARY)
                found.cpu, found.glibc = cpu_of(data) or "", glibc_version(data)


def _checked_targets(found: _Found, shown: str) -> tuple[str, ...]:
    missing = sorted(_PARTS.keys() - found.parts)
    if missing:
        raise LockError(f"{shown}: the packages lack {', '.join(missing)}. Add them: a sysroot needs all of these")
    if found.cpu not in CPUS or not found.glibc:
        raise LockError(f"{shown}: libc.so.6 is not glibc for {' or '.join(CPUS)}")
    targets = platforms_since(found.cpu, "glibc", found.glibc)
    if not targets:
        raise LockError(
            f"{shown}: the packages have glibc {found.glibc}, but no platform of {found.cpu} has so new a version. Use "
            "packages of an older Debian"
        )
    return targets
