"""Bootstraps that are interrupted or overlap: the files that they leave, and the next run."""

import os
import signal
import socket
import time

import pytest
from support.places import Place, add
from support.workspaces import interrupt

from fromager_gen.net import bodies

pytestmark = pytest.mark.bazel


def test_a_second_run_in_the_same_folder_is_refused(place: Place) -> None:
    add(place.index, "waits", "1.0", first="import time; time.sleep(8)")
    process = place.start_asking("waits")
    second = place.run("waits", check=False)
    assert second.returncode == 7
    assert "another run is using work-dir" in second.stderr
    process.communicate(timeout=60)
    assert process.returncode == 0


def test_ctrl_c_does_not_wait_for_an_index_that_does_not_answer(place: Place) -> None:
    """In a first run, and in one that asks the index while Bazel repeats earlier answers."""
    add(place.index, "again", "1.0", asks=["asked"])
    add(place.index, "asked", "1.0")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        index = ("--index-url", f"http://127.0.0.1:{silent.getsockname()[1]}/simple/")
        first = place.start_asking("again", *index, until="starting Bazel")
        time.sleep(1)
        first.send_signal(signal.SIGINT)
        first.communicate(timeout=bodies.TIMEOUT[1] / 2)
        place.run("again")
        second = place.start_asking("again", *index, until="asking the questions of the last run")
        time.sleep(3)
        second.send_signal(signal.SIGINT)
        second.communicate(timeout=bodies.TIMEOUT[1] / 2)

    assert (first.returncode, second.returncode) == (130, 130)


def test_after_a_kill_in_each_phase_the_next_run_completes(place: Place) -> None:
    """Each run continues after the kill of the last one, and in the end all wheels exist."""
    add(place.index, "stands", "1.0", asks=["beneath"], install=["later"])
    add(place.index, "beneath", "1.0")
    add(place.index, "later", "1.0")
    for moment in ("asking the index", "reading sources", "asking backends", "[1/2]", "resolved ", "[1/3]"):
        process = place.start_asking("stands", until=moment)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()

    place.run("stands")
    assert place.wheels() == [f"{name}-1.0-0-py3-none-any.whl" for name in ("beneath", "later", "stands")]
    assert sorted(place.graph()) == ["", "beneath==1.0", "later==1.0", "stands==1.0"]


def test_after_a_kill_or_signal_while_asking_the_next_run_completes(place: Place) -> None:
    add(place.index, "slow", "1.0", first="import time; time.sleep(5)", asks=["quick"])
    add(place.index, "quick", "1.0")
    process = place.start_asking("slow")
    time.sleep(1)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not (place.folder / "work-dir" / "graph.json").exists()

    for number in (signal.SIGINT, signal.SIGTERM):
        process = place.start_asking("slow")
        time.sleep(1)
        assert interrupt(process, number) == 128 + number
        assert not (place.folder / "work-dir" / "graph.json").exists()

    place.run("slow")
    assert place.wheels() == ["quick-1.0-0-py3-none-any.whl", "slow-1.0-0-py3-none-any.whl"]
