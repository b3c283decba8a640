"""The version of a pinned program is that of the lock."""

from pathlib import Path

import pytest

from actions import check_version
from actions.errors import ActionError


def check(folder: Path, script: str, version: str = "rustc 1.95.0") -> str:
    """Compare the version that a script prints; return the text that the action writes."""
    program = folder / "rustc"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    out = folder / "out"
    check_version.main(
        ["--tool", "//:rust", "--version", version, "--program", str(program), "--out", str(out)]
    )  # fmt: skip
    return out.read_text()


def test_the_words_of_the_version_are_compared(tmp_path: Path) -> None:
    assert check(tmp_path, "echo 'rustc 1.95.0 (59807616e 2026-04-14)'") == "rustc 1.95.0\n"


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("echo 'rustc 1.95.01'", r"states rustc 1\.95\.0, but rustc --version prints 'rustc 1\.95\.01'"),
        ("echo libLLVM.so is missing >&2; exit 127", r"//:rust: rustc --version failed: libLLVM\.so is missing"),
    ],
)
def test_another_version_and_a_program_that_fails_are_errors(tmp_path: Path, script: str, says: str) -> None:
    with pytest.raises(ActionError, match=says):
        check(tmp_path, script)
    assert not (tmp_path / "out").exists()


def test_a_program_for_another_machine_is_an_error(tmp_path: Path) -> None:
    program = tmp_path / "rustc"
    program.write_bytes(b"\x7fELF\x02\x01\x01" + bytes(57))
    program.chmod(0o755)
    with pytest.raises(ActionError, match="rustc can't run on this machine"):
        check_version.main(
            ["--tool", "x", "--version", "1", "--program", str(program), "--out", str(tmp_path / "out")]
        )  # fmt: skip
