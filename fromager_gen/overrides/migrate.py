"""Convert the configuration of Fromager 0.27 and earlier to one settings file for each package.

The old configuration consists of the keys ``packages`` and ``pre_built`` of the global settings, and of files with
variables: ``ENVS/NAME.env`` and ``ENVS/VARIANT/NAME.env``.
"""

import re
import tempfile
from pathlib import Path
from typing import Any

import yaml
from packaging.utils import canonicalize_name

from fromager_gen.errors import SettingsError, listed
from fromager_gen.names import override_name, problem_of_name
from fromager_gen.overrides.settings import read_package
from fromager_gen.overrides.value import Value
from fromager_gen.overrides.yaml_lines import load

Settings = dict[str, Any]
_LINE = re.compile(r"\s*([^=#\s]+)\s*=(.*)")
# Values that mean the same as an absent key.
_DEFAULTS = {"build_dir": ".", "ignore_platform": False, "include_sdists": True, "include_wheels": False}


def migrated(envs_dir: Path, settings_file: Path) -> dict[str, str]:
    """Return the new settings files: their texts by file name, such as ``flash_attn.yaml``.

    Args:
        envs_dir: folder with files of variables; a missing folder is an empty one.
        settings_file: the old global settings.

    Raises:
        SettingsError: a file can't be read, or the new settings would not be valid; the message lists every problem.
    """
    packages: dict[str, Settings] = {}
    problems: list[str] = []
    top = load(settings_file).data
    for name, value in _mapping(top.get("packages")).items():
        _check_sections(value)
        _of(packages, name, value).update(_pruned({key: _plain(item) for key, item in _mapping(value).items()}))
    for variant, names in _mapping(top.get("pre_built")).items():
        for entry in _names(names):
            _variant(_of(packages, entry.data, entry), variant)["pre_built"] = True
    for path in sorted((*envs_dir.glob("*.env"), *envs_dir.glob("*/*.env"))):
        own = _of(packages, path.stem, Value(path.stem, path, 1))
        target = own if path.parent == envs_dir else _variant(own, path.parent.name)
        target.setdefault("env", {}).update(_variables(path, problems))
    texts = {f"{override_name(name)}.yaml": yaml.dump(_pruned(own)) for name, own in sorted(packages.items())}
    problems += _problems(texts)
    if problems:
        raise SettingsError(listed(f"{settings_file} and {envs_dir} can't be migrated", problems))
    return texts


def _mapping(value: Value | None) -> dict[str, Value]:
    if value is None or value.data is None:
        return {}
    if not isinstance(value.data, dict):
        raise value.error("expected a mapping of names to settings")
    return value.data


def _check_sections(package: Value) -> None:
    """Check the types of the sections that files of variables and ``pre_built`` add to."""
    keys = _mapping(package)
    for own in (keys, *map(_mapping, _mapping(keys.get("variants")).values())):
        _mapping(own.get("env"))


def _names(value: Value) -> list[Value]:
    entries = value.data or []
    if not isinstance(entries, list) or not all(isinstance(entry.data, str) for entry in entries):
        raise value.error("expected a list of names of packages")
    return entries


def _of(packages: dict[str, Settings], name: str, value: Value) -> Settings:
    """Return the settings of a package so far."""
    canonical = str(canonicalize_name(name))
    if problem_of_name(canonical):
        raise value.error(f"{name[:80]!r} is not a valid package name")
    return packages.setdefault(canonical, {})


def _variant(own: Settings, variant: str) -> Settings:
    found: Settings = own.setdefault("variants", {}).setdefault(variant, {})
    return found


def _plain(value: Value) -> Any:
    if isinstance(value.data, dict):
        return {name: _plain(item) for name, item in value.data.items()}
    return [_plain(item) for item in value.data] if isinstance(value.data, list) else value.data


def _pruned(value: Settings) -> Settings:
    """Return settings without the keys whose values are the defaults, as Fromager writes them."""
    found = {name: _pruned(item) if isinstance(item, dict) else item for name, item in value.items()}
    empty: tuple[Any, ...] = (None, {}, [])
    return {name: item for name, item in found.items() if item not in empty and _DEFAULTS.get(name, ...) != item}


def _variables(path: Path, problems: list[str]) -> dict[str, str]:
    """Return the variables of a file with one ``NAME=VALUE`` in a line; quotes around a value are removed."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as err:
        raise SettingsError(f"{path} can't be read: {err}") from err
    found: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        match = _LINE.fullmatch(line)
        if match:
            value = match[2].strip()
            is_quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
            found[match[1]] = value[1:-1] if is_quoted else value
        elif line.strip() and not line.strip().startswith("#"):
            problems.append(f"{path}:{number}: {line.strip()[:80]!r} is not a variable: NAME=VALUE")
    return found


def _problems(texts: dict[str, str]) -> list[str]:
    """Return the problems of new settings files, found by reading them in a temporary folder."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for name, text in texts.items():
            path = Path(folder, name)
            path.write_text(text, encoding="utf-8")
            try:
                for variant in [*((yaml.safe_load(text) or {}).get("variants") or {}), ""]:
                    read_package(path, variant)
            except SettingsError as err:
                found.append(str(err).replace(f"{folder}/", "the new "))
    return found
