"""Which of the builds that share a machine's cores goes before the others: the one with most to compile.

A build that takes minutes decides when the collection is done, and small ones fit in beside it. What a build makes does
not depend on this, and neither does its cache key.
"""

import contextlib
import os
import time
from pathlib import Path

from actions.contract import COMPILED_SUFFIXES, LONG_BUILD_BYTES, RUST_SUFFIXES

_COMPILED = (*COMPILED_SUFFIXES, *RUST_SUFFIXES)
# How far a build with half of that steps back, and one with less: fourteen steps leave it a twentieth of what the
# other gets of a core that both want. A build that others wait for is still before work for which none waits.
_MIDDLE, _SMALL, MOST = 14, 16, 19
_TRIES = 100


def step_back(source: Path) -> None:
    """Lower this process's priority, and so that of a backend it starts, if there is less to compile.

    Args:
        source: the unpacked project.
    """
    os.nice(steps(_bytes_to_compile(source)))


def give_way() -> None:
    """Let everything else go before this process, which leaves its session for that; see `hand_on`.

    It may be neither a session's first process nor a group's, such as one that has just been forked; and what ends a
    group does not end it any more, but the action's sandbox does.
    """
    os.setsid()
    os.nice(MOST)
    hand_on("self")


def hand_on(pid: int | str) -> None:
    """Let a session that this process has just begun have its priority; returns when it has, or there is no way.

    Linux shares the cores between sessions first (sched_autogroup), and a new one begins without a priority. It takes
    one such change in a tenth of a second, on the whole machine.

    Args:
        pid: the first process of the session; `self` is this one.
    """
    if os.nice(0) == 0:
        return  # as a session begins; the change is left to those that need it
    with contextlib.suppress(OSError):  # the file is not there on every machine, nor any more when a build has ended
        for _ in range(_TRIES):
            with contextlib.suppress(BlockingIOError):
                Path(f"/proc/{pid}/autogroup").write_text(str(os.nice(0)))
                return
            time.sleep(0.1)


def steps(size: int) -> int:
    """Return how far a build with so many bytes to compile steps back."""
    if size >= LONG_BUILD_BYTES:
        return 0
    return _MIDDLE if size >= LONG_BUILD_BYTES // 2 else _SMALL


def _bytes_to_compile(source: Path) -> int:
    size = 0
    for folder, folders, names in os.walk(source):
        if ".cargo-checksum.json" in names:  # another's crate: those that matter are soon compiled, side by side
            folders.clear()
            continue
        size += sum(os.lstat(f"{folder}/{name}").st_size for name in names if name.endswith(_COMPILED))
    return size
