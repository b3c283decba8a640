"""Untrusted TOML: every fault in it is one kind of error."""

from collections.abc import Callable
from pathlib import Path

import pytest

from actions.crates.vendor import _cargo_lock, _package, _write_config
from actions.errors import ActionError
from actions.source.project import build_system, override_requires
from actions.source.toml_file import document, tables

WRONG = [b"x = ", b"x = 1\nx = 2\n", b"\xff", b"x = " + b"[" * 20_000, b"[" + b"a." * 20_000 + b"a]\n" + b"x={" * 3_000]


@pytest.mark.parametrize("read", [tables, document])
@pytest.mark.parametrize("data", WRONG, ids=range(len(WRONG)))
def test_invalid_toml_is_a_value_error(tmp_path: Path, read: Callable[[Path], object], data: bytes) -> None:
    (tmp_path / "a.toml").write_bytes(data)
    with pytest.raises(ValueError, match=r"."):
        read(tmp_path / "a.toml")


@pytest.mark.parametrize(
    ("path", "read"),
    [
        ("pyproject.toml", build_system),
        ("pyproject.toml", lambda folder: override_requires(folder, ["a"], [])),
        ("Cargo.toml", _package),
        ("Cargo.lock", _cargo_lock),
        (".cargo/config.toml", lambda folder: _write_config(folder, folder / "vendor", [])),
    ],
)
@pytest.mark.parametrize("data", WRONG, ids=range(len(WRONG)))
def test_readers_turn_invalid_toml_into_an_action_error(
    tmp_path: Path, path: str, read: Callable[[Path], object], data: bytes
) -> None:
    (tmp_path / path).parent.mkdir(exist_ok=True)
    (tmp_path / path).write_bytes(data)
    with pytest.raises(ActionError):
        read(tmp_path)
    assert (tmp_path / path).read_bytes() == data
