"""Read our own files beside Fromager's settings: fromager-gen.yaml, and fromager-gen/NAME.yaml for one package.

Fromager refuses unknown keys in its own files and does not read these, so one folder serves both programs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from packaging.utils import canonicalize_name

from fromager_gen.errors import SettingsError
from fromager_gen.external import Dependency, Vocabulary, vocabulary
from fromager_gen.names import override_name, problem_of_name
from fromager_gen.overrides.build_tag import read_build_tag
from fromager_gen.overrides.by_version import ByVersion, merged
from fromager_gen.overrides.edits import read_edits, specifier_of
from fromager_gen.overrides.external import read_external, read_libraries, read_own_names
from fromager_gen.overrides.keys import OWN_GLOBAL_KEYS, OWN_PACKAGE_KEYS, PACKAGE_KEYS, known_keys
from fromager_gen.overrides.model import PackageSettings
from fromager_gen.overrides.readers import check_keys, optional, read_mapping
from fromager_gen.overrides.settings import package_settings
from fromager_gen.overrides.source import Source, read_source
from fromager_gen.overrides.value import Value

OWN_FILE, OWN_FOLDER = "fromager-gen.yaml", "fromager-gen"
_VARIANT = "variants.VARIANT"
# Keys of `source` and of Fromager with the same effect.
_INSTEAD = ("download_source", "resolver_dist")
_INSTEAD_IN_VARIANT = ("pre_built", "wheel_server_url")
# Keys that decide which versions there are.
_BEFORE = ("resolver_dist", "source")
_BEFORE_IN_VARIANT = ("source", "wheel_server_url")


class OwnGlobal(NamedTuple):
    """Our settings of all packages."""

    build_tag: str = ""
    """Template of build tags; empty if there is none."""
    sbom: Value | None = None
    """The section with additions to SBOMs, see `with_additions`."""
    external: tuple[Dependency, ...] = ()
    """External dependencies of all packages that may compile."""
    external_libraries: str = ""
    """GRAFT or LEAVE; empty for the default."""
    own_external: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
    """The user's own definitions of external dependencies, by name."""

    @property
    def vocabulary(self) -> Vocabulary:
        """All names of external dependencies."""
        return Vocabulary({**vocabulary().entries, **self.own_external}) if self.own_external else vocabulary()


def read_own_global(settings_file: Path, variant: str) -> OwnGlobal:
    """Read our settings of all packages.

    Raises:
        SettingsError: the file is not valid; the message names file and line.
    """
    path = settings_file.with_name(OWN_FILE)
    if not path.exists():
        return OwnGlobal()
    top = _load(path)
    check_keys(top, known_keys(OWN_GLOBAL_KEYS))
    special = optional(_of_variant(top, variant), "build_tag", read_build_tag, "")
    own_names: dict[str, Mapping[str, Any]] = optional(top.data, "external_dependencies", read_own_names, {})
    names = OwnGlobal(own_external=own_names).vocabulary
    return OwnGlobal(
        special or optional(top.data, "build_tag", read_build_tag, ""),
        top.data.get("sbom"),
        optional(top.data, "external", lambda value: read_external(value, names), ()),
        optional(top.data, "external_libraries", read_libraries, ""),
        own_names,
    )


def own_files(settings_file: Path) -> dict[str, Path]:
    """Return our files by the name of their package.

    Raises:
        SettingsError: a file does not have the name of a package in the form of Fromager's files.
    """
    found = {}
    for path in sorted(settings_file.with_name(OWN_FOLDER).glob("*.yaml")):
        name = str(canonicalize_name(path.stem))
        if problem_of_name(name) or path.stem != override_name(name):
            raise SettingsError(f"{path} should be named {override_name(name)}.yaml")
        found[name] = path
    return found


def own_package(path: Path, base: Path | None, variant: str, names: Vocabulary) -> PackageSettings:
    """Return the settings of a package from our file, added to those of Fromager's file.

    Args:
        path: our file.
        base: Fromager's file, or None if the package has none.
        variant: the variant whose part is merged in.
        names: names of external dependencies.

    Raises:
        SettingsError: a file is not valid; the message names file and line.
    """
    top = _load(path)
    check_keys(top, known_keys(OWN_PACKAGE_KEYS))
    theirs = _load(base) if base is not None else Value({}, path, top.line)
    entries = read_mapping(top.data["versions"]) if "versions" in top.data else {}
    parts = [(specifier_of(text, value), _checked(value)) for text, value in entries.items()]
    ours = Value({name: value for name, value in top.data.items() if name != "versions"}, path, top.line)

    def combined(more: Sequence[Value]) -> PackageSettings:
        both = [theirs, ours]
        for value in more:
            both = [merged(one, part) for one, part in zip(both, _split(value), strict=True)]
        return _settings(both[0], both[1], variant, names)

    if not parts:
        return combined(())
    by_version = ByVersion(parts, combined)
    return replace(by_version.base, by_version=by_version)


def _settings(theirs: Value, ours: Value, variant: str, names: Vocabulary) -> PackageSettings:
    settings = package_settings(theirs, variant)
    special = _of_variant(ours, variant)
    settings = replace(
        settings,
        build_tag=optional(special, "build_tag", read_build_tag, "")
        or optional(ours.data, "build_tag", read_build_tag, ""),
        edits=optional(ours.data, "patch", read_edits, ()),
        external=optional(ours.data, "external", lambda value: read_external(value, names), None),
        external_libraries=optional(ours.data, "external_libraries", read_libraries, ""),
    )
    common = optional(ours.data, "source", read_source, None)
    source = optional(special, "source", read_source, common)
    if source is None:
        return settings
    _refuse_both(source, theirs, variant)
    return _with_source(settings, source)


def _with_source(settings: PackageSettings, source: Source) -> PackageSettings:
    """Return settings with those of a source, in terms of Fromager's older keys where there are such."""
    listed = source.provider in ("pypi-download", "pypi-git")
    return replace(
        settings,
        source=source,
        pre_built=source.is_prebuilt,
        wheel_server_url=source.index_url if source.is_prebuilt else None,
        sdist_server_url=None if source.is_prebuilt else source.index_url,
        include_wheels=listed,
        ignore_platform=listed,
        min_release_age=source.min_release_age,
    )


def _refuse_both(source: Source, theirs: Value, variant: str) -> None:
    variants = read_mapping(theirs.data["variants"]) if "variants" in theirs.data else {}
    special = read_mapping(variants[variant]) if variant in variants else {}
    for names, keys in ((_INSTEAD, theirs.data), (_INSTEAD_IN_VARIANT, special)):
        for name in names:
            if name in keys and keys[name].data:
                raise keys[name].error(f"`{name}` and the `source` at {source.where} exclude each other; keep one")


def _of_variant(ours: Value, variant: str) -> Mapping[str, Value]:
    """Return our keys for a variant, after a check of those of all variants."""
    variants = read_mapping(ours.data["variants"]) if "variants" in ours.data else {}
    for value in variants.values():
        check_keys(value, known_keys(OWN_PACKAGE_KEYS, _VARIANT))
    return read_mapping(variants[variant]) if variant in variants else {}


def _checked(entry: Value) -> Value:
    """Return an entry of `versions` after a check of its keys; the other readers check the values."""
    keys = read_mapping(entry)
    variants = read_mapping(keys["variants"]) if "variants" in keys else {}
    for names, mapping in ((_BEFORE, keys), *((_BEFORE_IN_VARIANT, read_mapping(one)) for one in variants.values())):
        for name in names:
            if name in mapping:
                raise mapping[name].error(
                    f"`{name}` decides which versions there are, so it can't depend on the version; put it outside of "
                    "`versions`"
                )
    check_keys(entry, (known_keys(PACKAGE_KEYS) | known_keys(OWN_PACKAGE_KEYS)) - {*_BEFORE, "versions"})
    return Value(keys, entry.path, entry.line)


def _split(entry: Value) -> tuple[Value, Value]:
    """Return the part of an entry of `versions` with Fromager's keys, and the part with ours."""

    def part(value: Value, known: set[str], is_in: bool) -> Value:
        return Value(
            {name: one for name, one in value.data.items() if (name in known) == is_in}, value.path, value.line
        )

    ours = {"build_tag", "external", "external_libraries", "patch"}
    both = [part(entry, ours, is_in) for is_in in (False, True)]
    variants = both[0].data.get("variants")
    if variants is not None and variants.data:
        for value, is_in in zip(both, (False, True), strict=True):
            parts = {name: part(one, ours, is_in) if one.data else one for name, one in variants.data.items()}
            value.data["variants"] = Value(parts, variants.path, variants.line)
    return both[0], both[1]


def _load(path: Path) -> Value:
    # Without settings the import of the YAML parser is saved.
    from fromager_gen.overrides.yaml_lines import load  # noqa: PLC0415

    return load(path)
