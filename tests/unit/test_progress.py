"""What a log shows of a long build."""

import pytest

from fromager_gen.cli import progress
from fromager_gen.cli.output import packages
from fromager_gen.cli.progress import Builds


def test_a_log_says_from_time_to_time_that_a_long_build_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    with Builds(2) as builds:
        for seconds in range(0, 200, 20):
            now[0] = float(seconds)
            builds.running(f"Building cython 3.3.1; {seconds}s")
            if seconds == 100:
                builds.done("a 1", 1)

    assert capsys.readouterr().err.splitlines() == [
        "... Building cython 3.3.1; 80s",
        "[1/2] a 1",
        "... Building cython 3.3.1; 180s",
    ]


@pytest.mark.parametrize(("count", "words"), [(0, "0 packages"), (1, "1 package"), (2, "2 packages")])
def test_a_number_of_packages(count: int, words: str) -> None:
    assert packages(count) == words
