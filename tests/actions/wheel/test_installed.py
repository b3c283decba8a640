"""The tar of a wheel's installed files: unpacked with its index, and a plain tar for other programs."""

import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from support.tars import packed

from actions.errors import ActionError
from actions.wheel import installed


def test_unpacked_files_have_the_same_bytes_and_modes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actions.archive.trees._CHUNK", 10)
    data = bytes(range(256))
    files = {"a/b/run": data, "a/b/x": b"", "a/" + "long/" * 60 + "y": b"y"}
    path = packed(tmp_path, files)
    installed.unpack(path, tmp_path / "out")

    assert {name: (tmp_path / "out" / name).read_bytes() for name in files} == files
    assert [oct((tmp_path / "out/a/b" / name).stat().st_mode & 0o777) for name in ("run", "x")] == ["0o755", "0o644"]
    with tarfile.open(path) as tar:  # other programs can read it too
        assert {info.name: tar.extractfile(info).read() for info in tar.getmembers()[1:]} == files


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda whole: whole[:-1600], "x is incomplete"),
        (lambda whole: whole[:530], "Unterminated|Expecting"),
        (lambda whole: whole[:100], "truncated header"),
        (lambda whole: b"not a tar" * 100, "bad checksum|invalid header"),
        (lambda whole: b"", "empty header"),
    ],
    ids=["data", "index", "header", "another file", "empty"],
)
def test_a_damaged_tool_is_an_error(tmp_path: Path, damage: Callable[[bytes], bytes], why: str) -> None:
    path = packed(tmp_path, {"x": b"1" * 5000})
    path.write_bytes(damage(path.read_bytes()))

    with pytest.raises(ActionError, match=rf"tool\.tar is damaged: .*({why})"):
        installed.unpack(path, tmp_path / "out")
