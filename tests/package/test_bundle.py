"""The Bazel rules that are bundled with the package."""

from pathlib import Path

import pytest

from fromager_gen import bundle
from fromager_gen.errors import ToolError


def test_missing_rules_are_an_error_that_asks_to_reinstall(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bundle, "__file__", str(tmp_path / "fromager_gen" / "bundle.py"))

    with pytest.raises(ToolError, match=r"the rules are missing next to .*: reinstall"):
        bundle.bundle_folder.__wrapped__()


def test_bytecode_files_are_not_copied(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (
        "rules/defs.bzl",
        "rules/private/x.bzl",
        "toolchains/BUILD.bazel",
        "rules/__pycache__/x.pyc",
        "other/x",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.setattr(bundle, "bundle_folder", lambda: tmp_path)

    found = bundle.bundled_files()

    assert sorted(found) == ["rules/defs.bzl", "rules/private/x.bzl", "toolchains/BUILD.bazel"]
    assert found["rules/defs.bzl"] == tmp_path / "rules" / "defs.bzl"
