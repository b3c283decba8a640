"""``toolchains``: pin toolchains in the lock of a workspace."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from fromager_gen.contract import TOOLCHAINS_LOCK
from fromager_gen.files import check_replaceable, write_text
from fromager_gen.net import Index, session
from fromager_gen.terminal import say
from fromager_gen.toolchains import (
    PythonToolchain,
    RustToolchain,
    ToolchainsLock,
    read_toolchains,
    toolchains_text,
    with_cuda,
    with_python,
    with_rust,
)

# How archives are added for each kind of toolchain.
_ADDING: dict[str, Callable[..., tuple[ToolchainsLock, PythonToolchain | RustToolchain]]] = {
    "python": with_python,
    "rust": with_rust,
}


def add(kind: str, workspace: Path, addresses: Sequence[str]) -> None:
    """Pin a toolchain. The lock is written only if all is well.

    Args:
        kind: ``python`` or ``rust``.
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


def add_cuda(workspace: Path, version: str, archs: Sequence[str], index_url: str | None) -> None:
    """Pin CUDA. The lock is written only if all is well.

    Args:
        workspace: folder of the lock.
        version: X.Y for the newest release of this version, or X.Y.Z.
        archs: GPU architectures to compile for, such as ``90``.
        index_url: index that has the wheels; None for the one that pip uses.

    Raises:
        FetchError: the index can't be asked.
        InputError: the version or an architecture is not valid.
        LockError: the index does not have the version or one of its wheels, or the lock is damaged.
        WriteError: the lock can't be written. This is checked before the index is asked.
    """
    path = workspace / TOOLCHAINS_LOCK
    check_replaceable(path)
    lock = read_toolchains(path)
    with session() as client:
        lock, added = with_cuda(lock, version, archs, Index(client, index_url), client)
    write_text(path, toolchains_text(lock))
    say(f"{path}: {added}")


def listed_toolchains(workspace: Path) -> Iterator[str]:
    """Yield one line for each pinned toolchain of a workspace."""
    lock = read_toolchains(workspace / TOOLCHAINS_LOCK)
    yield from map(str, (*lock.cc, *lock.cuda, *lock.python, *lock.rust))
