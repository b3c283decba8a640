"""The choice of Bazel, with fake programs in the places that are searched."""

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
    """Hide every Bazel; return a folder with `prefix`, this Python's prefix, and `path`, the only folder of PATH."""
    monkeypatch.delenv("FROMAGER_GEN_BAZEL", raising=False)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "prefix"))
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    return tmp_path


def test_a_given_bazel_has_precedence_over_the_environments_and_those_on_path(
    places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bazelisk = program(places / "path/bazelisk", "echo bazel 7.7.1")
    assert find_bazel(places).program == bazelisk
    on_path = program(places / "path/bazel", "echo bazel 8.0.0")
    assert find_bazel(places).program == on_path
    in_prefix = program(places / "prefix/bin/bazel", "echo bazel 7.1.0")
    assert find_bazel(places).program == in_prefix
    named = program(places / "mine", "echo bazel 7.4.1- dist")
    monkeypatch.setenv("FROMAGER_GEN_BAZEL", named)
    assert find_bazel(places).program == named


@pytest.mark.parametrize(
    "says", ["echo bazel 6.5.0", "echo bazel 10.0.0", "echo bazel no_version", "exit 1", "echo bazel 7.1.0; exit 1"]
)
def test_a_bazel_of_an_unsupported_version_is_skipped(places: Path, says: str) -> None:
    program(places / "prefix/bin/bazel", says)
    other = program(places / "path/bazelisk", "echo bazel 7.7.1")

    assert find_bazel(places).program == other


def test_an_error_without_a_bazel_lists_the_tried_programs(places: Path) -> None:
    with pytest.raises(ToolError, match=r"no Bazel from 7.1 to 9 was found\. Tried: bazel and bazelisk on PATH"):
        find_bazel(places)
    program(places / "path/bazel", "echo bazel 6.5.0")
    program(places / "path/bazelisk", "echo proxy says no >&2; exit 1")
    with pytest.raises(
        ToolError, match=r"(?s)bazel is another version \(bazel 6\.5\.0\); .*bazelisk is no Bazel \('proxy says no'\)"
    ):
        find_bazel(places)


def test_a_given_bazel_must_work(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another Bazel is not used instead of the given one."""
    program(places / "path/bazel", "echo bazel 7.7.1")
    monkeypatch.setenv("FROMAGER_GEN_BAZEL", str(places / "none"))

    with pytest.raises(ToolError, match=r"Tried: .*/none does not run"):
        find_bazel(places)
