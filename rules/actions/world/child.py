"""Work in a process beside this one: an action is soon over, and half of what it does need not wait for the rest."""

import contextlib
import os
from collections.abc import Callable, Iterator

from actions.errors import ActionError

_DONE, _REFUSED, _FAILED = b"+", b"-", b"!"


@contextlib.contextmanager
def in_child(work: Callable[[], str]) -> Iterator[Callable[[], str]]:
    """Do work in a process beside this one, which must have no threads; it ends before the context does.

    Args:
        work: writes files, and returns what there is to say of them.

    Yields:
        What waits for the work and returns its answer.

    Raises:
        ActionError: from the function yielded: the work's own error, or it ended otherwise.
        OSError: likewise.
    """
    reader, writer = os.pipe()
    process = os.fork()
    if process == 0:
        try:
            os.close(reader)
            _answer(work, writer)
        finally:
            os._exit(0)  # whatever happened: the other process's work is not this one's
    os.close(writer)
    with open(reader, "rb") as pipe:
        try:
            yield lambda: _told(pipe.read())
        finally:
            pipe.close()
            os.waitpid(process, 0)


def _answer(work: Callable[[], str], writer: int) -> None:
    """Tell the other process how the work ended."""
    try:
        told = _DONE + os.fsencode(work())
    except ActionError as err:
        told = _REFUSED + str(err).encode(errors="replace")
    except OSError as err:
        told = _FAILED + str(err).encode(errors="replace")
    except BaseException:
        import traceback  # slow to load, and seldom needed

        told = _REFUSED + traceback.format_exc().encode(errors="replace")
    with contextlib.suppress(BrokenPipeError), open(writer, "wb") as pipe:
        pipe.write(told)


def _told(answer: bytes) -> str:
    if not answer:
        raise ActionError("a process of this action ended without a word; was there too little memory?")
    if answer.startswith(_DONE):
        return os.fsdecode(answer[1:])
    raise (OSError if answer.startswith(_FAILED) else ActionError)(answer[1:].decode(errors="replace"))
