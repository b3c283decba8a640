"""Read Fromager's settings, global and per package, and check every key."""

import logging
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from packaging.version import InvalidVersion, Version

from fromager_gen import standards
from fromager_gen.names import SOURCE_SUFFIXES, is_file_name
from fromager_gen.overrides.build_settings import build_settings
from fromager_gen.overrides.keys import GLOBAL_KEYS, PACKAGE_KEYS, Key, known_keys
from fromager_gen.overrides.model import PackageSettings
from fromager_gen.overrides.readers import (
    at_least,
    check_keys,
    optional,
    read_boolean,
    read_days,
    read_list,
    read_mapping,
    read_names,
    read_requirements,
    read_text,
    shown,
)
from fromager_gen.overrides.sbom import Sbom, purl_of, sbom_of
from fromager_gen.overrides.value import Value
from fromager_gen.plugins import BuildTagHook

Env = tuple[tuple[str, str], ...]
_NO_ENV: Env = ()

_log = logging.getLogger(__name__)
_OLD_KEYS = {"packages", "pre_built"}
_NAME = r"[_a-zA-Z][_a-zA-Z0-9]*"
# The forms of Fromager's templates: $NAME, ${NAME}, ${NAME:-default} and $$.
_TEMPLATE = re.compile(rf"(?:[^$]|\$\$|\${_NAME}|\$\{{{_NAME}(?::-[^:}}]*)?\}})*", re.ASCII)


class GlobalSettings(NamedTuple):
    """The settings of all packages."""

    changelog: int = 0
    """Number of entries for the variant."""
    sbom: Sbom | None = None
    """None if wheels get no SBOM."""
    build_tag_hook: BuildTagHook | None = None


def read_global(path: Path, variant: str) -> GlobalSettings:
    """Return the global settings of a variant, the defaults if the file does not exist.

    Raises:
        SettingsError: the settings are not valid; the message names file and line.
    """
    if not path.exists():
        return GlobalSettings()
    top = _load(path)
    check_keys(top, known_keys(GLOBAL_KEYS))
    sections = {name: _section(top.data, name, GLOBAL_KEYS) for name in ("sbom", "external_commands", "wheels")}
    for name in _OLD_KEYS & top.data.keys():
        _log.warning(
            "%s: the key %r is of Fromager 0.27 and is ignored; `fromager-gen migrate-config` converts it",
            top.data[name].where,
            name,
        )
    changelog = read_mapping(top.data["changelog"]) if "changelog" in top.data else {}
    entries = {name: len(read_list(value, read_text)) for name, value in changelog.items()}
    has_sbom = "sbom" in top.data and top.data["sbom"].data is not None
    return GlobalSettings(
        entries.get(variant, 0),
        sbom_of(sections["sbom"]) if has_sbom else None,
        optional(sections["wheels"], "build_tag_hook", _hook, None),
    )


def _hook(value: Value) -> BuildTagHook:
    text = read_text(value)
    # Both forms are those of pydantic's ImportString, which Fromager uses.
    if not re.fullmatch(r"\w+(\.\w+)*:\w+|\w+(\.\w+)+", text):
        raise value.error(f"{text!r} does not name a function, such as 'team.hooks:build_tag'")
    return BuildTagHook(text, value.where)


def _load(path: Path) -> Value:
    # Without settings the import of the YAML parser is saved.
    from fromager_gen.overrides.yaml_lines import load  # noqa: PLC0415

    return load(path)


def read_package(path: Path, variant: str) -> PackageSettings:
    """Read one package's settings and merge in the variant's part.

    Raises:
        SettingsError: a key is unknown or a value has the wrong type; the message names file and line.
    """
    return package_settings(_load(path), variant)


def package_settings(top: Value, variant: str) -> PackageSettings:
    """Return the settings of one package from the content of its file. See `read_package`."""
    check_keys(top, known_keys(PACKAGE_KEYS))
    keys: dict[str, Value] = top.data
    variants = read_mapping(keys["variants"]) if "variants" in keys else {}
    for name, value in variants.items():
        if value.data is None:
            raise value.error(f"the variant {name!r} states nothing; remove it, or write {{}}")
        check_keys(value, known_keys(PACKAGE_KEYS, "variants.VARIANT"))
    own = (variants[variant].data or {}) if variant in variants else {}
    override = _section(keys, "project_override")
    git = _section(keys, "git_options")
    download = _section(keys, "download_source")
    return PackageSettings(
        where=top.where,
        build_dir=optional(keys, "build_dir", _build_dir, "."),
        changelog=optional(keys, "changelog", _changelog, {}),
        config_settings=optional(keys, "config_settings", _config_settings, {}),
        env=(*optional(keys, "env", _env, _NO_ENV), *optional(own, "env", _env, _NO_ENV)),
        update_build_requires=tuple(optional(override, "update_build_requires", read_requirements, [])),
        remove_build_requires=tuple(optional(override, "remove_build_requires", read_names, [])),
        requires_external=tuple(optional(override, "requires_external", _lines, [])),
        purl=purl_of(_section(keys, "purl")),
        submodules=optional(git, "submodules", read_boolean, False),
        submodule_paths=tuple(read_list(git["submodule_paths"], read_text)) if git.get("submodule_paths") else (),
        pre_built=optional(own, "pre_built", read_boolean, False),
        wheel_server_url=optional(own, "wheel_server_url", read_text, None),
        names_variant=variant in variants and "env" in own,
        download_url=optional(download, "url", read_text, None),
        destination_filename=optional(download, "destination_filename", _file_template, None),
        stated=build_settings(top),
        **_resolver(keys),
        **_build_options(keys),
    )


def _resolver(keys: Mapping[str, Value]) -> dict[str, Any]:
    resolver = _section(keys, "resolver_dist")
    found = {
        "sdist_server_url": optional(resolver, "sdist_server_url", read_text, None),
        "min_release_age": optional(resolver, "min_release_age", read_days, None),
        "include_sdists": optional(resolver, "include_sdists", read_boolean, True),
        "include_wheels": optional(resolver, "include_wheels", read_boolean, False),
        "ignore_platform": optional(resolver, "ignore_platform", read_boolean, False),
        "use_pypi_org_metadata": optional(resolver, "use_pypi_org_metadata", read_boolean, None),
    }
    if found["ignore_platform"] and not found["include_wheels"]:
        raise resolver["ignore_platform"].error("`ignore_platform` has no effect without `include_wheels: true`")
    return found


def _build_options(keys: Mapping[str, Value]) -> dict[str, Any]:
    options = _section(keys, "build_options")
    return {
        "cpu_cores_per_job": optional(options, "cpu_cores_per_job", _cores, 1),
        "memory_per_job_gb": optional(options, "memory_per_job_gb", at_least(0.1), 1.0),
        "exclusive_build": optional(options, "exclusive_build", read_boolean, False),
    }


def _section(keys: Mapping[str, Value], name: str, known: tuple[Key, ...] = PACKAGE_KEYS) -> dict[str, Value]:
    if name not in keys or keys[name].data is None:
        return {}
    check_keys(keys[name], known_keys(known, name))
    return dict(keys[name].data)


def _lines(value: Value) -> list[str]:
    def read(item: Value) -> str:
        text = read_text(item).strip()
        if not text or not text.isprintable():
            raise item.error(f"{item.data!r} can't be a line of METADATA: expected printable text")
        return text

    return read_list(value, read)


def _cores(value: Value) -> int:
    if not isinstance(value.data, int):
        raise value.error(f"expected a whole number, not {shown(value)}")
    return int(at_least(1)(value))


def _build_dir(value: Value) -> str:
    path = PurePosixPath(read_text(value))
    if path.is_absolute() or ".." in path.parts:
        raise value.error(f"build_dir {value.data!r} is outside the source: name a folder inside it")
    return str(path)


def _changelog(value: Value) -> dict[Version, int]:
    """Return the number of entries by version; Fromager never uses entries of a version with a local part."""
    entries = {}
    for version, lines in read_mapping(value).items():
        try:
            entries[standards.version(version)] = len(read_list(lines, read_text))
        except InvalidVersion:
            raise lines.error(f"{version!r} is not a valid version") from None
    return entries


def _config_settings(value: Value) -> dict[str, list[str]]:
    settings = {}
    for name, item in read_mapping(value).items():
        settings[name] = read_list(item, read_text) if isinstance(item.data, list) else [read_text(item)]
        if "=" in name or any(character in text for text in (name, *settings[name]) for character in "\n\r\0"):
            raise item.error(
                f"the setting {name!r} can't be passed on: its name contains `=`, or its name or value a line end"
            )
    return settings


def _env(value: Value) -> Env:
    """Return the variables in the file's order, because each template can use the variables before it."""
    return tuple((_variable(name, item), _template(item)) for name, item in read_mapping(value).items())


def _variable(name: str, value: Value) -> str:
    if not re.fullmatch(_NAME, name, re.ASCII):
        raise value.error(f"{name!r} is not a valid name of a variable")
    return name


def _template(value: Value) -> str:
    if isinstance(value.data, bool):
        return "1" if value.data else "0"
    if not isinstance(value.data, str | int | float):
        raise value.error(f"expected a string or number, not {shown(value)}")
    text = str(value.data).strip()
    if "$(" in text:
        raise value.error(f"{text!r} calls a command: only variables are replaced, ${{NAME}} or ${{NAME:-default}}")
    if not _TEMPLATE.fullmatch(text):
        raise value.error(
            f"{text!r} is not a valid template: the forms are $NAME, ${{NAME}}, ${{NAME:-default}} and $$"
        )
    if "\0" in text or "\n" in text:
        raise value.error(f"{text!r} contains a line end or NUL, which a variable of a build must not")
    return text


def _file_template(value: Value) -> str:
    """Return the name under which a source is saved; it must be that of a source archive, as in Fromager."""
    text = read_text(value)
    name = re.sub(r"\$\{(version|canonicalized_name)\}", "1", text)
    if not is_file_name(name) or not name.endswith(SOURCE_SUFFIXES):
        raise value.error(
            f"{text!r} is not the name of a source archive, such as 'name-${{version}}.tar.gz'; known suffixes are "
            f"{', '.join(SOURCE_SUFFIXES)}"
        )
    return text
