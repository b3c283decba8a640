"""Do part of an action's work in a child process: actions are short, and half of the work can run in parallel."""

import contextlib
import os
from collections.abc import Callable, Iterator

from actions.errors import ActionError

_DONE, _REFUSED, _FAILED = b"+", b"-", b"!"


@contextlib.contextmanager
def in_child(work: Callable[[], str]) -> Iterator[Callable[[], str]]:
    """Do work in a child process, which ends before the context does. The calling process must have no threads.

    Args:
        work: writes files, and returns a text about them.

    Yields:
        A function that waits for the work and returns its text.

    Raises:
        ActionError: raised by the yielded function: the work raised it, or the child process ended without a result.
        OSError: raised by the yielded function: the work raised it.
    """
    reader, writer = os.pipe()
    process = os.fork()
    if process == 0:
        try:
            os.close(reader)
            _answer(work, writer)
        finally:
            os._exit(0)  # never return into the code of the parent process
    os.close(writer)
    with open(reader, "rb") as pipe:
        try:
            yield lambda: _result(pipe.read())
        finally:
            pipe.close()
            os.waitpid(process, 0)


def _answer(work: Callable[[], str], writer: int) -> None:
    """Do the work and send its result to the parent process."""
    try:
        answer = _DONE + os.fsencode(work())
    except ActionError as err:
        answer = _REFUSED + str(err).encode(errors="replace")
    except OSError as err:
        answer = _FAILED + str(err).encode(errors="replace")
    except BaseException:
        import traceback  # imported here, since the import is slow and seldom needed

        answer = _REFUSED + traceback.format_exc().encode(errors="replace")
    with contextlib.suppress(BrokenPipeError), open(writer, "wb") as pipe:
        pipe.write(answer)


def _result(answer: bytes) -> str:
    """Return the text that the child process sent, or raise the error that it sent."""
    if not answer:
        raise ActionError("a child process of this action ended without a result; it may have run out of memory")
    if answer.startswith(_DONE):
        return os.fsdecode(answer[1:])
    raise (OSError if answer.startswith(_FAILED) else ActionError)(answer[1:].decode(errors="replace"))
