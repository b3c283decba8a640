"""Threads that wait for servers."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from typing import TypeVar

from fromager_gen.errors import FetchError
from fromager_gen.net import git, http

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
        self._own = threading.local()

    def run(self, items: Iterable[T], work: Callable[[T], R]) -> list[R]:
        """Do the work for every item and return what comes of each, in their order.

        The first error, or Ctrl-C, ends what has not begun, git, and, at its next `check`, what else runs. Nobody waits
        long for a server that says nothing: its thread is left to the end of the program, and what it has fetched is
        removed.

        Raises:
            Exception: the first error of the work.
        """
        stopped = threading.Event()
        pool = ThreadPoolExecutor(self._count, initializer=self._begin, initargs=(stopped,))
        futures: list[Future[R]] = []
        try:
            futures += [pool.submit(work, item) for item in items]
            wait(futures, return_when=FIRST_EXCEPTION)
            for future in futures:
                if future.done() and future.exception():
                    future.result()
            return [future.result() for future in futures]
        except BaseException:
            stopped.set()
            pool.shutdown(wait=False, cancel_futures=True)
            git.end_running()
            if wait([future for future in futures if not future.cancelled()], timeout=_GRACE_SECONDS).not_done:
                http.discard_partial()
                git.end_running()  # what had not begun by then
            raise
        finally:
            pool.shutdown(wait=False)

    def check(self) -> None:
        """End the work that calls this where all of it is to end; outside of a run nothing is.

        Raises:
            FetchError: it is.
        """
        stopped: threading.Event | None = getattr(self._own, "stopped", None)
        if stopped is not None and stopped.is_set():
            raise FetchError("stopped")

    def _begin(self, stopped: threading.Event) -> None:
        """Each run has a flag of its own: what an earlier one left behind does not go on with a later one."""
        self._own.stopped = stopped
