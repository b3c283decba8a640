"""What the graph says of a wheel that is to be built."""

from typing import NamedTuple


class Planned(NamedTuple):
    """A wheel's name and version, what its metadata may require, and what is added to it."""

    package: str
    version: str
    install_requires: frozenset[str] = frozenset()
    build_tag: str = ""
    extra_files: tuple[tuple[str, str], ...] = ()
