"""Choose the index of each package: that in its settings, else the default."""

from collections.abc import Callable
from pathlib import Path

import requests

from fromager_gen.net import Index
from fromager_gen.overrides import Overrides


def indexes(
    overrides: Overrides, client: requests.Session, default: str | None, cache: Path | None = None
) -> Callable[[str, bool], Index]:
    """Return a function that returns the index of a package, given its name and whether it is pre-built.

    Args:
        overrides: settings of packages, which may name an index.
        client: a session.
        default: address of the default index, or None for the index in pip's configuration.
        cache: folder for parsed pages.
    """
    made: dict[str, Index] = {}

    def index_for(name: str, pre_built: bool) -> Index:
        own = overrides.settings(name)
        url = (own.wheel_server_url if pre_built else own.sdist_server_url) or default
        return made.setdefault(url or "", Index(client, url, cache))

    return index_for
