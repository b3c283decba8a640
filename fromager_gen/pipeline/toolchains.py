"""``toolchains``: pin toolchains in the lock of a workspace."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from fromager_gen.contract import TOOLCHAINS_LOCK
from fromager_gen.files import check_replaceable, write_text
from fromager_gen.net import session
from fromager_gen.terminal import say
from fromager_gen.toolchains import PythonToolchain, ToolchainsLock, read_toolchains, toolchains_text, with_python


def add_python(workspace: Path, addresses: Sequence[str]) -> None:
    """Pin a Python. The lock is written only if all is well.

    Raises:
        FetchError: a file can't be downloaded.
        InputError: an address is not valid.
        LockError: a file has another hash, the archives are not a Python, or the lock is damaged.
        WriteError: the lock can't be written. This is checked before anything is downloaded.
    """
    path = workspace / TOOLCHAINS_LOCK
    check_replaceable(path)
    lock = read_toolchains(path)
    with session() as client:
        lock, added = with_python(lock, addresses, client)
    write_text(path, toolchains_text(lock))
    say(f"{path}: {_described(added)}")


def listed_toolchains(workspace: Path) -> Iterator[str]:
    """Yield one line for each pinned toolchain of a workspace."""
    lock: ToolchainsLock = read_toolchains(workspace / TOOLCHAINS_LOCK)
    for one in lock.cc:
        yield f"C and C++ on {one.exec}: {', '.join(one.targets)}"
    for python in lock.python:
        yield _described(python)


def _described(python: PythonToolchain) -> str:
    kind = " (free-threaded)" if python.free_threaded else ""
    use = "runs builds" if python.has_program and python.libc == "glibc" else "only to build wheels for it"
    return f"Python {python.version}{kind} on {python.cpu} with {python.libc}: {use}"
