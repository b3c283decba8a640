"""Collect the overrides of each package for reports: settings, patches and plugins, even those a build would refuse."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from packaging.utils import canonicalize_name
from packaging.version import Version

from fromager_gen.overrides.model import Patch
from fromager_gen.overrides.read import OverridePaths, read_patches, read_settings
from fromager_gen.overrides.settings import read_global
from fromager_gen.overrides.value import Value
from fromager_gen.overrides.yaml_lines import load
from fromager_gen.plugins import FUNCTIONS, Plugin, Plugins


@dataclass(frozen=True)
class Customised:
    """The overrides of one package."""

    name: str
    has_settings: bool = False
    patches: tuple[Patch, ...] = ()
    plugin: Plugin | None = None
    variants: dict[str, str] = field(default_factory=dict)
    """`pre-built` or `yes` for each variant in the settings."""
    min_release_age: int | None = None

    @property
    def shape(self) -> str:
        """Graphviz shape for the kinds of overrides, as in Fromager's drawings."""
        if self.plugin:
            return "tripleoctagon" if self.patches else "trapezium"
        return "note" if self.patches else "box"

    def patched_versions(self) -> list[str]:
        """Return the versions that have patches of their own."""
        return sorted({patch.version for patch in self.patches if patch.version is not None}, key=Version)

    def patch_count(self, version: str = "") -> int:
        """Return the number of patches for a version, including those for every version."""
        return sum(patch.version in (None, version) for patch in self.patches)

    def functions(self) -> list[str]:
        """Return the functions of the plugin that Fromager calls, those for all packages first."""
        return [one for one in FUNCTIONS if self.plugin is not None and one in self.plugin.names]


def survey(sources: OverridePaths) -> dict[str, Customised]:
    """Return the overrides of each package, by name.

    Raises:
        SettingsError: settings or patches are not valid; the message names file and line.
    """
    read_global(sources.settings_file, sources.variant)  # raises an error if they are not valid
    settings = read_settings(sources)
    variants = _variants(sources)
    patches: dict[str, list[Patch]] = {}
    for patch in read_patches(sources.patches_dir, sources.variant, check=False):
        patches.setdefault(patch.package, []).append(patch)
    plugins = Plugins.installed()
    found = {}
    for name in sorted({*settings, *patches, *plugins.packages}):
        found[name] = Customised(
            name,
            name in settings,
            tuple(patches.get(name, ())),
            plugins.of(name),
            variants.get(name, {}),
            settings[name].min_release_age if name in settings else None,
        )
    return found


def all_variants(sources: OverridePaths, packages: Iterable[Customised]) -> list[str]:
    """Return every variant that the global settings or the settings of a package name.

    Raises:
        SettingsError: the global settings can't be read.
    """
    found = {variant for package in packages for variant in package.variants}
    if sources.settings_file.exists():
        changelog = load(sources.settings_file).data.get("changelog")
        found.update(_mapping(changelog) if changelog else ())
    return sorted(found)


def _variants(sources: OverridePaths) -> dict[str, dict[str, str]]:
    """Return the variants that settings name, by package; `read_settings` returns only the chosen variant."""
    found = {}
    for path in sorted(sources.settings_dir.glob("*.yaml")):
        variants = load(path).data.get("variants")
        named = _mapping(variants) if variants else {}
        found[str(canonicalize_name(path.stem))] = {name: _variant(value) for name, value in named.items()}
    return found


def _variant(value: Value) -> str:
    pre_built = _mapping(value).get("pre_built")
    return "pre-built" if pre_built is not None and pre_built.data is True else "yes"


def _mapping(value: Value) -> dict[str, Value]:
    if value.data is not None and not isinstance(value.data, dict):
        raise value.error(f"expected a mapping of keys to values, not {value.data!r}")
    return value.data or {}
