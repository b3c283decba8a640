"""Threads for work that waits for servers."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from typing import TypeVar

from fromager_gen.errors import FetchError
from fromager_gen.net import git, http

# Each thread opens its own connection. Loading the certificates for a connection takes as long as a small page.
COUNT = 8
_GRACE_SECONDS = 1
T = TypeVar("T")
R = TypeVar("R")


class Workers:
    """Runs work in parallel, until the first error or Ctrl-C."""

    def __init__(self, count: int = COUNT) -> None:
        """Create workers.

        Args:
            count: number of threads.
        """
        self._count = count
        self._own = threading.local()

    def run(self, items: Iterable[T], work: Callable[[T], R]) -> list[R]:
        """Do the work for each item, and return the results in the order of the items.

        The first error, or Ctrl-C, cancels work that has not started, ends git, and ends other running work at its next
        `check`. Work that waits for a silent server is abandoned after a short time: its thread continues until the
        program ends, and its partial download is removed.

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
                git.end_running()  # processes that started in the meantime
            raise
        finally:
            pool.shutdown(wait=False)

    def check(self) -> None:
        """End the calling work if its run has been cancelled. Outside of a run, do nothing.

        Raises:
            FetchError: the run has been cancelled.
        """
        stopped: threading.Event | None = getattr(self._own, "stopped", None)
        if stopped is not None and stopped.is_set():
            raise FetchError("cancelled")

    def _begin(self, stopped: threading.Event) -> None:
        """Give the thread the flag of its run. Abandoned work of an earlier run then stays cancelled in a later run."""
        self._own.stopped = stopped
