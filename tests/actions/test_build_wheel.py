"""The action that builds a wheel: its output. The backend and its world are tested in `test_ask_backend`."""

import os
import zipfile
from pathlib import Path

import pytest
from support.backends import METADATA, Action, answering

from actions.build_wheel import main

NAME = "demo-1.0-py3-none-any.whl"


@pytest.fixture
def action(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Action:
    monkeypatch.setattr(os, "nice", lambda steps: 0)  # the process of the tests could not undo it
    return Action(tmp_path, monkeypatch)


def build(action: Action, *members: tuple[str, str]) -> Path:
    """Build a wheel of these members and its metadata; return it."""
    all_members = [
        *members,
        ("demo-1.0.dist-info/METADATA", METADATA),
        ("demo-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\n"),
    ]
    lines = [f"    wheel.writestr({name!r}, {text!r})" for name, text in all_members]
    opened = f"with zipfile.ZipFile(os.path.join(args[0], {NAME!r}), 'w') as wheel:"
    action.source(answering("build_wheel", "import zipfile", opened, *lines, f"return {NAME!r}"))
    action.out.mkdir()
    main(action.arguments(f"--out={action.out}", "--install-requires=dep"))
    return action.out / NAME


def test_a_duplicate_member_is_packed_once_with_a_warning(action: Action, capfd: pytest.CaptureFixture[str]) -> None:
    wheel = build(action, ("demo.py", "first"), ("demo.py", "last"))

    with zipfile.ZipFile(wheel) as built:
        assert built.namelist().count("demo.py") == 1
        assert built.read("demo.py") == b"last"
    says = f"WARNING: demo 1.0: the backend wrote 1 file ('demo.py') more than once into {NAME} (the last copy is used)"
    assert capfd.readouterr().err.splitlines() == [says]
    assert says in action.log.read_text().splitlines()


def test_a_good_wheel_is_built_without_a_warning(action: Action, capfd: pytest.CaptureFixture[str]) -> None:
    build(action, ("demo.py", ""))

    assert capfd.readouterr().err == ""
    assert "WARNING" not in action.log.read_text()
