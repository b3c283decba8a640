"""Distributions with plugins that the command line names."""

import sys
from pathlib import Path

import pytest

from fromager_gen.errors import InputError
from fromager_gen.plugins import install_plugins


def test_a_folder_with_other_files_stays(tmp_path: Path) -> None:
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "pyproject.toml").write_text("")

    with pytest.raises(InputError, match=r"--plugins installs into \S+/plugins, which has other files"):
        install_plugins([str(tmp_path / "plugins")], tmp_path / "plugins")
    assert (tmp_path / "plugins" / "pyproject.toml").exists()


def test_the_error_of_pip_is_shown_without_passwords(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    with pytest.raises(InputError, match=r"(?s)--plugins \S+/gone: pip can't install this:.*gone") as caught:
        install_plugins([f"file://user:secret@{tmp_path}/gone"], tmp_path / "plugins")
    assert "secret" not in str(caught.value)
