"""Pin a Python out of an archive, or out of several Debian packages."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fromager_gen.addresses import without_credentials
from fromager_gen.errors import LockError
from fromager_gen.lock import LockedFile
from fromager_gen.toolchains.archives import SUFFIXES, fetched
from fromager_gen.toolchains.file import checked_python
from fromager_gen.toolchains.model import PythonToolchain, ToolchainsLock
from fromager_gen.toolchains.python_archive import FoundPython, look_into

if TYPE_CHECKING:
    import requests


def with_python(
    lock: ToolchainsLock, addresses: Sequence[str], client: "requests.Session"
) -> tuple[ToolchainsLock, PythonToolchain]:
    """Add a Python to a lock, in place of one with the same version, CPU and C library; return it too.

    Args:
        lock: the lock.
        addresses: addresses of its archives, each optionally with ``#sha256=HASH``.
        client: from `net.session`.

    Raises:
        FetchError: a file can't be downloaded.
        InputError: an address is not valid.
        LockError: a file has another hash, or the archives are not a Python.
    """
    with fetched(addresses, client, SUFFIXES) as archives:
        files = [file for file, _ in archives]
        shown = ", ".join(without_credentials(file.url) for file in files)
        found = look_into([path for _, path in archives], shown)
    try:
        return _added(lock, found, files)
    except ValueError as err:
        raise LockError(f"{shown}: {err}") from err


def _added(
    lock: ToolchainsLock, found: FoundPython, files: Sequence[LockedFile]
) -> tuple[ToolchainsLock, PythonToolchain]:
    names = [f"python_{found.name.replace('.', '_')}_{found.cpu}_{found.libc}_{n}" for n in range(len(files))]
    added = checked_python(
        PythonToolchain(
            cpu=found.cpu,
            files=tuple(names),
            free_threaded=found.name.endswith("t"),
            has_program=found.has_program,
            libc=found.libc,
            prefix=found.prefix.rstrip("/"),
            version=found.version,
        )
    )
    return lock.with_entry("python", added, dict(zip(names, files, strict=True))), added
