"""Add a submodule to a source tree."""

import os
import tempfile
from pathlib import Path

from actions.archive.unpack import unpack
from actions.errors import ActionError
from actions.source.inside import is_inside


def add(archive: Path, tree: Path, place: str) -> None:
    """Unpack the archive of a submodule's commit into its folder in the source.

    Raises:
        ActionError: the folder is outside of the source, or it has files already.
    """
    folder = tree / place
    if folder.is_symlink() or not is_inside(folder, tree):
        raise ActionError(f"the submodule {place} is outside of the source")
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise ActionError(f"the folder of the submodule {place} is not empty")
    with tempfile.TemporaryDirectory(dir=tree.parent) as into:
        top = unpack(archive, Path(into))
        for path in top.iterdir():
            os.rename(path, folder / path.name)
