"""A folder to unpack into, for tars that are read by file and for those that are read in memory."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.tars import Place


@pytest.fixture(params=[0, 1 << 20], ids=["by file", "in memory"])
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Place]:
    """Return the folder; each test runs for both ways to read."""
    monkeypatch.setattr("actions.archive.tar._IN_MEMORY", request.param)
    old = os.umask(0o022)
    yield Place(tmp_path)
    os.umask(old)
