"""Threads that wait for servers."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import TypeVar

from fromager_gen.errors import LockError

# Each makes a connection of its own, and reading the certificates for one takes as long as a small page.
COUNT = 8
_GRACE_SECONDS = 1
T = TypeVar("T")
R = TypeVar("R")


class Workers:
    """Runs work side by side, until the first error or Ctrl-C."""

    def __init__(self, count: int = COUNT) -> None:
        """Take how many work at a time."""
        self._count = count
        self._stopped = threading.Event()

    def run(self, items: Iterable[T], work: Callable[[T], R]) -> list[R]:
        """Do the work for every item and return what comes of each, in their order.

        The first error, or Ctrl-C, ends what has not begun and, at its next `check`, what runs. After Ctrl-C nobody
        waits long for a server that says nothing: its thread is left to the end of the program.

        Raises:
            Exception: the first error of the work.
        """
        self._stopped.clear()
        pool = ThreadPoolExecutor(self._count)
        futures = [pool.submit(work, item) for item in items]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
            for future in futures:
                if future.done() and future.exception():
                    future.result()
            return [future.result() for future in futures]
        except BaseException as err:
            self._stopped.set()
            pool.shutdown(wait=False, cancel_futures=True)
            begun = [future for future in futures if not future.cancelled()]
            wait(begun, timeout=None if isinstance(err, Exception) else _GRACE_SECONDS)
            raise
        finally:
            pool.shutdown(wait=False)

    def check(self) -> None:
        """End the work that calls this where all of it is to end.

        Raises:
            LockError: it is.
        """
        if self._stopped.is_set():
            raise LockError("stopped")
