"""The graph's data about a wheel to build."""

from collections.abc import Mapping
from typing import NamedTuple

# The additional file of a wheel with the settings of its package.
SETTINGS_FILE = "fromager-build-settings"


class Planned(NamedTuple):
    """A wheel's name and version, the requirements that its metadata may have, and the files that are added to it."""

    package: str
    version: str
    install_requires: frozenset[str] = frozenset()
    build_tag: str = ""
    extra_files: tuple[tuple[str, str], ...] = ()


def settings_text(settings: Mapping[str, object]) -> str:
    """Return settings as TOML, as Fromager writes them."""
    import tomlkit  # imported here, since the import is slow and few packages have settings

    return tomlkit.dumps(settings)
