"""Distributions with plugins, made for a test."""

import sys
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from fromager_gen.plugins import PLUGIN_GROUP, Plugins


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Plugins]]:
    """Return a function that writes modules, and returns the plugins of packages, each with its module."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    tops = set[str]()

    def write(files: dict[str, str], **modules: str) -> Plugins:
        for name, text in files.items():
            path = site / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        tops.update(Path(name).parts[0].removesuffix(".py") for name in files)
        return Plugins(EntryPoint(name, module, PLUGIN_GROUP) for name, module in modules.items())

    yield write
    for name in [name for name in sys.modules if name.partition(".")[0] in {*tops, "fromager"}]:
        del sys.modules[name]
