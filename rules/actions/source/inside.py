"""Paths in a source tree, whose links may lead out of it."""

import os
from pathlib import Path


def is_inside(path: Path, tree: Path) -> bool:
    """Return whether a path is inside a tree after all links. Links that form a loop do not lead out of it."""
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(tree))
