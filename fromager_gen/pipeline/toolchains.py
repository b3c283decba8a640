"""``toolchains``: pin toolchains in the lock of a workspace."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from fromager_gen.contract import TOOLCHAINS_LOCK
from fromager_gen.files import check_replaceable, write_text
from fromager_gen.net import session
from fromager_gen.terminal import say
from fromager_gen.toolchains import (
    PythonToolchain,
    RustToolchain,
    ToolchainsLock,
    read_toolchains,
    toolchains_text,
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
    say(f"{path}: {_described(added)}")


def listed_toolchains(workspace: Path) -> Iterator[str]:
    """Yield one line for each pinned toolchain of a workspace."""
    lock: ToolchainsLock = read_toolchains(workspace / TOOLCHAINS_LOCK)
    for compilers in lock.cc:
        yield f"C and C++ on {compilers.exec}: {', '.join(compilers.targets)}"
    yield from map(_described_python, lock.python)
    yield from map(_described_rust, lock.rust)


def _described(one: PythonToolchain | RustToolchain) -> str:
    return _described_python(one) if isinstance(one, PythonToolchain) else _described_rust(one)


def _described_rust(rust: RustToolchain) -> str:
    return f"Rust {rust.version} on {rust.exec}: {', '.join(rust.targets)}"


def _described_python(python: PythonToolchain) -> str:
    kind = " (free-threaded)" if python.free_threaded else ""
    use = "runs builds" if python.has_program and python.libc == "glibc" else "only to build wheels for it"
    return f"Python {python.version}{kind} on {python.cpu} with {python.libc}: {use}"
