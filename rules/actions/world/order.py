"""Change the order in which a program finds the files of a folder."""

import os
from collections.abc import Iterable


def reverse(top: str) -> None:
    """Move the entries of a folder and of all folders below it, so that each lists its entries in reverse order.

    The tree stays the same, times included. A file system in memory lists entries by the time at which they came into
    the folder, and so do some on disks. Others sort by names or by their hashes: there the order does not change.

    Args:
        top: an absolute path. The folder for the moved entries is next to it, so it is on the same file system.
    """
    top = os.path.realpath(top)
    aside = f"{top}.reversed"
    os.mkdir(aside)
    for folder, _, _ in os.walk(top):
        names, state = os.listdir(folder), os.stat(folder)
        _move(names, folder, aside)
        # Some kernels list the newest entry first, and others list it last.
        is_newest_first = os.listdir(aside) != names
        _move(names if is_newest_first else reversed(names), aside, folder)
        os.utime(folder, ns=(state.st_atime_ns, state.st_mtime_ns))
    os.rmdir(aside)


def _move(names: Iterable[str], source: str, target: str) -> None:
    for name in names:
        os.rename(f"{source}/{name}", f"{target}/{name}")
