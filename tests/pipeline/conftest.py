"""Fixtures of the tests of use cases."""

from pathlib import Path

import pytest

from fromager_gen.pipeline.options import GlobalOptions


@pytest.fixture
def options(tmp_path: Path) -> GlobalOptions:
    """The options before a command, with all folders below the temporary folder."""
    names = "work_dir wheels_repo sdists_repo settings_file settings_dir patches_dir".split()
    return GlobalOptions("3.12", "cpu", 2, tmp_path, **{name: tmp_path / name for name in names})
