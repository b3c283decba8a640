"""``toolchains``: pin toolchains in the lock of a workspace."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from fromager_gen.contract import TOOLCHAINS_LOCK
from fromager_gen.files import check_replaceable, write_text
from fromager_gen.net import session
from fromager_gen.terminal import say
from fromager_gen.toolchains import (
    PosixToolchain,
    PythonToolchain,
    RustToolchain,
    Sysroot,
    ToolchainsLock,
    read_toolchains,
    toolchains_text,
    with_posix,
    with_python,
    with_rust,
    with_sysroot,
)

# How archives are added for each kind of toolchain.
_ADDING: dict[str, Callable[..., tuple[ToolchainsLock, PosixToolchain | PythonToolchain | RustToolchain | Sysroot]]] = {
    "posix": with_posix,
    "python": with_python,
    "rust": with_rust,
    "sysroot": with_sysroot,
}


def add(kind: str, workspace: Path, addresses: Sequence[str]) -> None:
    """Pin a toolchain. The lock is written only if all is well.

    Args:
        kind: ``posix``, ``python``, ``rust`` or ``sysroot``.
        workspace: folder of the lock.
        addresses: addresses of archives, each optionally with ``#sha256=HASH``.

    Raises:
        FetchError: a file can't be downloaded.
        InputError: an address is not valid.
        LockError: a file has another hash, the archives are not of this kind, or the lock is damaged.
        WriteError: the lock can't be written. This is checked before anything is downloaded.
    """
    path = workspace / TOOLCHAINS_LOCK
    check_replaceable(path)
    lock = read_toolchains(path)
    with session() as client:
        lock, added = _ADDING[kind](lock, addresses, client)
    write_text(path, toolchains_text(lock))
    say(f"{path}: {added}")


def listed_toolchains(workspace: Path) -> Iterator[str]:
    """Yield one line for each pinned toolchain of a workspace."""
    lock = read_toolchains(workspace / TOOLCHAINS_LOCK)
    yield from map(str, (*lock.cc, *lock.posix, *lock.python, *lock.rust, *lock.sysroot))
