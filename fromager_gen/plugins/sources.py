"""Ask plugins where the sources of packages are. The answers are pinned, and no build asks again."""

import importlib
import logging
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.version import Version

from fromager_gen.contract import GIT_SETTINGS
from fromager_gen.errors import SettingsError
from fromager_gen.plugins.host import HostContext, api
from fromager_gen.plugins.plugin import Plugin, Plugins
from fromager_gen.terminal import share_handlers

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Network:
    """How functions of plugins reach the network."""

    fetch: Callable[[str, Path], None]
    """Downloads an address to a path."""
    pages: Callable[[str, Mapping[str, str]], Iterable[dict[str, Any]]]
    """Returns the items of a list in JSON at an address, and at the pages after it, given headers."""


@dataclass(frozen=True)
class AskedIndex:
    """The index that a plugin chooses, and which of its files count."""

    url: str
    include_sdists: bool
    include_wheels: bool
    ignore_platform: bool
    download_url: str | None
    """Template of the source's address with ``{version}``, or None for that of the index."""


@dataclass(frozen=True)
class Listed:
    """One version that a plugin lists."""

    version: Version
    url: str
    uploaded: str = ""
    """Time in the form of ISO 8601; empty if it is unknown."""


@dataclass(frozen=True)
class SourcePlugins:
    """The plugins that choose or download sources."""

    plugins: Plugins
    context: HostContext
    network: Network

    @property
    def downloads(self) -> Path:
        """The folder for downloaded sources."""
        return self.context.sdists_repo.resolve() / "downloads"

    def index(self, package: str, default: AskedIndex) -> AskedIndex | Callable[[], list[Listed]] | None:
        """Return the index that the plugin of a package chooses, or a function that lists its versions.

        Args:
            package: canonical name.
            default: the index without the plugin.

        Returns:
            None if no plugin has `get_resolver_provider` for the package.

        Raises:
            SettingsError: the plugin can't be imported, failed, or returned no provider.
        """
        plugin = self.plugins.of(package)
        if plugin is None or "get_resolver_provider" not in plugin.functions:
            return None
        resolver = api("resolver")
        provider = self._call(
            plugin,
            "get_resolver_provider",
            req=Requirement(package),
            include_sdists=default.include_sdists,
            include_wheels=default.include_wheels,
            sdist_server_url=default.url,
            req_type=resolver.RequirementType.INSTALL,
            ignore_platform=default.ignore_platform,
        )
        if type(provider) is resolver.PyPIProvider:
            return AskedIndex(
                provider.sdist_server_url,
                provider.include_sdists,
                provider.include_wheels,
                provider.ignore_platform,
                provider.override_download_url,
            )
        if not isinstance(provider, resolver.BaseProvider):
            where = _where(plugin, "get_resolver_provider")
            raise SettingsError(f"{where} returned {provider!r}, which is no provider")
        return lambda: self._list(plugin, provider)

    def _list(self, plugin: Plugin, provider: Any) -> list[Listed]:
        try:
            return [_listed(one) for one in provider.find_candidates(plugin.package)]
        except Exception as err:
            raise _failed(plugin, "get_resolver_provider", err) from err

    def download(self, package: str, version: str, url: str, folder: Path) -> Path | None:
        """Download a source with the plugin of its package.

        Args:
            package: canonical name.
            version: version of the package.
            url: the address that was chosen for the version.
            folder: folder for the file.

        Returns:
            The file, or None if no plugin has `download_source` for the package.

        Raises:
            SettingsError: the plugin can't be imported, failed, or returned no file.
        """
        plugin = self.plugins.of(package)
        if plugin is None or "download_source" not in plugin.functions:
            return None
        folder.mkdir(parents=True, exist_ok=True)
        made = self._call(
            plugin,
            "download_source",
            req=Requirement(package),
            version=Version(version),
            download_url=url,
            sdists_downloads_dir=folder.resolve(),
        )
        if not isinstance(made, Path) or not made.is_file():
            raise SettingsError(f"{_where(plugin, 'download_source')} returned {made!r}, which is not a file")
        return made

    def _call(self, plugin: Plugin, function: str, **arguments: object) -> Any:
        share_handlers(plugin.module.partition(".")[0])
        share_handlers("fromager")
        try:
            # The API must be importable before the plugin, and it reaches the network through these functions.
            vars(api("downloads"))["fetch"] = self.network.fetch
            vars(api("resolver"))["pages"] = self.network.pages
            vars(api("gitutils"))["settings"] = GIT_SETTINGS
            method = getattr(importlib.import_module(plugin.module), function)
            return api("overrides").invoke(method, ctx=self.context.work_context(), **arguments)
        except Exception as err:
            raise _failed(plugin, function, err) from err


def _listed(candidate: Any) -> Listed:
    version, url, time = candidate.version, candidate.url, candidate.upload_time
    if not isinstance(version, Version) or not isinstance(url, str):
        raise TypeError(f"a candidate has the version {version!r} and the url {url!r}, not a Version and a text")
    return Listed(version, url, time.isoformat() if time else "")


def _where(plugin: Plugin, function: str) -> str:
    return f"{plugin.package}: {function} of the plugin {plugin.module} ({plugin.distribution})"


def _failed(plugin: Plugin, function: str, error: Exception) -> SettingsError:
    _log.debug("%s failed", _where(plugin, function), exc_info=error)
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return SettingsError(f"{_where(plugin, function)} failed: {type(error).__name__}: {error}{place}")
