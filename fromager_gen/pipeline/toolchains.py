"""``toolchains``: pin toolchains in the lock of a workspace."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from fromager_gen.contract import TOOLCHAINS_LOCK
from fromager_gen.errors import LockError
from fromager_gen.files import check_replaceable, write_text
from fromager_gen.net import Index, session
from fromager_gen.terminal import say
from fromager_gen.toolchains import (
    Toolchain,
    ToolchainsLock,
    read_toolchains,
    toolchains_text,
    with_cuda,
    with_platforms,
    with_posix,
    with_python,
    with_rust,
    with_sysroot,
)

# How archives are added for each kind of toolchain.
_ADDING: dict[str, Callable[..., tuple[ToolchainsLock, Toolchain]]] = {
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


def update(workspace: Path, index_url: str | None) -> None:
    """Pin all toolchains of a workspace again. The lock is written only if all is well.

    Args:
        workspace: folder of the lock.
        index_url: index that has the compilers, or None for pip's.

    Raises:
        FetchError: a file can't be downloaded.
        LockError: the workspace has no lock, an archive is not of its kind any more, or the lock is damaged.
        WriteError: the lock can't be written. This is checked before anything is downloaded.
    """
    path = workspace / TOOLCHAINS_LOCK
    check_replaceable(path)
    before = read_toolchains(path)
    if not before.files:
        raise LockError(f"{path} pins no toolchain. `fromager-gen generate --toolchains=hermetic` pins compilers")
    with session() as client:
        after = _compilers_again(before, Index(client, index_url))
        for kind, adding in _ADDING.items():
            for one in getattr(before, kind):
                say(f"reading again: {one}")
                after, _ = adding(after, [before.files[name].url for name in one.repositories], client)
        for cuda in {one.name: one for one in before.cuda}.values():
            say(f"reading again: {cuda}")
            after, _ = with_cuda(after, cuda.name, cuda.archs, Index(client, index_url), client)
    if toolchains_text(after) == toolchains_text(before):
        say(f"{path} is up to date")
        return
    write_text(path, toolchains_text(after))
    for name, file in after.files.items():
        if before.files.get(name) != file:
            say(f"{path}: {name} is now {file.filename}, sha256 {file.sha256}")
    for one in after.toolchains:
        if one not in before.toolchains:
            say(f"{path}: {one}")


def _compilers_again(lock: ToolchainsLock, index: Index) -> ToolchainsLock:
    """Return a lock of the external dependencies, and of compilers in the version that is tested with this program."""
    wanted = {platform: None for one in lock.cc for platform in one.targets}
    made = with_platforms(ToolchainsLock(), wanted, index) if wanted else ToolchainsLock()
    for packages in lock.external:  # `external lock` updates these
        made = made.with_entry("external", packages, lock.files)
    return made


def listed_toolchains(workspace: Path) -> Iterator[str]:
    """Yield one line for each pinned toolchain of a workspace."""
    toolchains = read_toolchains(workspace / TOOLCHAINS_LOCK).toolchains
    if not toolchains:
        say(f"{workspace / TOOLCHAINS_LOCK} pins no toolchain")
    yield from map(str, toolchains)
