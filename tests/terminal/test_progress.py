"""Progress in a log and on a terminal."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from fromager_gen.terminal import counted, progress
from fromager_gen.terminal.messages import start_logging
from fromager_gen.terminal.progress import Builds, Phases, QuietBuilds, Repeated


def test_log_regularly_shows_the_running_action_of_a_long_build(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    with Builds(2) as builds:
        for seconds in range(0, 200, 20):
            now[0] = float(seconds)
            builds.running(f"Building cython 3.3.1; {seconds}s")
            if seconds == 100:
                builds.done("a 1", 1, True)

    assert capsys.readouterr().err.splitlines() == [
        "... Building cython 3.3.1; 80s",
        "[1/2] a 1 (up to date)",
        "... Building cython 3.3.1; 180s",
    ]


@pytest.mark.parametrize("verbose", [False, True])
@pytest.mark.parametrize("matters", [False, True])
def test_speculative_failure_is_shown_if_it_matters_or_with_verbose(
    capsys: pytest.CaptureFixture[str], matters: bool, verbose: bool
) -> None:
    start_logging(verbose)
    with QuietBuilds(3, "asking") as guesses:
        guesses.say("WARNING: d 1 is sloppy\nERROR: a 1 fails\n  | WARNING: of its log")
        guesses.failed("a 1")
        guesses.done("b 1", 1, True)
        guesses.end(matters)
    start_logging()

    errors = ["ERROR: a 1 fails", "  | WARNING: of its log", "FAILED a 1"] if matters or verbose else []
    shown = ["WARNING: d 1 is sloppy", "[1/3] b 1 (up to date)", *errors]
    assert capsys.readouterr().err.splitlines() == shown


def test_interrupted_build_shows_kept_errors(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyboardInterrupt), QuietBuilds(1, "asking") as guesses:
        guesses.failed("a 1")
        raise KeyboardInterrupt

    assert capsys.readouterr().err == "FAILED a 1\n"


def test_repeated_queries_show_only_new_answers(capsys: pytest.CaptureFixture[str]) -> None:
    with Repeated(3, "asking") as repeated:
        repeated.failed("a 1")
        repeated.done("b 1", 1, True)
        repeated.done("c 1", 2, False)
        repeated.end(False)

    assert capsys.readouterr().err == "[2/3] c 1\n"


def test_log_has_a_line_for_each_phase(capsys: pytest.CaptureFixture[str]) -> None:
    with Phases() as phases:
        phases.begin("asking the index", 2)
        phases.done("a 1")
        phases.read(1_000_000)
        phases.begin("reading sources", 1)
        phases.say("one question waits")

    assert capsys.readouterr().err.splitlines() == [
        "asking the index: 2",
        "reading sources: 1",
        "one question waits",
    ]


# One package name looks like markup of rich.
ON_A_TERMINAL = """
import sys
from pathlib import Path
from fromager_gen.terminal import Builds, Phases, start_logging, warn
start_logging(log_file=Path(sys.argv[1]))
with Phases() as phases:
    phases.begin("asking the index", 2)
    phases.done("a 1")
    phases.read(1_000_000)
with Builds(2) as builds:
    builds.running("Building [b] 1")
    warn("look here")
    builds.done("a 1", 1, False)
"""


def test_terminal_shows_bars_with_lines_above(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", ON_A_TERMINAL, str(tmp_path / "log")]
    env = {**os.environ, "TERM": "xterm", "COLUMNS": "90", "NO_COLOR": "1"}
    subprocess.run(command, stderr=theirs, check=True, env=env, timeout=60)
    os.close(theirs)
    shown = os.read(ours, 1 << 16).decode()
    os.close(ours)

    for text in ("asking the index", "1/2", "1.0 MB", "Building [b] 1", "[1/2] a 1"):
        assert text in shown
    assert "fromager-gen: warning: look here\r\n" in shown
    assert shown.rindex("building") > shown.index("look here")
    assert re.search(r" INFO:fromager_gen.terminal.messages:\d+: \[1/2\] a 1\n", (tmp_path / "log").read_text())


@pytest.mark.parametrize(("count", "words"), [(0, "0 packages"), (1, "1 package"), (2, "2 packages")])
def test_counted_uses_singular_and_plural(count: int, words: str) -> None:
    assert counted(count, "package") == words
