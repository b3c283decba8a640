"""Find the plugins that override steps of a package's build: entry points of the group ``fromager.project_overrides``.

Nothing of a plugin is imported here. Its functions are known by its source, and its files become an archive, which is
an input of the actions that call them.
"""

import ast
import hashlib
import io
import logging
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import EntryPoint, distribution, entry_points, packages_distributions
from pathlib import Path

from packaging.utils import canonicalize_name

from fromager_gen.errors import SettingsError
from fromager_gen.plugins.modules import Modules, absolute

_log = logging.getLogger(__name__)
PLUGIN_GROUP = "fromager.project_overrides"
# The folder of the package `fromager`, which plugins import.
API = Path(__file__).with_name("api")
# The functions of a plugin that Fromager calls, by the place where they run here.
IN_BUILDS = (
    "add_extra_metadata_to_wheels", "build_sdist", "build_wheel", "get_build_backend_dependencies",
    "get_build_sdist_dependencies", "get_build_system_dependencies", "get_install_dependencies_of_sdist",
    "prepare_source", "update_extra_environ",
)  # fmt: skip
ON_HOST = (
    "download_source", "expected_source_archive_name", "expected_source_directory_name", "get_resolver_provider",
)  # fmt: skip
# Functions for all packages, then those for one package, in the order of Fromager's reports.
HOOKS = ("post_bootstrap", "post_build", "prebuilt_wheel")
FUNCTIONS = (*HOOKS, *sorted((*IN_BUILDS, *ON_HOST)))
# Packages that the actions' programs have, and the package that plugins import.
_PROVIDED = ("actions", "fromager", "installer", "pyproject_hooks", "tomlkit")
_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Plugin:
    """A module that overrides steps of one package's build."""

    package: str
    """Canonical name of the package."""
    module: str
    distribution: str
    """Name and version of the distribution that has the module."""
    names: frozenset[str]
    """All names that the module defines or imports at its top level."""
    _files: dict[str, Path] = field(default_factory=dict, compare=False)

    @cached_property
    def archive(self) -> bytes:
        """The zip of the module, of all that it imports, and of the package `fromager`; equal files give equal bytes.

        Raises:
            SettingsError: a file can't be read.
        """
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as opened:
            for name, path in sorted(self._files.items()):
                info = zipfile.ZipInfo(name, _TIME)
                info.create_system = 3
                info.external_attr = 0o100644 << 16
                # Compressed, the bytes would depend on the release of zlib, and the keys of actions on them.
                opened.writestr(info, _read(path, self), zipfile.ZIP_STORED)
        return packed.getvalue()

    @cached_property
    def sha256(self) -> str:
        """Digest of the archive."""
        return hashlib.sha256(self.archive).hexdigest()

    @property
    def functions(self) -> tuple[str, ...]:
        """Functions of the module that Fromager calls, sorted."""
        return tuple(sorted(self.names.intersection((*IN_BUILDS, *ON_HOST))))


def _read(path: Path, plugin: Plugin) -> bytes:
    try:
        return path.read_bytes()
    except OSError as err:
        raise SettingsError(f"the plugin {plugin.module} for {plugin.package}: {path}: {err.strerror}") from err


class Plugins:
    """The plugins of a run. The source of a plugin is read when its package is first asked for."""

    def __init__(self, entries: Iterable[EntryPoint] = (), sdist_only: bool = False) -> None:
        """Take the entry points of plugins.

        Args:
            entries: the entry points.
            sdist_only: whether requirements are those of sdists. Otherwise they are those of wheels, and no function
                for the requirements of an sdist is called.
        """
        self._ignored = frozenset[str]() if sdist_only else frozenset({"get_install_dependencies_of_sdist"})
        self._entries: dict[str, list[EntryPoint]] = {}
        self._found: dict[str, Plugin | None] = {}
        for entry in entries:
            _log.debug("loaded override %r: from %s (%s)", entry.name, entry.module, owner(entry))
            name = str(canonicalize_name(entry.name))
            if entry.name != name.replace("-", "_"):  # Fromager looks only for this form
                _log.warning(
                    "the plugin %s is ignored, because its entry point is named %s and not %s",
                    entry.value, entry.name, name.replace("-", "_"),
                )  # fmt: skip
                continue
            self._entries.setdefault(name, []).append(entry)

    @classmethod
    def installed(cls, sdist_only: bool = False) -> "Plugins":
        """Return the plugins of the installed distributions."""
        return cls(plugin_entries(), sdist_only)

    @property
    def packages(self) -> frozenset[str]:
        """Canonical names of the packages that have plugins."""
        return frozenset(self._entries)

    def of(self, package: str) -> Plugin | None:
        """Return the plugin of a package, given its canonical name.

        Raises:
            SettingsError: the source of the plugin can't be found or read, or two plugins are for the package.
        """
        if package not in self._entries:
            return None
        if package not in self._found:
            self._found[package] = self._read(package)
        return self._found[package]

    def has(self, package: str, function: str) -> bool:
        """Return whether a plugin overrides a function for a package. See `of`."""
        return function in self.functions(package)

    def functions(self, package: str) -> tuple[str, ...]:
        """Return the functions of a package's plugin that are called, sorted. See `of`."""
        plugin = self.of(package)
        return tuple(name for name in plugin.functions if name not in self._ignored) if plugin is not None else ()

    def in_builds(self, package: str) -> tuple[str, ...]:
        """Return the functions of a package's plugin that run in actions, sorted. See `of`."""
        return tuple(name for name in self.functions(package) if name in IN_BUILDS)

    def overrides_source(self, package: str) -> bool:
        """Return whether a plugin decides what a package's source, or its backend, states. See `of`."""
        return any(name != "update_extra_environ" for name in self.in_builds(package))

    def _read(self, package: str) -> Plugin:
        entry, *others = self._entries[package]
        if others:
            named = " and ".join(f"{one.value} ({owner(one)})" for one in (entry, *others))
            raise SettingsError(f"{named} are plugins for the same package {package}; uninstall one of them")
        found = _plugin(package, entry)
        if not found.functions:
            _log.warning("%s: the plugin %s has no function that Fromager calls", package, entry.value)
        _log.info("%s: found overrides %s in %s", package, ", ".join(found.functions) or "none", entry.module)
        return found


def plugin_entries() -> list[EntryPoint]:
    """Return the entry points of all plugins, sorted."""
    return sorted(entry_points(group=PLUGIN_GROUP), key=lambda one: (one.name, one.value))


def owner(entry: EntryPoint) -> str:
    """Return name and version of the distribution that has an entry point."""
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else "a plugin"


def _plugin(name: str, entry: EntryPoint) -> Plugin:
    if entry.attr:
        raise SettingsError(
            f"the plugin {entry.value} for {name} ({owner(entry)}) names an object in a module; an override is a module"
        )
    modules = Modules(entry.module.partition(".")[0], _PROVIDED)
    if not modules.add(entry.module) or entry.module not in modules.sources:
        raise SettingsError(
            f"the plugin {entry.value} for {name} ({owner(entry)}) has no source file {entry.module}. Install it "
            "again, or uninstall it"
        )
    names = frozenset(_names(entry.module, modules, set()))
    if modules.compiled:
        _log.warning(
            "%s: the plugin %s imports compiled modules, which do not exist in builds: %s",
            name, entry.value, ", ".join(sorted(modules.compiled)),
        )  # fmt: skip
    files = modules.files
    if modules.asks_metadata:
        files |= _metadata({path.partition("/")[0].removesuffix(".py") for path in files}, entry)
    api = Modules("fromager", _PROVIDED, files)
    for path in sorted(API.rglob("*.py")):
        files[path.relative_to(API).as_posix()] = path
    api.add("packaging")
    return Plugin(name, entry.module, owner(entry), names, files)


def _metadata(tops: set[str], entry: EntryPoint) -> dict[str, Path]:
    """Return the METADATA files of the distributions that have packages, and of the plugin's own."""
    named = {name for top, names in packages_distributions().items() if top in tops for name in names}
    found = {}
    for one in [*map(distribution, sorted(named)), *([entry.dist] if entry.dist else [])]:
        path = Path(str(one.locate_file(f"{one.name.replace('-', '_')}-{one.version}.dist-info/METADATA")))
        if path.is_file():
            found[f"{path.parent.name}/METADATA"] = path
    return found


def _names(module: str, modules: Modules, seen: set[str]) -> Iterator[str]:
    """Yield the names that a module defines or imports at its top level, also in branches."""
    source = modules.sources.get(module)
    if source is None or module in seen:
        return
    seen.add(module)
    try:
        todo: list[ast.AST] = list(ast.parse(source.read_bytes()).body)
    except (OSError, SyntaxError, ValueError) as err:
        raise SettingsError(f"the plugin {source} can't be read: {err}") from err
    while todo:
        node = todo.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id  # a target of an assignment
        elif isinstance(node, ast.Import):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if alias.name == "*":
                    yield from _names(absolute(node, module, source.name == "__init__.py"), modules, seen)
                else:
                    yield alias.asname or alias.name
        else:
            todo += ast.iter_child_nodes(node)
