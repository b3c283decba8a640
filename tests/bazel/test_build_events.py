"""Reading Bazel's events: targets with their files, failures, running actions and messages."""

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from fromager_gen.bazel.events import Event, EventReader, Finished, Message, Running, TargetDone, TargetFailed, follow

LABEL = "@@//packages/my-pkg/1.0_cpu:wheel"
FOLDER = "packages/my-pkg/1.0_cpu"


def line(kind: str, said: dict[str, Any], **ident: Any) -> bytes:
    return json.dumps({"id": {kind: ident}, **said}).encode()


def files(number: str, *uris: str, sets: tuple[str, ...] = ()) -> bytes:
    named = {"files": [{"name": "x", "uri": uri} for uri in uris], "fileSets": [{"id": name} for name in sets]}
    return line("namedSet", {"namedSetOfFiles": named}, id=number)


def done(*groups: tuple[str, str], label: str = LABEL, success: bool = True) -> bytes:
    made = [{"name": name, "fileSets": [{"id": number}]} for name, number in groups]
    return line("targetCompleted", {"completed": {"success": success, "outputGroup": made}}, label=label)


def progress(text: str) -> bytes:
    return line("progress", {"progress": {"stderr": text}}, opaqueCount=1)


def read(*lines: bytes) -> list[Event]:
    reader = EventReader()
    return [event for one in lines for event in reader.read(one)]


def test_target_has_files_by_output_group() -> None:
    found = read(
        files("0", "file:///out/a%20b%2B1.whl"),
        files("1", "file:///out/log"),
        files("2", "file:///out/c.whl", sets=("0",)),
        done(("default", "2"), ("log", "1")),
    )

    assert found == [
        TargetDone(
            FOLDER, "wheel", {"default": [Path("/out/c.whl"), Path("/out/a b+1.whl")], "log": [Path("/out/log")]}, True
        )
    ]


def test_a_target_without_files_is_done() -> None:
    assert read(done()) == [TargetDone(FOLDER, "wheel", {}, True)]


def acted(kind: str, label: str = LABEL) -> bytes:
    return line("actionCompleted", {"action": {"success": True, "type": kind}}, label=label)


def test_target_with_an_action_that_ran_was_not_up_to_date() -> None:
    assert read(acted("FromagerWheel"), done()) == [TargetDone(FOLDER, "wheel", {}, False)]


def test_install_action_leaves_wheel_up_to_date() -> None:
    others = acted("FromagerInstall"), acted("FromagerWheel", "//packages/other/1.0:wheel")
    assert read(*others, done()) == [TargetDone(FOLDER, "wheel", {}, True)]


def test_target_without_action_is_not_up_to_date() -> None:
    sdist = LABEL.replace(":wheel", ":sdist")
    assert read(done(label=sdist)) == [TargetDone(FOLDER, "sdist", {}, False)]


@pytest.mark.parametrize(
    "one",
    [
        done(success=False),
        done(label="@@//toolchains:cc"),
        done(label="@@other//packages/x:wheel"),
        done(label="@@//packages/x/1.0:wheel.tar"),
        line("actionCompleted", {"action": {"success": True}}, label=LABEL),
        line("actionCompleted", {"action": {}}, label="@@//toolchains:cc"),
        line("started", {"started": {"uuid": "x"}}),
        b'{"id": {}}',
        b"{}",
        b"",
        b"no json",
        b'{"id": {"progress"',
        b"\xff",
    ],
)
def test_line_without_package_yields_no_event(one: bytes) -> None:
    assert read(one) == []


def test_a_failed_action_names_its_package() -> None:
    assert read(line("actionCompleted", {"action": {"exitCode": 1}}, label=LABEL)) == [TargetFailed(FOLDER)]


def test_finished_event_counts_actions_by_runner() -> None:
    rows = [{"name": "total", "count": 7}, {"name": "disk cache hit", "count": "5"}, {"name": "internal"}]

    assert read(line("buildMetrics", {"buildMetrics": {"actionSummary": {"runnerCount": rows}}})) == [
        Finished({"total": 7, "disk cache hit": 5, "internal": 0})
    ]
    assert read(line("buildMetrics", {"buildMetrics": {}})) == [Finished({})]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (
            "[3 / 1,200] Building cython 3.3.1; 12s linux-sandbox ... (2 actions, 1 running)",
            "Building cython 3.3.1; 12s",
        ),
        ("[3 / 4] Asking a 1.0; 1s worker", "Asking a 1.0; 1s"),
        ("[3 / 4] 2 actions running; Vendoring crates of a 1; 3s", "Vendoring crates of a 1; 3s"),
        ("[3 / 4] Taking a 1 as published", "Taking a 1 as published"),
    ],
)
def test_progress_line_yields_the_running_action(text: str, what: str) -> None:
    assert read(progress(text)) == [Running(what)]


def test_message_lines_are_kept_together() -> None:
    text = "\n".join(
        [
            "Computing main repo mapping: ",
            "Loading: 0 packages loaded",
            "Analyzing: 3 targets",
            "INFO: Analyzed 3 targets",
            "[1 / 2] checking cached actions",
            "ERROR: a 1.0 could not be built:",
            "  | its log",
            "",
            "WARNING: something",
        ]
    )

    assert read(progress(text)) == [Message("ERROR: a 1.0 could not be built:\n  | its log\nWARNING: something")]


def test_follow_yields_events_while_they_are_written(tmp_path: Path) -> None:
    """An incomplete line is read again when it is complete."""
    path = tmp_path / "events.json"
    path.touch()
    ended = threading.Event()
    first, second = progress("ERROR: 1") + b"\n", progress("ERROR: 2") + b"\n"

    def write() -> None:
        for part in (first[:9], first[9:] + second[:5], second[5:]):
            with path.open("ab") as file:
                file.write(part)
            time.sleep(0.15)
        ended.set()

    threading.Thread(target=write).start()

    assert list(follow(path, quiet(tmp_path), ended)) == [Message("ERROR: 1"), Message("ERROR: 2")]


def test_follow_reads_lines_written_before_the_end(tmp_path: Path) -> None:
    path = tmp_path / "events.json"
    path.write_bytes(b"".join(progress(f"ERROR: {number}") + b"\n" for number in range(5000)))
    ended = threading.Event()
    ended.set()

    assert len(list(follow(path, quiet(tmp_path), ended))) == 5000


def quiet(folder: Path) -> Path:
    """Return the empty standard error of a Bazel."""
    path = folder / "errors"
    path.touch()
    return path


def test_waiting_for_another_bazel_is_reported_once(tmp_path: Path) -> None:
    path, errors = tmp_path / "events.json", tmp_path / "errors"
    path.touch()
    errors.write_text("Another command (pid=7) is running. Waiting for it to complete on the server ...\n")
    ended = threading.Event()
    events = follow(path, errors, ended)

    assert isinstance(first := next(events), Message)
    assert first.text.startswith("waiting: another Bazel is running in this workspace")
    ended.set()
    assert list(events) == []


def test_error_of_a_rule_is_shown_without_traceback(tmp_path: Path) -> None:
    text = (
        "ERROR: An error occurred during the fetch of repository 'machine_python':\n"
        "   Traceback (most recent call last):\n"
        '\tFile "/w/toolchains/python/machine.bzl", line 7, column 9, in _impl\n'
        "\t\tfail(message)\n"
        "Error in fail: no Python 3.99 was found\n"
        "FAILED: \n"
        "INFO: Elapsed time: 1 s"
    )

    assert list(EventReader().read(progress(text))) == [Message("ERROR: no Python 3.99 was found")]


def test_consequences_of_an_error_are_not_shown() -> None:
    text = (
        "ERROR: no Python 3.14 on this machine\n"
        "ERROR: /home/x/external/_main~p/BUILD.bazel:3:17: Analysis of target '@@p//:python' failed\n"
        "WARNING: errors encountered while analyzing target '//packages/a/1.0:wheel', it will not be built.\n"
        "Analysis failed\n"
        "ERROR: command succeeded, but not all targets were analyzed\n"
        "ERROR: Build did NOT complete successfully\n"
    )

    assert list(EventReader().read(progress(text))) == [Message("ERROR: no Python 3.14 on this machine")]
