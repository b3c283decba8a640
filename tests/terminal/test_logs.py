"""The records that are shown at each level, and the content of --log-file."""

import ast
import json
import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.command import error, run, usage_error
from support.samples import document

import fromager_gen
from fromager_gen import errors
from fromager_gen.errors import GenError, WriteError
from fromager_gen.terminal import fail, say, start_logging, warn

LOG = logging.getLogger("fromager_gen.net.http")


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    yield
    start_logging()


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
    start_logging(level)
    records()

    assert capsys.readouterr().err.splitlines() == [*shown, "5 packages", "fromager-gen: warning: an old lock"]


def test_log_file_contains_all_records_at_each_level(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    start_logging(log_file=tmp_path / "deep" / "log")
    records()
    lines = (tmp_path / "deep" / "log").read_text().splitlines()

    assert [re.sub(r":\d+: ", ": ", line.split(" ", 2)[2]) for line in lines] == [
        "DEBUG:fromager_gen.net.http: GET http://h.test/x",
        "INFO:fromager_gen.net.http: three guesses were wrong",
        "WARNING:fromager_gen.net.http: h.test is requested again",
        "INFO:fromager_gen.terminal.messages: 5 packages",
        "WARNING:fromager_gen.terminal.messages: an old lock",
    ]
    assert "GET" not in capsys.readouterr().err


def test_each_line_of_a_message_has_its_level_in_the_log(tmp_path: Path) -> None:
    start_logging(log_file=tmp_path / "log")
    fail("no versions fit\n  a==1 is required\n\nChange a")
    lines = (tmp_path / "log").read_text().splitlines()

    assert [line.split(": ", 1)[1] for line in lines] == ["no versions fit", "  a==1 is required", "", "Change a"]
    assert all(" ERROR:fromager_gen." in line for line in lines)


def test_error_log_file_contains_only_errors(tmp_path: Path) -> None:
    start_logging(error_log_file=tmp_path / "errors")
    records()
    assert (tmp_path / "errors").read_text() == ""

    fail("b 1 can't be built")
    assert (tmp_path / "errors").read_text().endswith(": b 1 can't be built\n")


def test_log_format_applies_to_messages_and_records_on_the_screen(capsys: pytest.CaptureFixture[str]) -> None:
    start_logging(log_format="<%(levelname)s> %(message)s")
    records()

    assert capsys.readouterr().err.splitlines() == [
        "<WARNING> h.test is requested again", "<INFO> 5 packages", "<WARNING> an old lock",
    ]  # fmt: skip


@pytest.mark.parametrize("log_format", ["%(nonsense)s", "%(levelname)d", "%", "no field"])
def test_invalid_log_format_is_a_usage_error(log_format: str) -> None:
    assert "is not a format of Python's logging" in usage_error("--log-format", log_format, "list-overrides")


def test_log_file_is_appended_to(tmp_path: Path) -> None:
    for text in ("one", "two"):
        start_logging(log_file=tmp_path / "log")
        say(text)

    assert len((tmp_path / "log").read_text().splitlines()) == 2


def test_unwritable_log_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(WriteError, match=r"the log .*file/log can't be written: "):
        start_logging(log_file=tmp_path / "file" / "log")


def test_a_command_writes_its_log(tmp_path: Path) -> None:
    (tmp_path / "graph.json").write_text(json.dumps(document({"": ["toplevel a==1"], "a==1": []})))
    run("--log-file", tmp_path / "log", "graph", "why", tmp_path / "graph.json", "a")
    found = error("--log-file", tmp_path / "log", "graph", "why", tmp_path / "none.json", "a")

    assert "none.json" in str(found)
    assert re.search(r"DEBUG:fromager_gen.cli.global_options:\d+: arguments: ", (tmp_path / "log").read_text())


def test_errors_and_usage_errors_are_in_the_log(tmp_path: Path) -> None:
    for command in (["graph", "why", "none.json", "a"], ["generate", "--nonsense"]):
        subprocess.run(
            [sys.executable, "-m", "fromager_gen", "--log-file", tmp_path / "log", *command],
            check=False, capture_output=True,
        )  # fmt: skip
    log = (tmp_path / "log").read_text()

    assert re.search(r" ERROR:fromager_gen.terminal.messages:\d+: none.json", log)
    assert re.search(r" ERROR:fromager_gen.terminal.messages:\d+: No such option '--nonsense'", log)


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
