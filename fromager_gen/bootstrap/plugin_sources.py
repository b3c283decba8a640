"""Let plugins choose the versions of packages, and download sources, for a bootstrap."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import requests
from packaging.specifiers import SpecifierSet

from fromager_gen.addresses import is_address
from fromager_gen.errors import FetchError, SettingsError
from fromager_gen.names import archive_name
from fromager_gen.net import Index, download, reason, token_headers
from fromager_gen.overrides import Overrides, PackageSettings
from fromager_gen.plugins import AskedIndex, HostContext, Listed, Network, SourcePlugins
from fromager_gen.resolve import Candidate

_TIMEOUT = (10, 60)
# More pages than any project has tags.
_MOST_PAGES = 1000
Lists = dict[str, Callable[[], tuple[Candidate, ...]]]
"""Functions that list the candidates of packages, highest version first, by canonical name."""


def source_plugins(
    overrides: Overrides,
    folders: tuple[Path, Path, Path],
    constraints: Mapping[str, SpecifierSet],
    client: requests.Session,
) -> SourcePlugins:
    """Return the plugins that choose and download sources.

    Args:
        overrides: settings and plugins.
        folders: the work directory, `wheels-repo` and `sdists-repo`.
        constraints: constraints by canonical name.
        client: a session.
    """
    stated = {name: settings.stated for name, settings in overrides.packages.items()}
    context = HostContext(*folders, overrides.variant, stated, constraints)

    def fetch(url: str, path: Path) -> None:
        download(client, url, path, None, lambda _: None)

    return SourcePlugins(overrides.plugins, context, Network(fetch, lambda url, headers: _pages(client, url, headers)))


def choose_indexes(overrides: Overrides, plugins: SourcePlugins, default_url: str | None) -> tuple[Overrides, Lists]:
    """Ask the plugins for the indexes of their packages.

    Returns:
        The settings for the resolution, with the indexes that plugins chose, and the lists of other providers.

    Raises:
        SettingsError: a plugin failed.
    """
    packages, lists = dict(overrides.packages), Lists()
    for name in sorted(overrides.plugins.packages):
        settings = overrides.settings(name)
        default = _default(settings, default_url)
        chosen = plugins.index(name, default)
        if isinstance(chosen, AskedIndex):
            if chosen != default:
                packages[name] = _with_index(settings, chosen)
        elif chosen is not None:
            lists[name] = _lister(name, settings.pre_built, chosen)
    return replace(overrides, packages=packages), lists


def _default(settings: PackageSettings, default_url: str | None) -> AskedIndex:
    url = (settings.wheel_server_url if settings.pre_built else settings.sdist_server_url) or default_url
    return AskedIndex(
        url or Index(requests.Session()).url,
        settings.includes(is_wheel=False),
        settings.includes(is_wheel=True),
        settings.ignore_platform,
        None,
    )


def _with_index(settings: PackageSettings, chosen: AskedIndex) -> PackageSettings:
    template = chosen.download_url
    return replace(
        settings,
        sdist_server_url=chosen.url,
        wheel_server_url=chosen.url if settings.pre_built else settings.wheel_server_url,
        include_sdists=chosen.include_sdists,
        include_wheels=chosen.include_wheels,
        ignore_platform=chosen.ignore_platform,
        download_url=template.replace("{version}", "${version}") if template else settings.download_url,
    )


def _lister(name: str, pre_built: bool, chosen: Callable[[], list[Listed]]) -> Callable[[], tuple[Candidate, ...]]:
    def candidates() -> tuple[Candidate, ...]:
        best: dict[object, Candidate] = {}
        for one in chosen():
            if not is_address(one.url, "http", "https"):
                raise SettingsError(f"{name}: its plugin lists the address {one.url[:200]!r}, which is not valid")
            filename = archive_name(name, str(one.version), one.url)
            made = Candidate(
                name, one.version, one.url, filename, uploaded=one.uploaded, pre_built=pre_built, is_listed=True
            )
            best.setdefault(one.version, made)
        return tuple(sorted(best.values(), key=lambda one: one.version, reverse=True))

    return candidates


def _pages(client: requests.Session, url: str, headers: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Yield the items of a list at an address, and at the addresses of its next pages.

    Raises:
        FetchError: an address can't be read, or does not have a list in JSON.
    """
    next_url: str | None = url
    for _ in range(_MOST_PAGES):
        if next_url is None:
            return
        try:
            # Redirects are followed here, so that a token is sent only to the server that it is for.
            response = client.get(
                next_url, headers={**headers, **token_headers(next_url)}, timeout=_TIMEOUT, allow_redirects=False
            )
            response.raise_for_status()
            if response.is_redirect:
                next_url = urljoin(next_url, response.headers["Location"])
                continue
            yield from _items(response.json(), next_url)
        except (requests.RequestException, ValueError) as err:
            raise FetchError(f"the tags at {next_url} can't be read: {reason(err)}") from err
        next_url = response.links.get("next", {}).get("url")


def _items(document: object, url: str) -> Iterable[dict[str, Any]]:
    if not isinstance(document, list) or not all(isinstance(one, dict) for one in document):
        raise FetchError(f"{url} does not have a list of tags in JSON")
    return document
