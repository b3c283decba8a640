"""Read a TOML file of an untrusted source: every fault in its content becomes a ValueError."""

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

_TOO_DEEP = "its arrays or tables are nested too deeply"


def tables(path: Path) -> dict[str, Any]:
    """Return the tables of a TOML file.

    Raises:
        OSError: the file can't be read.
        ValueError: the file is not valid UTF-8, or not valid TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None


def document(path: Path) -> "TOMLDocument":
    """Return a TOML file in a form that keeps its comments when it is changed and written again.

    Raises:
        OSError: the file can't be read.
        ValueError: the file is not valid UTF-8, or not valid TOML.
    """
    import tomlkit  # imported here, since the import is slow and few builds need it

    try:
        return tomlkit.parse(path.read_text(encoding="utf-8"))
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
