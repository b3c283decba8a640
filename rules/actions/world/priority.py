"""Set the priority of a build among those that share a machine's cores: the build with most to compile goes first.

The longest build decides when the collection is done, and small builds fit in next to it. The output of a build does
not depend on its priority, and neither does its cache key.
"""

import contextlib
import os
import time
from pathlib import Path

from actions.contract import COMPILED_SUFFIXES, LONG_BUILD_BYTES, RUST_SUFFIXES

_COMPILED = (*COMPILED_SUFFIXES, *RUST_SUFFIXES)
# Niceness of a build with at least half of LONG_BUILD_BYTES, of a smaller one, and of work that no build waits for.
# At 14 a process gets a twentieth of the core that it shares with one at 0:
# https://man7.org/linux/man-pages/man7/sched.7.html
_MIDDLE, _SMALL, MOST = 14, 16, 19
_TRIES = 100


def step_back(source: Path) -> None:
    """Lower the priority of this process, and so of the backend that it starts, if there is little to compile.

    Args:
        source: the unpacked project.
    """
    os.nice(steps(_bytes_to_compile(source)))


def give_way() -> None:
    """Give this process the lowest priority, in a new session; see `hand_on`.

    The process must not be the leader of a session or of a process group; a forked child is neither. A signal to its
    former group does not reach it any more, but it ends with the action's sandbox:
    https://man7.org/linux/man-pages/man2/setsid.2.html
    """
    os.setsid()
    os.nice(MOST)
    hand_on("self")


def hand_on(pid: int | str) -> None:
    """Give a new session the priority of this process; return when that is done, or if it is not possible.

    Linux divides the cores between sessions first (autogrouping), and a new session has the default priority. The
    kernel accepts one such change in a tenth of a second, on the whole machine:
    https://man7.org/linux/man-pages/man7/sched.7.html

    Args:
        pid: the first process of the session; `self` is this process.
    """
    if os.nice(0) == 0:
        return  # a new session has this priority already; other processes need the rare change
    with contextlib.suppress(OSError):  # some kernels lack the file, and it is gone when the build has ended
        for _ in range(_TRIES):
            with contextlib.suppress(BlockingIOError):
                Path(f"/proc/{pid}/autogroup").write_text(str(os.nice(0)))
                return
            time.sleep(0.1)


def steps(size: int) -> int:
    """Return the niceness of a build with this many bytes to compile."""
    if size >= LONG_BUILD_BYTES:
        return 0
    return _MIDDLE if size >= LONG_BUILD_BYTES // 2 else _SMALL


def _bytes_to_compile(source: Path) -> int:
    size = 0
    for folder, folders, names in os.walk(source):
        if ".cargo-checksum.json" in names:  # a vendored crate: cargo compiles these quickly, in parallel
            folders.clear()
            continue
        size += sum(os.lstat(f"{folder}/{name}").st_size for name in names if name.endswith(_COMPILED))
    return size
