"""The graph's data about a wheel to build."""

from typing import NamedTuple


class Planned(NamedTuple):
    """A wheel's name and version, the requirements that its metadata may have, and the files that are added to it."""

    package: str
    version: str
    install_requires: frozenset[str] = frozenset()
    build_tag: str = ""
    pin_requires: tuple[str, ...] = ()
    """Requirements that get other versions, see `pinned_metadata`."""
    extra_files: tuple[tuple[str, str], ...] = ()
