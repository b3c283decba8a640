"""Finding Bazel. Stand-ins print versions in the places that are searched."""

import sys
from pathlib import Path

import pytest

from fromager_gen.bazel import find_bazel
from fromager_gen.errors import ToolError


def program(path: Path, says: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{says}\n")
    path.chmod(0o755)
    return str(path)


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with `prefix`, the prefix of this Python, and `path`, the only entry of PATH. Both are empty."""
    monkeypatch.delenv("FROMAGER_GEN_BAZEL", raising=False)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "prefix"))
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    return tmp_path


def test_find_bazel_prefers_variable_then_prefix_then_path(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bazelisk = program(places / "path/bazelisk", "echo bazel 7.7.1")
    assert find_bazel(places).program == bazelisk
    on_path = program(places / "path/bazel", "echo bazel 8.0.0")
    assert find_bazel(places).program == on_path
    own = program(places / "prefix/bin/bazel", "echo bazel 7.1.0")
    assert find_bazel(places).program == own
    named = program(places / "mine", "echo bazel 7.4.1- dist")
    monkeypatch.setenv("FROMAGER_GEN_BAZEL", named)
    assert find_bazel(places).program == named


@pytest.mark.parametrize(
    "says", ["echo bazel 6.5.0", "echo bazel 10.0.0", "echo bazel no_version", "exit 1", "echo bazel 7.1.0; exit 1"]
)
def test_unsupported_bazel_is_skipped(places: Path, says: str) -> None:
    program(places / "prefix/bin/bazel", says)
    other = program(places / "path/bazelisk", "echo bazel 7.7.1")

    assert find_bazel(places).program == other


def test_error_without_bazel_lists_tried_programs(places: Path) -> None:
    with pytest.raises(
        ToolError, match=r"no Bazel from version 7.1 to 9 was found\. Tried: bazel and bazelisk on PATH"
    ):
        find_bazel(places)
    program(places / "path/bazel", "echo bazel 6.5.0")
    program(places / "path/bazelisk", "echo proxy says no >&2; exit 1")
    with pytest.raises(
        ToolError,
        match=r"(?s)bazel is not a supported version \(bazel 6\.5\.0\); .*bazelisk is not Bazel \('proxy says no'\)",
    ):
        find_bazel(places)


def test_bazel_of_the_variable_must_be_supported(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No other Bazel is used instead of the requested one."""
    program(places / "path/bazel", "echo bazel 7.7.1")
    monkeypatch.setenv("FROMAGER_GEN_BAZEL", str(places / "none"))

    with pytest.raises(ToolError, match=r"Tried: .*/none does not run"):
        find_bazel(places)
