"""What is known of the external needs of packages: `packages.toml`, with the source of each statement."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from packaging.specifiers import SpecifierSet


class Known(NamedTuple):
    """What is known of one package version."""

    requires: tuple[str, ...] = ()
    """Dependencies without which its build fails."""
    optional: tuple[str, ...] = ()
    """Dependencies that its build uses if they are there. They are given to the build only if they are declared."""
    env: tuple[tuple[str, str], ...] = ()
    """Variables without which its build does not use them."""
    config_settings: tuple[tuple[str, str], ...] = ()
    """Settings for the backend without which its build does not use them."""
    source: str = ""
    """Page that says so."""
    note: str = ""


def known_needs(name: str, version: str) -> Known | None:
    """Return what is known of a package version; None if nothing is.

    Args:
        name: canonical name.
        version: the version; empty for the newest.
    """
    for entry in _all().get(name, ()):
        specifier = SpecifierSet(entry.get("versions", ""))
        if not version or specifier.contains(version, prereleases=True):
            return Known(
                tuple(entry.get("requires", ())),
                tuple(entry.get("optional", ())),
                tuple(entry.get("env", {}).items()),
                tuple(entry.get("config_settings", {}).items()),
                entry["source"],
                entry.get("note", ""),
            )
    return None


@cache
def _all() -> dict[str, list[dict[str, Any]]]:
    path = Path(__file__).with_name("packages.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))
