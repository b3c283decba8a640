"""The records that are shown at each level, and the content of --log-file."""

import ast
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.command import error, run
from support.samples import document

import fromager_gen
from fromager_gen import errors
from fromager_gen.errors import GenError, WriteError
from fromager_gen.terminal import say, show_logged, warn

LOG = logging.getLogger("fromager_gen.net.http")


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    yield
    show_logged()


def records() -> None:
    LOG.debug("GET %s", "http://h.test/x")
    LOG.info("three guesses were wrong")
    LOG.warning("h.test is requested again")
    say("5 packages")
    warn("an old lock")


@pytest.mark.parametrize(
    ("level", "shown"),
    [
        (logging.WARNING, ["fromager-gen: warning: h.test is requested again"]),
        (logging.INFO, ["three guesses were wrong", "fromager-gen: warning: h.test is requested again"]),
        (
            logging.DEBUG,
            [
                "net.http: GET http://h.test/x",
                "three guesses were wrong",
                "fromager-gen: warning: h.test is requested again",
            ],
        ),
    ],
)
def test_each_level_shows_more_records(level: int, shown: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    show_logged(level)
    records()

    assert capsys.readouterr().err.splitlines() == [*shown, "5 packages", "fromager-gen: warning: an old lock"]


def test_log_file_contains_all_records_at_each_level(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    show_logged(log_file=tmp_path / "deep" / "log")
    records()
    lines = (tmp_path / "deep" / "log").read_text().splitlines()

    assert [line.split(" ", 2)[2] for line in lines] == [
        "DEBUG fromager_gen.net.http: GET http://h.test/x",
        "INFO fromager_gen.net.http: three guesses were wrong",
        "WARNING fromager_gen.net.http: h.test is requested again",
        "INFO fromager_gen.terminal.messages: 5 packages",
        "WARNING fromager_gen.terminal.messages: an old lock",
    ]
    assert "GET" not in capsys.readouterr().err


def test_log_file_is_appended_to(tmp_path: Path) -> None:
    for text in ("one", "two"):
        show_logged(log_file=tmp_path / "log")
        say(text)

    assert len((tmp_path / "log").read_text().splitlines()) == 2


def test_unwritable_log_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(WriteError, match=r"the log .*file/log can't be written: "):
        show_logged(log_file=tmp_path / "file" / "log")


def test_a_command_writes_its_log(tmp_path: Path) -> None:
    (tmp_path / "graph.json").write_text(json.dumps(document({"": ["toplevel a==1"], "a==1": []})))
    run("--log-file", tmp_path / "log", "graph", "why", tmp_path / "graph.json", "a")
    found = error("--log-file", tmp_path / "log", "graph", "why", tmp_path / "none.json", "a")

    assert "none.json" in str(found)
    assert "DEBUG fromager_gen.cli.global_options: arguments: " in (tmp_path / "log").read_text()


def test_errors_and_usage_errors_are_in_the_log(tmp_path: Path) -> None:
    for command in (["graph", "why", "none.json", "a"], ["generate", "--nonsense"]):
        subprocess.run(
            [sys.executable, "-m", "fromager_gen", "--log-file", tmp_path / "log", *command],
            check=False, capture_output=True,
        )  # fmt: skip
    log = (tmp_path / "log").read_text()

    assert "ERROR fromager_gen.terminal.messages: none.json" in log
    assert "ERROR fromager_gen.terminal.messages: No such option '--nonsense'" in log


def test_every_error_has_its_own_exit_code() -> None:
    kinds = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, GenError)]
    codes = [kind.exit_code for kind in kinds]

    assert len(kinds) > 10
    assert sorted(codes) == list(range(1, len(kinds) + 1))


def test_handled_errors_are_raised_returned_or_logged() -> None:
    """A handler of one of the package's errors raises, returns or logs it."""
    ours = {name for name, one in vars(errors).items() if isinstance(one, type)}
    silent = []
    for path in Path(fromager_gen.__file__).parent.rglob("*.py"):
        for handler in ast.walk(ast.parse(path.read_text())):
            if not isinstance(handler, ast.ExceptHandler) or handler.type is None:
                continue
            caught = {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}
            if not caught & ours:
                continue
            body = [node for statement in handler.body for node in ast.walk(statement)]
            used = any(isinstance(node, ast.Name) and node.id == handler.name for node in body)
            if not used and not any(isinstance(node, ast.Raise) for node in body):
                silent.append(f"{path.name}:{handler.lineno}")

    assert silent == []
