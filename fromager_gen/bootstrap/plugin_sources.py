"""Let plugins choose the versions of packages, and download sources, for a bootstrap."""

from collections.abc import Callable, Iterable, Iterator, Mapping
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
from fromager_gen.resolve import Candidate, highest_first, listed_by_settings


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
    context = HostContext(*folders, overrides.variant, overrides.stated, constraints)

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
        The settings, which get the index that a plugin chooses when its package is first asked for, and a function that
        returns the candidates of a package, or None if its index has them. The function raises a SettingsError if a
        plugin fails.
    """
    packages, asked = dict(overrides.packages), dict[str, tuple[Candidate, ...] | None]()
    chosen = replace(overrides, packages=packages)
    by_settings = listed_by_settings(chosen, client)

    def candidates(name: str) -> tuple[Candidate, ...] | None:
        if name in overrides.plugins.packages and name not in asked:
            settings = overrides.settings(name)
            is_other = settings.source is not None and not settings.source.is_hook
            asked[name] = None if is_other else _ask(name, settings, plugins, default_url, packages)
        listed = asked.get(name)
        return by_settings(name) if listed is None else listed

    return chosen, candidates


def _ask(
    name: str,
    settings: PackageSettings,
    plugins: SourcePlugins,
    default_url: str | None,
    packages: dict[str, PackageSettings],
) -> tuple[Candidate, ...] | None:
    """Return the candidates that a plugin lists, or None after the settings have the index that it chooses."""
    default = _default(settings, default_url)
    found = plugins.index(name, default)
    if isinstance(found, AskedIndex):
        if found != default:
            packages[name] = _with_index(settings, found)
        return None
    return _candidates(name, settings.pre_built, found()) if found is not None else None


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


def _candidates(name: str, pre_built: bool, listed: Iterable[Listed]) -> tuple[Candidate, ...]:
    found = []
    for one in listed:
        if not is_address(one.url, "http", "https"):
            raise SettingsError(f"{name}: its plugin lists the address {one.url[:200]!r}, which is not valid")
        filename = archive_name(name, str(one.version), one.url)
        found.append(
            Candidate(name, one.version, one.url, filename, uploaded=one.uploaded, pre_built=pre_built, is_listed=True)
        )
    return highest_first(found)
