"""Work in a child process: its result, its errors, and its end before the parent continues."""

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
def test_the_result_is_returned(text: str) -> None:
    assert done(lambda: text) == text


def test_the_work_runs_in_a_child_process_with_the_same_files(tmp_path: Path) -> None:
    def work() -> str:
        (tmp_path / "made").write_text("")
        return str(os.getpid())

    assert int(done(work)) != os.getpid()
    assert (tmp_path / "made").exists()


@pytest.mark.parametrize("error", [ActionError("demo.tar.gz is damaged: é"), OSError(28, "No space left on device")])
def test_an_error_keeps_its_type_and_text(error: Exception) -> None:
    with pytest.raises(type(error)) as raised:
        done(raises(error))
    assert str(raised.value) == str(error)


def test_an_unexpected_error_is_reported_with_its_traceback() -> None:
    with pytest.raises(ActionError, match=r"Traceback [\s\S]*ZeroDivisionError: by nothing"):
        done(raises(ZeroDivisionError("by nothing")))


def test_a_child_process_that_is_killed_is_an_error() -> None:
    def work() -> str:
        os.kill(os.getpid(), signal.SIGKILL)
        return ""

    with pytest.raises(ActionError, match="ended without a result"):
        done(work)


def test_an_error_of_the_parent_waits_for_the_child(tmp_path: Path) -> None:
    """After an action has reported its error, nothing is written."""
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


def test_a_result_that_is_not_read_does_not_block_the_child() -> None:
    """The result is larger than a pipe's buffer: the child must neither hang nor run the code of the parent."""
    with pytest.raises(KeyError), in_child(lambda: "x" * 1_000_000):
        raise KeyError
