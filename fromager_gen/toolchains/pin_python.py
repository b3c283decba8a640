"""Pin a Python out of an archive, or out of several Debian packages."""

import re
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from fromager_gen.addresses import is_address, split_sha256, without_credentials
from fromager_gen.errors import InputError, LockError
from fromager_gen.lock import LockedFile
from fromager_gen.toolchains.model import PythonToolchain, ToolchainsLock, checked_python
from fromager_gen.toolchains.python_archive import SUFFIXES, FoundPython, look_into

if TYPE_CHECKING:
    import requests

_OTHER = re.compile(r"[^A-Za-z0-9._+-]")


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
    from fromager_gen.net import download  # noqa: PLC0415 - slow to import

    files: list[LockedFile] = []
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, address in enumerate(addresses):
            url, sha256 = split_sha256(address)
            filename = _filename(url)
            path = Path(folder, str(number), filename)
            path.parent.mkdir()
            fetched = download(client, url, path, sha256, lambda _: None)
            files.append(LockedFile(filename, fetched.sha256, fetched.size, url=without_credentials(url)))
            paths.append(path)
        shown = ", ".join(without_credentials(file.url) for file in files)
        found = look_into(paths, shown)
    try:
        return _added(lock, found, files)
    except ValueError as err:
        raise LockError(f"{shown}: {err}") from err


def _filename(url: str) -> str:
    """Return the name of an archive's file, as it is pinned."""
    if not is_address(url, "https", "http", "file"):
        raise InputError(f"{without_credentials(url)!r} is not an https, http or file address of an archive")
    name = _OTHER.sub("_", unquote(urlsplit(url).path.rpartition("/")[2])).lstrip(".+-")
    if not name.endswith(SUFFIXES):
        raise InputError(f"{without_credentials(url)}: the name of the file does not end with {', '.join(SUFFIXES)}")
    return name


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
    gone = {name for one in lock.python if one.key == added.key for name in one.files}
    kept = {name: file for name, file in lock.files.items() if name not in gone}
    pythons = tuple(sorted((*(one for one in lock.python if one.key != added.key), added), key=lambda one: one.key))
    return replace(lock, files=kept | dict(zip(names, files, strict=True)), python=pythons), added
