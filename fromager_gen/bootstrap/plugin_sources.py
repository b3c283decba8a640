"""Let plugins choose the versions of packages, and download sources, for a bootstrap."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import requests
from packaging.specifiers import SpecifierSet

from fromager_gen.addresses import is_address
from fromager_gen.errors import SettingsError
from fromager_gen.names import archive_name
from fromager_gen.net import Index, download, json_pages, token_headers
from fromager_gen.overrides import Overrides, PackageSettings
from fromager_gen.plugins import AskedIndex, HostContext, Listed, Network, SourcePlugins
from fromager_gen.resolve import Candidate, listed_by_settings

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

    def pages(url: str, headers: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        for page in json_pages(client, url, {**headers, **token_headers(url)}):
            yield from page

    return SourcePlugins(overrides.plugins, context, Network(fetch, pages))


def own_sources(
    overrides: Overrides, plugins: SourcePlugins, default_url: str | None, client: requests.Session
) -> tuple[Overrides, Callable[[str], tuple[Candidate, ...] | None]]:
    """Return what decides where the versions of packages are, besides the default index.

    Args:
        overrides: settings and plugins.
        plugins: the plugins that choose sources.
        default_url: address of the default index, or None for the index in pip's configuration.
        client: a session.

    Returns:
        The settings, with the indexes that plugins chose, and a function that returns the candidates of a package, or
        None if its index has them.

    Raises:
        SettingsError: a plugin failed.
    """
    chosen, lists = choose_indexes(overrides, plugins, default_url)
    by_settings = listed_by_settings(chosen, client)
    return chosen, lambda name: lists[name]() if name in lists else by_settings(name)


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
        if settings.source is not None and not settings.source.is_hook:
            continue
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
