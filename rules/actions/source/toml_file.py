"""TOML of a source, which anybody may have written: whatever is wrong with it is a ValueError."""

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

_TOO_DEEP = "its arrays or tables are nested too deep"


def tables(path: Path) -> dict[str, Any]:
    """Return what a file says.

    Raises:
        OSError: it can't be read.
        ValueError: it is no text in UTF-8, or no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None


def document(path: Path) -> "TOMLDocument":
    """Return a file in a form that keeps its comments where it is changed and written again.

    Raises:
        OSError: it can't be read.
        ValueError: it is no text in UTF-8, or no TOML.
    """
    import tomlkit  # which takes a while, and few builds need it

    try:
        return tomlkit.parse(path.read_text(encoding="utf-8"))
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
