"""Work in a process beside: its answer, its errors, and that it ends before anybody goes on."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from actions.errors import ActionError
from actions.world.child import in_child


def done(work: Callable[[], str]) -> str:
    with in_child(work) as answer:
        return answer()


def raises(error: BaseException) -> Callable[[], str]:
    def work() -> str:
        raise error

    return work


@pytest.mark.parametrize("text", ["", "/a/folder", "+", os.fsdecode(b"/\xff"), "x" * 200_000])
def test_the_answer_comes_back(text: str) -> None:
    assert done(lambda: text) == text


def test_it_is_another_process_that_shares_the_files(tmp_path: Path) -> None:
    def work() -> str:
        (tmp_path / "made").write_text("")
        return str(os.getpid())

    assert int(done(work)) != os.getpid()
    assert (tmp_path / "made").exists()


@pytest.mark.parametrize("error", [ActionError("demo.tar.gz is damaged: é"), OSError(28, "No space left on device")])
def test_an_error_is_told_in_its_own_words(error: Exception) -> None:
    with pytest.raises(type(error)) as raised:
        done(raises(error))
    assert str(raised.value) == str(error)


def test_what_nobody_expected_is_told_with_its_traceback() -> None:
    with pytest.raises(ActionError, match=r"Traceback [\s\S]*ZeroDivisionError: by nothing"):
        done(raises(ZeroDivisionError("by nothing")))


def test_a_process_that_is_killed() -> None:
    def work() -> str:
        os.kill(os.getpid(), signal.SIGKILL)
        return ""

    with pytest.raises(ActionError, match="ended without a word"):
        done(work)


def test_an_error_of_ones_own_waits_for_the_work(tmp_path: Path) -> None:
    """Nothing is written any more once an action has said why it failed."""
    began, go_on = os.pipe()

    def work() -> str:
        os.read(began, 1)
        time.sleep(0.2)
        (tmp_path / "made").write_text("")
        return ""

    with pytest.raises(KeyError), in_child(work):
        os.write(go_on, b"x")
        raise KeyError
    os.close(began)
    os.close(go_on)
    assert (tmp_path / "made").exists()


def test_an_answer_that_nobody_reads() -> None:
    """A pipe holds less than that: the work must neither hang nor go on as the other process."""
    with pytest.raises(KeyError), in_child(lambda: "x" * 1_000_000):
        raise KeyError
