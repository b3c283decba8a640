"""Work in threads: its order, its first error, and its end."""

import threading
from pathlib import Path

import pytest

from fromager_gen.errors import LockError
from fromager_gen.net import http
from fromager_gen.net.workers import Workers


def test_what_comes_of_each_is_in_the_order_of_the_items() -> None:
    assert Workers(3).run(range(20), lambda number: number * 2) == [number * 2 for number in range(20)]


def test_no_items_are_no_work() -> None:
    assert Workers().run([], str) == []


def test_the_first_error_ends_what_runs_and_what_has_not_begun() -> None:
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
    assert set(ended) == {"stopped"}


def test_they_work_again_after_an_error() -> None:
    workers = Workers()
    with pytest.raises(ZeroDivisionError):
        workers.run([0], lambda number: 1 // number)

    assert workers.run([1], lambda number: workers.check() or number) == [1]


def test_nobody_waits_long_for_what_stands_still(tmp_path: Path) -> None:
    """An error is told though a neighbour's server is silent; what it has fetched so far is no use to anybody."""
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


def test_what_an_earlier_run_left_does_not_go_on_with_the_next(tmp_path: Path) -> None:
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
    assert ended == ["stopped"]
