"""Work in threads: the order of results, errors and cancellation."""

import threading
from pathlib import Path

import pytest

from fromager_gen.errors import LockError
from fromager_gen.net import http
from fromager_gen.net.workers import Workers


def test_results_are_in_the_order_of_the_items() -> None:
    assert Workers(3).run(range(20), lambda number: number * 2) == [number * 2 for number in range(20)]


def test_run_without_items_returns_nothing() -> None:
    assert Workers().run([], str) == []


def test_first_error_ends_running_and_pending_work() -> None:
    workers = Workers(2)
    begun, ended = [], []
    failing = threading.Event()

    def work(number: int) -> None:
        begun.append(number)
        if number == 0:
            failing.wait(10)
            raise ValueError("the reason")
        failing.set()
        try:
            while True:
                workers.check()
        except LockError as err:
            ended.append(str(err))

    with pytest.raises(ValueError, match="the reason"):
        workers.run(range(9), work)
    assert sorted(begun)[:2] == [0, 1]
    assert len(begun) < 9
    assert set(ended) == {"cancelled"}


def test_workers_can_run_again_after_an_error() -> None:
    workers = Workers()
    with pytest.raises(ZeroDivisionError):
        workers.run([0], lambda number: 1 // number)

    assert workers.run([1], lambda number: workers.check() or number) == [1]


def test_error_does_not_wait_for_a_silent_server(tmp_path: Path) -> None:
    """The partial download of the abandoned thread is removed."""
    workers, release, part = Workers(2), threading.Event(), tmp_path / "part"

    def work(number: int) -> None:
        if number == 0:
            part.touch()
            http._partial.add(part)
            release.wait(60)
            http._partial.discard(part)
        else:
            raise ValueError("the reason")

    with pytest.raises(ValueError, match="the reason"):
        workers.run([0, 1], work)
    assert not part.exists()
    release.set()


def test_abandoned_work_stays_cancelled_in_the_next_run(tmp_path: Path) -> None:
    workers, release = Workers(2), threading.Event()
    ended = []

    def stands(number: int) -> None:
        if number:
            raise ValueError
        release.wait(60)
        try:
            workers.check()
        except LockError as err:
            ended.append(str(err))

    with pytest.raises(ValueError):
        workers.run([0, 1], stands)
    assert workers.run([1], lambda number: workers.check() or release.set() or number) == [1]
    while not ended:
        threading.Event().wait(0.01)
    assert ended == ["cancelled"]
